"""The rows of a living table are checked: by frictionless against the Table Schema, and by rules.

Frictionless judges types, what is required, limits, patterns and keys; the rules of the plan judge
what a Table Schema cannot say. A cell has one finding at most.
"""

from __future__ import annotations

import re
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from frictionless import Resource, Schema, errors

from ..plan.living import LIVING_TABLES, Cells, LivingTable, split_cell
from ..plan.living_rules import (
    RowFinding,
    check_cell,
    check_row,
    check_score,
    find_number_fault,
)
from ..plan.shapes import FieldShape
from .findings import CellFinding, FindingKind
from .table_schema import make_table_schema

#: Gives the row of another table of the record by the table's name and the key, or None.
Links = Callable[[str, str], Cells | None]
#: Tells whether there is a record: the kind (``organization``, ``commitment``), and its name.
Known = Callable[[str, str], bool]

#: After how many rows the progress is told.
_STEP = 500
_CONSTRAINT = re.compile(r'constraint "(\w+)" is "(.*)"\Z', re.DOTALL)
_SAME_ROW = re.compile(r"the same as in the row at position ([0-9]+)\Z")
_KINDS = {
    "required": FindingKind.REQUIRED,
    "minimum": FindingKind.TOO_SMALL,
    "maximum": FindingKind.TOO_LARGE,
}


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A row on its way: its number, its cells, and what was wrong before they were cells."""

    row: int
    cells: Cells
    faults: list[CellFinding] = field(default_factory=list)


class _NoNumber:
    """What stands in a number's column and is none, though Python may take it for one."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text


def check_rows(
    table: LivingTable,
    rows: Iterable[Cells],
    *,
    links: Links | None = None,
    known: Known | None = None,
) -> list[CellFinding]:
    """Check rows that come from a form, the API or a file of the plan.

    Args:
        table: whose rows they are.
        rows: whole rows, as ``normalize_cells`` gives them; a column that is not there is empty.
        links: see ``Upload.check``.
        known: see ``Upload.check``.

    Returns:
        What is wrong; rows count from 1.
    """
    columns = [name for name in table.column_names if name not in table.computed]
    numbered = (
        Checked(row=number, cells={name: cells.get(name) for name in columns})
        for number, cells in enumerate(rows, start=1)
    )
    return check_numbered(table, numbered, columns=columns, links=links, known=known)


def check_numbered(
    table: LivingTable,
    rows: Iterable[Checked],
    *,
    columns: Sequence[str],
    letters: Mapping[str, str] | None = None,
    limit: int = 200,
    links: Links | None = None,
    known: Known | None = None,
    progress: Callable[[int], None] | None = None,
) -> list[CellFinding]:
    """Check rows whose numbers are known.

    Args:
        table: whose rows they are.
        rows: read one after the other, and not kept.
        columns: those that the rows have.
        letters: of the columns, in the file.
        limit: of findings.
        links: see ``Upload.check``.
        known: see ``Upload.check``.
        progress: see ``Upload.check``.
    """
    check = _Check(table, columns, letters or {}, links, known)
    findings: list[CellFinding] = []
    for count, found in enumerate(check.run(rows), start=1):
        findings += found
        if progress and count % _STEP == 0:
            progress(count)
        if len(findings) >= limit:
            break
    return findings[:limit]


