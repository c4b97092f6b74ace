"""A load in which every section has something, and exports as tests look at them."""

from __future__ import annotations

from typing import Any

from ckan import model
from ckan.lib import search
from ckan.plugins import toolkit as tk
from reading import make_sysadmin

from ckanext.gtplan.plan.files.checks import check_sources
from ckanext.gtplan.plan.files.tree import SourceFile

PLAN = """\
load: prueba
publication:
  owner: ministerio
  license_id: cc-by
  frequency: eventual
  contact_name: Oficina de datos
  contact_email: datos@example.org
organizations:
  - {id: ministerio, title: Ministerio de Prueba, acronym: MP, country: PRY, successor: agencia}
  - {id: agencia, title: Agencia, url: https://example.org/}
  - {id: otra, title: Otra institución}
action_plans:
  - {id: py-pan1, title: Primer plan, plan_number: 1, country: PRY, coordinating_body: ministerio}
  - {id: py-pan2, title: Segundo plan, plan_number: 2, country: PRY, replaces: py-pan1}
commitments:
  - id: py-pan1-c02
    title: 'no'
    action_plan: py-pan1
    commitment_number: 2
    lead_institution: otra
    policy_areas: [health, education]
    sdg_targets: ['16.5', a b]
    contacts: [{post: Dirección, organization: otra}]
    irm_completion: limited
  - {id: py-pan1-c10, title: "Diez: # y más", action_plan: py-pan1, commitment_number: 10}
milestones:
  - id: py-pan1-c02-h01
    title: Título que nadie conoce
    is_title_known: false
    commitment: py-pan1-c02
    number: '01'
    description: "Uno\\n\\ndos 😀 tres"
    planned_start: '2019'
    planned_end: '2019-11-30'
    weight: '0'
    responsibles: [{name: Otra, organization: otra, role: lead}]
    activities:
      - activity_no: '01'
        name: Escribir
        responsibles: [otra, agencia]
        planned_start: '2019-02'
        planned_cost: '10.00'
        currency: PYG
        is_date_doubtful: true
      - {activity_no: '02', name: Publicar, predecessors: ['01'], baseline_end: '2019-03'}
    budget_lines: [{line_no: '1', description: Papel, amount: '0.50', currency: PYG}]
    expected_deliverables: [{key: matriz, name: Matriz, activity: '01', responsibles: [otra]}]
    doubts: [{text: Una duda, document: Un documento}]
indicators:
  - id: py-pan1-c02-h01-ia
    title: Cantidad
    milestone: py-pan1-c02-h01
    letter: A
    target_value: '0.125'
    observations: [{ref_period: 2019-Q1, disaggregation: [sex=F], obs_value: '1.5'}]
  - {id: red-2019-ia, title: De la red, regional_plan: red-2019, regional_activity: '1'}
regional_plans:
  - id: red-2019
    title: Plan de la red
    plan_year: 2019
    committee_countries: [PRY, GTM]
    areas: [{area_no: '1', title: Área}]
    regional_activities:
      - activity_key: '1'
        activity_no: '1'
        area_no: '1'
        name: Taller
        period: H1
        participants_count: 0
        funding_sources: [BID, countries_time]
service_inventories:
  - id: servicios-2019
    title: Servicios
    reference_year: 2019
    milestone: py-pan1-c02-h01
    deliverable: matriz
    services:
      - service_id: S1
        name: "no"
        channels: [ONL, PERSON]
        online_url: https://example.org/s1
        requirements: ["01", "Uno: # dos"]
        cost_amount: '0.10'
        cost_currency: PYG
        commitment: py-pan1-c02
registers:
  - id: reuniones
    title: Reuniones
    register_kind: meetings
    milestone: py-pan1-c02-h01
    meetings: [{meeting_id: m1, name: Primera, held_on: '2019-02'}]
    attendance: [{meeting_id: m1, sector: cso, persons: 0}]
modifications:
  - seq: 1
    target: py-pan1-c02
    change_type: text_changed
    summary: Cambió el texto
    sources: [{document: Acta; 2, place: Uno — dos}, {document: Otra}]
reports:
  - id: reporte-1
    milestone: py-pan1-c02-h01
    activity_no: '01'
    organization: otra
    as_of: '2019-03-31'
    recorded: '2019-04-01T14:05:00Z'
    status: in_progress
    percent_complete: '50'
    evidence: [https://example.org/acta.pdf]
  - id: reporte-2
    milestone: py-pan1-c02-h01
    deliverable: matriz
    as_of: '2019-04-30'
    recorded: '2019-05-01T14:05:00Z'
    publication_status: published
    cleared: [note]
"""


def export(name: str = "", *, is_folder: bool = False) -> dict[str, Any]:
    data = {"id": name, "is_folder": is_folder}
    result: dict[str, Any] = tk.get_action("gtplan_export")(make_sysadmin(), data)
    return result


def get_files(exported: dict[str, Any]) -> dict[str, str]:
    return {file["name"]: file["content"] for file in exported["files"]}


def get_text(exported: dict[str, Any]) -> str:
    (file,) = exported["files"]
    return str(file["content"])


def parse(text: str) -> Any:
    return check_sources([SourceFile(name="x.yaml", data=text.encode())], "x").load


def empty() -> None:
    model.repo.delete_all()
    search.clear_all()
