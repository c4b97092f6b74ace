"""What institutions owe and by when: deliverables, activities, milestones and reports.

The date is the plan's own, as precise as its document; what it falls due on is the last day
that it may mean. How each stands is taken from the figures of its milestone, so that a list of
what is owed and the board of the plan never tell two stories.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from ..dates import PartialDate
from .coverage import DeliverableMeasures
from .measures import ActivityMeasures, Measures
from .reporting import UNREPORTED
from .rollup import REPORT_EVERY

#: What is owed, in the order of lists.
KINDS = ("deliverable", "activity", "milestone", "report")
#: How it stands, the most pressing first.
STANDINGS = ("late", "unreported", "due", "on_time", "not_due", "done")
#: The groups in which a reader is told of it.
GROUPS = ("late", "unreported", "quarter", "later", "undated", "done")


@dataclass(frozen=True, kw_only=True)
class Named:
    """A record that is named beside what is owed: ``number`` as its document prints it."""

    name: str
    type: str
    title: str
    number: str | None = None
    address: str = ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """What a record's document says of an activity or a product.

    Attributes:
        key: ``activity_no`` or ``key``; empty of the milestone itself.
        printed: the date as the document writes it, where it differs.
        responsibles: names of organizations; those of the milestone where it names none.
    """

    key: str
    title: str
    due: PartialDate | None = None
    printed: str | None = None
    responsibles: tuple[str, ...] = ()
    is_closed_by_law: bool = False


@dataclass(frozen=True, kw_only=True)
class Owing:
    """A milestone with its rows, or a regional plan with its products, and what is above it.

    Attributes:
        record: the milestone or regional plan itself; ``itself`` is what it says of its end.
        starts: the first day of its work, from which the first report is counted.
        is_reported_on: reports are still to come: its plan is open.
        changed: when it, or what is reported on it, last changed (UTC).
    """

    record: Named
    commitment: Named | None = None
    plan: Named | None = None
    itself: Row
    activities: Mapping[str, Row] = field(default_factory=dict)
    deliverables: Mapping[str, Row] = field(default_factory=dict)
    starts: date | None = None
    is_reported_on: bool = True
    changed: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Due:
    """Something that is owed.

    Attributes:
        kind: one of ``KINDS``.
        key: ``activity_no``, or the key of the deliverable; empty of others.
        due: the date of the plan, with its precision; None where it gives none.
        printed: that date as the document writes it, where it differs.
        standing: one of ``STANDINGS``.
        status: a code of ``activity_status``, of a deliverable of ``publication_status``.
        is_published: of a deliverable: a dataset of it is public; ``is_open``: under an open
            licence; ``is_closed_by_law``: the plan says why the public cannot have it.
        responsibles: names of organizations, as the plan has them.
        record: the milestone or regional plan that it belongs to; ``milestone`` is None of a
            regional plan.
        changed: when its record, or what is reported on it, last changed (UTC).
    """

    kind: str
    key: str
    title: str
    due: PartialDate | None
    printed: str | None
    standing: str
    status: str
    responsibles: tuple[str, ...]
    record: Named
    commitment: Named | None
    plan: Named | None
    is_published: bool = False
    is_open: bool = False
    is_closed_by_law: bool = False
    changed: datetime | None = None

    @property
    def day(self) -> date | None:
        """Give the day on which it falls due: the last that its date may mean."""
        return self.due.last_day if self.due else None

    @property
    def is_late(self) -> bool:
        """Tell whether its day has passed, it is not done, and somebody reports."""
        return self.standing == "late"

    @property
    def is_done(self) -> bool:
        """Tell whether it is completed or delivered."""
        return self.standing == "done"

    @property
    def milestone(self) -> Named | None:
        """Give the milestone that it belongs to."""
        return self.record if self.record.type == "milestone" else None

    @property
    def anchor(self) -> str:
        """Give the id of its row on the page of its record; empty of the record itself."""
        return make_row_anchor(self.kind, self.key) if self.key else ""

    @property
    def address(self) -> str:
        """Give the address of its row on the page of its record."""
        return f"{self.record.address}#{self.anchor}" if self.anchor else self.record.address


def make_row_anchor(kind: str, key: str) -> str:
    """Make the id of a row on the page of its record; ids have no blanks.

    Args:
        kind: ``activity`` or ``deliverable``.
        key: its ``activity_no`` or ``key``.
    """
    prefix = "entregable" if kind == "deliverable" else "actividad"
    return "-".join([prefix, *key.split()])


def list_milestone_dues(owing: Owing, measures: Measures) -> Iterator[Due]:
    """List what is owed of a milestone.

    Args:
        owing: the milestone.
        measures: its figures at the day at which it is judged.

    Returns:
        Its deliverables, its activities, itself and the next report on it. What is cancelled,
        and what does not apply, is not owed.
    """
    yield from _list_deliverables(owing, measures)
    for part in measures.activities:
        row = owing.activities.get(part.activity_no or "")
        if row and part.status != "cancelled":
            yield _make(owing, "activity", row, judge_unit(row.due, part, measures), part.status)
    if measures.status != "cancelled":
        itself = owing.itself
        standing = judge_unit(itself.due, measures, measures)
        yield _make(owing, "milestone", itself, standing, measures.status)
        yield from _list_report(owing, measures)


def _list_deliverables(owing: Owing, measures: Measures) -> Iterator[Due]:
    for part in measures.deliverables:
        row = owing.deliverables.get(part.key)
        if row is None or part.status == "not_applicable":
            continue
        standing = judge_deliverable(row.due, part, measures)
        facts = {"is_published": part.facts.is_published, "is_open": part.facts.is_open}
        yield _make(owing, "deliverable", row, standing, part.status, **facts)


def judge_deliverable(
    due: PartialDate | None, part: DeliverableMeasures, measures: Measures
) -> str:
    """Tell how a deliverable stands at the day of its milestone's figures.

    Args:
        due: when it is due; without a date nobody can say that it is not due yet.
        part: its own figures.
        measures: those of its milestone.

    Returns:
        One of ``STANDINGS``.
    """
    if part.status != "planned":
        return "done"
    if part.is_late:
        return "late"
    is_awaited = part.is_due and not part.last_report or due is None
    if is_awaited and not measures.is_reporting:
        return UNREPORTED
    return "due" if part.is_due else "not_due"


def judge_unit(
    end: PartialDate | None, part: ActivityMeasures | Measures, measures: Measures
) -> str:
    """Tell how an activity, or a milestone, stands at the day of its figures.

    Args:
        end: when the plan says that it ends.
        part: its own figures.
        measures: those of its milestone.

    Returns:
        One of ``STANDINGS``.
    """
    if part.status == "completed":
        return "done"
    if part.schedule.is_overdue:
        return "late"
    if part.status == UNREPORTED:
        is_awaited = end is None or end.last_day < measures.today
        return UNREPORTED if is_awaited else "not_due"
    # reported, with dates that are in doubt: nothing is computed of them
    is_past = end is not None and end.last_day < measures.today
    return "due" if is_past else "on_time"


def _list_report(owing: Owing, measures: Measures) -> Iterator[Due]:
    """List the next report that a milestone needs; what is finished needs no more."""
    if not owing.is_reported_on or measures.status == "completed":
        return
    since = measures.last_report or owing.starts
    if since is None or since > measures.today:
        return
    day = since + timedelta(days=REPORT_EVERY)
    if measures.is_stale:
        standing = "late"
    elif measures.last_report is None and day <= measures.today:
        standing = UNREPORTED
    else:
        standing = "due" if day <= measures.today else "not_due"
    due = PartialDate(year=day.year, month=day.month, day=day.day)
    row = Row(key="", title=owing.record.title, due=due, responsibles=owing.itself.responsibles)
    yield _make(owing, "report", row, standing, measures.status)


def list_regional_dues(owing: Owing, published: Mapping[str, bool], day: date) -> Iterator[Due]:
    """List what is owed of a regional plan: nobody reports on it, so none of it is late.

    Args:
        owing: the plan.
        published: whether what is public of it is open, by the key of the deliverable.
        day: the day at which it is judged.
    """
    for key, row in owing.deliverables.items():
        is_awaited = row.due is None or row.due.last_day <= day
        standing = "done" if key in published else UNREPORTED if is_awaited else "not_due"
        facts = {"is_published": key in published, "is_open": published.get(key, False)}
        status = "published" if key in published else "planned"
        yield _make(owing, "deliverable", row, standing, status, **facts)


def _make(owing: Owing, kind: str, row: Row, standing: str, status: str, **facts: bool) -> Due:
    return Due(
        kind=kind,
        key=row.key,
        title=row.title,
        due=row.due,
        printed=row.printed,
        standing=standing,
        status=status,
        responsibles=row.responsibles or owing.itself.responsibles,
        record=owing.record,
        commitment=owing.commitment,
        plan=owing.plan,
        is_closed_by_law=row.is_closed_by_law,
        changed=owing.changed,
        **facts,
    )


def order_due(due: Due) -> tuple[date, int, str, str]:
    """Give the place of something owed in a list: by its day, those without one last."""
    return (due.day or date.max, KINDS.index(due.kind), due.record.name, due.key)


def group_dues(dues: Iterable[Due], day: date) -> dict[str, list[Due]]:
    """Group what is owed as a reader is told of it, each group by day.

    Args:
        dues: what is owed.
        day: today.

    Returns:
        By group: ``late``; ``unreported``, whose day has passed and nobody has reported;
        ``quarter``, due by the end of this quarter; ``later``; ``undated``; ``done``, the
        latest first. A group that has nothing is empty.
    """
    groups: dict[str, list[Due]] = {name: [] for name in GROUPS}
    last = get_quarter_end(day)
    for due in sorted(dues, key=order_due):
        groups[_name_group(due, last)].append(due)
    groups["done"].reverse()
    return groups


def _name_group(due: Due, last: date) -> str:
    if due.standing in ("late", "done"):
        return due.standing
    if due.day is None:
        return "undated"
    if due.standing == UNREPORTED:
        return UNREPORTED
    return "quarter" if due.day <= last else "later"


def get_quarter_end(day: date) -> date:
    """Give the last day of the quarter of a day."""
    return PartialDate(year=day.year, month=(day.month - 1) // 3 * 3 + 3).last_day


def count_standings(dues: Sequence[Due]) -> dict[str, int]:
    """Count what is owed by how it stands; every standing is in the answer."""
    counts = dict.fromkeys(STANDINGS, 0)
    for due in dues:
        counts[due.standing] += 1
    return counts
