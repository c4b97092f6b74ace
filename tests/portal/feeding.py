"""What the tests of the feeds look at: the tables, by a connection of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from ckan.plugins import toolkit as tk

_engines: dict[str, sa.Engine] = {}


def get_engine() -> sa.Engine:
    """Give an engine beside CKAN's and the feeds' own."""
    address = str(tk.config["sqlalchemy.url"])
    if address not in _engines:
        _engines[address] = sa.create_engine(address)
    return _engines[address]


@contextmanager
def open_writer() -> Iterator[sa.Connection]:
    """A client that writes by statements of its own; what it does not commit is rolled back."""
    with get_engine().connect() as connection:
        yield connection


def run(statement: str, **given: Any) -> None:
    """Run a statement by hand and commit it."""
    with get_engine().begin() as connection:
        connection.execute(sa.text(statement), given)


def read_rows(query: str, **given: Any) -> list[dict[str, Any]]:
    """Read rows as they are committed."""
    with get_engine().connect() as connection:
        return [dict(row) for row in connection.execute(sa.text(query), given).mappings()]


def list_events() -> list[tuple[Any, ...]]:
    """List the events: position, IRI, kind, version."""
    query = "SELECT position, iri, kind, version FROM gtplan_feed_event ORDER BY position"
    return [tuple(row.values()) for row in read_rows(query)]


def list_fragments() -> list[dict[str, Any]]:
    """List the fragments of the epoch that is served, in the order of the feeds."""
    query = (
        "SELECT f.* FROM gtplan_fragment f JOIN gtplan_feed_epoch e ON e.id = f.epoch"
        " AND e.is_current ORDER BY f.ordinal"
    )
    rows = read_rows(query)
    return [
        {name: bytes(v) if isinstance(v, memoryview) else v for name, v in row.items()}
        for row in rows
    ]


def list_open() -> list[str]:
    """List the packages that are noted and not followed."""
    rows = read_rows("SELECT package_id FROM gtplan_journal WHERE NOT is_followed ORDER BY seq")
    return list(dict.fromkeys(row["package_id"] for row in rows))


def copy_dataset(name: str, count: int) -> None:
    """Make copies of a dataset by hand: quicker than by the action."""
    run(
        "INSERT INTO package SELECT (jsonb_populate_record(p, jsonb_build_object('id',"
        " p.id || '-' || n, 'name', p.name || '-' || n))).* FROM package p,"
        " generate_series(1, :count) n WHERE p.name = :name",
        **{"name": name, "count": count},
    )
