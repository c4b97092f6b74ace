"""One sight of the database for a whole answer, on a connection of the answer's own."""

from __future__ import annotations

import time

import sqlalchemy as sa

from ..keeping import store
from ..keeping.database import get_engine

__all__ = ["Snapshot", "TooSlow", "open_snapshot"]

#: How often another snapshot is taken, when something changed between the last look and it.
_TRIES = 3
#: Seconds that a reader may stall before the database ends the connection, and with it the answer.
_PATIENCE = 120
#: Seconds after which a reader that is slow, but reads, is told from one that stalls.
_PULSE = 1
#: Seconds that an answer may take: who reads more slowly holds a place, and rows that the database
#: could otherwise clear away.
_LONGEST = 3600


class TooSlow(Exception):
    """An answer took longer than any reader needs: it breaks off."""


class Snapshot:
    """A transaction that sees the feeds as they were when it began, and writes nothing.

    Attributes:
        connection: of the answer's own.
        state: how far the feeds are in it.
    """

    def __init__(self) -> None:
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self.connection: sa.Connection = get_engine().connect().execution_options(**options)
        try:
            patience = f"SET LOCAL idle_in_transaction_session_timeout = '{_PATIENCE}s'"
            self.connection.execute(sa.text(patience))
            self.state = store.read_state(self.connection)
            self._begun = self._seen = time.monotonic()
        except BaseException:
            self.close()
            raise

    @property
    def epoch(self) -> int:
        """Id of the epoch that is served."""
        if self.state.epoch is None:
            raise store.Busy
        return self.state.epoch

    def stay(self) -> None:
        """Say between two pieces that what was read is still being sent.

        Raises:
            TooSlow: it has taken too long.
            sqlalchemy.exc.DBAPIError: the connection has ended.
        """
        now = time.monotonic()
        if now - self._begun > _LONGEST:
            raise TooSlow(f"an answer was not read within {_LONGEST} seconds")
        if now - self._seen > _PULSE:
            self.connection.execute(sa.text("SELECT 1"))
            self._seen = now

    def abandon(self) -> None:
        """End the connection, which may be broken."""
        self.connection.invalidate()
        self.close()

    def close(self) -> None:
        """Give the connection back."""
        self.connection.close()


def open_snapshot(known: store.State | None = None) -> Snapshot:
    """Take a snapshot in which, as far as possible, nothing waits to be brought into the feeds.

    What was committed before this is called is in the feeds of the snapshot. Where others write
    without a pause, something that they committed since may wait in it all the same.

    Args:
        known: what the caller got who has just brought the feeds up to date.

    Raises:
        Busy: more has changed than a reader should wait for.
    """
    for left in reversed(range(_TRIES)):
        state, known = known or store.bring_up_to_date(), None
        snapshot = Snapshot()
        # what was followed into one epoch need not be in the other one that is served since
        is_same = snapshot.state.epoch == state.epoch is not None
        if left == 0 or (is_same and not snapshot.state.is_open):
            return snapshot
        snapshot.close()
    raise AssertionError("the last try gives what there is")
