"""What is wrong with an upload, as data: the sentence is made at the edge."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ..plan.living_rules import FindingKind, RowFinding

__all__ = ["CellFinding", "FindingKind", "UploadError", "UploadKind"]

#: How much of a value is kept to be shown.
_SHOWN = 200


@dataclass(frozen=True, kw_only=True)
class CellFinding:
    """What is wrong with a cell, and where it stands.

    Attributes:
        row: as a spreadsheet counts them, the header among them; of rows that come from a form
            or the API, from 1.
        column: the name of the column; empty where it has none.
        letter: of the spreadsheet's column; empty where there is no file, or it has no such.
        kind: what is wrong.
        value: the text that was found.
        expected: what would be right, as ``FindingKind`` says.
    """

    row: int
    column: str
    letter: str = ""
    kind: FindingKind
    value: str = ""
    expected: str = ""

    @classmethod
    def place(cls, found: RowFinding, row: int, letter: str = "") -> CellFinding:
        """Say where it stands what the rules of rows have found."""
        return cls(
            row=row,
            column=found.column,
            letter=letter,
            kind=found.kind,
            value=shorten(found.value),
            expected=found.expected,
        )


class UploadKind(Enum):
    """Every way in which a file as a whole cannot be read."""

    #: value: how large it may be, in MiB
    TOO_LARGE = "too_large"
    EMPTY = "empty"
    #: .xls, or an .xlsx with a password
    OLD_FORMAT = "old_format"
    #: a zip that is no .xlsx, such as .ods
    NOT_XLSX = "not_xlsx"
    MACROS = "macros"
    DAMAGED = "damaged"
    NOT_TEXT = "not_text"
    #: row: from where on its quotation marks make no sense
    BROKEN_CSV = "broken_csv"
    #: row: with a cell larger than any, or a quotation mark that is never closed
    ENDLESS_CELL = "endless_cell"
    #: value: how many rows it may have
    TOO_MANY_ROWS = "too_many_rows"


class UploadError(ValueError):
    """A file that cannot be read at all.

    Attributes:
        kind: why.
        row: where, 0 where that is not known.
        value: what of it.
    """

    def __init__(self, kind: UploadKind, *, row: int = 0, value: str = "") -> None:
        super().__init__(f"{kind.value} {value} (row {row})")
        self.kind = kind
        self.row = row
        self.value = value


def shorten(text: str) -> str:
    """Cut a text that is too long to be shown."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
