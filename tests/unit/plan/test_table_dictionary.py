"""Every column of a published table is described, and every table is in the docs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ckanext.gtplan.plan.living import LIVING_TABLES
from ckanext.gtplan.plan.tables.living import describe_table, list_living_names
from ckanext.gtplan.plan.tables.tables import list_columns, list_table_names
from ckanext.gtplan.plan.vocabulary import LANGUAGES
from ckanext.gtplan.prm.vocabulary import vocabulary

#: Rule of the Perfil Regional de Metadatos for the name of a field.
FIELD_NAME = re.compile(r"[a-z0-9_]{1,60}\Z")
FIELD_TYPES = {term.code for term in vocabulary("field_type").terms}


class TestDictionary:
    """Every column is described as the profile's ``field`` class asks."""

    @pytest.mark.parametrize("table", list_table_names())
    def test_names_and_types(self, table: str) -> None:
        columns = list_columns(table)
        assert all(FIELD_NAME.match(column.name) for column in columns)
        assert {column.type for column in columns} <= FIELD_TYPES
        assert len({column.name for column in columns}) == len(columns)

    @pytest.mark.parametrize("table", list_table_names())
    def test_labels_in_every_language(self, table: str) -> None:
        for column in list_columns(table):
            assert all(column.labels[language].strip() for language in LANGUAGES), column.name
            assert column.description.endswith("."), column.name

    @pytest.mark.parametrize("table", list_table_names())
    def test_only_numbers_have_units(self, table: str) -> None:
        units = [column for column in list_columns(table) if column.unit]
        assert {column.type for column in units} <= {"number", "integer"}

    @pytest.mark.parametrize("table", list_living_names())
    def test_of_living_tables(self, table: str) -> None:
        source = describe_table(LIVING_TABLES[table])
        assert source.title and source.description.endswith(".")
        assert [column.name for column in source.columns] == list(source.table.column_names)
        assert {column.type for column in source.columns} <= FIELD_TYPES
        assert all(FIELD_NAME.match(column.name) for column in source.columns)
        assert all(column.description.endswith(".") for column in source.columns)
        units = [column for column in source.columns if column.unit]
        assert {column.type for column in units} <= {"number", "integer"}


def test_every_table_is_documented() -> None:
    page = (Path(__file__).parents[3] / "docs" / "publish.md").read_text("utf-8")
    names = (*list_table_names(), *list_living_names())
    assert [name for name in names if f"`{name}`" not in page] == []
