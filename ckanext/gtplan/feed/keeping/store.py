"""The feeds are brought up to date: what has changed is made anew before anybody reads it.

The database notes each change in the transaction that makes it (``gtplan_journal``). Whoever reads
a feed, and a job after each save, follows what is noted, one at a time; what is left undone is
still noted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from psycopg2.errors import LockNotAvailable
from sqlalchemy.exc import OperationalError

from ...model.feed import IS_PUBLIC
from ..changes import Point
from ..making.fragment import Maker
from . import rebuild
from .database import get_engine
from .epochs import Epochs, begin_epoch, hold_lock, read_epochs, read_own, try_lock
from .queue import enqueue_once, keep_waiting, start_waiting
from .recording import record
from .storing import count_anew

__all__ = [
    "INLINE",
    "Busy",
    "State",
    "bring_up_to_date",
    "enqueue_refresh",
    "follow_all",
    "follow_changes",
    "read_state",
    "refresh",
]

#: Changed packages that a reader waits for; more are left to a job, and to each reader a share: a
#: portal may be without a worker.
INLINE = 200
#: Notes that are followed in one transaction, whose end others wait for: a package has some.
_AT_ONCE = 200
#: How often a reader goes over what others change while it is made.
_TRIES = 5
#: Seconds after which a reader should ask again.
_RETRY = 5

_SELECT_STATE = sa.text(
    "SELECT e.id AS epoch, coalesce(s.revision, 0) AS revision,"
    " coalesce(s.position, 0) AS position,"
    " coalesce(s.published, statement_timestamp()) AS published,"
    # in an order, so that it is looked up in the index whatever the statistics say
    " (SELECT seq FROM gtplan_journal WHERE NOT is_followed ORDER BY seq LIMIT 1) IS NOT NULL"
    " AS is_open,"
    " b.id AS building, coalesce(b.fingerprint, e.fingerprint) AS newest"
    " FROM (SELECT 1 AS id) one LEFT JOIN gtplan_feed_state s ON s.id = one.id"
    " LEFT JOIN gtplan_feed_epoch e ON e.is_current"
    " LEFT JOIN gtplan_feed_epoch b ON NOT b.is_current AND b.swapped IS NULL"
)
#: What is noted of packages that nobody sees and nobody saw: nothing follows from it, unless who
#: runs with other options has withdrawn them from what is served only. A package is looked at in
#: the same snapshot as what is noted of it.
_FOLLOW_UNSEEN = sa.text(
    "UPDATE gtplan_journal j SET is_followed = true WHERE NOT j.is_followed"
    f" AND NOT EXISTS (SELECT 1 FROM package p WHERE p.id = j.package_id AND {IS_PUBLIC})"
    " AND NOT EXISTS (SELECT 1 FROM gtplan_feed_dataset d"
    " WHERE d.package_id = j.package_id AND d.version IS NOT NULL)"
    " AND NOT EXISTS (SELECT 1 FROM gtplan_fragment f WHERE f.package_id = j.package_id"
    " AND f.epoch = ANY(ARRAY("
    "SELECT id FROM gtplan_feed_epoch WHERE is_current OR swapped IS NULL)))"
)
_SELECT_HIGHEST = sa.text("SELECT max(seq) FROM gtplan_journal WHERE NOT is_followed")
_SELECT_FIRST = sa.text(
    "SELECT seq, package_id FROM gtplan_journal WHERE NOT is_followed"
    " AND seq > :last AND seq <= :highest ORDER BY seq LIMIT :most"
)
_SELECT_ENTRIES = sa.text(
    "SELECT seq FROM gtplan_journal WHERE NOT is_followed AND package_id = ANY(:ids)"
)
_SELECT_MOVED = sa.text(
    "SELECT DISTINCT package_id FROM gtplan_journal"
    " WHERE NOT is_followed AND package_id = ANY(:ids) AND seq <> ALL(:seqs)"
)
_FOLLOW = sa.text(
    "UPDATE gtplan_journal SET is_followed = true WHERE seq = ANY(:seqs) AND package_id = ANY(:ids)"
)
_COUNT_LEFT = sa.text(
    "SELECT count(DISTINCT package_id) FROM gtplan_journal"
    " WHERE NOT is_followed AND seq <= :highest AND package_id <> ALL(:followed)"
)
_IS_MUCH = sa.text(
    "SELECT count(*) > :most FROM (SELECT DISTINCT package_id FROM gtplan_journal"
    " WHERE NOT is_followed LIMIT :most + 1) t"
)


class Busy(Exception):
    """More has changed than a reader should wait for: a job follows it.

    Args:
        retry_after: seconds after which to ask again.
    """

    def __init__(self, retry_after: int = _RETRY) -> None:
        super().__init__("the feeds are being brought up to date")
        self.retry_after = retry_after


@dataclass(frozen=True)
class State:
    """How far the feeds are.

    Attributes:
        epoch: id of the one that is served; None before the first one.
        revision: grows when something that is served changes.
        position: of the last event.
        published: when that was.
        is_open: something has changed that was not followed.
    """

    epoch: int | None
    revision: int
    position: int
    published: datetime
    is_open: bool

    @property
    def point(self) -> Point:
        """The last point of the stream of changes."""
        return Point(self.position, self.published)


def read_state(connection: sa.Connection) -> State:
    """Read how far the feeds are, in one look-up.

    Args:
        connection: whose snapshot counts.
    """
    return _make_state(connection.execute(_SELECT_STATE).one())


def _make_state(row: sa.Row[Any]) -> State:
    # what a process leaves open because others are right, it has followed as far as it can
    is_open = row.is_open and row.newest in (None, read_own())
    return State(row.epoch, row.revision, row.position, row.published, is_open)


def bring_up_to_date() -> State:
    """Follow all that was changed before this was called; what a reader calls first.

    Returns:
        How far the feeds are; open, if more has been changed meanwhile.

    Raises:
        Busy: that would take too long; a job does it.
    """
    with get_engine().connect() as connection:
        row = connection.execute(_SELECT_STATE).one()
    if row.building:
        rebuild.keep_going(row.building)
    if row.newest == read_own() and not row.is_open:
        return _make_state(row)
    try:
        _catch_up()
    except OperationalError as error:
        if isinstance(error.orig, LockNotAvailable):
            raise Busy from error
        raise
    with get_engine().connect() as connection:
        return read_state(connection)


def _catch_up() -> None:
    rebuild.renew(INLINE)
    for _ in range(_TRIES):
        if _is_much():
            enqueue_once(follow_changes)
            _take_share()
            raise Busy
        if not refresh():
            return
    raise Busy(1)


def _is_much() -> bool:
    with get_engine().begin() as connection:
        if not connection.execute(_IS_MUCH, {"most": INLINE}).scalar_one():
            return False
        hold_lock(connection)
        connection.execute(_FOLLOW_UNSEEN)
        return bool(connection.execute(_IS_MUCH, {"most": INLINE}).scalar_one())


def _take_share() -> None:
    """Follow as much as a reader waits for, unless somebody else is at it."""
    with get_engine().begin() as connection:
        if try_lock(connection):
            highest = connection.scalar(_SELECT_HIGHEST)
            _follow_first(connection, {"last": 0, "highest": highest, "most": INLINE})


def refresh(most: int = INLINE) -> int:
    """Follow what is noted, the oldest first.

    Args:
        most: packages to bring up to date, or some more.

    Returns:
        How many of the packages that had changed before this was called are left.
    """
    highest, followed = _look_through(), set[str]()
    for ids in _follow_up_to(highest):
        followed.update(ids)
        if len(followed) >= most:
            break
    with get_engine().connect() as connection:
        given = {"highest": highest, "followed": list(followed)}
        return int(connection.scalar(_COUNT_LEFT, given) or 0)


def _look_through() -> int:
    """Follow what nothing follows from; tell up to where the rest goes."""
    with get_engine().begin() as connection:
        hold_lock(connection)
        connection.execute(_FOLLOW_UNSEEN)
        return int(connection.scalar(_SELECT_HIGHEST) or 0)


def _follow_up_to(highest: int) -> Iterator[list[str]]:
    """Bring packages up to date, some in each transaction."""
    last = 0
    while last < highest:
        with get_engine().begin() as connection:
            hold_lock(connection)
            limits = {"last": last, "highest": highest, "most": _AT_ONCE}
            last, followed = _follow_first(connection, limits)
        yield followed


def _follow_first(connection: sa.Connection, limits: dict[str, int]) -> tuple[int, list[str]]:
    """Follow the first notes within limits; tell up to where, and of which packages."""
    rows = connection.execute(_SELECT_FIRST, limits).all()
    if not rows:
        return limits["highest"], []
    ids = list(dict.fromkeys(row.package_id for row in rows))
    return rows[-1].seq, _follow(connection, ids)


def _follow(connection: sa.Connection, ids: Sequence[str]) -> list[str]:
    """Bring some packages up to date; leave out which of them change meanwhile."""
    epochs = read_epochs(connection)
    if epochs.current is None:
        epochs = Epochs(begin_epoch(connection, epochs), None)
    seqs = list(connection.scalars(_SELECT_ENTRIES, {"ids": ids}))
    made = {m.package_id: m for m in Maker(connection).make(ids)}
    # read in several statements, a package may be half as it was and half as it is now
    moved = set(connection.scalars(_SELECT_MOVED, {"ids": ids, "seqs": seqs}))
    still = [id_ for id_ in ids if id_ not in moved]
    stored = {id_: made[id_] for id_ in still if id_ in made}
    record(connection, epochs.list_ours(), still, stored)
    if epochs.is_ours:
        connection.execute(_FOLLOW, {"seqs": seqs, "ids": still})
    return still


def follow_all() -> Iterator[int]:
    """Follow all that is noted now, some at a time, however long it takes.

    Yields:
        How many packages were brought up to date.
    """
    for ids in _follow_up_to(_look_through()):
        keep_waiting(follow_changes)
        yield len(ids)


def follow_changes() -> None:
    """Follow all that is noted, and make ready what is sent; a job."""
    followed = sum(follow_all())
    start_waiting(follow_changes)
    if refresh():  # more has come between those two than a turn should take
        enqueue_once(follow_changes)
        return
    with get_engine().begin() as connection:
        if followed > INLINE:
            count_anew(connection)
        state = read_state(connection)
    if state.epoch is not None:
        rebuild.make_ready(state.epoch)


def enqueue_refresh() -> None:
    """Have a job follow what is noted."""
    enqueue_once(follow_changes)
