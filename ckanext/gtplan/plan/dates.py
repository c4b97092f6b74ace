"""Dates that are as precise as the document that states them."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

_FORM = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?\Z")


class DateError(ValueError):
    """A text that is not a date of the calendar.

    Attributes:
        text: the text as it was given.
        reason: ``form`` when it is not written as a date, ``calendar`` when the
            month or the day does not exist (31 February).
    """

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(f"{text!r} is no date ({reason})")
        self.text = text
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class PartialDate:
    """A year, a month of a year or a day: what is not known is None.

    The official work plans date by month ("Abril 2019") and by day ("10.1.2022");
    neither may be turned into the other (design: plan model, section 2).
    """

    year: int
    month: int | None = None
    day: int | None = None

    @classmethod
    def parse(cls, text: str) -> PartialDate:
        """Read an ISO 8601 date of reduced precision.

        Args:
            text: ``2018``, ``2018-11`` or ``2018-11-30``.

        Returns:
            The date, with the precision of the text.

        Raises:
            DateError: the text has another form, or names a day that does not exist.
        """
        return _parse(text)

    def __str__(self) -> str:
        parts = [f"{self.year:04d}"]
        if self.month is not None:
            parts.append(f"{self.month:02d}")
            if self.day is not None:
                parts.append(f"{self.day:02d}")
        return "-".join(parts)

    @property
    def precision(self) -> str:
        """Tell what the date is precise to: ``year``, ``month`` or ``day``."""
        if self.month is None:
            return "year"
        return "month" if self.day is None else "day"

    @property
    def first_day(self) -> date:
        """Give the first day that the date may mean (a month starts on its first)."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def last_day(self) -> date:
        """Give the last day that the date may mean (a month ends on its last)."""
        if self.month is not None and self.day is not None:
            return date(self.year, self.month, self.day)
        return get_month_end(self.year, self.month or 12)


@lru_cache(maxsize=4096)  # the plans of a portal name the same days again and again
def _parse(text: str) -> PartialDate:
    match = _FORM.match(text.strip())
    if not match:
        raise DateError(text, "form")
    year, month, day = (int(part) if part else None for part in match.groups())
    assert year is not None  # the form demands it
    try:
        date(year, 1 if month is None else month, 1 if day is None else day)
    except ValueError as error:
        raise DateError(text, "calendar") from error
    return PartialDate(year=year, month=month, day=day)


@lru_cache(maxsize=1024)
def get_month_end(year: int, month: int) -> date:
    """Give the last day of a month."""
    return date(year, month, calendar.monthrange(year, month)[1])


def is_inverted(start: PartialDate | None, end: PartialDate | None) -> bool:
    """Tell whether a period surely ends before it starts.

    "Enero 2022" and 10.1.2022 are no contradiction: only when every day that the
    end may mean lies before every day that the start may mean is it one.
    """
    return start is not None and end is not None and end.last_day < start.first_day


def is_outside(
    start: PartialDate | None,
    end: PartialDate | None,
    outer_start: PartialDate | None,
    outer_end: PartialDate | None,
) -> bool:
    """Tell whether a period surely leaves the period that it should lie in.

    Args:
        start: begin of the inner period, None when not known.
        end: end of the inner period.
        outer_start: begin of the outer period.
        outer_end: end of the outer period.
    """
    return is_inverted(outer_start, start) or is_inverted(end, outer_end)
