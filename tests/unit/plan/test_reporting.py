"""Reports laid one over the other: what each says, and what stays."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ckanext.gtplan.plan.dates import PartialDate
from ckanext.gtplan.plan.follow.reporting import NOTHING, State, Target, lay_one, lay_over
from ckanext.gtplan.plan.model import Report

TODAY = date(2020, 6, 30)
TARGET = Target("m", "01")


def say(name: str, day: str, recorded: str | None = None, **values: Any) -> Report:
    """Make a report on activity 01."""
    return Report(
        id=name,
        milestone="m",
        activity_no="01",
        as_of=PartialDate.parse(day),
        recorded=recorded,
        **values,
    )


def get_state(*reports: Report, today: date = TODAY) -> State:
    """Lay reports on activity 01 over nothing."""
    return lay_over(reports, today).get(TARGET, NOTHING)


def test_what_nobody_reports_on_is_unreported_and_not_zero() -> None:
    assert lay_over([], TODAY) == {}
    assert (NOTHING.status, NOTHING.progress, NOTHING.executed_amount) == ("unreported", None, None)


def test_the_last_report_that_says_a_thing_is_right() -> None:
    state = get_state(
        say("a", "2020-05-01", status="in_progress", percent_complete=Decimal(30), note="x"),
        say("b", "2020-06-01", percent_complete=Decimal(60)),
    )
    assert (state.status, state.percent_complete, state.note) == ("in_progress", Decimal(60), "x")
    assert state.fields_from == {"status": "a", "percent_complete": "b", "note": "a"}
    assert (state.report_count, state.last_report) == (2, date(2020, 6, 1))


def test_two_bodies_that_report_on_one_day_lose_nothing() -> None:
    first = say("a", "2020-06-01", "2020-06-01T10:00:00", status="completed", evidence=("u",))
    second = say("b", "2020-06-01", "2020-06-01T10:00:01", difficulties="d", evidence=("v",))
    for order in ((first, second), (second, first)):
        state = get_state(*order)
        assert (state.status, state.difficulties, state.evidence) == ("completed", "d", ("u", "v"))


def test_order_is_that_of_the_days_spoken_of_then_of_arrival() -> None:
    late = say("a", "2020-05-01", "2020-06-20T00:00:00", status="not_started")
    assert get_state(say("b", "2020-06-01", "2020-06-01", status="completed"), late).status == (
        "completed"
    )
    corrected = say("c", "2020-06-01", "2020-06-02", status="in_progress")
    assert get_state(
        corrected, say("b", "2020-06-01", "2020-06-01", status="completed")
    ).status == ("in_progress")


def test_reports_of_one_moment_stay_in_the_order_given() -> None:
    one, two = say("a", "2020-06-01", note="1"), say("b", "2020-06-01", note="2")
    assert get_state(one, two).note == "2"
    assert get_state(two, one).note == "1"


def test_later_reports_are_not_looked_at() -> None:
    reports = [say("a", "2020-06-30", status="completed"), say("b", "2020-07-01", note="n")]
    assert (get_state(*reports).status, get_state(*reports).note) == ("completed", None)
    assert get_state(*reports, today=date(2020, 6, 29)) is NOTHING


def test_a_month_is_spoken_of_when_it_is_over() -> None:
    report = say("a", "2020-06", status="completed")
    assert get_state(report, today=date(2020, 6, 29)) is NOTHING
    assert get_state(report, today=date(2020, 6, 30)).last_report == date(2020, 6, 30)


def test_cleared_fields_are_not_known_again() -> None:
    state = get_state(
        say("a", "2020-05-01", status="completed", actual_end=PartialDate.parse("2020-04")),
        say("b", "2020-06-01", status="in_progress", cleared=("actual_end",)),
    )
    assert (state.status, state.actual_end) == ("in_progress", None)
    assert state.fields_from == {"status": "b"}


def test_an_amount_carries_its_currency() -> None:
    amount = say("a", "2020-05-01", executed_amount=Decimal("1.00"), currency="GTQ")
    assert get_state(amount, say("b", "2020-06-01", executed_amount=Decimal(2))).currency == "GTQ"
    cleared = get_state(amount, say("b", "2020-06-01", cleared=("executed_amount",)))
    assert (cleared.executed_amount, cleared.currency, cleared.fields_from) == (None, None, {})


def test_evidence_adds_up_and_is_replaced_by_clearing() -> None:
    first = say("a", "2020-05-01", evidence=("u", "v"))
    assert get_state(first, say("b", "2020-06-01", evidence=("v", "w"))).evidence == ("u", "v", "w")
    again = say("b", "2020-06-01", evidence=("w",), cleared=("evidence",))
    assert get_state(first, again).evidence == ("w",)


def test_targets_are_apart() -> None:
    reports = [
        say("a", "2020-06-01", status="completed"),
        Report(id="b", milestone="m", deliverable="k", as_of=PartialDate.parse("2020-06-01")),
        Report(id="c", milestone="m", as_of=PartialDate.parse("2020-06-01")),
        Report(id="d", milestone="n", activity_no="01", as_of=PartialDate.parse("2020-06-01")),
    ]
    assert set(lay_over(reports, TODAY)) == {
        TARGET,
        Target("m", None, "k"),
        Target("m"),
        Target("n", "01"),
    }


def test_one_more_report_is_laid_over_a_copy() -> None:
    first = get_state(say("a", "2020-05-01", status="in_progress"))
    second = lay_one(first, say("b", "2020-06-01", status="completed"))
    assert (first.status, second.status) == ("in_progress", "completed")
    assert (first.fields_from, second.fields_from) == ({"status": "a"}, {"status": "b"})


@pytest.mark.parametrize(
    "status, percent, progress",
    [
        ("completed", None, 100),
        ("completed", 60, 100),
        ("not_started", None, 0),
        ("not_started", 60, 0),
        ("in_progress", 60, 60),
        ("in_progress", None, None),
        ("suspended", 60, 60),
        ("suspended", None, None),
        ("cancelled", 60, None),
        ("unreported", 60, None),
        ("in_progress", 120, 100),
        ("in_progress", -5, 0),
    ],
)
def test_progress_goes_by_the_status(
    status: str, percent: int | None, progress: int | None
) -> None:
    known = None if percent is None else Decimal(percent)
    assert State(status=status, percent_complete=known).progress == progress
