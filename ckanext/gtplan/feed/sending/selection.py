"""Some of the datasets of a snapshot, in the order of the feeds: a page, or what filters leave."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from ...model.feed import IS_PUBLIC
from ..keeping.rows import copy_rows
from ..keeping.store import Busy
from .filters import Filters
from .snapshot import Snapshot

__all__ = ["Selection", "Single", "Total", "find_single", "was_public"]

#: Fragments that are read at once.
_AT_ONCE = 128
_PUBLIC = f"gtplan_fragment f JOIN package p ON p.id = f.package_id AND {IS_PUBLIC}"


@dataclass(frozen=True)
class Total:
    """What is known of a selection before its texts are read.

    Attributes:
        count: datasets in it.
        size: bytes of their texts.
        stamp: of which datasets, in which versions.
    """

    count: int
    size: int
    stamp: str


class Selection:
    """The datasets of a snapshot that filters leave.

    Args:
        snapshot: whose datasets.
        syntax: one of SYNTAXES.
        filters: may be none.
    """

    def __init__(self, snapshot: Snapshot, syntax: str, filters: Filters) -> None:
        self._snapshot = snapshot
        self._connection = snapshot.connection
        self._syntax = syntax
        self._from = f"{_PUBLIC} WHERE f.epoch = :epoch AND {filters.condition}"
        self._given = {"epoch": snapshot.epoch, **dict(filters.given)}

    def sum_up(self) -> Total:
        """Count all that is selected."""
        query = (
            f"SELECT count(*), coalesce(sum(octet_length(f.{self._syntax})), 0)::bigint,"
            f" md5(coalesce(string_agg(f.version, '' ORDER BY f.ordinal), '')) FROM {self._from}"
        )
        return Total(*self._connection.execute(sa.text(query), self._given).one())

    def count(self) -> int:
        """Count the datasets only."""
        query = f"SELECT count(*) FROM {self._from}"
        return int(self._connection.execute(sa.text(query), self._given).scalar_one())

    def read(self, after: int, most: int) -> list[tuple[int, bytes]]:
        """Read the ordinals and texts of the first ones after an ordinal."""
        query = (
            f"SELECT f.ordinal::bigint, f.{self._syntax} FROM {self._from}"
            " AND f.ordinal > :after ORDER BY f.ordinal LIMIT :most"
        )
        given = {**self._given, "after": after, "most": most}
        return list(copy_rows(self._connection, query, given, numbers=1))

    def iterate(self) -> Iterator[bytes]:
        """Read all texts, some at a time."""
        after = 0
        while rows := self.read(after, _AT_ONCE):
            for _, body in rows:
                yield body
                self._snapshot.stay()
            after = rows[-1][0]

    def find_nth(self, number: int) -> int | None:
        """Find the ordinal of a dataset by its number in the order, from 1."""
        query = f"SELECT f.ordinal FROM {self._from} ORDER BY f.ordinal OFFSET :skipped LIMIT 1"
        given = {**self._given, "skipped": number - 1}
        return self._connection.execute(sa.text(query), given).scalar()

    def find_back(self, number: int, start: int | None = None) -> int | None:
        """Find the ordinal of a dataset by its number counted backwards.

        Args:
            number: 0 is where it starts.
            start: the highest ordinal that counts; the end without it.
        """
        until = "" if start is None else "AND f.ordinal <= :start "
        query = (
            f"SELECT f.ordinal FROM {self._from} {until}"
            "ORDER BY f.ordinal DESC OFFSET :skipped LIMIT 1"
        )
        given = {**self._given, "skipped": number, "start": start}
        return self._connection.execute(sa.text(query), given).scalar()


@dataclass(frozen=True)
class Single:
    """One dataset.

    Attributes:
        version: of what is said of it.
        changed: when that became so.
        body: its text.
    """

    version: str
    changed: datetime
    body: bytes


def find_single(
    connection: sa.Connection, epoch: int, syntax: str, id_or_name: str
) -> Single | None:
    """Find a dataset that is public now.

    Args:
        connection: to CKAN's database.
        epoch: that is served.
        syntax: one of SYNTAXES.
        id_or_name: of the dataset.
    """
    query = (
        f"SELECT f.version, d.changed, f.{syntax} FROM {_PUBLIC} JOIN gtplan_feed_dataset d"
        " ON d.package_id = p.id WHERE f.epoch = :epoch AND (p.id = :sought OR p.name = :sought)"
        " ORDER BY p.id = :sought DESC LIMIT 1"
    )
    row = connection.execute(sa.text(query), {"epoch": epoch, "sought": id_or_name}).one_or_none()
    return Single(row[0], row[1], bytes(row[2])) if row else None


def was_public(connection: sa.Connection, id_: str) -> bool:
    """Tell whether a dataset that was not found was in the feeds.

    Args:
        connection: that it was not found by.
        id_: of the dataset; names go to other datasets.

    Raises:
        Busy: it is in the feeds, and about to be made.
    """
    query = (
        "SELECT d.version IS NOT NULL AND p.id IS NOT NULL FROM gtplan_feed_dataset d"
        f" LEFT JOIN package p ON p.id = d.package_id AND {IS_PUBLIC} WHERE d.package_id = :id"
    )
    is_there = connection.execute(sa.text(query), {"id": id_}).scalar()
    if is_there:
        raise Busy(1)
    return is_there is not None
