"""Budget, roll-up and completion, edge case by edge case (plan model, section 4)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from plan_states import TODAY, measure, plan_row, rows, say

from ckanext.gtplan.plan.dates import PartialDate
from ckanext.gtplan.plan.follow.completion import compare_completion, suggest_completion
from ckanext.gtplan.plan.follow.measures import Measures
from ckanext.gtplan.plan.follow.progress import measure_commitment, measure_plan
from ckanext.gtplan.plan.model import ActionPlan, BudgetLine, Commitment


class TestBudget:
    def lines(self, *amounts: tuple[str, str]) -> tuple[BudgetLine, ...]:
        """Make the lines of a budget."""
        return tuple(
            BudgetLine(line_no=str(n), description="d", amount=Decimal(amount), currency=currency)
            for n, (amount, currency) in enumerate(amounts)
        )

    def test_lines_hold_before_the_stated_total(self) -> None:
        budget = measure(
            rows(1, planned_cost="5", currency="GTQ"),
            [None],
            budget_lines=self.lines(("1.10", "GTQ"), ("2.20", "GTQ")),
            budget_total=Decimal(9),
            budget_currency="GTQ",
        ).budget
        assert budget["GTQ"].planned == Decimal("3.30")

    def test_stated_total_holds_before_the_costs(self) -> None:
        costed = rows(1, planned_cost="5", currency="GTQ")
        budget = measure(costed, [None], budget_total=Decimal(9), budget_currency="GTQ").budget
        assert budget["GTQ"].planned == 9

    def test_costs_of_the_activities(self) -> None:
        budget = measure(rows(2, planned_cost="5.50"), [None, None], budget_currency="GTQ").budget
        assert budget["GTQ"].planned == 11

    def test_no_amount_is_not_zero(self) -> None:
        assert measure(rows(2), [None, None]).budget == {}
        costed = measure(rows(1, planned_cost="5", currency="GTQ"), [say("completed")]).budget
        assert (costed["GTQ"].executed, costed["GTQ"].variance) == (None, None)
        assert costed["GTQ"].execution_percent is None

    def test_an_amount_without_a_currency_is_none(self) -> None:
        assert measure(rows(1, planned_cost="5"), [None]).budget == {}
        assert measure(rows(1), [None], budget_total=Decimal(5)).budget == {}

    def test_currencies_are_never_added(self) -> None:
        budget = measure(
            rows(2),
            [
                say("in_progress", executed_amount="1", currency="GTQ"),
                say("in_progress", executed_amount="2", currency="USD"),
            ],
            budget_lines=self.lines(("10", "GTQ"), ("20", "EUR")),
        ).budget
        assert list(budget) == ["EUR", "GTQ", "USD"]
        assert (budget["EUR"].planned, budget["EUR"].executed) == (20, None)
        assert (budget["GTQ"].planned, budget["GTQ"].executed) == (10, 1)
        assert (budget["USD"].planned, budget["USD"].variance) == (None, None)

    def test_own_amount_holds_before_the_sum(self) -> None:
        states = [say("in_progress", executed_amount="1", currency="GTQ")] * 2
        budget = measure(rows(2), states, own=say(executed_amount="5", currency="GTQ")).budget
        assert budget["GTQ"].executed == 5
        assert measure(rows(2), states).budget["GTQ"].executed == 2

    def test_own_amount_leaves_the_other_currencies(self) -> None:
        states = [
            say("in_progress", executed_amount="1", currency="GTQ"),
            say("in_progress", executed_amount="2", currency="USD"),
        ]
        own = say(executed_amount="5", currency="GTQ")
        budget = measure(rows(2), states, own=own).budget
        assert (budget["GTQ"].executed, budget["USD"].executed) == (5, 2)

    def test_own_amount_of_a_milestone_without_activities_counts_once(self) -> None:
        budget = measure([], [], own=say("completed", executed_amount="5", currency="GTQ")).budget
        assert budget["GTQ"].executed == 5

    def test_more_than_planned(self) -> None:
        # 100 planned, 130 spent: -30, -30 %, 130 %
        costed = rows(1, planned_cost="100", currency="GTQ")
        spent = say("completed", executed_amount="130", currency="GTQ")
        spending = measure(costed, [spent]).budget["GTQ"]
        assert (spending.variance, spending.variance_percent) == (-30, -30)
        assert spending.execution_percent == 130

    def test_nothing_planned_has_no_percentages(self) -> None:
        costed = rows(1, planned_cost="0", currency="GTQ")
        spent = say("completed", executed_amount="130", currency="GTQ")
        spending = measure(costed, [spent]).budget["GTQ"]
        assert (spending.variance, spending.variance_percent) == (-130, None)
        assert spending.execution_percent is None

    def test_what_was_spent_on_a_cancelled_activity_was_spent(self) -> None:
        costed = rows(1, planned_cost="100", currency="GTQ")
        spent = say("cancelled", executed_amount="40", currency="GTQ")
        assert measure(costed, [spent]).budget["GTQ"].variance == 60

    def test_what_is_not_reported_is_not_compared_above(self) -> None:
        # 100 planned and 90 spent; 900 planned and nothing reported: 90 % executed, not 9 %
        costed = rows(1, planned_cost="100", currency="GTQ")
        one = measure(costed, [say("completed", executed_amount="90", currency="GTQ")])
        two = measure(rows(9, planned_cost="100", currency="GTQ"), [None] * 9)
        commitment = Commitment(id="c", title="c", action_plan="p")
        spending = measure_commitment(commitment, [one, two], TODAY).budget["GTQ"]
        assert (spending.planned, spending.executed) == (1000, 90)
        assert (spending.variance, spending.execution_percent) == (10, 90)


class TestRollUp:
    COMMITMENT = Commitment(id="c", title="c", action_plan="p", weight=Decimal(3))
    PLAN = ActionPlan(id="p", title="p")

    def roll_up(self, *milestones: Measures) -> Measures:
        """Measure a commitment."""
        return measure_commitment(self.COMMITMENT, milestones, TODAY)

    def test_milestones_weigh_the_same_however_many_activities(self) -> None:
        # (100 + (0 + 0 + 0) / 3) / 2
        one = measure(rows(1), [say("completed")])
        three = measure(rows(3), [say("not_started")] * 3)
        assert self.roll_up(one, three).progress == 50

    def test_milestones_weigh_by_their_days(self) -> None:
        # 100 x 30 / (30 + 91)
        dates = {"planned_start": "2020-06", "planned_end": "2020-06"}
        one = measure(rows(1), [say("completed")], **dates)
        two = measure(rows(1), [say("not_started")], planned_start="2020-04", planned_end="2020-06")
        measures = self.roll_up(one, two)
        assert (measures.weight_rule, measures.progress) == ("days", Decimal("24.8"))

    def test_doubtful_dates_of_a_milestone(self) -> None:
        dates = {"planned_start": "2020-06", "planned_end": "2020-06"}
        one = measure(rows(1), [say("completed")], **dates)
        two = measure(rows(1), [say("not_started")], is_date_doubtful=True, **dates)
        assert self.roll_up(one, two).weight_reason == "doubtful_dates"

    def test_what_is_exact_is_rolled_up_not_what_is_shown(self) -> None:
        # thirds: (33.333... + 66.666...) / 2 = 50
        one = measure(rows(3), [say("completed"), *[say("not_started")] * 2])
        two = measure(rows(3), [*[say("completed")] * 2, say("not_started")])
        assert (one.progress, two.progress) == (Decimal("33.3"), Decimal("66.7"))
        assert self.roll_up(one, two).progress == 50

    def test_unknown_milestone_is_left_out_and_lowers_what_is_known(self) -> None:
        measures = self.roll_up(
            measure(rows(1), [say("in_progress", 40)]), measure(rows(5), [None] * 5)
        )
        assert (measures.progress, measures.known_percent, measures.progress_floor) == (40, 50, 20)
        assert (measures.counts.total, measures.counts.unreported) == (6, 5)

    def test_cancelled_milestone_is_left_out(self) -> None:
        measures = self.roll_up(
            measure(rows(1), [say("completed")]), measure(rows(1), [say("cancelled")])
        )
        assert (measures.progress, measures.status, measures.known_percent) == (
            100,
            "completed",
            100,
        )

    def test_commitment_without_milestones_is_not_known(self) -> None:
        done = self.roll_up(measure(rows(1), [say("completed")]))
        empty = self.roll_up()
        measures = measure_plan(self.PLAN, [done, empty], TODAY)
        # both state the weight 3
        assert (measures.weight_rule, measures.progress) == ("weights", Decimal("99.9"))
        assert measures.known_percent == 50

    def test_commitment_against_its_own_dates(self) -> None:
        # due on 1 June, first on 1 May; one of its milestones is reported on
        commitment = Commitment(
            id="c",
            title="c",
            action_plan="p",
            end_date=PartialDate.parse("2020-06-01"),
            baseline_end=PartialDate.parse("2020-05-01"),
        )
        silent, reported = measure(rows(1), [None]), measure(rows(1), [say(note="x")])
        schedule = measure_commitment(commitment, [silent, reported], TODAY).schedule
        assert (schedule.variance_days, schedule.baseline_variance_days) == (14, 45)
        assert (schedule.slip_days, schedule.is_overdue) == (31, True)
        schedule = measure_commitment(commitment, [silent, silent], TODAY).schedule
        assert (schedule.variance_days, schedule.is_overdue) == (None, False)

    def test_rates_are_of_all_that_is_below(self) -> None:
        # 1 of 1 and 0 of 3: 1 of 4, not the mean of 100 and 0
        dated = {"planned_end": "2020-06-01"}
        one = measure(rows(1, **dated), [say("completed", actual_end="2020-05-01")])
        three = measure(rows(3, **dated), [say("in_progress", 5)] * 3)
        assert self.roll_up(one, three).on_time_rate == 25

    @pytest.mark.parametrize(
        "states, status",
        [
            (["unreported", "unreported"], "unreported"),
            (["unreported", "not_started"], "not_started"),
            (["completed", "unreported"], "in_progress"),
            (["completed", "not_started"], "in_progress"),
            (["suspended", "not_started"], "suspended"),
            (["suspended", "in_progress"], "in_progress"),
            (["completed", "cancelled"], "completed"),
            (["unreported", "cancelled"], "unreported"),
            (["completed", "completed"], "completed"),
        ],
    )
    def test_status_of_the_whole(self, states: list[str], status: str) -> None:
        assert measure(rows(2), [say(each) for each in states]).status == status


class TestCompletion:
    @pytest.mark.parametrize(
        "progress, code",
        [
            ("0", "not_started"),
            ("0.1", "limited"),
            ("49.9", "limited"),
            ("50", "substantial"),
            ("99.9", "substantial"),
            ("100", "complete"),
        ],
    )
    def test_suggested_code(self, progress: str, code: str) -> None:
        assert suggest_completion(Decimal(progress)) == code

    def test_suggested_only_where_the_unreported_cannot_change_it(self) -> None:
        # from 1 / 4 = 25 to 2 / 4 = 50: limited or substantial
        states = [say("completed"), say("not_started"), say("not_started"), None]
        assert measure(rows(4), states).suggested_completion is None
        # from 2 / 4 = 50 to 3 / 4 = 75
        states[1] = say("completed")
        assert measure(rows(4), states).suggested_completion == "substantial"

    @pytest.mark.parametrize(
        "own, reviewed, gap",
        [
            ("complete", "limited", 2),
            ("not_started", "complete", -3),
            ("limited", "limited", 0),
            ("complete", "pending_irm", None),
            ("complete", "no_data", None),
            ("complete", "no_evidence", None),
            ("complete", None, None),
            (None, "complete", None),
        ],
    )
    def test_gap_to_the_reviewers(
        self, own: str | None, reviewed: str | None, gap: int | None
    ) -> None:
        assert compare_completion(own, reviewed) == gap
        commitment = Commitment(
            id="c", title="c", action_plan="p", self_completion=own, irm_completion=reviewed
        )
        assert measure_commitment(commitment, [], TODAY).self_vs_irm_gap == gap


def test_the_example_of_the_documentation() -> None:
    # docs/progress.md has the sums
    months = [f"2026-{month:02d}" for month in range(1, 5)]
    measures = measure(
        [plan_row(m, planned_start=m, planned_end=m) for m in months],
        [
            say("completed", actual_end="2026-01-28", evidence=("https://datos.example.gt/a",)),
            say("completed", actual_end="2026-03-10", executed_amount="250.00", currency="GTQ"),
            say("in_progress", 40),
            None,
        ],
        date(2026, 3, 15),
        budget_total=Decimal("1000.00"),
        budget_currency="GTQ",
    )
    figures = "progress known_percent progress_floor expected compared_expected deviation spi"
    assert " ".join(str(getattr(measures, name)) for name in figures.split()) == (
        "79.3 75.0 59.5 61.7 82.2 -2.9 0.96"
    )
    assert measures.weight_rule == "days"
    variances = [row.schedule.variance_days for row in measures.activities]
    assert variances == [-3, 10, 0, 0]
    assert (measures.on_time_rate, measures.evidence_rate) == (50, 50)
    spending = measures.budget["GTQ"]
    assert (spending.variance, spending.variance_percent) == (Decimal("750.00"), 75)
    assert (spending.execution_percent, measures.suggested_completion) == (25, "substantial")
    assert not measures.is_late


def test_a_withdrawn_commitment_is_in_no_figure_of_its_plan_but_the_budget() -> None:
    costed = rows(1, planned_cost="5", currency="GTQ", planned_end="2020-01")
    done = measure(costed, [say("completed", actual_end="2020-01", actual_start="2020-01")])
    late = measure(costed, [say("in_progress", 20, executed_amount="2", currency="GTQ")])
    kept = measure_commitment(Commitment(id="a", title="a", action_plan="p"), [done], TODAY)
    gone = measure_commitment(
        Commitment(id="b", title="b", action_plan="p", status="withdrawn"), [late], TODAY
    )
    assert (gone.progress, gone.counts.overdue, gone.is_late) == (20, 1, False)
    plan = measure_plan(ActionPlan(id="p", title="p", country="GTM"), [kept, gone], TODAY)
    # 100 of the one that is left, not (100 + 20) / 2
    assert (plan.progress, plan.status, plan.is_late) == (100, "completed", False)
    assert (plan.counts.total, plan.counts.overdue) == (1, 0)
    # what is spent is spent: 5 + 5 planned, 2 of it executed
    assert (plan.budget["GTQ"].planned, plan.budget["GTQ"].executed) == (10, 2)
    nothing = measure_plan(ActionPlan(id="p", title="p", country="GTM"), [gone], TODAY)
    assert (nothing.progress, nothing.counts.total) == (None, 0)


def test_what_little_is_reported_of_a_large_plan_is_not_shown_as_nothing() -> None:
    # 1 of 3000 is 0.03 %, which rounds to 0
    done = say("completed", actual_end="2020-01", actual_start="2020-01")
    first = measure(rows(3000), [done, *[None] * 2999])
    assert (first.progress_floor, first.known_percent) == (Decimal("0.1"), Decimal("0.1"))
    none = measure(rows(3000), [say("not_started"), *[None] * 2999])
    assert (none.progress_floor, none.known_percent) == (0, Decimal("0.1"))
