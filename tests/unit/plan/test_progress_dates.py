"""Variance, lateness and rates, edge case by edge case (plan model, section 4)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from plan_states import TODAY, judge, measure, plan_row, read, rows, say

from ckanext.gtplan.plan.dates import PartialDate
from ckanext.gtplan.plan.follow.progress import judge_day
from ckanext.gtplan.plan.follow.reporting import NOTHING
from ckanext.gtplan.plan.model import ActionPlan


class TestVariance:
    @pytest.mark.parametrize(
        "planned, actual, days",
        [
            ("2020-05-20", "2020-05-20", 0),
            ("2020-05-20", "2020-05-25", 5),
            ("2020-05-20", "2020-05-10", -10),
            ("2020-05", "2020-05-10", -21),  # planned for the 31st
            ("2020-05-20", "2020-05", 0),  # the same month
            ("2020-05", "2020-05", 0),
            ("2020-05-20", "2020-06", 30),  # 31 May to 30 June
            ("2020-05-20", "2020-04", -31),
            ("2020-05-20", "2020", 0),  # the same year
            ("2020", "2020-05", -214),  # planned for 31 December, ended on 31 May
            ("2019-02", "2020-02", 366),  # 28 February 2019 to 29 February 2020
        ],
    )
    def test_completed(self, planned: str, actual: str, days: int) -> None:
        schedule = judge(say("completed", actual_end=actual), planned_end=planned).schedule
        assert schedule.variance_days == days
        assert schedule.is_late_finish == (days > 0)
        assert schedule.is_on_time == (days <= 0)

    def test_open_is_late_by_the_days_that_have_passed(self) -> None:
        assert judge(say("in_progress", 5), planned_end="2020-06-01").schedule.variance_days == 14
        assert judge(say("in_progress", 5), planned_end="2020-07-01").schedule.variance_days == 0

    def test_completed_without_a_day_is_null(self) -> None:
        assert judge(say("completed"), planned_end="2020-06-01").schedule.variance_days is None

    def test_without_a_planned_end_is_null(self) -> None:
        assert judge(say("in_progress", 5)).schedule.variance_days is None
        assert judge(say("completed", actual_end="2020-05")).schedule.variance_days is None

    def test_cancelled_is_null(self) -> None:
        schedule = judge(say("cancelled"), planned_end="2020-06-01").schedule
        assert (schedule.variance_days, schedule.is_overdue) == (None, False)

    def test_against_the_first_published_version(self) -> None:
        # moved from 30 April to 31 May (31 days), ended on 10 June: 10 and 41 days late
        schedule = judge(
            say("completed", actual_end="2020-06-10"),
            planned_end="2020-05-31",
            baseline_end="2020-04-30",
        ).schedule
        assert (schedule.variance_days, schedule.baseline_variance_days) == (10, 41)
        assert schedule.slip_days == 31

    def test_open_against_the_first_published_version(self) -> None:
        schedule = judge(
            say("in_progress", 5), planned_end="2020-06-30", baseline_end="2020-06-01"
        ).schedule
        assert (schedule.variance_days, schedule.baseline_variance_days) == (0, 14)
        assert not schedule.is_overdue

    def test_without_a_baseline_the_plan_is_the_first_version(self) -> None:
        schedule = judge(say("in_progress", 5), planned_end="2020-06-01").schedule
        assert (schedule.baseline_variance_days, schedule.slip_days) == (14, 0)

    def test_slip_may_be_backwards(self) -> None:
        # the fifth plan's commitment 2 ends 30 days earlier than it was first published
        schedule = judge(NOTHING, planned_end="2022-11-30", baseline_end="2022-12-30").schedule
        assert schedule.slip_days == -30

    def test_milestone_ends_with_its_last_activity(self) -> None:
        states = [say("completed", actual_end="2020-05-20"), say("completed", actual_end="2020-06")]
        measures = measure(rows(2), states, planned_end="2020-05-31")
        assert (str(measures.actual_end), measures.schedule.variance_days) == ("2020-06", 30)

    def test_what_is_open_again_has_no_end(self) -> None:
        states = [say("in_progress", 90, actual_end="2020-05-20")]
        measures = measure(rows(1, planned_end="2020-06-01"), states)
        assert (measures.activities[0].actual_end, measures.actual_end) == (None, None)
        assert measures.activities[0].schedule.variance_days == 14

    def test_what_was_early_is_no_delay(self) -> None:
        both = rows(2, planned_end="2020-05-31")
        early = say("completed", actual_end="2020-05-20")
        assert measure(both, [early, early]).longest_delay_days is None
        late = say("completed", actual_end="2020-06-03")
        assert measure(both, [early, late]).longest_delay_days == 3

    def test_milestone_is_late_by_its_own_date(self) -> None:
        measures = measure(rows(1), [say("in_progress", 5)], planned_end="2020-06-01")
        assert (measures.schedule.is_overdue, measures.is_late) == (True, True)
        assert (measures.schedule.variance_days, measures.counts.overdue) == (14, 0)


class TestLate:
    def test_due_today_is_not_overdue(self) -> None:
        state = say("in_progress", 5)
        assert not judge(state, planned_end="2020-06-15").schedule.is_overdue
        assert judge(state, date(2020, 6, 16), planned_end="2020-06-15").schedule.is_overdue

    def test_a_month_is_due_on_its_last_day(self) -> None:
        state = say("in_progress", 5)
        assert not judge(state, date(2020, 6, 30), planned_end="2020-06").schedule.is_overdue
        assert judge(state, date(2020, 7, 1), planned_end="2020-06").schedule.is_overdue

    @pytest.mark.parametrize("status", ["not_started", "in_progress", "suspended"])
    def test_open_past_its_date_is_overdue(self, status: str) -> None:
        assert judge(say(status), planned_end="2020-06-01").schedule.is_overdue

    @pytest.mark.parametrize("status", ["completed", "cancelled"])
    def test_finished_is_not_overdue(self, status: str) -> None:
        assert not judge(say(status), planned_end="2020-06-01").schedule.is_overdue

    def test_unreported_is_not_late_where_nobody_reports(self) -> None:
        schedule = judge(NOTHING, is_reporting=False, planned_end="2019-06-01").schedule
        assert (schedule.is_overdue, schedule.variance_days, schedule.is_on_time) == (
            False,
            None,
            None,
        )

    def test_unreported_is_late_where_somebody_reports_on_the_milestone(self) -> None:
        both = rows(2, planned_end="2020-06-01")
        assert measure(both, [None, None]).counts.overdue == 0
        assert measure(both, [say("completed"), None]).counts.overdue == 1

    def test_a_note_on_one_activity_is_reporting_on_the_milestone(self) -> None:
        both = rows(2, planned_end="2020-06-01")
        assert measure(both, [say(note="x"), None]).counts.overdue == 2

    def test_an_amount_of_the_whole_is_reporting_on_the_milestone(self) -> None:
        both = rows(2, planned_end="2020-06-01")
        measures = measure(both, [None, None], own=say(executed_amount="5", currency="GTQ"))
        assert (measures.is_reporting, measures.counts.overdue) == (True, 2)
        assert measures.freshness_days == 14

    def test_late_start_is_strict_and_only_of_what_was_not_begun(self) -> None:
        assert not judge(say("not_started"), planned_start="2020-06-15").schedule.is_late_start
        assert judge(say("not_started"), planned_start="2020-06-14").schedule.is_late_start
        assert not judge(say("in_progress"), planned_start="2020-06-14").schedule.is_late_start
        assert not judge(NOTHING, planned_start="2020-06-14").schedule.is_late_start

    def test_a_month_starts_on_its_first_day(self) -> None:
        assert not judge(
            say("not_started"), date(2020, 6, 1), planned_start="2020-06"
        ).schedule.is_late_start
        assert judge(
            say("not_started"), date(2020, 6, 2), planned_start="2020-06"
        ).schedule.is_late_start

    def test_doubtful_dates_make_nothing_late(self) -> None:
        found = judge(
            say("not_started"),
            planned_start="2019-03",
            planned_end="2020-02",
            is_date_doubtful=True,
        ).schedule
        assert not (found.is_overdue or found.is_late_start)
        assert (found.variance_days, found.is_on_time) == (None, None)


class TestRates:
    def test_on_time_rate_is_of_what_is_due_or_finished(self) -> None:
        # in time, late, overdue; not: open and not due, undated, cancelled, done one knows not when
        rates = measure(
            [
                *rows(6, planned_end="2020-06-01"),
                plan_row("07"),
                plan_row("08", planned_end="2021"),
            ],
            [
                say("completed", actual_end="2020-05-01"),
                say("completed", actual_end="2020-06-02"),
                say("in_progress", 5),
                say("cancelled"),
                say("completed"),
                say("not_started"),
                say("completed", actual_end="2020-05-01"),
                say("in_progress", 5),
            ],
        )
        assert (rates.counts.on_time, rates.counts.due) == (1, 4)
        assert (rates.on_time_rate, rates.counts.undated_done) == (25, 1)

    def test_nothing_due_has_no_rate(self) -> None:
        assert measure(rows(2), [say("completed"), None]).on_time_rate is None

    def test_evidence_rate(self) -> None:
        proven = say("completed", evidence=("https://datos.example.gt/a",))
        measures = measure(rows(4), [proven, say("completed"), say("completed"), None])
        assert measures.evidence_rate == Decimal("33.3")
        assert measure(rows(1), [say("in_progress", 5)]).evidence_rate is None

    def test_freshness(self) -> None:
        # last report on 1 June: 14 days; stale after 1.5 x 90 = 135 days
        state = say("in_progress", 5)
        assert measure(rows(1), [state]).freshness_days == 14
        assert not measure(rows(1), [state], date(2020, 10, 14)).is_stale  # 135
        assert measure(rows(1), [state], date(2020, 10, 15)).is_stale  # 136

    def test_never_reported_is_neither_fresh_nor_stale(self) -> None:
        measures = measure(rows(1), [None])
        assert (measures.freshness_days, measures.is_stale) == (None, None)

    def test_what_is_finished_needs_no_more_reports(self) -> None:
        assert measure(rows(1), [say("completed")], date(2026, 1, 1)).is_stale is False


class TestClosedPlan:
    def test_open_plan_is_judged_today(self) -> None:
        assert judge_day(None, TODAY) == TODAY
        for status in ("active", "draft", None):
            plan = ActionPlan(
                id="p", title="p", status=status, period_end=PartialDate.parse("2019")
            )
            assert judge_day(plan, TODAY) == TODAY

    @pytest.mark.parametrize(
        "values, day",
        [
            ({"closed_on": "2020-05-20", "period_end": "2019"}, "2020-05-20"),
            ({"closed_on": "2020-05"}, "2020-05-31"),
            ({"period_end": "2019"}, "2019-12-31"),
            ({}, "2020-06-15"),
            ({"closed_on": "2020-07-01"}, "2020-06-15"),  # not yet
        ],
    )
    def test_closed_plan_is_judged_at_its_closing_date(
        self, values: dict[str, Any], day: str
    ) -> None:
        plan = ActionPlan(id="p", title="p", status="closed", **read(values))
        assert judge_day(plan, TODAY) == date.fromisoformat(day)
