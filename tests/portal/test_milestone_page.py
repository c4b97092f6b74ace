"""The page of a milestone: its Gantt chart, its money, its deliverables, evidence and doubts."""

from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from ckan.tests import factories
from following import make_milestone, make_plan
from following import report as report_today
from reading import Page, visit

from ckanext.gtplan import config

SVG = "{http://www.w3.org/2000/svg}"
EXAMPLE = "gt-pan4-c11-h01"
ACTIVITIES = [
    {
        "activity_no": "01",
        "name": "=Inventario",
        "responsibles": "mineco",
        "planned_start": "2020-01",
        "planned_end": "2020-02",
        "planned_cost": "100.00",
        "currency": "GTQ",
    },
    {
        "activity_no": "02",
        "name": "Matriz",
        "responsibles": "inap",
        "planned_start": "2020-03",
        "planned_end": "2020-04",
        "predecessors": "01",
    },
    {"activity_no": "03", "name": "Sin fecha"},
]
DELIVERABLES = [
    {"key": "inventario", "name": "El inventario", "responsibles": "inap", "due_date": "2020-02"},
    {"key": "plan", "name": "El plan", "responsibles": "inap", "due_date": "2020-01"},
]


@pytest.fixture
def read(app: Any) -> Callable[..., Any]:
    """Fetch an address as a visitor, or with somebody's token."""

    def call(address: str, token: str = "", status: int = 200) -> Any:
        return visit(app, "get", address, token, status=status)

    return call


@pytest.fixture
def milestone(request_context: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """A milestone that is followed in June 2020."""
    monkeypatch.setattr(config, "get_today", lambda: date(2020, 6, 30))
    make_plan()
    return make_milestone(activities=ACTIVITIES, expected_deliverables=DELIVERABLES)


def report(user: str, milestone: str, activity_no: str, **values: Any) -> None:
    """Report in the month before that in which the milestone is looked at."""
    report_today(user, milestone, activity_no, **{"as_of": "2020-06-01", **values})


def get_svg(read: Callable[..., Any], address: str) -> ET.Element:
    answer = read(address)
    assert answer.headers["Content-Type"].startswith("image/svg+xml")
    return ET.fromstring(answer.body)


def get_rows(read: Callable[..., Any], address: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(read(address).body)))


def get_section(html: str, anchor: str) -> str:
    return html.partition(f'id="{anchor}"')[2].partition("</section>")[0]


@pytest.mark.usefixtures("example")
class TestExample:
    def test_the_chart_stands_in_the_page_with_name_and_description(
        self, read: Callable[..., Any]
    ) -> None:
        section = get_section(read(f"/milestone/{EXAMPLE}").body, "gantt")
        charts = re.findall(r"<svg.*?</svg>", section, re.DOTALL)
        assert len(charts) == 2  # one with a column of names, one for a narrow window
        for text in charts:
            svg = ET.fromstring(text)
            assert "Hito 1" in (svg.findtext(f"{SVG}title") or "")
            assert "Sin reporte: 13" in (svg.findtext(f"{SVG}desc") or "")
        regions = re.findall(r'<div class="gtplan-gantt[^>]+>', section)
        assert all('tabindex="0"' in one and "aria-label" in one for one in regions)

    def test_no_id_is_there_twice(self, read: Callable[..., Any]) -> None:
        ids = re.findall(r'\sid="([^"]+)"', read(f"/milestone/{EXAMPLE}").body)
        assert ids and len(set(ids)) == len(ids)

    def test_by_month_and_by_quarter(self, read: Callable[..., Any]) -> None:
        months = get_svg(read, f"/gantt/{EXAMPLE}.svg?by=month")
        quarters = get_svg(read, f"/gantt/{EXAMPLE}.svg?by=quarter")
        texts = [{t.text for t in svg.iter(f"{SVG}text")} for svg in (months, quarters)]
        assert "abr" in texts[0] and "T2" not in texts[0]
        assert "T2" in texts[1] and "abr" not in texts[1]
        page = read(f"/milestone/{EXAMPLE}?by=quarter").body
        assert 'aria-current="true">trimestre' in page
        assert f"/gantt/{EXAMPLE}.svg?by=quarter" in page

    def test_the_language_is_the_readers(self, read: Callable[..., Any]) -> None:
        for language, month, word in (("en", "Apr", "Not reported"), ("pt_BR", "abr", "Sem")):
            svg = get_svg(read, f"/{language}/gantt/{EXAMPLE}.svg")
            texts = [t.text or "" for t in svg.iter(f"{SVG}text")]
            assert month in texts and any(word in text for text in texts)

    def test_the_table_has_every_line(self, read: Callable[..., Any]) -> None:
        rows = get_rows(read, f"/gantt/{EXAMPLE}.csv")
        kinds = [row["type"] for row in rows]
        assert [kinds.count(kind) for kind in ("activity", "deliverable", "meeting")] == [13, 8, 17]
        twelfth = next(row for row in rows if row["number"] == "12" and row["type"] == "activity")
        assert twelfth["is_doubtful"] == "true" and twelfth["printed"] == "Marzo 2019- Julio 2020"
        assert {row["standing"] for row in rows if row["type"] == "activity"} == {"unreported"}

    def test_doubts_stand_before_the_work_with_document_and_line(
        self, read: Callable[..., Any]
    ) -> None:
        html = read(f"/milestone/{EXAMPLE}").body
        assert html.index('id="doubts"') < html.index('id="deliverables"')
        assert html.count('id="doubts"') == 1
        assert "Plan de trabajo del hito 1, compromiso 11, VI, línea 70" in html

    def test_a_published_deliverable_says_what_a_reader_needs(
        self, read: Callable[..., Any]
    ) -> None:
        page = Page(read("/milestone/gt-pan4-c09-h01").body)
        row = next(row for row in page.rows if "Inventario de servicios públicos" in row)
        for text in (
            "Licencia: Creative Commons",
            "CSV",
            "KiB",
            "Actualizado:",
            "Metadatos (PRM):",
        ):
            assert text in row
        missing = next(row for row in page.rows if "Prueba de concepto del modelo" in row)
        assert "mayo de 2020" in missing and "GPAT" in missing and "No publicado" in missing

    def test_a_milestone_without_dates_says_so(self, read: Callable[..., Any]) -> None:
        page = read("/milestone/gt-pan4-c11-h02").body
        assert "no hay gráfico" in get_section(page, "gantt")
        assert "fecha" in read("/gantt/gt-pan4-c11-h02.svg", status=404).body


