"""A change of one living table in a transaction: rows are staged, compared, and applied.

The database compares: a table of any size is changed in bounded memory, and what stays the same
is not written.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from itertools import islice
from typing import Any, NamedTuple

import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk

from ...plan.living import LIVING_TABLES, Cells, LivingTable
from ...plan.living_rules import check_row
from ...plan.maturity import complete_cells
from ...uploads.findings import CellFinding, FindingKind
from ..progress import Progress, ignore_progress
from .history import Author, prepare_history, read_json, record_changes, record_write
from .messages import refuse_if
from .reading import AT_ONCE, Key, fetch_by_id, fetch_by_key
from .resources import find_resource_id
from .store import STAMPS, cast_cell, has_table, identifier, make_table, select_texts

#: So many changes are told of by their cells.
SAMPLES = 200
#: So many faults are named.
NAMED = 50
_STAGE = "gtplan_stage"


class RowChange(NamedTuple):
    """What becomes of a row: its key, ``added``, ``changed`` or ``removed``, and its cells."""

    key: tuple[str, ...]
    change: str
    cells: dict[str, tuple[str | None, str | None]]


@dataclass(kw_only=True)
class TableDifference:
    """What a write makes different, in numbers and by examples."""

    table: str
    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    samples: list[RowChange] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is different."""
        return not (self.added or self.changed or self.removed)

    def list_keys(self) -> set[Key] | None:
        """List the keys of the rows that are different, as they were and as they are.

        Returns:
            None where they are too many to be told, or none.
        """
        if self.is_empty or self.added + self.changed + self.removed > len(self.samples):
            return None
        names = LIVING_TABLES[self.table].key
        keys = {change.key for change in self.samples}
        for change in self.samples:
            parts = zip(names, change.key, strict=True)
            keys.add(tuple(change.cells.get(n, ("", part))[1] or "" for n, part in parts))
        return keys


class Given(NamedTuple):
    """A whole row that is to be, and the ``_id`` of the one that it takes the place of."""

    row_id: int | None
    cells: Cells


