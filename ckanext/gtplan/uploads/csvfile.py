"""A CSV file: read record by record, whatever saved it.

Spreadsheets save CSV with commas, semicolons or tabs, in UTF-8 (marked or not), in UTF-16 or in
Windows' own characters; which it is follows from the bytes and from the header.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from ..plan.living import LivingTable
from .findings import UploadError, UploadKind
from .header import count_known

_DELIMITERS = (",", ";", "\t")
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_PIECE = 2**16
#: Characters: more than all the columns of a table can hold.
_LONGEST_RECORD = 600_000
#: In how many records the header is looked for.
_HEAD = 20


class CsvFile:
    """The records of a CSV file, as often as they are asked for.

    Attributes:
        has_ragged_rows: whether a row without all of its cells is a fault: a CSV has them all.
    """

    has_ragged_rows = False
    merges: Sequence[str] = ()

    def __init__(self, table: LivingTable, file: BinaryIO) -> None:
        """Find out how the file is written.

        Raises:
            UploadError: it is no text.
        """
        self._file = file
        self._encoding = _find_encoding(file)
        self._delimiter = max(_DELIMITERS, key=lambda each: self._count_names(table, each))

    def read_rows(self) -> Iterator[tuple[int, list[str]]]:
        """Read the records, each with its number; the number is that of a spreadsheet's row.

        Raises:
            UploadError: from some record on the quotation marks make no sense.
        """
        return self._read(self._delimiter)

    def _count_names(self, table: LivingTable, delimiter: str) -> int:
        most = 0
        try:
            for number, texts in self._read(delimiter):
                most = max(most, count_known(table, texts))
                if number >= _HEAD:
                    break
        except UploadError:
            pass  # it is told when the rows are read
        return most

    def _read(self, delimiter: str) -> Iterator[tuple[int, list[str]]]:
        self._file.seek(0)
        text = io.TextIOWrapper(self._file, encoding=self._encoding, newline="")
        lines = _Lines(text)
        number = 0
        try:
            for number, record in enumerate(csv.reader(lines, delimiter=delimiter, strict=True), 1):
                lines.length = 0
                if number > 1 or not _is_hint(record, delimiter):
                    yield number, record
        except csv.Error as error:
            is_endless = "limit" in str(error) or "end of data" in str(error)
            kind = UploadKind.ENDLESS_CELL if is_endless else UploadKind.BROKEN_CSV
            raise UploadError(kind, row=number + 1) from error
        except _EndlessRecord as error:
            raise UploadError(UploadKind.ENDLESS_CELL, row=number + 1) from error
        except UnicodeDecodeError as error:
            raise UploadError(UploadKind.NOT_TEXT, row=number + 1) from error
        finally:
            if not self._file.closed:  # as when nobody has read to the end
                text.detach()


class _EndlessRecord(Exception):
    """A record is longer than any can be."""


class _Lines:
    """The lines of a text, as long as its records end.

    The limit of Python's own reader is one for the whole process, and frictionless lifts it.

    Attributes:
        length: of the record so far; whoever reads sets it back at each record.
    """

    def __init__(self, text: io.TextIOWrapper) -> None:
        self.length = 0
        self._text = text

    def __iter__(self) -> Iterator[str]:
        while line := self._text.readline(_LONGEST_RECORD):
            self.length += len(line)
            if self.length >= _LONGEST_RECORD:
                raise _EndlessRecord
            yield line


def _is_hint(record: list[str], delimiter: str) -> bool:
    """Tell whether a record is no row but ``sep=;``, by which a spreadsheet is told how to read."""
    first = record[0] if record else ""
    return first.startswith("sep=") and (len(first) == 5 or record == ["sep=", ""])


def _find_encoding(file: BinaryIO) -> str:
    """Find the encoding of a file: UTF-8 when all of it is, and else Windows' own."""
    file.seek(0)
    start = file.read(4)
    for mark, encoding in _MARKS.items():
        if start.startswith(mark):
            return encoding
    for encoding in ("utf-8", "cp1252"):
        if _is_written_in(file, encoding):
            return encoding
    raise UploadError(UploadKind.NOT_TEXT)


def _is_written_in(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    try:
        while piece := file.read(_PIECE):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
