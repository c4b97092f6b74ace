"""A report's fields as people fill them in: texts of a form, cells of a spreadsheet.

Every field has one canonical text, which says the same whatever the spreadsheet made of it:
``60`` for 0.6 formatted as a percentage, ``2020-03`` for a month, a code for its label. What
was shown and what came back are compared as such texts, and only what differs is reported.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any

from ..dates import DateError, PartialDate
from ..shapes import find_control_character
from ..vocabulary import get_labels, list_codes

#: The vocabulary of each field that is chosen from a list.
CHOICES = {"status": "activity_status", "publication_status": "publication_status"}
#: The status of what nobody reported on is no answer: it is what an empty field means.
_NO_ANSWER = "unreported"
#: A field that says nothing without the other.
_PAIRS = {"executed_amount": "currency", "currency": "executed_amount"}
_LONGEST = 10_000

_DECIMAL = re.compile(r"(-?)([0-9]{1,15})(?:[.,]([0-9]+))?\Z")
_GROUPED = re.compile(r"(-?)([0-9]{1,3}(?:,[0-9]{3})+)\.([0-9]{1,2})\Z")
_GROUPED_BY_POINT = re.compile(r"(-?)([0-9]{1,3}(?:\.[0-9]{3})+),([0-9]{1,2})\Z")
_CURRENCY = re.compile(r"[A-Z]{3}\Z")
#: What a number format has beside its letters: texts, colours and locales, escaped characters.
_FORMAT_TEXTS = re.compile(r'"[^"]*"|\[[^\]]*\]|[\\_*].')


class AnswerKind(Enum):
    """Every kind of answer that cannot be read."""

    BAD_DATE = "bad_date"
    BAD_NUMBER = "bad_number"
    UNCLEAR_NUMBER = "unclear_number"
    UNCLEAR_PERCENT = "unclear_percent"
    TOO_PRECISE = "too_precise"
    UNKNOWN_CHOICE = "unknown_choice"
    BAD_CURRENCY = "bad_currency"
    CONTROL_CHARACTER = "control_character"
    TOO_LONG = "too_long"


class AnswerError(ValueError):
    """An answer that cannot be read.

    Attributes:
        kind: what is wrong.
        value: what stands there.
        expected: what would be right, where that follows from the value; a vocabulary's name
            for a choice.
    """

    def __init__(self, kind: AnswerKind, value: object, expected: str = "") -> None:
        super().__init__(f"{kind.value}: {value!r}")
        self.kind = kind
        self.value = str(value)
        self.expected = expected


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What a person changed: the fields given, and those emptied."""

    given: Mapping[str, str]
    cleared: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.given or self.cleared)


def write_answer(field: str, value: Any) -> str:
    """Write a field's value as its canonical text; what is not known is empty.

    Args:
        field: a field of a report.
        value: its value: a code, a date, a number, a text, or a sequence of texts.
    """
    if value is None or (field in CHOICES and value == _NO_ANSWER):
        return ""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if field == "evidence":
        return _join_lines(value if isinstance(value, (list, tuple)) else str(value).split("\n"))
    return _tidy(str(value))


def read_answer(field: str, value: object, number_format: str = "") -> str:
    """Read what somebody put into a field.

    Args:
        field: a field of a report.
        value: a text, or what a spreadsheet's cell holds: a number, a date and time.
        number_format: how the spreadsheet shows it; a date shown without its day is a month.

    Returns:
        The canonical text, empty for no answer.

    Raises:
        AnswerError: the value cannot be read as one of that field.
    """
    if isinstance(value, str):
        value = _tidy(value)
        control = find_control_character(value)
        if control:
            raise AnswerError(AnswerKind.CONTROL_CHARACTER, control)
    if value is None or value == "":
        return ""
    if field in CHOICES:
        return _read_choice(CHOICES[field], str(value))
    if field in ("actual_start", "actual_end", "as_of"):
        return _read_date(value, number_format)
    if field == "percent_complete":
        return _read_percent(value, number_format)
    if field == "executed_amount":
        return _write_number(_read_number(value), value)
    if field == "currency":
        return _read_currency(str(value))
    return _read_text(field, value, number_format)


def read_back(field: str, shown: str, value: object, number_format: str = "") -> str:
    """Read what stands in a field that was filled with something before.

    What reports say by other ways may be more than could be typed here (three decimals): as
    long as it stands there untouched, nobody is told that it is wrong.

    Args:
        field: a field of a report.
        shown: the canonical text that the field was filled with.
        value: as for ``read_answer``.
        number_format: the same.

    Raises:
        AnswerError: the value is another one, and cannot be read.
    """
    try:
        return read_answer(field, value, number_format)
    except AnswerError:
        if shown and _tidy(str(value)) == shown:
            return shown
        raise


