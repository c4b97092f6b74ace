"""A dataset that others wrote into the database breaks no feed, page or report."""

from __future__ import annotations

import io
import json
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib import search
from ckan.tests import factories
from ckanext.datastore.backend.postgres import get_write_engine
from living import INVENTORY, SERVICE, get_table, make_inventory, upsert
from publishing import build, show
from rdflib import RDF, Graph
from rdflib.namespace import DCAT

from ckanext.gtplan.logic.living.template import write_template
from ckanext.gtplan.logic.plans.storage import open_file
from ckanext.gtplan.logic.services.index import index_inventory
from ckanext.gtplan.plan.living import LIVING_TABLES
from ckanext.gtplan.rdf.feed import SYNTAXES

pytestmark = pytest.mark.usefixtures("clean")

#: What stood in extras before there was a schema, by a field's name.
RUBBISH: dict[str, str] = {
    "publisher": "Ministerio",
    "contact": '[["a"], 5, null]',
    "fields": "{",
    "theme": '{"a": {"b": [1]}}',
    "language": "2019",
    "contributor": '[{"x": 1}, null, 7]',
    "spatial_coverage": '[{"bbox": "NaN,NaN,NaN,NaN", "code": ["GTM"]}]',
    "temporal_coverage": '[{"start": {"a": 1}, "end": "9999-99"}]',
    "issued": "ayer\x0b",
    "frequency": "<script>alert(1)</script>",
    "uri": "javascript:alert(1)",
    "part_of": '[{"kind": "milestone", "uri": "http://[bad"}, 3]',
    "milestone": '") OR (*:*',
    "title_translated": '{"es": ["x"], "en": {"y": 1}}',
    "jurisdiction": "\ud7ff\ufffe",
    "identifier": "x" * 40000,
}


def spoil(dataset: dict[str, Any], **extras: str) -> None:
    """Write extras through the model, past every validator, and index the dataset."""
    package = model.Package.get(dataset["id"])
    for key, value in extras.items():
        package.extras[key] = value
    resource = package.resources_all[0]
    resource.extras = {**resource.extras, "fields": "rubbish", "codelists": {"a": 1}, "size": "big"}
    resource.url, resource.format = "http://bad address/", "{}"
    model.Session.commit()
    search.rebuild(dataset["id"])


@pytest.mark.parametrize("extras", [RUBBISH, {"publisher": "Ministerio"}])
def test_feeds_and_pages_of_a_broken_dataset(
    app: Any, dataset: Any, extras: dict[str, str]
) -> None:
    good, bad = dataset(), dataset()
    spoil(bad, **extras)
    for ending, syntax in SYNTAXES.items():
        body = app.get(f"/catalog.{ending}", status=200).body
        graph = Graph().parse(data=body, format=syntax.name)
        ids = {str(one).rpartition("/")[2] for one in graph.subjects(RDF.type, DCAT.Dataset)}
        assert {good["id"]} <= ids and len(ids) == 2
    assert len(json.loads(app.get("/data.json", status=200).body)["dataset"]) == 2
    headers = {"Authorization": factories.SysadminWithToken()["token"]}
    for address in ("/dataset/", f"/dataset/{bad['name']}", "/conformance", "/conformance.csv"):
        answer = app.get(address, headers=headers, status=200)
        assert "<script>alert(1)" not in answer.body
    resource = bad["resources"][0]["id"]
    for address in (f"edit/{bad['name']}", f"{bad['name']}/resource/{resource}"):
        app.get(f"/dataset/{address}", headers=headers, status=200)


def test_a_broken_private_dataset_is_not_shown(app: Any, dataset: Any) -> None:
    made = dataset(private=True, title="Asunto reservado")
    spoil(made, **RUBBISH)
    for address in ("/dataset/", "/api/action/package_show?id=", "/dataset/activity/"):
        answer = app.get(f"{address}{made['id']}")
        assert answer.status_code in (403, 404) and "reservado" not in answer.body
    for address in ("/catalog.ttl", "/data.json", "/api/action/package_search"):
        assert made["id"] not in app.get(address, status=200).body


