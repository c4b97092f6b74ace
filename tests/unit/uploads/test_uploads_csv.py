"""CSV files as people save them, and as nobody should."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from upload_files import SERVICES, list_places, open_text, read_right

from ckanext.gtplan.plan.tables.tables import guard_formula
from ckanext.gtplan.uploads.reading import FindingKind, UploadError, UploadKind, read_upload

PLAIN = [{"service_id": "a", "name": "Ñandú", "is_free": "true"}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters(encoding: str, delimiter: str) -> None:
    text = delimiter.join(["service_id", "name", "is_free"]) + "\r\n"
    text += delimiter.join(["a", "Ñandú", "Sí"]) + "\r\n"
    assert read_right(open_text(text, encoding)) == PLAIN


@pytest.mark.parametrize(
    "header",
    [
        "service_id,name,is_free",
        "Código del servicio,Nombre,Es gratuito",
        "CODIGO DEL SERVICIO, nombre *,es gratuito",
        "Code of the service,Name,Is free of charge",
        "Código do serviço,Nome,É gratuito",
        "SERVICE_ID,Nome,Is free of charge",
    ],
)
def test_header_has_names_or_labels(header: str) -> None:
    assert read_right(open_text(f"{header}\na,Ñandú,yes\n")) == PLAIN


@pytest.mark.parametrize(
    "text",
    [
        "sep=;\nservice_id;name;is_free\na;Ñandú;sim\n",
        "Inventario de 2019,,\n,,\nservice_id,name,is_free\na,Ñandú,true\n",
        "service_id,name,is_free\n\n,,\na,Ñandú,TRUE\n , ,\n\n",
        "service_id,name,is_free\nCódigo del servicio,Nombre,Es gratuito\na,Ñandú,1\n",
        "_id,service_id,name,is_free\n7,a,Ñandú,verdadero\n",
        "service_id,name,online_percent,is_free,maturity_level\na,Ñandú,7,true,none\n",
        "service_id,name,is_free,,\na,Ñandú,true,,\n",
        '"service_id","name","is_free"\n"a","Ñandú","true"',
    ],
)
def test_what_is_passed_over(text: str) -> None:
    assert read_right(open_text(text)) == PLAIN


@pytest.mark.parametrize(
    "vocabulary_text",
    ["ONL|PERSON", "En línea|Presencial", "online | in person", "ONLINE\nPresencial"],
)
def test_codes_may_be_labels(vocabulary_text: str) -> None:
    text = f'service_id,name,channels,stage\na,A,"{vocabulary_text}",PLANNED\n'
    assert read_right(open_text(text))[0]["channels"] == "ONL|PERSON"
    assert read_right(open_text(text))[0]["stage"] == "planned"


def test_apostrophe_of_published_files_goes() -> None:
    text = "service_id,name,description\na,'=1+1,'quoted'\n"
    row = read_right(open_text(text))[0]
    assert (row["name"], row["description"]) == ("=1+1", "'quoted'")


@given(st.text("'=+-@ab|\"", min_size=1, max_size=6))
def test_what_is_published_comes_back(text: str) -> None:
    out = io.StringIO()
    csv.writer(out).writerows([["service_id", "name"], ["a", guard_formula(text)]])
    assert read_right(open_text(out.getvalue()))[0]["name"] == text


class TestHeader:
    def test_wrong_columns_are_named(self) -> None:
        upload = open_text("service_id,Nombres,name,name,colour\n")
        found = [(f.letter, f.kind.value, f.value, f.expected) for f in upload.check()]
        assert found == [
            ("B", "unknown_column", "Nombres", "name"),
            ("D", "repeated_column", "name", "C"),
            ("E", "unknown_column", "colour", ""),
        ]

    def test_missing_columns_are_named(self) -> None:
        found = open_text("name\nA\n").check()
        assert list_places(found) == [(1, "service_id", "missing_column")]

    def test_part_of_the_key_may_be_missing(self) -> None:
        upload = open_text("ref_period,obs_value\n2019,5\n2019,6\n", table="observations")
        assert list_places(upload.check()) == [(3, "ref_period", "repeated_row")]
        upload = open_text("ref_period,obs_value\n2019,5\n2020,6\n", table="observations")
        assert read_right(upload)[0] == {
            "ref_period": "2019", "disaggregation": "", "obs_value": "5",
        }  # fmt: skip


class TestRows:
    def test_every_wrong_cell_is_named(self) -> None:
        text = (
            "service_id,name,cost_amount,volume_total,is_free,channels,reviewed_on\n"
            "a b,,NaN,1e999,quizá,ONL|XX,2019-02-30\n"
            "\n"
            "c,x,1.234,-5,no,TEL,2019\n"
            "c,y,5,,,,\n"
        )
        assert list_places(open_text(text).check()) == [
            (2, "service_id", "bad_form"),
            (2, "name", "required"),
            (2, "cost_amount", "bad_amount"),
            (2, "volume_total", "bad_number"),
            (2, "is_free", "bad_boolean"),
            (2, "channels", "unknown_code"),
            (2, "reviewed_on", "bad_date"),
            (4, "cost_amount", "bad_amount"),
            (4, "volume_total", "too_small"),
            (5, "service_id", "repeated_row"),
        ]

    def test_what_would_be_right_is_said(self) -> None:
        text = "service_id,name,satisfaction,channels\na,A,101,WEB\na,B,5,TEL\n"
        found = {f.kind: (f.letter, f.value, f.expected) for f in open_text(text).check()}
        assert found[FindingKind.TOO_LARGE] == ("C", "101", "100")
        assert found[FindingKind.UNKNOWN_CODE][2].startswith("ONL, PERSON")
        assert found[FindingKind.REPEATED_ROW] == ("A", "a", "2")

    def test_cells_beyond_the_header_and_rows_that_end_early(self) -> None:
        found = open_text("service_id,name\na,A, B\nb\n").check()
        assert list_places(found) == [(2, "C", "extra_cell"), (3, "", "missing_cell"),
                                      (3, "name", "required")]  # fmt: skip

    def test_records_are_counted_as_a_spreadsheet_counts_rows(self) -> None:
        text = 'service_id,name,description\na,A,"one\ntwo\nthree"\nb,,\n'
        assert list_places(open_text(text).check()) == [(3, "name", "required")]

    def test_limit(self) -> None:
        text = "service_id,name\n" + "a b,A\n" * 500
        assert len(open_text(text).check()) == 200
        assert len(open_text(text).check(limit=3)) == 3

    def test_values_that_are_shown_are_cut(self) -> None:
        found = open_text(f"service_id,name\n{'a b' * 1000},A\n").check()
        assert len(found[0].value) <= 201
        found = open_text(f"service_id,name\na,{'x' * 100_000}\n").check()
        assert (found[0].kind, found[0].value) == (FindingKind.TOO_LONG, "100000")

    def test_control_characters(self) -> None:
        found = open_text("service_id,name\na,x\x00y\nb,x\x1by\n").check()
        assert [(f.row, f.value) for f in found] == [(2, "U+0000"), (3, "U+001B")]


class TestNotReadable:
    @pytest.mark.parametrize(
        "data, kind, row",
        [
            (b"", UploadKind.EMPTY, 0),
            (b"\n\n \n", UploadKind.EMPTY, 0),
            (b"\x81\x8d\x8f", UploadKind.NOT_TEXT, 0),
            (b"\xff\xfea", UploadKind.NOT_TEXT, 1),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", UploadKind.OLD_FORMAT, 0),
            (b'service_id,name\na,"A" B\n', UploadKind.BROKEN_CSV, 2),
            (b'service_id,name\na,A\nb,"B\nc,C\n', UploadKind.ENDLESS_CELL, 3),
            (b"service_id,name\na," + b"x" * 1_000_000, UploadKind.ENDLESS_CELL, 2),
        ],
    )
    def test_kind_and_row(self, data: bytes, kind: UploadKind, row: int) -> None:
        with pytest.raises(UploadError) as error:
            read_upload(SERVICES, io.BytesIO(data), "a.csv").check()
        assert (error.value.kind, error.value.row) == (kind, row)

    def test_too_many_rows(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ckanext.gtplan.uploads.reading.MOST_ROWS", 3)
        rows = "".join(f"a{n},A\n" for n in range(4))
        with pytest.raises(UploadError) as error:
            open_text(f"service_id,name\n{rows}").check()
        assert (error.value.kind, error.value.value) == (UploadKind.TOO_MANY_ROWS, "3")

    def test_too_large(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ckanext.gtplan.uploads.reading.LARGEST", 10)
        with pytest.raises(UploadError) as error:
            open_text("service_id,name\na,A\n")
        assert error.value.kind is UploadKind.TOO_LARGE


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        upload = read_upload(SERVICES, io.BytesIO(data), "a.csv")
        assert upload.check()
    except UploadError:
        pass


@given(
    st.lists(
        st.lists(st.sampled_from(["a", "", "x|y", '"', "Sí", "1", "=A1", ";", "\t"]), max_size=4),
        max_size=6,
    )
)
def test_a_file_is_judged_the_same_each_time(rows: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out).writerows([["service_id", "name", "is_free", "keywords"], *rows])
    upload = open_text(out.getvalue())
    assert upload.check() == upload.check()
    assert list(upload.rows()) == list(upload.rows())


def test_the_file_stays_open() -> None:
    file = io.BytesIO(b"service_id,name\na,A\n")
    read_right(read_upload(SERVICES, file, "a.csv"))
    assert file.seek(0) == 0