def find_changes(shown: Mapping[str, str], found: Mapping[str, str]) -> Answers:
    """Find what a person changed of what was shown.

    An amount and its currency go together: who changes one has said both.

    Args:
        shown: canonical texts by field, as they were put before the person.
        found: canonical texts as they came back; a field that did not come back is unchanged.
    """
    changed = {name for name, text in found.items() if text != shown.get(name, "")}
    for name in tuple(changed):
        other = _PAIRS.get(name, "")
        if found[name] and found.get(other):
            changed.add(other)
    if "currency" in changed and not found.get("executed_amount", ""):
        # a currency alone says nothing: it was proposed beside an empty amount, or is left over
        changed.discard("currency")
    return Answers(
        given={name: text for name, text in found.items() if name in changed and text},
        cleared=tuple(name for name in found if name in changed and not found[name]),
    )


def _tidy(text: str) -> str:
    """Give a text as it is compared: one kind of line end, nothing around it."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


# Choices


def _read_choice(vocabulary: str, text: str) -> str:
    code = _list_names(vocabulary).get(_simplify(text))
    if code is None:
        raise AnswerError(AnswerKind.UNKNOWN_CHOICE, text, vocabulary)
    return "" if code == _NO_ANSWER else code


@cache
def _list_names(vocabulary: str) -> dict[str, str]:
    """List all by which a code of a vocabulary is known: itself, and its labels."""
    names = {}
    for code in list_codes(vocabulary):
        for name in (code, *get_labels(vocabulary, code).values()):
            names[_simplify(name)] = code
    return names


def _simplify(text: str) -> str:
    """Give a text without what people leave out: capitals, accents, spaces too many."""
    parts = unicodedata.normalize("NFKD", " ".join(text.split()).casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))


def _read_currency(text: str) -> str:
    if not _CURRENCY.match(text.upper()):
        raise AnswerError(AnswerKind.BAD_CURRENCY, text)
    return text.upper()


# Dates


def _read_date(value: object, number_format: str) -> str:
    if isinstance(value, datetime):
        if value.time() != time():
            raise AnswerError(AnswerKind.BAD_DATE, value, str(value.date()))
        value = value.date()
    if isinstance(value, date):
        return value.isoformat()[: _count_shown(number_format)]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if not (is_number or isinstance(value, str)):
        raise AnswerError(AnswerKind.BAD_DATE, value)
    try:
        return str(PartialDate.parse(str(value)))
    except DateError as error:
        raise AnswerError(AnswerKind.BAD_DATE, value) from error


def _count_shown(number_format: str) -> int:
    """Tell how much of an ISO date a number format shows: a month is stored as its first day."""
    letters = _FORMAT_TEXTS.sub("", number_format).split(";")[0].lower()
    if "y" not in letters or "d" in letters:
        return 10
    return 7 if "m" in letters else 4


# Numbers


def _read_percent(value: object, number_format: str) -> str:
    is_text = isinstance(value, str)
    is_marked = str(value).endswith("%")
    number = _read_number(str(value).removesuffix("%") if is_text else value)
    if not is_text and "%" in _FORMAT_TEXTS.sub("", number_format):
        number *= 100
    elif not is_marked and number.is_finite() and 0 < number < 1:
        # a share or a percentage? both are written like this, and they are far apart
        text = format((number * 100).normalize(), "f")
        raise AnswerError(AnswerKind.UNCLEAR_PERCENT, value, text)
    return _write_number(number, value)


def _read_number(value: object) -> Decimal:
    """Read a number as a spreadsheet holds it, or as a text with a decimal point or comma."""
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, float):
        # spreadsheets keep 15 digits, and what is behind them is noise: 0.30000000000000004
        return Decimal(f"{value:.15g}")
    text = re.sub(r"[\s\u00a0\u202f']", "", value) if isinstance(value, str) else ""
    plain = _DECIMAL.match(text)
    if plain:
        sign, whole, decimals = plain.groups()
        if decimals and len(decimals) == 3 and whole != "0":
            # 570,075: thousands here, thousandths there
            expected = f"{sign}{whole}{decimals}"
            raise AnswerError(AnswerKind.UNCLEAR_NUMBER, value, expected)
        return Decimal(f"{sign}{whole}.{decimals or 0}")
    grouped = _GROUPED.match(text) or _GROUPED_BY_POINT.match(text)
    if grouped:
        sign, whole, decimals = grouped.groups()
        return Decimal(f"{sign}{re.sub('[.,]', '', whole)}.{decimals}")
    raise AnswerError(AnswerKind.BAD_NUMBER, value)


def _write_number(number: Decimal, value: object) -> str:
    if not number.is_finite() or abs(number) >= 10**15:
        raise AnswerError(AnswerKind.BAD_NUMBER, value)
    rounded = number.quantize(Decimal("0.01"))
    if rounded != number:
        raise AnswerError(AnswerKind.TOO_PRECISE, value, format(rounded.normalize(), "f"))
    return format(rounded.normalize() + 0, "f")


# Texts


def _read_text(field: str, value: object, number_format: str) -> str:
    if isinstance(value, (date, datetime)):
        value = _read_date(value, number_format)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value)
    if len(text) > _LONGEST:
        raise AnswerError(AnswerKind.TOO_LONG, f"{text[:40]}…", str(_LONGEST))
    return _join_lines(text.split("\n")) if field == "evidence" else text


def _join_lines(parts: Iterable[object]) -> str:
    """Give texts one a line, without the commas that people put between them."""
    return "\n".join(line for part in parts if (line := _tidy(str(part)).strip(" \t,;")))
