"""From a row of an inventory to its page in the directory, at an address that stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories

pytestmark = pytest.mark.usefixtures("empty", "request_context")

Make = Callable[..., dict[str, Any]]


@pytest.fixture
def empty(shared_app: Any) -> None:
    """No rows: what is written here is not in Solr."""
    model.repo.delete_all()


@pytest.fixture
def public_inventory() -> Make:
    """Make an inventory with rows through the actions that an editor has."""

    def make(owner: str, year: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
        record = factories.Dataset(
            type="service_inventory", owner_org=owner, reference_year=year, title=f"Año {year}"
        )
        context = {"ignore_auth": True, "user": factories.Sysadmin()["name"]}
        given = {"id": record["id"], "table": "services", "records": rows}
        tk.get_action("gtplan_table_upload")(context, given)
        return record

    return make


ROW = {
    "service_id": "DPI-1",
    "name": "Reposición de DPI",
    "description": "Por pérdida o robo.",
    "channels": ["ONL", "PERSON"],
    "online_url": "https://example.org/dpi",
    "steps": ["Pagar", "Presentarse"],
    "requirements": ["Denuncia <script>alert(1)</script>"],
    "is_free": False,
    "cost_amount": "85.00",
    "cost_currency": "GTQ",
    "processing_time": "P1M15D",
    "legal_basis": ["Decreto 90-2005 https://example.org/ley"],
}


def test_a_row_is_found_and_shown_the_moment_it_is_written(
    public_inventory: Make, app: Any
) -> None:
    owner = factories.Organization(title="Registro de Personas")
    public_inventory(owner["id"], "2024", [ROW])
    assert "Reposición de DPI" in app.get("/services?q=reposicion+dpi").body
    page = app.get(f"/services/{owner['name']}/DPI-1", status=200).body
    for text in ("Pagar", "https://example.org/dpi", "85", 'href="https://example.org/ley"'):
        assert text in page
    assert "<script>alert(1)" not in page
    shown = tk.get_action("gtplan_service_show")(
        {"user": ""}, {"organization": owner["name"], "service_id": "DPI-1"}
    )
    assert (shown["steps"], shown["is_gone"]) == (["Pagar", "Presentarse"], False)
    app.get(f"/services/{owner['name']}/dpi-1", status=404)
    app.get(f"/services/{owner['name']}/DPI%00", status=404)
    app.get("/services/nobody/DPI-1", status=404)


def test_what_an_inventory_does_not_say_is_shown_as_missing(
    public_inventory: Make, app: Any
) -> None:
    owner = factories.Organization(title="Registro de Personas")
    row = {"service_id": "A", "name": "Agenda", "channels": ["ONL"], "stage": "in_operation"}
    named = {**row, "service_id": "B", "name": "Beca", "competent_authority": [owner["name"]]}
    plan = {**named, "service_id": "P", "name": "Portal", "stage": "planned"}
    public_inventory(owner["id"], "2024", [row, {**named, "online_url": "https://e.org"}, plan])

    def see(address: str) -> str:
        return " ".join(app.get(address, status=200).body.split())

    missing = '<dt>Enlace para hacerlo en línea</dt> <dd><span class="gtplan-missing">'
    no_link, whose = "el inventario no dice en qué dirección", "En el inventario de"
    mine, whole, planned = (see(f"/services/{owner['name']}/{name}") for name in "ABP")
    assert missing in mine and whose in mine
    assert missing not in whole and whose not in whole
    assert missing not in planned and "Previsto en el plan" in planned
    assert no_link in see("/services?q=agenda") and whose in see("/services?q=agenda")
    assert no_link not in see("/services?q=beca") and whose not in see("/services?q=beca")
    assert "Previsto en el plan" in see("/services?q=portal")


def hide(record: dict[str, Any]) -> None:
    """Make an inventory private."""
    context = {"ignore_auth": True, "user": factories.Sysadmin()["name"]}
    tk.get_action("package_patch")(context, {"id": record["id"], "private": True})


def test_a_service_that_is_gone_says_since_when(public_inventory: Make, app: Any) -> None:
    owner = factories.Organization()
    address = f"/services/{owner['name']}/DPI-1"
    old = public_inventory(owner["id"], "2023", [ROW])
    new = public_inventory(owner["id"], "2024", [{"service_id": "B", "name": "Beca"}])
    assert "2023" in app.get(address, status=410).body
    hide(new)
    app.get(address, status=200)
    hide(old)
    app.get(address, status=404)
    with pytest.raises(tk.ObjectNotFound):
        tk.get_action("gtplan_service_show")(
            {"user": ""}, {"organization": owner["name"], "service_id": "DPI-1"}
        )
