"""The files of a living table: CSV and .xlsx, written row by row, the same bytes every time."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.packaging.core import DocumentProperties
from openpyxl.styles import Font
from openpyxl.writer.excel import ExcelWriter

from ...plan.living import Cells, LivingTable
from ...plan.shapes import CONTROL, FieldShape
from ...plan.tables.tables import guard_formula
from .storage import hash_file, make_temporary

#: What a file says of when it was made: nothing, for its bytes follow from its rows alone.
_NO_TIME = datetime(1980, 1, 1)
#: Digits that a spreadsheet keeps of a number, and characters that it keeps of a text.
_EXACT_DIGITS, _LONGEST_TEXT = 15, 32_000
#: PostgreSQL's numbers may be NaN or Infinity, which a spreadsheet does not know.
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?\Z")


@dataclass(frozen=True, kw_only=True)
class Download:
    """A file of a table, on disk as long as it is open.

    Attributes:
        format: ``CSV`` or ``XLSX``.
        mimetype: its media type.
        file: what is in it.
        sha256: the digest of that.
        size: in bytes.
    """

    format: str
    mimetype: str
    file: BinaryIO
    sha256: str
    size: int


def write_downloads(table: LivingTable, rows: Iterable[Cells]) -> tuple[Download, Download]:
    """Write the rows of a table as CSV and as .xlsx, whole in neither memory.

    Both hold the same: a header with the names of the columns, and no text that a spreadsheet
    would take for a formula. The CSV is as ``plan.tables`` writes it.

    Args:
        table: whose rows they are.
        rows: in the order in which they are published.
    """
    comma_separated, sheets = make_temporary(), make_temporary()
    text = io.TextIOWrapper(comma_separated, "utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\r\n")
    book = Workbook(write_only=True)
    book.properties = DocumentProperties(creator="", created=_NO_TIME, modified=_NO_TIME)
    sheet = _start_sheet(book, table)
    blank = WriteOnlyCell(sheet)
    blank.number_format = "@"  # openpyxl writes an empty cell only where it looks like something
    writer.writerow(table.column_names)
    for cells in rows:
        texts = [_guard(column, cells.get(column.name)) for column in table.columns]
        writer.writerow(texts)
        values = [_type(c, text) for c, text in zip(table.columns, texts, strict=True)]
        # a row that ends before the last column would lack cells, and not only what they hold
        sheet.append(values if values[-1] is not None else [*values[:-1], blank])
    text.detach()
    # what openpyxl's own save does, but for the time that it would write
    ExcelWriter(book, _Archive(sheets, "w", ZIP_DEFLATED)).save()
    return (
        _finish("CSV", "text/csv", comma_separated),
        _finish("XLSX", _XLSX, sheets),
    )


_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _start_sheet(book: Any, table: LivingTable) -> Any:
    sheet = book.create_sheet(table.name)
    sheet.freeze_panes = "A2"
    heads = [WriteOnlyCell(sheet, name) for name in table.column_names]
    for head in heads:
        head.font = Font(bold=True)
    sheet.append(heads)
    return sheet


def _finish(name: str, mimetype: str, file: BinaryIO) -> Download:
    size = file.seek(0, io.SEEK_END)
    return Download(format=name, mimetype=mimetype, file=file, sha256=hash_file(file), size=size)


def _guard(column: FieldShape, text: str | None) -> str:
    is_text = column.is_list or column.type not in (int, Decimal, bool)
    return guard_formula(text) if text and is_text else text or ""


def _type(column: FieldShape, text: str) -> str | int | Decimal | bool | None:
    """Give a cell as a spreadsheet knows it: numbers that it can keep as numbers."""
    if not text:
        return None
    if column.is_list or column.type not in (int, Decimal, bool):
        return _escape(text)
    if column.type is bool:
        return text == "true"
    if not _NUMBER.match(text) or sum(map(str.isdigit, text)) > _EXACT_DIGITS:
        return text
    return int(text) if column.type is int else Decimal(text)


def _escape(text: str) -> str:
    """Give a text as XML and OOXML (ECMA-376 part 1, 22.9.2.19) can hold it."""
    text = re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text)
    return CONTROL.sub("", text)[:_LONGEST_TEXT]


class _Archive(ZipFile):
    """A ZIP file that keeps no times."""

    def writestr(self, name: Any, data: Any, *_: Any, **__: Any) -> None:
        super().writestr(_describe(name), data, ZIP_DEFLATED)

    def write(self, filename: Any, arcname: Any = None, *_: Any, **__: Any) -> None:
        with Path(filename).open("rb") as source, self.open(_describe(arcname), "w") as target:
            shutil.copyfileobj(source, target)


def _describe(name: str) -> ZipInfo:
    info = ZipInfo(name, _NO_TIME.timetuple()[:6])
    info.compress_type = ZIP_DEFLATED
    return info
