"""From the figures of parts to those of the whole: the same rules at every level."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from ..dates import PartialDate
from .budget import Spending, add_budgets
from .completion import suggest_within
from .coverage import Coverage, add_coverage
from .measures import ActivityMeasures, Counts, Exact, Measures, add_counts
from .reporting import UNREPORTED
from .rounding import compute_rate, round_half_up, round_percent
from .schedule import Period, judge_schedule, read_period
from .weights import Weighable, Weighing, compute_mean, weigh

#: How often institutions are to report, in days, where the portal does not say another.
REPORT_EVERY = 90
#: Stale after so many times that (design: plan model, section 4, freshness).
_PATIENCE = Decimal("1.5")
_ZERO = Decimal(0)


def roll_up(
    record_id: str,
    children: Sequence[Measures],
    today: date,
    *,
    start: PartialDate | None = None,
    end: PartialDate | None = None,
    baseline_end: PartialDate | None = None,
    report_every: int = REPORT_EVERY,
    more: Mapping[str, Any] | None = None,
) -> Measures:
    """Make the figures of a record of those of its parts, by the same rules at every level.

    What was withdrawn is left out as what was cancelled is: of everything but the budget.

    Args:
        record_id: whose figures they are.
        children: the figures of its parts, at the same day.
        today: that day.
        start: when the record itself is planned to start.
        end: when it is planned to end.
        baseline_end: when it was first planned to end, if that was changed.
        report_every: days between two reports.
        more: further fields of ``Measures``.
    """
    budget = add_budgets(child.budget for child in children)
    children = [child for child in children if not child.is_withdrawn]
    weighing = weigh([_get_weighable(c) for c in children if c.status != "cancelled"])
    parts = Parts(
        rows=children,
        weighing=weighing,
        counts=add_counts(child.counts for child in children),
        delays=[child.longest_delay_days for child in children],
        budget=budget,
        coverage=add_coverage(child.coverage for child in children),
        last_report=max((c.last_report for c in children if c.last_report), default=None),
        is_reporting=any(child.is_reporting for child in children),
    )
    period = read_period(start, end, baseline_end, False)
    shown = {"planned_start": start, "planned_end": end, **(more or {})}
    return make_measures(record_id, today, parts, period, report_every, shown)


def _get_weighable(child: Measures) -> Weighable:
    period = read_period(child.planned_start, child.planned_end, None, child.is_date_doubtful)
    return Weighable(child.weight, period.days, period.is_doubtful)


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The parts of a record, and what is added up or counted of them.

    Attributes:
        rows: the figures of each, the cancelled too.
        weighing: the weights of those that are not cancelled.
        delays: days late of each.
        last_report: the day of the last one on any of them.
    """

    rows: Sequence[ActivityMeasures] | Sequence[Measures]
    weighing: Weighing
    counts: Counts
    delays: Iterable[int | None]
    budget: Mapping[str, Spending]
    coverage: Coverage
    last_report: date | None
    is_reporting: bool

    @property
    def status(self) -> str:
        """Make one status of those of the parts; what is cancelled is left out."""
        counted = {row.status for row in self.rows if row.status != "cancelled"}
        if not counted:
            return "cancelled" if self.rows else UNREPORTED
        if counted == {"completed"}:
            return "completed"
        if counted & {"in_progress", "completed"}:
            return "in_progress"
        return next((code for code in ("suspended", "not_started") if code in counted), UNREPORTED)

    @property
    def actual_start(self) -> PartialDate | None:
        """Give the day on which the first part was begun."""
        starts = [row.actual_start for row in self.rows if row.actual_start]
        return min(starts, key=lambda start: start.first_day, default=None)

    @property
    def actual_end(self) -> PartialDate | None:
        """Give the day on which the last part was completed; None before, or if not known."""
        ends = [row.actual_end for row in self.rows if row.status != "cancelled"]
        known = [end for end in ends if end]
        if self.status != "completed" or len(known) < len(ends):
            return None
        return max(known, key=lambda end: end.last_day)

    @property
    def exact(self) -> Exact:
        """Give the weighted means; what has no figure is left out of each."""
        counted = [row.exact for row in self.rows if row.status != "cancelled"]
        if not counted:
            return Exact(floor=_ZERO, known=_ZERO)
        pairs = list(zip(counted, self.weighing.weights, strict=True))
        return Exact(
            progress=compute_mean((each.progress, weight) for each, weight in pairs),
            expected=compute_mean((each.expected, weight) for each, weight in pairs),
            compared_progress=compute_mean((e.compared_progress, weight) for e, weight in pairs),
            compared_expected=compute_mean((e.compared_expected, weight) for e, weight in pairs),
            floor=compute_mean((each.floor, weight) for each, weight in pairs),
            known=compute_mean((each.known, weight) for each, weight in pairs),
            is_complete=all(each.is_complete for each in counted),
            is_zero=all(each.is_zero for each in counted),
        )


