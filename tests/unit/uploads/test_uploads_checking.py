"""Rows of forms and the API, what they name, and the Table Schema that they are checked by."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from frictionless import Resource, Schema
from hypothesis import given
from hypothesis import strategies as st
from upload_files import list_places, open_text

from ckanext.gtplan.plan.dictionary import get_column_entry
from ckanext.gtplan.plan.living import LIVING_TABLES, Cells, LivingTable
from ckanext.gtplan.plan.living_rules import check_row
from ckanext.gtplan.plan.shapes import FieldShape
from ckanext.gtplan.plan.vocabulary import LANGUAGES, get_labels, list_codes, list_names
from ckanext.gtplan.uploads.cells import find_code, fold
from ckanext.gtplan.uploads.checking import check_rows
from ckanext.gtplan.uploads.header import find_column, find_unknown_names, name_letter
from ckanext.gtplan.uploads.table_schema import make_table_schema

TABLES = pytest.mark.parametrize("table", LIVING_TABLES.values(), ids=LIVING_TABLES)
SERVICES = LIVING_TABLES["services"]


def make_row(table: LivingTable) -> Cells:
    """Make a row of the examples of the dictionary, in which every column is filled in."""

    def fill(column: FieldShape) -> str:
        entry = get_column_entry(table.name, column.name)
        if entry.example:
            return entry.example
        return "oficina@example.org" if entry.form == "email" else "Texto"

    return {
        column.name: fill(column) for column in table.columns if column.name not in table.computed
    }


@TABLES
def test_a_row_of_the_examples_is_right(table: LivingTable) -> None:
    assert check_rows(table, [make_row(table)]) == []


@TABLES
def test_required_columns_and_keys(table: LivingTable) -> None:
    required = {column.name for column in table.columns if column.is_required}
    found = check_rows(table, [{"colour": "red", table.column_names[-1]: None, "x": "y"}])
    # a row in which nothing stands is as wrong as one in which little stands
    assert {finding.column for finding in found} >= required
    row = make_row(table)
    assert list_places(check_rows(table, [row, row])) == [(2, table.key[0], "repeated_row")]


def test_rows_that_name_others() -> None:
    scores = LIVING_TABLES["scores"]
    rows: list[Cells] = [
        {"standard_id": "a", "criterion_id": "x", "score": "3", "reason": "R"},
        {"standard_id": "b", "criterion_id": "x", "score": "6", "reason": "R"},
        {"standard_id": "a", "criterion_id": "y", "score": "3", "reason": "R"},
    ]

    def find(table: str, key: str) -> Cells | None:
        found = {("standards", "a"): {"standard_id": "a"}, ("criteria", "x"): {"max_score": "5"}}
        return dict(found[table, key]) if (table, key) in found else None

    found = check_rows(scores, rows, links=find)
    assert [(f.row, f.column, f.kind.value, f.value, f.expected) for f in found] == [
        (2, "standard_id", "unknown_row", "b", "standards"),
        (2, "score", "too_large", "6", "5"),
        (3, "criterion_id", "unknown_row", "y", "criteria"),
    ]


def test_records_that_are_named() -> None:
    row = make_row(SERVICES) | {"competent_authority": "renap|nadie", "commitment": "c1"}
    asked = []

    def is_known(kind: str, name: str) -> bool:
        asked.append((kind, name))
        return name == "renap"

    found = check_rows(SERVICES, [row, row | {"service_id": "b"}], known=is_known)
    assert [(f.row, f.value, f.expected) for f in found] == [
        (1, "nadie", "organization"), (1, "c1", "commitment"),
        (2, "nadie", "organization"), (2, "c1", "commitment"),
    ]  # fmt: skip
    assert len(asked) == len(set(asked))  # each is asked for once


def test_names_that_the_table_does_not_have() -> None:
    found = find_unknown_names(SERVICES, ["name", "nam", "Nombre"])
    assert [(f.value, f.expected) for f in found] == [("nam", "name"), ("Nombre", "name")]


def test_progress_is_told() -> None:
    rows = "".join(f"a{n},A\n" for n in range(1200))
    told: list[int] = []
    upload = open_text(f"service_id,name\n{rows}")
    assert upload.check(progress=told.append) == []
    assert told == [500, 1000]
    assert upload.row_count == 1200


@TABLES
@given(data=st.data())
def test_whatever_is_given_is_judged(table: LivingTable, data: st.DataObject) -> None:
    odd = st.sampled_from(["NaN", "-Infinity", "1e999", "٣", "|", "a=b", "2019-S9", "x" * 20_000])
    names = st.sampled_from(table.column_names)
    row_of_some = st.dictionaries(names, st.none() | odd | st.text(max_size=5), max_size=9)
    rows = data.draw(st.lists(row_of_some, max_size=3))
    found = check_rows(table, rows)
    places = [(finding.row, finding.column) for finding in found]
    assert len(places) == len(set(places))
    for number, row in enumerate(rows, start=1):
        by_rules = {finding.column for finding in check_row(table, row)} - set(table.computed)
        assert by_rules <= {column for at, column in places if at == number} | set(table.key)


class TestTableSchema:
    @TABLES
    def test_it_is_one(self, table: LivingTable) -> None:
        descriptor = make_table_schema(table)
        assert json.loads(json.dumps(descriptor)) == descriptor
        schema = Schema.from_descriptor(descriptor)
        assert tuple(schema.field_names) == table.column_names
        assert tuple(schema.primary_key) == table.key
        for field in descriptor["fields"]:
            assert field["type"] in ("string", "number", "integer", "boolean")
            assert field["title"]
            assert field["description"]

    @TABLES
    def test_it_fits_a_published_row_and_no_other(self, table: LivingTable, tmp_path: Path) -> None:
        row: dict[str, str | None] = {**dict.fromkeys(table.column_names), **make_row(table)}
        required = next(column.name for column in table.columns if column.is_required)
        schema = Schema.from_descriptor(make_table_schema(table))
        for cells, is_valid in ((row, True), ({**row, required: ""}, False)):
            out = io.StringIO()
            writer = csv.DictWriter(out, table.column_names)
            writer.writeheader()
            writer.writerow(cells)
            (tmp_path / "t.csv").write_text(out.getvalue(), "utf-8")
            resource = Resource(
                path="t.csv", basepath=str(tmp_path), schema=schema, format="csv", encoding="utf-8"
            )
            assert resource.validate().valid is is_valid


class TestNames:
    @TABLES
    def test_labels_lead_to_one_column(self, table: LivingTable) -> None:
        for column in table.columns:
            assert find_column(table, column.name) == column
            assert find_column(table, column.name.upper()) == column

    @pytest.mark.parametrize("vocabulary", list_names())
    def test_labels_lead_to_their_code_or_to_none(self, vocabulary: str) -> None:
        for code in list_codes(vocabulary):
            assert find_code(vocabulary, code) == code
            for label in get_labels(vocabulary, code).values():
                assert find_code(vocabulary, label) in (code, label)

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_every_label_of_a_living_table_is_understood(self, language: str) -> None:
        columns = [column for table in LIVING_TABLES.values() for column in table.columns]
        for vocabulary in {column.vocabulary for column in columns if column.vocabulary}:
            for code in list_codes(vocabulary):
                label = get_labels(vocabulary, code)[language]
                assert find_code(vocabulary, label.upper()) == code

    def test_letters(self) -> None:
        letters = [name_letter(index) for index in (0, 25, 26, 51, 52, 701, 702)]
        assert letters == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]

    def test_folding(self) -> None:
        assert fold("  ÑANDÚ — del\tSur*") == "nandu del sur"
        assert fold("Crítério_1") == fold("criterio 1")
