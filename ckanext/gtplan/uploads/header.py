"""The header of an upload: which of the table's columns stands where."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from ..plan.labels import get_field_labels
from ..plan.living import LIVING_TABLES, LivingTable
from ..plan.shapes import FieldShape
from .cells import fold
from .findings import CellFinding, FindingKind, shorten

#: What the DataStore's own downloads have besides the columns.
_PASSED_OVER = frozenset({"id", "full text"})  # _id and _full_text


@dataclass(frozen=True, kw_only=True)
class Header:
    """The row of a file that names its columns.

    Attributes:
        row: its number.
        columns: index in the file -> column of the table, computed ones left out.
        passed_over: indexes of columns whose cells are not read.
        findings: what is wrong with it.
    """

    row: int
    columns: Mapping[int, FieldShape]
    passed_over: frozenset[int]
    findings: tuple[CellFinding, ...]

    @property
    def width(self) -> int:
        """Tell how many cells a row has, the last named column among them."""
        return max((*self.columns, *self.passed_over), default=-1) + 1


def name_letter(index: int) -> str:
    """Give the letters by which a spreadsheet calls the column of an index."""
    letters, number = "", index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


@cache
def _names(table_name: str) -> dict[str, FieldShape]:
    """List what the columns of a table are called, names before labels."""
    table = LIVING_TABLES[table_name]
    called = {
        fold(label): column
        for column in reversed(table.columns)
        for label in get_field_labels(column.name).values()
    }
    return called | {fold(column.name): column for column in table.columns}


def find_column(table: LivingTable, text: str) -> FieldShape | None:
    """Find the column that a text names, by its name or a label in any language."""
    return _names(table.name).get(fold(text))


def count_known(table: LivingTable, texts: Iterable[str]) -> int:
    """Count the columns of the table that a row of texts names."""
    found = {column.name for text in texts if (column := find_column(table, text))}
    return len(found)


def read_header(table: LivingTable, row: int, texts: Sequence[str]) -> Header:
    """Read the row that names the columns.

    Args:
        table: whose columns they are.
        row: the number of the row.
        texts: of its cells; empty for one without a name.
    """
    columns: dict[int, FieldShape] = {}
    letters: dict[str, str] = {}
    passed_over = set()
    findings = []
    for index, text in enumerate(texts):
        column, letter = find_column(table, text), name_letter(index)
        if column and column.name not in letters:
            letters[column.name] = letter
            if column.name in table.computed:
                passed_over.add(index)
            else:
                columns[index] = column
            continue
        if text:
            passed_over.add(index)
        if text and fold(text) not in _PASSED_OVER:
            finding = CellFinding(
                row=row,
                column=column.name if column else "",
                letter=letter,
                kind=FindingKind.REPEATED_COLUMN if column else FindingKind.UNKNOWN_COLUMN,
                value=shorten(text),
                expected=letters[column.name] if column else _guess_name(table, text),
            )
            findings.append(finding)
    findings += _find_missing(table, row, letters)
    return Header(
        row=row, columns=columns, passed_over=frozenset(passed_over), findings=tuple(findings)
    )


def find_unknown_names(
    table: LivingTable, names: Iterable[str], row: int = 1
) -> list[CellFinding]:
    """Find names of columns that the table does not have, as the API may give them.

    Args:
        table: the table.
        names: of columns; labels are no names here.
        row: that has them.
    """
    return [
        CellFinding(
            row=row,
            column="",
            kind=FindingKind.UNKNOWN_COLUMN,
            value=shorten(name),
            expected=_guess_name(table, name),
        )
        for name in names
        if name not in table.column_names
    ]


def _find_missing(
    table: LivingTable, row: int, found: Mapping[str, str]
) -> Iterable[CellFinding]:
    return [
        CellFinding(row=row, column=column.name, kind=FindingKind.MISSING_COLUMN)
        for column in table.columns
        if column.is_required and column.name not in found
    ]


def _guess_name(table: LivingTable, text: str) -> str:
    names = _names(table.name)
    close = difflib.get_close_matches(fold(text)[:100], names, n=1, cutoff=0.75)
    return names[close[0]].name if close else ""
