"""The living tables of a record: made, brought up to date, and taken away with it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ckan import model
from ckan.types import Context
from ckanext.datastore.backend.postgres import get_write_engine

from ...plan.living import Cells, LivingTable, list_living_tables, normalize_cells
from ..services.index import remove_inventory
from .history import forget_history, list_known
from .resources import (
    describe_record,
    find_living,
    find_resource_id,
    list_living,
    make_resource,
)
from .store import drop_table, make_table
from .writing import write_rows

__all__ = [
    "drop_tables",
    "ensure_tables",
    "forget_tables",
    "find_living",
    "find_resource_id",
    "list_living",
    "make_tables",
    "sweep_tables",
]

log = logging.getLogger(__name__)

#: Columns of services as records held them before there were living tables.
_RENAMED = {"organization": "competent_authority"}


def ensure_tables(
    context: Context, package: Mapping[str, Any], *, is_new: bool = False
) -> bool:
    """Give a record what its tables lack: resources, tables, rows that it held itself.

    Args:
        context: of whoever a change is put down to; nobody is asked who may.
        package: the record: its ``id``.
        is_new: it was just created: what stands under the names of its tables is left over.

    Returns:
        Whether anything was lacking.
    """
    record = model.Package.get(package["id"])
    if record is None:
        return False
    is_changed = _add_resources(record)
    if is_new:
        drop_tables(living.resource_id for living in list_living(record))
    for living in list_living(record):
        is_changed |= make_table(living.resource_id, living.table)
    return _move_rows(context, record) or is_changed


def make_tables(context: Context, package_id: str, *, is_new: bool = False) -> None:
    """Make the tables of a record that was just written: a failure cannot undo the write.

    Args:
        context: of the write.
        package_id: of the record.
        is_new: it was just created.
    """
    try:
        ensure_tables(context, {"id": package_id}, is_new=is_new)
    except Exception:
        model.Session.rollback()
        log.exception("The tables of %s are not made: run 'ckan gtplan table repair'", package_id)


def _add_resources(package: model.Package) -> bool:
    """Add what is missing by the database: an old record need not pass today's rules for it."""
    names = {living.table.name for living in list_living(package)}
    tables = [t for t in list_living_tables(describe_record(package)) if t.name not in names]
    for table in tables:
        made = make_resource(package.name, table)
        resource = model.Resource(name=made["name"], url_type=made["url_type"])
        resource.id = made.get("id") or resource.id
        resource.extras = {"datastore_active": made["datastore_active"]}
        package.resources_all.append(resource)
    if tables:
        model.Session.commit()
    return bool(tables)


def _move_rows(context: Context, package: model.Package) -> bool:
    """Move the rows that a record held itself, before there were living tables, into its table.

    A move that is killed is repeated: the rows leave the record when they are in the table.
    """
    moved = False
    for table in list_living_tables(describe_record(package)):
        held = package.extras.get(table.name)
        if held is None:
            continue
        rows = [_read_held(table, row) for row in json.loads(held)]
        write_rows(context, describe_record(package), table, rows, origin="upgrade")
        del package.extras[table.name]
        model.Session.commit()
        moved = True
    return moved


def _read_held(table: LivingTable, row: Mapping[str, Any]) -> Cells:
    """Read a row that a record held: the codes and names of a list had spaces between them."""
    row = {_RENAMED.get(name, name): cell for name, cell in row.items()}
    for column in table.columns:
        cell = row.get(column.name)
        if isinstance(cell, str) and column.is_list and (column.vocabulary or column.reference):
            row[column.name] = cell.split()
    return normalize_cells(table, row)


def forget_tables(package_id: str, resource_ids: Sequence[str]) -> None:
    """Take away what stands beside a record that was purged; that cannot undo the purge.

    Args:
        package_id: of the record.
        resource_ids: those that its tables had.
    """
    try:
        if resource_ids:
            drop_tables(resource_ids)
            remove_inventory(package_id)
    except Exception:
        log.exception("Tables of %s are left: run 'ckan gtplan table repair'", package_id)


def sweep_tables() -> int:
    """Drop the tables, and forget the history, of records that are gone.

    Returns:
        How many there were.
    """
    with get_write_engine().connect() as connection:
        left = [i for i in list_known(connection) if model.Resource.get(i) is None]
    drop_tables(left)
    return len(left)


def drop_tables(resource_ids: Iterable[str]) -> None:
    """Drop the tables of resources that are gone, and what is known of their history."""
    ids = list(resource_ids)
    with get_write_engine().begin() as connection:
        for resource_id in ids:
            drop_table(connection, resource_id)
        forget_history(connection, ids)
