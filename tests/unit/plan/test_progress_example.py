"""Milestone 1 of commitment 11 at given days, before and after given reports, by hand.

The plan, as the document prints it (d: planned days, the first and the last included):

    01 2019-04  30 d    05 2019-08  31 d    09 2019-12  31 d    12 2019-03 to 2020-07 (doubtful)
    02 2019-05  31 d    06 2019-09  30 d    10 2020-01  31 d    13 2020-08  31 d
    03 2019-06  30 d    07 2019-10  31 d    11 2020-02  29 d
    04 2019-07  31 d    08 2019-11  30 d                        all but 12: 366 d

Activity 12 starts, as it is printed, before the first: while that is in doubt every activity
weighs the same, and nothing is computed from its dates. Printed it would have 519 of 885 days
(58.6 %); from March 2020, which is likely what was meant, it has 153 of 519 (29.5 %).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import ckanext.gtplan
from ckanext.gtplan.plan.dates import PartialDate
from ckanext.gtplan.plan.files.checks import read_load
from ckanext.gtplan.plan.follow.measures import ActivityMeasures, Measures
from ckanext.gtplan.plan.follow.progress import Tree, measure_milestone, measure_tree
from ckanext.gtplan.plan.follow.reporting import lay_over
from ckanext.gtplan.plan.model import Load, Milestone, Report

FOLDER = Path(str(ckanext.gtplan.__file__)).parent / "examples" / "guatemala"
NAME = "gt-pan4-c11-h01"
EVIDENCE = ("https://datos.example.gt/acta.pdf",)
DAYS = {
    "april": date(2019, 4, 15),
    "june": date(2019, 6, 20),
    "august": date(2019, 8, 5),
    "january": date(2020, 1, 31),
    "end": date(2020, 9, 30),
}


def say(day: str, number: str | None, **values: Any) -> Report:
    """Make a report of an activity, or of the milestone."""
    for name in ("actual_start", "actual_end"):
        if name in values:
            values[name] = PartialDate.parse(values[name])
    return Report(
        id=f"{day}-{number}",
        milestone=NAME,
        activity_no=number,
        organization="inap",
        as_of=PartialDate.parse(day),
        recorded=f"{day}T12:00:00",
        **values,
    )


#: 01 in time and proven; 02 two weeks late; 03 half done, with what it has cost so far.
JUNE = [
    say("2019-05-02", "01", status="completed", actual_end="2019-04-30", evidence=EVIDENCE),
    say("2019-06-20", "02", status="completed", actual_end="2019-06-14"),
    say(
        "2019-06-20",
        "03",
        status="in_progress",
        percent_complete=Decimal(50),
        executed_amount=Decimal("10000.00"),
        currency="GTQ",
    ),
]
#: 03 done, in June, nobody says on which day; 04 not begun.
AUGUST = [
    say("2019-08-05", "03", status="completed", actual_end="2019-06"),
    say("2019-08-05", "04", status="not_started"),
]
#: 04 done 76 days late (31 of August, 30 of September, 15 of October); 05 to 08 in their months;
#: 10 given up; 09 at 80 %.
JANUARY = [
    say("2019-12-15", "04", status="completed", actual_end="2019-10-15"),
    say("2019-12-15", "05", status="completed", actual_end="2019-08"),
    say("2019-12-15", "06", status="completed", actual_end="2019-09-30"),
    say("2019-12-15", "07", status="completed", actual_end="2019-10-21"),
    say("2019-12-15", "08", status="completed", actual_end="2019-11"),
    say("2019-12-15", "10", status="cancelled", note="Se unió a la 09."),
    say("2020-01-20", "09", status="in_progress", percent_complete=Decimal(80)),
]
#: The rest done: 09 41 days late, 11 a month late, 12 one knows not against what, 13 one knows
#: not when; and what all of it has cost.
END = [
    say("2020-09-30", "09", status="completed", actual_end="2020-02-10"),
    say("2020-09-30", "11", status="completed", actual_end="2020-03"),
    say("2020-09-30", "12", status="completed", actual_end="2020-08-20"),
    say("2020-09-30", "13", status="completed"),
    say("2020-09-30", None, executed_amount=Decimal("561250.40"), currency="GTQ"),
]
ALL = [*JUNE, *AUGUST, *JANUARY, *END]


@pytest.fixture(scope="module")
def load() -> Load:
    return read_load(FOLDER).load


@pytest.fixture(scope="module")
def milestone(load: Load) -> Milestone:
    return next(m for m in load.milestones if m.id == NAME)


@pytest.fixture(scope="module")
def corrected(milestone: Milestone) -> Milestone:
    """Give the milestone with activity 12 from March 2020: no date is in doubt any more."""
    rows = list(milestone.activities)
    rows[11] = replace(rows[11], planned_start=PartialDate.parse("2020-03"), is_date_doubtful=False)
    return replace(milestone, activities=tuple(rows))


def measure(milestone: Milestone, reports: Iterable[Report], day: str) -> Measures:
    """Measure the milestone at a day."""
    return measure_milestone(milestone, lay_over(reports, DAYS[day]), DAYS[day])


def measure_all(load: Load, reports: Iterable[Report], today: date) -> Tree:
    """Measure the fourth plan with everything in it."""
    plan = next(p for p in load.action_plans if p.id == "gt-pan4")
    return measure_tree(plan, load.commitments, load.milestones, reports, today)


def get_row(measures: Measures, number: str) -> ActivityMeasures:
    """Find an activity's figures."""
    return next(row for row in measures.activities if row.activity_no == number)


