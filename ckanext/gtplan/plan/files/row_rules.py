"""The rules of the rows that grow, where a file states them beside their record.

A row is judged by the rules that a form, the API and an upload are judged by
(``living_rules``); what a file can get wrong besides is here: rows that the record has no table
for, rows that the portal computes, keys that stand twice, links that lead nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from typing import Any

from ..dictionary import get_column_entry
from ..living import (
    LIVING_TABLES,
    SEPARATOR,
    LivingTable,
    list_living_tables,
    split_cell,
    to_cells,
)
from ..living_rules import FindingKind, check_row, check_score
from ..model import Record
from ..problems import ProblemKind
from ..records import get_record_type
from ..shapes import list_shapes
from .rules import Finding


def list_tables(record: Record) -> tuple[LivingTable, ...]:
    """List the living tables that a record has, those that others refer to first."""
    package = {"type": get_record_type(record)}
    return list_living_tables({**package, "register_kind": getattr(record, "register_kind", None)})


def check_rows(record: Record) -> Iterator[Finding]:
    """Check the rows of a record's living tables.

    Args:
        record: as a file states it.

    Returns:
        What is wrong, with table, number of the row and column.
    """
    tables = list_tables(record)
    for shape in list_shapes(type(record)).values():
        rows = getattr(record, shape.name)
        if not shape.is_living or not rows:
            continue
        table = LIVING_TABLES[shape.name]
        if table not in tables:
            expected = ", ".join(t.name for t in tables)
            yield Finding(kind=ProblemKind.OTHER_TABLE, field=shape.name, expected=expected)
        elif computation := getattr(record, "computation", None):
            yield Finding(kind=ProblemKind.COMPUTED, field=shape.name, value=computation)
        else:
            yield from _check_table(table, rows)
            yield from _check_links(record, table)


def _check_table(table: LivingTable, rows: tuple[Any, ...]) -> Iterator[Finding]:
    first: dict[tuple[str, ...], int] = {}
    for number, row in enumerate(rows, start=1):
        cells = to_cells(table, row)
        find = partial(Finding, rows=table.name, number=number)
        for found in check_row(table, cells):
            value, expected = found.value or "", found.expected or ""
            yield find(kind=found.kind, field=found.column, value=value, expected=expected)
        for column, fault, limit in _find_beyond(table, row):
            value = cells[column] or ""
            yield find(kind=fault, field=column, value=value, expected=limit)
        for column in _find_broken(table, row):
            value = cells[column] or ""
            yield find(kind=ProblemKind.BROKEN_ITEM, field=column, value=value)
        key = table.get_key(cells)
        if first.setdefault(key, number) != number:
            value = " ".join(part for part in key if part)
            kind, other = ProblemKind.DUPLICATE, first[key]
            yield find(kind=kind, field=table.key[0], value=value, other=other)


def _check_links(record: Record, table: LivingTable) -> Iterator[Finding]:
    """Check that what the rows name is in the record's other tables, and agrees with it."""
    for column, target in table.links.items():
        linked = {getattr(row, column): row for row in getattr(record, target)}
        for number, row in enumerate(getattr(record, table.name), start=1):
            find = partial(Finding, rows=table.name, number=number)
            cells = to_cells(table, row)
            value = cells[column] or ""
            if value not in linked:
                kind = ProblemKind.UNKNOWN_REFERENCE
                yield find(kind=kind, field=column, value=value, expected=target)
            elif target == "criteria":
                other = to_cells(LIVING_TABLES[target], linked[value])
                if found := check_score(cells["score"], other):
                    value, expected = found.value, found.expected
                    yield find(kind=found.kind, field=found.column, value=value, expected=expected)


def _find_beyond(table: LivingTable, row: Any) -> Iterator[tuple[str, FindingKind, str]]:
    """Find the numbers that lie beyond what the dictionary allows.

    Of what is uploaded, the Table Schema says it.
    """
    for column in table.columns:
        value = getattr(row, column.name)
        if column.type not in (int, Decimal) or value is None:
            continue
        entry = get_column_entry(table.name, column.name)
        if entry.minimum is not None and value < entry.minimum:
            yield column.name, FindingKind.TOO_SMALL, f"{entry.minimum:f}"
        if entry.maximum is not None and value > entry.maximum:
            yield column.name, FindingKind.TOO_LARGE, f"{entry.maximum:f}"


def _find_broken(table: LivingTable, row: Any) -> Iterator[str]:
    """Find the lists with an item that a cell would make two of."""
    for column in table.columns:
        items = getattr(row, column.name) if column.is_list else ()
        if any(split_cell(item.replace("\n", SEPARATOR)) != [item] for item in items):
            yield column.name
