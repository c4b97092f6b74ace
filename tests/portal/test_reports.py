"""Reports: what they say, that nothing is lost or changed, and what follows from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pysolr
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib import jobs
from ckan.plugins import toolkit as tk
from following import list_reports, make_milestone, make_plan, report

from ckanext.gtplan.config import get_today
from ckanext.gtplan.logic.follow.reports import read_reports
from ckanext.gtplan.model import ReportEntry
from ckanext.gtplan.plan.moments import parse_moment

pytestmark = pytest.mark.usefixtures("request_context")


@pytest.fixture
def milestone(request_context: None) -> str:
    make_plan()
    return make_milestone()


def refuse(user: str, milestone: str, *args: Any, **values: Any) -> dict[str, Any]:
    """Report what is wrong, and give the sentences by field."""
    before = len(read_reports([milestone]))
    with pytest.raises(tk.ValidationError) as raised:
        report(user, milestone, *args, **values)
    assert len(read_reports([milestone])) == before
    return dict(raised.value.error_dict)


class TestWhatIsSaid:
    def test_a_report_comes_back_as_it_was_given(self, milestone: str) -> None:
        made = report(
            "editora-mineco",
            milestone,
            as_of="2019-03-31",
            status="in_progress",
            actual_start="2019-02",
            percent_complete="37.50",
            executed_amount="570075.00",
            currency="GTQ",
            evidence=["https://example.org/acta.pdf", "https://example.org/lista.csv"],
            difficulties="Falta personal",
            note="Según lo previsto",
        )
        assert made["is_new"] and not made["warnings"]
        shown = made["report"]
        assert shown["milestone"] == milestone and shown["standing"] == "counted"
        assert shown["organization"] == "mineco" and shown["organization_title"] == "Ente mineco"
        assert parse_moment(shown["recorded"])
        for name, value in {
            "as_of": "2019-03-31",
            "actual_start": "2019-02",
            "percent_complete": "37.50",
            "executed_amount": "570075.00",
            "evidence": ["https://example.org/acta.pdf", "https://example.org/lista.csv"],
        }.items():
            assert shown[name] == value
        state = made["state"]
        assert (state["status"], state["executed_amount"]) == ("in_progress", "570075.00")
        assert state["fields_from"]["currency" if "currency" in state["fields_from"] else "status"]

    def test_what_a_report_does_not_say_stays(self, milestone: str) -> None:
        report("editora-mineco", milestone, status="in_progress", percent_complete=40)
        state = report("editora-duena", milestone, difficulties="Lluvias")["state"]
        assert (state["status"], state["percent_complete"]) == ("in_progress", "40")
        assert state["difficulties"] == "Lluvias" and state["report_count"] == 2

    def test_null_takes_back_and_an_empty_text_says_nothing(self, milestone: str) -> None:
        report("editora-mineco", milestone, status="in_progress", note="Uno", difficulties="Dos")
        values = {"note": None, "difficulties": "", "actual_end": None, "percent_complete": 10}
        made = report("editora-mineco", milestone, **values)
        assert made["report"]["cleared"] == ["note"]  # there was no end to take back
        assert (made["state"]["note"], made["state"]["difficulties"]) == (None, "Dos")

    def test_the_day_is_today_where_none_is_given(self, milestone: str) -> None:
        made = report("editora-mineco", milestone, status="not_started")
        assert made["report"]["as_of"] == str(get_today())

    def test_a_report_on_the_whole(self, milestone: str) -> None:
        made = report(
            "editora-duena", milestone, None, executed_amount="1000", currency="GTQ"
        )
        assert (made["report"]["activity_no"], made["report"]["deliverable"]) == (None, None)
        bare = make_milestone(activities=[], expected_deliverables=[])
        made = report("editora-duena", bare, None, status="in_progress", percent_complete=5)
        assert made["state"]["percent_complete"] == "5"

    def test_odd_is_told_and_written(self, milestone: str) -> None:
        made = report("editora-mineco", milestone, status="completed")
        assert made["is_new"] and made["warnings"]

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("status", "terminado"),
            ("status", ["completed"]),
            ("actual_end", "31/03/2019"),
            ("actual_end", "2019-02-31"),
            ("actual_end", True),
            ("percent_complete", "12,5"),
            ("percent_complete", 101),
            ("percent_complete", -1),
            ("executed_amount", "Q. 1,000"),
            ("executed_amount", {"a": 1}),
            ("evidence", ["ftp//x"]),
            ("evidence", 7),
            ("note", "a\x07b"),
            ("as_of", "2019"),
            ("progreso", "12"),
        ],
    )
    def test_what_is_wrong_is_named_by_its_field(
        self, milestone: str, field: str, value: Any
    ) -> None:
        said = {"status": "in_progress", "currency": "GTQ"} if field != "status" else {}
        if field != "executed_amount":
            said.pop("currency", None)
        errors = refuse("editora-mineco", milestone, **{**said, field: value})
        assert list(errors) == [field]
        (sentence,) = errors[field]
        if isinstance(value, (str, int)) and field != "note":
            assert (field if field == "progreso" else str(value)) in sentence

    def test_the_future_is_not_reported(self, milestone: str) -> None:
        tomorrow = str(get_today() + timedelta(days=1))
        errors = refuse("editora-mineco", milestone, status="completed", as_of=tomorrow)
        assert tomorrow in errors["as_of"][0]

    def test_a_report_that_says_nothing_is_none(self, milestone: str) -> None:
        assert refuse("editora-mineco", milestone)
        assert refuse("editora-mineco", milestone, note=None, status="")

    def test_a_row_that_is_not_there(self, milestone: str) -> None:
        errors = refuse("editora-duena", milestone, "99", status="completed")
        assert "99" in errors["activity_no"][0] and "01, 02, 03, 04" in errors["activity_no"][0]
        errors = refuse("editora-duena", milestone, None, deliverable="nada", note="x")
        assert "inventario" in errors["deliverable"][0]
        errors = refuse("editora-duena", milestone, "01", deliverable="inventario", note="x")
        assert list(errors) == ["deliverable"]

    def test_a_report_is_judged_by_what_is_known(self, milestone: str) -> None:
        report("editora-mineco", milestone, status="in_progress", actual_start="2019-05-10")
        errors = refuse("editora-mineco", milestone, status="completed", actual_end="2019-05-01")
        assert "2019-05-01" in errors["actual_end"][0] and "2019-05-10" in errors["actual_end"][0]


class TestSentTwice:
    def test_the_same_again_writes_nothing(self, milestone: str) -> None:
        values = {"status": "in_progress", "percent_complete": "20", "note": "Igual"}
        first = report("editora-mineco", milestone, **values)
        again = report("editora-mineco", milestone, **values)
        assert not again["is_new"] and again["report"]["id"] == first["report"]["id"]
        assert len(read_reports([milestone])) == 1

    def test_what_was_overtaken_can_be_said_again(self, milestone: str) -> None:
        report("editora-mineco", milestone, status="suspended", note="Espera")
        report("editora-duena", milestone, status="in_progress", note="Sigue")
        assert report("editora-mineco", milestone, status="suspended", note="Espera")["is_new"]
        assert len(read_reports([milestone])) == 3

    def test_another_day_or_body_is_another_report(self, milestone: str) -> None:
        day = "2019-03-31"
        assert report("editora-mineco", milestone, status="in_progress", as_of=day)["is_new"]
        assert report("editora-mineco", milestone, status="in_progress")["is_new"]
        assert report("editora-duena", milestone, status="in_progress")["is_new"]


class TestAtOnce:
    """Real connections side by side: each thread has a session of its own."""

    @pytest.fixture
    def at_once(self, shared_app: Any) -> Callable[..., list[Any]]:
        def run(calls: list[Callable[[], Any]]) -> list[Any]:
            def call(function: Callable[[], Any]) -> Any:
                try:
                    with shared_app.flask_app.test_request_context():
                        return function()
                finally:
                    model.Session.remove()

            with ThreadPoolExecutor(len(calls)) as pool:
                return list(pool.map(call, calls))

        return run

    def test_two_bodies_lose_nothing(self, milestone: str, at_once: Any) -> None:
        at_once(
            [
                lambda: report("editora-mineco", milestone, status="in_progress"),
                lambda: report("editora-gpat", milestone, difficulties="Lluvias"),
                lambda: report("editora-duena", milestone, evidence=["https://example.org/a"]),
            ]
        )
        state = report("editora-mineco", milestone, note="Resumen")["state"]
        assert state["report_count"] == 4
        assert (state["status"], state["difficulties"]) == ("in_progress", "Lluvias")
        assert state["evidence"] == ["https://example.org/a"]

    def test_a_double_click_is_one_report(self, milestone: str, at_once: Any) -> None:
        def send() -> Any:
            return report("editora-mineco", milestone, status="in_progress", note="Doble")

        made = at_once([send] * 4)
        assert sorted(answer["is_new"] for answer in made) == [False, False, False, True]
        assert len({answer["report"]["id"] for answer in made}) == 1

    def test_two_that_contradict_each_other_are_judged_in_turn(
        self, milestone: str, at_once: Any
    ) -> None:
        def send(**values: Any) -> bool:
            try:
                report("editora-mineco", milestone, status="in_progress", **values)
            except tk.ValidationError:
                return False
            return True

        results = at_once(
            [lambda: send(actual_start="2019-05"), lambda: send(actual_end="2019-04")]
        )
        dates = {(r.actual_start, r.actual_end) for r in read_reports([milestone])}
        assert len(dates) == sum(results)


class TestAppendOnly:
    @pytest.fixture
    def entry(self, milestone: str) -> Iterator[str]:
        made = report("editora-mineco", milestone, status="in_progress")
        yield made["report"]["id"]
        model.Session.rollback()

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE gtplan_report SET status = 'completed' WHERE id = :id",
            "UPDATE gtplan_report SET user_id = NULL WHERE id = :id",
            "DELETE FROM gtplan_report WHERE id = :id",
        ],
    )
    def test_the_database_refuses(self, entry: str, statement: str) -> None:
        with pytest.raises(sa.exc.DBAPIError, match="never"):
            model.Session.execute(sa.text(statement), {"id": entry})
            model.Session.commit()
        model.Session.rollback()
        query = sa.select(ReportEntry.status).where(ReportEntry.id == entry)
        assert model.Session.scalar(query) == "in_progress"

    def test_a_correction_is_a_new_report(self, entry: str, milestone: str) -> None:
        report("editora-mineco", milestone, status="not_started")
        found = list_reports("", milestone)
        assert [shown["status"] for shown in found] == ["not_started", "in_progress"]
        assert found[1]["id"] == entry


class TestWhatItRefersTo:
    def test_a_renamed_milestone_and_body_keep_their_reports(
        self, milestone: str, sysadmin: dict[str, Any]
    ) -> None:
        report("editora-inap", milestone, "02", status="in_progress")
        new = f"{milestone}-nuevo"
        tk.get_action("package_patch")(dict(sysadmin), {"id": milestone, "name": new})
        body = {"id": "inap", "name": "inap-nuevo", "title": "Otro nombre"}
        tk.get_action("organization_patch")(dict(sysadmin), body)
        try:
            (found,) = list_reports("", new)
            assert (found["milestone"], found["organization"]) == (new, "inap-nuevo")
            assert found["organization_title"] == "Ente inap"  # as it was called then
            assert not read_reports([milestone])
        finally:
            body = {"id": "inap-nuevo", "name": "inap", "title": "Ente inap"}
            tk.get_action("organization_patch")(dict(sysadmin), body)

    def test_a_purged_milestone_breaks_nothing(
        self, milestone: str, sysadmin: dict[str, Any]
    ) -> None:
        made = report("editora-mineco", milestone, status="in_progress")["report"]["id"]
        other = make_milestone()
        report("editora-mineco", other, status="in_progress")
        tk.get_action("dataset_purge")(dict(sysadmin), {"id": milestone})
        assert made not in {r.id for r in read_reports()}
        assert other in {r.milestone for r in read_reports()}
        assert [r["milestone"] for r in list_reports("", "gt-pan9-c01")].count(milestone) == 0
        with pytest.raises(tk.ObjectNotFound):
            list_reports("editora-duena", milestone)
        # it stays, and an administrator may take it away now that nothing is there to report on
        query = sa.select(sa.func.count()).where(ReportEntry.id == made)
        assert model.Session.scalar(query) == 1
        model.Session.execute(sa.delete(ReportEntry).where(ReportEntry.id == made))
        model.Session.commit()
        assert model.Session.scalar(query) == 0

    def test_a_row_that_was_taken_out_of_the_plan_keeps_its_reports(
        self, milestone: str, sysadmin: dict[str, Any]
    ) -> None:
        report("editora-mineco", milestone, status="in_progress")
        tk.get_action("package_patch")(dict(sysadmin), {"id": milestone, "activities": []})
        (found,) = list_reports("editora-duena", milestone)
        assert (found["activity_no"], found["user"]) == ("01", "editora-mineco")


class TestListing:
    def test_of_a_commitment_and_of_a_plan(self, milestone: str) -> None:
        made = report("editora-mineco", milestone, status="in_progress")["report"]["id"]
        for record in (milestone, "gt-pan9-c01", "gt-pan9"):
            assert made in [shown["id"] for shown in list_reports("", record)]
        assert made not in [shown["id"] for shown in list_reports("", "gt-pan8")]

    def test_of_one_row_and_by_pages(self, milestone: str) -> None:
        for percent in (10, 20, 30):
            report("editora-mineco", milestone, status="in_progress", percent_complete=percent)
        report("editora-inap", milestone, "02", status="in_progress")
        shown = list_reports("", milestone, activity_no="01", limit=2, offset=1)
        assert [row["percent_complete"] for row in shown] == ["20", "10"]

    def test_what_the_database_cannot_hold_finds_nothing(self, milestone: str) -> None:
        report("editora-mineco", milestone, "01", status="in_progress")
        for asked in ({"activity_no": "0\x001"}, {"offset": 10**30}):
            assert list_reports("", milestone, **asked) == []
        assert len(list_reports("", milestone, limit=10**30)) == 1

    def test_of_other_records_there_are_none(self, app: Any) -> None:
        make_plan()
        for wrong in ("no-existe", "mineco"):
            answer = app.get(f"/api/action/gtplan_report_list?id={wrong}", status=404).json
            assert wrong in answer["error"]["message"]

    def test_a_milestone_of_a_hidden_commitment_is_in_no_list_of_the_plan(
        self, sysadmin: dict[str, Any]
    ) -> None:
        make_plan()
        name = f"gt-pan9-{uuid4()}"
        values = {"action_plan": "gt-pan9", "owner_org": "duena", "type": "commitment"}
        action = tk.get_action("package_create")
        action(dict(sysadmin), {"name": name, "title": "T", "private": True, **values})
        milestone = make_milestone(commitment=name)
        made = report("editora-mineco", milestone, status="in_progress")["report"]["id"]
        assert made not in [shown["id"] for shown in list_reports("", "gt-pan9")]
        assert made in [shown["id"] for shown in list_reports("editora-duena", "gt-pan9")]


class TestWhatFollows:
    def test_the_index_is_right_and_the_datasets_are_rebuilt(
        self, milestone: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from ckan.lib import search

        indexed: list[str] = []
        monkeypatch.setattr(
            search, "rebuild", lambda package_ids=(), **more: indexed.extend(package_ids)
        )
        jobs.get_queue().empty()
        report("editora-mineco", milestone, status="in_progress")
        assert set(indexed) == {milestone, "gt-pan9-c01", "gt-pan9"}
        enqueued = {job.args[0] for job in jobs.get_queue().jobs}
        assert {milestone, "gt-pan9"} <= enqueued

    def test_a_search_engine_that_is_down_loses_no_report(
        self, milestone: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*args: Any, **more: Any) -> None:
            raise pysolr.SolrError("down")

        monkeypatch.setattr(pysolr.Solr, "_send_request", fail)
        assert report("editora-mineco", milestone, status="in_progress")["is_new"]
        model.Session.rollback()
        assert len(read_reports([milestone])) == 1

    def test_nothing_is_committed_where_the_caller_does_that(self, milestone: str) -> None:
        context = {"user": "editora-mineco", "defer_commit": True}
        data = {"milestone": milestone, "activity_no": "01", "status": "in_progress"}
        tk.get_action("gtplan_report_create")(context, data)
        assert len(read_reports([milestone])) == 1
        model.Session.rollback()
        assert not read_reports([milestone])
