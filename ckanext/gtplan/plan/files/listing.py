"""A list that somebody exported as CSV: its rows with their lines, and what its columns mean."""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..shapes import CONTROL

_SEPARATORS = ",;\t|"
#: Words that the names of columns have and lack without another meaning.
_FILLERS = frozenset({"of", "the", "for", "and", "de", "del", "la", "it", "s"})


class ListingError(ValueError):
    """A row that cannot be read as CSV.

    Attributes:
        line: where it begins.
    """

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


@dataclass(frozen=True, kw_only=True)
class Row:
    """The cells of a row, without blanks around them, and the line at which it begins."""

    line: int
    cells: tuple[str, ...]


def read_rows(data: bytes) -> Iterator[Row]:
    """Read the rows of a CSV file that are not empty, the header first.

    UTF-8 (with or without a mark), UTF-16 (with one) and Windows-1252 are read; the separator
    is the sign among comma, semicolon, tabulator and bar that the header has most of.

    Raises:
        ListingError: the file is no CSV from that line on.
    """
    text = _decode(data)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_find_separator(text))
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise ListingError(line, str(error)) from error
        if any(cell.strip() for cell in cells):
            yield Row(line=line, cells=tuple(_clean(cell) for cell in cells))
        line = reader.line_num + 1


def _decode(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # the five bytes that Windows-1252 leaves out are what latin-1 makes of them
        return "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in data)


def _find_separator(text: str) -> str:
    header = re.sub(r'"[^"]*"', "", text.lstrip())
    first = header.splitlines()[0] if header else ""
    return max(_SEPARATORS, key=first.count)


def _clean(cell: str) -> str:
    return CONTROL.sub(" ", cell.replace("\r\n", "\n").replace("\r", "\n")).strip()


def normalize(text: str) -> str:
    """Write a text so that those that differ in case, accents and signs are the same."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return " ".join(letters.split())


def match_columns(
    header: Sequence[str], names: Mapping[str, Sequence[str]]
) -> tuple[dict[str, int], list[str]]:
    """Find the column of each field by what the columns are called.

    Args:
        header: the names of the columns.
        names: field -> names that its column has had, the best first.

    Returns:
        The place of each field's column, and the columns that are none of a field's.
    """
    scored = []
    for place, column in enumerate(header):
        words = _list_words(column)
        for field, known in names.items():
            for rank, name in enumerate(known):
                wanted = _list_words(name)
                if words == wanted:
                    scored.append((len(header), -rank, place, field))
                elif 1 < len(wanted) < len(words) and wanted < words:
                    scored.append((len(wanted) - len(words), -rank, place, field))
    found: dict[str, int] = {}
    for _, _, place, field in sorted(scored, key=lambda s: (-s[0], -s[1], s[2])):
        if field not in found and place not in found.values():
            found[field] = place
    unknown = [c for place, c in enumerate(header) if c and place not in found.values()]
    return found, unknown


def _list_words(name: str) -> frozenset[str]:
    words = [word for word in normalize(name).split() if word not in _FILLERS]
    return frozenset(word[:-1] if len(word) > 3 and word[-1] == "s" else word for word in words)
