"""A plan is loaded in the browser: checked, shown, agreed to, written, and by nobody else."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from contextvars import Context
from typing import Any

import pytest
from ckan import model
from ckan.lib import jobs
from ckan.tests import factories
from reading import Page, act, visit
from report_pages import token
from table_pages import read, send
from test_loading import COMMITMENT, HEAD, MILESTONE, count_rows, show

from ckanext.gtplan.logic.plans import sending
from ckanext.gtplan.logic.plans.storage import read_file

PATH = "/load-plan"
CHIEF, EDITOR = "jefa-cargas", "editora-cargas"
PLAN = HEAD + COMMITMENT + MILESTONE


@pytest.fixture(autouse=True)
def people(clean: None, request_context: None) -> Iterator[None]:
    for name in (CHIEF, EDITOR):
        if model.User.get(name) is None:
            factories.User(name=name, sysadmin=name == CHIEF)
    yield
    jobs.get_queue().empty()


def post(app: Any, data: bytes, name: str = "p.yaml", user: str = CHIEF, **more: str) -> str:
    """Send files, and give the address of their page; empty when they are refused at once."""
    values = {"files": (io.BytesIO(data), name), **more}
    answer = visit(app, "post", PATH, token(user), data=values, follow_redirects=False)
    return str(answer.headers.get("Location", "")).partition("test.ckan.net")[2]


def fingerprint(address: str) -> dict[str, str]:
    kept = sending.KeptLoad.find(CHIEF, address.rpartition("/")[2])
    assert kept is not None
    return {"fingerprint": kept.fingerprint}


def agree(app: Any, address: str) -> Page:
    return send(app, CHIEF, address, fingerprint(address))


def test_forms_are_checked_after_an_answer_to_a_token(
    app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(app, CHIEF, PATH)  # CKAN itself asks for nothing there any more, of nobody
    factories.User(name="con-sesion", password="Clave-12345", sysadmin=True)
    browser = app.flask_app.test_client()
    entry = {"login": "con-sesion", "password": "Clave-12345"}
    Context().run(browser.post, "/user/login", data=entry)
    assert Context().run(browser.get, PATH).status_code == 200
    monkeypatch.setitem(app.flask_app.config, "WTF_CSRF_ENABLED", True)
    assert Context().run(browser.post, PATH).status_code == 400
    assert post(app, PLAN.encode())  # who comes with a token needs none of a form


@pytest.mark.parametrize(("method", "status"), [("get", 404), ("post", 405)])
def test_where_nothing_is(app: Any, method: str, status: int) -> None:
    visit(app, method, "/load-plan/", token(CHIEF), status=status)


class TestLoading:
    def test_nothing_is_written_before_somebody_agrees(self, app: Any) -> None:
        before = count_rows()
        address = post(app, PLAN.encode())
        page = read(app, CHIEF, address)
        assert "4 registros nuevos" in page.text and "Primer hito" in page.text
        assert count_rows() == before
        page = agree(app, address)
        assert "El plan está cargado" in page.text and "Registros creados: 4" in page.text
        assert show("py-pan1-c01-h01")["title"] == "Primer hito"
        assert read_file(address.rpartition("/")[2]) is None
        assert "prueba" in read(app, CHIEF, PATH).text

    def test_the_difference_names_what_stood_there(self, app: Any) -> None:
        agree(app, post(app, PLAN.encode()))
        changed = PLAN.replace("Datos para todos", "Datos para <b>todas</b>")
        page = read(app, CHIEF, post(app, changed.encode()))
        assert "Datos para todos" in page.text and "Datos para <b>todas</b>" in page.text
        assert "<b>todas" not in page.html
        page = read(app, CHIEF, post(app, PLAN.encode()))
        assert "no hay nada que escribir" in page.text and "gtplan-load-agree" not in page.html

    def test_a_portal_that_changed_meanwhile(self, app: Any) -> None:
        agree(app, post(app, PLAN.encode()))
        changed = PLAN.replace("Datos para todos", "Datos para todas")
        address = post(app, changed.encode())
        seen = fingerprint(address)
        act("package_patch", id="py-pan1-c01", title="Editado a mano")
        page = send(app, CHIEF, address, seen)
        assert "cambió desde que se mostró" in page.text and "Editado a mano" in page.text
        assert show("py-pan1-c01")["title"] == "Editado a mano"
        # what was seen before is not what is agreed to now
        send(app, CHIEF, address, seen)
        assert show("py-pan1-c01")["title"] == "Editado a mano"
        agree(app, address)
        assert show("py-pan1-c01")["title"] == "Datos para todas"

    def test_an_archive(self, app: Any) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as packed:
            packed.writestr("plan/1.yaml", HEAD)
            packed.writestr("plan/2.yaml", COMMITMENT + MILESTONE)
        agree(app, post(app, out.getvalue(), "plan.zip"))
        assert show("py-pan1-c01")["title"] == "Datos para todos"

    def test_the_id_of_a_load_that_has_none(self, app: Any) -> None:
        plan = PLAN.replace("load: prueba\n", "")
        assert "mi-plan" in read(app, CHIEF, post(app, plan.encode(), "Mi plan.yaml")).text
        assert "otra" in read(app, CHIEF, post(app, plan.encode(), load="otra")).text


class TestRefusals:
    def test_each_problem_has_its_line_and_what_would_be_right(self, app: Any) -> None:
        wrong = PLAN.replace("start_date: 2020-02", "start_date: 2020-02-31\n    colour: red")
        page = read(app, CHIEF, post(app, wrong.encode()))
        line = wrong[: wrong.index("2020-02-31")].count("\n") + 1
        for number, value in ((line, "«2020-02-31»"), (line + 1, "«colour»")):
            assert any(row.startswith(f" p.yaml {number} ") and value in row for row in page.rows)
        assert "Hay 2 cosas incorrectas" in page.text and "gtplan-load-agree" not in page.html

    @pytest.mark.parametrize(
        "name, data, said",
        [
            ("plan.pdf", b"%PDF-1.7", "aquí no hay ningún plan"),
            ("plan.zip", b"PK\x03\x04roto", "no es un archivo ZIP"),
            ("", b"", "Elija el archivo del plan"),
        ],
    )
    def test_what_is_no_plan(self, app: Any, name: str, data: bytes, said: str) -> None:
        values = {"files": (io.BytesIO(data), name)} if name else {}
        assert said in send(app, CHIEF, PATH, values).text

    @pytest.mark.parametrize("data", [b"\xff\xfe", b"", b"a: [", b"- 1\n- 2\n"])
    def test_what_cannot_be_read(self, app: Any, data: bytes) -> None:
        page = read(app, CHIEF, post(app, data))
        assert "No se escribió nada" in page.text and "p.yaml" in page.text

    def test_only_administrators(self, app: Any) -> None:
        read(app, EDITOR, PATH, status=403)
        send(app, EDITOR, PATH, {"files": (io.BytesIO(PLAN.encode()), "p.yaml")}, status=403)
        answer = visit(app, "get", PATH, "", follow_redirects=False)
        assert "/user/login" in answer.headers["Location"]

    def test_nobody_else_sees_the_files(self, app: Any) -> None:
        address = post(app, PLAN.encode())
        read(app, EDITOR, address, status=403)
        other = act("get_site_user")["name"]
        read(app, other, address, status=404)
        send(app, other, address, fingerprint(address), status=404)
        read(app, CHIEF, f"{PATH}/{'0' * 32}", status=404)

    def test_without_what_was_seen_nothing_is_agreed_to(self, app: Any) -> None:
        before = count_rows()
        address = post(app, PLAN.encode())
        for sent in ({}, {"fingerprint": ""}, {"fingerprint": "0" * 64}):
            send(app, CHIEF, address, sent)
        assert count_rows() == before


class TestJobs:
    @pytest.fixture(autouse=True)
    def large(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take every plan for a large one."""
        monkeypatch.setattr(sending, "LARGE", 0)

    @staticmethod
    def work() -> int:
        done = 0
        for job in jobs.get_queue().jobs:
            if (job.meta.get("title") or "").startswith(("gtplan checking", "gtplan writing")):
                job.func(*job.args)
                job.delete()
                done += 1
        return done

    def test_a_large_plan_is_worked_on_by_a_job(self, app: Any) -> None:
        address = post(app, PLAN.encode())
        page = read(app, CHIEF, address)
        assert "espera su turno" in page.text and 'http-equiv="refresh"' in page.html
        assert self.work() == 1
        assert "4 registros nuevos" in read(app, CHIEF, address).text
        seen = fingerprint(address)
        send(app, CHIEF, address, seen)
        send(app, CHIEF, address, seen)  # pressed twice: once is enough
        assert self.work() == 1
        assert "El plan está cargado" in read(app, CHIEF, address).text

    def test_the_sentences_are_in_the_language_of_who_sent_them(self, app: Any) -> None:
        wrong = {"files": (io.BytesIO(b"colour: red\n"), "p.yaml")}
        answer = visit(app, "post", f"/en{PATH}", token(CHIEF), data=wrong, follow_redirects=False)
        address = str(answer.headers["Location"]).partition("test.ckan.net")[2]
        self.work()
        assert "there is no field “colour”" in read(app, CHIEF, address).text

    def test_a_worker_that_was_killed(self, app: Any) -> None:
        address = post(app, PLAN.encode())
        task = model.Session.query(model.TaskStatus).filter_by(
            entity_id=address.rpartition("/")[2]
        )
        row = task.one()
        row.value = json.dumps({**json.loads(row.value), "moment": 0.0})
        model.Session.commit()
        page = read(app, CHIEF, address)
        assert "se detuvo" in page.text and "refresh" not in page.html
        send(app, CHIEF, address, {})
        assert self.work() == 2
        assert "4 registros nuevos" in read(app, CHIEF, address).text