class TableEdit:
    """A change of one table, in a transaction that holds the tables of its record.

    Raises:
        toolkit.ObjectNotFound: the record has no such table.
    """

    def __init__(
        self, connection: sa.Connection, package: Mapping[str, Any], table: LivingTable
    ) -> None:
        found = find_resource_id(package["id"], table.name)
        if found is None:
            raise tk.ObjectNotFound(f"{package['id']}: {table.name}")
        if not has_table(connection, found):
            make_table(found, table)
        self.table = table
        self._connection = connection
        self._package = package
        self._resource_id = found
        self._name = identifier(found)
        self._columns = [c for c in table.columns if c.name not in STAMPS]
        columns = ", ".join(f"{identifier(c.name)} text" for c in self._columns)
        self._run(f"DROP TABLE IF EXISTS pg_temp.{_STAGE}")
        self._run(
            f"CREATE TEMPORARY TABLE {_STAGE} (_row bigserial, _target int, _change text,"
            f" {columns}) ON COMMIT DROP"
        )

    def _run(self, sql: str, **values: Any) -> sa.CursorResult[Any]:
        return self._connection.execute(sa.text(sql), values)

    def merge(self, rows: Iterable[Mapping[str, Any]]) -> Iterator[Given]:
        """Make rows whole: what is not given of one stays as the table has it.

        Args:
            rows: cells; ``_id``, where it is given, says which row is meant, else the key does;
                ``_row`` is its number for people.

        Raises:
            RowsRefused: there is no row of that ``_id``, or what stays of one contradicts what
                is given.
        """
        source = iter(rows)
        while batch := list(islice(source, AT_ONCE)):
            ids = [row["_id"] for row in batch if "_id" in row]
            by_id = fetch_by_id(self._connection, self._resource_id, self.table, ids)
            keys = [self.table.get_key(row) for row in batch if "_id" not in row]
            by_key = fetch_by_key(self._connection, self._resource_id, self.table, keys)
            faults: list[CellFinding] = []
            for row in batch:
                if "_id" in row:
                    row_id, now = row["_id"], by_id.get(row["_id"])
                else:
                    row_id, now = by_key.get(self.table.get_key(row), (None, None))
                cells = {name: row[name] for name in self.table.column_names if name in row}
                whole = complete_cells(self.table, {**(now or {}), **cells})
                faults += _check_merged(self.table, row, now, whole)
                yield Given(row_id, whole)
            refuse_if(self.table, faults)

    def stage(self, rows: Iterable[Given], progress: Progress = ignore_progress) -> None:
        """Bring whole rows into the transaction, unseen by others."""
        names = [column.name for column in self._columns]
        columns = ", ".join(map(identifier, names))
        source, done = iter(rows), 0
        driver = self._connection.connection.dbapi_connection
        assert driver is not None  # it is connected
        while batch := list(islice(source, AT_ONCE)):
            lines = (_write_line(given, names, self.table.key) for given in batch)
            with driver.cursor() as cursor:
                cursor.copy_expert(
                    f"COPY {_STAGE} (_target, {columns}) FROM STDIN", io.StringIO("".join(lines))
                )
            done += len(batch)
            progress("rows", done, done)
        self._run(f"ANALYZE {_STAGE}")

    def stage_others(self) -> None:
        """Have the rows removed that are not given."""
        self._run(
            f"INSERT INTO {_STAGE} (_target, _change) SELECT t._id, 'removed' FROM {self._name} t"
            f" WHERE NOT EXISTS (SELECT FROM {_STAGE} s WHERE s._target = t._id)"
        )

    def stage_removal(self, ids: Iterable[int]) -> None:
        """Have some rows removed."""
        self._run(
            f"INSERT INTO {_STAGE} (_target, _change) SELECT t._id, 'removed' FROM {self._name} t"
            " WHERE t._id = ANY(:ids)",
            ids=list(ids),
        )

    def write(self, author: Author, *, is_dry: bool = False) -> TableDifference:
        """Write what is staged, with its history; who holds the transaction commits it.

        Raises:
            RowsRefused: two rows have one key.
        """
        self._compare()
        self._check_keys()
        difference = self._count()
        if difference.is_empty or (is_dry and not _is_linked(self.table)):
            return difference
        if not is_dry:
            self._record(author, difference)
        self._apply()
        return difference

    def _compare(self) -> None:
        new = ", ".join(cast_cell(column, "s") for column in self._columns)
        old = ", ".join(f"t.{identifier(column.name)}" for column in self._columns)
        self._run(f"UPDATE {_STAGE} SET _change = 'added' WHERE _target IS NULL")
        self._run(
            f"UPDATE {_STAGE} s SET _change = CASE WHEN ROW({new}) IS DISTINCT FROM ROW({old})"
            f" THEN 'changed' ELSE 'unchanged' END FROM {self._name} t"
            " WHERE t._id = s._target AND s._change IS NULL"
        )

    def _check_keys(self) -> None:
        own = ", ".join(f"s.{identifier(name)}" for name in self.table.key)
        same = " AND ".join(
            f"t.{identifier(name)} = s.{identifier(name)}" for name in self.table.key
        )
        twice = (
            f"SELECT max(s._row), {own} FROM {_STAGE} s WHERE s._change <> 'removed'"
            f" GROUP BY {own} HAVING count(*) > 1"
        )
        taken = (
            f"SELECT s._row, {own} FROM {_STAGE} s JOIN {self._name} t ON {same}"
            " WHERE s._change IN ('added', 'changed') AND t._id IS DISTINCT FROM s._target"
            f" AND NOT EXISTS (SELECT FROM {_STAGE} o WHERE o._target = t._id)"
        )
        rows = self._run(f"{twice} UNION ALL {taken} ORDER BY 1 LIMIT {NAMED}")
        faults = [
            CellFinding(
                row=row[0],
                column=self.table.key[0],
                kind=FindingKind.REPEATED_ROW,
                value=", ".join(part for part in row[1:] if part),
            )
            for row in rows
        ]
        refuse_if(self.table, faults)

    def _make_pairs(self, limit: str = "") -> str:
        """Write SQL that gives each different row as it was and as it is to be."""
        new = ", ".join(
            f"({cast_cell(column, 's')})::text AS {identifier(column.name)}"
            for column in self._columns
        )
        old = select_texts(self.table, "t")
        return (
            "SELECT s._row, s._change,"
            f" CASE WHEN t._id IS NOT NULL THEN (SELECT to_jsonb(o) FROM (SELECT {old}) o) END"
            " AS before,"
            f" CASE WHEN s._change <> 'removed' THEN"
            f" (SELECT to_jsonb(n) FROM (SELECT {new}) n) END AS after"
            f" FROM (SELECT * FROM {_STAGE} WHERE _change <> 'unchanged' {limit}) s"
            f" LEFT JOIN {self._name} t ON t._id = s._target"
        )

    def _count(self) -> TableDifference:
        counts = self._run(f"SELECT _change, count(*) FROM {_STAGE} GROUP BY 1")
        difference = TableDifference(
            table=self.table.name, **{row[0]: row[1] for row in counts}
        )
        order = "ORDER BY array_position(ARRAY['changed', 'removed', 'added'], _change), _row"
        rows = self._run(f"{self._make_pairs(f'{order} LIMIT {SAMPLES}')} {order}")
        difference.samples = [self._make_sample(row) for row in rows.mappings()]
        return difference

    def _make_sample(self, row: Mapping[str, Any]) -> RowChange:
        before, after = read_json(row["before"]) or {}, read_json(row["after"]) or {}
        cells = {
            column.name: (before.get(column.name), after.get(column.name))
            for column in self._columns
            if before.get(column.name) != after.get(column.name)
        }
        return RowChange(self.table.get_key(before or after), row["_change"], cells)

    def _record(self, author: Author, difference: TableDifference) -> None:
        prepare_history(self._connection)
        place = (self._connection, author, self._resource_id, self.table.name)
        record_changes(*place, self.table.key, self._make_pairs())
        counts = {name: getattr(difference, name) for name in ("added", "changed", "removed")}
        record_write(*place, counts)

    def _apply(self) -> None:
        stamps = self._make_stamps()
        names = [column.name for column in self._columns] + list(stamps)
        columns = ", ".join([*map(identifier, names), "_full_text"])
        values = [cast_cell(c, "s") for c in self._columns] + [f":{name}" for name in stamps]
        # what CKAN's trigger makes of a row without it, in half the time
        words = f"to_tsvector(concat_ws(' ', {', '.join(f'({v})::text' for v in values)}))"
        cells = ", ".join([*values, words])
        self._run(
            f"DELETE FROM {self._name} t USING {_STAGE} s"
            " WHERE t._id = s._target AND s._change = 'removed'"
        )
        self._run(
            f"UPDATE {self._name} t SET ({columns}) = ({cells}) FROM {_STAGE} s"
            " WHERE t._id = s._target AND s._change = 'changed'",
            **stamps,
        )
        self._run(
            f"INSERT INTO {self._name} ({columns}) SELECT {cells} FROM {_STAGE} s"
            " WHERE s._change = 'added' ORDER BY s._row",
            **stamps,
        )

        # CKAN remembers how many rows a table has
        self._run("DELETE FROM _table_stats WHERE resource_id = :name", name=self._resource_id)

    def _make_stamps(self) -> dict[str, str | None]:
        if not set(STAMPS) <= set(self.table.column_names):
            return {}
        package = model.Package.get(self._package["id"])
        owner = model.Group.get(package.owner_org) if package and package.owner_org else None
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {"reported_by": owner.name if owner else None, "reported_at": now}


