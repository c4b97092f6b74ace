"""What became of rows: each change and removal with what was there before, by whom and when.

It is written in the transaction of the rows themselves, so that the two cannot differ: the table
stands in the DataStore's database, under a name that CKAN takes for none of a resource. Rows are
added to it, never changed, and go only with the table that they are about. Rows that are added
are told of by their number.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckanext.datastore.backend.postgres import get_write_engine
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from ...plan.shapes import CONTROL
from .store import identifier

TABLE = "_gtplan_row_change"
#: The entry that tells of a whole write, after those of its rows.
WRITTEN = "written"

_METADATA = sa.MetaData()
_ENTRIES = sa.Table(
    TABLE,
    _METADATA,
    sa.Column("id", sa.BigInteger, primary_key=True),
    sa.Column("resource_id", sa.Text, nullable=False),
    sa.Column("package_id", sa.Text, nullable=False),
    sa.Column("table_name", sa.Text, nullable=False),
    sa.Column("key", ARRAY(sa.Text)),
    sa.Column("change", sa.Text, nullable=False),
    sa.Column("before", JSONB),
    sa.Column("after", JSONB),
    sa.Column("user_id", sa.Text),
    sa.Column("moment", sa.DateTime(timezone=True), nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    # the public saw the record then, and so what was there before
    sa.Column("is_public", sa.Boolean, nullable=False),
    sa.Index("gtplan_row_change_order", "package_id", "table_name", "id"),
)
_REFUSE = f"""
CREATE OR REPLACE FUNCTION gtplan_refuse_row_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND to_regclass(quote_ident(OLD.resource_id)) IS NULL THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the history of a table is never changed';
END $$;
CREATE TRIGGER gtplan_row_change_is_append_only BEFORE UPDATE OR DELETE ON {TABLE}
FOR EACH ROW EXECUTE FUNCTION gtplan_refuse_row_change()
"""


class Author(NamedTuple):
    """Who writes rows of which record, and by what way."""

    package_id: str
    user_id: str | None
    origin: str
    is_public: bool


def prepare_history(connection: sa.Connection) -> None:
    """Make the table of the history where it is not there yet."""
    if connection.scalar(sa.select(sa.func.to_regclass(TABLE))) is not None:
        return
    key = sa.func.hashtextextended(f"gtplan {TABLE}", 0)
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
    if connection.scalar(sa.select(sa.func.to_regclass(TABLE))) is not None:
        return
    _METADATA.create_all(connection, checkfirst=False)
    connection.execute(sa.text(_REFUSE))
    reader, writer = (
        sa.make_url(tk.config[f"ckan.datastore.{kind}_url"]).username for kind in ("read", "write")
    )
    if reader and reader != writer:  # it is read through the plugin only
        connection.execute(sa.text(f"REVOKE ALL ON {TABLE} FROM {identifier(reader)}"))


def record_changes(
    connection: sa.Connection,
    author: Author,
    resource_id: str,
    table_name: str,
    key: Sequence[str],
    pairs: str,
) -> None:
    """Record the rows that are changed and removed.

    Args:
        connection: that writes the rows.
        author: who writes.
        resource_id: of the table.
        table_name: of the table.
        key: columns of its key.
        pairs: SQL of rows ``_row``, ``_change``, ``before`` and ``after``.
    """
    parts = ", ".join(f"p.before ->> '{name}'" for name in key)
    query = f"""
        INSERT INTO {TABLE} (resource_id, package_id, table_name, key, change, before, after,
            user_id, moment, origin, is_public)
        SELECT :resource_id, :package_id, :table_name, ARRAY[{parts}], p._change,
            (SELECT jsonb_object_agg(b.key, b.value) FROM jsonb_each(p.before) b
                WHERE b.value IS DISTINCT FROM COALESCE(p.after -> b.key, 'null')),
            (SELECT jsonb_object_agg(a.key, a.value) FROM jsonb_each(p.after) a
                WHERE a.value IS DISTINCT FROM p.before -> a.key),
            :user_id, now(), :origin, :is_public
        FROM ({pairs}) p WHERE p._change IN ('changed', 'removed') ORDER BY p._row
    """
    values = {**author._asdict(), "resource_id": resource_id, "table_name": table_name}
    connection.execute(sa.text(query), values)


def record_write(
    connection: sa.Connection,
    author: Author,
    resource_id: str,
    table_name: str,
    counts: Mapping[str, int],
) -> None:
    """Record a write as a whole: how many rows were added, changed and removed."""
    connection.execute(
        sa.insert(_ENTRIES).values(
            **author._asdict(),
            resource_id=resource_id,
            table_name=table_name,
            change=WRITTEN,
            after=dict(counts),
            moment=sa.func.now(),
        )
    )


def forget_history(connection: sa.Connection, resource_ids: Sequence[str]) -> None:
    """Remove the history of tables that are gone."""
    if connection.scalar(sa.select(sa.func.to_regclass(TABLE))) is not None:
        ids = _ENTRIES.c.resource_id.in_(resource_ids)
        connection.execute(sa.delete(_ENTRIES).where(ids))


def list_known(connection: sa.Connection) -> list[str]:
    """List the resources whose tables have a history."""
    if connection.scalar(sa.select(sa.func.to_regclass(TABLE))) is None:
        return []
    return list(connection.scalars(sa.select(_ENTRIES.c.resource_id).distinct()))


def list_changes(
    package_id: str,
    table_name: str,
    key: Sequence[str] | None = None,
    *,
    limit: int = 100,
    offset: int = 0,
    is_public: bool = False,
) -> list[dict[str, Any]]:
    """List what became of the rows of a table, the latest first.

    Args:
        package_id: of the record.
        table_name: of the table.
        key: of one row.
        limit: so many entries.
        offset: after so many.
        is_public: only what was changed while the public saw the record.

    Returns:
        Entries with ``id``, ``key``, ``change`` (changed, removed, or written: a whole write),
        ``before`` and ``after`` (cells by column, only those that differ; of a whole write the
        numbers under ``after``), ``user_id``, ``moment`` and ``origin``.
    """
    if any(map(CONTROL.search, key or ())):
        return []
    entry = _ENTRIES.c
    query = sa.select(_ENTRIES).where(
        entry.package_id == package_id, entry.table_name == table_name
    )
    if key is not None:
        query = query.where(entry.key == sa.cast(list(key), ARRAY(sa.Text)))
    if is_public:
        query = query.where(entry.is_public)
    query = query.order_by(entry.id.desc()).limit(limit).offset(offset)
    with get_write_engine().connect() as connection:
        if connection.scalar(sa.select(sa.func.to_regclass(TABLE))) is None:
            return []
        return [_show(row) for row in connection.execute(query).mappings()]


def _show(row: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: row[name] for name in ("id", "key", "change", "user_id", "origin")}
    cells = {name: read_json(row[name]) for name in ("before", "after")}
    return {**shown, **cells, "moment": row["moment"].isoformat()}


def read_json(value: Any) -> Any:
    """Read what CKAN's engine of the DataStore leaves as a text."""
    return json.loads(value) if isinstance(value, str) else value


def find_author(user: str | None, package: Mapping[str, Any], origin: str) -> Author:
    """Find who writes.

    Args:
        user: name of the user, if there is one.
        package: the record.
        origin: ``form``, ``api``, ``load``, or the name of a file.
    """
    found = model.User.get(user) if user else None
    record = model.Package.get(package["id"])
    is_public = record is not None and not record.private and record.state == "active"
    return Author(package["id"], found.id if found else None, origin, is_public)
