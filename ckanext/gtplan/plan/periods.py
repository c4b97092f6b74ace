"""The periods of observations: a year, semester, quarter, month or day (SDMX: reference period)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from .dates import DateError, PartialDate, get_month_end

_PART = re.compile(r"([0-9]{4})-([SQ])([1-4])\Z")
#: From the longest to the shortest.
GRANULARITIES = ("year", "semester", "quarter", "month", "day")
_MONTHS = {"year": 12, "semester": 6, "quarter": 3, "month": 1}
#: The abbreviations of months, in the languages of the portal.
_MONTH_NAMES = {
    "es": "ene. feb. mar. abr. mayo jun. jul. ago. sept. oct. nov. dic.",
    "en": "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec",
    "pt": "jan. fev. mar. abr. maio jun. jul. ago. set. out. nov. dez.",
}
#: How a semester and a quarter are said.
_PART_NAMES = {
    "es": {"semester": "semestre {number} de {year}", "quarter": "trimestre {number} de {year}"},
    "en": {"semester": "H{number} {year}", "quarter": "Q{number} {year}"},
    "pt": {"semester": "{number}º semestre de {year}", "quarter": "{number}º trimestre de {year}"},
}


class PeriodError(ValueError):
    """A text that is no period."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text!r} is no period")
        self.text = text


@dataclass(frozen=True, kw_only=True)
class Period:
    """A period of the calendar.

    Attributes:
        granularity: one of ``GRANULARITIES``.
        start: its first day.
        end: its last day.
    """

    granularity: str
    start: date
    end: date

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read a period.

        Args:
            text: ``2019``, ``2019-S1``, ``2019-Q3``, ``2019-07`` or ``2019-07-31``.

        Raises:
            PeriodError: the text has another form, or names a day that does not exist.
        """
        return _parse(text)

    def __str__(self) -> str:
        year = f"{self.start.year:04d}"
        if self.granularity == "day":
            return self.start.isoformat()
        if self.granularity == "month":
            return f"{year}-{self.start.month:02d}"
        if self.granularity == "year":
            return year
        return f"{year}-{'S' if self.granularity == 'semester' else 'Q'}{self.number}"

    @property
    def number(self) -> int:
        """Tell which one of its year it is, from 1: the second semester is 2."""
        if self.granularity == "day":
            return self.start.timetuple().tm_yday
        return (self.start.month - 1) // _MONTHS[self.granularity] + 1

    @property
    def sort_key(self) -> tuple[date, int]:
        """Give what puts periods in order: by their first day, the longer one first."""
        return (self.start, GRANULARITIES.index(self.granularity))

    def get_label(self, language: str) -> str:
        """Say the period in a language; in Spanish where that language has no names.

        Args:
            language: ``es``, ``en``, ``pt_BR`` or a relative of these.
        """
        key = language[:2] if language[:2] in _MONTH_NAMES else "es"
        year = f"{self.start.year:04d}"
        if self.granularity == "year":
            return year
        if self.granularity in _PART_NAMES[key]:
            return _PART_NAMES[key][self.granularity].format(number=self.number, year=year)
        month = f"{_MONTH_NAMES[key].split()[self.start.month - 1]} {year}"
        return month if self.granularity == "month" else f"{self.start.day} {month}"


@lru_cache(maxsize=4096)  # the observations of a portal name the same periods again and again
def _parse(text: str) -> Period:
    part = _PART.match(text.strip())
    if part:
        granularity = "semester" if part[2] == "S" else "quarter"
        length = _MONTHS[granularity]
        last = int(part[3]) * length
        if last > 12 or part[1] == "0000":
            raise PeriodError(text)
        start = date(int(part[1]), last - length + 1, 1)
        return Period(granularity=granularity, start=start, end=get_month_end(start.year, last))
    try:
        day = PartialDate.parse(text)
    except DateError as error:
        raise PeriodError(text) from error
    return Period(granularity=day.precision, start=day.first_day, end=day.last_day)
