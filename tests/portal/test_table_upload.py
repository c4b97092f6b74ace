"""A file for a living table is sent on its page: checked, shown, agreed to, written."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import openpyxl
import pytest
from ckan import model
from ckan.lib import jobs
from ckan.plugins import toolkit as tk
from living import removing, upsert
from reading import visit
from report_pages import token
from table_pages import EDITOR, NAME, PATH, STRANGER, make_services, read, send
from table_pages import send_file as upload

from ckanext.gtplan.logic.living import uploading
from ckanext.gtplan.logic.living.reading import count_rows, get_row, iterate_cells
from ckanext.gtplan.logic.plans.storage import read_file
from ckanext.gtplan.plan.labels import get_field_labels
from ckanext.gtplan.plan.living import LIVING_TABLES

SERVICES = LIVING_TABLES["services"]
HEAD = "Código del servicio,Nombre,Canales,Costo,Moneda del costo\n"
RIGHT = f"{HEAD}partida,Certificado de nacimiento,Presencial,15.50,GTQ\nvisa,Visa,Presencial,,\n"
WRONG = f"{HEAD}partida,,Paloma mensajera,quince,GTQ\n"


@pytest.fixture(scope="module", autouse=True)
def leave_nothing(shared_app: Any) -> Iterator[None]:
    with removing(NAME):
        yield


@pytest.fixture
def inventory(request_context: None) -> dict[str, Any]:
    return make_services()


def where(answer: Any) -> str:
    return str(answer.headers["Location"]).partition("test.ckan.net")[2]


def post(app: Any, data: bytes, **more: str) -> str:
    """Send a file, and give the address of its page."""
    values = {"content": (io.BytesIO(data), "servicios.csv"), **more}
    answer = visit(
        app, "post", f"{PATH}/upload", token(EDITOR), data=values, follow_redirects=False
    )
    assert answer.status_code == 302
    return where(answer)


def find_task(upload_id: str) -> Any:
    """Find where what is known of a file stands."""
    return model.Session.query(model.TaskStatus).filter_by(entity_id=upload_id).one()


def age(upload_id: str) -> None:
    """Have a file wait since long ago."""
    find_task(upload_id).last_updated = datetime(2020, 1, 1)
    model.Session.commit()


def note(upload_id: str, **changes: Any) -> None:
    """Write something else of what is known of a file."""
    task = find_task(upload_id)
    task.value = json.dumps({**json.loads(task.value), **changes})
    model.Session.commit()


class TestFiles:
    def test_wrong_cells_are_shown_and_nothing_is_written(self, app: Any, inventory: Any) -> None:
        before = list(iterate_cells(inventory["id"], "services"))
        page = upload(app, EDITOR, WRONG.encode())
        for place in ("B2", "C2", "D2"):
            assert any(row.split()[:2] == [place, "2"] for row in page.rows)
        assert "Paloma mensajera" in page.text and "quince" in page.text
        assert "ONL (En línea), PERSON (Presencial)" in page.text  # what would be right
        assert "gtplan-upload-confirm" not in page.html
        assert list(iterate_cells(inventory["id"], "services")) == before

    def test_a_value_is_no_markup(self, app: Any, inventory: Any) -> None:
        page = upload(app, EDITOR, f"{HEAD}a,B,<script>alert(1)</script>,,\n".encode())
        assert "<script>alert(1)" not in page.html and "alert(1)" in page.html

    @pytest.mark.parametrize("data", [b"", b"\x00\x01\xff", b"PK\x03\x04roto"])
    def test_what_is_no_table(self, app: Any, inventory: Any, data: bytes) -> None:
        page = upload(app, EDITOR, data)
        assert "No se escribió nada" in page.text and "gtplan-upload-confirm" not in page.html

    def test_nothing_is_written_before_somebody_agrees(self, app: Any, inventory: Any) -> None:
        address = post(app, RIGHT.encode())
        page = read(app, EDITOR, address)
        assert "agregadas: 1, cambiadas: 1, quitadas: 0, dejadas como estaban: 0" in page.text
        assert "Partida de nacimiento" in page.text and "Certificado de nacimiento" in page.text
        assert count_rows(inventory["id"], "services") == 2
        assert "Las filas se escribieron" in send(app, EDITOR, address, {}).text
        row = get_row(inventory["id"], SERVICES, ("partida",))
        assert row is not None and row["name"] == "Certificado de nacimiento"
        assert row["volume_total"] == "120"  # the file has no such column
        assert count_rows(inventory["id"], "services") == 3

    def test_the_same_file_twice_changes_nothing(self, app: Any, inventory: Any) -> None:
        send(app, EDITOR, post(app, RIGHT.encode()), {})
        page = read(app, EDITOR, post(app, RIGHT.encode()))
        assert "no hay nada que escribir" in page.text and "upload-confirm" not in page.html

    def test_rows_that_the_file_lacks_go_if_so_chosen(self, app: Any, inventory: Any) -> None:
        address = post(app, RIGHT.encode(), mode="replace")
        assert "Se quitará 1 fila" in read(app, EDITOR, address).text
        send(app, EDITOR, address, {})
        keys = [row["service_id"] for row in iterate_cells(inventory["id"], "services")]
        assert sorted(filter(None, keys)) == ["partida", "visa"]

    def test_nobody_else_sees_or_agrees_to_it(self, app: Any, inventory: Any) -> None:
        address = post(app, RIGHT.encode())
        read(app, STRANGER, address, status=403)
        send(app, STRANGER, address, {}, status=403)
        sysadmin = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
        read(app, sysadmin, address, status=404)
        answer = visit(app, "post", address, "", data={}, follow_redirects=False)
        assert "/user/login" in answer.headers["Location"]
        read(app, EDITOR, f"{PATH}/upload/{'0' * 32}", status=404)
        read(app, EDITOR, f"{PATH}/upload/..%2f..%2fservices", status=404)
        assert count_rows(inventory["id"], "services") == 2

    def test_no_file(self, app: Any, inventory: Any) -> None:
        assert "Elija el archivo" in send(app, EDITOR, f"{PATH}/upload", {}).text

    def test_what_nobody_asked_for_in_a_day_goes(self, app: Any, inventory: Any) -> None:
        address = post(app, RIGHT.encode())
        upload_id = address.split("/")[-1]
        assert read_file(upload_id) == RIGHT.encode()
        age(upload_id)
        post(app, RIGHT.encode())
        assert read_file(upload_id) is None
        read(app, EDITOR, address, status=404)

    def test_a_file_that_was_written_does_not_stay(self, app: Any, inventory: Any) -> None:
        address = post(app, RIGHT.encode())
        send(app, EDITOR, address, {})
        assert read_file(address.split("/")[-1]) is None
        assert "Las filas se escribieron" in read(app, EDITOR, address).text


class TestJobs:
    @pytest.fixture(autouse=True)
    def large(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take every file for a large one."""
        monkeypatch.setattr(uploading, "LARGE", 0)

    @staticmethod
    def work() -> list[str]:
        """Do what waits for a worker, and give its titles."""
        done = []
        for job in jobs.get_queue().jobs:
            title = job.meta.get("title") or ""
            if title.startswith(("gtplan checking", "gtplan writing")):
                job.func(*job.args)
                job.delete()
                done.append(title)
        return done

    def test_a_large_file_is_worked_on_by_a_job(self, app: Any, inventory: Any) -> None:
        address = post(app, RIGHT.encode())
        page = read(app, EDITOR, address)
        assert "espera su turno" in page.text and 'http-equiv="refresh"' in page.html
        assert len(self.work()) == 1
        assert "agregadas: 1" in read(app, EDITOR, address).text
        page = send(app, EDITOR, address, {})
        assert "espera su turno" in page.text and count_rows(inventory["id"], "services") == 2
        send(app, EDITOR, address, {})  # pressed twice: once is enough
        assert len(self.work()) == 1
        assert "Las filas se escribieron" in read(app, EDITOR, address).text
        assert count_rows(inventory["id"], "services") == 3

    def test_a_worker_that_was_killed(self, app: Any, inventory: Any) -> None:
        address = post(app, RIGHT.encode())
        self.work()
        send(app, EDITOR, address, {})
        note(address.split("/")[-1], moment=0.0)
        page = read(app, EDITOR, address)
        assert "se detuvo" in page.text and "refresh" not in page.html
        self.work()

    def test_whose_right_went_meanwhile(self, app: Any, inventory: Any) -> None:
        address = post(app, RIGHT.encode())
        self.work()
        upload_id = address.split("/")[-1]
        note(upload_id, user=STRANGER)
        uploading.write_upload(STRANGER, upload_id)
        assert count_rows(inventory["id"], "services") == 2


