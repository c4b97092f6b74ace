"""What a Gantt chart shows, and where each row of it stands.

Names stand in a column beside the bars, or over them where the window is too narrow for that.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from .timeline import Timeline, make_timeline

FONT = 13
#: Width of a letter, rather more than the fonts of the drawing have.
LETTER = 6.8
LINE = 17
HEAD = 58
BAR = 12
ACTUAL = 5
_GAP = 8
#: A name is cut after so many lines.
_MOST_LINES = 3
#: More rows and levels of marks than that are told by the table alone.
_MOST_ROWS = 400
_MOST_LEVELS = 6
#: How far from all else today, or a date in doubt, may be to be on the chart.
_NEAR = timedelta(days=92)


@dataclass(frozen=True, kw_only=True)
class Span:
    """A first and a last day, one of which may be unknown."""

    start: date | None
    end: date | None

    @property
    def days(self) -> tuple[date, ...]:
        """List the days that are known."""
        return tuple(day for day in (self.start, self.end) if day is not None)

    @property
    def is_whole(self) -> bool:
        """Tell whether both are known."""
        return len(self.days) == 2


@dataclass(frozen=True, kw_only=True)
class Row:
    """An activity, a phase or a product.

    Attributes:
        number: by which other rows name it; empty where nothing does.
        standing: ``late``, ``unreported``, ``due``, ``on_time``, ``not_due``, ``done``,
            ``cancelled``, or ``planned`` of what nobody reports on by itself.
        note: how it stands in words, which the chart writes beside the name.
        text: all that is known of it, for who points at the bar.
        actual: what was done; with no last day it goes on.
        after: numbers of the rows that it waits for.
        is_point: one day and no work: a product on its due date.
    """

    number: str
    name: str
    standing: str
    note: str
    text: str
    planned: Span | None = None
    actual: Span | None = None
    is_doubtful: bool = False
    after: tuple[str, ...] = ()
    is_point: bool = False

    @property
    def spans(self) -> tuple[Span, ...]:
        """List the spans that it has."""
        return tuple(span for span in (self.planned, self.actual) if span and span.days)


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Something short that has its place in a line with others: a meeting."""

    label: str
    text: str
    start: date
    end: date


@dataclass(frozen=True, kw_only=True)
class Group:
    """Rows, or marks in one line, under a title."""

    title: str
    rows: tuple[Row, ...] = ()
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Words:
    """The chart's own words in the reader's language.

    Attributes:
        standings: of each standing; the legend explains those that the chart has.
        more: what stands where rows are left out, with ``{count}``.
    """

    months: Sequence[str]
    quarters: Sequence[str]
    standings: Mapping[str, str]
    actual: str
    doubtful: str
    after: str
    today: str
    more: str


@dataclass(frozen=True, kw_only=True)
class Gantt:
    """What is drawn.

    Attributes:
        key: begins the ids of the drawing: unique in its page.
        title: the drawing's name, and ``description`` what it shows, for who does not see it.
        today: the day at which it is judged.
        unit: ``month`` or ``quarter``; None for the one that fits.
        side: width of the column of names; without one they stand over their bars.
        width: of the calendar, at least; ``room`` is the most that it takes unasked.
    """

    key: str
    title: str
    description: str
    groups: tuple[Group, ...]
    today: date
    words: Words
    unit: str | None = None
    side: int = 312
    width: int = 640
    room: int = 700


class PlacedRow(NamedTuple):
    """A row, and where it stands.

    Attributes:
        lines: its name, cut where it is too long.
        top: of the row, and ``bottom``; its name begins at the top.
        bar: top of the bar.
        note: where its note begins, or ends if ``is_before`` the bar.
        baseline: of the note.
    """

    row: Row
    lines: tuple[str, ...]
    top: float
    bottom: float
    bar: float
    note: float
    is_before: bool
    baseline: float


class PlacedMark(NamedTuple):
    """A mark, and where it stands: the middle of its time."""

    mark: Mark
    x: float
    y: float


