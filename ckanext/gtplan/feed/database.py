"""The feeds' own connections: none of them is CKAN's session, which ends when an answer begins."""

from __future__ import annotations

import os
from functools import cache

import sqlalchemy as sa
from ckan.plugins import toolkit as tk

__all__ = ["get_engine"]

#: Connections of a process that are kept open, and how many there may be beside them.
_KEPT, _MORE = 2, 8


def get_engine() -> sa.Engine:
    """Give the engine for the feeds' own connections to CKAN's database."""
    # a process that was forked must not use the connections of the one that it came from
    return _make_engine(str(tk.config["sqlalchemy.url"]), os.getpid())


@cache
def _make_engine(address: str, process: int) -> sa.Engine:
    return sa.create_engine(address, pool_size=_KEPT, max_overflow=_MORE, pool_pre_ping=True)
