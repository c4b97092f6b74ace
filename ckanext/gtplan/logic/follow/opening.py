"""A spreadsheet that comes back filled in: read with caution, cell by cell.

It was anywhere in between: it is opened only within limits of size, and nothing in it is
computed. Rows and columns are found by their hidden names, wherever they were moved.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter

from ...uploads.findings import UploadError
from ...uploads.workbook import open_archive
from .workbook import FORM, KEPT, KEY, LISTS, MARK

#: What a file may have: a plan of 5,000 activities needs a tenth of it.
LARGEST = 5 * 2**20
_LARGEST_UNPACKED = 30 * 2**20
_MOST_ROWS, _MOST_COLUMNS, _MOST_SHEETS = 20_000, 100, 20
#: In how many rows the names of the columns are looked for.
_HEAD = 20
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


class FileKind(Enum):
    """Every way in which a file as a whole can be wrong."""

    TOO_LARGE = "too_large"
    NOT_XLSX = "not_xlsx"
    OLD_FORMAT = "old_format"
    MACROS = "macros"
    DAMAGED = "damaged"
    NO_TEMPLATE = "no_template"


class FileError(ValueError):
    """A file that cannot be read at all."""

    def __init__(self, kind: FileKind) -> None:
        super().__init__(kind.value)
        self.kind = kind


class CellKind(Enum):
    """Every way in which a cell can be wrong before its value is looked at."""

    NO_COLUMN_NAMES = "no_column_names"
    COLUMN_TWICE = "column_twice"
    UNKNOWN_ROW = "unknown_row"
    ROW_TWICE = "row_twice"
    ROW_MIXED = "row_mixed"
    ERROR_VALUE = "error_value"
    NO_VALUE = "no_value"


@dataclass(frozen=True, kw_only=True)
class CellProblem:
    """What is wrong with a cell: ``place`` is ``Actividades!F7``."""

    place: str
    kind: CellKind
    value: str = ""
    expected: str = ""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A cell that came back."""

    place: str
    value: object
    number_format: str


@dataclass(frozen=True, kw_only=True)
class FoundLine:
    """A row that came back."""

    key: str
    place: str
    cells: Mapping[str, Cell]


@dataclass(kw_only=True)
class FoundBook:
    """A file that came back: what it says of itself, what it was written with, and its rows."""

    facts: dict[str, str]
    kept: dict[str, dict[str, str]]
    lines: list[FoundLine] = field(default_factory=list)
    problems: list[CellProblem] = field(default_factory=list)


def read_workbook(data: bytes) -> FoundBook:
    """Read a file that was filled in.

    Args:
        data: the bytes of it, of whoever sent them.

    Returns:
        Its rows, and what is wrong with single cells.

    Raises:
        FileError: it is too large, no .xlsx, holds macros, is damaged, or was not written here.
    """
    _check_file(data)
    try:
        with _open(data, data_only=True) as values, _open(data, data_only=False) as formulas:
            return _read_sheets(values, formulas)
    except FileError:
        raise
    except Exception as error:  # openpyxl raises anything at all for what is not as it should be
        raise FileError(FileKind.DAMAGED) from error


def _check_file(data: bytes) -> None:
    """Look at the archive before it is unpacked into a document."""
    if len(data) > LARGEST:
        raise FileError(FileKind.TOO_LARGE)
    if data.startswith(b"\xd0\xcf\x11\xe0"):  # .xls, or an .xlsx with a password
        raise FileError(FileKind.OLD_FORMAT)
    if not data.startswith(b"PK"):
        raise FileError(FileKind.NOT_XLSX)
    try:
        with open_archive(io.BytesIO(data)) as archive:
            _check_parts(archive)
    except UploadError as error:
        raise FileError(FileKind(error.kind.value)) from error


def _check_parts(archive: zipfile.ZipFile) -> None:
    """Unpack within the limit, whatever sizes the archive states; no part may define entities."""
    left = _LARGEST_UNPACKED
    for name in archive.namelist():
        with archive.open(name) as part:
            content = part.read(left + 1)
        left -= len(content)
        if left < 0:
            raise FileError(FileKind.TOO_LARGE)
        is_xml = name.endswith((".xml", ".rels"))
        if is_xml and (b"<!DOCTYPE" in content or b"\0" in content[:100]):
            raise FileError(FileKind.DAMAGED)
        if name == "[Content_Types].xml" and b"macroEnabled" in content:
            raise FileError(FileKind.MACROS)


class _open:
    """Open a workbook for reading, and close it."""

    def __init__(self, data: bytes, *, data_only: bool) -> None:
        self._file: Any = openpyxl.load_workbook(
            io.BytesIO(data), read_only=True, data_only=data_only, keep_links=False
        )

    def __enter__(self) -> Any:
        return self._file

    def __exit__(self, *error: object) -> None:
        self._file.close()


