"""A spreadsheet that was filled in becomes reports: only what was changed, all or nothing."""

from __future__ import annotations

import base64
import io
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import openpyxl
import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from following import list_reports, make_milestone, make_plan, report
from sheets import fill, find_cell, load, locate, refuse, write

from ckanext.gtplan.logic.follow.reports import read_reports
from ckanext.gtplan.logic.follow.template import write_template

pytestmark = pytest.mark.usefixtures("request_context")
USER = "editora-mineco"
OWNER = "editora-duena"


@pytest.fixture
def milestone(request_context: None) -> str:
    make_plan()
    return make_milestone()


@pytest.fixture(scope="module")
def untouched(shared_app: Any) -> tuple[str, bytes]:
    """A milestone and its template, for tests in which nothing is written."""
    with shared_app.flask_app.test_request_context():
        make_plan()
        name = make_milestone()
        return name, write(OWNER, name)


def read(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data))


def count(milestone: str) -> int:
    model.Session.expire_all()
    return len(read_reports([milestone], counted_only=False))


# The template


def test_it_has_the_rows_that_one_may_report_on_and_no_other(milestone: str) -> None:
    def list_keys(user: str, organization: str | None = None) -> list[str]:
        sheets = [
            s for s in read(write(user, milestone, organization)) if s.sheet_state == "visible"
        ]
        return [row[0] for s in sheets[1:] for row in s.iter_rows(min_row=3, values_only=True)]

    assert list_keys(USER) == [f"activity|{milestone}|01"]
    assert list_keys("editora-inap") == [
        f"activity|{milestone}|02",
        f"deliverable|{milestone}|inventario",
    ]
    assert len(list_keys(OWNER)) == len(list_keys("editora-gae")) == 6
    assert write_template({"user": "editora-ajena"}, milestone) is None
    assert write_template({"user": ""}, milestone) is None


def test_it_says_what_is_planned_and_what_is_known(milestone: str) -> None:
    report(USER, milestone, status="in_progress", percent_complete="60", actual_start="2020-03")
    file = read(write(USER, milestone))
    assert file.sheetnames[:2] == ["Instrucciones", "Actividades"]
    known = {name: find_cell(file, "01", name) for name in ("name", "responsibles", "status")}
    assert known["name"].value == "Inventario"
    assert known["responsibles"].value == "Ente mineco, Ente gpat"
    assert known["status"].value == "En ejecución"
    assert find_cell(file, "01", "percent_complete").value == 60
    assert find_cell(file, "01", "actual_start").value == "2020-03"
    assert known["name"].protection.locked and not known["status"].protection.locked


@pytest.fixture
def plan(milestone: str) -> str:
    """A plan of its own, with one commitment of the same name and ``-c01``."""
    name = f"gt-pan7-{uuid4()}"
    common = {"owner_org": "duena", "country": "GTM"}
    factories.Dataset(type="action_plan", name=name, coordinating_body="gpat", **common)
    factories.Dataset(type="commitment", name=f"{name}-c01", owner_org="duena", action_plan=name)
    return name


def test_a_record_above_and_a_body_have_one_too(plan: str) -> None:
    milestone = make_milestone(commitment=f"{plan}-c01")
    for user, record in ((OWNER, f"{plan}-c01"), ("editora-gpat", plan), (USER, milestone)):
        keys = [cell.value for cell in read(write(user, record))["Actividades"]["A"]]
        assert f"activity|{milestone}|01" in keys
    # a milestone without activities is reported on as if it were one
    other = make_milestone(commitment=f"{plan}-c01", activities=[])
    assert find_cell(read(write(OWNER, other)), "", "status").parent.title == "Hitos"


def test_a_private_milestone_is_in_nobody_elses_file(plan: str) -> None:
    make_milestone(commitment=f"{plan}-c01")
    hidden = make_milestone(commitment=f"{plan}-c01", private=True, title="Secreto")
    for user, record in ((USER, plan), ("editora-gpat", plan)):
        file = read(write(user, record))
        texts = [str(row) for sheet in file for row in sheet.iter_rows(values_only=True)]
        assert texts and not [text for text in texts if hidden in text or "Secreto" in text]
        with pytest.raises(tk.ObjectNotFound):
            write_template({"user": user}, hidden)


