"""The work of a milestone in time: the lines of its table, and its Gantt chart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from ckan.plugins import toolkit as tk
from markupsafe import Markup

from .. import config, formats
from ..charts.bars import draw_gantt
from ..charts.gantt import Gantt, Group, Mark, Row, Span, Words
from ..charts.timeline import UNITS
from ..config import get_language
from ..logic.follow.progress import Following, follow
from ..plan.dates import PartialDate
from ..plan.follow.timetable import Line, list_lines
from ..plan.model import Milestone
from .progress import gtplan_percent, gtplan_progress
from .records import gtplan_country, gtplan_record, gtplan_short_title, remember
from .words import (
    gtplan_date,
    gtplan_field_label,
    gtplan_label,
    gtplan_standing,
    gtplan_type_name,
)

__all__ = ["gtplan_gantt", "gtplan_gantt_unit", "gtplan_standing_word", "gtplan_timetable"]

#: How a row of a chart can stand, in the order in which the chart explains it.
_STANDINGS = ("late", "on_time", "unreported", "due", "not_due", "done", "cancelled", "planned")

Package = Mapping[str, Any]
Timetable = tuple[date, list[Line]]
#: A chart without a column of names, for a window too narrow for one: the names over the bars.
_NARROW = {"side": 0, "width": 262, "room": 262}


def gtplan_gantt_unit(asked: str | None) -> str | None:
    """Read how a chart is asked for; None for what suits, also where it is asked for wrongly."""
    return asked if asked in UNITS else None


def gtplan_standing_word(line: Line) -> str:
    """Say how a line stands; a deliverable by what is known of its publication."""
    if line.kind == "deliverable" and line.status and line.standing in ("done", "cancelled"):
        return gtplan_label("publication_status", line.status)
    if line.kind == "deliverable" and line.standing == "unreported":
        return tk._("Not published")
    if line.standing == "done" and line.is_late_finish:
        return tk._("Completed late")
    return gtplan_standing(line.standing) if line.standing else ""


def gtplan_timetable(package: Package, day: date | None = None) -> Timetable | None:
    """List what a milestone dates, and how each stands.

    Args:
        package: the milestone.
        day: the day at which it is judged; today when None.

    Returns:
        The day at which it is judged, and its lines; None for what cannot be read.
    """
    if day is None:
        return remember("gtplan_timetable", str(package["name"]), lambda: _read(package, None))
    return _read(package, day)


def _read(package: Package, day: date | None) -> Timetable | None:
    record = gtplan_record(package)
    found = gtplan_progress(package) if day is None else _follow(package, day)
    if not isinstance(record, Milestone) or found is None or found.measures is None:
        return None
    return found.tree.today, list(list_lines(record, found.measures))


def _follow(package: Package, day: date) -> Following | None:
    found = follow({}, package, day) if package["type"] == "milestone" else None
    return found if found and found.measures else None


def gtplan_gantt(
    package: Package,
    by: str | None = None,
    day: date | None = None,
    *,
    is_narrow: bool = False,
) -> Markup | None:
    """Draw the work of a milestone in time.

    Args:
        package: the milestone.
        by: ``month`` or ``quarter``; None for what suits.
        day: the day at which it is judged; today when None.
        is_narrow: for the window of a telephone.

    Returns:
        The chart; None where nothing is dated.
    """
    found = gtplan_timetable(package, day)
    if found is None:
        return None
    judged, lines = found
    chart = Gantt(
        key="gantt-narrow" if is_narrow else "gantt-wide",
        title=tk._("Timetable of {record}").format(record=_name_record(package)),
        description=_describe(lines, judged),
        groups=tuple(_make_groups(lines, gtplan_country(package))),
        today=judged,
        words=_make_words(judged),
        unit=gtplan_gantt_unit(by),
        **(_NARROW if is_narrow else {}),
    )
    try:
        return Markup(draw_gantt(chart))  # draw_gantt escapes every text
    except ValueError:  # nothing is dated
        return None


def _name_record(package: Package) -> str:
    short, title = gtplan_short_title(package), str(package["title"])
    return title if short == title else f"{short}: {title}"


def _make_words(judged: date) -> Words:
    language, day = get_language(), gtplan_date(judged)
    sentence = tk._("Today, {date}") if judged == config.get_today() else tk._("On {date}")
    return Words(
        months=formats.list_months(language),
        quarters=formats.list_quarters(language),
        standings={standing: gtplan_standing(standing) for standing in _STANDINGS},
        actual=tk._("Done, as reported"),
        doubtful=tk._("Doubtful date"),
        after=gtplan_field_label("predecessors"),
        today=sentence.format(date=day),
        more=tk._("{count} more in the table"),
    )


def _describe(lines: Sequence[Line], judged: date) -> str:
    """Say in words what the chart shows: the period, and how many activities stand how."""
    work = [line for line in lines if line.kind in ("milestone", "activity")]
    counts = Counter(line.standing for line in work if line.standing)
    told = "; ".join(
        f"{gtplan_standing(name)}: {counts[name]}" for name in _STANDINGS if counts[name]
    )
    dates = [d for line in lines for d in (line.planned_start, line.planned_end) if d]
    period = (
        tk._("Planned from {first} to {last}.").format(
            first=gtplan_date(min(dates, key=lambda d: d.first_day)),
            last=gtplan_date(max(dates, key=lambda d: d.last_day)),
        )
        if dates
        else ""
    )
    day = tk._("On {date}").format(date=gtplan_date(judged))
    tables = tk._("The tables below hold the same.")
    return f"{period} {day}: {told}. {tables}".strip()


def _make_groups(lines: Iterable[Line], country: str | None) -> Iterable[Group]:
    by_kind: dict[str, list[Line]] = {}
    for line in lines:
        by_kind.setdefault(line.kind, []).append(line)
    titles = (
        ("milestone", gtplan_type_name("milestone", is_heading=True)),
        ("activity", gtplan_field_label("activities")),
        ("phase", gtplan_field_label("phases")),
        ("deliverable", gtplan_field_label("expected_deliverables")),
    )
    for kind, title in titles:
        rows = tuple(_make_row(line, country) for line in by_kind.get(kind, ()))
        yield Group(title=title, rows=rows)
    meetings = [line for line in by_kind.get("meeting", ()) if line.planned_end]
    yield Group(title=gtplan_field_label("schedule"), marks=tuple(map(_make_mark, meetings)))


def _make_row(line: Line, country: str | None) -> Row:
    is_point = line.kind == "deliverable"
    note = gtplan_standing_word(line)
    if line.progress is not None and line.standing not in ("done", "cancelled"):
        note = f"{note} · {gtplan_percent(line.progress, country)}"
    if line.is_doubtful:
        note = " · ".join(filter(None, [note, tk._("Doubtful date")]))
    planned = _make_span(line.planned_start, line.planned_end)
    actual = _make_span(line.actual_start, line.actual_end)
    return Row(
        number="" if is_point else line.number,
        name=line.name,
        standing=line.standing or "planned",
        note=note,
        text="\n".join(_list_texts(line, note)),
        planned=planned,
        actual=actual,
        is_doubtful=line.is_doubtful,
        after=line.predecessors,
        is_point=is_point,
    )


def _make_span(start: PartialDate | None, end: PartialDate | None) -> Span | None:
    if start is None and end is None:
        return None
    return Span(start=start.first_day if start else None, end=end.last_day if end else None)


def _make_mark(line: Line) -> Mark:
    assert line.planned_end is not None  # who is not dated is no mark
    return Mark(
        label=line.number,
        text=f"{line.number} {line.name}: {gtplan_date(line.planned_end)}",
        start=line.planned_end.first_day,
        end=line.planned_end.last_day,
    )


def _list_texts(line: Line, note: str) -> Iterable[str]:
    yield line.name if line.kind == "deliverable" else f"{line.number} {line.name}".strip()
    if line.planned_start or line.planned_end:
        yield tk._("Planned") + f": {_write_period(line.planned_start, line.planned_end)}"
    if line.actual_start or line.actual_end:
        yield tk._("Done") + f": {_write_period(line.actual_start, line.actual_end)}"
    if note:
        yield note


def _write_period(start: PartialDate | None, end: PartialDate | None) -> str:
    if start is None:
        return tk._("until {date}").format(date=gtplan_date(end))
    if end is None:
        return tk._("from {date}").format(date=gtplan_date(start))
    return " – ".join(dict.fromkeys((gtplan_date(start), gtplan_date(end))))