def make_measures(
    record_id: str,
    today: date,
    parts: Parts,
    period: Period,
    report_every: int,
    more: Mapping[str, Any],
) -> Measures:
    """Make the figures of a record of its parts and its own planned dates.

    Args:
        record_id: whose figures they are.
        today: the day at which it is judged.
        parts: its parts.
        period: when the record itself is planned.
        report_every: days between two reports.
        more: further fields of ``Measures``.
    """
    status, counts, actual_end = parts.status, parts.counts, parts.actual_end
    return Measures(
        record_id=record_id,
        today=today,
        status=status,
        weight_rule=parts.weighing.rule,
        weight_reason=parts.weighing.reason,
        counts=counts,
        schedule=judge_schedule(period, status, actual_end, today, is_reporting=parts.is_reporting),
        longest_delay_days=max((days for days in parts.delays if days and days > 0), default=None),
        on_time_rate=compute_rate(counts.on_time, counts.due),
        evidence_rate=compute_rate(counts.evidenced, counts.completed),
        budget=parts.budget,
        coverage=parts.coverage,
        actual_start=parts.actual_start,
        actual_end=actual_end,
        last_report=parts.last_report,
        is_reporting=parts.is_reporting,
        **_judge_freshness(parts, today, report_every),
        **_show_progress(parts.exact),
        **more,
    )


def _show_progress(exact: Exact) -> dict[str, Any]:
    return {
        "progress": exact.show(),
        "progress_floor": _show_share(exact.floor) if exact.progress is not None else None,
        "known_percent": _show_share(exact.known),
        "expected": _show(exact.expected),
        "compared_progress": _show(exact.compared_progress),
        "compared_expected": _show(exact.compared_expected),
        "deviation": exact.deviation,
        "spi": exact.spi,
        "suggested_completion": _suggest(exact),
        "exact": exact,
    }


def _show_share(value: Decimal | None) -> Decimal | None:
    """Round a share of the whole: 0 says "nothing" and 100 "all"."""
    if value is None:
        return None
    return round_percent(value, is_all=value >= 100, is_none=value == 0)


def _show(value: Decimal | None) -> Decimal | None:
    return None if value is None else round_half_up(value)


def _judge_freshness(parts: Parts, today: date, report_every: int) -> dict[str, Any]:
    """Tell how old the last report is; what is finished needs no more of them."""
    if parts.last_report is None:
        return {"freshness_days": None, "is_stale": None}
    days = (today - parts.last_report).days
    is_open = parts.status not in ("completed", "cancelled")
    return {"freshness_days": days, "is_stale": is_open and days > _PATIENCE * report_every}


def _suggest(exact: Exact) -> str | None:
    if exact.progress is None or exact.floor is None or exact.known is None:
        return None
    return suggest_within(exact.floor, exact.floor + 100 - exact.known)
