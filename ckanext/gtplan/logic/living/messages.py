"""Sentences for what is wrong with rows, in the user's language, and their refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ckan.plugins import toolkit as tk

from ...plan.dictionary import get_table_labels
from ...plan.living import LIVING_TABLES, LivingTable
from ...plan.vocabulary import get_labels, list_codes
from ...uploads.findings import CellFinding, FindingKind, UploadError, UploadKind
from .questions import choose_words, name_column

K = FindingKind

#: A long text is cut after so many characters.
_SHOWN = 80


#: One sentence for each kind; ``expected`` is told as a label where it is the name of a column.
_SENTENCES: dict[FindingKind, Callable[[], str]] = {
    K.MISSING_COLUMN: lambda: tk._("there is no column of this name, and no row can do without"),
    K.UNKNOWN_COLUMN: lambda: tk._("the table has no column “{value}”: perhaps “{expected}”?"),
    K.REPEATED_COLUMN: lambda: tk._("the column “{value}” is there twice"),
    K.MERGED_CELLS: lambda: tk._("the cells {value} are merged: each cell needs its own value"),
    K.ERROR_VALUE: lambda: tk._("the cell holds the error {value} of a spreadsheet"),
    K.NO_RESULT: lambda: tk._(
        "the result of the formula {value} was not saved: save the file in a spreadsheet program,"
        " or write the value itself"
    ),
    K.MISSING_CELL: lambda: tk._("the row has {value} cells, and the header {expected}"),
    K.EXTRA_CELL: lambda: tk._("“{value}” stands after the last column of the header"),
    K.REQUIRED: lambda: tk._("this must not be empty"),
    K.CONTROL_CHARACTER: lambda: tk._("the control character {value} cannot be published"),
    K.BAD_QUANTITY: lambda: tk._("“{value}” is no number: write 1234.5"),
    K.BAD_AMOUNT: lambda: tk._("“{value}” is no amount: write 570075.00"),
    K.BAD_NUMBER: lambda: tk._("“{value}” is no whole number"),
    K.BAD_BOOLEAN: lambda: tk._("“{value}” must be true or false"),
    K.BAD_DATE: lambda: tk._(
        "“{value}” is no date: write 2020, 2020-02 or 2020-02-29, and a day that exists"
    ),
    K.BAD_PERIOD: lambda: tk._(
        "“{value}” is no period: write 2019, 2019-S1, 2019-Q3, 2019-07 or 2019-07-31"
    ),
    K.BAD_LINK: lambda: tk._(
        "“{value}” is no address of the web: write it whole, as https://example.org/page"
    ),
    K.BAD_FORM: lambda: tk._("“{value}” has another form than it should: for example {expected}"),
    K.TOO_SMALL: lambda: tk._("{value} is too small: {expected} or more"),
    K.TOO_LARGE: lambda: tk._("{value} is too large: {expected} or less"),
    K.TOO_LONG: lambda: tk._("the text has {value} characters, and may have {expected}"),
    K.UNKNOWN_CODE: lambda: tk._("“{value}” is not on the list: {expected}"),
    K.REPEATED_ROW: lambda: tk._("row {expected} has “{value}”, too: each row needs its own"),
    K.REPEATED_DIMENSION: lambda: tk._("the dimension “{value}” is named twice"),
    K.UNKNOWN_ROW: lambda: tk._("there is no row “{value}” in the table “{expected}”"),
    K.UNKNOWN_REFERENCE: lambda: tk._("there is no “{value}” in the portal ({expected})"),
    K.CURRENCY_NEEDED: lambda: tk._("{value} of which currency? Write its code, for example GTQ"),
    K.FREE_WITH_COST: lambda: tk._(
        "a cost of {value} and “{expected}” contradict each other: change one of the two"
    ),
    K.MORE_THAN: lambda: tk._("{value} is more than “{expected}” says"),
    K.VALUE_NEEDED: lambda: tk._("give a value, a text, or a status that says why there is none"),
    K.VALUE_AND_MISSING: lambda: tk._("the status {expected} says that there is no value"),
}
#: What is said where nothing is known of what would be right.
_ALONE: dict[FindingKind, Callable[[], str]] = {
    K.UNKNOWN_COLUMN: lambda: tk._("the table has no column “{value}”"),
    K.REPEATED_ROW: lambda: tk._("another row has “{value}”, too: each row needs its own"),
    K.BAD_FORM: lambda: tk._("“{value}” has another form than it should"),
}
#: Why a file cannot be read at all.
_OF_FILES: dict[UploadKind, Callable[[], str]] = {
    UploadKind.TOO_LARGE: lambda: tk._("the file is larger than {value} MiB: split it"),
    UploadKind.EMPTY: lambda: tk._("the file has no rows: its first row names the columns"),
    UploadKind.OLD_FORMAT: lambda: tk._(
        "this is an .xls file, or one with a password: save it as .xlsx without a password"
    ),
    UploadKind.NOT_XLSX: lambda: tk._(
        "this is neither CSV nor .xlsx: save it as one of them in the spreadsheet program"
    ),
    UploadKind.MACROS: lambda: tk._("the file holds macros: save it as .xlsx without macros"),
    UploadKind.DAMAGED: lambda: tk._("the file is damaged or was cut: save it again"),
    UploadKind.NOT_TEXT: lambda: tk._("this is no text: save the file as CSV in UTF-8"),
    UploadKind.BROKEN_CSV: lambda: tk._("from here on the quotation marks make no sense"),
    UploadKind.ENDLESS_CELL: lambda: tk._("a quotation mark is opened here and never closed"),
    UploadKind.TOO_MANY_ROWS: lambda: tk._("the file has more than {value} rows: split it"),
}
#: Kinds whose ``expected`` is the name of a column, and of a table.
_OF_COLUMN = frozenset(
    {K.FREE_WITH_COST, K.MORE_THAN, K.UNKNOWN_COLUMN, K.UNKNOWN_REFERENCE}
)
_OF_TABLE = frozenset({K.UNKNOWN_ROW})


class RowsRefused(tk.ValidationError):  # type: ignore[misc]
    """Rows that are refused, with a sentence for each cell that is wrong; nothing was written.

    The error of ``records`` is that by which tabledesigner's forms of a row put each sentence
    beside its field; ``findings`` tell the same one by one.

    Attributes:
        sentences: each with its place.
        findings: ``row`` (0 where it has none), ``column``, ``letter``, ``kind``, ``value``,
            ``expected`` and ``message`` of each.
    """

    def __init__(self, table: LivingTable, findings: Sequence[CellFinding]) -> None:
        self.sentences = [describe_finding(finding) for finding in findings]
        self.findings = [_show(finding) for finding in findings]
        first = findings[0].row if findings else None
        pairs = [
            part.replace("\t", " ")
            for finding in findings
            if finding.row == first
            for part in (_choose_column(table, finding), explain_finding(finding))
        ]
        errors = {
            "records": ["\t".join(["TAB-DELIMITED", *pairs])],
            "rows": self.sentences,
            "findings": self.findings,
        }
        super().__init__(errors, {tk._("Rows"): " ".join(self.sentences)})


def _choose_column(table: LivingTable, finding: CellFinding) -> str:
    """Choose the field of a form that a sentence stands beside."""
    return finding.column if finding.column in table.column_names else table.key[0]


def _show(finding: CellFinding) -> dict[str, Any]:
    return {
        "row": finding.row,
        "column": finding.column,
        "letter": finding.letter,
        "kind": finding.kind.value,
        "value": finding.value,
        "expected": finding.expected,
        "message": explain_finding(finding),
    }


def describe_finding(finding: CellFinding) -> str:
    """Say what is wrong as one line: row and column by their names, and what would be right."""
    column = name_column(finding.column) if finding.column else ""
    place = f"{column} ({finding.letter})" if column and finding.letter else column
    if finding.row:
        row = tk._("row {number}").format(number=finding.row)
        place = f"{row}, {place}" if place else row
    return ": ".join(part for part in (place, explain_finding(finding)) if part)


def explain_finding(finding: CellFinding) -> str:
    """Say what is wrong with a cell, and what would be right, without its place."""
    is_code = finding.kind is K.UNKNOWN_CODE
    expected = _name_codes(finding) if is_code else finding.expected
    return explain_kind(finding.kind, finding.value, expected)


def _name_codes(finding: CellFinding) -> str:
    """List the codes that would be right, each with its label."""
    for column in (c for table in LIVING_TABLES.values() for c in table.columns):
        codes = list_codes(column.vocabulary) if column.vocabulary else ()
        if column.name == finding.column and ", ".join(codes) == finding.expected:
            labels = [choose_words(get_labels(str(column.vocabulary), code)) for code in codes]
            pairs = zip(codes, labels, strict=True)
            return ", ".join(f"{code} ({label})" for code, label in pairs)
    return finding.expected


def explain_kind(kind: FindingKind, value: str, expected: str = "") -> str:
    """Say what is wrong with a value, and what would be right."""
    if kind is K.UNKNOWN_COLUMN and expected:
        expected = f"{expected} ({name_column(expected)})"  # files and the API know the name
    elif kind in _OF_COLUMN:
        expected = name_column(expected)
    elif kind in _OF_TABLE:
        expected = name_table(expected)
    shown = value if len(value) <= _SHOWN else value[: _SHOWN - 1] + "…"
    sentence = _SENTENCES[kind] if expected else _ALONE.get(kind, _SENTENCES[kind])
    return sentence().format(value=shown, expected=expected)


def name_table(name: str) -> str:
    """Give the title of a living table in the user's language."""
    return choose_words(get_table_labels(name)) if name in LIVING_TABLES else name


def refuse_if(table: LivingTable, findings: Iterable[CellFinding]) -> None:
    """Refuse rows in which something was found.

    Raises:
        RowsRefused: something was.
    """
    found = list(findings)
    if found:
        raise RowsRefused(table, found)


def describe_upload_error(error: UploadError) -> str:
    """Say why a file cannot be read, with the row where that shows."""
    sentence = _OF_FILES[error.kind]().format(value=error.value)
    row = tk._("row {number}").format(number=error.row) if error.row else ""
    return ": ".join(part for part in (row, sentence) if part)
