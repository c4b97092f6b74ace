"""Reading living tables: as cells or as entities, in bounded memory. Nobody is asked who may."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from tempfile import TemporaryFile
from typing import Any

import sqlalchemy as sa

from ...plan.living import LIVING_TABLES, Cells, LivingTable, from_cells
from ...plan.shapes import CONTROL
from .resources import find_resource_id
from .store import has_table, identifier, read_connection, select_texts

log = logging.getLogger(__name__)

Key = tuple[str, ...]
#: Rows that are fetched at once.
AT_ONCE = 1000
#: Rows that are in memory at once while a document is made of them.
_OF_A_BATCH = 50


def iterate_cells(package_id: str, table_name: str) -> Iterator[Cells]:
    """Read the rows of a table as one moment has them, in the order in which they were added.

    Args:
        package_id: of the record; one without the table has no rows.
        table_name: of the table.
    """
    resource_id = find_resource_id(package_id, table_name)
    if resource_id is None:
        return
    table = LIVING_TABLES[table_name]
    query = f"SELECT {select_texts(table, 't')} FROM {identifier(resource_id)} t ORDER BY t._id"
    with read_connection() as connection:
        if has_table(connection, resource_id):
            options = {"stream_results": True, "yield_per": AT_ONCE}
            rows = connection.execute(sa.text(query), execution_options=options)
            for row in rows.mappings():
                yield dict(row)


def read_entities(package_id: str, table_name: str) -> Iterator[Any]:
    """Read the rows of a table as entities; one that cannot be read is logged and left out."""
    return _make_entities(package_id, table_name, iterate_cells(package_id, table_name))


def find_entities(package_id: str, table_name: str, keys: Sequence[Key]) -> Iterator[Any]:
    """Read the rows of some keys as entities, when the first one is asked for."""
    found = find_rows(package_id, LIVING_TABLES[table_name], keys)
    yield from _make_entities(package_id, table_name, found.values())


def read_batches(package_id: str, table_name: str) -> Iterator[list[Any]]:
    """Read the rows of a table as entities, some at a time, for who takes long over them.

    They are set aside in a file first: whoever reads a long document slowly holds no connection
    to the DataStore.
    """
    with TemporaryFile("w+", encoding="utf-8") as aside:
        for cells in iterate_cells(package_id, table_name):
            aside.write(json.dumps(cells) + "\n")
        aside.seek(0)
        entities = _make_entities(package_id, table_name, map(json.loads, aside))
        while batch := list(islice(entities, _OF_A_BATCH)):
            yield batch


def _make_entities(package_id: str, table_name: str, rows: Iterable[Cells]) -> Iterator[Any]:
    table = LIVING_TABLES[table_name]
    for cells in rows:
        try:
            yield from_cells(table, cells)
        except KeyError as error:
            key = table.get_key(cells)
            log.warning("A row of %s of %s lacks %s: %s", table_name, package_id, error, key)


def count_rows(package_id: str, table_name: str) -> int:
    """Count the rows of a table; of one that is not there, 0."""
    resource_id = find_resource_id(package_id, table_name)
    if resource_id is None:
        return 0
    with read_connection() as connection:
        if not has_table(connection, resource_id):
            return 0
        query = f"SELECT count(*) FROM {identifier(resource_id)}"
        return int(connection.scalar(sa.text(query)) or 0)


def get_row(package_id: str, table: LivingTable, key: Key) -> Cells | None:
    """Get the row of a key, None where there is none."""
    return find_rows(package_id, table, [key]).get(key)


def find_rows(package_id: str, table: LivingTable, keys: Sequence[Key]) -> dict[Key, Cells]:
    """Find the rows of some keys."""
    resource_id = find_resource_id(package_id, table.name)
    if resource_id is None:
        return {}
    with read_connection() as connection:
        if not has_table(connection, resource_id):
            return {}
        found = fetch_by_key(connection, resource_id, table, keys)
    return {key: cells for key, (_, cells) in found.items()}


def fetch_by_key(
    connection: sa.Connection, resource_id: str, table: LivingTable, keys: Iterable[Key]
) -> dict[Key, tuple[int, Cells]]:
    """Fetch the rows of some keys, with the ``_id`` of each.

    Args:
        connection: to the DataStore's database.
        resource_id: of a resource that has its table.
        table: the table.
        keys: of the rows that are wanted.
    """
    askable = (key for key in keys if not any(map(CONTROL.search, key)))
    columns = [list(parts) for parts in zip(*askable, strict=True)]
    if not columns:
        return {}
    names = [f"k{number}" for number in range(len(table.key))]
    wanted = ", ".join(f"CAST(:{name} AS text[])" for name in names)
    matches = " AND ".join(
        f"t.{identifier(column)} = w.{name}" for column, name in zip(table.key, names, strict=True)
    )
    query = (
        f"SELECT t._id, {select_texts(table, 't')} FROM {identifier(resource_id)} t"
        f" JOIN unnest({wanted}) AS w({', '.join(names)}) ON {matches}"
    )
    rows = connection.execute(sa.text(query), dict(zip(names, columns, strict=True)))
    return _by_key(table, rows)


def fetch_by_id(
    connection: sa.Connection, resource_id: str, table: LivingTable, ids: Iterable[int]
) -> dict[int, Cells]:
    """Fetch the rows of some ``_id``."""
    query = (
        f"SELECT t._id, {select_texts(table, 't')} FROM {identifier(resource_id)} t"
        " WHERE t._id = ANY(:ids)"
    )
    rows = connection.execute(sa.text(query), {"ids": list(ids)})
    return dict(_by_key(table, rows).values())


def _by_key(table: LivingTable, rows: sa.CursorResult[Any]) -> dict[Key, tuple[int, Cells]]:
    found = {}
    for row in rows.mappings():
        cells = dict(row)
        row_id = cells.pop("_id")
        found[table.get_key(cells)] = (row_id, cells)
    return found
