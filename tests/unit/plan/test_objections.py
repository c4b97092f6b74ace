"""What a report may not say, and what it is only told."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.gtplan.plan.dates import PartialDate
from ckanext.gtplan.plan.follow.objections import Issue, check_report
from ckanext.gtplan.plan.follow.reporting import NOTHING, State
from ckanext.gtplan.plan.model import Report

TODAY = date(2020, 6, 30)
URL = "https://datos.example.gt/acta.pdf"
DONE = State(status="completed", actual_end=PartialDate.parse("2020-05-31"), evidence=(URL,))


def check(state: State = NOTHING, *, has_activities: bool = False, **values: Any) -> list[Issue]:
    """Check a report of 30 June 2020 on activity 01, or on what else ``values`` name."""
    for name in ("as_of", "actual_start", "actual_end"):
        if isinstance(values.get(name), str):
            values[name] = PartialDate.parse(values[name])
    target: dict[str, Any] = {"activity_no": "01"}
    if has_activities or "deliverable" in values:
        target = {}
    given = {"id": "r", "milestone": "m", "as_of": PartialDate.parse("2020-06-30")}
    report = Report(**{**given, **target, **values})
    return check_report(report, state, TODAY, has_activities=has_activities)


def list_kinds(issues: list[Issue]) -> list[str]:
    """Write what is wrong as field and kind."""
    return [f"{issue.field} {issue.kind.value}" for issue in issues]


GOOD: list[dict[str, Any]] = [
    {"status": "in_progress", "percent_complete": Decimal(0)},
    {"status": "in_progress", "percent_complete": Decimal(100)},
    {"status": "not_started", "percent_complete": Decimal(0), "difficulties": "d"},
    {"status": "suspended", "actual_start": "2020-05"},
    {"status": "cancelled", "note": "n", "percent_complete": Decimal(40)},
    {"status": "completed", "actual_end": "2020-06", "evidence": (URL,)},
    {"executed_amount": Decimal("0.00"), "currency": "GTQ"},
    {"note": "n"},
    {"cleared": ("status",)},
    {"evidence": (URL,), "cleared": ("evidence",)},
    {"deliverable": "k", "publication_status": "planned"},
    {"deliverable": "k", "publication_status": "not_applicable", "note": "n"},
]


@pytest.mark.parametrize("values", GOOD)
def test_good_reports(values: dict[str, Any]) -> None:
    assert check(**values) == []


@pytest.mark.parametrize(
    "expected, values",
    [
        ("status nothing_said", {}),
        ("deliverable two_targets", {"deliverable": "k", "activity_no": "01", "note": "n"}),
        ("publication_status wrong_target", {"publication_status": "planned"}),
        ("percent_complete wrong_target", {"deliverable": "k", "percent_complete": Decimal(1)}),
        ("status wrong_target", {"has_activities": True, "status": "in_progress"}),
        ("cleared unknown_field", {"cleared": ("title",)}),
        ("note given_and_cleared", {"note": "n", "cleared": ("note",)}),
        ("as_of not_a_day", {"as_of": "2020-05", "note": "n"}),
        ("as_of in_future", {"as_of": "2020-07-01", "note": "n"}),
        ("actual_start in_future", {"status": "in_progress", "actual_start": "2020-07"}),
        ("status unknown_code", {"status": "delayed"}),
        ("status unknown_code", {"status": "unreported"}),
        ("publication_status unknown_code", {"deliverable": "k", "publication_status": "x"}),
        ("percent_complete out_of_range", {"percent_complete": Decimal("100.1")}),
        ("percent_complete out_of_range", {"percent_complete": Decimal(-1)}),
        ("percent_complete out_of_range", {"percent_complete": Decimal("NaN")}),
        ("executed_amount negative", {"executed_amount": Decimal(-1), "currency": "GTQ"}),
        ("currency currency_missing", {"executed_amount": Decimal(1)}),
        ("currency bad_currency", {"executed_amount": Decimal(1), "currency": "Q"}),
        ("executed_amount amount_missing", {"currency": "GTQ"}),
        ("evidence bad_url", {"evidence": (URL, "acta.pdf")}),
        ("evidence bad_url", {"evidence": ("javascript:alert(1)",)}),
        ("evidence bad_url", {"evidence": ("https://",)}),
        ("evidence bad_url", {"evidence": ("https://[::1",)}),
        (
            "actual_end end_before_start",
            {"status": "completed", "actual_start": "2020-05", "actual_end": "2020-04-30"},
        ),
        ("status status_missing", {"percent_complete": Decimal(10)}),
        ("status status_missing", {"actual_start": "2020-05"}),
        (
            "percent_complete contradicts_status",
            {"status": "completed", "percent_complete": Decimal(60)},
        ),
        (
            "percent_complete contradicts_status",
            {"status": "not_started", "percent_complete": Decimal(1)},
        ),
        ("actual_start contradicts_status", {"status": "not_started", "actual_start": "2020-05"}),
        ("actual_end contradicts_status", {"status": "in_progress", "actual_end": "2020-05"}),
        ("note reason_missing", {"status": "cancelled"}),
        ("note reason_missing", {"deliverable": "k", "publication_status": "not_applicable"}),
        ("publication_status status_missing", {"deliverable": "k", "actual_end": "2020-05"}),
        (
            "actual_end contradicts_status",
            {"deliverable": "k", "publication_status": "planned", "actual_end": "2020-05"},
        ),
    ],
)
def test_errors(expected: str, values: dict[str, Any]) -> None:
    issues = check(**values)
    assert expected in list_kinds(issues)
    assert not next(i for i in issues if list_kinds([i]) == [expected]).is_warning


def test_no_date_is_after_the_day_that_the_report_speaks_of() -> None:
    issues = check(status="completed", as_of="2020-05-31", actual_end="2020-06-15")
    (issue,) = [i for i in issues if not i.is_warning]
    assert (issue.field, issue.value, issue.expected) == ("actual_end", "2020-06-15", "2020-05-31")


def test_a_report_is_held_against_what_is_known() -> None:
    # who reports 60 % on what was completed must say that it is open again
    (issue,) = check(DONE, percent_complete=Decimal(60))
    assert (issue.kind.value, issue.expected) == ("contradicts_status", "completed")
    assert check(State(status="in_progress"), percent_complete=Decimal(60)) == []


def test_start_is_held_against_the_end_that_is_known() -> None:
    (issue,) = check(DONE, actual_start="2020-06")
    assert (issue.field, issue.expected) == ("actual_start", "2020-05-31")


def test_completed_wants_a_day_and_evidence() -> None:
    issues = check(status="completed")
    assert list_kinds(issues) == ["actual_end end_missing", "evidence evidence_missing"]
    assert all(issue.is_warning for issue in issues)
    assert check(DONE, status="completed") == []


def test_what_was_delivered_wants_evidence() -> None:
    issues = check(deliverable="k", publication_status="delivered_not_published")
    assert list_kinds(issues) == ["evidence evidence_missing"]


def test_a_status_tells_what_it_makes_void() -> None:
    issues = check(DONE, status="in_progress")
    assert list_kinds(issues) == ["actual_end superseded"]
    assert issues[0].is_warning
    half = State(status="in_progress", percent_complete=Decimal(60))
    assert list_kinds(check(half, status="not_started")) == ["percent_complete superseded"]
    # completed is 100 %, whatever was reported on the way there
    assert check(half, status="completed", actual_end="2020-06", evidence=(URL,)) == []


DAYS = st.dates(date(2018, 1, 1), date(2021, 12, 31)).map(
    lambda day: PartialDate(year=day.year, month=day.month, day=day.day)
)
TEXTS = st.none() | st.text(max_size=8)


@given(
    st.builds(
        Report,
        id=st.just("r"),
        milestone=st.just("m"),
        activity_no=st.none() | st.just("01"),
        deliverable=st.none() | st.just("k"),
        as_of=DAYS,
        status=TEXTS | st.sampled_from(["completed", "in_progress", "cancelled"]),
        publication_status=TEXTS,
        actual_start=st.none() | DAYS,
        actual_end=st.none() | DAYS,
        percent_complete=st.none() | st.decimals(),
        executed_amount=st.none() | st.decimals(),
        currency=TEXTS,
        evidence=st.tuples() | st.tuples(st.text()),
        note=TEXTS,
        cleared=st.tuples() | st.tuples(st.text(max_size=8)),
    ),
    st.booleans(),
)
def test_no_report_breaks_the_check(report: Report, has_activities: bool) -> None:
    for issue in check_report(report, NOTHING, TODAY, has_activities=has_activities):
        assert issue.field in vars(report)
