"""Writing living tables: every row passes here, and a write is done whole or not at all.

The forms, the API, files and loads write by this module. Nobody is asked who may, and cells are
not checked: whoever calls has done that. What the database alone can tell is refused: two rows of
one key, and a row that refers to one that is not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import sqlalchemy as sa
from ckan.types import Context

from ...plan.living import LIVING_TABLES, Cells, LivingTable, list_living_tables
from ...uploads.findings import CellFinding, FindingKind
from ..progress import Progress, ignore_progress
from .changes import tell
from .editing import NAMED, RowChange, TableDifference, TableEdit
from .history import find_author
from .messages import refuse_if
from .resources import find_resource_id
from .store import has_table, hold_tables, identifier

__all__ = [
    "Mode",
    "RowChange",
    "TableDifference",
    "check_links",
    "finish",
    "write_rows",
    "write_tables",
]

Mode = Literal["merge", "replace"]


def write_rows(
    context: Context,
    package: Mapping[str, Any],
    table: LivingTable,
    rows: Iterable[Cells],
    *,
    mode: Mode = "merge",
    origin: str,
    is_dry: bool = False,
    progress: Progress = ignore_progress,
) -> TableDifference:
    """Write rows into a table of a record.

    Args:
        context: of whoever the change is put down to.
        package: the record: ``id``, ``type`` and, of a register, ``register_kind``.
        table: one of its tables.
        rows: checked; a row that lacks a column keeps what the table has of it.
        mode: whether rows that are not given stay (``merge``) or are removed (``replace``).
        origin: ``form``, ``api``, ``load``, or the name of a file.
        is_dry: only say what would be different.
        progress: told how many rows were read.

    Raises:
        RowsRefused: two rows have one key, or one refers to a row that is not there; nothing
            was written.
        toolkit.ObjectNotFound: the record has no such table.
    """
    found = write_tables(
        context,
        package,
        {table.name: rows},
        mode=mode,
        origin=origin,
        is_dry=is_dry,
        progress=progress,
    )
    return found[table.name]


def write_tables(
    context: Context,
    package: Mapping[str, Any],
    rows: Mapping[str, Iterable[Cells]],
    *,
    mode: Mode = "merge",
    origin: str,
    is_dry: bool = False,
    progress: Progress = ignore_progress,
) -> dict[str, TableDifference]:
    """Write several tables of a record at once, all or none: arguments as of ``write_rows``.

    Args:
        rows: by the name of the table.
    """
    author = find_author(context.get("user"), package, origin)
    found = {}
    with hold_tables(package["id"]) as connection:
        for table in order_tables(rows):
            edit = TableEdit(connection, package, table)
            edit.stage(edit.merge(rows[table.name]), progress)
            if mode == "replace":
                edit.stage_others()
            found[table.name] = edit.write(author, is_dry=is_dry)
        check_links(connection, package)
        if not is_dry:
            connection.commit()
    if not is_dry:
        finish(context, package, found, progress)
    return found


def order_tables(names: Iterable[str]) -> list[LivingTable]:
    """Put tables into the order in which they refer to each other."""
    return [table for name, table in LIVING_TABLES.items() if name in set(names)]


def finish(
    context: Context,
    package: Mapping[str, Any],
    found: Mapping[str, TableDifference],
    progress: Progress = ignore_progress,
) -> None:
    """Tell everybody whom it concerns what was written and committed."""
    different = {name: each for name, each in found.items() if not each.is_empty}
    if different:
        tell(context, package["id"], different, progress)


def check_links(connection: sa.Connection, package: Mapping[str, Any]) -> None:
    """Refuse what is written when a row of the record's tables refers to none.

    Raises:
        RowsRefused: naming the rows that do.
    """
    for table in list_living_tables(package):
        for column, other in table.links.items():
            ids = [find_resource_id(package["id"], name) for name in (table.name, other)]
            if not all(i and has_table(connection, i) for i in ids):
                continue
            here, there = (identifier(str(i)) for i in ids)
            cell, key = identifier(column), identifier(LIVING_TABLES[other].key[0])
            rows = connection.execute(
                sa.text(
                    f"SELECT c._id, c.{cell} FROM {here} c WHERE c.{cell} <> '' AND NOT EXISTS"
                    f" (SELECT FROM {there} p WHERE p.{key} = c.{cell}) ORDER BY 1 LIMIT {NAMED}"
                )
            )
            faults = [
                CellFinding(
                    row=0,
                    column=column,
                    kind=FindingKind.UNKNOWN_ROW,
                    value=row[1],
                    expected=other,
                )
                for row in rows
            ]
            refuse_if(table, faults)