def test_a_text_that_begins_like_a_formula_stays_a_text(milestone: str) -> None:
    report(USER, milestone, status="in_progress", note="=HYPERLINK(0)", difficulties="+1 -1 @x")
    file = read(write(USER, milestone))
    for name in ("note", "difficulties"):
        cell = find_cell(file, "01", name)
        assert cell.data_type == "s" and cell.quotePrefix
    assert load(USER, write(USER, milestone))["unchanged"] == 1


# Loading it back


def test_an_untouched_file_changes_nothing(milestone: str) -> None:
    report(USER, milestone, status="completed", actual_end="2020-03", note="a\nb")
    answer = load(USER, write(USER, milestone))
    assert (answer["reports"], answer["unchanged"]) == ([], 1)
    assert count(milestone) == 1


def test_only_what_was_changed_is_reported(milestone: str) -> None:
    report(USER, milestone, status="in_progress", percent_complete="20", note="Antes")
    data = fill(write(USER, milestone), {("01", "percent_complete"): 60, ("01", "note"): None})
    (made,) = load(USER, data)["reports"]
    assert made["percent_complete"] == "60" and made["cleared"] == ["note"]
    assert made["status"] is None
    assert made["organization"] == "mineco"


def test_what_programs_put_into_cells_is_understood(milestone: str) -> None:
    cells = {
        ("01", "status"): "  EN EJECUCION ",
        ("01", "actual_start"): datetime(2020, 3, 1),
        ("01", "percent_complete"): 0.6,
        ("01", "executed_amount"): "1.234,50",
        ("01", "currency"): "gtq",
        ("01", "evidence"): "https://example.org/a\nhttps://example.org/b",
        ("01", "as_of"): datetime(2021, 1, 31),
        ("02", "status"): "Not started",
        ("inventario", "publication_status"): "published",
    }
    formats = {("01", "actual_start"): "mmm-yy", ("01", "percent_complete"): "0%"}
    formats[("01", "as_of")] = "dd/mm/yyyy"
    answer = load(OWNER, fill(write(OWNER, milestone), cells, formats))
    made = {row["activity_no"] or row["deliverable"]: row for row in answer["reports"]}
    assert made["02"]["status"] == "not_started"
    assert made["inventario"]["publication_status"] == "published"
    said = {name: value for name, value in made["01"].items() if value not in (None, [], "")}
    assert said["status"] == "in_progress"
    assert (said["actual_start"], said["as_of"]) == ("2020-03", "2021-01-31")
    assert (said["percent_complete"], said["executed_amount"]) == ("60", "1234.5")
    assert said["currency"] == "GTQ"
    assert said["evidence"] == ["https://example.org/a", "https://example.org/b"]


def test_the_same_file_twice_changes_nothing(milestone: str) -> None:
    data = fill(write(OWNER, milestone), {("01", "status"): "Finalizada", ("02", "note"): "x"})
    data = fill(data, {("02", "status"): "En ejecución"})
    assert len(load(OWNER, data)["reports"]) == 2
    assert load(OWNER, data)["reports"] == []
    # and takes nothing back that was reported meanwhile
    report(USER, milestone, status="suspended", note="Se detuvo")
    assert load(OWNER, data)["reports"] == []
    # who corrects a cell of the same file reports the correction, and can go back again
    later = fill(data, {("02", "note"): "y"})
    assert [row["note"] for row in load(OWNER, later)["reports"]] == ["y"]
    assert [row["note"] for row in load(OWNER, data)["reports"]] == ["x"]


def test_two_files_lose_nothing(milestone: str) -> None:
    mine, other = write(USER, milestone), write(OWNER, milestone)
    load(
        USER,
        fill(mine, {("01", "status"): "En ejecución", ("01", "evidence"): "https://a.example"}),
    )
    answer = load(
        OWNER,
        fill(
            other,
            {
                ("01", "status"): "Finalizada",
                ("01", "evidence"): "https://b.example",
                ("01", "note"): "Listo",
            },
        ),
    )
    # the second is told of what the first one said meanwhile
    assert any(
        "En ejecución" in text and locate(other, "01", "status") in text
        for text in answer["warnings"]
    )
    state = read(write(USER, milestone))
    known = {n: find_cell(state, "01", n).value for n in ("status", "evidence", "note")}
    assert known == {
        "status": "Finalizada",
        "evidence": "https://a.example\nhttps://b.example",
        "note": "Listo",
    }