def show(*values: Decimal | None) -> list[str | None]:
    """Write figures as they are shown."""
    return [None if value is None else str(value) for value in values]


class TestAsPrinted:
    """Activity 12 is in doubt: 13 equal weights, and 12 activities with dates."""

    def test_rule_and_its_reason(self, milestone: Milestone) -> None:
        measures = measure(milestone, [], "april")
        assert (measures.weight_rule, measures.weight_reason) == ("equal", "doubtful_dates")
        assert {row.weight for row in measures.activities} == {Decimal(1)}
        assert [row.activity_no for row in measures.activities if row.is_doubtful] == ["12"]

    def test_april_2019_before_any_report(self, milestone: Milestone) -> None:
        # 01: 15 of 30 days = 50; 02 to 11 and 13: 0; 12 is left out. 50 / 12 = 4.1666...
        measures = measure(milestone, ALL, "april")
        assert show(measures.progress, measures.expected) == [None, "4.2"]
        assert show(measures.deviation, measures.spi, measures.known_percent) == [
            None,
            None,
            "0.0",
        ]
        assert (measures.status, measures.counts.unreported) == ("unreported", 13)

    def test_end_without_reports_nothing_is_late(self, milestone: Milestone) -> None:
        # All twelve periods with dates are over: expected 100. Nobody reports: null, not late.
        measures = measure(milestone, [], "end")
        assert show(measures.progress, measures.expected, measures.on_time_rate) == [
            None,
            "100.0",
            None,
        ]
        assert not measures.is_late
        assert measures.counts.due == 0
        assert measures.schedule.variance_days is None
        assert measures.suggested_completion is None
        assert show(measures.budget["GTQ"].planned) == ["570075.00"]
        assert show(measures.budget["GTQ"].executed, measures.budget["GTQ"].variance) == [
            None,
            None,
        ]

    def test_june_2019_progress(self, milestone: Milestone) -> None:
        # Reported: 100 (01), 100 (02), 50 (03): 250 / 3 = 83.333...
        # That is 3 of 13 activities: 23.0769...; with ten zeros 250 / 13 = 19.2307...
        measures = measure(milestone, ALL, "june")
        assert show(measures.progress, measures.known_percent, measures.progress_floor) == [
            "83.3",
            "23.1",
            "19.2",
        ]
        # It could be limited (19.2) or substantial (19.2 + 76.9): nothing is suggested.
        assert measures.suggested_completion is None

    def test_june_2019_expected(self, milestone: Milestone) -> None:
        # 01: 100; 02: 100; 03: 20 of 30 days = 66.666...; the nine others with dates: 0.
        # Expected: 266.666... / 12 = 22.222...
        # Of the three reported: 266.666... / 3 = 88.888...; 83.333... - 88.888... = -5.555...
        # 83.333... / 88.888... = 0.9375
        measures = measure(milestone, ALL, "june")
        assert show(measures.expected, measures.compared_expected) == ["22.2", "88.9"]
        assert show(measures.deviation, measures.spi) == ["-5.6", "0.94"]

    def test_june_2019_in_time_and_proven(self, milestone: Milestone) -> None:
        # 01 ended on 30 April, its last day: 0. 02: 31 May to 14 June: 14 days late.
        # 03 may end until 30 June. One of two in time; one of two with evidence.
        measures = measure(milestone, ALL, "june")
        assert get_row(measures, "01").schedule.variance_days == 0
        assert get_row(measures, "02").schedule.variance_days == 14
        assert get_row(measures, "02").schedule.is_late_finish
        assert (measures.counts.overdue, measures.longest_delay_days) == (0, 14)
        assert show(measures.on_time_rate, measures.evidence_rate) == ["50.0", "50.0"]

    def test_june_2019_budget(self, milestone: Milestone) -> None:
        # 544,000.00 + 16,575.00 + 9,500.00 = 570,075.00 planned; 10,000.00 executed (03).
        # 560,075.00 left: 98.2458... %; executed 1.7541... %
        (spending,) = measure(milestone, ALL, "june").budget.values()
        assert show(spending.planned, spending.executed, spending.variance) == [
            "570075.00",
            "10000.00",
            "560075.00",
        ]
        assert show(spending.variance_percent, spending.execution_percent) == ["98.2", "1.8"]

    def test_august_2019_before_its_reports(self, milestone: Milestone) -> None:
        # 03 at 50 %, due on 30 June: 31 + 5 = 36 days over. 04 unreported, due on 31 July: the
        # institution reports on the milestone and let the day pass, 5 days.
        # Due: 01 in time, 02, 03 and 04 not: 1 of 4.
        measures = measure(milestone, JUNE, "august")
        late = {row.activity_no for row in measures.activities if row.schedule.is_overdue}
        assert late == {"03", "04"}
        assert get_row(measures, "03").schedule.variance_days == 36
        assert get_row(measures, "04").schedule.variance_days == 5
        assert show(measures.on_time_rate) == ["25.0"]
        assert measures.is_late

    def test_august_2019_after_its_reports(self, milestone: Milestone) -> None:
        # (100 + 100 + 100 + 0) / 4 = 75; of 13 activities 4: 30.769...; 300 / 13 = 23.0769...
        # Expected: 01 to 04 100 each, 05 5 of 31 days = 16.129...: 416.129... / 12 = 34.677...
        # Of the four reported, expected is 100: 75 - 100 = -25; 75 / 100 = 0.75
        measures = measure(milestone, ALL, "august")
        assert show(measures.progress, measures.known_percent, measures.progress_floor) == [
            "75.0",
            "30.8",
            "23.1",
        ]
        assert show(measures.expected, measures.deviation, measures.spi) == [
            "34.7",
            "-25.0",
            "0.75",
        ]
        # 03 ended in June as planned: 0. 04 should have begun on 1 July and ended on 31 July.
        # Due: 01 and 03 in time, 02 and 04 not: 2 of 4.
        assert get_row(measures, "03").schedule.variance_days == 0
        fourth = get_row(measures, "04").schedule
        assert (fourth.is_late_start, fourth.is_overdue, fourth.variance_days) == (True, True, 5)
        assert (measures.counts.late_start, measures.counts.overdue) == (1, 1)
        assert show(measures.on_time_rate) == ["50.0"]

    def test_january_2020(self, milestone: Milestone) -> None:
        # 10 is cancelled: 12 count, 11 of them with dates (not 12).
        # (8 x 100 + 80) / 9 = 97.777...; 9 of 12 = 75; 880 / 12 = 73.333...
        # Expected: 01 to 09 are over, 11 and 13 not begun: 900 / 11 = 81.818...
        # Of the nine reported, expected is 100: -2.222...; 0.9777...
        measures = measure(milestone, ALL, "january")
        assert show(measures.progress, measures.known_percent, measures.progress_floor) == [
            "97.8",
            "75.0",
            "73.3",
        ]
        assert show(measures.expected, measures.deviation, measures.spi) == [
            "81.8",
            "-2.2",
            "0.98",
        ]
        # Late: 09, 31 days. The longest delay is that of 04, 76 days.
        # Due: 01 to 09; in time 01, 03, 05, 06, 07 (10 days early), 08: 6 of 9 = 66.666...
        assert get_row(measures, "09").schedule.variance_days == 31
        assert get_row(measures, "07").schedule.variance_days == -10
        assert (measures.counts.overdue, measures.longest_delay_days) == (1, 76)
        assert show(measures.on_time_rate) == ["66.7"]
        # From 73.3 to 98.3: substantial, whatever 11, 12 and 13 are.
        assert measures.suggested_completion == "substantial"
        cancelled = get_row(measures, "10")
        assert (cancelled.weight, cancelled.schedule.variance_days) == (None, None)

    def test_september_2020(self, milestone: Milestone) -> None:
        # All twelve that were not cancelled are at 100.
        measures = measure(milestone, ALL, "end")
        assert show(measures.progress, measures.known_percent, measures.expected) == [
            "100.0",
            "100.0",
            "100.0",
        ]
        assert show(measures.deviation, measures.spi) == ["0.0", "1.00"]
        assert (measures.status, measures.suggested_completion) == ("completed", "complete")
        # 09: 31 December to 10 February: 31 + 10 = 41. 11: February to March, the ends of the
        # months: 31. 12: in doubt. 13: nobody says when, so the milestone's end isn't known.
        assert get_row(measures, "09").schedule.variance_days == 41
        assert get_row(measures, "11").schedule.variance_days == 31
        assert get_row(measures, "12").schedule.variance_days is None
        assert get_row(measures, "13").schedule.variance_days is None
        assert measures.counts.undated_done == 1
        assert (measures.actual_end, measures.schedule.variance_days) == (None, None)
        # Due: 01 to 09 and 11; in time 01, 03, 05 to 08: 6 of 10.
        assert show(measures.on_time_rate) == ["60.0"]

    def test_september_2020_budget(self, milestone: Milestone) -> None:
        # The milestone's own amount holds, not 03's 10,000.00.
        # 570,075.00 - 561,250.40 = 8,824.60: 1.5479... %; executed 98.4520... %
        (spending,) = measure(milestone, ALL, "end").budget.values()
        assert show(spending.executed, spending.variance) == ["561250.40", "8824.60"]
        assert show(spending.variance_percent, spending.execution_percent) == ["1.5", "98.5"]


