"""Makes activities, what is known of them, and milestones of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from ckanext.gtplan.plan.dates import PartialDate
from ckanext.gtplan.plan.follow.measures import ActivityMeasures, Measures
from ckanext.gtplan.plan.follow.progress import measure_activity, measure_milestone
from ckanext.gtplan.plan.follow.reporting import State, Target
from ckanext.gtplan.plan.model import Activity, Milestone

TODAY = date(2020, 6, 15)
DATES = (
    "planned_start",
    "planned_end",
    "baseline_start",
    "baseline_end",
    "actual_start",
    "actual_end",
    "start_date",
    "end_date",
    "period_end",
    "closed_on",
)


def read(values: Mapping[str, Any]) -> dict[str, Any]:
    """Read the dates that are written as texts, and the numbers as Decimals."""
    read_values = dict(values)
    for name, value in values.items():
        if name in DATES and isinstance(value, str):
            read_values[name] = PartialDate.parse(value)
        if name in ("weight", "percent_complete", "planned_cost", "executed_amount"):
            read_values[name] = Decimal(value)
    return read_values


def plan_row(number: str = "01", **values: Any) -> Activity:
    """Make a planned activity."""
    return Activity(activity_no=number, name=number, **read(values))


def say(status: str = "unreported", percent: int | str | None = None, **values: Any) -> State:
    """Make what is known of an activity."""
    if percent is not None:
        values["percent_complete"] = percent
    return State(status=status, report_count=1, last_report=date(2020, 6, 1), **read(values))


def judge(
    state: State, today: date = TODAY, *, is_reporting: bool = True, **values: Any
) -> ActivityMeasures:
    """Measure an activity by itself."""
    return measure_activity(plan_row(**values), state, today, is_reporting=is_reporting)


def measure(
    rows: Sequence[Activity],
    states: Sequence[State | None],
    today: date = TODAY,
    own: State | None = None,
    **values: Any,
) -> Measures:
    """Measure a milestone whose activities have these states, in their order."""
    milestone = Milestone(id="m", title="m", commitment="c", activities=tuple(rows), **read(values))
    known = {
        Target("m", row.activity_no): state
        for row, state in zip(rows, states, strict=True)
        if state is not None
    }
    if own is not None:
        known[Target("m")] = own
    return measure_milestone(milestone, known, today)


def rows(count: int, **values: Any) -> list[Activity]:
    """Make activities that are alike."""
    return [plan_row(f"{n:02d}", **values) for n in range(1, count + 1)]
