"""The rows of living tables: between entities and cells, without loss."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.gtplan.plan.dates import PartialDate
from ckanext.gtplan.plan.living import (
    LIVING_TABLES,
    LIVING_TYPES,
    LivingTable,
    from_cells,
    list_living_tables,
    normalize_cells,
    to_cells,
)
from ckanext.gtplan.plan.shapes import FieldShape
from ckanext.gtplan.plan.vocabulary import list_codes

TABLES = pytest.mark.parametrize("table", LIVING_TABLES.values(), ids=LIVING_TABLES)
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="|\r\n\0"), min_size=1, max_size=9)
TEXTS = WORDS.map(str.strip).filter(bool)
DATES = st.dates().map(lambda d: PartialDate(year=d.year, month=d.month, day=d.day))
VALUES: dict[type, st.SearchStrategy[Any]] = {
    str: TEXTS,
    int: st.integers(-999_999_999, 999_999_999),
    bool: st.booleans(),
    PartialDate: DATES,
}


def draw_value(column: FieldShape) -> st.SearchStrategy[Any]:
    """Make values that a column takes."""
    one = VALUES.get(column.type, st.nothing())
    if column.type is Decimal:
        one = st.decimals(-(10**14), 10**14, places=9 if column.is_quantity else 2)
    if column.vocabulary:
        one = st.sampled_from(list_codes(column.vocabulary))
    if column.name == "disaggregation":
        return st.dictionaries(st.sampled_from("abc"), st.sampled_from("xyz")).map(
            lambda pairs: tuple(sorted(f"{key}={value}" for key, value in pairs.items()))
        )
    if column.is_list:
        is_set = bool(column.vocabulary or column.reference)
        return st.lists(one, max_size=3, unique=is_set).map(tuple)
    return one if column.is_required else st.none() | one


def draw_row(table: LivingTable) -> st.SearchStrategy[Any]:
    """Make rows of a table."""
    return st.builds(table.entity, **{c.name: draw_value(c) for c in table.columns})


@TABLES
@settings(max_examples=10)
@given(data=st.data())
def test_a_row_comes_back_from_its_cells(table: LivingTable, data: st.DataObject) -> None:
    row = data.draw(draw_row(table))
    cells = to_cells(table, row)
    assert tuple(cells) == table.column_names
    assert all(text is None or isinstance(text, str) for text in cells.values())
    assert from_cells(table, cells) == row


@TABLES
@settings(max_examples=10)
@given(data=st.data())
def test_cells_that_are_normal_stay_as_they_are(table: LivingTable, data: st.DataObject) -> None:
    row = data.draw(draw_row(table))
    cells = normalize_cells(table, to_cells(table, row))
    assert set(cells) == set(table.column_names) - set(table.computed)
    assert normalize_cells(table, cells) == cells
    again = from_cells(table, {**to_cells(table, row), **cells})
    assert again == row
    # lists, numbers and truth as JSON has them are the same cells
    values = {column.name: getattr(row, column.name) for column in table.columns}
    assert normalize_cells(table, values) == cells


@TABLES
@given(data=st.data())
def test_whatever_is_given_becomes_texts(table: LivingTable, data: st.DataObject) -> None:
    junk = st.none() | st.booleans() | st.floats() | st.integers() | st.text() | st.lists(st.text())
    names = st.sampled_from(table.column_names)
    given_row = data.draw(st.dictionaries(names, junk, max_size=5))
    cells = normalize_cells(table, {**given_row, "colour": "red"})
    assert "colour" not in cells
    for name, text in cells.items():
        assert text is None or isinstance(text, str)
        assert text != "" or name in table.key
    assert normalize_cells(table, cells) == cells


@pytest.mark.parametrize(
    "column, value, text",
    [
        ("channels", ["ONL", " TEL ", "", None, "ONL"], "ONL|TEL"),
        ("channels", "ONL\r\nTEL\n", "ONL|TEL"),
        ("steps", "Firmar\nPagar\nFirmar", "Firmar|Pagar|Firmar"),
        ("is_free", "TRUE", "true"),
        ("is_free", False, "false"),
        ("cost_amount", 1e3, "1000"),
        ("cost_amount", 12.5, "12.5"),
        ("volume_total", 7, "7"),
        ("name", "  Un\r\nnombre ", "Un\nnombre"),
        ("name", "   ", None),
        ("service_id", None, ""),
    ],
)
def test_what_is_given_and_what_is_kept(column: str, value: object, text: str | None) -> None:
    cells = normalize_cells(LIVING_TABLES["services"], {column: value})
    assert cells == {column: text}


def test_the_same_disaggregation_is_the_same_key() -> None:
    table = LIVING_TABLES["observations"]
    cells = normalize_cells(table, {"ref_period": "2019", "disaggregation": "sexo = m|edad=x"})
    assert table.get_key(cells) == ("2019", "edad=x|sexo=m")


def test_what_cannot_be_read_is_left_out_of_an_entity() -> None:
    table = LIVING_TABLES["services"]
    row = from_cells(table, {"service_id": "a", "name": "A", "cost_amount": "gratis"})
    assert row.cost_amount is None
    with pytest.raises(KeyError):
        from_cells(table, {"service_id": "a", "name": " "})


def test_tables_of_records() -> None:
    def names(**record: str) -> list[str]:
        return [table.name for table in list_living_tables(record)]

    assert names(type="service_inventory") == ["services"]
    assert names(type="indicator") == ["observations"]
    assert names(type="register", register_kind="standards") == ["standards", "criteria", "scores"]
    assert names(type="register", register_kind="meetings") == ["meetings", "attendance"]
    assert names(type="register") == names(type="dataset") == []
    kinds = {
        name for kind in list_codes("register_kind") for name in names(type="register",
                                                                        register_kind=kind)
    }  # fmt: skip
    assert kinds | {"services", "observations"} == set(LIVING_TABLES)
    assert set(LIVING_TYPES) == {"indicator", "service_inventory", "register"}


@TABLES
def test_what_a_table_says_of_its_columns_are_columns(table: LivingTable) -> None:
    names = set(table.column_names)
    assert {*table.key, *table.computed, *table.links} <= names
    assert not set(table.key) & set(table.computed)
    for target in table.links.values():
        assert LIVING_TABLES[target].record_type == table.record_type
        assert len(LIVING_TABLES[target].key) == 1
