"""What is to be done next: each is told what is theirs, with the link to do it, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import following
import pytest
from ckan import model
from ckan.tests import factories
from reading import Page, act, visit
from report_pages import get, token

from ckanext.gtplan.logic import tasks

ACTIVITIES = [
    {"activity_no": "01", "name": "Reunir", "responsibles": "mineco", "planned_end": "2020-02"},
]
DELIVERABLES = [
    {"key": "datos", "name": "Los datos", "due_date": "2020-04", "responsibles": "inap"},
    {"key": "acta", "name": "El acta", "due_date": "2020-04", "responsibles": "inap",
     "non_open_reason": "personal_data"},
    {"key": "futuro", "name": "El futuro", "due_date": "2999-01", "responsibles": "inap"},
]  # fmt: skip


@pytest.fixture
def milestone(request_context: None) -> Iterator[str]:
    following.make_plan()
    more = {"activities": ACTIVITIES, "expected_deliverables": DELIVERABLES}
    name = following.make_milestone(title="Registro común", planned_start="2020-01", **more)
    yield name
    act("package_delete", id=name)


def ask(user: str, body: str, day: date | None = None) -> tasks.Tasks:
    return tasks.list_tasks({"user": user}, [model.Group.get(body)], day)


class TestLists:
    def test_reports_go_to_those_who_answer_for_the_milestone(self, milestone: str) -> None:
        found = ask("editora-duena", "duena")
        assert milestone in [due.record.name for due in found.reports]
        assert not ask("editora-inap", "inap").reports

    def test_deliverables_that_are_due_and_not_open(self, milestone: str) -> None:
        found = ask("editora-inap", "inap")
        own = [due.key for due in found.deliverables if due.record.name == milestone]
        assert own == ["datos"]  # not what the law keeps closed, nor what is to come
        assert (milestone, "datos") in found.publishable
        assert not ask("editora-mineco", "mineco").deliverables

    def test_what_comes_this_quarter(self, milestone: str) -> None:
        found = ask("editora-inap", "inap", date(2020, 4, 1))
        assert {due.key for due in found.coming if due.record.name == milestone} == {
            "datos", "acta"
        }  # fmt: skip

    def test_metadata_that_lack(self, milestone: str) -> None:
        factories.Dataset(name="vacio", title="Vacío", owner_org="inap", private=True)
        try:
            (own,) = [one for one in ask("editora-inap", "inap").gaps if one.name == "vacio"]
            assert own.required > 0 and not own.is_public
            assert "vacio" not in [one.name for one in ask("editora-duena", "duena").gaps]
        finally:
            act("package_delete", id="vacio")
        assert "vacio" not in [one.name for one in ask("editora-inap", "inap").gaps]

    def test_approvals_go_to_who_coordinates(
        self, milestone: str, ckan_config: Any, monkeypatch: Any
    ) -> None:
        monkeypatch.setitem(ckan_config, "ckanext.gtplan.reports.approval", True)
        following.report("editora-mineco", milestone, "01", status="in_progress")
        (own,) = [a for a in ask("editora-gpat", "gpat").approvals if a.milestone == milestone]
        assert (own.title, own.count) == ("Registro común", 1)
        for user, body in (("editora-mineco", "mineco"), ("editora-duena", "duena")):
            found = ask(user, body).approvals
            assert milestone not in [approval.milestone for approval in found]


@pytest.fixture
def harvest(milestone: str, monkeypatch: Any) -> Iterator[None]:
    """Make a source of INAP whose last harvest ended with errors; the one before did not."""
    from ckanext.harvest import model as harvesting

    tables = [
        getattr(harvesting, name).__table__
        for name in (
            *("HarvestSource", "HarvestJob", "HarvestObject", "HarvestObjectExtra"),
            *("HarvestGatherError", "HarvestObjectError", "HarvestLog"),
        )
    ]
    model.meta.metadata.create_all(model.meta.engine, tables=tables)
    monkeypatch.setattr(tasks, "plugin_loaded", lambda name: True)
    source = factories.Dataset(type="harvest", title="Otro portal", owner_org="inap")
    common = {"url": "https://otro.example.org", "type": "dcat_rdf"}
    made = harvesting.HarvestSource(id=source["id"], title="Otro portal", **common)
    jobs = [
        harvesting.HarvestJob(source=made, status="Finished", created=datetime(2020, month, 1))
        for month in (1, 2)
    ]
    jobs[1].finished = datetime(2020, 2, 2)
    objects = [
        harvesting.HarvestObject(job=job, source=made, report_status=status)
        for job, status in ((jobs[0], "errored"), (jobs[1], "errored"), (jobs[1], "added"))
    ]
    error = harvesting.HarvestGatherError(job=jobs[1], message="no hay")
    model.Session.add_all([made, *jobs, *objects, error])
    model.Session.flush()
    yield
    model.Session.rollback()
    act("dataset_purge", id=source["id"])


def test_harvests_that_failed(harvest: None) -> None:
    (found,) = ask("editora-inap", "inap").harvests
    assert (found.title, found.finished, found.errors) == ("Otro portal", date(2020, 2, 2), 2)
    assert not ask("editora-duena", "duena").harvests


class TestPage:
    def test_visitors_are_asked_who_they_are(self, app: Any, milestone: str) -> None:
        answer = visit(app, "get", "/tasks", "", status=302, follow_redirects=False)
        assert "/user/login" in answer.headers["Location"]

    def test_who_edits_for_nobody_is_told_so(self, app: Any, milestone: str) -> None:
        get(app, "miembro-duena", "/tasks", status=403)

    @pytest.mark.parametrize("name", ["duena", "no-hay"])
    def test_of_others_nothing_is_told(self, app: Any, milestone: str, name: str) -> None:
        body = get(app, "editora-inap", f"/tasks?organization={name}", status=403)
        assert "Registro común" not in body

    def test_an_editor_finds_what_to_do(self, app: Any, milestone: str) -> None:
        page = Page(get(app, "editora-inap", "/en/tasks"))
        assert "Los datos" in page.text and "El acta" not in page.text
        assert f"/publish/{milestone}/datos" in page.html
        assert "Ente inap" in page.text and "Ente ajena" not in page.text
        assert "/load-plan" not in page.html
        page = Page(get(app, "editora-duena", "/en/tasks"))
        assert f"/reports/{milestone}/new" in page.html and "Los datos" not in page.text

    def test_nothing_waits(self, app: Any, milestone: str) -> None:
        assert "Nothing waits" in Page(get(app, "editora-ajena", "/en/tasks")).text

    def test_sysadmins_see_all_and_choose(self, app: Any, milestone: str) -> None:
        name = factories.Sysadmin()["name"]
        page = Page(get(app, name, "/en/tasks"))
        assert "Ente ajena" in page.text and "/load-plan" in page.html
        page = Page(get(app, name, "/en/tasks?organization=inap"))
        assert "Los datos" in page.text and "/calendar/inap.ics" in page.html

    def test_menu_leads_there(self, app: Any, milestone: str) -> None:
        link = 'href="/en/tasks"'
        assert link in get(app, "editora-inap", "/en/organization/ajena")
        assert link in get(app, "editora-inap", "/en/dashboard/datasets")
        assert link not in get(app, "miembro-duena", "/en/organization/ajena")
        assert link not in get(app, "", "/en/organization/ajena")
        assert token("editora-inap")

    def test_script_in_every_field(self, app: Any, milestone: str) -> None:
        evil = "<script>alert(1)</script>"
        rows = [{**row, "name": evil} for row in DELIVERABLES]
        act("package_patch", id=milestone, title=evil, expected_deliverables=rows)
        body = get(app, "editora-inap", "/tasks")
        assert evil not in body and "&lt;script&gt;" in body
