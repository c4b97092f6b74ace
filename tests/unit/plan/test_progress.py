"""Progress and what is expected, edge case by edge case (plan model, section 4)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from plan_states import TODAY, judge, measure, plan_row, rows, say

from ckanext.gtplan.plan.follow.progress import measure_commitment
from ckanext.gtplan.plan.follow.reporting import NOTHING
from ckanext.gtplan.plan.follow.rounding import round_half_up
from ckanext.gtplan.plan.follow.weights import Weighable, weigh
from ckanext.gtplan.plan.model import Commitment


class TestProgress:
    def test_completed_is_100_and_not_started_0(self) -> None:
        assert measure(rows(2), [say("completed"), say("not_started")]).progress == 50

    def test_begun_without_a_percentage_is_not_known(self) -> None:
        measures = measure(rows(2), [say("in_progress"), say("completed")])
        assert (measures.counts.unmeasured, measures.counts.unreported) == (1, 0)
        assert (measures.known_percent, measures.progress_floor) == (50, 50)

    def test_suspended_keeps_its_percentage(self) -> None:
        assert measure(rows(1), [say("suspended", 40)]).progress == 40

    def test_unreported_is_left_out_and_counted(self) -> None:
        # (30 + 60) / 2, not / 3
        measures = measure(rows(3), [say("in_progress", 30), say("in_progress", 60), None])
        assert (measures.progress, measures.progress_floor) == (45, 30)
        assert (measures.counts.unreported, measures.counts.unmeasured) == (1, 1)

    def test_nothing_reported_is_null_not_zero(self) -> None:
        measures = measure(rows(3), [None] * 3)
        assert (measures.progress, measures.progress_floor, measures.known_percent) == (
            None,
            None,
            0,
        )

    def test_no_rows_is_null_not_zero(self) -> None:
        commitment = Commitment(id="c", title="c", action_plan="p")
        measures = measure_commitment(commitment, [], TODAY)
        assert (measures.progress, measures.expected, measures.deviation) == (None, None, None)
        assert (measures.status, measures.weight_reason) == ("unreported", "no_rows")

    def test_cancelled_is_as_if_it_were_not_there(self) -> None:
        dates = {"planned_start": "2020-06-01", "planned_end": "2020-06-30"}
        two = measure(rows(2, **dates), [say("completed"), say("in_progress", 40)])
        three = measure(
            [*rows(2, **dates), plan_row("03")],
            [say("completed"), say("in_progress", 40), say("cancelled", 10)],
        )
        assert three.exact == two.exact
        assert (three.weight_rule, three.counts.cancelled, three.counts.total) == ("days", 1, 3)

    def test_all_cancelled_is_null(self) -> None:
        measures = measure(rows(2), [say("cancelled"), say("cancelled")])
        assert (measures.status, measures.progress, measures.is_late) == ("cancelled", None, False)

    def test_milestone_without_activities_takes_its_own_report(self) -> None:
        measures = measure([], [], own=say("in_progress", 70))
        assert (measures.progress, measures.counts.total, measures.activities) == (70, 1, ())

    def test_milestone_with_activities_does_not_take_a_status_of_its_own(self) -> None:
        measures = measure(rows(1), [None], own=say("completed"))
        assert (measures.progress, measures.status) == (None, "unreported")


class TestRounding:
    def test_half_goes_up(self) -> None:
        # (33.25 + 33.25) / 2 = 33.25, to one decimal 33.3
        assert measure(rows(2), [say("in_progress", "33.25")] * 2).progress == Decimal("33.3")

    def test_half_of_thirds_goes_up(self) -> None:
        # (33.3 + 33.35 + 33.4) / 3 = 33.35
        states = [say("in_progress", text) for text in ("33.3", "33.35", "33.4")]
        assert measure(rows(3), states).progress == Decimal("33.4")

    def test_half_that_a_division_has_shortened_goes_up(self) -> None:
        assert round_half_up(Decimal("0.25") - Decimal("1e-26")) == Decimal("0.3")

    def test_100_only_if_every_row_is_100(self) -> None:
        measures = measure(rows(1001), [*[say("completed")] * 1000, say("in_progress", 99)])
        assert measures.progress == Decimal("99.9")

    def test_100_not_while_a_row_is_unknown(self) -> None:
        assert measure(rows(2), [say("completed"), None]).progress == Decimal("99.9")

    def test_0_only_if_every_row_is_0(self) -> None:
        measures = measure(rows(1001), [*[say("not_started")] * 1000, say("in_progress", 1)])
        assert measures.progress == Decimal("0.1")

    def test_0_of_those_that_are_known_is_0(self) -> None:
        assert measure(rows(2), [say("not_started"), None]).progress == 0


class TestWeights:
    DATED = {"planned_start": "2020-06-01", "planned_end": "2020-06-30"}  # 30 days
    LONG = {"planned_start": "2020-04", "planned_end": "2020-06"}  # 30 + 31 + 30 = 91 days

    def measure_two(self, one: dict[str, Any], two: dict[str, Any]) -> tuple[str, str, str]:
        """Measure one that is done and one that is not begun."""
        both = [plan_row("01", **one), plan_row("02", **two)]
        measures = measure(both, [say("completed"), say("not_started")])
        return measures.weight_rule, measures.weight_reason, str(measures.progress)

    def test_stated_weights_if_all_have_one(self) -> None:
        # 3 / 4
        found = self.measure_two({"weight": 3, **self.DATED}, {"weight": 1, **self.LONG})
        assert found == ("weights", "all_weighted", "75.0")

    def test_planned_days_if_one_has_no_weight(self) -> None:
        # 30 / 121 = 24.793...
        found = self.measure_two({"weight": 3, **self.DATED}, self.LONG)
        assert found == ("days", "all_dated", "24.8")

    def test_equal_if_one_lacks_a_date(self) -> None:
        found = self.measure_two(self.DATED, {"planned_start": "2020-04"})
        assert found == ("equal", "missing_dates", "50.0")

    def test_equal_while_a_date_is_in_doubt(self) -> None:
        found = self.measure_two(self.DATED, {**self.LONG, "is_date_doubtful": True})
        assert found == ("equal", "doubtful_dates", "50.0")

    def test_a_period_that_ends_before_it_starts_is_in_doubt(self) -> None:
        found = self.measure_two(self.DATED, {"planned_start": "2020-06", "planned_end": "2020-04"})
        assert found == ("equal", "doubtful_dates", "50.0")

    def test_stated_weights_hold_in_spite_of_a_doubtful_date(self) -> None:
        found = self.measure_two({"weight": 3}, {"weight": 1, "is_date_doubtful": True})
        assert found == ("weights", "all_weighted", "75.0")

    def test_weights_that_are_all_zero_are_none(self) -> None:
        assert self.measure_two({"weight": 0}, {"weight": 0})[0] == "equal"

    def test_a_negative_weight_is_none(self) -> None:
        assert self.measure_two({"weight": 3}, {"weight": -1})[0] == "equal"

    def test_days_in_doubt_weigh_nothing_whoever_counted_them(self) -> None:
        weighing = weigh([Weighable(None, 30, False), Weighable(None, 500, True)])
        assert (weighing.rule, weighing.weights) == ("equal", (1, 1))

    def test_a_row_of_no_weight_moves_nothing(self) -> None:
        assert self.measure_two({"weight": 1}, {"weight": 0})[2] == "99.9"

    def test_one_row_of_no_weight_that_alone_is_known_gives_nothing(self) -> None:
        both = [plan_row("01", weight=1), plan_row("02", weight=0)]
        assert measure(both, [None, say("completed")]).progress is None


class TestExpected:
    @pytest.mark.parametrize(
        "day, expected",
        [
            ("2020-05-31", "0.0"),  # before the first day
            ("2020-06-01", "3.3"),  # 1 of 30 days
            ("2020-06-15", "50.0"),
            ("2020-06-30", "100.0"),
            ("2021-01-01", "100.0"),
        ],
    )
    def test_days_are_counted_with_the_first_and_the_last(self, day: str, expected: str) -> None:
        found = judge(
            NOTHING, date.fromisoformat(day), planned_start="2020-06", planned_end="2020-06"
        )
        assert str(found.expected) == expected

    def test_one_day(self) -> None:
        found = judge(NOTHING, planned_start="2020-06-15", planned_end="2020-06-15")
        assert found.expected == 100

    def test_undated_rows_are_left_out_of_both(self) -> None:
        # 01: 15 of 30 days = 50 expected, 80 done; 02 (10 % done, no dates) is not compared
        both = [plan_row("01", planned_start="2020-06", planned_end="2020-06"), plan_row("02")]
        measures = measure(both, [say("in_progress", 80), say("in_progress", 10)])
        assert (measures.progress, measures.expected) == (45, 50)
        assert (measures.compared_progress, measures.deviation) == (80, 30)
        assert (measures.spi, measures.counts.undated) == (Decimal("1.60"), 1)

    def test_unreported_rows_are_expected_and_not_compared(self) -> None:
        # one done a month early, one not reported: expected (0 + 50) / 2; compared 100 with 0
        both = [
            plan_row("01", planned_start="2020-07", planned_end="2020-07"),
            plan_row("02", planned_start="2020-06", planned_end="2020-06"),
        ]
        measures = measure(both, [say("completed"), None])
        # 02 weighs 30 days of 61, and half of it has passed: 1500 / 61 = 24.590...
        assert measures.expected == Decimal("24.6")
        assert (measures.deviation, measures.spi) == (100, None)

    def test_nothing_expected_has_no_index(self) -> None:
        found = judge(say("in_progress", 20), planned_start="2020-07", planned_end="2020-07")
        assert (found.expected, found.deviation, found.spi) == (0, 20, None)

    def test_nothing_dated_has_nothing_expected(self) -> None:
        measures = measure(rows(2), [say("completed")] * 2)
        assert (measures.expected, measures.deviation, measures.spi) == (None, None, None)

    def test_doubtful_dates_expect_nothing(self) -> None:
        found = judge(
            NOTHING, planned_start="2019-03", planned_end="2020-07", is_date_doubtful=True
        )
        assert (found.expected, found.is_doubtful) == (None, True)
