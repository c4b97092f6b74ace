"""Epochs: whole sets of fragments, made by the same profiles and options; one is served.

Another one is begun by a process that runs with other profiles or options than the last one was
made with, if it has run with them for less long than that epoch is there: of two processes that
differ, the one that was started last is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

import sqlalchemy as sa

from ...model.feed import IS_PUBLIC
from ..making.fingerprint import fingerprint
from .database import LOCK

__all__ = ["Epoch", "Epochs", "begin_epoch", "hold_lock", "read_epochs", "read_own", "try_lock"]

#: Seconds to wait for the lock: who holds it is done much sooner, or hangs.
_PATIENCE = 20
#: Seconds that who holds the lock may think before the database takes it away.
_LONGEST = 120
_SET_LIMITS = sa.text(
    "SELECT set_config('lock_timeout', :patience, true),"
    " set_config('idle_in_transaction_session_timeout', :longest, true)"
)

_SELECT_EPOCHS = sa.text(
    "SELECT id, fingerprint, started, is_current, claimed, total FROM gtplan_feed_epoch"
    " WHERE is_current OR swapped IS NULL ORDER BY is_current"
)
_INSERT_EPOCH = sa.text(
    "INSERT INTO gtplan_feed_epoch (fingerprint, started, swapped, total, is_current)"
    " SELECT :fingerprint, clock_timestamp(), CASE WHEN :is_current THEN clock_timestamp() END,"
    f" (SELECT count(*) FROM package p WHERE {IS_PUBLIC}), :is_current"
    " RETURNING id, fingerprint, started, is_current, claimed, total"
)
_INSERT_STATE = sa.text(
    "INSERT INTO gtplan_feed_state (id, revision, position, published)"
    " VALUES (1, 0, 0, clock_timestamp()) ON CONFLICT DO NOTHING"
)
#: What no change tells of: rows of the feeds that were lost, or packages written without triggers.
_NOTE_UNKNOWN = sa.text(
    "INSERT INTO gtplan_journal (package_id, source)"
    f" SELECT p.id, 'package' FROM package p WHERE {IS_PUBLIC}"
    " AND NOT EXISTS (SELECT 1 FROM gtplan_journal j"
    " WHERE j.package_id = p.id AND NOT j.is_followed)"
    " AND (:all OR NOT EXISTS (SELECT 1 FROM gtplan_feed_dataset d"
    " WHERE d.package_id = p.id AND d.version IS NOT NULL))"
    " ORDER BY p.metadata_created, p.id ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True)
class Epoch:
    """A row of ``gtplan_feed_epoch`` that is served or being built."""

    id: int
    fingerprint: str
    started: datetime
    is_current: bool
    claimed: int | None
    total: int


@dataclass(frozen=True)
class Epochs:
    """What is served, and what is being built to be served next."""

    current: Epoch | None
    building: Epoch | None

    @property
    def newest(self) -> Epoch | None:
        """The one that is right for processes that were started last."""
        return self.building or self.current

    @property
    def is_ours(self) -> bool:
        """Whether this process makes fragments as the newest epoch has them."""
        return self.newest is not None and self.newest.fingerprint == read_own()

    @property
    def is_outdated(self) -> bool:
        """Whether this process is right, and an epoch of its own must be begun."""
        newest = self.newest
        return newest is None or (not self.is_ours and newest.started < _running[0][1])

    def list_ours(self) -> list[int]:
        """List those that fragments made by this process belong in: what is served, always."""
        ours = [self.current.id] if self.current else []
        if self.building and self.is_ours:
            ours.append(self.building.id)
        return ours


#: What this process runs with, and since when: its start, or a change of options while it runs, as
#: the administrator's page makes them.
_running: list[tuple[str, datetime]] = []
_started = datetime.now(timezone.utc)


def read_own() -> str:
    """Give the fingerprint of what this process makes; remember since when it is that."""
    own = fingerprint()
    if not _running:
        _running.append((own, _started))
    elif _running[0][0] != own:
        _running[0] = (own, datetime.now(timezone.utc))
    return own


def hold_lock(connection: sa.Connection, *, is_shared: bool = False) -> None:
    """Wait until nobody else brings the feeds up to date, and keep others from it.

    Args:
        connection: in a transaction, whose end lets go.
        is_shared: with those who do the same.

    Raises:
        sqlalchemy.exc.OperationalError: ``LockNotAvailable``, it took too long.
    """
    _limit(connection)
    lock = "pg_advisory_xact_lock_shared" if is_shared else "pg_advisory_xact_lock"
    connection.execute(sa.text(f"SELECT {lock}(:key)"), {"key": LOCK})


def try_lock(connection: sa.Connection) -> bool:
    """Take the lock as ``hold_lock`` does, but only if nobody has it: tell whether."""
    _limit(connection)
    query = sa.text("SELECT pg_try_advisory_xact_lock(:key)")
    return bool(connection.scalar(query, {"key": LOCK}))


def _limit(connection: sa.Connection) -> None:
    limits = {"patience": f"{_PATIENCE}s", "longest": f"{_LONGEST}s"}
    connection.execute(_SET_LIMITS, limits)


def read_epochs(connection: sa.Connection) -> Epochs:
    """Read which epoch is served, and which is being built."""
    return _sort([Epoch(*row) for row in connection.execute(_SELECT_EPOCHS)])


def _sort(epochs: Sequence[Epoch]) -> Epochs:
    current = next((epoch for epoch in epochs if epoch.is_current), None)
    building = next((epoch for epoch in epochs if not epoch.is_current), None)
    return Epochs(current, building)


def begin_epoch(connection: sa.Connection, epochs: Epochs) -> Epoch:
    """Begin an epoch of this process; the first one is served at once and filled by changes.

    Args:
        connection: that holds the lock.
        epochs: those that there are; one that is being built is given up.
    """
    if epochs.building:
        give_up = sa.text("UPDATE gtplan_feed_epoch SET swapped = clock_timestamp() WHERE id = :id")
        connection.execute(give_up, {"id": epochs.building.id})
    is_first = epochs.current is None
    if is_first:  # the tables may be empty, as tests leave them
        connection.execute(_INSERT_STATE)
    says = {"fingerprint": read_own(), "is_current": is_first}
    begun = Epoch(*connection.execute(_INSERT_EPOCH, says).one())
    connection.execute(_NOTE_UNKNOWN, {"all": is_first})
    return begun
