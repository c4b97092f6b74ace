"""The files of a living table: the same cells in both, the same bytes every time."""

from __future__ import annotations

import csv
import hashlib
import io
import time
import zipfile
from collections.abc import Sequence
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.gtplan.logic.plans.downloads import Download, write_downloads
from ckanext.gtplan.plan.living import LIVING_TABLES, Cells, write_cell

SERVICES, SCORES = LIVING_TABLES["services"], LIVING_TABLES["scores"]
ROW: Cells = {
    "service_id": "partida",
    "name": "Partida, «certificada»",
    "channels": "ONL|PERSON",
    "cost_amount": "12.50",
    "is_free": "false",
    "volume_total": "12000",
    "reviewed_on": "2019-07",
}
#: Texts as cells hold them: normalized, and of what a database and XML can hold.
TEXTS = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cn"), exclude_characters="\ufffe\uffff"),
    min_size=1,
).map(str.strip)


def read_csv(download: Download) -> list[list[str]]:
    download.file.seek(0)
    return list(csv.reader(io.StringIO(download.file.read().decode("utf-8"), newline="")))


def read_xlsx(download: Download) -> list[list[Any]]:
    (sheet,) = openpyxl.load_workbook(download.file, read_only=True).worksheets
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def write(rows: Sequence[Cells]) -> tuple[Download, Download]:
    return write_downloads(SERVICES, iter(rows))


def test_both_have_every_column_and_row() -> None:
    comma_separated, sheet = write([ROW, {"service_id": "otra", "name": "Otra"}])
    rows = read_csv(comma_separated)
    assert rows[0] == list(SERVICES.column_names)
    assert dict(zip(rows[0], rows[1], strict=True)) == {
        **dict.fromkeys(SERVICES.column_names, ""),
        **ROW,
    }
    assert [len(row) for row in rows] == [len(SERVICES.columns)] * 3
    cells = read_xlsx(sheet)
    assert {len(row) for row in cells} == {len(SERVICES.columns)}
    assert cells[0] == rows[0]
    found = dict(zip(cells[0], cells[1], strict=True))
    assert found["channels"] == "ONL|PERSON"
    assert (found["cost_amount"], found["is_free"], found["volume_total"]) == (12.5, False, 12000)
    assert found["reviewed_on"] == "2019-07"  # a month is no day
    assert found["description"] is None


def test_the_bytes_say_nothing_of_when_they_were_made(monkeypatch: pytest.MonkeyPatch) -> None:
    first = write([ROW])
    monkeypatch.setattr(time, "time", lambda: 2_000_000_000.0)
    second = write([ROW])
    assert [d.sha256 for d in first] == [d.sha256 for d in second]
    for download in second:
        download.file.seek(0)
        data = download.file.read()
        assert hashlib.sha256(data).hexdigest() == download.sha256
        assert len(data) == download.size
    times = {info.date_time[0] for info in zipfile.ZipFile(second[1].file).infolist()}
    assert times == {1980}
    assert [d.sha256 for d in write([{**ROW, "name": "Otro"}])] != [d.sha256 for d in first]


@settings(max_examples=60, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_no_text_is_a_formula_and_none_is_lost(texts: list[str]) -> None:
    comma_separated, sheet = write([{"service_id": "a", "name": text} for text in texts])
    names = [row[1] for row in read_csv(comma_separated)[1:]]
    cells = [row[1] or "" for row in read_xlsx(sheet)[1:]]
    assert names == cells
    for text, name in zip(texts, names, strict=True):
        assert name == (f"'{text}" if text[:1] in ("=", "+", "-", "@") and text else text)


@settings(max_examples=60, deadline=None)
@given(st.decimals(-(10**12), 10**12, places=3))
def test_a_number_is_written_as_it_is(number: Any) -> None:
    column = next(c for c in SCORES.columns if c.name == "score")
    text = write_cell(column, number)
    row = {"standard_id": "a", "criterion_id": "b", "score": text, "reason": "c"}
    comma_separated, sheet = write_downloads(SCORES, [row])
    assert read_csv(comma_separated)[1][2] == text
    found = read_xlsx(sheet)[1][2]
    assert str(found) == text or abs(float(number) - float(found)) < 0.0005


def test_no_rows() -> None:
    comma_separated, sheet = write([])
    assert read_csv(comma_separated) == read_xlsx(sheet) == [list(SERVICES.column_names)]
