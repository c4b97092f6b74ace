"""A milestone's work in time: what its document plans, beside what is reported of it.

The chart and its table are made of the same lines, and how each stands is told as the lists of
what is owed tell it (``dues``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ..dates import PartialDate, is_inverted
from ..model import Activity, Milestone
from ..parts import ExpectedDeliverable
from .coverage import DeliverableMeasures
from .dues import judge_deliverable, judge_unit
from .measures import ActivityMeasures, Measures

#: What a work plan dates, in the order of its page.
KINDS = ("milestone", "activity", "phase", "deliverable", "meeting")


@dataclass(frozen=True, kw_only=True)
class Line:
    """Something that a work plan dates.

    Attributes:
        kind: one of ``KINDS``; the milestone itself only where it has no activities.
        number: as its document numbers it, of a deliverable its key; empty of the rest.
        planned_end: of a deliverable and a meeting their date, which has no begin.
        printed: the dates as the document writes them.
        is_doubtful: nothing is computed of its dates.
        standing: one of ``dues.STANDINGS``, or ``cancelled``; None of phases and meetings, on
            which nobody reports by themselves.
        status: a code of ``activity_status``, of a deliverable of ``publication_status``.
        is_late_finish: it is completed, and was late.
    """

    kind: str
    number: str = ""
    name: str
    responsibles: tuple[str, ...] = ()
    planned_start: PartialDate | None = None
    planned_end: PartialDate | None = None
    printed: str | None = None
    is_doubtful: bool = False
    baseline_start: PartialDate | None = None
    baseline_end: PartialDate | None = None
    actual_start: PartialDate | None = None
    actual_end: PartialDate | None = None
    standing: str | None = None
    status: str | None = None
    progress: Decimal | None = None
    is_late_finish: bool = False
    predecessors: tuple[str, ...] = ()


def list_lines(milestone: Milestone, measures: Measures) -> Iterator[Line]:
    """List what a milestone dates.

    Args:
        milestone: as its document has it.
        measures: its figures at the day at which it is judged.

    Returns:
        Its activities, or itself where it has none; then phases, deliverables and meetings.
    """
    if milestone.activities:
        parts = {part.activity_no: part for part in measures.activities}
        for activity in milestone.activities:
            yield _make_activity(activity, parts.get(activity.activity_no), measures)
    else:
        yield _make_whole(milestone, measures)
    for phase in milestone.phases:
        yield Line(
            kind="phase",
            name=phase.text,
            responsibles=phase.responsibles,
            planned_start=phase.start,
            planned_end=phase.end,
            is_doubtful=is_inverted(phase.start, phase.end),
        )
    states = {part.key: part for part in measures.deliverables}
    for row in milestone.expected_deliverables:
        yield _make_deliverable(row, states.get(row.key), measures)
    for meeting in milestone.schedule:
        yield Line(
            kind="meeting",
            number=meeting.meeting_no,
            name=meeting.name,
            planned_end=meeting.planned_date,
            printed=meeting.date_verbatim,
        )


def _make_activity(activity: Activity, part: ActivityMeasures | None, whole: Measures) -> Line:
    start, end = activity.planned_start, activity.planned_end
    return Line(
        kind="activity",
        number=activity.activity_no,
        name=activity.name,
        responsibles=activity.responsibles,
        planned_start=start,
        planned_end=end,
        printed=activity.date_verbatim,
        is_doubtful=activity.is_date_doubtful or is_inverted(start, end),
        baseline_start=activity.baseline_start,
        baseline_end=activity.baseline_end,
        predecessors=activity.predecessors,
        **_tell(end, part, whole),
    )


def _make_whole(milestone: Milestone, measures: Measures) -> Line:
    start, end = milestone.planned_start, milestone.planned_end
    named = (actor.organization for actor in milestone.responsibles)
    return Line(
        kind="milestone",
        name=milestone.title,
        responsibles=tuple(name for name in named if name),
        planned_start=start,
        planned_end=end,
        printed=milestone.date_verbatim,
        is_doubtful=milestone.is_date_doubtful or is_inverted(start, end),
        baseline_start=milestone.baseline_start,
        baseline_end=milestone.baseline_end,
        **_tell(end, measures, measures),
    )


def _tell(
    end: PartialDate | None, part: ActivityMeasures | Measures | None, whole: Measures
) -> dict[str, Any]:
    if part is None:
        return {}
    is_cancelled = part.status == "cancelled"
    return {
        "actual_start": part.actual_start,
        "actual_end": part.actual_end,
        "standing": "cancelled" if is_cancelled else judge_unit(end, part, whole),
        "status": part.status,
        "progress": part.progress,
        "is_late_finish": part.schedule.is_late_finish,
    }


def _make_deliverable(
    row: ExpectedDeliverable, part: DeliverableMeasures | None, whole: Measures
) -> Line:
    standing = judge_deliverable(row.due_date, part, whole) if part else None
    return Line(
        kind="deliverable",
        number=row.key,
        name=row.name,
        responsibles=row.responsibles,
        planned_end=row.due_date,
        standing="cancelled" if part and part.status == "not_applicable" else standing,
        status=part.status if part else None,
    )