class TestFollowed:
    def test_late_is_told_by_pattern_sign_and_word(
        self, read: Callable[..., Any], milestone: str
    ) -> None:
        report("editora-mineco", milestone, "01", status="completed", actual_start="2020-01",
               actual_end="2020-02")  # fmt: skip
        report("editora-inap", milestone, "02", status="in_progress", percent_complete="40")
        svg = get_svg(read, f"/gantt/{milestone}.svg")
        texts = [t.text or "" for t in svg.iter(f"{SVG}text")]
        assert "! Con atraso · 40 %" in texts
        fills = [rect.get("fill", "") for rect in svg.iter(f"{SVG}rect")]
        assert any("hatch" in fill for fill in fills)
        row = next(r for r in Page(read(f"/milestone/{milestone}").body).rows if "Matriz" in r)
        assert "Con atraso" in row and "40 %" in row
        table = {r["number"]: r for r in get_rows(read, f"/gantt/{milestone}.csv")}
        assert (table["02"]["standing"], table["02"]["predecessors"]) == ("late", "01")
        assert table["01"]["name"] == "'=Inventario"  # no formula

    def test_a_past_date(self, read: Callable[..., Any], milestone: str) -> None:
        report("editora-inap", milestone, "02", status="in_progress")
        rows = get_rows(read, f"/gantt/{milestone}.csv?date=2020-03-15")
        assert {row["judged_on"] for row in rows} == {"2020-03-15"}
        assert "late" not in {row["standing"] for row in rows}
        texts = [t.text for t in get_svg(read, f"/gantt/{milestone}.svg?date=2020-03-15").iter()]
        assert "Al 15 de marzo de 2020" in texts

    def test_money_and_evidence_as_reported(self, read: Callable[..., Any], milestone: str) -> None:
        page = read(f"/milestone/{milestone}").body
        assert "eso no es cero" in get_section(page, "budget") and 'id="evidence"' not in page
        report("editora-mineco", milestone, "01", status="completed", executed_amount="80.00",
               currency="GTQ", evidence=["https://example.org/acta.pdf"])  # fmt: skip
        page = read(f"/milestone/{milestone}").body
        budget = get_section(page, "budget")
        assert "GTQ 100.00" in budget and "GTQ 80.00" in budget and "80 %" in budget
        assert 'href="https://example.org/acta.pdf"' in get_section(page, "evidence")

    def test_a_missing_deliverable_says_when_it_was_due_and_who_owes_it(
        self, read: Callable[..., Any], milestone: str
    ) -> None:
        report("editora-mineco", milestone, "01", status="completed")
        html = read(f"/milestone/{milestone}").body
        row = next(row for row in Page(html).rows if "El inventario" in row)
        assert "febrero de 2020" in row and "Ente inap" in row and "Con atraso" in row
        assert 'id="entregable-inventario"' in html and 'id="actividad-01"' in html

    def test_what_a_visitor_may_not_see_is_not_there(
        self, read: Callable[..., Any], milestone: str
    ) -> None:
        name = make_milestone(private=True, activities=ACTIVITIES, owner_org="duena")
        answers = [read(f"/gantt/{one}.{e}", status=404).body
                   for one in (name, "no-hay") for e in ("svg", "csv")]  # fmt: skip
        assert len(set(answers)) == 1
        token = str(factories.SysadminWithToken()["token"])
        answer = read(f"/gantt/{name}.svg", token)
        assert "private" in answer.headers["Cache-Control"]

    def test_wrong_questions_are_answered_in_words(
        self, read: Callable[..., Any], milestone: str
    ) -> None:
        assert "«semana»" in read(f"/gantt/{milestone}.svg?by=semana", status=400).body
        assert "2020-02-30" in read(f"/gantt/{milestone}.csv?date=2020-02-30", status=400).body
        read("/gantt/gt-pan9-c01.svg", status=404)  # a commitment has none
        read("/gantt/%00.svg", status=404)
        read(f"/milestone/{milestone}?by=semana")  # and the page is there

    def test_script_in_every_field_is_text(self, read: Callable[..., Any], milestone: str) -> None:
        bad = "<script>alert(1)</script>]]>"
        name = make_milestone(
            title=bad,
            activities=[{**ACTIVITIES[0], "activity_no": bad, "name": bad}],
            schedule=[{"meeting_no": bad, "name": bad, "planned_date": "2020-01"}],
            phases=[{"text": bad, "start": "2020-01", "end": "2020-03"}],
            expected_deliverables=[{"key": "k", "name": bad, "due_date": "2020-01"}],
            budget_lines=[
                {"line_no": bad, "description": bad, "amount": "1.00", "currency": "GTQ"}
            ],
            doubts=[{"text": bad, "document": bad, "place": bad}] * 4,
        )
        assert "<script>alert" not in read(f"/milestone/{name}").body
        assert "<script>alert" not in read(f"/gantt/{name}.svg").body
        get_svg(read, f"/gantt/{name}.svg")