class PlacedTitle(NamedTuple):
    """The title of a group."""

    text: str
    y: float


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A chart with every part of it in its place.

    Attributes:
        height: of all rows with the head, without the legend.
    """

    line: Timeline
    titles: tuple[PlacedTitle, ...]
    rows: tuple[PlacedRow, ...]
    marks: tuple[PlacedMark, ...]
    height: float


def place_span(line: Timeline, span: Span, today: date) -> tuple[float, float]:
    """Give where a bar begins and ends: the last day is in it, an open one goes to today."""
    start = span.start or span.end or today
    end = span.end or max(start, today)
    start, end = min(start, end), max(start, end)
    return line.place(start.toordinal()), line.place(end.toordinal() + 1)


def lay_out(gantt: Gantt) -> Layout:
    """Give every part of a chart its place.

    Args:
        gantt: with one date at least.

    Raises:
        ValueError: nothing in it is dated.
    """
    periods = list(_list_periods(gantt))
    if not periods:
        raise ValueError("nothing is dated")
    line = make_timeline(periods, gantt.unit, width=gantt.width, room=gantt.room)
    page = _Page(gantt, line)
    for group in gantt.groups:
        if group.rows or group.marks:
            page.add(group)
    return Layout(
        line=line,
        titles=tuple(page.titles),
        rows=tuple(page.rows),
        marks=tuple(page.marks),
        height=page.y,
    )


def _list_periods(gantt: Gantt) -> Iterator[tuple[date, date]]:
    """List what the chart must hold; today and what is in doubt only where they are near."""
    rows = [row for group in gantt.groups for row in group.rows]
    sure = [span for row in rows if not row.is_doubtful for span in row.spans]
    marks = [(mark.start, mark.end) for group in gantt.groups for mark in group.marks]
    doubtful = [span for row in rows if row.is_doubtful for span in row.spans]
    found = [(span.days[0], span.days[-1]) for span in sure or doubtful] + marks
    if not found:
        return
    first, last = min(map(min, found)), max(map(max, found))
    yield first, last
    near = max(_NEAR, (last - first) / 4)
    for day in (gantt.today, *(day for span in doubtful for day in span.days)):
        if first - day <= near and day - last <= near:
            yield day, day


class _Page:
    """Fills a chart from the top down."""

    def __init__(self, gantt: Gantt, line: Timeline) -> None:
        self.gantt, self.line, self.y = gantt, line, float(HEAD)
        self.titles: list[PlacedTitle] = []
        self.rows: list[PlacedRow] = []
        self.marks: list[PlacedMark] = []

    def add(self, group: Group) -> None:
        self.titles.append(PlacedTitle(group.title, self.y + LINE))
        self.y += LINE + _GAP
        for row in group.rows[:_MOST_ROWS]:
            self._add_row(row)
        self._add_marks(group.marks)
        if len(group.rows) > _MOST_ROWS:
            count = len(group.rows) - _MOST_ROWS
            text = self.gantt.words.more.format(count=count)
            self.titles.append(PlacedTitle(text, self.y + LINE))
            self.y += LINE + _GAP

    def _add_row(self, row: Row) -> None:
        is_beside = self.gantt.side > 0
        letters = int((self.gantt.side - _GAP if is_beside else self.line.width) / LETTER)
        name = f"{row.number} {row.name}" if row.number else row.name
        lines = textwrap.wrap(name, letters, max_lines=_MOST_LINES, placeholder=" …")
        named = LINE * len(lines)
        note, is_before, is_free = self._place_note(row)
        # a note that has no room at the bar has a line of its own where names do, too
        has_line = not (is_free or is_beside)
        bar = self.y + (0 if is_beside else named + LINE * has_line) + _GAP / 2
        under = bar + BAR + (ACTUAL + 2) * bool(row.actual) + _GAP / 2
        bottom = max(under, self.y + named + _GAP) if is_beside else under + _GAP / 2
        baseline = bar - _GAP / 2 if has_line else bar + BAR - 2
        self.rows.append(
            PlacedRow(row, tuple(lines), self.y, bottom, bar, note, is_before, baseline)
        )
        self.y = bottom

    def _place_note(self, row: Row) -> tuple[float, bool, bool]:
        """Put the note behind the bar, before it, or where the bar is.

        Returns:
            Its place, whether it ends there, and whether there is no bar in that place.
        """
        if not row.spans:
            return 0.0, False, True
        width = (len(row.note) + 2) * LETTER
        places = list(self._list_places(row))
        first, last = min(places), max(places)
        gap = float(_GAP if row.planned and row.planned.is_whole else 2 * _GAP)
        if last + gap + width <= self.line.width:
            return last + gap, False, True
        if first - gap - width >= 0:
            return first - gap, True, True
        return max(min(first + gap, self.line.width - width), 0.0), False, False

    def _list_places(self, row: Row) -> Iterator[float]:
        """List where what is drawn of a row begins and ends; half a span is a point."""
        if row.planned and row.planned.is_whole:
            yield from place_span(self.line, row.planned, self.gantt.today)
        elif row.planned:
            for day in row.planned.days:
                yield self.line.place(day.toordinal() + (row.planned.start is None))
        if row.actual and row.actual.days:
            yield from place_span(self.line, row.actual, self.gantt.today)

    def _add_marks(self, marks: Sequence[Mark]) -> None:
        """Put marks in a line, and those that would cover one another one below the other."""
        ends: list[float] = []
        hidden = 0
        for mark in sorted(marks, key=lambda mark: (mark.start, mark.end)):
            middle = (mark.start.toordinal() + mark.end.toordinal() + 1) / 2
            x, half = self.line.place(middle), max(BAR, len(mark.label) * LETTER) / 2 + 3
            level = next((n for n, end in enumerate(ends) if end <= x - half), len(ends))
            if level == _MOST_LEVELS:
                hidden += 1
                continue
            ends[level : level + 1] = [x + half]
            self.marks.append(PlacedMark(mark, x, self.y + level * 2 * LINE + BAR))
        self.y += len(ends) * 2 * LINE
        if hidden:
            text = self.gantt.words.more.format(count=hidden)
            self.titles.append(PlacedTitle(text, self.y + LINE))
            self.y += LINE + _GAP
