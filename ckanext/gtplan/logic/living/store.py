"""A living table in the DataStore's database: its columns, its dictionary, its lock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from ckanext.datastore.backend import DatastoreBackend
from ckanext.datastore.backend.postgres import get_read_engine, get_write_engine, identifier

from ...plan.dictionary import get_column_entry
from ...plan.labels import get_field_labels
from ...plan.living import LivingTable
from ...plan.shapes import FieldShape
from .column_types import describe_type

__all__ = [
    "STAMPS",
    "cast_cell",
    "drop_table",
    "has_table",
    "hold_tables",
    "identifier",
    "make_table",
    "read_connection",
    "select_texts",
]

#: Columns that say who wrote a row and when: written with it, and no difference of their own.
STAMPS = ("reported_by", "reported_at")
#: What PostgreSQL keeps the cells of a column in, beside text.
_SQL_TYPES: dict[type, str] = {Decimal: "numeric", int: "int8", bool: "boolean"}


@contextmanager
def hold_tables(package_id: str) -> Iterator[sa.Connection]:
    """Hold the tables of a record for one writer, in a transaction that ends with the block.

    A writer that is killed lets go, and leaves nothing behind.
    """
    key = sa.func.hashtextextended(f"gtplan tables {package_id}", 0)
    with get_write_engine().begin() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
        yield connection


@contextmanager
def read_connection() -> Iterator[sa.Connection]:
    """Open a connection that cannot write."""
    with get_read_engine().connect() as connection:
        yield connection


def has_table(connection: sa.Connection, resource_id: str) -> bool:
    """Tell whether a resource has a table."""
    return _find_kind(connection, resource_id) == "r"


def _find_kind(connection: sa.Connection, name: str) -> str | None:
    """Find out what has a name: a table (``r``), a view (``v``)."""
    query = sa.text("SELECT relkind::text FROM pg_class WHERE oid = to_regclass(:name)")
    found: str | None = connection.scalar(query, {"name": identifier(name)})
    return found


def drop_table(connection: sa.Connection, resource_id: str) -> None:
    """Drop the table of a resource, or whatever has its name: anybody's table may have an alias.

    The ids of resources can be foreseen, and rows must not be written into another's table.
    """
    kind = "VIEW" if _find_kind(connection, resource_id) == "v" else "TABLE"
    connection.execute(sa.text(f"DROP {kind} IF EXISTS {identifier(resource_id)} CASCADE"))


def make_table(resource_id: str, table: LivingTable) -> bool:
    """Make the table of a resource, or bring its dictionary up to date.

    Args:
        resource_id: of the resource.
        table: what it is to be.

    Returns:
        Whether anything had to be written.
    """
    backend = DatastoreBackend.get_active_backend()
    fields = [describe_column(table, column) for column in table.columns]
    if backend.resource_plugin_data(resource_id) == _list_stored(fields):
        return False
    data = {
        "resource_id": resource_id,
        "fields": [{key: field[key] for key in ("id", "type", "info")} for field in fields],
        "primary_key": list(table.key),
        "delete_fields": False,
    }
    with get_write_engine().begin() as connection:
        if not has_table(connection, resource_id):
            drop_table(connection, resource_id)
    backend.create({}, data, {number: _get_own(field) for number, field in enumerate(fields)})
    return True


def describe_column(table: LivingTable, column: FieldShape) -> dict[str, Any]:
    """Describe a column as the DataStore's dictionary keeps it."""
    labels, entry = get_field_labels(column.name), get_column_entry(table.name, column.name)
    info = {
        "label": labels["es"],
        **{f"label_{language}": labels[language] for language in ("en", "pt_BR")},
        "notes": entry.description["es"],
        **({"unit": entry.unit["es"]} if entry.unit else {}),
    }
    return {"id": column.name, **describe_type(table, column), "info": info}


def _get_own(field: dict[str, Any]) -> dict[str, Any]:
    own = {key: value for key, value in field.items() if key.startswith("td")}
    return {"tabledesigner": own}


def _list_stored(fields: list[dict[str, Any]]) -> dict[str, Any]:
    return {field["id"]: {"_info": field["info"], **_get_own(field)} for field in fields}


def select_texts(table: LivingTable, alias: str) -> str:
    """Write the columns of a table as SQL that gives each cell as its text."""
    return ", ".join(
        f"{alias}.{identifier(name)}::text AS {identifier(name)}" for name in table.column_names
    )


def cast_cell(column: FieldShape, alias: str) -> str:
    """Write a staged cell as SQL of its column's type."""
    cell = f"{alias}.{identifier(column.name)}"
    wanted = None if column.is_list else _SQL_TYPES.get(column.type)
    return f"{cell}::{wanted}" if wanted else cell
