"""Two tables of one kind side by side: what a later year added, removed and changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from ckan.plugins import toolkit as tk

from ...plan.living import LivingTable
from .history import read_json
from .reading import AT_ONCE
from .resources import find_resource_id
from .store import STAMPS, has_table, identifier, read_connection, select_texts
from .writing import RowChange

#: Changes of a year in the order in which people ask for them.
_ORDER = "array_position(ARRAY['added', 'removed', 'changed', 'unchanged'], c.change)"


def count_differences(table: LivingTable, old_id: str, new_id: str) -> dict[str, int]:
    """Count how the rows of two records differ.

    Args:
        table: of both.
        old_id: id of the earlier record.
        new_id: id of the later one.

    Returns:
        Numbers of rows ``added``, ``removed``, ``changed`` and ``unchanged``.

    Raises:
        toolkit.ObjectNotFound: one of them has no such table.
    """
    counts = dict.fromkeys(("added", "removed", "changed", "unchanged"), 0)
    with read_connection() as connection:
        pairs = _make_pairs(connection, table, old_id, new_id)
        query = f"SELECT c.change, count(*) FROM ({pairs}) c GROUP BY 1"
        return {**counts, **{row[0]: row[1] for row in connection.execute(sa.text(query))}}


def iterate_differences(
    table: LivingTable, old_id: str, new_id: str, *, limit: int | None = None, offset: int = 0
) -> Iterator[RowChange]:
    """Tell the rows that differ, those that were added first: arguments as for counting.

    Args:
        limit: so many rows; None for all.
        offset: after so many.
    """
    with read_connection() as connection:
        pairs = _make_pairs(connection, table, old_id, new_id)
        query = (
            f"SELECT * FROM ({pairs}) c WHERE c.change <> 'unchanged'"
            f" ORDER BY {_ORDER}, {', '.join(f'c.k{n}' for n in range(len(table.key)))}"
            " LIMIT :limit OFFSET :offset"
        )
        rows = connection.execute(
            sa.text(query),
            {"limit": limit, "offset": offset},
            execution_options={"stream_results": True, "yield_per": AT_ONCE},
        )
        for row in rows.mappings():
            yield _make_change(table, row)


def _make_change(table: LivingTable, row: Mapping[str, Any]) -> RowChange:
    before, after = read_json(row["before"]) or {}, read_json(row["after"]) or {}
    cells = {
        name: (before.get(name), after.get(name))
        for name in table.column_names
        if name not in STAMPS and before.get(name) != after.get(name)
    }
    return RowChange(table.get_key(after or before), row["change"], cells)


def _make_pairs(connection: sa.Connection, table: LivingTable, old_id: str, new_id: str) -> str:
    """Write SQL that puts the rows of two records side by side, by their keys."""
    names = []
    for package_id in (old_id, new_id):
        found = find_resource_id(package_id, table.name)
        if found is None or not has_table(connection, found):
            raise tk.ObjectNotFound(f"{package_id}: {table.name}")
        names.append(identifier(found))
    columns = [identifier(name) for name in table.column_names if name not in STAMPS]
    old, new = (", ".join(f"{alias}.{column}" for column in columns) for alias in "on")
    keys = [identifier(name) for name in table.key]
    same = " AND ".join(f"o.{key} = n.{key}" for key in keys)
    parts = ", ".join(f"COALESCE(n.{key}, o.{key}) AS k{n}" for n, key in enumerate(keys))
    return (
        f"SELECT {parts}, CASE WHEN o._id IS NULL THEN 'added' WHEN n._id IS NULL THEN 'removed'"
        f" WHEN ROW({old}) IS DISTINCT FROM ROW({new}) THEN 'changed' ELSE 'unchanged' END"
        " AS change,"
        f" CASE WHEN o._id IS NOT NULL THEN (SELECT to_jsonb(x) FROM"
        f" (SELECT {select_texts(table, 'o')}) x) END AS before,"
        f" CASE WHEN n._id IS NOT NULL THEN (SELECT to_jsonb(x) FROM"
        f" (SELECT {select_texts(table, 'n')}) x) END AS after"
        f" FROM {names[0]} o FULL JOIN {names[1]} n ON {same}"
    )
