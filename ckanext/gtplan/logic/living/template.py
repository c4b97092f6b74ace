"""The spreadsheet of a living table: its rows by labels, lists to choose from, explanations.

It is written row by row, so that 50,000 rows need no more memory than one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO

import openpyxl
from ckan.plugins import toolkit as tk
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from ...plan.living import SEPARATOR, Cells, LivingTable
from ...plan.tables.tables import guard_formula
from ..follow.workbook import LISTS, name_sheet, put_text
from .questions import Question, make_question, show_cell
from .reading import iterate_cells

_INK = PatternFill("solid", fgColor="005D7A")
_TOP = Alignment(vertical="top", wrap_text=True)
_WIDTHS = {"long": 48, "lines": 36, "link": 32, "codes": 28, "text": 24, "code": 20}
#: Below the rows that are there, the lists to choose from go on for as many.
_ROOM = 2000
#: Excel keeps that many digits of a number, and draws that much of a prompt.
_EXACT_DIGITS, _PROMPT, _TITLE = 15, 255, 32
#: PostgreSQL's numbers may be NaN or Infinity, which a spreadsheet does not know.
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?\Z")


def write_template(
    file: BinaryIO, package: Mapping[str, Any], table: LivingTable, *, is_empty: bool = False
) -> None:
    """Write the spreadsheet of a table, an .xlsx, for whoever may write its rows.

    Args:
        file: that is written to.
        package: the record.
        table: the table.
        is_empty: leave the rows out.
    """
    book = openpyxl.Workbook(write_only=True)
    questions = _list_questions(table)
    sheet = book.create_sheet(name_sheet(table.name))
    _write_head(sheet, questions)
    rows: Iterable[Cells] = () if is_empty else iterate_cells(package["id"], table.name)
    count = _write_rows(sheet, table, questions, rows)
    _write_dictionary(book.create_sheet(name_sheet(tk._("Columns"))), questions)
    _write_lists(book, sheet, questions, count + _ROOM)
    book.save(file)


def _list_questions(table: LivingTable) -> list[Question]:
    found = [make_question(table, column) for column in table.columns]
    return [question for question in found if not question.is_computed]


def _write_head(sheet: Any, questions: Sequence[Question]) -> None:
    for number, question in enumerate(questions, start=1):
        dimension = sheet.column_dimensions[get_column_letter(number)]
        dimension.width = _WIDTHS.get(question.control, 16)
        if question.control not in ("number", "whole"):
            dimension.number_format = "@"  # what is typed into it stays as it is typed
    sheet.freeze_panes = "C2"
    sheet.append([_make_head(sheet, question.label) for question in questions])


def _make_head(sheet: Any, text: str) -> Any:
    cell = _make_text(sheet, text)
    cell.font, cell.fill, cell.alignment = Font(bold=True, color="FFFFFF"), _INK, _TOP
    return cell


def _make_text(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet)
    put_text(cell, text)
    return cell


def _write_rows(
    sheet: Any, table: LivingTable, questions: Sequence[Question], rows: Iterable[Cells]
) -> int:
    columns = {column.name: column for column in table.columns}
    count = 0
    for cells in rows:
        line = []
        for question in questions:
            text = cells.get(question.name)
            if question.choices or question.control in ("codes", "lines", "names"):
                text = f" {SEPARATOR} ".join(show_cell(columns[question.name], text))
            line.append(_make_cell(sheet, question, text) if text else None)
        sheet.append(line)
        count += 1
    return count


def _make_cell(sheet: Any, question: Question, text: str) -> Any:
    is_number = question.control in ("number", "whole")
    if is_number and _NUMBER.match(text) and sum(map(str.isdigit, text)) <= _EXACT_DIGITS:
        return float(text) if "." in text else int(text)
    # a cell of text is no formula; an apostrophe of its own must come back
    return _make_text(sheet, guard_formula(text) if text.startswith("'") else text)


def _write_dictionary(sheet: Any, questions: Sequence[Question]) -> None:
    for letter, width in zip("ABCD", (28, 32, 80, 60), strict=True):
        sheet.column_dimensions[letter].width = width
    heads = (tk._("Column"), tk._("Name for programs"), tk._("What it holds"), tk._("Choices"))
    sheet.append([_make_head(sheet, text) for text in heads])
    for question in questions:
        choices = "\n".join(f"{code}: {label}" for code, label in question.choices)
        texts = (question.label, question.name, explain_cell(question), choices)
        sheet.append([_make_line(sheet, text) for text in texts])


def _make_line(sheet: Any, text: str) -> Any:
    cell = _make_text(sheet, text)
    cell.alignment = _TOP
    return cell


def explain_cell(question: Question) -> str:
    """Say what a cell holds, and how several values are written into it."""
    parts = [tk._("Required") + "." if question.is_required else "", question.help]
    if question.control in ("codes", "lines", "names"):
        parts.append(tk._("Several values: write | between them."))
    elif question.control == "date":
        parts.append(tk._("As precise as it is known: 2018, 2018-11 or 2018-11-30."))
    if question.example:
        parts.append(tk._("Example: {example}").format(example=question.example))
    return " ".join(filter(None, parts))


def _write_lists(book: Any, sheet: Any, questions: Sequence[Question], last: int) -> None:
    """Put lists to choose from and explanations at the columns of the first sheet."""
    lists: list[Sequence[str]] = []
    for number, question in enumerate(questions, start=1):
        labels = [label for _, label in question.choices]
        rule = DataValidation(allow_blank=True, showInputMessage=True)
        # in a cell of several values nothing can be chosen from a list
        if labels and question.control != "codes":
            if labels not in lists:
                lists.append(labels)
            letter = get_column_letter(lists.index(labels) + 1)
            source = f"'{LISTS}'!${letter}$1:${letter}${len(labels)}"
            rule = DataValidation(
                type="list",
                formula1=source,
                allow_blank=True,
                showInputMessage=True,
                # codes, and labels of other languages, are understood, too
                showErrorMessage=False,
            )
        rule.promptTitle = question.label[:_TITLE]
        rule.prompt = _shorten(explain_cell(question)) or question.label
        letter = get_column_letter(number)
        rule.add(f"{letter}2:{letter}{last + 1}")
        sheet.data_validations.append(rule)
    _fill_lists(book.create_sheet(LISTS), lists)


def _shorten(text: str) -> str:
    return text if len(text) <= _PROMPT else f"{text[: _PROMPT - 1]}…"


def _fill_lists(sheet: Any, lists: Sequence[Sequence[str]]) -> None:
    sheet.sheet_state = "hidden"
    for row in _turn(lists):
        sheet.append([_make_text(sheet, text) if text else None for text in row])


def _turn(lists: Sequence[Sequence[str]]) -> Iterator[list[str]]:
    for number in range(max(map(len, lists), default=0)):
        yield [texts[number] if number < len(texts) else "" for texts in lists]
