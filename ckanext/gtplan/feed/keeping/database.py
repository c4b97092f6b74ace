"""The feeds' own connections: none of them is CKAN's session, which ends when an answer begins."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import sqlalchemy as sa
from ckan.plugins import toolkit as tk

__all__ = ["LOCK", "get_engine"]

#: Key of the advisory lock of who brings the feeds up to date (alone), and of who makes ready
#: blocks (shared).
LOCK = int.from_bytes(b"gtplan", "big")
#: Connections of a process that are kept open. There may be more, as many as it has threads: who
#: had to wait for one might hold another that somebody waits for.
_KEPT = 2


def get_engine() -> sa.Engine:
    """Give the engine for the feeds' own connections to CKAN's database."""
    # a process that was forked must not use the connections of the one that it came from
    return _make_engine(str(tk.config["sqlalchemy.url"]), os.getpid())


@cache
def _make_engine(address: str, process: int) -> sa.Engine:
    engine = sa.create_engine(address, pool_size=_KEPT, max_overflow=-1, pool_pre_ping=True)
    sa.event.listen(engine, "connect", _prefer_lz4)
    return engine


def _prefer_lz4(connection: Any, _: object) -> None:
    """Have texts compressed, where they are kept, by what is quickest, if the database has it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config(name, 'lz4', false) FROM pg_settings"
            " WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)"
        )
    connection.commit()