class _Check:
    """One pass over the rows of a table."""

    def __init__(
        self,
        table: LivingTable,
        columns: Sequence[str],
        letters: Mapping[str, str],
        links: Links | None,
        known: Known | None,
    ) -> None:
        self._table = table
        self._columns = [column for column in table.columns if column.name in columns]
        self._letters = letters
        self._links = lru_cache(maxsize=10_000)(links) if links else None
        self._known = lru_cache(maxsize=10_000)(known) if known else None
        self._waiting: deque[Checked] = deque()
        self._numbers = array("L")
        self._failure: Exception | None = None

    def run(self, rows: Iterable[Checked]) -> Iterator[list[CellFinding]]:
        """Check row by row: frictionless reads a few ahead, and none is left behind."""
        resource: Any = Resource(
            name=self._table.name,
            data=lambda: self._feed(rows),
            schema=_read_schema(self._table.name, tuple(c.name for c in self._columns)),
        )
        with resource:
            for row in resource.row_stream:
                checked = self._waiting.popleft()
                found = [each for error in row.errors for each in self._translate(checked, error)]
                yield self._join(checked, found)
        if self._failure:
            raise self._failure

    def _feed(self, rows: Iterable[Checked]) -> Iterator[list[Any]]:
        names = [column.name for column in self._columns]
        yield names
        try:
            for checked in rows:
                self._waiting.append(checked)
                self._numbers.append(checked.row)
                cells = map(checked.cells.get, names)
                yield [self._give(*pair) for pair in zip(self._columns, cells, strict=True)]
        except Exception as error:  # frictionless would make one of its own of it
            self._failure = error

    def _give(self, column: FieldShape, text: str | None) -> object:
        if text and find_number_fault(column, text):
            return _NoNumber(text)
        return text or None

    def _translate(self, checked: Checked, error: Any) -> Iterator[CellFinding]:
        """Say in our words what frictionless found."""
        if isinstance(error, errors.PrimaryKeyError):
            yield from self._describe_key(checked, error)
        elif isinstance(error, errors.BlankRowError):
            required = (column.name for column in self._columns if column.is_required)
            yield from (self._find(checked, name, FindingKind.REQUIRED, "") for name in required)
        elif isinstance(error, errors.CellError):
            yield self._describe_cell(checked, error)

    def _describe_cell(self, checked: Checked, error: Any) -> CellFinding:
        column = next(each for each in self._columns if each.name == error.field_name)
        text = checked.cells.get(column.name) or ""
        known = _CONSTRAINT.match(error.note)
        if known and known[1] in _KINDS:
            limit = "" if known[1] == "required" else known[2]
            return self._find(checked, column.name, _KINDS[known[1]], text, limit)
        closer = check_cell(self._table, column, text)
        if closer:
            return self._place(checked, closer)
        return self._find(checked, column.name, FindingKind.BAD_FORM, text)

    def _describe_key(self, checked: Checked, error: Any) -> Iterator[CellFinding]:
        same = _SAME_ROW.match(error.note)
        if same:  # and not a row without a key at all: what is required says so
            # frictionless counts the header as the first row
            first = self._numbers[int(same[1]) - 2]
            key = ", ".join(text for text in self._table.get_key(checked.cells) if text)
            kind = FindingKind.REPEATED_ROW
            yield self._find(checked, self._table.key[0], kind, key, str(first))

    def _join(self, checked: Checked, found: list[CellFinding]) -> list[CellFinding]:
        """Add what the rules find, of cells that nothing was found of."""
        found = [*checked.faults, *found]
        wrong = {each.column for each in found}
        for finding in check_row(self._table, checked.cells):
            if finding.column not in wrong:
                wrong.add(finding.column)
                found.append(self._place(checked, finding))
        sound = [column for column in self._columns if column.name not in wrong]
        found += [each for column in sound for each in self._check_mentions(checked, column)]
        unique = {each.column or each.letter: each for each in reversed(found)}
        return sorted(unique.values(), key=self._rank)

    def _rank(self, finding: CellFinding) -> tuple[int, str, int]:
        """Give the place of a finding in its row: by the file's columns, else the table's."""
        names = self._table.column_names
        place = names.index(finding.column) if finding.column in names else len(names)
        return (len(finding.letter), finding.letter, place)

    def _check_mentions(self, checked: Checked, column: FieldShape) -> Iterator[CellFinding]:
        """Check that what a cell names is there."""
        text = checked.cells.get(column.name)
        if not text:
            return
        if column.reference and self._known:
            for name in split_cell(text) if column.is_list else [text]:
                if not self._known(column.reference, name):
                    kind = FindingKind.UNKNOWN_REFERENCE
                    yield self._find(checked, column.name, kind, name, column.reference)
        target = self._table.links.get(column.name)
        if not target or not self._links:
            return
        row = self._links(target, text)
        if not row:
            yield self._find(checked, column.name, FindingKind.UNKNOWN_ROW, text, target)
        elif target == "criteria" and isinstance(row, Mapping):
            finding = check_score(checked.cells.get("score"), row)
            if finding:
                yield self._place(checked, finding)

    def _place(self, checked: Checked, found: RowFinding) -> CellFinding:
        return CellFinding.place(found, checked.row, self._letters.get(found.column, ""))

    def _find(
        self, checked: Checked, column: str, kind: FindingKind, value: str, expected: str = ""
    ) -> CellFinding:
        found = RowFinding(column=column, kind=kind, value=value, expected=expected)
        return self._place(checked, found)


@cache
def _read_schema(table_name: str, columns: tuple[str, ...]) -> Any:
    """Make the schema of some columns of a table; of a file that lacks part of the key, no key."""
    schema = make_table_schema(LIVING_TABLES[table_name])
    schema["fields"] = [each for each in schema["fields"] if each["name"] in columns]
    schema["primaryKey"] = [name for name in schema["primaryKey"] if name in columns]
    return Schema.from_descriptor(schema)
