"""The axes of a chart: round numbers upward, and time as it passes from left to right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ..plan.dates import PartialDate

#: How many steps a scale should have at most, and the first digits of round ones.
_MOST_STEPS = 6
_ROUND = (1, 2, 5, 10)
#: Steps between labelled years, months and days, and how many labels fit.
_YEARS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)
_MONTHS = (1, 2, 3, 6)
_DAYS = (1, 2, 7, 14)
_MOST_LABELS = 8


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Maps numbers to a share of the height: 0 is the bottom, 1 the top.

    Attributes:
        ticks: round numbers from the lowest to the highest.
    """

    ticks: tuple[Decimal, ...]

    def place(self, value: Decimal) -> float:
        """Give the place of a number that lies between the ticks."""
        low, high = self.ticks[0], self.ticks[-1]
        return float((value - low) / (high - low))


def make_scale(values: Iterable[Decimal], *, has_zero: bool) -> Scale:
    """Make the scale of some finite numbers.

    Zero is on it where bars stand on it, and wherever it is not far: half the height for
    nothing would hide how the numbers differ.

    Args:
        values: what must fit; without any, 0 to 1.
        has_zero: zero must be on the scale.
    """
    found = sorted(values) or [Decimal(0), Decimal(1)]
    low, high = found[0], found[-1]
    if has_zero or low == high or 0 <= low <= high / 2 or low / 2 <= high <= 0:
        low, high = min(low, Decimal(0)), max(high, Decimal(0))
    if low == high:
        high = low + 1
    step = _find_step((high - low) / _MOST_STEPS)
    first = (low / step).to_integral_value("ROUND_FLOOR")
    last = (high / step).to_integral_value("ROUND_CEILING")
    return Scale(ticks=tuple((first + n) * step for n in range(int(last - first) + 1)))


def _find_step(least: Decimal) -> Decimal:
    unit = Decimal(1).scaleb(least.adjusted())
    return next(unit * digit for digit in _ROUND if unit * digit >= least)


@dataclass(frozen=True, kw_only=True)
class Axis:
    """Maps days to a share of the width, from the first day to the end of the last.

    Attributes:
        first: ordinal of the first day.
        end: ordinal of the day after the last.
        shortest: days of the shortest period: nothing shorter is named.
    """

    first: int
    end: int
    shortest: int = 1

    def place(self, ordinal: float) -> float:
        """Give the place of the begin of a day."""
        return (ordinal - self.first) / (self.end - self.first)

    def list_labels(self) -> list[tuple[str, float, float]]:
        """List what is written under the axis: years, months or days, a few of them.

        Returns:
            Text, and where the time that it names begins and ends.
        """
        days = self.end - self.first
        if days > 3 * 366 or self.shortest >= 365:
            units = _list_years(self.first, self.end)
        elif days > 62 or self.shortest >= 28:
            units = _list_months(self.first, self.end)
        else:
            units = _list_days(self.first, self.end)
        return [(text, self.place(start), self.place(end)) for text, start, end in units]


def make_axis(periods: Iterable[tuple[date, date]]) -> Axis:
    """Make the axis of some periods, at least one, by their first and last days."""
    found = list(periods)
    return Axis(
        first=min(start for start, _ in found).toordinal(),
        end=max(end for _, end in found).toordinal() + 1,
        shortest=min((end - start).days + 1 for start, end in found),
    )


_Units = list[tuple[str, int, int]]


def _list_years(first: int, end: int) -> _Units:
    low, high = date.fromordinal(first).year, date.fromordinal(end - 1).year
    step = _choose(_YEARS, high - low + 1)
    return _keep_inside(
        (
            (f"{year:04d}", PartialDate(year=year))
            for year in range(low, high + 1)
            if year % step == 0
        ),
        first,
        end,
    )


def _list_months(first: int, end: int) -> _Units:
    low, high = date.fromordinal(first), date.fromordinal(end - 1)
    months = range(low.year * 12 + low.month - 1, high.year * 12 + high.month)
    step = _choose(_MONTHS, len(months))
    dates = (PartialDate(year=n // 12, month=n % 12 + 1) for n in months if n % step == 0)
    return _keep_inside(((str(month), month) for month in dates), first, end)


def _list_days(first: int, end: int) -> _Units:
    step = _choose(_DAYS, end - first)
    days = (date.fromordinal(n) for n in range(first, end, step))
    return [(day.isoformat(), day.toordinal(), day.toordinal() + 1) for day in days]


def _choose(steps: tuple[int, ...], count: int) -> int:
    return next((step for step in steps if count / step <= _MOST_LABELS), steps[-1])


def _keep_inside(units: Iterable[tuple[str, PartialDate]], first: int, end: int) -> _Units:
    def cut() -> Iterator[tuple[str, int, int]]:
        for text, unit in units:
            start, stop = unit.first_day.toordinal(), unit.last_day.toordinal() + 1
            yield text, max(start, first), min(stop, end)

    return list(cut())
