"""What holds of the figures whatever is planned and reported."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ckanext.gtplan.plan.dates import PartialDate
from ckanext.gtplan.plan.follow.measures import Measures
from ckanext.gtplan.plan.follow.progress import Tree, measure_milestone, measure_tree
from ckanext.gtplan.plan.follow.reporting import NOTHING, State, Target, lay_over
from ckanext.gtplan.plan.follow.rounding import compute_rate, round_half_up
from ckanext.gtplan.plan.model import ActionPlan, Activity, Commitment, Milestone, Report

FIRST, LAST = date(2018, 1, 1), date(2021, 12, 31)
STATUSES = ("not_started", "in_progress", "completed", "suspended", "cancelled")

days = st.dates(FIRST, LAST)
exact_dates = days.map(lambda day: PartialDate(year=day.year, month=day.month, day=day.day))
partial_dates = st.one_of(
    exact_dates,
    days.map(lambda day: PartialDate(year=day.year, month=day.month)),
    days.map(lambda day: PartialDate(year=day.year)),
)
amounts = st.decimals(0, 10**9, places=2)
weights = st.none() | st.decimals(0, 100, places=1)
activities = st.builds(
    Activity,
    activity_no=st.just(""),
    name=st.just("a"),
    planned_start=st.none() | partial_dates,
    planned_end=st.none() | partial_dates,
    baseline_end=st.none() | partial_dates,
    is_date_doubtful=st.booleans(),
    weight=weights,
    planned_cost=st.none() | amounts,
    currency=st.sampled_from(["GTQ", "USD"]),
)
states = st.builds(
    State,
    status=st.sampled_from(["unreported", *STATUSES]),
    percent_complete=st.none() | st.decimals(0, 100, places=2),
    actual_end=st.none() | partial_dates,
    executed_amount=st.none() | amounts,
    currency=st.sampled_from(["GTQ", "USD"]),
    evidence=st.sampled_from([(), ("https://datos.example.gt/a",)]),
    last_report=days,
    report_count=st.just(1),
)


def make_milestone(rows: list[Activity], name: str = "m") -> Milestone:
    """Make a milestone of activities, numbered in their order."""
    numbered = tuple(replace(row, activity_no=f"{n}") for n, row in enumerate(rows))
    return Milestone(id=name, title="m", commitment="c", activities=numbered)


def measure(rows: list[Activity], known: list[State], today: date) -> Measures:
    """Measure a milestone whose activities have these states."""
    milestone = make_milestone(rows)
    found = {Target("m", f"{n}"): state for n, state in enumerate(known) if state is not NOTHING}
    return measure_milestone(milestone, found, today)


pairs = st.lists(st.tuples(activities, st.just(NOTHING) | states), min_size=1, max_size=6)


@given(pairs, days)
def test_figures_stay_in_their_bounds(both: list[tuple[Activity, State]], today: date) -> None:
    measures = measure([row for row, _ in both], [state for _, state in both], today)
    for value in (
        measures.progress,
        measures.progress_floor,
        measures.known_percent,
        measures.expected,
        measures.compared_progress,
        measures.compared_expected,
        measures.on_time_rate,
        measures.evidence_rate,
    ):
        assert value is None or 0 <= value <= 100
    assert measures.deviation is None or -100 <= measures.deviation <= 100
    assert measures.spi is None or measures.spi >= 0
    counts = measures.counts
    by_status = [getattr(counts, name) for name in ("unreported", *STATUSES)]
    assert counts.total == len(both) == sum(by_status)
    assert counts.on_time <= counts.due <= counts.total
    assert counts.evidenced <= counts.completed


@given(pairs, days)
def test_100_is_all_and_0_is_nothing(both: list[tuple[Activity, State]], today: date) -> None:
    measures = measure([row for row, _ in both], [state for _, state in both], today)
    known = [state.progress for _, state in both if state.status != "cancelled"]
    if measures.progress == 100:
        assert set(known) == {Decimal(100)}
    if measures.progress == 0:
        assert set(known) <= {Decimal(0), None}


@given(pairs, days)
def test_null_is_not_zero(both: list[tuple[Activity, State]], today: date) -> None:
    measures = measure([row for row, _ in both], [state for _, state in both], today)
    known = [s for _, s in both if s.status != "cancelled" and s.progress is not None]
    if not known:
        assert (measures.progress, measures.deviation, measures.spi) == (None, None, None)
        assert measures.progress_floor is None
    if all(state.executed_amount is None for _, state in both):
        assert all(spending.executed is None for spending in measures.budget.values())
        assert all(spending.variance is None for spending in measures.budget.values())


@given(st.lists(activities, min_size=1, max_size=6), days)
def test_nothing_is_late_that_nobody_reports_on(rows: list[Activity], today: date) -> None:
    measures = measure(rows, [NOTHING] * len(rows), today)
    assert not measures.is_late
    assert (measures.counts.overdue, measures.counts.due, measures.counts.late_start) == (0, 0, 0)
    assert all(row.schedule.variance_days is None for row in measures.activities)
    assert measures.counts.unreported == len(rows)


percents = st.decimals(0, 100, places=2)


@given(pairs, activities, days, st.tuples(percents, percents).map(sorted))
def test_more_done_never_lowers_progress(
    both: list[tuple[Activity, State]], row: Activity, today: date, steps: list[Decimal]
) -> None:
    rows, known = [*(row for row, _ in both), row], [state for _, state in both]
    first, second = (
        measure(
            rows,
            [*known, State(status="in_progress", percent_complete=step, report_count=1)],
            today,
        )
        for step in steps
    )
    assert (first.progress is None) == (second.progress is None)
    if first.progress is not None and second.progress is not None:
        assert second.progress >= first.progress
        assert second.exact.floor is not None and first.exact.floor is not None
        assert second.exact.floor >= first.exact.floor
    if first.deviation is not None and second.deviation is not None:
        assert second.deviation >= first.deviation


@given(pairs, days, st.integers(1, 400))
def test_expected_never_falls(both: list[tuple[Activity, State]], today: date, later: int) -> None:
    rows, known = [row for row, _ in both], [state for _, state in both]
    first = measure(rows, known, today)
    second = measure(rows, known, today + timedelta(days=later))
    assert (first.expected is None) == (second.expected is None)
    if first.expected is not None and second.expected is not None:
        assert second.expected >= first.expected
    assert second.progress == first.progress
    assert second.counts.overdue >= first.counts.overdue


@given(pairs, states, activities, days)
def test_cancelled_is_as_if_it_were_not_there(
    both: list[tuple[Activity, State]], state: State, row: Activity, today: date
) -> None:
    rows, known = [row for row, _ in both], [state for _, state in both]
    gone = replace(state, status="cancelled", report_count=0, executed_amount=None)
    with_it, without = measure([*rows, row], [*known, gone], today), measure(rows, known, today)
    assert with_it.exact == without.exact
    assert (with_it.weight_rule, with_it.on_time_rate) == (
        without.weight_rule,
        without.on_time_rate,
    )
    assert with_it.counts == replace(
        without.counts, total=len(both) + 1, cancelled=without.counts.cancelled + 1
    )


@given(pairs, days)
def test_doubtful_dates_weigh_nothing(both: list[tuple[Activity, State]], today: date) -> None:
    rows = [replace(row, weight=None, is_date_doubtful=True) for row, _ in both]
    known = [state for _, state in both]
    measures = measure(rows, known, today)
    assert measures.weight_rule == "equal"
    assert (measures.expected, measures.counts.overdue, measures.on_time_rate) == (None, 0, None)
    plain = [state.progress for state in known if state.progress is not None]
    if plain:
        mean = sum(plain, Decimal(0)) / len(plain)
        assert measures.progress is not None
        assert abs(measures.progress - mean) <= Decimal("0.1")


@given(pairs, days, st.data())
def test_the_order_of_the_rows_does_not_matter(
    both: list[tuple[Activity, State]], today: date, data: st.DataObject
) -> None:
    other = data.draw(st.permutations(both))
    one = measure([row for row, _ in both], [state for _, state in both], today)
    two = measure([row for row, _ in other], [state for _, state in other], today)
    for name in ("progress", "expected", "deviation", "spi", "counts", "budget", "weight_rule"):
        assert getattr(one, name) == getattr(two, name)


reports = st.lists(
    st.builds(
        Report,
        id=st.uuids().map(str),
        milestone=st.sampled_from(["m", "n"]),
        activity_no=st.sampled_from(["0", "1", None]),
        as_of=exact_dates,
        recorded=st.uuids().map(str),  # distinct: no two are of one moment
        status=st.none() | st.sampled_from(STATUSES),
        percent_complete=st.none() | st.decimals(0, 100, places=1),
        evidence=st.lists(st.sampled_from("uvw"), max_size=2).map(tuple),
        note=st.none() | st.sampled_from("xyz"),
        cleared=st.sampled_from([(), ("status",), ("evidence", "note")]),
    ),
    max_size=8,
)


@given(reports, days, st.data())
def test_the_order_of_the_reports_does_not_matter(
    given_reports: list[Report], today: date, data: st.DataObject
) -> None:
    other = data.draw(st.permutations(given_reports))
    assert lay_over(given_reports, today) == lay_over(other, today)


@given(reports, days, st.integers(1, 400))
def test_a_day_does_not_know_the_next(given_reports: list[Report], today: date, later: int) -> None:
    past = [report for report in given_reports if report.as_of.last_day <= today]
    known = lay_over(given_reports, today)
    assert known == lay_over(past, today) == lay_over(past, today + timedelta(days=later))
    assert all(state.report_count for state in known.values())


def measure_plan(given_reports: list[Report], today: date) -> Tree:
    """Measure a plan of two commitments, of which the second has no milestone."""
    row = Activity(activity_no="", name="a", planned_end=PartialDate(year=2019))
    return measure_tree(
        ActionPlan(id="p", title="p"),
        [Commitment(id=name, title=name, action_plan="p") for name in "cd"],
        [make_milestone([row, row], name) for name in "mn"],
        given_reports,
        today,
    )


@given(reports, days)
def test_the_whole_adds_up(given_reports: list[Report], today: date) -> None:
    tree = measure_plan(given_reports, today)
    assert tree.plan is not None
    parts = tree.milestones.values()
    assert tree.plan.counts == tree.commitments["c"].counts
    for name, total in vars(tree.plan.counts).items():
        assert total == sum(getattr(part.counts, name) for part in parts)
    known = [part.progress for part in parts if part.progress is not None]
    whole = tree.commitments["c"].progress
    assert (whole is None) == (not known)
    if whole is not None:
        assert min(known) - Decimal("0.1") <= whole <= max(known)
    assert tree.commitments["d"].progress is None


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_a_rate_is_whole_only_of_all(part: int, more: int) -> None:
    rate = compute_rate(part, part + more)
    if part + more == 0:
        assert rate is None
    else:
        assert rate is not None
        assert (rate == 100) == (more == 0)
        assert (rate == 0) == (part == 0)


@given(st.decimals(-1000, 1000, places=2))
def test_half_goes_away_from_zero(value: Decimal) -> None:
    shown = round_half_up(value)
    assert abs(shown - value) <= Decimal("0.05")
    if abs(shown - value) == Decimal("0.05"):
        assert abs(shown) > abs(value)
