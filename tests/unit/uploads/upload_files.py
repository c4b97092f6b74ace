"""Files that are uploaded, made for tests."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import openpyxl

from ckanext.gtplan.plan.living import LIVING_TABLES, Cells
from ckanext.gtplan.uploads.reading import CellFinding, Upload, read_upload

SERVICES = LIVING_TABLES["services"]


def write_xlsx(
    rows: Sequence[Sequence[object]],
    *,
    title: str = "Hoja1",
    change: Callable[[Any], None] | None = None,
) -> bytes:
    """Write a spreadsheet, and change what is wanted of it before it is saved."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    if change:
        change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def replace_part(data: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """Change a part of an archive, or add it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for each in old.namelist():
            content = old.read(each)
            new.writestr(each, change(content) if each == name else content)
        if name not in old.namelist():
            new.writestr(name, change(b""))
    return out.getvalue()


def open_text(text: str, encoding: str = "utf-8", table: str = "services") -> Upload:
    """Open a text as a CSV that was uploaded."""
    return read_upload(LIVING_TABLES[table], io.BytesIO(text.encode(encoding)), "a.csv")


def open_bytes(data: bytes, table: str = "services") -> Upload:
    """Open bytes as a spreadsheet that was uploaded."""
    return read_upload(LIVING_TABLES[table], io.BytesIO(data), "a.xlsx")


def list_places(findings: Sequence[CellFinding]) -> list[tuple[int, str, str]]:
    """List row, column and kind of what was found."""
    return [(each.row, each.column or each.letter, each.kind.value) for each in findings]


def read_right(upload: Upload) -> list[Cells]:
    """Read the rows of a file in which nothing is wrong."""
    assert upload.check() == []
    return list(upload.rows())
