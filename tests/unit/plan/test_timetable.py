"""What a milestone dates, and how each part of it stands: the same as its lists and counts say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from ckanext.gtplan.plan.dates import PartialDate
from ckanext.gtplan.plan.follow.progress import measure_milestone
from ckanext.gtplan.plan.follow.reporting import lay_over
from ckanext.gtplan.plan.follow.timetable import Line, list_lines
from ckanext.gtplan.plan.model import (
    Activity,
    ExpectedDeliverable,
    Meeting,
    Milestone,
    Phase,
    Report,
)

TODAY = date(2020, 6, 30)


def day(text: str) -> PartialDate:
    return PartialDate.parse(text)


def activity(number: str, start: str | None, end: str | None, **more: object) -> Activity:
    planned = {"planned_start": start and day(start), "planned_end": end and day(end)}
    return Activity(activity_no=number, name=f"A{number}", **{**planned, **more})  # type: ignore[arg-type]


def report(number: str | None = None, **values: object) -> Report:
    given = {"id": f"r{number}", "milestone": "h1", "activity_no": number, "as_of": day("2020-06")}
    return Report(**{**given, **values})  # type: ignore[arg-type]


PLAN = Milestone(
    id="h1",
    title="Hito",
    commitment="c1",
    planned_start=day("2020-01"),
    planned_end=day("2020-05"),
    activities=(
        activity("01", "2020-01", "2020-02", responsibles=("inap",)),
        activity("02", "2020-03", "2020-04", predecessors=("01",)),
        activity("03", "2020-09", "2020-10"),
        activity("04", "2020-05", "2020-03"),
    ),
    phases=(Phase(text="Fase", start=day("2020-01"), end=day("2020-02")),),
    expected_deliverables=(
        ExpectedDeliverable(key="plan", name="Plan", due_date=day("2020-02")),
        ExpectedDeliverable(key="tarde", name="Tarde", due_date=day("2020-04")),
    ),
    schedule=(Meeting(meeting_no="00", name="Reunión", planned_date=day("2020-01")),),
)


def lines(milestone: Milestone, *reports: Report) -> dict[str, Line]:
    measures = measure_milestone(milestone, lay_over(reports, TODAY), TODAY, {})
    return {f"{line.kind} {line.number}".strip(): line for line in list_lines(milestone, measures)}


def test_lines_come_in_the_order_of_the_page() -> None:
    assert list(lines(PLAN)) == [
        *("activity 01", "activity 02", "activity 03", "activity 04"),
        *("phase", "deliverable plan", "deliverable tarde", "meeting 00"),
    ]


def test_where_nobody_reports_nothing_is_late() -> None:
    found = lines(PLAN)
    assert found["activity 01"].standing == "unreported"
    assert found["activity 03"].standing == "not_due"
    assert found["deliverable plan"].standing == "unreported"
    assert not [line for line in found.values() if line.standing == "late"]
    assert found["phase"].standing is None and found["meeting 00"].standing is None


def test_of_a_deliverable_without_a_date_nobody_says_that_it_is_not_due() -> None:
    undated = tuple(replace(row, due_date=None) for row in PLAN.expected_deliverables)
    found = lines(replace(PLAN, expected_deliverables=undated))
    assert found["deliverable plan"].standing == found["deliverable tarde"].standing == "unreported"


def test_what_is_reported_is_told() -> None:
    found = lines(
        PLAN,
        report("01", status="completed", actual_start=day("2020-01"), actual_end=day("2020-03")),
        report("02", status="in_progress", percent_complete=Decimal(40)),
        report("03", status="cancelled"),
    )
    done = found["activity 01"]
    assert (done.standing, done.is_late_finish, str(done.actual_end)) == ("done", True, "2020-03")
    assert (found["activity 02"].standing, found["activity 02"].progress) == ("late", 40)
    assert found["activity 03"].standing == "cancelled"
    assert found["deliverable tarde"].standing == "late"


def test_a_period_that_ends_before_it_starts_is_in_doubt() -> None:
    found = lines(PLAN)
    assert found["activity 04"].is_doubtful and not found["activity 01"].is_doubtful


def test_a_milestone_without_activities_is_a_line_itself() -> None:
    alone = replace(PLAN, activities=(), phases=())
    found = lines(alone, report(status="in_progress"))
    assert found["milestone"].standing == "late" and found["milestone"].name == "Hito"


def test_what_is_planned_is_kept() -> None:
    found = lines(PLAN)
    assert found["activity 02"].predecessors == ("01",)
    assert found["activity 01"].responsibles == ("inap",)
    assert str(found["meeting 00"].planned_end) == "2020-01"
