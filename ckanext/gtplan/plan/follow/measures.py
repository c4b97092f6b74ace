"""The figures on progress, as data: what ``progress`` computes and pages, tables and feeds show.

Percentages are Decimals with one decimal. None is "not known" and never zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import NamedTuple

from ..dates import PartialDate
from .budget import Spending
from .coverage import Coverage, DeliverableMeasures
from .rounding import HUNDREDTH, round_half_up, round_percent


class Exact(NamedTuple):
    """Figures before rounding, which the level above takes.

    Attributes:
        progress: over what is reported.
        expected: over what is dated.
        compared_progress: progress over what is both reported and dated.
        compared_expected: expected progress over the same.
        floor: progress if all that is not reported were at zero.
        known: how much of the weight is reported, as a percentage.
        is_complete: everything is at 100; what is not known is not.
        is_zero: everything that is known is at 0.
    """

    progress: Decimal | None = None
    expected: Decimal | None = None
    compared_progress: Decimal | None = None
    compared_expected: Decimal | None = None
    floor: Decimal | None = None
    known: Decimal | None = None
    is_complete: bool = False
    is_zero: bool = True

    def show(self) -> Decimal | None:
        """Round progress: 100 only when everything is at 100, 0 only when all known is at 0."""
        if self.progress is None:
            return None
        return round_percent(self.progress, is_all=self.is_complete, is_none=self.is_zero)

    @property
    def deviation(self) -> Decimal | None:
        """Give compared progress less compared expected progress, in points."""
        if self.compared_progress is None or self.compared_expected is None:
            return None
        return round_half_up(self.compared_progress - self.compared_expected)

    @property
    def spi(self) -> Decimal | None:
        """Give compared progress over compared expected progress, to two decimals."""
        if self.compared_progress is None or not self.compared_expected:
            return None
        return round_half_up(self.compared_progress / self.compared_expected, HUNDREDTH)


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """How something stands against its dates.

    Attributes:
        variance_days: days late against the current plan, negative when early.
        baseline_variance_days: the same against the dates as first published.
        slip_days: how far the planned end has moved since then.
        is_on_time: None for what cannot be judged (yet).
    """

    variance_days: int | None = None
    baseline_variance_days: int | None = None
    slip_days: int | None = None
    is_overdue: bool = False
    is_late_start: bool = False
    is_late_finish: bool = False
    is_on_time: bool | None = None


@dataclass(frozen=True, kw_only=True)
class ActivityMeasures:
    """The figures of an activity, or of a milestone that has none.

    Attributes:
        activity_no: None for a milestone that is reported on as a whole.
        weight: as it counts in its milestone; None when it does not (cancelled).
        is_dated: it has both dates and neither is in doubt.
        is_doubtful: a date is in doubt: nothing is computed from its dates.
    """

    activity_no: str | None
    status: str
    weight: Decimal | None
    schedule: Schedule
    actual_start: PartialDate | None
    actual_end: PartialDate | None
    has_evidence: bool
    last_report: date | None
    is_dated: bool
    is_doubtful: bool
    exact: Exact

    @property
    def progress(self) -> Decimal | None:
        """Give the percentage done; None when nobody says it."""
        return self.exact.show()

    @property
    def expected(self) -> Decimal | None:
        """Give the percentage of the planned days that have passed."""
        return None if self.exact.expected is None else round_half_up(self.exact.expected)

    @property
    def deviation(self) -> Decimal | None:
        """Give progress less expected, in points."""
        return self.exact.deviation

    @property
    def spi(self) -> Decimal | None:
        """Give progress over expected."""
        return self.exact.spi


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many units of work are what: activities, and milestones that have none.

    Attributes:
        total: all of them, the cancelled too.
        unmeasured: not cancelled, and no percentage is known: the unreported, and those
            reported as begun without saying how far.
        overdue: late now; late_start, late_finish: begun or finished late.
        due: what on_time is counted of.
        undated_done: completed, and nobody says when.
        evidenced: completed, with evidence.
        undated: without one of the planned dates.
        doubtful: with a date in doubt.
    """

    total: int = 0
    unreported: int = 0
    not_started: int = 0
    in_progress: int = 0
    completed: int = 0
    suspended: int = 0
    cancelled: int = 0
    unmeasured: int = 0
    overdue: int = 0
    late_start: int = 0
    late_finish: int = 0
    due: int = 0
    on_time: int = 0
    undated_done: int = 0
    evidenced: int = 0
    undated: int = 0
    doubtful: int = 0


