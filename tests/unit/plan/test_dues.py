"""What is owed: how each thing stands, in what order it is told, and in which group."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan_states import TODAY, measure, plan_row, say

from ckanext.gtplan.plan.dates import PartialDate
from ckanext.gtplan.plan.follow.coverage import DeliverableFacts
from ckanext.gtplan.plan.follow.dues import (
    GROUPS,
    STANDINGS,
    Due,
    Named,
    Owing,
    Row,
    count_standings,
    get_quarter_end,
    group_dues,
    list_milestone_dues,
    list_regional_dues,
    make_row_anchor,
    order_due,
)
from ckanext.gtplan.plan.follow.progress import measure_milestone
from ckanext.gtplan.plan.follow.reporting import State, Target
from ckanext.gtplan.plan.model import ExpectedDeliverable, Milestone

RECORD = Named(name="m", type="milestone", title="El hito", number="1", address="/milestone/m")
ENDS = {"01": "2020-05", "02": "2020-12-31"}


def make_owing(ends: dict[str, str], **more: Any) -> Owing:
    activities = {no: Row(key=no, title=no, due=PartialDate.parse(end)) for no, end in ends.items()}
    itself = Row(key="", title="El hito", due=PartialDate.parse("2020-09"), responsibles=("duena",))
    return Owing(**{"record": RECORD, "itself": itself, "activities": activities, **more})


def list_dues(states: Sequence[State | None], own: State | None = None, **more: Any) -> list[Due]:
    """List what is owed of a milestone with an activity whose end has passed and one to come."""
    rows = [plan_row(no, planned_start="2020-01", planned_end=end) for no, end in ENDS.items()]
    measures = measure(rows, states, own=own, planned_end="2020-09")
    return list(list_milestone_dues(make_owing(ENDS, **more), measures))


def tell(dues: Sequence[Due], kind: str = "activity") -> list[tuple[str, str]]:
    return [(due.key, due.standing) for due in dues if due.kind == kind]


class TestActivities:
    def test_what_nobody_reports_on_is_never_late(self) -> None:
        assert tell(list_dues([None, None])) == [("01", "unreported"), ("02", "not_due")]

    def test_what_was_let_pass_where_somebody_reports_is_late(self) -> None:
        found = list_dues([None, say("in_progress", 10)])
        assert tell(found) == [("01", "late"), ("02", "on_time")]
        assert tell(found, "milestone") == [("", "on_time")]

    def test_completed_is_done_and_cancelled_is_not_owed(self) -> None:
        assert tell(list_dues([say("completed"), say("cancelled")])) == [("01", "done")]

    def test_a_cancelled_milestone_owes_nothing(self) -> None:
        assert list_dues([say("cancelled"), say("cancelled")]) == []

    def test_without_a_date_it_is_unreported_and_not_not_due(self) -> None:
        rows = [plan_row("01")]
        owing = make_owing({}, activities={"01": Row(key="01", title="a")})
        found = list(list_milestone_dues(owing, measure(rows, [None])))
        assert tell(found) == [("01", "unreported")]

    def test_a_row_that_names_nobody_is_owed_by_those_of_the_milestone(self) -> None:
        own = Row(key="01", title="a", responsibles=("mineco", "inap"))
        owing = make_owing({}, activities={"01": own, "02": Row(key="02", title="b")})
        rows = [plan_row("01"), plan_row("02")]
        found = list(list_milestone_dues(owing, measure(rows, [None, None])))
        answers = {due.key: due.responsibles for due in found if due.kind == "activity"}
        assert answers == {"01": ("mineco", "inap"), "02": ("duena",)}

    def test_address_is_that_of_the_row(self) -> None:
        assert list_dues([None, None])[0].address == "/milestone/m#actividad-01"
        assert make_row_anchor("deliverable", "a b") == "entregable-a-b"


class TestReports:
    def test_the_first_is_due_ninety_days_after_the_start(self) -> None:
        found = list_dues([None, None], starts=date(2020, 1, 1))
        (report,) = [due for due in found if due.kind == "report"]
        assert (str(report.due), report.standing) == ("2020-03-31", "unreported")

    def test_the_next_is_due_ninety_days_after_the_last(self) -> None:
        (report,) = [d for d in list_dues([None, say("in_progress", 1)]) if d.kind == "report"]
        assert (str(report.due), report.standing) == ("2020-08-30", "not_due")

    @pytest.mark.parametrize(
        "last, standing", [("2020-03-17", "due"), ("2020-02-02", "due"), ("2020-01-31", "late")]
    )
    def test_it_is_late_once_figures_are_stale(self, last: str, standing: str) -> None:
        # 135 days, half as long again as between two reports: from 2 February to 15 June
        state = State(status="in_progress", report_count=1, last_report=date.fromisoformat(last))
        (report,) = [d for d in list_dues([None, state]) if d.kind == "report"]
        assert report.standing == standing

    @pytest.mark.parametrize(
        "states, more",
        [
            ([say("completed"), say("completed")], {}),
            ([None, say("in_progress", 1)], {"is_reported_on": False}),
            ([None, None], {"starts": date(2020, 7, 1)}),
            ([None, None], {}),
        ],
        ids=["finished", "plan closed", "not begun", "no start known"],
    )
    def test_none_is_owed(self, states: list[State | None], more: dict[str, Any]) -> None:
        assert tell(list_dues(states, **more), "report") == []


def deliver(due: str | None, states: dict[Target, State] | None = None, **facts: bool) -> list[Due]:
    """List the deliverables of a milestone that promises one."""
    day = PartialDate.parse(due) if due else None
    product = ExpectedDeliverable(key="datos", name="Los datos", due_date=day)
    milestone = Milestone(id="m", title="m", commitment="c", expected_deliverables=(product,))
    target = Target("m", None, "datos")
    measures = measure_milestone(
        milestone, states or {}, TODAY, {target: DeliverableFacts(**facts)}
    )
    owing = make_owing({}, deliverables={"datos": Row(key="datos", title="Los datos", due=day)})
    return [one for one in list_milestone_dues(owing, measures) if one.kind == "deliverable"]


class TestDeliverables:
    @pytest.mark.parametrize(
        "due, standing",
        [("2020-05", "unreported"), ("2020-06", "not_due"), (None, "unreported")],
    )
    def test_nobody_reports(self, due: str | None, standing: str) -> None:
        assert tell(deliver(due), "deliverable") == [("datos", standing)]

    def test_late_where_somebody_reports(self) -> None:
        states = {Target("m"): say("in_progress", 50)}
        assert tell(deliver("2020-05", states), "deliverable") == [("datos", "late")]

    def test_published_is_done_and_may_still_not_be_open(self) -> None:
        (found,) = deliver("2020-05", is_published=True)
        assert (found.standing, found.is_published, found.is_open) == ("done", True, False)

    def test_what_does_not_apply_is_not_owed(self) -> None:
        state = State(publication_status="not_applicable", report_count=1, last_report=TODAY)
        assert deliver("2020-05", {Target("m", None, "datos"): state}) == []


def test_nothing_of_a_regional_plan_is_late() -> None:
    plan = Named(name="red", type="regional_plan", title="Plan", address="/regional_plan/red")
    products = {
        "a": Row(key="a", title="a", due=PartialDate.parse("2019-06")),
        "b": Row(key="b", title="b", due=PartialDate.parse("2019-06")),
        "c": Row(key="c", title="c", due=PartialDate.parse("2020-12")),
    }
    owing = Owing(record=plan, itself=Row(key="", title="Plan"), deliverables=products)
    found = list(list_regional_dues(owing, {"b": True}, TODAY))
    standings = [("a", "unreported"), ("b", "done"), ("c", "not_due")]
    assert tell(found, "deliverable") == standings
    assert [due.milestone for due in found] == [None] * 3


def make_due(standing: str, day: date | None, key: str = "") -> Due:
    due = PartialDate(year=day.year, month=day.month, day=day.day) if day else None
    nothing = {"printed": None, "commitment": None, "plan": None, "responsibles": ()}
    return Due(kind="activity", key=key, title="a", due=due, standing=standing, status="",
               record=RECORD, **nothing)  # type: ignore[arg-type]  # fmt: skip


@given(
    st.lists(st.tuples(st.sampled_from(STANDINGS), st.none() | st.dates()), max_size=20),
    st.dates(max_value=date(9999, 12, 31)),
)
def test_each_is_in_one_group_and_groups_are_in_order(
    made: list[tuple[str, date | None]], today: date
) -> None:
    dues = [make_due(standing, day, str(no)) for no, (standing, day) in enumerate(made)]
    groups = group_dues(dues, today)
    assert tuple(groups) == GROUPS
    assert sorted(order_due(d) for some in groups.values() for d in some) == sorted(
        map(order_due, dues)
    )
    assert all(due.standing == "late" for due in groups["late"])
    assert all(due.standing == "done" for due in groups["done"])
    assert all(due.day and due.day <= get_quarter_end(today) for due in groups["quarter"])
    assert all(due.day is None for due in groups["undated"])
    for name in GROUPS[:-1]:
        assert groups[name] == sorted(groups[name], key=order_due)
    assert sum(count_standings(dues).values()) == len(dues)


@pytest.mark.parametrize(
    "day, end",
    [("2020-01-01", "2020-03-31"), ("2020-06-30", "2020-06-30"), ("2020-10-01", "2020-12-31")],
)
def test_quarters_end(day: str, end: str) -> None:
    assert get_quarter_end(date.fromisoformat(day)).isoformat() == end