def _check_merged(
    table: LivingTable, row: Mapping[str, Any], now: Cells | None, whole: Cells
) -> Iterator[CellFinding]:
    """Check what becomes of a row of which only some columns were given."""
    number = row.get("_row", 0)
    if now is None and "_id" in row:
        yield CellFinding(
            row=number,
            column=table.key[0],
            kind=FindingKind.UNKNOWN_ROW,
            value=str(row["_id"]),
            expected=table.name,
        )
    elif now is not None and not {*table.column_names} - {*table.computed} <= row.keys():
        for found in check_row(table, whole):
            yield CellFinding.place(found, number)


def _write_line(given: Given, names: list[str], key: tuple[str, ...]) -> str:
    """Write a row as PostgreSQL's COPY reads it."""
    cells = [given.cells.get(name) for name in names]
    filled = ["" if c is None and n in key else c for n, c in zip(names, cells, strict=True)]
    target = r"\N" if given.row_id is None else str(given.row_id)
    return "\t".join([target, *(r"\N" if c is None else _escape(c) for c in filled)]) + "\n"


def _escape(text: str) -> str:
    text = text.replace("\\", "\\\\").replace("\t", "\\t")
    return text.replace("\n", "\\n").replace("\r", "\\r")


def _is_linked(table: LivingTable) -> bool:
    """Tell whether a table refers to another, or another to it."""
    return bool(table.links) or any(
        table.name in other.links.values() for other in LIVING_TABLES.values()
    )