class TestCorrected:
    """Activity 12 from March 2020: the planned days weigh, 519 in all."""

    def test_rule_and_its_reason(self, corrected: Milestone) -> None:
        measures = measure(corrected, [], "april")
        assert (measures.weight_rule, measures.weight_reason) == ("days", "all_dated")
        assert sum(row.weight or 0 for row in measures.activities) == 519
        assert get_row(measures, "12").weight == 153

    def test_april_2019_before_any_report(self, corrected: Milestone) -> None:
        # 15 of 519 days have passed: 2.890...
        measures = measure(corrected, ALL, "april")
        assert show(measures.progress, measures.expected) == [None, "2.9"]

    def test_june_2019(self, corrected: Milestone) -> None:
        # (30 x 100 + 31 x 100 + 30 x 50) / 91 = 7600 / 91 = 83.516...
        # 91 of 519 days: 17.533...; 7600 / 519 = 14.643...
        # Expected: 30 + 31 + 20 = 81 of 519 days: 15.606...
        # Of the three reported: 81 / 91 = 89.010...; 83.516... - 89.010... = -5.494...
        # 7600 / 8100 = 0.938...
        measures = measure(corrected, ALL, "june")
        assert show(measures.progress, measures.known_percent, measures.progress_floor) == [
            "83.5",
            "17.5",
            "14.6",
        ]
        assert show(measures.expected, measures.compared_expected) == ["15.6", "89.0"]
        assert show(measures.deviation, measures.spi) == ["-5.5", "0.94"]

    def test_january_2020(self, corrected: Milestone) -> None:
        # Without 10: 488 days. 01 to 09 have 275, 09 31 of them:
        # (244 x 100 + 31 x 80) / 275 = 26880 / 275 = 97.745...; 275 / 488 = 56.352...
        # 26880 / 488 = 55.081...; expected 275 / 488 = 56.352...
        # Of the nine reported, expected is 100: -2.254...; 0.977...
        measures = measure(corrected, ALL, "january")
        assert show(measures.progress, measures.known_percent, measures.progress_floor) == [
            "97.7",
            "56.4",
            "55.1",
        ]
        assert show(measures.expected, measures.deviation, measures.spi) == [
            "56.4",
            "-2.3",
            "0.98",
        ]

    def test_september_2020(self, corrected: Milestone) -> None:
        # 12 ended on 20 August, due on 31 July: 20 days late, and one more that was due.
        measures = measure(corrected, ALL, "end")
        assert get_row(measures, "12").schedule.variance_days == 20
        assert show(measures.progress, measures.on_time_rate) == ["100.0", "54.5"]  # 6 of 11


