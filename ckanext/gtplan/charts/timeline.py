"""The calendar of a Gantt chart: its columns are months, quarters or years of true length."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

#: Months of a column, by the name by which a reader asks for it.
UNITS = {"month": 1, "quarter": 3}
#: Months of columns that are longer, for what lasts longer: years, decades, centuries.
_LONGER = (12, 120, 1200)
#: More columns than that are no overview any more: they are then longer ones.
_MOST_COLUMNS = 120
#: The narrowest that a column of months, and a longer one, can be and still be named.
_NARROW, _WIDE = 27, 36
_END = date.max.toordinal() + 1


@dataclass(frozen=True, kw_only=True)
class Column:
    """A month, a quarter or a longer time: from a day to the day before ``end``.

    Attributes:
        year: the year that it begins in.
        place: its number within the year, from 0.
        start: ordinal of its first day; ``end`` is that of the day after it.
    """

    year: int
    place: int
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """Maps days to a place from left to right.

    Attributes:
        months: of each column: 1, 3, 12 or more.
        width: from the begin of the first column to the end of the last.
    """

    months: int
    columns: tuple[Column, ...]
    width: int

    @property
    def start(self) -> int:
        """Give the ordinal of the first day."""
        return self.columns[0].start

    @property
    def end(self) -> int:
        """Give the ordinal of the day after the last."""
        return self.columns[-1].end

    def place(self, ordinal: float) -> float:
        """Give the place of the begin of a day; of one that is outside, the nearer end."""
        share = (ordinal - self.start) / (self.end - self.start)
        return min(max(share, 0.0), 1.0) * self.width

    def holds(self, day: date) -> bool:
        """Tell whether a day is on the line."""
        return self.start <= day.toordinal() < self.end


def make_timeline(
    periods: Iterable[tuple[date, date]], unit: str | None, *, width: int, room: int
) -> Timeline:
    """Make the calendar that holds some periods.

    Args:
        periods: first and last days, at least one.
        unit: ``month`` or ``quarter``; None for the shortest that fits. What would be too many
            columns has longer ones either way.
        width: the line is no shorter than that.
        room: and no longer where nobody asks for a unit.
    """
    first, last = _find_ends(periods)
    steps = [n for n in (*UNITS.values(), *_LONGER) if unit is None or n >= UNITS[unit]]
    counts = {n: _number(last) // n - _number(first) // n + 1 for n in steps}
    fitting = (
        n
        for n, count in counts.items()
        if count <= _MOST_COLUMNS and (unit or count * _get_width(n) <= room)
    )
    months = next(fitting, steps[-1])
    places = range(_number(first) // months, _number(last) // months + 1)
    columns = tuple(_make_column(place, months) for place in places)
    return Timeline(
        months=months,
        columns=columns,
        width=max(width, len(columns) * _get_width(months)),
    )


def _get_width(months: int) -> int:
    return _NARROW if months < 12 else _WIDE


def _find_ends(periods: Iterable[tuple[date, date]]) -> tuple[date, date]:
    days = [day for period in periods for day in period]
    return min(days), max(days)


def _number(day: date) -> int:
    """Number the months since the year 0."""
    return day.year * 12 + day.month - 1


def _make_column(step: int, months: int) -> Column:
    first = step * months
    return Column(
        year=first // 12,
        place=first % 12 // months,
        start=_find_begin(first),
        end=_find_begin(first + months),
    )


def _find_begin(month: int) -> int:
    """Find the first day of a month by its number; the calendar has years 1 to 9999."""
    year, place = divmod(month, 12)
    if year < 1:
        return 1
    return _END if year > date.max.year else date(year, place + 1, 1).toordinal()
