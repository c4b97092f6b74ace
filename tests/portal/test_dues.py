"""What is owed in the portal: lists, calendars, tables and pages, each as its reader may see it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from typing import Any

import flask
import following
import icalendar
import pytest
from ckan import model
from reading import Page, act, visit

from ckanext.gtplan.logic.follow.dues import count_owed, list_dues
from ckanext.gtplan.plan.follow.dues import Due

ACTIVITIES = [
    {"activity_no": "01", "name": "Reunir", "responsibles": "mineco gpat",
     "planned_start": "2020-01", "planned_end": "2020-02", "date_verbatim": "Feb. 2020"},
    {"activity_no": "02", "name": "Publicar", "planned_end": "2020-04"},
    {"activity_no": "03", "name": "Dudosa", "planned_end": "2020-04", "is_date_doubtful": "true"},
]  # fmt: skip
DELIVERABLES = [
    {"key": "datos", "name": "=Los datos", "due_date": "2020-04", "responsibles": "inap"},
    {"key": "acta", "name": "El acta", "responsibles": "inap", "non_open_reason": "personal_data"},
]
DAY = date(2020, 6, 15)


def owed(user: str = "", day: date = DAY, **wanted: str) -> list[Due]:
    return list_dues({"user": user}, day=day, **wanted)  # type: ignore[typeddict-item]


@pytest.fixture
def milestone(request_context: None) -> Iterator[str]:
    """Make a milestone of the plan with what it owes, and take it away again."""
    following.make_plan()
    more = {"activities": ACTIVITIES, "expected_deliverables": DELIVERABLES}
    name = following.make_milestone(title="Registro común", planned_start="2020-01", **more)
    yield name
    act("package_delete", id=name)


def change(name: str, **values: Any) -> None:
    act("package_patch", id=name, **values)


class TestLists:
    def test_what_a_milestone_owes(self, milestone: str) -> None:
        found = {(due.kind, due.key): due for due in owed(record=milestone)}
        standings = {key: due.standing for key, due in found.items()}
        assert standings == {
            ("activity", "01"): "unreported",
            ("activity", "02"): "unreported",
            ("activity", "03"): "unreported",
            ("deliverable", "datos"): "unreported",
            ("deliverable", "acta"): "unreported",
            ("milestone", ""): "unreported",
            ("report", ""): "unreported",
        }
        first = found["activity", "01"]
        assert (first.day, first.printed) == (date(2020, 2, 29), "Feb. 2020")
        assert first.responsibles == ("mineco", "gpat")
        assert found["activity", "02"].responsibles == ("duena",)
        assert found["activity", "03"].due is None
        assert found["deliverable", "acta"].is_closed_by_law
        assert first.commitment and first.commitment.name == "gt-pan9-c01"
        assert first.plan and first.plan.name == "gt-pan9"

    def test_a_record_above_has_it_too(self, milestone: str) -> None:
        own = {due.key for due in owed(record=milestone)}
        for name in ("gt-pan9", "gt-pan9-c01"):
            found = [due for due in owed(record=name) if due.record.name == milestone]
            assert {due.key for due in found} == own
        assert not owed(record="gt-pan8")

    def test_of_an_institution_and_of_the_one_that_followed_it(self, milestone: str) -> None:
        for name in ("mineco", "gpat", "gae"):
            found = [due for due in owed(organization=name) if due.record.name == milestone]
            assert [due.key for due in found] == ["01"], name
        assert not owed(organization="ajena")

    def test_a_body_in_a_circle_of_successors_is_told_of_its_own(self, milestone: str) -> None:
        change(milestone, activities=[{**ACTIVITIES[0], "responsibles": "uno"}])
        for name in ("uno", "dos"):
            found = [due for due in owed(organization=name) if due.record.name == milestone]
            assert [due.key for due in found] == ["01"]

    def test_who_owes_most_is_counted_once_for_each_thing(self, milestone: str) -> None:
        counts = count_owed(owed(record=milestone), DAY)
        assert counts["inap"]["unreported"] == 1 and counts["inap"]["undated"] == 1
        assert counts["gae"] == counts["gpat"] == counts["mineco"]

    def test_a_report_makes_the_rest_late(self, milestone: str) -> None:
        given = {"status": "in_progress", "as_of": "2020-06-01"}
        following.report("editora-duena", milestone, "02", **given)
        standings = {due.key: due.standing for due in owed(record=milestone) if due.key}
        # the second was let pass, and whose dates are in doubt are never late
        assert standings["01"] == standings["02"] == standings["datos"] == "late"
        assert standings["03"] == "unreported"

    def test_what_is_of_a_withdrawn_commitment_is_not_owed(self, milestone: str) -> None:
        change("gt-pan9-c01", status="withdrawn")
        try:
            assert not owed(record=milestone)
        finally:
            change("gt-pan9-c01", status="")

    def test_a_closed_plan_is_judged_at_its_closing_date(self, milestone: str) -> None:
        change("gt-pan9", status="closed", closed_on="2020-03-31")
        try:
            found = {(d.kind, d.key): d.standing for d in owed(record=milestone)}
        finally:
            change("gt-pan9", status="", closed_on="")
        assert found["activity", "01"] == "unreported"
        assert found["activity", "02"] == found["deliverable", "datos"] == "not_due"
        assert ("report", "") not in found


class TestWhoMaySee:
    @pytest.mark.parametrize("hide", ["private", "draft", "deleted"])
    def test_what_is_hidden_is_owed_by_nobody(self, milestone: str, hide: str) -> None:
        assert owed(record=milestone)
        values = {"private": {"private": True}}.get(hide, {"state": hide})
        change(milestone, **values)
        assert not owed(record=milestone)
        assert not [due for due in owed() if due.record.name == milestone]

    def test_members_see_what_is_private(self, milestone: str) -> None:
        change(milestone, private=True)
        assert owed("miembro-duena", record=milestone)
        assert not owed("editora-ajena", record=milestone)

    def test_a_hidden_commitment_is_not_named(self, milestone: str) -> None:
        change("gt-pan9-c01", private=True)
        try:
            assert all(
                due.commitment is None and due.plan is None for due in owed(record=milestone)
            )
        finally:
            change("gt-pan9-c01", private=False)

    def test_a_report_that_waits_changes_nothing(
        self, milestone: str, ckan_config: Any, monkeypatch: Any
    ) -> None:
        before = owed(record=milestone)
        monkeypatch.setitem(ckan_config, "ckanext.gtplan.reports.approval", True)
        given = {"status": "in_progress", "as_of": "2020-06-01"}
        following.report("editora-mineco", milestone, "01", **given)
        assert owed(record=milestone) == before


def get(app: Any, path: str, status: int = 200) -> Any:
    """Ask as a visitor, in the language of the address."""
    return visit(app, "get", path, "", status=status)


def read_calendar(app: Any, path: str) -> icalendar.Calendar:
    answer = get(app, path, status=200)
    assert answer.headers["Content-Type"].startswith("text/calendar")
    return icalendar.Calendar.from_ical(answer.body)


class TestCalendars:
    def test_of_a_milestone(self, app: Any, milestone: str) -> None:
        found = read_calendar(app, f"/en/calendar/{milestone}.ics")
        days = {str(e["SUMMARY"]): str(e["DTSTART"].dt) for e in found.events}
        assert days == {
            "Activity: Reunir": "2020-02-29",
            "Activity: Publicar": "2020-04-30",
            "Deliverable: =Los datos": "2020-04-30",
            "Progress report: Registro común": "2020-03-31",
        }
        (first,) = [event for event in found.events if "Reunir" in event["SUMMARY"]]
        assert "Feb. 2020" in first["DESCRIPTION"] and "Ente mineco" in first["DESCRIPTION"]
        assert str(first["URL"]).endswith(f"/en/milestone/{milestone}#actividad-01")
        assert str(found["X-WR-CALNAME"]) == "Registro común: due dates"

    @pytest.mark.parametrize("name", ["gt-pan9", "gt-pan9-c01", "mineco", "gae"])
    def test_of_what_is_above_and_of_institutions(
        self, app: Any, milestone: str, name: str
    ) -> None:
        found = read_calendar(app, f"/calendar/{name}.ics")
        assert "Reunir" in str([str(event["SUMMARY"]) for event in found.events])

    def test_of_the_whole_portal_by_kind(self, app: Any, milestone: str) -> None:
        found = read_calendar(app, "/en/calendar.ics?kind=deliverable")
        assert {str(e["CATEGORIES"].cats[0]) for e in found.events} == {"Deliverable"}
        answer = get(app, "/en/calendar.ics?kind=nada", status=400)
        assert "“nada”" in answer.body and "deliverable" in answer.body

    def test_identifiers_are_of_one_event_each(self, app: Any, milestone: str) -> None:
        uids = [str(event["UID"]) for event in read_calendar(app, "/calendar.ics").events]
        assert len(set(uids)) == len(uids)

    def test_unchanged_is_not_sent_again(self, app: Any, milestone: str) -> None:
        path = f"/calendar/{milestone}.ics"
        tag = app.get(path).headers["ETag"]
        assert app.get(path, headers={"If-None-Match": tag}, status=304).body == ""
        given = {"status": "completed", "actual_end": "2020-02-01", "as_of": "2020-02-02"}
        following.report("editora-mineco", milestone, "01", **given)
        assert app.get(path, headers={"If-None-Match": tag}, status=200).headers["ETag"] != tag

    @pytest.mark.parametrize("name", ["no-hay", "gt-pan9-c99"])
    def test_of_nothing(self, app: Any, milestone: str, name: str) -> None:
        answer = get(app, f"/calendar/{name}.ics", status=404)
        assert answer.headers["Content-Type"].startswith("text/plain")

    def test_of_what_is_private_is_as_if_it_were_not_there(self, app: Any, milestone: str) -> None:
        change(milestone, private=True)
        hidden = get(app, f"/calendar/{milestone}.ics", status=404).body
        assert hidden == get(app, "/calendar/no-hay.ics", status=404).body
        assert "Reunir" not in get(app, "/calendar/mineco.ics").body
        assert "Reunir" not in get(app, "/calendar.ics").body


class TestPages:
    def test_page_of_an_institution(self, app: Any, milestone: str) -> None:
        page = Page(get(app, "/en/organization/inap").body)
        assert "What it owes" in page.text and "=Los datos" in page.text
        assert "El acta" in page.text  # without a date
        assert page.headings.count(1) == 1

    def test_a_group_is_shown_whole_or_searched_past(self, app: Any, milestone: str) -> None:
        page = Page(get(app, "/en/organization/inap?ext_due=undated").body)
        assert "El acta" in page.text and "=Los datos" not in page.text
        searched = Page(get(app, "/en/organization/inap?q=nada").body)
        assert "El acta" not in searched.text and "What this institution owes" in searched.text
        unknown = Page(get(app, "/en/organization/inap?ext_due=<script>").body)
        assert "=Los datos" in unknown.text and "<script>" not in unknown.html.partition("?")[2]

    def test_of_one_that_owes_nothing(self, app: Any, milestone: str) -> None:
        page = Page(get(app, "/en/organization/ajena").body)
        assert "No plan in this portal names this institution" in page.text
        assert "No service of this institution" in page.text

    def test_what_is_private_is_on_no_page(self, app: Any, milestone: str) -> None:
        change(milestone, private=True, title="Reservado")
        for path in ("/organization/inap", "/organization/", "/organization/inap/due.csv"):
            body = get(app, path).body
            assert "Los datos" not in body and "Reservado" not in body

    def test_list_of_institutions_counts(self, app: Any, milestone: str) -> None:
        rows = Page(get(app, "/en/organization/").body).rows
        (inap,) = [row for row in rows if "Ente inap" in row]
        (ajena,) = [row for row in rows if "Ente ajena" in row]
        assert inap.split()[2:4] == ["0", "1"]
        assert "No plan names it" in ajena

    def test_latest_reports(self, app: Any, milestone: str) -> None:
        given = {"status": "completed", "actual_end": "2020-02-01", "as_of": "2020-02-02"}
        following.report("editora-mineco", milestone, "01", **given)
        page = Page(get(app, "/en/organization/mineco").body)
        _, _, latest = page.text.partition("Its latest reports")
        assert "Registro común" in latest and "Activity 01: Completed" in latest
        change(milestone, private=True)
        assert "Registro común" not in get(app, "/en/organization/mineco").body

    def test_as_a_table(self, app: Any, milestone: str) -> None:
        answer = get(app, "/organization/inap/due.csv", status=200)
        rows = list(csv.DictReader(io.StringIO(answer.body)))
        (row,) = [row for row in rows if row["record"] == milestone and row["key"] == "datos"]
        assert row["title"] == "'=Los datos"  # no formula in a spreadsheet
        assert (row["due"], row["day"]) == ("2020-04", "2020-04-30")
        assert row["action_plan"] == "gt-pan9" and row["is_open"] == "false"
        get(app, "/organization/no-hay/due.csv", status=404)

    def test_script_in_every_field(self, app: Any, milestone: str) -> None:
        evil = "<script>alert(1)</script>"
        rows = [{**row, "name": evil, "date_verbatim": evil} for row in ACTIVITIES]
        products = [{**row, "name": evil} for row in DELIVERABLES]
        change(milestone, title=evil, activities=rows, expected_deliverables=products)
        for path in ("/organization/mineco", "/organization/inap"):
            assert evil not in get(app, path).body
        assert evil in get(app, "/organization/inap/due.csv").body  # a text, in a table


@pytest.mark.usefixtures("example", "request_context")
class TestExample:
    def test_gpat_owes_what_the_documents_say(self, app: Any) -> None:
        found = list_dues({"user": ""}, organization="gpat")
        assert not [due for due in found if due.is_late]  # nobody has reported on anything
        assert {due.record.name for due in found if due.kind == "deliverable"} >= {
            "gt-pan4-c08-h01", "gt-pan4-c09-h01", "gt-pan4-c11-h01"
        }  # fmt: skip
        page = Page(get(app, "/organization/gpat").body)
        assert "Estrategia Nacional de Gobierno Electrónico" in page.text

    def test_region_is_in_the_calendar_of_its_network(self, app: Any) -> None:
        found = read_calendar(app, "/calendar/red-gealc.ics")
        assert len(found.events) >= 40
        assert flask.has_request_context() and model.Package.get("red-gealc-2019")
