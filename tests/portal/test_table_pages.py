"""The rows of a living table on its page, and the form of one row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ckan import model
from living import act, get_table, make_register, removing, upsert
from reading import read_form, visit
from report_pages import token
from table_pages import EDITOR, NAME, OWNER, PATH, STRANGER, find_address, make_services, read, send

from ckanext.gtplan.logic.living.reading import count_rows, get_row
from ckanext.gtplan.plan.living import LIVING_TABLES

SERVICES = LIVING_TABLES["services"]
REGISTER = "estandares-paginas"


@pytest.fixture(scope="module", autouse=True)
def leave_nothing(shared_app: Any) -> Iterator[None]:
    """Making an inventory takes seconds: one is made for all, and put back for each test."""
    with removing(NAME, REGISTER):
        yield


@pytest.fixture
def inventory(request_context: None) -> dict[str, Any]:
    return make_services()


def add_address(record: dict[str, Any]) -> str:
    return f"/dataset/{record['name']}/tabledesigner/{get_table(record)}/add-row"


def edit_address(record: dict[str, Any], key: str) -> str:
    table = get_table(record)
    rows = act("datastore_search", resource_id=table, filters={"service_id": key})["records"]
    return f"/dataset/{record['name']}/tabledesigner/{table}/edit-row?_id={rows[0]['_id']}"


def fill(form: dict[str, list[str]], **answers: Any) -> dict[str, Any]:
    """Answer questions of the form of a row by the names of their columns."""
    names = {column: f"col__{n}__value" for n, column in enumerate(SERVICES.column_names, start=1)}
    return {**form, **{names[column]: answer for column, answer in answers.items()}}


class TestRows:
    def test_everybody_sees_the_rows_by_labels(self, app: Any, inventory: Any) -> None:
        page = read(app, "", PATH)
        assert "Partida de nacimiento" in page.text and "En línea, Presencial" in page.text
        assert "add-row" not in page.html and "/upload" not in page.html
        page = read(app, EDITOR, PATH)
        assert "add-row" in page.html and "edit-row" in page.html and "/upload" in page.html

    def test_a_search_among_the_rows(self, app: Any, inventory: Any) -> None:
        page = read(app, "", f"{PATH}?q=patente")
        assert "Patente de comercio" in page.text and "Partida" not in page.text
        assert "Partida" not in read(app, "", f"{PATH}?q=%27)%3B--").text

    def test_the_page_of_the_resource_leads_to_the_rows(self, app: Any, inventory: Any) -> None:
        path = f"/service_inventory/{NAME}/resource/{get_table(inventory)}"
        answer = visit(app, "get", path, "", follow_redirects=False)
        assert answer.status_code == 302 and answer.headers["Location"].endswith(PATH)

    def test_a_private_record_has_no_table_for_others(self, app: Any, inventory: Any) -> None:
        act("package_patch", id=NAME, private=True)
        for path in (PATH, f"{PATH}/history", f"{PATH}/compare", f"{PATH}/compare.csv?with=x"):
            for user in ("", STRANGER):
                assert "Partida" not in read(app, user, path, status=404).text
        resource = f"/service_inventory/{NAME}/resource/{get_table(inventory)}"
        answer = visit(app, "get", resource, token(STRANGER), follow_redirects=False)
        assert NAME not in answer.headers.get("Location", "")
        assert "Partida" in read(app, EDITOR, PATH).text

    def test_other_records_have_no_such_table(self, app: Any, inventory: Any) -> None:
        for path in (f"/tables/{NAME}/standards", "/tables/nadie/services"):
            read(app, "", path, status=404)

    def test_only_editors_write(self, app: Any, inventory: Any) -> None:
        for ending in ("upload", "template.xlsx"):
            read(app, STRANGER, f"{PATH}/{ending}", status=403)
            visitor = visit(app, "get", f"{PATH}/{ending}", "", follow_redirects=False)
            assert "/user/login" in visitor.headers["Location"]
        read(app, STRANGER, add_address(inventory), status=404)
        values = fill({}, service_id="ajeno", name="Ajeno")
        send(app, STRANGER, add_address(inventory), values, status=404)
        assert count_rows(inventory["id"], "services") == 2


class TestForms:
    def test_a_row_is_added(self, app: Any, inventory: Any) -> None:
        page = read(app, EDITOR, add_address(inventory))
        assert "Código del servicio" in page.text and "En línea" in page.text
        form = read_form(page.html, "gtplan-row")
        assert len([name for name in form if name.startswith("col__")]) == len(SERVICES.columns)
        answers = {
            "service_id": "licencia",
            "name": "Licencia",
            "channels": ["", "ONL", "PERSON"],
            "online_url": "https://example.org/licencia",
            "competent_authority": ["", OWNER],
            "requirements": "Identificarse\r\nPagar",
            "is_free": "false",
            "cost_amount": "25.00",
            "cost_currency": "GTQ",
            "reviewed_on": "2025-11",
        }
        page = send(app, EDITOR, add_address(inventory), fill(form, **answers))
        assert "Licencia" in page.text and "Guardado" in page.text
        row = get_row(inventory["id"], SERVICES, ("licencia",))
        assert row is not None
        assert row["channels"] == "ONL|PERSON" and row["requirements"] == "Identificarse|Pagar"
        assert row["competent_authority"] == OWNER and row["reviewed_on"] == "2025-11"
        assert row["cost_amount"] == "25.00" and row["is_free"] == "false"

    def test_a_form_sent_unchanged_changes_nothing(self, app: Any, inventory: Any) -> None:
        before = get_row(inventory["id"], SERVICES, ("partida",))
        address = edit_address(inventory, "partida")
        form = read_form(read(app, EDITOR, address).html, "gtplan-row")
        assert form["col__1__value"] == ["partida"]
        known = act("gtplan_table_history", id=NAME, table="services")
        send(app, EDITOR, address, form)
        assert get_row(inventory["id"], SERVICES, ("partida",)) == before
        assert act("gtplan_table_history", id=NAME, table="services") == known

    def test_a_row_is_changed(self, app: Any, inventory: Any) -> None:
        address = edit_address(inventory, "partida")
        form = read_form(read(app, EDITOR, address).html, "gtplan-row")
        send(app, EDITOR, address, fill(form, name="Certificado", channels=["", "PERSON"]))
        row = get_row(inventory["id"], SERVICES, ("partida",))
        assert row is not None and (row["name"], row["channels"]) == ("Certificado", "PERSON")
        page = read(app, "", f"{PATH}/history?key=partida")
        assert "Partida de nacimiento" in page.text and "Certificado" in page.text

    @pytest.mark.parametrize(
        "language, label, sentence",
        [("", "Costo", "no es un monto"), ("/en", "Cost", "is no amount"), ("/pt_BR", "Custo", "")],
    )
    def test_what_is_wrong_stands_beside_its_field(
        self, app: Any, inventory: Any, language: str, label: str, sentence: str
    ) -> None:
        address = language + edit_address(inventory, "partida")
        form = read_form(read(app, EDITOR, address).html, "gtplan-row")
        page = send(app, EDITOR, address, fill(form, cost_amount="<b>mucho", name=""))
        assert label in page.text and sentence in page.text
        assert "<b>mucho" not in page.html and "&lt;b&gt;mucho" in page.html
        cost = SERVICES.column_names.index("cost_amount") + 1
        assert f'id="field-{cost}-error"' in page.html and 'id="field-2-error"' in page.html
        assert read_form(page.html, "gtplan-row")["col__1__value"] == ["partida"]
        row = get_row(inventory["id"], SERVICES, ("partida",))
        assert row is not None and row["cost_amount"] == "15.50"

    def test_a_key_that_another_row_has(self, app: Any, inventory: Any) -> None:
        form = read_form(read(app, EDITOR, add_address(inventory)).html, "gtplan-row")
        page = send(app, EDITOR, add_address(inventory), fill(form, service_id="patente", name="X"))
        assert 'id="field-1-error"' in page.html
        assert count_rows(inventory["id"], "services") == 2

    def test_rows_are_deleted(self, app: Any, inventory: Any) -> None:
        address = find_address(read(app, EDITOR, PATH), "delete-rows")
        page = read(app, EDITOR, address)
        assert "Partida de nacimiento" in page.text
        page = send(app, EDITOR, address, {})
        assert "Borrado" in page.text and "Partida" not in page.text
        assert count_rows(inventory["id"], "services") == 1

    def test_a_row_that_others_need_is_not_deleted(self, app: Any, inventory: Any) -> None:
        owner = model.Group.get(OWNER).id
        register = make_register(REGISTER, owner_org=owner)
        upsert(
            register,
            {"standard_id": "e1", "name": "E", "standard_status": "collected"},
            table="standards",
        )
        upsert(
            register,
            {"criterion_id": "c1", "name": "C", "weight": 1, "max_score": 5},
            table="criteria",
        )
        score = {"standard_id": "e1", "criterion_id": "c1", "score": 3, "reason": "Sí"}
        upsert(register, score, table="scores")
        path = f"/tables/{REGISTER}/standards"
        page = send(app, EDITOR, find_address(read(app, EDITOR, path), "delete-rows"), {})
        assert "e1" in page.text
        assert count_rows(register["id"], "standards") == 1
