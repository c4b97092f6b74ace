"""What stands in a cell of a file becomes the text of a living table's cell.

A file may say the label of a code in any language, yes and no in words, and a number or date as
its spreadsheet keeps it. What is not understood stays as it is: the checks name it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache

from ..plan.dictionary import get_column_entry
from ..plan.living import SEPARATOR, LivingTable, normalize_cell
from ..plan.shapes import FieldShape
from ..plan.tables.tables import unguard_formula
from ..plan.vocabulary import get_labels, list_codes
from .findings import FindingKind

_YES = frozenset({"si", "yes", "sim", "true", "verdadero", "verdadeiro", "1"})
_NO = frozenset({"no", "nao", "false", "falso", "0"})
#: As many digits of a number as a spreadsheet shows.
_DIGITS = ".15g"


@dataclass(frozen=True, kw_only=True)
class Percent:
    """A number that its spreadsheet shows as a percentage: 0.5 is 50 %."""

    number: float


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A cell that holds no value, but an error or a formula without its result."""

    kind: FindingKind
    value: str


#: What a file gives for a cell; dates are texts already.
Raw = str | int | float | bool | Percent | Fault | None


def fold(text: str) -> str:
    """Give a text by which names are compared: without capitals, accents and signs."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = (c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return " ".join("".join(letters).split())


def write_date(moment: date, number_format: str) -> str:
    """Write a spreadsheet's date, as precise as the spreadsheet shows it.

    A spreadsheet makes 2019-07-01 of the typed ``2019-07`` and shows it as ``jul-19``.

    Args:
        moment: a date, or a date with a time of the day.
        number_format: of the cell.
    """
    shown = re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", number_format.casefold())
    if isinstance(moment, datetime):
        if (moment.hour, moment.minute, moment.second) != (0, 0, 0):
            return moment.isoformat(timespec="seconds")
        moment = moment.date()
    text = moment.isoformat()
    if "d" in shown or "y" not in shown:
        return text
    return text[:7] if "m" in shown else text[:4]


def read_cell(table: LivingTable, column: FieldShape, raw: Raw) -> str | None:
    """Read a cell of a file as the text of its column.

    Args:
        table: of the column.
        column: of the cell.
        raw: no ``Fault``.
    """
    value: object = raw
    if isinstance(raw, Percent):
        is_percent = get_column_entry(table.name, column.name).unit.get("en") == "%"
        value = _write_number(raw.number * 100 if is_percent else raw.number)
    elif isinstance(raw, float):
        value = _write_number(raw)
    elif isinstance(raw, str):
        value = _read_text(column, raw)
    return normalize_cell(table, column, value)


def _write_number(number: float) -> str:
    """Write a number as its spreadsheet shows it: 0.1 + 0.2 is 0.3."""
    return f"{Decimal(format(number, _DIGITS)):f}"


def _read_text(column: FieldShape, text: str) -> str:
    text = unguard_formula(text.strip())
    if column.type is bool:
        word = fold(text)
        return "true" if word in _YES else "false" if word in _NO else text
    if column.vocabulary and text:
        if not column.is_list:
            return find_code(column.vocabulary, text)
        items = text.replace("\r", "\n").replace("\n", SEPARATOR).split(SEPARATOR)
        return SEPARATOR.join(find_code(column.vocabulary, item.strip()) for item in items)
    return text


def find_code(vocabulary: str, text: str) -> str:
    """Find the code of a vocabulary that a text means; the text itself where it means none.

    Args:
        vocabulary: the name of the list.
        text: a code, or its label in any language.
    """
    return text if text in list_codes(vocabulary) else _meanings(vocabulary).get(fold(text), text)


@cache
def _meanings(vocabulary: str) -> dict[str, str]:
    """List what codes are called; what means two of them means none, and labels come first."""
    codes = list_codes(vocabulary)
    found = {fold(code): code for code in reversed(codes)}
    called: dict[str, set[str]] = {}
    for code in codes:
        for label in get_labels(vocabulary, code).values():
            called.setdefault(fold(label), set()).add(code)
    found |= {label: min(meant) for label, meant in called.items() if len(meant) == 1}
    return {text: code for text, code in found.items() if len(called.get(text, {code})) == 1}
