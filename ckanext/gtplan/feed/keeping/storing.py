"""Fragments are written as fast as the database takes them: COPY in its binary form.

As parameters of an INSERT their texts would be written as hexadecimal digits and read again: that
takes five times as long as this.
"""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Iterable, Mapping
from contextlib import closing
from typing import Any

import sqlalchemy as sa

from ...model.feed import SYNTAXES, Fragment
from ..making.fragment import Made

__all__ = ["add_fragments", "count_anew", "put_fragments"]

#: Signature of the format, no flags, and no more of a head.
_HEAD = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_COUNT, _LENGTH = struct.Struct("!h"), struct.Struct("!i")
_END = _COUNT.pack(-1)

_KEYS = ("epoch", "package_id")
#: What a fragment is, but for its texts: its version is of those.
_TOLD = [c.name for c in Fragment.__table__.columns if c.name not in (*_KEYS, *SYNTAXES)]
_MADE = ["ordinal"]
#: Bytes of what an index of lists takes.
_LONGEST_AGENT = 2_000

_CREATE = sa.text(
    "CREATE TEMPORARY TABLE IF NOT EXISTS gtplan_made"
    f" (said text, {', '.join(f'{name} bytea' for name in SYNTAXES)}) ON COMMIT DELETE ROWS"
)
_COPY = "COPY gtplan_made FROM STDIN (FORMAT binary)"
_COLUMNS = [*_KEYS, *_TOLD]
# in one order, whoever writes: so that nobody waits for each other
_INSERT = (
    f"INSERT INTO gtplan_fragment AS f ({', '.join([*_COLUMNS, *SYNTAXES])})"
    f" SELECT {', '.join([f'r.{n}' for n in _COLUMNS] + [f'm.{n}' for n in SYNTAXES])}"
    " FROM gtplan_made m, jsonb_populate_record(NULL::gtplan_fragment, m.said::jsonb) r"
    " ORDER BY r.epoch, r.package_id ON CONFLICT (epoch, package_id) DO"
)
_ADD = sa.text(f"{_INSERT} NOTHING")
_ANALYZE = sa.text("ANALYZE gtplan_fragment (epoch, package_id, ordinal)")
_PUT = sa.text(
    f"{_INSERT} UPDATE SET"
    f" {', '.join(f'{name} = excluded.{name}' for name in (*_TOLD, *SYNTAXES))}"
    f" WHERE ({', '.join(f'f.{name}' for name in _TOLD)})"
    f" IS DISTINCT FROM ({', '.join(f'excluded.{name}' for name in _TOLD)})"
    " RETURNING ordinal"
)


def add_fragments(
    connection: sa.Connection, epoch: int, made: Iterable[Made], ordinals: Mapping[str, int]
) -> int:
    """Store fragments; of which there is one already, that stays.

    Args:
        connection: in a transaction.
        epoch: that they belong in.
        made: the fragments.
        ordinals: of the datasets, by id; without one, a fragment is left out.

    Returns:
        How many were stored.
    """
    _stage(connection, [epoch], made, ordinals)
    return int(connection.execute(_ADD).rowcount)


def put_fragments(
    connection: sa.Connection,
    epochs: Iterable[int],
    made: Iterable[Made],
    ordinals: Mapping[str, int],
) -> bool:
    """Store fragments in the place of those that there are.

    Args:
        connection: in a transaction.
        epochs: that they belong in.
        made: the fragments.
        ordinals: of the datasets, by id.

    Returns:
        Whether one is other than before.
    """
    _stage(connection, epochs, made, ordinals)
    return connection.execute(_PUT).first() is not None


def count_anew(connection: sa.Connection) -> None:
    """Have the database count the fragments, when many were written.

    It would do so by itself a minute later; until then it takes a new epoch for a row or two, and
    reads all of it again for each dataset.

    Args:
        connection: in a transaction, whose end tells others.
    """
    connection.execute(_ANALYZE)


def _stage(
    connection: sa.Connection,
    epochs: Iterable[int],
    made: Iterable[Made],
    ordinals: Mapping[str, int],
) -> None:
    """Write fragments into a table of the connection's own, which is empty after its commit."""
    connection.execute(_CREATE)
    file = io.BytesIO()
    file.write(_HEAD)
    placed = [fragment for fragment in made if fragment.package_id in ordinals]
    for epoch in epochs:
        for fragment in placed:
            said = _tell(epoch, fragment, ordinals[fragment.package_id])
            fields = [said, *(fragment.bodies[name] for name in SYNTAXES)]
            file.write(_COUNT.pack(len(fields)))
            for field in fields:
                file.write(_LENGTH.pack(len(field)))
                file.write(field)
    file.write(_END)
    file.seek(0)
    with closing(connection.connection.cursor()) as cursor:
        cursor.copy_expert(_COPY, file)


def _tell(epoch: int, made: Made, ordinal: int) -> bytes:
    """Write all columns but the texts as JSON, which the database reads by the columns' types."""
    given = {name: getattr(made, name) for name in _TOLD if name not in _MADE}
    agents = [agent for agent in made.agents if len(agent.encode()) <= _LONGEST_AGENT]
    key = {"epoch": epoch, "package_id": made.package_id, "ordinal": ordinal}
    said: dict[str, Any] = {**given, **key, "agents": agents}
    return json.dumps(said, default=str).encode()
