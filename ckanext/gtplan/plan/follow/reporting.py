"""What has been reported, laid over the plan: the plan itself is never written over.

Reports are append-only (design: plan model, "where things are kept"). At a day, each field is
as the last report up to that day says it; what no report says is not known, and not zero.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from operator import itemgetter
from typing import Any, NamedTuple

from ..dates import PartialDate
from ..model import Report

#: The status of what nobody has reported on; never late by itself.
UNREPORTED = "unreported"
#: Fields of which the last report that gives them is right.
_LAST_WINS = (
    "status",
    "publication_status",
    "actual_start",
    "actual_end",
    "percent_complete",
    "difficulties",
    "note",
)
#: The fields that a report can give, and take back.
REPORTED_FIELDS = (*_LAST_WINS, "executed_amount", "currency", "evidence")


class Target(NamedTuple):
    """What a report is on: an activity, an expected deliverable, or the milestone itself."""

    milestone: str
    activity_no: str | None = None
    deliverable: str | None = None


@dataclass(frozen=True, kw_only=True)
class State:
    """What is known of a target at a day.

    Attributes:
        status: ``unreported`` until a report says another.
        executed_amount: all that was spent up to the day, not what came since the last report.
        currency: that of the amount; the two are given and taken back together.
        evidence: the addresses of all reports, in their order: none takes away another's.
        last_report: the day that the last report speaks of.
        report_count: how many reports are laid one over the other.
        fields_from: the id of the report that each known field is from.
    """

    status: str = UNREPORTED
    publication_status: str | None = None
    actual_start: PartialDate | None = None
    actual_end: PartialDate | None = None
    percent_complete: Decimal | None = None
    executed_amount: Decimal | None = None
    currency: str | None = None
    evidence: tuple[str, ...] = ()
    difficulties: str | None = None
    note: str | None = None
    last_report: date | None = None
    report_count: int = 0
    fields_from: dict[str, str] = field(default_factory=dict)

    @property
    def progress(self) -> Decimal | None:
        """Give the percentage done; None when it is not known, or is cancelled.

        Completed is 100 and not started 0, whatever percentage an earlier report gave
        (design: plan model, section 4, progress).
        """
        if self.status == "completed":
            return Decimal(100)
        if self.status == "not_started":
            return Decimal(0)
        if self.percent_complete is None or self.status not in ("in_progress", "suspended"):
            return None
        return min(max(self.percent_complete, Decimal(0)), Decimal(100))


#: What is known of a target on which nobody has reported.
NOTHING = State()


def get_target(report: Report) -> Target:
    """Give what a report is on."""
    return Target(report.milestone, report.activity_no, report.deliverable)


def order_report(report: Report) -> tuple[date, str]:
    """Give the place of a report in time: the day that it speaks of, then when it came.

    A month is spoken of when it is over. Reports of one moment stay in the order given.
    """
    return report.as_of.last_day, report.recorded or ""


def lay_over(reports: Iterable[Report], today: date) -> dict[Target, State]:
    """Lay reports one over the other.

    Args:
        reports: those that count (approved, where the portal asks for that), in any order.
        today: later reports are not looked at.

    Returns:
        What is known of each target that was reported on; others are not in it.
    """
    known: dict[Target, dict[str, Any]] = {}
    placed = [(order_report(report), report) for report in reports]
    placed.sort(key=itemgetter(0))
    for (day, _), report in placed:
        if day > today:
            break
        target = get_target(report)
        if target not in known:
            known[target] = {"report_count": 0, "fields_from": {}}
        _lay(known[target], report, day)
    return {target: State(**values) for target, values in known.items()}


def lay_one(state: State, report: Report) -> State:
    """Lay one more report over what is known of its target."""
    values = {**vars(state), "fields_from": dict(state.fields_from)}
    _lay(values, report, report.as_of.last_day)
    return State(**values)


def _lay(values: dict[str, Any], report: Report, day: date) -> None:
    sources: dict[str, str] = values["fields_from"]
    for name in report.cleared:
        names = ("executed_amount", "currency") if name == "executed_amount" else (name,)
        for gone in names:
            values.pop(gone, None)
            sources.pop(gone, None)
    for name in _LAST_WINS:
        value = getattr(report, name)
        if value is not None:
            values[name] = value
            sources[name] = report.id
    if report.executed_amount is not None:
        values["executed_amount"] = report.executed_amount
        values["currency"] = report.currency or values.get("currency")
        sources["executed_amount"] = sources["currency"] = report.id
    if report.evidence:
        values["evidence"] = tuple(dict.fromkeys((*values.get("evidence", ()), *report.evidence)))
        sources["evidence"] = report.id
    values["report_count"] += 1
    values["last_report"] = day
