"""A spreadsheet (.xlsx): opened within limits, and read row by row without computing anything."""

from __future__ import annotations

import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any, BinaryIO

import openpyxl

from ..plan.dictionary import get_table_labels
from ..plan.living import LivingTable
from .cells import Fault, Percent, Raw, fold, write_date
from .findings import FindingKind, UploadError, UploadKind, shorten

#: What parts may hold unpacked: the sheets are read in pieces, the rest is held in memory.
_LARGEST_SHEETS = 600 * 2**20
_LARGEST_TEXTS = 48 * 2**20
_LARGEST_PART = 8 * 2**20
_MOST_PARTS = 500
#: A sheet holds a row in memory: none of 50 columns needs as much.
_LARGEST_ROW = 8 * 2**20
_MOST_COLUMNS = 300
#: What a spreadsheet can hold; beyond it a file only claims to have rows.
_LAST_ROW = 2**20
_MOST_MERGES = 100
_PIECE = 2**20
#: As much of a piece as is looked at again with the next one: a tag may lie across.
_OVERLAP = 200
_ROW = re.compile(rb"<(?:\w+:)?row[\s>/]")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_MERGE = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3}[0-9]+:[A-Z]{1,3}[0-9]+)"')
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_SHEETS = "xl/worksheets/"
_BROKEN = (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, EOFError)
_TEXTS = "xl/sharedStrings.xml"


@dataclass
class _Part:
    """What was seen in a sheet while it was unpacked."""

    has_formulas: bool = False
    merges: dict[str, None] = field(default_factory=dict)
    #: bytes since the last row began
    run: int = 0


class Workbook:
    """The rows of a sheet, as often as they are asked for.

    Attributes:
        has_ragged_rows: cells at the end of a row are not there where they are empty.
        merges: the ranges of joined cells, such as A2:A4.
    """

    has_ragged_rows = True

    def __init__(self, table: LivingTable, file: BinaryIO) -> None:
        """Look at the archive, and choose the sheet: that of the table's name, or the first.

        Raises:
            UploadError: it is too large, no .xlsx, holds macros, or is damaged.
        """
        parts = _check_archive(file)
        with _taken_as_damaged():
            self._values, path = _choose_sheet(table, _open(file, data_only=True))
            part = parts.get(path, _Part())
            self._written: Any = None
            if part.has_formulas:
                self._written, _ = _choose_sheet(table, _open(file, data_only=False))
        self.merges: tuple[str, ...] = tuple(part.merges)

    def read_rows(self) -> Iterator[tuple[int, list[Raw]]]:
        """Read the rows that hold something, each with its number.

        Raises:
            UploadError: it is damaged.
        """
        with _taken_as_damaged():
            yield from _read_sheet(self._values, self._written)


@contextmanager
def _taken_as_damaged() -> Iterator[None]:
    """Take whatever fails for a damaged file: openpyxl raises anything at all."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except UploadError:
        raise
    except Exception as error:
        raise UploadError(UploadKind.DAMAGED) from error


def _open(file: BinaryIO, *, data_only: bool) -> Any:
    """Open a workbook; it is not closed, for the file is whoever's it was."""
    file.seek(0)
    return openpyxl.load_workbook(file, read_only=True, data_only=data_only, keep_links=False)


def _check_archive(file: BinaryIO) -> dict[str, _Part]:
    """Unpack the archive within the limits, whatever sizes it states."""
    with open_archive(file) as archive:
        return _check_parts(archive, archive.namelist())


@contextmanager
def open_archive(file: BinaryIO) -> Iterator[zipfile.ZipFile]:
    """Open the archive that a spreadsheet is; what fails while it is read is a damaged file.

    Args:
        file: at any place; it stays open.

    Raises:
        UploadError: it is no .xlsx, holds macros or too many parts, or is damaged.
    """
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            if "xl/workbook.xml" not in names:
                raise UploadError(UploadKind.NOT_XLSX)
            if any(name.lower().endswith("vbaproject.bin") for name in names):
                raise UploadError(UploadKind.MACROS)
            if len(names) > _MOST_PARTS:
                raise UploadError(UploadKind.TOO_LARGE)
            yield archive
    except _BROKEN as error:
        raise UploadError(UploadKind.DAMAGED) from error


