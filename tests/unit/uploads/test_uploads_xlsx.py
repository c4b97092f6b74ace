"""Spreadsheets as people save them, and as adversaries make them."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from upload_files import (
    SERVICES,
    list_places,
    open_bytes,
    read_right,
    replace_part,
    write_xlsx,
)

from ckanext.gtplan.uploads.cells import write_date
from ckanext.gtplan.uploads.reading import UploadError, UploadKind, read_upload

HEAD = ("service_id", "name")
SHEET = "xl/worksheets/sheet1.xml"


def refuse(data: bytes) -> UploadKind:
    """Tell why a file is refused."""
    with pytest.raises(UploadError) as error:
        open_bytes(data).check()
    return error.value.kind


class TestCells:
    def test_values_as_a_spreadsheet_keeps_them(self) -> None:
        def show(book: Any) -> None:
            sheet = book.active
            sheet["F2"].number_format = "yyyy-mm"
            sheet["G2"].number_format = "0.0%"

        head = (*HEAD, "is_free", "cost_amount", "volume_total", "reviewed_on", "satisfaction",
                "std_target", "description", "contact_phone", "cost_currency")  # fmt: skip
        row = (7, "A", False, 15, 1200.0, date(2019, 7, 1), 0.875, 0.1 + 0.2, "a\nb", 22222222,
               "GTQ")  # fmt: skip
        found = read_right(open_bytes(write_xlsx([head, row], change=show)))[0]
        assert found == {
            "service_id": "7", "name": "A", "is_free": "false", "cost_amount": "15",
            "volume_total": "1200", "reviewed_on": "2019-07", "satisfaction": "87.5",
            "std_target": "0.3", "description": "a\nb", "contact_phone": "22222222",
            "cost_currency": "GTQ",
        }  # fmt: skip

    def test_numbers_and_dates_as_texts(self) -> None:
        head = (*HEAD, "cost_amount", "reviewed_on")
        row = ("a", "A", " 15.50 ", "2019-07-31")
        found = read_right(open_bytes(write_xlsx([head, row])))[0]
        assert (found["cost_amount"], found["reviewed_on"]) == ("15.50", "2019-07-31")

    def test_escapes_of_the_format_are_undone(self) -> None:
        text = replace_part(
            write_xlsx([HEAD, ("a", "uno MARCA dos")]),
            SHEET,
            lambda xml: xml.replace(b"MARCA", b"_x000D_"),
        )
        assert read_right(open_bytes(text))[0]["name"] == "uno  dos"

    @pytest.mark.parametrize(
        "moment, number_format, text",
        [
            (datetime(2019, 7, 31), "dd/mm/yyyy", "2019-07-31"),
            (datetime(2019, 7, 1), "mmm\\-yy", "2019-07"),
            (datetime(2019, 7, 1), '[$-es]mmmm" de "yyyy', "2019-07"),
            (datetime(2019, 1, 1), "yyyy", "2019"),
            (datetime(2019, 1, 1), "General", "2019-01-01"),
            (datetime(2019, 7, 31, 10, 30), "yyyy-mm", "2019-07-31T10:30:00"),
            (date(2019, 7, 31), "", "2019-07-31"),
        ],
    )
    def test_dates_are_as_precise_as_they_are_shown(
        self, moment: date, number_format: str, text: str
    ) -> None:
        assert write_date(moment, number_format) == text

    def test_period_that_became_a_date(self) -> None:
        def show(book: Any) -> None:
            book.active["A2"].number_format = "mmm-yy"

        data = write_xlsx([("ref_period", "obs_value"), (date(2019, 7, 1), 5)], change=show)
        rows = read_right(open_bytes(data, table="observations"))
        assert rows[0]["ref_period"] == "2019-07"

    def test_wrong_cells_are_named_as_the_spreadsheet_names_them(self) -> None:
        head = ("name", *["texto"] * 25, "service_id", "cost_amount", "reviewed_on")
        found = open_bytes(write_xlsx([head, ("A",)])).check()
        assert {finding.letter for finding in found} == set("BCDEFGHIJKLMNOPQRSTUVWXYZ")
        head = ("name", *[None] * 25, "service_id", "cost_amount", "reviewed_on")
        row = ("A", *[None] * 25, "a", "#N/A", time(10, 30))
        found = open_bytes(write_xlsx([head, row])).check()
        assert [(f.letter, f.kind.value, f.value) for f in found] == [
            ("AB", "error_value", "#N/A"),
            ("AC", "bad_date", "10:30:00"),
        ]

    def test_a_formula_without_its_result_is_not_an_empty_cell(self) -> None:
        data = write_xlsx([(*HEAD, "volume_total"), ("a", "A", "=1+1")])
        found = open_bytes(data).check()
        assert [(f.column, f.kind.value, f.value) for f in found] == [
            ("volume_total", "no_result", "=1+1")
        ]

    def test_the_result_of_a_formula_is_its_value(self) -> None:
        data = write_xlsx([(*HEAD, "volume_total"), ("a", "A", "=1+1")])
        data = replace_part(data, SHEET, lambda xml: re.sub(rb"<v ?/>|<v></v>", b"<v>2</v>", xml))
        assert read_right(open_bytes(data))[0]["volume_total"] == "2"

    def test_joined_cells_among_the_rows_are_refused(self) -> None:
        def join(book: Any) -> None:
            book.active.merge_cells("A1:B1")
            book.active.merge_cells("B3:B4")

        rows = [("Inventario",), HEAD, ("a", "A"), ("b", None)]
        found = open_bytes(write_xlsx(rows, change=join)).check()
        assert [(f.row, f.kind.value, f.value) for f in found] == [(3, "merged_cells", "B3:B4")]


class TestSheets:
    def test_sheet_of_the_table_or_the_first_that_is_shown(self) -> None:
        def add(book: Any) -> None:
            hidden = book.create_sheet("oculta", 0)
            hidden.sheet_state = "hidden"
            hidden.append(["x"])
            for title in ("Notas", "SERVIÇOS"):
                book.create_sheet(title).append(HEAD)
            book["SERVIÇOS"].append(("b", "B"))

        both = write_xlsx([HEAD, ("a", "A")], change=add)
        assert [row["service_id"] for row in read_right(open_bytes(both))] == ["b"]
        first = write_xlsx([HEAD, ("a", "A")])
        assert [row["service_id"] for row in read_right(open_bytes(first))] == ["a"]

    def test_rows_far_below_are_found(self) -> None:
        def put(book: Any) -> None:
            book.active.cell(90_000, 1, "z z")

        found = open_bytes(write_xlsx([HEAD, ("a", "A")], change=put)).check()
        assert list_places(found)[0] == (90_000, "service_id", "bad_form")

    def test_a_row_that_is_beyond_every_spreadsheet_takes_no_time(self) -> None:
        data = replace_part(
            write_xlsx([HEAD, ("a", "A")]),
            SHEET,
            lambda xml: xml.replace(
                b"</sheetData>", b'<row r="999999999999"><c r="A1"><v>1</v></c></row></sheetData>'
            ),
        )
        assert len(read_right(open_bytes(data))) == 1


class TestRefused:
    def test_no_spreadsheet(self) -> None:
        assert refuse(b"PK nothing") is UploadKind.DAMAGED
        assert refuse(b"service_id,name\na,A\n") is UploadKind.DAMAGED
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("content.xml", "<office/>")
        assert refuse(out.getvalue()) is UploadKind.NOT_XLSX

    def test_macros(self) -> None:
        out = io.BytesIO(write_xlsx([HEAD]))
        with zipfile.ZipFile(out, "a") as archive:
            archive.writestr("xl/vbaProject.bin", b"x")
        assert refuse(out.getvalue()) is UploadKind.MACROS

    @pytest.mark.parametrize("cut", [30, 200, 1000, 3000])
    def test_cut_off(self, cut: int) -> None:
        assert refuse(write_xlsx([HEAD, ("a", "A")])[:cut]) is UploadKind.DAMAGED

    @pytest.mark.parametrize("part", ["xl/workbook.xml", SHEET, "[Content_Types].xml"])
    @pytest.mark.parametrize("content", [b"", b"<", b"<a>", b"\xff\xfe<\0"])
    def test_broken_parts(self, part: str, content: bytes) -> None:
        data = replace_part(write_xlsx([HEAD, ("a", "A")]), part, lambda _: content)
        assert refuse(data) in (UploadKind.DAMAGED, UploadKind.EMPTY)

    def test_entities(self) -> None:
        bomb = b'<!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
        data = replace_part(
            write_xlsx([HEAD]), SHEET, lambda xml: xml.replace(b"<worksheet", bomb + b"<worksheet")
        )
        assert refuse(data) is UploadKind.DAMAGED

    @pytest.mark.parametrize(
        "part, limit, filling",
        [
            (SHEET, "_LARGEST_SHEETS", b"<row></row>"),
            (SHEET, "_LARGEST_ROW", b"<c><v>1</v></c>"),
            ("xl/sharedStrings.xml", "_LARGEST_TEXTS", b"<si><t>a</t></si>"),
            ("xl/styles.xml", "_LARGEST_PART", b"          "),
        ],
    )
    def test_bombs(
        self, part: str, limit: str, filling: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(f"ckanext.gtplan.uploads.workbook.{limit}", 50_000)
        data = replace_part(
            write_xlsx([HEAD, ("a", "A")]), part, lambda xml: xml + filling * 20_000
        )
        assert len(data) < 20_000
        assert refuse(data) is UploadKind.TOO_LARGE


#: The same bytes for every example: a file says when it was made.
PLAIN = write_xlsx([HEAD, ("a", "A")])


@given(st.data())
def test_any_damage_is_refused_or_read(data: st.DataObject) -> None:
    whole = bytearray(PLAIN)
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        upload = read_upload(SERVICES, io.BytesIO(bytes(whole)), "a.xlsx")
        if not upload.check():
            list(upload.rows())
    except UploadError:
        pass
