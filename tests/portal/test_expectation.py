"""A record that says nothing but its title opens, says what is not known, and is published."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from ckan.tests import factories
from reading import Page, act, visit

from ckanext.gtplan.plan.labels import get_field_labels, list_expected

#: Fields that the page shows under another name, or in a part of their own.
SHOWN_AS = {
    ("action_plan", "period_start"): "Período",
    ("action_plan", "period_end"): "Período",
    ("commitment", "start_date"): "Fecha de inicio y término del compromiso",
    ("commitment", "end_date"): "Fecha de inicio y término del compromiso",
    ("commitment", "description"): "¿Cuál es el compromiso?",
    ("milestone", "planned_start"): "Fechas",
    ("milestone", "planned_end"): "Fechas",
    ("milestone", "budget_lines"): "Presupuesto",
    ("regional_plan", "regional_activities"): "Áreas de trabajo",
    ("regional_plan", "expected_deliverables"): "Entregables publicados",
}
pytestmark = pytest.mark.usefixtures("app")
TYPES = ["action_plan", "commitment", "milestone", "indicator", "regional_plan"]


def make(kind: str, owner: str, **fields: Any) -> dict[str, Any]:
    name = factories.Dataset.stub().name
    return act("package_create", type=kind, name=name, title=name, owner_org=owner, **fields)


@pytest.fixture
def user() -> dict[str, Any]:
    return factories.UserWithToken()


@pytest.fixture
def owner(user: dict[str, Any]) -> str:
    return str(factories.Organization(users=[{"name": user["name"], "capacity": "editor"}])["id"])


@pytest.fixture
def records(owner: str) -> dict[str, dict[str, Any]]:
    """A record of each type, with its title and the record above it."""
    plan = make("action_plan", owner)
    commitment = make("commitment", owner, action_plan=plan["name"])
    milestone = make("milestone", owner, commitment=commitment["name"])
    return {
        "action_plan": plan,
        "commitment": commitment,
        "milestone": milestone,
        "indicator": make("indicator", owner, milestone=milestone["name"]),
        "regional_plan": make("regional_plan", owner),
    }


@pytest.fixture
def get(app: Any) -> Callable[..., Page]:
    def call(record: dict[str, Any], token: str = "") -> Page:
        path = f"/{record['type']}/{record['name']}"
        return Page(visit(app, "get", path, token, status=200).body)

    return call


def test_what_is_expected_and_not_known_says_so(
    get: Callable[..., Page], records: dict[str, Any]
) -> None:
    for kind in TYPES:
        text = get(records[kind]).text
        for field in list_expected(kind):
            label = SHOWN_AS.get((kind, field)) or get_field_labels(field)["es"]
            if (kind, field) == ("commitment", "irm_completion"):
                assert "El portal no tiene ninguna revisión independiente" in text
                continue
            # what OGP's sheet asks and nothing is known of is named once, in one sentence
            said = rf"{re.escape(label)} Sin dato|Sin dato ?: [^·]*(· [^·]*)*{re.escape(label)}"
            assert re.search(said, text), (kind, field)
        assert "None" not in text


def test_a_row_that_says_nothing_is_shown(
    get: Callable[..., Page], records: dict[str, Any]
) -> None:
    rows = {
        "activities": [{"activity_no": "1", "name": "Uno"}],
        "expected_deliverables": [{"key": "a", "name": "Producto"}],
        "phases": [{"text": "Etapa"}],
        "schedule": [{"meeting_no": "1", "name": "Reunión"}],
    }
    act("package_patch", id=records["milestone"]["id"], **rows)
    text = get(records["milestone"]).text
    assert "Tipo de entregable: Sin dato" in text
    assert "None" not in text
    assert "None" not in get(records["commitment"]).text


def test_it_is_published_all_the_same(records: dict[str, Any], load: Any) -> None:
    rows = {
        "activities": [{"activity_no": "1", "name": "Uno"}],
        "expected_deliverables": [{"key": "a", "name": "Producto"}],
    }
    text = """\
load: escueta
publication: {owner: x-escueta, license_id: cc-by, frequency: eventual, contact_name: A,
  contact_email: a@example.org}
organizations: [{id: x-escueta, title: X}]
action_plans: [{id: p-escueto, title: P}]
commitments: [{id: c-escueto, title: C, action_plan: p-escueto}]
milestones: [{id: m-escueto, title: M, commitment: c-escueto}]
"""
    assert "m-escueto" in load({"plan.yaml": text})["created"]
    act("package_patch", id="m-escueto", **rows)
    built = act("gtplan_deliverable_build", id="m-escueto")
    dataset = act("package_show", id=built["dataset"])
    act("gtplan_unload", id="escueta")
    assert not dataset["private"]


def test_columns_that_few_plans_fill_stand_only_where_one_does(
    get: Callable[..., Page], records: dict[str, Any]
) -> None:
    row = {"activity_no": "1", "name": "Uno"}
    act("package_patch", id=records["milestone"]["id"], activities=[row])
    text = get(records["milestone"]).text
    for name in ("Costo planificado", "Peso", "Depende de"):
        assert name not in text
    rows = [
        {**row, "planned_cost": "1500.00", "currency": "GTQ", "weight": "2"},
        {"activity_no": "2", "name": "Dos", "predecessors": "1", "is_date_doubtful": "true"},
    ]
    act("package_patch", id=records["milestone"]["id"], activities=rows)
    page = get(records["milestone"])
    for name in ("Costo planificado", "Peso", "Depende de", "500", "Dudosas"):
        assert name in page.text


class TestPanel:
    def test_the_editor_sees_what_to_fill_in_and_where(
        self, get: Callable[..., Page], records: dict[str, Any], user: dict[str, Any]
    ) -> None:
        commitment = records["commitment"]
        page = get(commitment, user["token"])
        count = len(list_expected("commitment"))
        assert f"Faltan {count} datos esperados" in page.text
        link = f'href="/commitment/edit/{commitment["name"]}#field-'
        for field in ("start_date", "notes", "contacts", "irm_completion"):
            assert f'{link}{field}"' in page.html

    def test_every_link_leads_to_a_field_of_the_form(
        self, app: Any, get: Callable[..., Page], records: dict[str, Any], user: dict[str, Any]
    ) -> None:
        for kind in TYPES:
            page = get(records[kind], user["token"])
            form = visit(app, "get", f"/{kind}/edit/{records[kind]['name']}", user["token"]).body
            found = re.findall(rf'href="/{kind}/edit/[^"#]+#([^"]+)"', page.html)
            assert found
            for anchor in found:
                assert f'id="{anchor}' in form or f'for="{anchor}' in form, (kind, anchor)

    def test_what_is_odd_is_told_with_its_row(
        self, get: Callable[..., Page], records: dict[str, Any], user: dict[str, Any]
    ) -> None:
        milestone = records["milestone"]
        rows = [
            {"activity_no": "1", "name": "A"},
            {"activity_no": "2", "name": "B", "planned_end": "2021"},
        ]
        act("package_patch", id=milestone["id"], planned_end="2020", activities=rows)
        page = get(milestone, user["token"])
        assert "1 cosa que conviene revisar" in page.text
        assert "Actividades 2: /2021" in page.text
        assert "Actividades: Inicio planificado (filas 1, 2)" in page.text

    def test_nobody_else_sees_it(self, get: Callable[..., Page], records: dict[str, Any]) -> None:
        stranger = factories.UserWithToken()["token"]
        for token in ("", stranger):
            assert "datos esperados" not in get(records["commitment"], token).text
