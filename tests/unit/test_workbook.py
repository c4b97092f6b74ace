"""A spreadsheet is written to be filled in, and read with caution (needs no portal)."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import datetime
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.gtplan.logic.follow import opening
from ckanext.gtplan.logic.follow.opening import (
    CellKind,
    FileError,
    FileKind,
    FoundBook,
    read_workbook,
)
from ckanext.gtplan.logic.follow.workbook import Book, Column, Line, Table, write_workbook

SHEET = "Actividades"
COLUMNS = (
    Column(name="code", label="No."),
    Column(name="name", label="Actividad", width=40),
    Column(
        name="status", label="Estado", is_open=True, prompt="Elija", choices=("Sí", "No, nunca")
    ),
    Column(name="percent", label="%", is_open=True, is_number=True),
    Column(name="note", label="Nota", is_open=True),
)


def make_book(*rows: dict[str, str]) -> Book:
    lines = [Line(key=f"k{n}", cells=row, kept=row) for n, row in enumerate(rows, start=1)]
    return Book(
        title="=Título",
        instructions=["Instrucciones", "=1+1"],
        facts={"record": "gt-x", "written": "2020-01-01T00:00:00Z"},
        tables=[Table(title=SHEET, columns=COLUMNS, lines=lines)],
    )


def make_row(**cells: str) -> dict[str, str]:
    return {column.name: cells.get(column.name, "") for column in COLUMNS}


DATA = write_workbook(
    make_book(
        make_row(code="1", name="Una", status="Sí", percent="60", note="=cmd|' /C calc'!A1"),
        make_row(code="2", name="Otra"),
        make_row(code="3", name="Tercera", percent="33.33"),
    )
)


def edit(change: Callable[[Any], None], data: bytes = DATA) -> bytes:
    """Change a file as a person does, and save it."""
    file = openpyxl.load_workbook(io.BytesIO(data))
    change(file)
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()


def set_cell(place: str, value: Any, number_format: str | None = None) -> Callable[[Any], None]:
    def change(file: Any) -> None:
        file[SHEET][place] = value
        if number_format:
            file[SHEET][place].number_format = number_format

    return change


def list_values(book: FoundBook) -> dict[str, dict[str, Any]]:
    return {line.key: {n: c.value for n, c in line.cells.items()} for line in book.lines}


def test_a_file_comes_back_as_it_was_written() -> None:
    book = read_workbook(DATA)
    assert not book.problems
    assert book.facts == {"record": "gt-x", "written": "2020-01-01T00:00:00Z"}
    assert book.kept["k1"]["note"] == "=cmd|' /C calc'!A1"
    assert list_values(book)["k1"] == {
        "code": "1",
        "name": "Una",
        "status": "Sí",
        "percent": 60,
        "note": "=cmd|' /C calc'!A1",
    }
    assert [line.place for line in book.lines] == [f"{SHEET}!{n}:{n}" for n in (3, 4, 5)]


def test_nothing_that_was_written_is_a_formula() -> None:
    file = openpyxl.load_workbook(io.BytesIO(DATA))
    cells = [cell for sheet in file for row in sheet.iter_rows() for cell in row if cell.value]
    assert cells
    assert not [cell for cell in cells if cell.data_type == "f"]
    note = file[SHEET]["F3"]
    assert note.quotePrefix and note.number_format == "@"  # stays a text when it is edited
    with zipfile.ZipFile(io.BytesIO(DATA)) as archive:
        sheets = [n for n in archive.namelist() if n.startswith("xl/worksheets/")]
        assert not [n for n in sheets if b"<f>" in archive.read(n)]


def test_what_is_planned_looks_locked_and_choices_are_offered() -> None:
    file = openpyxl.load_workbook(io.BytesIO(DATA))
    sheet = file[SHEET]
    assert sheet.protection.sheet and not sheet.protection.password
    assert sheet["C3"].protection.locked and not sheet["D3"].protection.locked
    assert sheet.row_dimensions[1].hidden and sheet.column_dimensions["A"].hidden
    assert {file["gtplan"].sheet_state, file["gtplan-lists"].sheet_state} == {"veryHidden"}
    (rule,) = [r for r in sheet.data_validations.dataValidation if r.type == "list"]
    assert str(rule.sqref) == "D3:D5"
    column = rule.formula1.split("$")[1]
    offered = [file["gtplan-lists"][f"{column}{n}"].value for n in (1, 2)]
    assert offered == ["Sí", "No, nunca"]


def test_rows_may_be_sorted_and_deleted_columns_added_and_sheets_renamed() -> None:
    def change(file: Any) -> None:
        sheet = file[SHEET]
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)]
        for number, row in enumerate([rows[2], rows[0]], start=3):
            for column, value in enumerate(row, start=1):
                sheet.cell(number, column).value = value
                sheet.cell(number, column).data_type = "n" if isinstance(value, int) else "s"
        sheet.delete_rows(5)
        sheet.insert_cols(3)
        sheet["C3"] = "=1/0"
        sheet["J4"] = "mis apuntes"
        sheet.insert_rows(1, 2)
        sheet.title = "Mi hoja"

    book = read_workbook(edit(change))
    assert not book.problems
    assert [line.key for line in book.lines] == ["k3", "k1"]
    assert book.lines[1].cells["percent"].place == "Mi hoja!F6"
    assert book.lines[1].cells["percent"].value == 60


@pytest.mark.parametrize(
    "change, place, kind",
    [
        (set_cell("E4", "#REF!"), f"{SHEET}!E4", CellKind.ERROR_VALUE),
        (set_cell("E4", "=60+1"), f"{SHEET}!E4", CellKind.NO_VALUE),
        (set_cell("A5", "k1"), f"{SHEET}!5:5", CellKind.ROW_TWICE),
        (set_cell("D9", "Sí"), f"{SHEET}!D9", CellKind.UNKNOWN_ROW),
        (set_cell("A4", "otro"), f"{SHEET}!B4", CellKind.UNKNOWN_ROW),
        (set_cell("I1", "gtplan:note"), f"{SHEET}!I1", CellKind.COLUMN_TWICE),
        (lambda f: f[SHEET].delete_rows(1), f"{SHEET}!1:1", CellKind.NO_COLUMN_NAMES),
    ],
)
def test_wrong_cells_are_named(change: Any, place: str, kind: CellKind) -> None:
    found = read_workbook(edit(change)).problems
    assert [(problem.place, problem.kind) for problem in found] == [(place, kind)]


def test_dates_and_formats_come_with_what_they_look_like() -> None:
    data = edit(set_cell("F4", datetime(2020, 3, 1), "mmm\\-yy"))
    cell = read_workbook(data).lines[1].cells["note"]
    assert (cell.value, cell.number_format) == (datetime(2020, 3, 1), "mmm\\-yy")


def test_a_formula_that_was_computed_gives_its_value() -> None:
    data = edit(set_cell("E4", "=60+1"))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        formula = re.search(rb"<f>60\+1</f><v ?/?>(</v>)?", archive.read(PART))
    assert formula
    saved = replace_part(data, PART, formula[0], b"<f>60+1</f><v>61</v>")
    book = read_workbook(saved)
    assert not book.problems
    assert book.lines[1].cells["percent"].value == 61


def test_an_escape_of_a_return_is_none_of_the_text() -> None:
    data = edit(set_cell("F4", "una_x000D_\ndos"))
    assert read_workbook(data).lines[1].cells["note"].value == "una\ndos"


def replace_part(data: bytes, name: str, old: bytes, new: bytes) -> bytes:
    """Change a part of the archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for part in source.namelist():
            content = source.read(part)
            target.writestr(part, content.replace(old, new) if part == name else content)
    return out.getvalue()


