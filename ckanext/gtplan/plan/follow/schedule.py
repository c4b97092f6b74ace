"""Planned dates against a day: what is late, early, overdue, and how much should be done.

A month starts on its first day and ends on its last. From a date that is in doubt nothing is
computed (design: plan model, section 4).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from ..dates import PartialDate, get_month_end, is_inverted
from .measures import Schedule
from .reporting import UNREPORTED


@dataclass(frozen=True, slots=True)
class Period:
    """The planned dates of something, read once.

    Attributes:
        start: first day; None when not known, or in doubt.
        end: last day.
        planned_end: the end with its precision.
        baseline_end: the end as first published; the planned one where it never moved.
    """

    start: date | None
    end: date | None
    planned_end: PartialDate | None
    baseline_end: PartialDate | None
    is_doubtful: bool

    @property
    def days(self) -> int | None:
        """Count the planned days, the first and the last included."""
        if self.start is None or self.end is None:
            return None
        return (self.end - self.start).days + 1

    @property
    def slip_days(self) -> int | None:
        """Count the days by which the planned end has moved since it was first published."""
        if self.planned_end is None or self.baseline_end is None:
            return None
        if self.planned_end is self.baseline_end:
            return 0
        return count_days(self.planned_end, self.baseline_end)

    def compute_expected(self, today: date) -> Decimal | None:
        """Compute what should be done on a day, as a percentage of the planned days."""
        days = self.days
        if days is None or self.start is None:
            return None
        passed = (today - self.start).days + 1
        return Decimal(100 * min(max(passed, 0), days)) / days


@lru_cache(maxsize=4096)  # parts of a plan share their dates
def read_period(
    start: PartialDate | None,
    end: PartialDate | None,
    baseline_end: PartialDate | None,
    is_date_doubtful: bool,
) -> Period:
    """Read planned dates; a period that ends before it starts is in doubt, too."""
    if is_date_doubtful or is_inverted(start, end):
        return Period(None, None, None, None, True)
    return Period(
        start.first_day if start else None,
        end.last_day if end else None,
        end,
        baseline_end or end,
        False,
    )


def count_days(actual: PartialDate, planned: PartialDate) -> int:
    """Count the days by which something ended after it should have; negative when before.

    A month is compared with a month, a year with a year: within the same one it is 0.
    """
    last = planned.last_day
    if actual.day is None:
        last = get_month_end(last.year, 12 if actual.month is None else last.month)
    return (actual.last_day - last).days


def judge_schedule(
    period: Period,
    status: str,
    actual_end: PartialDate | None,
    today: date,
    *,
    is_reporting: bool,
) -> Schedule:
    """Judge something against its dates.

    Args:
        period: its planned dates.
        status: a code of ``activity_status``.
        actual_end: the day it was completed, if that is known.
        today: the day at which it is judged.
        is_reporting: somebody reports on its milestone; without that, what is unreported
            is not late.
    """
    slip = period.slip_days
    if status == "cancelled" or (status == UNREPORTED and not is_reporting):
        return Schedule(slip_days=slip)
    if status == "completed":
        return _judge_finished(period, actual_end, slip)
    is_overdue = period.end is not None and period.end < today
    return Schedule(
        variance_days=_count_open(period.planned_end, today),
        baseline_variance_days=_count_open(period.baseline_end, today),
        slip_days=slip,
        is_overdue=is_overdue,
        is_late_start=(
            status == "not_started" and period.start is not None and period.start < today
        ),
        is_on_time=False if is_overdue else None,
    )


def _judge_finished(period: Period, actual_end: PartialDate | None, slip: int | None) -> Schedule:
    if actual_end is None or period.planned_end is None or period.baseline_end is None:
        return Schedule(slip_days=slip)
    variance = count_days(actual_end, period.planned_end)
    return Schedule(
        variance_days=variance,
        baseline_variance_days=count_days(actual_end, period.baseline_end),
        slip_days=slip,
        is_late_finish=variance > 0,
        is_on_time=variance <= 0,
    )


def _count_open(end: PartialDate | None, today: date) -> int | None:
    return max(0, (today - end.last_day).days) if end else None
