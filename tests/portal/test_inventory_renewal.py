"""The inventory of a new year starts from the last one's rows, and says what became of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from living import act, remove, removing
from reading import read_form, visit
from report_pages import token
from table_pages import EDITOR, NAME, NEXT, OWNER, STRANGER, make_services, read, send

from ckanext.gtplan.logic.living.reading import count_rows, get_row
from ckanext.gtplan.plan.living import LIVING_TABLES

SERVICES = LIVING_TABLES["services"]
PATH = f"/tables/{NAME}/renew"


@pytest.fixture(scope="module", autouse=True)
def leave_nothing(shared_app: Any) -> Iterator[None]:
    with removing(NAME, NEXT):
        yield


@pytest.fixture
def inventory(request_context: None) -> dict[str, Any]:
    remove(NEXT)
    return make_services()


def renew(user: str = EDITOR, **more: Any) -> dict[str, Any]:
    data = {"id": NAME, "reference_year": 2026, **more}
    return dict(act("gtplan_inventory_renew", user=user, **data))


def test_services_are_taken_over_and_what_was_counted_is_not(inventory: Any) -> None:
    made = renew()
    assert (made["name"], made["added"]) == (NEXT, 2)
    package = act("package_show", id=NEXT)
    assert package["private"] and package["title"] == "Servicios 2026"
    assert int(package["reference_year"]) == 2026 and package["owner_org"] == inventory["owner_org"]
    old, new = (get_row(p["id"], SERVICES, ("partida",)) for p in (inventory, package))
    assert old is not None and new is not None
    gone = {name for name in SERVICES.column_names if old[name] != new[name]}
    assert gone == {"volume_online", "volume_total", "satisfaction"}
    assert not any(new[name] for name in gone)
    assert old["volume_total"] == "120"


def test_what_the_new_year_changes_is_told(app: Any, inventory: Any) -> None:
    renew()
    act("package_patch", id=NEXT, private=False)
    act(
        "gtplan_table_upload",
        id=NEXT,
        table="services",
        mode="replace",
        records=[
            {"service_id": "partida", "name": "Partida", "channels": "PERSON"},
            {"service_id": "visa", "name": "=Visa", "channels": "PERSON"},
        ],
    )
    page = read(app, "", f"/tables/{NEXT}/services/compare")
    assert "agregadas: 1, cambiadas: 1, quitadas: 1, dejadas como estaban: 0" in page.text
    assert any("partida" in row and "Partida de nacimiento" in row for row in page.rows)
    address = f"/tables/{NEXT}/services/compare.csv?with={NAME}"
    rows = list(csv.DictReader(io.StringIO(visit(app, "get", address, "", status=200).body)))
    changes = {(row["service_id"], row["change"]) for row in rows}
    assert changes == {("partida", "changed"), ("visa", "added"), ("patente", "removed")}
    name = next(r for r in rows if (r["service_id"], r["column"]) == ("partida", "name"))
    assert (name["old_value"], name["new_value"]) == ("Partida de nacimiento", "Partida")
    assert "'=Visa" in [row["new_value"] for row in rows]  # no formula in a spreadsheet


def test_a_hidden_year_is_not_compared(app: Any, inventory: Any) -> None:
    renew()
    page = read(app, STRANGER, f"/tables/{NAME}/services/compare")
    assert "Servicios 2026" not in page.text and NEXT not in page.html
    for ending in ("compare", "compare.csv"):
        page = read(app, STRANGER, f"/tables/{NAME}/services/{ending}?with={NEXT}", status=404)
        assert "Servicios 2026" not in page.text
    assert "Servicios 2026" in read(app, EDITOR, f"/tables/{NAME}/services/compare").text


def test_the_page_proposes_and_makes_it(app: Any, inventory: Any) -> None:
    page = read(app, EDITOR, PATH)
    form = read_form(page.html, "gtplan-renew")
    proposed = {name: form[name][0] for name in ("reference_year", "title", "name")}
    assert proposed == {"reference_year": "2026", "title": "Servicios 2026", "name": NEXT}
    page = send(app, EDITOR, PATH, form)
    assert "Se copiaron 2 servicios" in page.text and "Patente de comercio" in page.text


@pytest.mark.parametrize(
    "changes, field",
    [
        ({"reference_year": "2025"}, "reference_year"),
        ({"reference_year": "pronto"}, "reference_year"),
        ({"reference_year": "99999"}, "reference_year"),
        ({"name": NAME}, "name"),
        ({"name": "Con Espacios"}, "name"),
    ],
)
def test_a_wrong_answer_leaves_nothing_behind(
    app: Any, inventory: Any, changes: dict[str, str], field: str
) -> None:
    form = {"reference_year": "2026", "title": "<i>Nuevo", "name": NEXT, **changes}
    page = send(app, EDITOR, PATH, form)
    assert f'id="field-{field}-error"' in page.html and "<i>Nuevo" not in page.html
    assert model.Package.get(NEXT) is None
    assert count_rows(inventory["id"], "services") == 2


def test_a_year_that_is_there_is_refused(inventory: Any) -> None:
    renew()
    with pytest.raises(tk.ValidationError):
        renew(name=f"{NEXT}-otra")
    assert model.Package.get(f"{NEXT}-otra") is None


def test_who_may(app: Any, inventory: Any) -> None:
    for user in (STRANGER, ""):
        with pytest.raises(tk.NotAuthorized):
            renew(user)
    read(app, STRANGER, PATH, status=403)
    send(app, STRANGER, PATH, {"reference_year": "2026"}, status=403)
    answer = visit(app, "post", PATH, "", data={}, follow_redirects=False)
    assert "/user/login" in answer.headers["Location"]
    act("package_patch", id=NAME, private=True)
    with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound)):
        renew(STRANGER)
    assert model.Package.get(NEXT) is None
    assert renew()["name"] == NEXT and model.Group.get(OWNER) is not None
    assert token(EDITOR)


def test_when_the_rows_fail_the_record_goes_again(
    inventory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any, **more: Any) -> Any:
        raise RuntimeError

    monkeypatch.setattr("ckanext.gtplan.logic.living.renewal.write_rows", fail)
    with pytest.raises(RuntimeError):
        renew()
    assert model.Package.get(NEXT) is None