def add_part(name: str, content: bytes, *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO(DATA)
    with zipfile.ZipFile(out, "a", method) as archive:
        archive.writestr(name, content)
    return out.getvalue()


def make_zip(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def make_foreign() -> bytes:
    file = openpyxl.Workbook()
    file.active["A1"] = "una hoja cualquiera"
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()


PART = "xl/worksheets/sheet2.xml"
ENTITY = b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet'


def break_packing(data: bytes) -> bytes:
    """Make the first part one that cannot be unpacked: a kind of block that there is none of."""
    start = 30 + data[26] + 256 * data[27] + data[28] + 256 * data[29]
    return data[:start] + b"\xff" + data[start + 1 :]


BAD_FILES: dict[str, tuple[bytes, FileKind]] = {
    "empty": (b"", FileKind.NOT_XLSX),
    "csv": (b"codigo;estado\n1;hecha\n", FileKind.NOT_XLSX),
    "pdf": (b"%PDF-1.7", FileKind.NOT_XLSX),
    "ods": (
        make_zip({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}),
        FileKind.NOT_XLSX,
    ),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, FileKind.OLD_FORMAT),
    "end cut off": (DATA[:-400], FileKind.DAMAGED),
    "half": (DATA[: len(DATA) // 2], FileKind.DAMAGED),
    "packing broken": (break_packing(DATA), FileKind.DAMAGED),
    "no parts": (make_zip({"xl/workbook.xml": b"<workbook/>"}), FileKind.DAMAGED),
    "macros": (add_part("xl/vbaProject.bin", b"x"), FileKind.MACROS),
    "macros by type": (
        replace_part(DATA, "[Content_Types].xml", b"sheet.main+xml", b"macroEnabled.main+xml"),
        FileKind.MACROS,
    ),
    "entities": (replace_part(DATA, PART, b"<worksheet", ENTITY), FileKind.DAMAGED),
    "broken xml": (replace_part(DATA, PART, b"</row>", b""), FileKind.DAMAGED),
    "foreign": (make_foreign(), FileKind.NO_TEMPLATE),
    "hidden sheet gone": (edit(lambda f: f.remove(f["gtplan"])), FileKind.NO_TEMPLATE),
    "hidden sheet other": (
        edit(lambda f: f["gtplan"].__setitem__("A1", "otra cosa")),
        FileKind.NO_TEMPLATE,
    ),
    "bomb": (add_part("xl/media/bomb.bin", bytes(31 * 2**20)), FileKind.TOO_LARGE),
    "large": (DATA + b"x" * opening.LARGEST, FileKind.TOO_LARGE),
    "many rows": (edit(set_cell("B30000", "x")), FileKind.TOO_LARGE),
    "many sheets": (
        edit(lambda f: [f.create_sheet() for _ in range(30)]),
        FileKind.TOO_LARGE,
    ),
}


@pytest.mark.parametrize("data, kind", BAD_FILES.values(), ids=BAD_FILES)
def test_files_that_are_not_read(data: bytes, kind: FileKind) -> None:
    with pytest.raises(FileError) as refusal:
        read_workbook(data)
    assert refusal.value.kind is kind


# what a spreadsheet can hold: no surrogates, and no control characters but line ends and tabs
TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=40
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=4))
def test_texts_come_back(rows: list[tuple[str, str]]) -> None:
    cells = [make_row(code=str(n), name=name, note=note) for n, (name, note) in enumerate(rows)]
    book = read_workbook(write_workbook(make_book(*cells)))
    assert not book.problems
    assert [book.kept[f"k{n}"] for n, _ in enumerate(cells, start=1)] == cells
    found = [{n: value or "" for n, value in row.items()} for row in list_values(book).values()]
    assert found == cells


@settings(max_examples=60, deadline=None)
@given(st.decimals(0, 10**12, places=2))
def test_numbers_come_back(number: Any) -> None:
    text = format(number.normalize(), "f")
    book = read_workbook(write_workbook(make_book(make_row(code="1", percent=text))))
    assert float(book.lines[0].cells["percent"].value) == float(text)


def test_a_long_text_is_cut_alike_in_the_cell_and_where_it_is_kept() -> None:
    row = make_row(code="1", note="x" * 40_000)
    book = read_workbook(write_workbook(make_book(row)))
    assert book.kept["k1"]["note"] == book.lines[0].cells["note"].value
