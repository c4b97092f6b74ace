"""Sentences for what cannot be read in a form or a spreadsheet, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ckan.plugins import toolkit as tk

from ...config import get_language
from ...plan.follow.answers import CHOICES, AnswerError, AnswerKind
from ...plan.labels import get_field_labels
from ...plan.vocabulary import get_label, list_codes
from .items import Item
from .opening import LARGEST, CellKind, CellProblem, FileError, FileKind

A, C, F = AnswerKind, CellKind, FileKind

_ANSWERS: dict[AnswerKind, Callable[[], str]] = {
    A.BAD_DATE: lambda: tk._(
        "“{value}” is no date: write the year first, as precisely as you know it: 2020, 2020-03"
        " or 2020-03-15"
    ),
    A.BAD_NUMBER: lambda: tk._("“{value}” is no number: write for example 1234.50 or 1234,50"),
    A.UNCLEAR_NUMBER: lambda: tk._(
        "“{value}” can be read in two ways: write {expected}, or two decimals"
    ),
    A.UNCLEAR_PERCENT: lambda: tk._(
        "“{value}” can be read in two ways: write {expected} % or {value} %"
    ),
    A.TOO_PRECISE: lambda: tk._("“{value}” has more than two decimals: write {expected}"),
    A.UNKNOWN_CHOICE: lambda: tk._("“{value}” is not on the list: {expected}"),
    A.BAD_CURRENCY: lambda: tk._("“{value}” is no currency: write its three letters, such as USD"),
    A.CONTROL_CHARACTER: lambda: tk._("the control character {value} cannot be published"),
    A.TOO_LONG: lambda: tk._("“{value}” is too long: write at most {expected} characters"),
}

_CELLS: dict[CellKind, Callable[[], str]] = {
    C.NO_COLUMN_NAMES: lambda: tk._(
        "the hidden first row, which names the columns, is gone: download the template again"
        " and copy your values into it"
    ),
    C.COLUMN_TWICE: lambda: tk._("this column stands here twice: delete one of the two"),
    C.UNKNOWN_ROW: lambda: tk._(
        "“{value}” stands in a row that the template did not have: delete the row, or copy what"
        " it says into the row of its activity or deliverable"
    ),
    C.ROW_TWICE: lambda: tk._("this row repeats {expected}: delete one of the two"),
    C.ROW_MIXED: lambda: tk._(
        "“{value}” stands in the row of {expected}: the rows were sorted in part; download the"
        " template again"
    ),
    C.ERROR_VALUE: lambda: tk._("the formula here ends in {value}: write the value itself"),
    C.NO_VALUE: lambda: tk._(
        "the formula here has no result: open the file and save it again, or write the value itself"
    ),
}

_FILES: dict[FileKind, Callable[[], str]] = {
    F.TOO_LARGE: lambda: tk._(
        "the file is larger than any template ({limit} MB, or unpacked more than that allows):"
        " send the file that you downloaded here"
    ),
    F.NOT_XLSX: lambda: tk._("this is no .xlsx file: save it as “Excel workbook (.xlsx)”"),
    F.OLD_FORMAT: lambda: tk._(
        "this is an old .xls file, or one with a password: save it as “Excel workbook (.xlsx)”"
        " without a password"
    ),
    F.MACROS: lambda: tk._("the file holds macros: save it as “Excel workbook (.xlsx)”, without"),
    F.DAMAGED: lambda: tk._("the file is damaged: open it, save it again and send it once more"),
    F.NO_TEMPLATE: lambda: tk._(
        "this file was not made by the portal: download the template and fill that in"
    ),
}


def describe_answer(error: AnswerError) -> str:
    """Say why an answer cannot be read, and what would be right."""
    expected = error.expected
    if error.kind is AnswerKind.UNKNOWN_CHOICE:
        expected = ", ".join(list_labels(error.expected))
    value = error.value if len(error.value) <= 80 else error.value[:79] + "…"
    return _ANSWERS[error.kind]().format(value=value, expected=expected)


def describe_cell(problem: CellProblem) -> str:
    """Say what is wrong with a cell: sheet, cell, the value, what would be right."""
    value = problem.value if len(problem.value) <= 80 else problem.value[:79] + "…"
    sentence = _CELLS[problem.kind]().format(value=value, expected=problem.expected)
    return f"{problem.place}: {sentence}"


def describe_file(error: FileError) -> str:
    """Say why a file cannot be read at all."""
    return _FILES[error.kind]().format(limit=LARGEST // 2**20)


def list_labels(vocabulary: str) -> list[str]:
    """List the labels that a person chooses among, in the language of the page."""
    return [get_label(vocabulary, code, get_language()) for code in list_choices(vocabulary)]


def list_choices(vocabulary: str) -> list[str]:
    """List the codes that a report can say: nobody reports that nothing is reported."""
    return [code for code in list_codes(vocabulary) if code != "unreported"]


# The fields of a report

_HELP: dict[str, Callable[[], str]] = {
    "actual_start": lambda: tk._("As precisely as it is known: 2018, 2018-11 or 2018-11-30."),
    "actual_end": lambda: tk._("As precisely as it is known: 2018, 2018-11 or 2018-11-30."),
    "percent_complete": lambda: tk._("From 0 to 100."),
    "executed_amount": lambda: tk._("All that was spent so far, not only since the last report."),
    "currency": lambda: tk._("Its three letters, such as USD."),
    "evidence": lambda: tk._("Addresses that begin with https:// or http://, one a line."),
    "note": lambda: tk._("Why, where it was cancelled or suspended; what else is to be known."),
    "as_of": lambda: tk._("The day that the report speaks of, for example 2018-11-30."),
}


def name_field(field: str, kind: str = "activity") -> str:
    """Name a field of a report; a deliverable ends when it is delivered."""
    if kind == "deliverable" and field == "actual_end":
        return str(tk._("Delivered on"))
    return get_field_labels(field)[get_language()]


def explain_field(field: str) -> str:
    """Say how a field of a report is filled in; empty where its name says it."""
    return _HELP[field]() if field in _HELP else ""


def label_answer(field: str, text: str) -> str:
    """Write an answer as it is put before people: a code by its label."""
    return get_label(CHOICES[field], text, get_language()) if text and field in CHOICES else text


def describe_changed(item: Item, shown: Mapping[str, str]) -> dict[str, str]:
    """Tell what others reported between what was shown to somebody and now.

    Args:
        item: as it is now.
        shown: what was put before them.

    Returns:
        A sentence by field. Of evidence nothing is told: it adds up.
    """
    sentence = tk._("{field} was reported by somebody else meanwhile: from “{old}” to “{new}”")
    return {
        name: sentence.format(
            field=name_field(name, item.kind),
            old=label_answer(name, shown.get(name, "")),
            new=label_answer(name, text),
        )
        for name, text in item.shown.items()
        if name != "evidence" and text != shown.get(name, "")
    }