def test_evidence_is_taken_back_by_taking_it_out(milestone: str) -> None:
    report(
        USER, milestone, status="in_progress", evidence=["https://a.example", "https://b.example"]
    )
    load(USER, fill(write(USER, milestone), {("01", "evidence"): "https://b.example"}))
    assert find_cell(read(write(USER, milestone)), "01", "evidence").value == "https://b.example"


@pytest.mark.parametrize(
    ("row", "column", "value", "said"),
    [
        ("01", "status", "Casi", ["«Casi»", "En ejecución", "Finalizada"]),
        ("01", "actual_start", "03/2020", ["«03/2020»", "2020-03"]),
        ("01", "actual_start", 43905, ["43905", "2020-03"]),
        ("01", "actual_end", "2020-02-30", ["2020-02-30"]),
        ("01", "percent_complete", "60 de 100", ["60 de 100"]),
        ("01", "percent_complete", 0.6, ["0.6", "60 %"]),
        ("01", "percent_complete", 120, ["120"]),
        ("01", "executed_amount", "570,075", ["570,075", "570075"]),
        ("01", "executed_amount", -5, ["-5"]),
        ("01", "currency", "quetzales", ["quetzales"]),
        ("01", "evidence", "acta 3", ["acta 3", "https://"]),
        ("01", "note", "a_x0007_b", ["U+0007"]),
        ("01", "as_of", "mañana", ["mañana"]),
        ("01", "as_of", "2999-01-01", ["2999-01-01"]),
        ("01", "percent_complete", "#DIV/0!", ["#DIV/0!"]),
        ("01", "percent_complete", "=10*6", []),
        ("inventario", "publication_status", "Finalizada", ["Finalizada", "Publicado"]),
    ],
)
def test_each_wrong_cell_is_named_with_what_would_be_right(
    untouched: tuple[str, bytes], row: str, column: str, value: Any, said: list[str]
) -> None:
    milestone, template = untouched
    cells: Any = {("01", "status"): "En ejecución", ("02", "status"): "Finalizada"}
    if column in ("executed_amount", "currency"):
        cells |= {("01", "executed_amount"): 5, ("01", "currency"): "GTQ"}
    data = fill(template, {**cells, (row, column): value})
    (sentence,) = refuse(OWNER, data)
    assert sentence.startswith(f"{locate(data, row, column)}: ")
    assert not [text for text in said if text not in sentence]
    assert count(milestone) == 0  # not even the row that is right


def test_every_wrong_cell_is_named_at_once(milestone: str) -> None:
    cells = {("01", "status"): "x", ("02", "actual_end"): "ayer", ("02", "percent_complete"): "y"}
    data = fill(write(OWNER, milestone), cells)
    places = [sentence.split(": ")[0] for sentence in refuse(OWNER, data)]
    assert sorted(places) == sorted(locate(data, *cell) for cell in cells)


def test_rows_that_one_may_not_report_on_are_named(milestone: str) -> None:
    data = fill(write(OWNER, milestone), {("02", "status"): "Finalizada"})
    (sentence,) = refuse(USER, data)
    row = locate(data, "02", "status").partition("!")[2][1:]
    assert sentence.startswith(f"Actividades!{row}:{row}: ")
    assert count(milestone) == 0
    # as is a row that the plan no longer has
    tk.get_action("package_patch")(
        {"user": OWNER},
        {"id": milestone, "activities": [{"activity_no": "01", "name": "Inventario"}]},
    )
    assert len(refuse(OWNER, data)) == 1


def test_rows_that_were_sorted_in_part_are_found_out(milestone: str) -> None:
    data = fill(write(OWNER, milestone), {("01", "code"): "02", ("01", "status"): "Finalizada"})
    (sentence,) = refuse(OWNER, data)
    assert sentence.startswith(f"{locate(data, '01', 'code')}: ") and "«02»" in sentence