class TestAbove:
    """The commitment has eight milestones, and of seven nothing is known but who answers."""

    def test_commitment_in_june_2019(self, load: Load) -> None:
        # Only the first has progress: 250 / 3 = 83.3. No dates: each weighs the same.
        # Known: 23.0769... / 8 = 2.884...; at least 19.2307... / 8 = 2.403...
        measures = measure_all(load, ALL, DAYS["june"]).commitments["gt-pan4-c11"]
        assert (measures.weight_rule, measures.weight_reason) == ("equal", "missing_dates")
        assert show(measures.progress, measures.known_percent, measures.progress_floor) == [
            "83.3",
            "2.9",
            "2.4",
        ]
        assert (measures.counts.total, measures.counts.unreported) == (20, 17)

    def test_completed_parts_do_not_make_the_whole_100(self, load: Load) -> None:
        # All that is reported is at 100, and seven milestones are not reported: 99.9.
        measures = measure_all(load, ALL, DAYS["end"]).commitments["gt-pan4-c11"]
        assert show(measures.progress, measures.known_percent) == ["99.9", "12.5"]
        assert measures.suggested_completion is None

    def test_other_commitments_stay_unknown(self, load: Load) -> None:
        tree = measure_all(load, ALL, DAYS["end"])
        others = [m for name, m in tree.commitments.items() if name != "gt-pan4-c11"]
        assert others
        assert all(m.progress is None and not m.is_late for m in others)
        assert tree.plan and tree.plan.budget["GTQ"].executed == Decimal("561250.40")

    def test_closed_plan_is_judged_at_its_closing_date(self, load: Load) -> None:
        plan = next(p for p in load.action_plans if p.id == "gt-pan4")
        closed = replace(plan, status="closed", closed_on=PartialDate.parse("2020-01-31"))
        tree = measure_tree(closed, load.commitments, load.milestones, ALL, date(2026, 1, 1))
        assert tree.today == DAYS["january"]
        assert show(tree.milestones[NAME].progress) == ["97.8"]