@pytest.mark.parametrize("text", ["{", "5", '{"a": 1}', "[null, 3, [1]]"])
def test_pages_of_a_milestone_whose_work_plan_is_broken(
    app: Any, organization: dict[str, Any], text: str
) -> None:
    owner = {"owner_org": organization["id"]}
    factories.Dataset(type="action_plan", name="gt-pan7", country="GTM", **owner)
    factories.Dataset(type="commitment", name="gt-pan7-c01", action_plan="gt-pan7", **owner)
    made = [
        factories.Dataset(
            type="milestone", name=f"gt-pan7-c01-h0{n}", commitment="gt-pan7-c01", **owner
        )["name"]
        for n in (1, 2)
    ]
    package = model.Package.get(made[0])
    for field in ("activities", "expected_deliverables", "budget_lines"):
        package.extras[field] = text
    model.Session.commit()
    search.rebuild(made[0])
    headers = {"Authorization": factories.SysadminWithToken()["token"]}
    milestone = f"/milestone/{made[0]}"
    for address in (
        *(milestone, f"{milestone}.ttl", f"/milestone/edit/{made[0]}"),
        *(f"/progress/{made[0]}.csv", f"/reports/{made[0]}", f"/reports/{made[0]}/spreadsheet"),
        *("/commitment/gt-pan7-c01", "/action_plan/gt-pan7", "/progress/gt-pan7.json"),
        *("/reports/gt-pan7/template.xlsx", "/action_plan/gt-pan7/whole.ttl", "/milestone/"),
    ):
        answer = app.get(address, headers=headers, follow_redirects=False)
        assert answer.status_code == 200, address


#: What no form lets into a row of a living table.
ROWS: dict[str, dict[str, str]] = {
    "nan": {"name": "NaN", "cost_amount": "NaN", "online_percent": "Infinity"},
    "code": {"name": "Código", "channels": "<b>|||", "audience": "?", "competent_authority": "/"},
    "text": {"name": "a\x01b\ufffe", "description": "á" * 100_000, "online_url": "http://[bad"},
    "nameless": {},
    "a/b?c#d <i>": {"name": "Una dirección que no lo es", "reviewed_on": "9999-99-99"},
}


def spoil_table(record: dict[str, Any]) -> None:
    """Put rows into a table by the database itself, past the gate."""
    with get_write_engine().begin() as connection:
        for service_id, cells in ROWS.items():
            row = {"service_id": service_id, **cells}
            columns, values = ", ".join(row), ", ".join(f":{name}" for name in row)
            query = f'INSERT INTO "{get_table(record)}" ({columns}) VALUES ({values})'
            connection.execute(sa.text(query), row)


def test_broken_rows_of_a_table(app: Any, request_context: None) -> None:
    record = make_inventory(notes="Servicios")
    upsert(record, SERVICE)
    spoil_table(record)
    index_inventory(record["id"])
    built = build(INVENTORY)
    assert built
    for resource in show(built["dataset"])["resources"]:
        if resource["format"] == "XLSX":
            file = open_file(resource["id"])
            assert openpyxl.load_workbook(file).worksheets[0].max_row == 2 + len(ROWS)
    sheets = io.BytesIO()
    write_template(sheets, record, LIVING_TABLES["services"])
    assert openpyxl.load_workbook(sheets).worksheets[0].max_row == 2 + len(ROWS)
    owner = model.Group.get(record["owner_org"]).name
    pages = (f"/service_inventory/{INVENTORY}", f"/tables/{INVENTORY}/services", "/services")
    services = [f"/services/{owner}/{name}" for name in ("partida", "code", "text")]
    for page in (*pages, *services):
        assert SERVICE["name"] in app.get(page, status=200).body or page in services
    for ending, syntax in SYNTAXES.items():
        body = app.get(f"/services.{ending}", status=200).body
        assert SERVICE["name"] in Graph().parse(data=body, format=syntax.name).serialize()