def count_units(units: Iterable[ActivityMeasures]) -> Counts:
    """Count units of work by what they are."""
    names = (("total", unit.status, *_list_counted(unit)) for unit in units)
    return Counts(**Counter(chain.from_iterable(names)))


def _list_counted(unit: ActivityMeasures) -> Iterator[str]:
    if unit.status == "cancelled":
        return
    schedule = unit.schedule
    if unit.exact.progress is None:
        yield "unmeasured"
    if schedule.is_overdue:
        yield "overdue"
    if schedule.is_late_start:
        yield "late_start"
    if schedule.is_late_finish:
        yield "late_finish"
    if schedule.is_on_time is not None:
        yield "due"
    if schedule.is_on_time:
        yield "on_time"
    if unit.is_doubtful:
        yield "doubtful"
    elif not unit.is_dated:
        yield "undated"
    if unit.status == "completed":
        if unit.has_evidence:
            yield "evidenced"
        if unit.actual_end is None:
            yield "undated_done"


def add_counts(counts: Iterable[Counts]) -> Counts:
    """Add the counts of several records."""
    columns = zip(*(vars(each).values() for each in counts), strict=True)
    return Counts(**dict(zip(vars(Counts()), map(sum, columns), strict=False)))


@dataclass(frozen=True, kw_only=True)
class Measures:
    """The figures of a milestone, a commitment or a plan at a day.

    Attributes:
        record_id: whose figures they are.
        today: the day at which it is judged.
        status: made of the status of its parts.
        progress: over what is reported; ``known_percent`` tells how much of it that is.
        progress_floor: progress if all that is not reported were at zero.
        expected: what should be done by now, over what is dated.
        deviation: progress less expected, in points, over what is both reported and dated
            (``compared_progress`` less ``compared_expected``); ``spi`` is their ratio.
        weight_rule: ``weights``, ``days`` or ``equal``.
        weight_reason: why: ``all_weighted``, ``all_dated``, ``doubtful_dates``,
            ``missing_dates``, ``no_rows``.
        schedule: the record against its own dates.
        longest_delay_days: of its parts, the one that is latest; None when none is late.
        on_time_rate: of what was due or is finished, what was finished in time.
        budget: by currency; currencies are never added.
        is_stale: reported too long ago; None when nothing was ever reported.
        is_reporting: somebody has reported on it.
        suggested_completion: a code of ``completion``; None when what is not reported
            could make it another.
        self_vs_irm_gap: steps between what the institution and the reviewers say.
        is_withdrawn: a commitment that its plan's figures leave out, but for the budget.
    """

    record_id: str
    today: date
    status: str
    progress: Decimal | None
    progress_floor: Decimal | None
    known_percent: Decimal | None
    expected: Decimal | None
    compared_progress: Decimal | None
    compared_expected: Decimal | None
    deviation: Decimal | None
    spi: Decimal | None
    weight_rule: str
    weight_reason: str
    counts: Counts
    schedule: Schedule
    longest_delay_days: int | None
    on_time_rate: Decimal | None
    evidence_rate: Decimal | None
    budget: Mapping[str, Spending]
    coverage: Coverage
    actual_start: PartialDate | None
    actual_end: PartialDate | None
    last_report: date | None
    freshness_days: int | None
    is_stale: bool | None
    is_reporting: bool
    suggested_completion: str | None
    self_vs_irm_gap: int | None = None
    is_withdrawn: bool = False
    #: its place among its siblings: what the level above weighs it by
    weight: Decimal | None = None
    planned_start: PartialDate | None = None
    planned_end: PartialDate | None = None
    is_date_doubtful: bool = False
    #: of a milestone only
    activities: tuple[ActivityMeasures, ...] = ()
    deliverables: tuple[DeliverableMeasures, ...] = ()
    exact: Exact = field(default=Exact(), repr=False)

    @property
    def is_late(self) -> bool:
        """Tell whether the record itself or a part of it is overdue."""
        is_past = self.schedule.is_overdue or self.counts.overdue > 0
        return is_past and not self.is_withdrawn
