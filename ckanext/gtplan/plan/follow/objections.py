"""What can be wrong with a report, as data: the sentence is made at the edge.

An error is what the report itself says wrong; what only disagrees with an earlier report is a
warning, for two bodies may report at once (design: plan model, section 6).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from urllib.parse import urlsplit

from ..dates import is_inverted
from ..model import Report
from ..vocabulary import list_codes
from .reporting import REPORTED_FIELDS, UNREPORTED, State, lay_one

_NOTES = ("evidence", "difficulties", "note")
_MONEY = ("executed_amount", "currency")
#: What can be reported on each kind of target. A milestone without activities takes what an
#: activity takes; a deliverable's ``actual_end`` is the day on which it was delivered.
TARGET_FIELDS = {
    "activity": (
        *("status", "actual_start", "actual_end", "percent_complete"),
        *_MONEY,
        *_NOTES,
    ),
    "deliverable": ("publication_status", "actual_end", *_NOTES),
    "milestone": (*_MONEY, *_NOTES),
}
_CURRENCY = re.compile(r"[A-Z]{3}\Z")
#: An address has a scheme of the web, and no blanks and no brackets that a browser would drop.
_URL = re.compile(r"https?://[^\s<>\"`\\{}|^]+\Z", re.IGNORECASE)
_CURRENCY_EXAMPLE = "GTQ"
_DELIVERED = ("delivered_not_published", "published")


class IssueKind(Enum):
    """Every kind of thing that can be wrong with a report."""

    NOTHING_SAID = "nothing_said"
    TWO_TARGETS = "two_targets"
    WRONG_TARGET = "wrong_target"
    NOT_A_DAY = "not_a_day"
    IN_FUTURE = "in_future"
    UNKNOWN_CODE = "unknown_code"
    UNKNOWN_FIELD = "unknown_field"
    GIVEN_AND_CLEARED = "given_and_cleared"
    OUT_OF_RANGE = "out_of_range"
    NEGATIVE = "negative"
    BAD_CURRENCY = "bad_currency"
    CURRENCY_MISSING = "currency_missing"
    AMOUNT_MISSING = "amount_missing"
    BAD_URL = "bad_url"
    END_BEFORE_START = "end_before_start"
    STATUS_MISSING = "status_missing"
    CONTRADICTS_STATUS = "contradicts_status"
    REASON_MISSING = "reason_missing"
    END_MISSING = "end_missing"
    EVIDENCE_MISSING = "evidence_missing"
    SUPERSEDED = "superseded"


#: What is told, and refuses nothing.
WARNINGS = frozenset({IssueKind.END_MISSING, IssueKind.EVIDENCE_MISSING, IssueKind.SUPERSEDED})


@dataclass(frozen=True)
class Issue:
    """One thing that is wrong with a report.

    Attributes:
        field: of the report.
        kind: what is wrong.
        value: what stands there.
        expected: what would be right: a form, a range, codes, another field's value.
    """

    field: str
    kind: IssueKind
    value: str = ""
    expected: str = ""

    @property
    def is_warning(self) -> bool:
        """Tell whether the report is good all the same."""
        return self.kind in WARNINGS


def check_report(
    report: Report, state: State, today: date, *, has_activities: bool = False
) -> list[Issue]:
    """Check a report against itself, its target and what is known of that.

    Args:
        report: the report, as it was read.
        state: what earlier reports say of its target at the day that it speaks of.
        today: nothing that it says may be later.
        has_activities: a milestone with activities is reported on by them, and takes only
            an amount and notes itself.

    Returns:
        Every error and warning, in the order of the fields.
    """
    merged = lay_one(state, report)
    return [
        *_check_target(report, has_activities),
        *_check_days(report, merged, today),
        *_check_codes(report),
        *_check_values(report),
        *_check_status(report, merged),
        *_list_warnings(report, merged),
    ]


def get_target_kind(report: Report, *, has_activities: bool) -> str:
    """Give the key in ``TARGET_FIELDS`` of what a report is on."""
    if report.deliverable is not None:
        return "deliverable"
    return "milestone" if report.activity_no is None and has_activities else "activity"


def _list_given(report: Report) -> list[str]:
    return [name for name in REPORTED_FIELDS if getattr(report, name) not in (None, ())]


def _check_target(report: Report, has_activities: bool) -> Iterator[Issue]:
    given = _list_given(report)
    if not given and not report.cleared:
        yield Issue("status", IssueKind.NOTHING_SAID)
    if report.activity_no is not None and report.deliverable is not None:
        yield Issue("deliverable", IssueKind.TWO_TARGETS, report.deliverable)
    fitting = TARGET_FIELDS[get_target_kind(report, has_activities=has_activities)]
    expected = ", ".join(fitting)
    for name in given:
        if name not in fitting:
            yield Issue(name, IssueKind.WRONG_TARGET, _show(getattr(report, name)), expected)
    for name in report.cleared:
        if name not in fitting:
            yield Issue("cleared", IssueKind.UNKNOWN_FIELD, name, expected)
        elif name in given and name != "evidence":  # evidence is replaced in this way
            yield Issue(name, IssueKind.GIVEN_AND_CLEARED, _show(getattr(report, name)))


def _show(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _check_days(report: Report, merged: State, today: date) -> Iterator[Issue]:
    if report.as_of.day is None:
        yield Issue("as_of", IssueKind.NOT_A_DAY, str(report.as_of), today.isoformat())
    spoken_of = min(today, report.as_of.last_day)  # what comes after that day can't be known
    for name, day, limit in (
        ("as_of", report.as_of, today),
        ("actual_start", report.actual_start, spoken_of),
        ("actual_end", report.actual_end, spoken_of),
    ):
        if day is not None and day.first_day > limit:
            yield Issue(name, IssueKind.IN_FUTURE, str(day), limit.isoformat())
    start, end = merged.actual_start, merged.actual_end
    if is_inverted(start, end):
        if report.actual_end is not None:
            yield Issue("actual_end", IssueKind.END_BEFORE_START, str(end), str(start))
        elif report.actual_start is not None:
            yield Issue("actual_start", IssueKind.END_BEFORE_START, str(start), str(end))


def _check_codes(report: Report) -> Iterator[Issue]:
    for name, vocabulary, value in (
        ("status", "activity_status", report.status),
        ("publication_status", "publication_status", report.publication_status),
    ):
        codes = [code for code in list_codes(vocabulary) if code != UNREPORTED]
        if value is not None and value not in codes:
            yield Issue(name, IssueKind.UNKNOWN_CODE, value, ", ".join(codes))


def _check_values(report: Report) -> Iterator[Issue]:
    percent, amount, currency = (
        report.percent_complete,
        report.executed_amount,
        report.currency,
    )
    if percent is not None and not (percent.is_finite() and 0 <= percent <= 100):
        yield Issue("percent_complete", IssueKind.OUT_OF_RANGE, str(percent), "0-100")
    if amount is not None and not (amount.is_finite() and amount >= 0):
        yield Issue("executed_amount", IssueKind.NEGATIVE, str(amount), "0.00")
    if amount is not None and currency is None:
        yield Issue("currency", IssueKind.CURRENCY_MISSING, expected=_CURRENCY_EXAMPLE)
    if currency is not None and not _CURRENCY.match(currency):
        yield Issue("currency", IssueKind.BAD_CURRENCY, currency, _CURRENCY_EXAMPLE)
    if currency is not None and amount is None:
        yield Issue("executed_amount", IssueKind.AMOUNT_MISSING, currency)
    for address in report.evidence:
        if not _is_address(address):
            yield Issue("evidence", IssueKind.BAD_URL, address, "https://")


def _is_address(text: str) -> bool:
    if not _URL.match(text):
        return False
    try:
        return bool(urlsplit(text).hostname)
    except ValueError:
        return False


def _check_status(report: Report, merged: State) -> Iterator[Issue]:
    """Hold what the report gives against the status that it gives, or that is known."""
    if report.deliverable is not None:
        yield from _check_delivery(report, merged)
        return
    for name, value, statuses in _list_fitting(report):
        if merged.status == UNREPORTED:
            yield Issue("status", IssueKind.STATUS_MISSING, expected=", ".join(statuses))
        elif merged.status not in statuses:
            yield Issue(name, IssueKind.CONTRADICTS_STATUS, str(value), merged.status)
    if report.status == "cancelled" and not report.note:
        yield Issue("note", IssueKind.REASON_MISSING, expected="cancelled")


def _list_fitting(source: Report | State) -> Iterator[tuple[str, object, tuple[str, ...]]]:
    """List the fields that say how far something is, and the statuses that they fit."""
    percent = source.percent_complete
    if percent is not None and percent.is_finite():
        known = {0: ("not_started",), 100: ("completed",)}
        more = known[int(percent)] if percent in known else ()
        yield "percent_complete", percent, (*more, "in_progress", "suspended", "cancelled")
    if source.actual_start is not None:
        statuses = ("in_progress", "completed", "suspended", "cancelled")
        yield "actual_start", source.actual_start, statuses
    if source.actual_end is not None:
        yield "actual_end", source.actual_end, ("completed", "cancelled")


def _check_delivery(report: Report, merged: State) -> Iterator[Issue]:
    if report.actual_end is not None:
        if merged.publication_status is None:
            expected = ", ".join(_DELIVERED)
            yield Issue("publication_status", IssueKind.STATUS_MISSING, expected=expected)
        elif merged.publication_status not in _DELIVERED:
            value, status = str(report.actual_end), merged.publication_status
            yield Issue("actual_end", IssueKind.CONTRADICTS_STATUS, value, status)
    if report.publication_status == "not_applicable" and not report.note:
        yield Issue("note", IssueKind.REASON_MISSING, expected="not_applicable")


def _list_warnings(report: Report, merged: State) -> Iterator[Issue]:
    is_done = report.status == "completed"
    if is_done and merged.actual_end is None:
        yield Issue("actual_end", IssueKind.END_MISSING)
    if (is_done or report.publication_status in _DELIVERED) and not merged.evidence:
        yield Issue("evidence", IssueKind.EVIDENCE_MISSING)
    if report.status is None or is_done:
        return  # completed is 100 %, whatever was reported on the way there
    for name, value, statuses in _list_fitting(merged):
        if getattr(report, name) is None and report.status not in statuses:
            yield Issue(name, IssueKind.SUPERSEDED, str(value), report.status)
