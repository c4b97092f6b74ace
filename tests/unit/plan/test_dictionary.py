"""The data dictionary: whole, in three languages, and its page as it was made."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

import ckanext.gtplan
from ckanext.gtplan.plan.dictionary import (
    get_column_entry,
    get_table_description,
    get_table_labels,
    write_dictionary,
)
from ckanext.gtplan.plan.labels import get_field_labels
from ckanext.gtplan.plan.living import LIVING_TABLES, LivingTable
from ckanext.gtplan.plan.vocabulary import LANGUAGES, get_label, list_codes
from ckanext.gtplan.prm.vocabulary import vocabularies

PACKAGE = Path(str(ckanext.gtplan.__file__)).parent
DATA = yaml.safe_load((PACKAGE / "plan" / "living.yaml").read_text("utf-8"))
TABLES = pytest.mark.parametrize("table", LIVING_TABLES.values(), ids=LIVING_TABLES)


def test_the_page_is_as_made() -> None:
    page = PACKAGE.parent.parent / "docs" / "tables.md"
    assert page.read_text("utf-8") == write_dictionary(), (
        "run python -m ckanext.gtplan.plan.dictionary > docs/tables.md"
    )


def test_tables_are_those_of_the_records() -> None:
    assert set(DATA) == {"forms", *LIVING_TABLES}


@TABLES
def test_every_column_is_described_and_no_other(table: LivingTable) -> None:
    assert tuple(DATA[table.name]["columns"]) == table.column_names
    for labels in (get_table_labels(table.name), get_table_description(table.name)):
        assert tuple(labels) == LANGUAGES
    for column in table.columns:
        entry = get_column_entry(table.name, column.name)
        assert tuple(entry.description) == LANGUAGES
        assert all(text.endswith(".") for text in entry.description.values()), column.name
        assert entry.unit == {} or tuple(entry.unit) == LANGUAGES
        is_number = column.type not in (str, bool) and not column.is_list
        assert is_number or (entry.minimum is entry.maximum is None)
        assert not set(DATA[table.name]["columns"][column.name]) - {
            "text", "unit", "example", "minimum", "maximum", "max_length", "form",
        }  # fmt: skip


@TABLES
def test_no_two_columns_of_a_table_are_called_the_same(table: LivingTable) -> None:
    for language in LANGUAGES:
        labels = [get_field_labels(name)[language] for name in table.column_names]
        assert len(labels) == len(set(labels))


def test_forms_are_regular_expressions_and_used() -> None:
    used = {
        entry.get("form")
        for name, table in DATA.items()
        if name != "forms"
        for entry in table["columns"].values()
    }
    assert used - {None} == set(DATA["forms"])
    for pattern in DATA["forms"].values():
        re.compile(pattern)


def test_themes_are_those_of_the_profile() -> None:
    terms = vocabularies()["theme"].terms
    assert list_codes("theme") == tuple(term.code for term in terms)
    for term in terms:
        said = {language: get_label("theme", term.code, language) for language in LANGUAGES}
        assert said == term.label


def test_frequencies_are_those_of_the_authority() -> None:
    known = {term.iri.removeprefix("eufreq:") for term in vocabularies()["frequency"].terms}
    assert set(list_codes("indicator_frequency")) <= known
