"""A file that is uploaded for a living table: what is wrong with it, and its rows.

The file is never held in memory as a whole: it is read row by row to be checked, and its rows are
read from what the check left on the disk.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import IO, BinaryIO, Protocol

from ..plan.living import Cells, LivingTable
from .cells import Fault, Raw, read_cell
from .checking import Checked, Known, Links, check_numbered
from .csvfile import CsvFile
from .findings import CellFinding, FindingKind, UploadError, UploadKind, shorten
from .header import Header, count_known, name_letter, read_header
from .workbook import Workbook

__all__ = ["CellFinding", "FindingKind", "Upload", "UploadError", "UploadKind", "read_upload"]

#: What a file may have: 50,000 services take a third of it.
LARGEST = 100 * 2**20
MOST_ROWS = 200_000
#: In how many rows the header is looked for, below a title.
_HEAD = 20
_OLD_FORMAT = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK"
_RANGE = re.compile(r"[A-Z]+([0-9]+):[A-Z]+([0-9]+)\Z")


class _Source(Protocol):
    """A file of rows."""

    @property
    def merges(self) -> Sequence[str]:
        """List the ranges of joined cells, such as A2:A4."""

    @property
    def has_ragged_rows(self) -> bool:
        """Tell whether rows may lack their last cells."""

    def read_rows(self) -> Iterator[tuple[int, Sequence[Raw]]]:
        """Read the rows from the first one on."""


class Upload:
    """A file that can be read, with rows of a table.

    Attributes:
        table: the table.
        row_count: the rows of data; known when all of it was checked.
    """

    def __init__(self, table: LivingTable, source: _Source) -> None:
        self.table = table
        self.row_count = 0
        self._source = source
        self._kept: IO[str] | None = None
        self._header = _find_header(table, source)

    @property
    def columns(self) -> tuple[str, ...]:
        """List the columns of the table that the file has, without computed ones."""
        return tuple(column.name for column in self._header.columns.values())

    def check(
        self,
        limit: int = 200,
        links: Links | None = None,
        known: Known | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> list[CellFinding]:
        """Check all of the file, until so many cells are found to be wrong.

        Args:
            limit: of findings.
            links: gives the row of another table of the record by its key, or None.
            known: tells whether there is a record (``organization``, ``commitment``) of a name.
            progress: is told now and then how many rows were checked.

        Returns:
            What is wrong: first with the header, without which no row can be checked, and then
            row by row; empty when the rows can be written.

        Raises:
            UploadError: from some row on it cannot be read.
        """
        findings = [*self._header.findings, *self._find_merges()]
        if not findings:
            letters = {
                column.name: name_letter(index) for index, column in self._header.columns.items()
            }
            findings = check_numbered(
                self.table,
                self._keep(self._read_checked()),
                columns=self.columns,
                letters=letters,
                limit=limit,
                links=links,
                known=known,
                progress=progress,
            )
        return findings[:limit]

    def rows(self) -> Iterator[Cells]:
        """Read the rows, as the cells of the columns that the file has.

        Raises:
            UploadError: from some row on it cannot be read.
        """
        blank = {name: "" for name in self.table.key if name not in self.columns}
        for cells in self._read_kept() if self._kept else self._read_cells():
            yield {**blank, **cells}

    def _read_cells(self) -> Iterator[Cells]:
        return (checked.cells for checked in self._read_checked())

    def _keep(self, rows: Iterator[Checked]) -> Iterator[Checked]:
        """Keep the cells of rows on the disk: a spreadsheet takes long to be read again."""
        kept: IO[str] = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 gone with us
        weakref.finalize(self, kept.close)
        for checked in rows:
            kept.write(f"{json.dumps(checked.cells)}\n")
            yield checked
        self._kept = kept

    def _read_kept(self) -> Iterator[Cells]:
        assert self._kept
        self._kept.seek(0)
        return map(json.loads, self._kept)

    def _read_checked(self) -> Iterator[Checked]:
        self.row_count = 0
        for number, raw in self._source.read_rows():
            if number <= self._header.row or not any(map(_is_filled, raw)):
                continue
            if number == self._header.row + 1 and self._names_again(raw):
                continue
            self.row_count += 1
            if self.row_count > MOST_ROWS:
                raise UploadError(UploadKind.TOO_MANY_ROWS, row=number, value=str(MOST_ROWS))
            yield self._read_row(number, raw)

    def _read_row(self, number: int, raw: Sequence[Raw]) -> Checked:
        cells: Cells = {}
        faults = []
        header, width = self._header, len(raw)
        for index, column in header.columns.items():
            value = raw[index] if index < width else None
            if isinstance(value, Fault):
                faults.append(_place(number, index, column.name, value.kind, value.value))
                value = None
            cells[column.name] = read_cell(self.table, column, value)
        if width < header.width and not self._source.has_ragged_rows:
            finding = CellFinding(
                row=number,
                column="",
                kind=FindingKind.MISSING_CELL,
                value=str(width),
                expected=str(header.width),
            )
            faults.append(finding)
        for index, value in enumerate(raw):
            is_named = index in header.columns or index in header.passed_over
            if not is_named and _is_filled(value):
                text = value.value if isinstance(value, Fault) else str(value)
                faults.append(_place(number, index, "", FindingKind.EXTRA_CELL, text))
        return Checked(row=number, cells=cells, faults=faults)

    def _names_again(self, raw: Sequence[Raw]) -> bool:
        """Tell whether a row below the header says the same columns in other words."""
        again = read_header(self.table, 0, [_as_text(value) for value in raw])
        return bool(again.columns) and again.columns == self._header.columns

    def _find_merges(self) -> list[CellFinding]:
        """Find joined cells among the rows: what is hidden under them would be lost."""
        found = []
        for each in self._source.merges:
            place = _RANGE.match(each)
            if place and int(place[2]) >= self._header.row:
                kind = FindingKind.MERGED_CELLS
                found.append(CellFinding(row=int(place[1]), column="", kind=kind, value=each))
        return found


def read_upload(table: LivingTable, file: BinaryIO, filename: str = "") -> Upload:
    """Open a file that was uploaded: CSV, or a spreadsheet, by what is in it.

    Args:
        table: whose rows it should hold.
        file: that can be read from its start more than once; it stays open.
        filename: tells a spreadsheet that is damaged from a CSV.

    Raises:
        UploadError: it cannot be read at all.
    """
    size = file.seek(0, os.SEEK_END)
    if size == 0:
        raise UploadError(UploadKind.EMPTY)
    if size > LARGEST:
        raise UploadError(UploadKind.TOO_LARGE, value=str(LARGEST // 2**20))
    file.seek(0)
    start = file.read(8)
    if start.startswith(_OLD_FORMAT):
        raise UploadError(UploadKind.OLD_FORMAT)
    is_spreadsheet = start.startswith(_ZIP) or filename.lower().endswith(".xlsx")
    return Upload(table, Workbook(table, file) if is_spreadsheet else CsvFile(table, file))


def _find_header(table: LivingTable, source: _Source) -> Header:
    """Find the row that names most of the columns, among the first; else the first one."""
    best: tuple[int, int, list[str]] | None = None
    for seen, (number, raw) in enumerate(source.read_rows()):
        if seen >= _HEAD:
            break
        texts = [_as_text(value) for value in raw]
        count = count_known(table, texts)
        if any(texts) and (best is None or count > best[0]):
            best = (count, number, texts)
    if best is None:
        raise UploadError(UploadKind.EMPTY)
    return read_header(table, best[1], best[2])


def _as_text(value: Raw) -> str:
    return value.strip() if isinstance(value, str) else ""


def _is_filled(value: Raw) -> bool:
    return value is not None and (not isinstance(value, str) or bool(value.strip()))


def _place(number: int, index: int, column: str, kind: FindingKind, value: str) -> CellFinding:
    return CellFinding(
        row=number, column=column, letter=name_letter(index), kind=kind, value=shorten(value)
    )