def _check_parts(archive: zipfile.ZipFile, names: Sequence[str]) -> dict[str, _Part]:
    parts = {}
    left = _LARGEST_SHEETS
    for name in names:
        if name.endswith((".xml", ".rels")):
            is_sheet = name.startswith(_SHEETS) and name.endswith(".xml")
            most = left if is_sheet else _LARGEST_TEXTS if name == _TEXTS else _LARGEST_PART
            parts[name], size = _scan_part(archive, name, most, is_sheet=is_sheet)
            left -= size if is_sheet else 0
    return parts


def _scan_part(
    archive: zipfile.ZipFile, name: str, most: int, *, is_sheet: bool
) -> tuple[_Part, int]:
    part, size, tail = _Part(), 0, b""
    with archive.open(name) as stream:
        while piece := stream.read(_PIECE):
            if size == 0 and b"\0" in piece[:100]:  # UTF-16, in which nothing below is found
                raise UploadError(UploadKind.DAMAGED)
            size += len(piece)
            text = tail + piece
            if size > most:
                raise UploadError(UploadKind.TOO_LARGE)
            # a sheet has no use for what could hide a row from the count below
            if b"<!DOCTYPE" in text or (is_sheet and b"<!" in text):
                raise UploadError(UploadKind.DAMAGED)
            if name == "[Content_Types].xml" and b"macroEnabled" in text:
                raise UploadError(UploadKind.MACROS)
            if is_sheet:
                _look_at(part, text, len(piece))
            tail = text[-_OVERLAP:]
    return part, size


def _look_at(part: _Part, text: bytes, length: int) -> None:
    starts = [found.start() for found in _ROW.finditer(text)]
    part.run = len(text) - starts[-1] if starts else part.run + length
    if part.run > _LARGEST_ROW:
        raise UploadError(UploadKind.TOO_LARGE)
    if not part.has_formulas:
        part.has_formulas = bool(_FORMULA.search(text))
    if b"mergeCell" in text:
        for found in _MERGE.finditer(text):
            if len(part.merges) < _MOST_MERGES:
                part.merges[found[1].decode()] = None


def _choose_sheet(table: LivingTable, book: Any) -> tuple[Any, str]:
    """Choose the sheet of a workbook, and give the name of its part."""
    wanted = {fold(table.name), *map(fold, get_table_labels(table.name).values())}
    shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    named = [sheet for sheet in shown if fold(sheet.title) in wanted]
    sheets = named or shown
    if not sheets:
        raise UploadError(UploadKind.EMPTY)
    return sheets[0], str(sheets[0]._worksheet_path).lstrip("/")


def _read_sheet(sheet: Any, written: Any = None) -> Iterator[tuple[int, list[Raw]]]:
    formulas = _list_rows(written) if written else None
    last: Sequence[Any] = ()
    for number, row in enumerate(_list_rows(sheet), start=1):
        origin = next(formulas, ()) if formulas else ()
        if row is last:  # rows that are left out are all the same one: there may be a million
            continue
        last = row
        cells = [_read_raw(cell) for cell in row]
        for index, cell in enumerate(origin[: len(cells)]):
            if cell.data_type == "f" and cells[index] is None:
                value = str(getattr(cell.value, "text", cell.value))
                cells[index] = Fault(kind=FindingKind.NO_RESULT, value=shorten(value))
        while cells and cells[-1] is None:
            cells.pop()
        if cells:
            yield number, cells


def _list_rows(sheet: Any) -> Iterator[Sequence[Any]]:
    sheet.reset_dimensions()  # what a file states of its size need not be so
    rows: Iterator[Sequence[Any]] = sheet.iter_rows(max_row=_LAST_ROW, max_col=_MOST_COLUMNS)
    return rows


def _read_raw(cell: Any) -> Raw:
    value = cell.value
    if value is None:
        return None
    if cell.data_type == "e":
        return Fault(kind=FindingKind.ERROR_VALUE, value=shorten(str(value)))
    if isinstance(value, str):
        return _clean(value) or None
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        is_percent = "%" in (cell.number_format or "")
        return Percent(number=value) if is_percent else value
    if isinstance(value, date):
        return write_date(value, cell.number_format or "")
    if isinstance(value, (time, timedelta)):
        return str(value)
    return str(value)


def _clean(text: str) -> str:
    """Undo OOXML's escapes (ECMA-376 part 1, 22.9.2.19); Excel has one for each pasted return."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text).replace("\r", "")
