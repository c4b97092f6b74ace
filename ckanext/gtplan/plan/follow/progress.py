"""Progress of activities, milestones, commitments and plans: pure functions of a day.

Null is not zero: what nobody reports has no progress, is counted apart, and is late only where
somebody reports on its milestone and has let a date pass. What is cancelled is left out
(design: plan model, section 4, and "unknown is not late").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ..model import ActionPlan, Activity, Commitment, Milestone, Report
from ..money import Money
from .budget import compare_budget, list_planned
from .completion import compare_completion
from .coverage import (
    DeliverableFacts,
    DeliverableMeasures,
    measure_deliverable,
    sum_coverage,
)
from .measures import ActivityMeasures, Exact, Measures, count_units
from .reporting import NOTHING, State, Target, lay_over
from .rollup import REPORT_EVERY, Parts, make_measures, roll_up
from .schedule import Period, judge_schedule, read_period
from .weights import Weighable, Weighing, weigh

_HUNDRED = Decimal(100)
_ZERO = Decimal(0)
_NO_FACTS = DeliverableFacts()
#: What the level above weighs a milestone by.
_PLACE = ("weight", "planned_start", "planned_end", "is_date_doubtful")


def judge_day(plan: ActionPlan | None, today: date) -> date:
    """Give the day at which a plan is judged.

    Args:
        plan: a closed one is judged at its closing date: ``closed_on``, else the end of its
            period.
        today: every other is judged on this day.
    """
    if plan is None or plan.status != "closed":
        return today
    closing = plan.closed_on or plan.period_end
    return min(today, closing.last_day) if closing else today


# One unit of work


def measure_activity(
    activity: Activity | Milestone,
    state: State,
    today: date,
    *,
    is_reporting: bool,
    weight: Decimal | None = None,
) -> ActivityMeasures:
    """Measure an activity, or a milestone that is reported on as a whole.

    Args:
        activity: what is planned.
        state: what is reported on it.
        today: the day at which it is judged.
        is_reporting: somebody has reported on its milestone.
        weight: as it counts in its milestone.
    """
    return _measure_unit(activity, _read(activity), state, today, is_reporting, weight)


def _read(planned: Activity | Milestone) -> Period:
    return read_period(
        planned.planned_start,
        planned.planned_end,
        planned.baseline_end,
        planned.is_date_doubtful,
    )


def _measure_unit(
    activity: Activity | Milestone,
    period: Period,
    state: State,
    today: date,
    is_reporting: bool,
    weight: Decimal | None,
) -> ActivityMeasures:
    return ActivityMeasures(
        activity_no=getattr(activity, "activity_no", None),
        status=state.status,
        weight=weight,
        schedule=judge_schedule(
            period, state.status, state.actual_end, today, is_reporting=is_reporting
        ),
        actual_start=state.actual_start,
        actual_end=state.actual_end if state.status == "completed" else None,
        has_evidence=bool(state.evidence),
        last_report=state.last_report,
        is_dated=period.days is not None,
        is_doubtful=period.is_doubtful,
        exact=_compute_exact(period, state, today),
    )


def _compute_exact(period: Period, state: State, today: date) -> Exact:
    if state.status == "cancelled":
        return Exact()
    progress, expected = state.progress, period.compute_expected(today)
    is_compared = progress is not None and expected is not None
    return Exact(
        progress=progress,
        expected=expected,
        compared_progress=progress if is_compared else None,
        compared_expected=expected if is_compared else None,
        floor=progress or _ZERO,
        known=_ZERO if progress is None else _HUNDRED,
        is_complete=progress == 100,
        is_zero=not progress,
    )


# A milestone


def measure_milestone(
    milestone: Milestone,
    states: Mapping[Target, State],
    today: date,
    facts: Mapping[Target, DeliverableFacts] | None = None,
    report_every: int = REPORT_EVERY,
) -> Measures:
    """Measure a milestone by its activities; by its own report where it has none.

    Args:
        milestone: what is planned.
        states: what is reported, of this milestone and maybe of others (``lay_over``).
        today: the day at which it is judged (``judge_day``).
        facts: what the portal holds of its deliverables, by target.
        report_every: days between two reports; after one and a half times as many, they
            are stale.
    """
    own = states.get(Target(milestone.id))
    found = [states.get(Target(milestone.id, row.activity_no)) for row in milestone.activities]
    reported = _list_reported(milestone, states)
    is_reporting = bool(reported)
    rows = milestone.activities or (milestone,)
    known = [state or NOTHING for state in (found or [own])]
    units, weighing = _measure_units(rows, known, today, is_reporting)
    deliverables = _measure_deliverables(milestone, states, facts or {}, today, is_reporting)
    executed = _list_executed(own, [state for state in found if state])
    parts = Parts(
        rows=units,
        weighing=weighing,
        counts=count_units(units),
        delays=[unit.schedule.variance_days for unit in units],
        budget=compare_budget(list_planned(milestone), executed),
        coverage=sum_coverage(deliverables),
        last_report=max((s.last_report for s in reported if s.last_report), default=None),
        is_reporting=is_reporting,
    )
    more = {name: getattr(milestone, name) for name in _PLACE}
    more |= {"activities": units if milestone.activities else (), "deliverables": deliverables}
    return make_measures(milestone.id, today, parts, _read(milestone), report_every, more)


def _list_reported(milestone: Milestone, states: Mapping[Target, State]) -> list[State]:
    """List what is reported on a milestone, its activities and its deliverables."""
    name = milestone.id
    targets = [
        Target(name),
        *(Target(name, row.activity_no) for row in milestone.activities),
        *(Target(name, None, row.key) for row in milestone.expected_deliverables),
    ]
    found = (states.get(target) for target in targets)
    return [state for state in found if state is not None and state.report_count]


def _measure_deliverables(
    milestone: Milestone,
    states: Mapping[Target, State],
    facts: Mapping[Target, DeliverableFacts],
    today: date,
    is_reporting: bool,
) -> tuple[DeliverableMeasures, ...]:
    measured = []
    for row in milestone.expected_deliverables:
        target = Target(milestone.id, None, row.key)
        held, state = facts.get(target, _NO_FACTS), states.get(target)
        measured.append(measure_deliverable(row, state, held, today, is_reporting=is_reporting))
    return tuple(measured)


def _measure_units(
    rows: Sequence[Activity | Milestone],
    states: Sequence[State],
    today: date,
    is_reporting: bool,
) -> tuple[tuple[ActivityMeasures, ...], Weighing]:
    triples = [(row, _read(row), state) for row, state in zip(rows, states, strict=True)]
    weighing = weigh(
        [
            Weighable(row.weight, period.days, period.is_doubtful)
            for row, period, state in triples
            if state.status != "cancelled"
        ]
    )
    weights = iter(weighing.weights)
    units = []
    for row, period, state in triples:
        weight = None if state.status == "cancelled" else next(weights)
        units.append(_measure_unit(row, period, state, today, is_reporting, weight))
    return tuple(units), weighing


def _list_executed(own: State | None, states: Iterable[State]) -> list[Money]:
    """List what was spent: the milestone's own amount, in other currencies its activities'."""
    whole = _read_amount(own) if own else None
    parts = [money for state in states if (money := _read_amount(state))]
    if whole is None:
        return parts
    return [whole, *(part for part in parts if part.currency != whole.currency)]


def _read_amount(state: State) -> Money | None:
    if state.executed_amount is None or state.currency is None:
        return None
    return Money(amount=state.executed_amount, currency=state.currency)


# What is made of parts


def measure_commitment(
    commitment: Commitment,
    milestones: Sequence[Measures],
    today: date,
    report_every: int = REPORT_EVERY,
) -> Measures:
    """Measure a commitment by its milestones; one without any has no progress."""
    gap = compare_completion(commitment.self_completion, commitment.irm_completion)
    return roll_up(
        commitment.id,
        milestones,
        today,
        start=commitment.start_date,
        end=commitment.end_date,
        baseline_end=commitment.baseline_end,
        report_every=report_every,
        more={
            "weight": commitment.weight,
            "self_vs_irm_gap": gap,
            "is_withdrawn": commitment.status == "withdrawn",
        },
    )


def measure_plan(
    plan: ActionPlan,
    commitments: Sequence[Measures],
    today: date,
    report_every: int = REPORT_EVERY,
) -> Measures:
    """Measure a plan by its commitments."""
    return roll_up(
        plan.id,
        commitments,
        today,
        start=plan.period_start,
        end=plan.period_end,
        report_every=report_every,
    )


# A whole plan


@dataclass(frozen=True, kw_only=True)
class Tree:
    """The figures of a plan and of all that is in it, by id, at one day."""

    today: date
    plan: Measures | None
    commitments: dict[str, Measures]
    milestones: dict[str, Measures]


def measure_tree(
    plan: ActionPlan | None,
    commitments: Iterable[Commitment],
    milestones: Iterable[Milestone],
    reports: Iterable[Report],
    today: date,
    facts: Mapping[Target, DeliverableFacts] | None = None,
    report_every: int = REPORT_EVERY,
) -> Tree:
    """Measure a whole plan, each part once.

    Args:
        plan: None for records whose plan is not known.
        commitments: those of the plan.
        milestones: those of the commitments.
        reports: those that count.
        today: the day; a closed plan is judged at its closing date.
        facts: what the portal holds of the deliverables, by target.
        report_every: days between two reports.
    """
    day = judge_day(plan, today)
    states = lay_over(reports, day)
    below: dict[str, list[Measures]] = {}
    measured = {}
    for milestone in milestones:
        measures = measure_milestone(milestone, states, day, facts, report_every)
        measured[milestone.id] = measures
        below.setdefault(milestone.commitment, []).append(measures)
    rolled = {
        c.id: measure_commitment(c, below.get(c.id, ()), day, report_every) for c in commitments
    }
    return Tree(
        today=day,
        plan=measure_plan(plan, list(rolled.values()), day, report_every) if plan else None,
        commitments=rolled,
        milestones=measured,
    )
