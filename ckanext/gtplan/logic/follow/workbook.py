"""The file of a spreadsheet (.xlsx), written to be filled in.

A hidden sheet keeps what each cell held when the file was written. A hidden first row names
the columns and a hidden first column the rows, so that people may sort, move and add.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import openpyxl
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from ...plan.shapes import CONTROL

#: The hidden sheets, the first words of the first, and the names of columns in the hidden row.
KEPT = "gtplan"
LISTS = "gtplan-lists"
FORM = "gtplan-report 1"
MARK = "gtplan:"
KEY = "key"

_SOFT, _INK = PatternFill("solid", fgColor="EDF1F4"), PatternFill("solid", fgColor="005D7A")
_LINE = Side(style="thin", color="C3CBD3")
_BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_TOP = Alignment(vertical="top", wrap_text=True)
#: Excel would draw no more than that of a title, and refuses these characters in it.
_BAD_TITLE = re.compile(r"[\[\]:*?/\\']")
_EXACT_DIGITS = 15


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column: what people see over it, and how it is filled in."""

    name: str
    label: str
    width: int = 14
    #: filled in by people, with the explanation that they see at the cell
    is_open: bool = False
    prompt: str = ""
    #: the labels to choose among
    choices: Sequence[str] = ()
    is_number: bool = False


@dataclass(frozen=True, kw_only=True)
class Line:
    """A row: what its cells hold by the names of the columns; None of one that it has not."""

    key: str
    cells: Mapping[str, str]
    #: what the hidden sheet keeps of it, to compare with what comes back
    kept: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Table:
    """A sheet to be filled in."""

    title: str
    columns: Sequence[Column]
    lines: Sequence[Line]


@dataclass(frozen=True, kw_only=True)
class Book:
    """A file to be filled in: ``facts`` is what it says of itself when it comes back."""

    title: str
    instructions: Sequence[str]
    facts: Mapping[str, str]
    tables: Sequence[Table]


def write_workbook(book: Book) -> bytes:
    """Write a file to be filled in.

    Args:
        book: what stands in it. No text becomes a formula, whatever it begins with.

    Returns:
        The bytes of an .xlsx.
    """
    file = openpyxl.Workbook()
    _write_instructions(file.active, book)
    lists: list[Sequence[str]] = []
    for table in book.tables:
        _write_table(file.create_sheet(name_sheet(table.title)), table, lists)
    _write_kept(file.create_sheet(KEPT), book)
    _write_lists(file.create_sheet(LISTS), lists)
    file.active = 1 if book.tables else 0
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()


def name_sheet(title: str) -> str:
    """Give a title as a sheet can bear it."""
    return " ".join(_BAD_TITLE.sub(" ", title).split())[:31]


def put_text(cell: Any, value: str | float) -> None:
    """Write a value that stays what it is: ``=1+1`` is a text here, and in whatever reads it."""
    if isinstance(value, str):
        cell.value = _escape(value)
        cell.data_type = "s"
        cell.number_format = "@"
        cell.quotePrefix = value[:1] in tuple("=+-@'")
    else:
        cell.value = value


def _escape(text: str) -> str:
    """Give a text as XML and OOXML (ECMA-376 part 1, 22.9.2.19) can hold it."""
    text = re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text)
    return CONTROL.sub("", text)[:32_000]


def _write_instructions(sheet: Any, book: Book) -> None:
    sheet.title = name_sheet(book.instructions[0])
    sheet.column_dimensions["A"].width = 100
    for number, text in enumerate((book.title, *book.instructions[1:]), start=1):
        cell = sheet.cell(number, 1)
        put_text(cell, text)
        cell.alignment = _TOP
        cell.font = Font(bold=number == 1, size=14 if number == 1 else 11)
    sheet.protection.sheet = True


def _write_table(sheet: Any, table: Table, lists: list[Sequence[str]]) -> None:
    columns = (Column(name=KEY, label=KEY), *table.columns)
    for number, column in enumerate(columns, start=1):
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = column.width
        put_text(sheet.cell(1, number), f"{MARK}{column.name}")
        head = sheet.cell(2, number)
        put_text(head, column.label)
        head.font, head.fill = Font(bold=True, color="FFFFFF"), _INK
        head.alignment, head.border = _TOP, _BOX
        if table.lines and column.is_open:
            _explain(sheet, column, f"{letter}3:{letter}{len(table.lines) + 2}", lists)
    for row, line in enumerate(table.lines, start=3):
        put_text(sheet.cell(row, 1), line.key)
        for number, column in enumerate(table.columns, start=2):
            _write_cell(sheet.cell(row, number), column, line.cells.get(column.name))
    sheet.row_dimensions[1].hidden = True
    sheet.column_dimensions["A"].hidden = True
    sheet.freeze_panes = "D3"
    sheet.sheet_view.zoomScale = 90
    # without a password: against slips of the hand, not against people
    sheet.protection.sheet = True
    for allowed in ("formatCells", "formatColumns", "formatRows", "sort", "autoFilter"):
        setattr(sheet.protection, allowed, False)


def _write_cell(cell: Any, column: Column, text: str | None) -> None:
    is_number = column.is_number and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text or "")
    if is_number and text and len(re.sub("[^0-9]", "", text)) <= _EXACT_DIGITS:
        put_text(cell, float(text) if "." in text else int(text))
    elif text:
        put_text(cell, text)
    elif not column.is_number:
        cell.number_format = "@"  # what is typed into it stays as it is typed
    cell.alignment, cell.border = _TOP, _BOX
    if column.is_open and text is not None:
        cell.protection = Protection(locked=False)
    else:
        cell.fill = _SOFT


def _explain(sheet: Any, column: Column, cells: str, lists: list[Sequence[str]]) -> None:
    """Put choices and explanation at the cells of a column."""
    if column.choices:
        if column.choices not in lists:
            lists.append(column.choices)
        letter = get_column_letter(lists.index(column.choices) + 1)
        source = f"'{LISTS}'!${letter}$1:${letter}${len(column.choices)}"
        # no refusal at the cell: labels of other languages are understood, too
        rule = DataValidation(type="list", formula1=source, allow_blank=True, errorStyle="warning")
    else:
        rule = DataValidation(allow_blank=True)
    rule.promptTitle, rule.prompt = column.label[:32], column.prompt[:255]
    rule.showInputMessage = bool(column.prompt)
    rule.showErrorMessage = bool(column.choices)
    rule.add(cells)
    sheet.add_data_validation(rule)


def _write_kept(sheet: Any, book: Book) -> None:
    names = sorted({name for table in book.tables for line in table.lines for name in line.kept})
    rows: list[Sequence[str]] = [(FORM,), *book.facts.items(), (KEY, *names)]
    for table in book.tables:
        rows += [(line.key, *(line.kept.get(n, "") for n in names)) for line in table.lines]
    _fill_hidden(sheet, rows)


def _write_lists(sheet: Any, lists: Sequence[Sequence[str]]) -> None:
    height = max(map(len, lists), default=0)
    _fill_hidden(sheet, [[a[n] if n < len(a) else "" for a in lists] for n in range(height)])


def _fill_hidden(sheet: Any, rows: Iterable[Sequence[str]]) -> None:
    for number, row in enumerate(rows, start=1):
        for column, text in enumerate(row, start=1):
            if text:
                put_text(sheet.cell(number, column), text)
    sheet.sheet_state = "veryHidden"