class TestSpreadsheet:
    def download(self, app: Any, query: str = "") -> Any:
        answer = visit(app, "get", f"{PATH}/template.xlsx{query}", token(EDITOR), status=200)
        assert answer.headers["Content-Disposition"].endswith(f'{NAME}-services.xlsx"')
        return openpyxl.load_workbook(io.BytesIO(answer.data))

    def save(self, book: Any) -> bytes:
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()

    def test_it_comes_back_as_it_went(self, app: Any, inventory: Any) -> None:
        book = self.download(app)
        page = upload(app, EDITOR, self.save(book), "servicios.xlsx", mode="replace")
        assert "no hay nada que escribir" in page.text

    def test_what_was_filled_in_is_written(self, app: Any, inventory: Any) -> None:
        book = self.download(app)
        sheet = book.worksheets[0]
        columns = {cell.value: cell.column for cell in sheet[1]}
        row = next(c.row for c in sheet["A"] if c.value == "patente")
        sheet.cell(row, columns["Es gratuito"]).value = "Sí"
        sheet.cell(row, columns["Canales"]).value = "En línea | Presencial"
        sheet.cell(row, columns["Enlace para hacerlo en línea"]).value = "https://example.org/p"
        sheet.cell(row, columns[get_field_labels("reviewed_on")["es"]]).value = "2025-11"
        values = {"content": (io.BytesIO(self.save(book)), "servicios.xlsx")}
        answer = visit(
            app, "post", f"{PATH}/upload", token(EDITOR), data=values, follow_redirects=False
        )
        assert "Las filas se escribieron" in send(app, EDITOR, where(answer), {}).text
        found = get_row(inventory["id"], SERVICES, ("patente",))
        assert found is not None and found["is_free"] == "true"
        assert found["channels"] == "ONL|PERSON" and found["reviewed_on"] == "2025-11"

    def test_lists_to_choose_from_and_explanations(self, app: Any, inventory: Any) -> None:
        book = self.download(app, "?rows=none")
        sheet = book.worksheets[0]
        assert sheet.title == "services" and sheet.max_row == 1
        lists = [rule for rule in sheet.data_validations.dataValidation if rule.type == "list"]
        assert lists and all(rule.formula1.startswith("'gtplan-lists'!") for rule in lists)
        heads = [cell.value for cell in sheet[1]]
        assert "Es gratuito" in heads and "Nivel de madurez en línea" not in heads
        assert len(heads) == len(SERVICES.columns) - len(SERVICES.computed)
        told = {row[1].value: row[2].value for row in book.worksheets[1].iter_rows(min_row=2)}
        assert set(told) == set(SERVICES.column_names) - set(SERVICES.computed)
        assert all(told.values())

    def test_an_apostrophe_stays(self, app: Any, inventory: Any) -> None:
        upsert(inventory, {"service_id": "patente", "description": "'=texto"})
        page = upload(app, EDITOR, self.save(self.download(app)), "servicios.xlsx")
        assert "no hay nada que escribir" in page.text

    def test_a_text_is_no_formula(self, app: Any, inventory: Any) -> None:
        data = b"service_id,name\nraro,=1+1\n"
        send(app, EDITOR, post(app, data), {})
        book = self.download(app)
        row = next(c.row for c in book.worksheets[0]["A"] if c.value == "raro")
        cell = book.worksheets[0].cell(row, 2)
        assert cell.value == "=1+1" and cell.data_type == "s"
        page = upload(app, EDITOR, self.save(book), "servicios.xlsx")
        assert "gtplan-upload-confirm" not in page.html or "raro" not in page.text