def test_nobody_learns_of_a_hidden_milestone(milestone: str) -> None:
    hidden = make_milestone(private=True)
    data = fill(write(OWNER, hidden), {("01", "status"): "Finalizada"})
    (sentence,) = refuse(USER, data)
    gone = fill(write(OWNER, hidden), {("01", "status"): "Finalizada"})
    tk.get_action("dataset_purge")({"ignore_auth": True, "user": OWNER}, {"id": hidden})
    assert refuse(USER, gone) == [sentence]


def test_a_trial_writes_nothing(milestone: str) -> None:
    data = fill(write(USER, milestone), {("01", "status"): "Finalizada"})
    answer = load(USER, data, dry_run=True)
    assert len(answer["reports"]) == 1
    # it is completed, and neither when nor the evidence is said
    assert len(answer["warnings"]) == 2
    assert count(milestone) == 0


def test_the_body_is_that_of_the_file_unless_said(milestone: str) -> None:
    sysadmin = {"ignore_auth": True, "user": OWNER}
    template = write_template(sysadmin, milestone, "mineco")
    assert template is not None and template.rows == 1
    data = fill(template.data, {("01", "status"): "Finalizada"})
    call = tk.get_action("gtplan_report_load")
    made = call({**sysadmin}, {"content": base64.b64encode(data).decode("ascii"), "dry_run": True})
    assert [row["organization"] for row in made["reports"]] == ["mineco"]
    made = call({**sysadmin}, {"content": data, "organization": "gae"})
    assert [row["organization"] for row in made["reports"]] == ["gae"]


def test_visitors_and_junk_are_refused(milestone: str) -> None:
    with pytest.raises(tk.NotAuthorized):
        load("", b"x")
    for junk in (b"PK\x03\x04", b"codigo;estado", "no es base64!"):
        with pytest.raises(tk.ValidationError) as raised:
            tk.get_action("gtplan_report_load")({"user": USER}, {"content": junk})
        assert list(raised.value.error_dict) == ["content"]


# The commands


@pytest.fixture
def run(cli: Any, command: Any, milestone: str) -> Any:
    def call(*arguments: object) -> Any:
        return cli.invoke(command, ["gtplan", *map(str, arguments)])

    return call


def test_commands_write_and_load(run: Any, milestone: str, tmp_path: Path) -> None:
    file = tmp_path / "reporte.xlsx"
    done = run("report-template", milestone, "--organization", "inap", "-o", file)
    assert done.exit_code == 0, done.output
    assert "filas por llenar: 2" in done.output
    file.write_bytes(fill(file.read_bytes(), {("02", "status"): "Finalizada"}))
    tried = run("report-load", file, "--dry-run")
    assert tried.exit_code == 0 and "No se escribió nada." in tried.output
    assert count(milestone) == 0
    done = run("report-load", file)
    assert done.exit_code == 0, done.output
    assert "reportes: 1, filas dejadas como estaban: 1" in done.output
    assert "Actividades!" in done.stderr  # the warnings name their cells
    assert [row["organization"] for row in list_reports("", milestone)] == ["inap"]


def test_commands_say_what_is_wrong(run: Any, milestone: str, tmp_path: Path) -> None:
    file = tmp_path / "reporte.xlsx"
    for arguments in (
        ("report-template", "no-hay", "-o", file),
        ("report-template", milestone, "--organization", "no-hay", "-o", file),
        ("report-template", milestone, "--organization", "ajena", "-o", file),
        ("report-template", milestone, "-o", tmp_path),
        ("report-load", file),
    ):
        done = run(*arguments)
        assert done.exit_code == 1, arguments
        assert "error: " in done.output and "Traceback" not in done.output
        assert not file.exists()
    run("report-template", milestone, "-o", file)
    file.write_bytes(fill(file.read_bytes(), {("02", "status"): "x"}))
    done = run("report-load", file)
    assert done.exit_code == 1
    assert f"error: {locate(file.read_bytes(), '02', 'status')}: «x»" in done.output