def _read_sheets(values: Any, formulas: Any) -> FoundBook:
    if len(values.sheetnames) > _MOST_SHEETS:
        raise FileError(FileKind.TOO_LARGE)
    if KEPT not in values.sheetnames:
        raise FileError(FileKind.NO_TEMPLATE)
    book = _read_kept(values[KEPT])
    for sheet, written in zip(values.worksheets, formulas.worksheets, strict=True):
        if sheet.title not in (KEPT, LISTS):
            _SheetReader(sheet, written, book).read()
    return book


def _read_kept(sheet: Any) -> FoundBook:
    facts: dict[str, str] = {}
    kept: dict[str, dict[str, str]] = {}
    names: Sequence[str] = ()
    rows = ([_read_text(cell) for cell in row] for row in _list_rows(sheet))
    if next(rows, [""])[0] != FORM:
        raise FileError(FileKind.NO_TEMPLATE)
    for first, *texts in rows:
        if names:
            kept[first] = dict(zip(names, texts, strict=False))
        elif first == KEY:
            names = [name for name in texts if name]
        elif first:
            facts[first] = texts[0] if texts else ""
    return FoundBook(facts=facts, kept=kept)


def _list_rows(sheet: Any) -> Iterator[Sequence[Any]]:
    """List the rows of a sheet, within the limits."""
    sheet.reset_dimensions()  # what a file states of its size need not be so
    last: Sequence[Any] = ()
    for number, row in enumerate(sheet.iter_rows(max_col=_MOST_COLUMNS), start=1):
        if number <= _MOST_ROWS:
            yield row
        # rows that are left out are all the same one: there may be a million of them
        elif row is not last and any(cell.value is not None for cell in row):
            raise FileError(FileKind.TOO_LARGE)
        last = row


def _read_text(cell: Any) -> str:
    return "" if cell.value is None else _clean(str(cell.value))


def _clean(text: str) -> str:
    """Undo OOXML's escapes (ECMA-376 part 1, 22.9.2.19); Excel has one for each pasted return."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text).replace("\r", "")


class _SheetReader:
    """Reads the rows of one sheet, wherever its rows and columns were moved."""

    def __init__(self, sheet: Any, written: Any, book: FoundBook) -> None:
        self._sheet = sheet
        self._written = written
        self._book = book
        self._columns: dict[str, int] = {}
        self._seen: dict[str, str] = {line.key: line.place for line in book.lines}

    def read(self) -> None:
        pairs = zip(_list_rows(self._sheet), _list_rows(self._written), strict=True)
        for number, (values, formulas) in enumerate(pairs, start=1):
            if self._columns:
                self._read_line(number, values, formulas)
            elif number <= _HEAD:
                self._find_columns(number, values)
            if not self._columns and any(_read_text(c) in self._book.kept for c in values):
                # rows of ours, and nothing that says what their cells are
                self._report(f"{self._sheet.title}!1:1", CellKind.NO_COLUMN_NAMES)
                return

    def _find_columns(self, number: int, values: Sequence[Any]) -> None:
        for index, cell in enumerate(values):
            text = _read_text(cell)
            if text.startswith(MARK):
                name = text.removeprefix(MARK)
                if name in self._columns:
                    self._report(self._name(number, index), CellKind.COLUMN_TWICE, name)
                self._columns.setdefault(name, index)

    def _read_line(self, number: int, values: Sequence[Any], formulas: Sequence[Any]) -> None:
        key = _read_text(values[self._columns[KEY]]) if KEY in self._columns else ""
        cells = {
            name: self._read_cell(self._name(number, index), values[index], formulas[index])
            for name, index in self._columns.items()
            if name != KEY
        }
        filled = [cell for cell in cells.values() if cell.value not in (None, "")]
        if key in self._book.kept:
            place = f"{self._sheet.title}!{number}:{number}"
            if key in self._seen:
                self._report(place, CellKind.ROW_TWICE, expected=self._seen[key])
            self._seen.setdefault(key, place)
            self._book.lines.append(FoundLine(key=key, place=place, cells=cells))
        elif filled and key != KEY:
            self._report(filled[0].place, CellKind.UNKNOWN_ROW, str(filled[0].value))

    def _read_cell(self, place: str, cell: Any, written: Any) -> Cell:
        value = cell.value
        if isinstance(value, str):
            value = _clean(value)
        if cell.data_type == "e":
            self._report(place, CellKind.ERROR_VALUE, str(value))
            value = None
        elif written.data_type == "f" and value is None:
            self._report(place, CellKind.NO_VALUE, str(written.value))
        shown = cell.number_format if isinstance(value, (int, float, date, datetime)) else ""
        return Cell(place=place, value=value, number_format=shown or "")

    def _name(self, number: int, index: int) -> str:
        return f"{self._sheet.title}!{get_column_letter(index + 1)}{number}"

    def _report(self, place: str, kind: CellKind, value: str = "", expected: str = "") -> None:
        found = CellProblem(place=place, kind=kind, value=value, expected=expected)
        self._book.problems.append(found)
