"""A new epoch is built beside the one that is served, and takes its place at once.

Any number of workers build it: each takes on the next block of neighbours, makes their fragments,
and of those the ready blocks while it has them at hand. What a worker left when it was killed, the
last one finds. Whoever follows changes meanwhile writes into both, and what they write is newer
than what a worker read.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from ckan.lib import jobs
from redis.exceptions import RedisError
from rq import Worker
from sqlalchemy.exc import IntegrityError

from ...model.feed import BLOCK, IS_PUBLIC, SYNTAXES
from ..making.fragment import Maker
from .blocks import list_missing, list_parts, make_blocks, pack_block, store_block
from .database import get_engine
from .epochs import Epoch, begin_epoch, hold_lock, read_epochs, read_own
from .queue import enqueue, enqueue_once, keep_waiting, start_waiting
from .recording import Change, Said, announce, compare
from .storing import add_fragments, count_anew

__all__ = [
    "begin",
    "build",
    "enqueue_build",
    "keep_going",
    "make_ready",
    "read_progress",
    "renew",
    "see_through",
    "work",
]

log = logging.getLogger(__name__)

#: Seconds after which a job lets others have its worker, and goes on after them.
_TURN = 30
#: Seconds between two looks at how far it is.
_LOOK = 1
#: Rows of an epoch of the past that are deleted in one transaction.
_DELETED_AT_ONCE = 2_000

_SELECT_CLAIMED = sa.text(
    "SELECT claimed FROM gtplan_feed_epoch WHERE id = :epoch AND swapped IS NULL FOR NO KEY UPDATE"
)
#: Public, and told of: who follows changes has given them a place.
_KNOWN = (
    f"gtplan_feed_dataset d JOIN package p ON p.id = d.package_id AND {IS_PUBLIC}"
    " WHERE d.version IS NOT NULL"
)
_SELECT_NEXT = sa.text(
    f"SELECT d.ordinal / {BLOCK} FROM {_KNOWN} AND d.ordinal >= :after * {BLOCK}"
    " ORDER BY d.ordinal LIMIT 1"
)
_CLAIM = sa.text("UPDATE gtplan_feed_epoch SET claimed = :claimed WHERE id = :epoch")
#: The block of the first dataset that is neither made nor noted to be made by who follows changes.
_SELECT_MISSING = sa.text(
    f"SELECT d.ordinal / {BLOCK} FROM {_KNOWN} AND NOT EXISTS (SELECT 1 FROM gtplan_fragment f"
    " WHERE f.epoch = :epoch AND f.package_id = p.id) AND NOT EXISTS (SELECT 1"
    " FROM gtplan_journal j WHERE j.package_id = p.id AND NOT j.is_followed)"
    " ORDER BY d.ordinal LIMIT 1"
)
_SELECT_PLACES = sa.text(
    f"SELECT d.package_id, d.ordinal FROM {_KNOWN} AND d.ordinal >= :number * {BLOCK}"
    f" AND d.ordinal < (:number + 1) * {BLOCK} ORDER BY d.ordinal"
)
_COUNT_WITHIN = sa.text(
    f"SELECT count(*) FROM gtplan_fragment WHERE epoch = :epoch AND ordinal >= :number * {BLOCK}"
    f" AND ordinal < (:number + 1) * {BLOCK}"
)
#: A reason to look at packages again.
_NOTE = sa.text(
    "INSERT INTO gtplan_journal (package_id, source)"
    " SELECT id, 'package' FROM unnest(cast(:ids AS text[])) AS t(id) ON CONFLICT DO NOTHING"
)
_TRY_LOCK, _WAIT_LOCK = (
    sa.text(f"SELECT {lock}(hashtextextended('gtplan blocks', :epoch * 8 + :number))")
    for lock in ("pg_try_advisory_xact_lock", "pg_advisory_xact_lock")
)
_COUNT_MADE = sa.text("SELECT count(*) FROM gtplan_fragment WHERE epoch = :epoch")
_SWAP_OUT = sa.text("UPDATE gtplan_feed_epoch SET is_current = false WHERE is_current")
_SWAP_IN = sa.text(
    "UPDATE gtplan_feed_epoch SET is_current = true, swapped = clock_timestamp() WHERE id = :epoch"
)
#: What is told of a swap: of what is noted, who follows changes tells.
_SELECT_CHANGES = sa.text(
    "SELECT d.package_id, d.ordinal, d.iri, d.version, f.iri AS new_iri,"
    " f.version AS new_version"
    f" FROM gtplan_feed_dataset d LEFT JOIN package p ON p.id = d.package_id AND {IS_PUBLIC}"
    " LEFT JOIN gtplan_fragment f ON f.epoch = :epoch AND f.package_id = p.id"
    " WHERE d.version IS NOT NULL AND (p.id IS NULL OR f.version <> d.version OR f.iri <> d.iri)"
    " AND NOT EXISTS (SELECT 1 FROM gtplan_journal j WHERE j.package_id = d.package_id"
    " AND NOT j.is_followed) ORDER BY d.ordinal"
)
_SELECT_PAST = sa.text(
    "SELECT id FROM gtplan_feed_epoch WHERE NOT is_current AND swapped IS NOT NULL"
)
# by their places on the disk: the statistics know nothing yet of what was made and served just now
_DELETE_FRAGMENTS, _DELETE_BLOCKS = (
    sa.text(
        f"DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table}"
        " WHERE epoch = :epoch LIMIT :most FOR UPDATE SKIP LOCKED))"
    )
    for table in ("gtplan_fragment", "gtplan_feed_block")
)
_DELETE_EPOCH = sa.text("DELETE FROM gtplan_feed_epoch WHERE id = :epoch")


@dataclass(frozen=True)
class Progress:
    """How far an epoch is that is being built: datasets of all that there were."""

    done: int
    total: int


def renew(inline: int) -> None:
    """Begin an epoch if this process runs with other profiles or options, and is right.

    Args:
        inline: with no more datasets than this it is built at once, else by jobs.
    """
    with get_engine().connect() as connection:
        if not read_epochs(connection).is_outdated:
            return
    with get_engine().begin() as connection:
        hold_lock(connection)
        epochs = read_epochs(connection)
        if not epochs.is_outdated:  # another process was faster
            return
        epoch = begin_epoch(connection, epochs)
    if epoch.is_current:
        return
    if epoch.total <= inline:
        build(epoch.id)
    else:
        enqueue_build(epoch.id)


def begin() -> Epoch:
    """Begin an epoch of this process, because somebody asks for it.

    Returns:
        The epoch: the first one is served at once, and filled by who follows changes.
    """
    with get_engine().begin() as connection:
        hold_lock(connection)
        return begin_epoch(connection, read_epochs(connection))


def enqueue_build(epoch: int) -> None:
    """Have an epoch built by as many jobs as there are workers.

    Args:
        epoch: that was begun.
    """
    try:
        keep_waiting(work, epoch)
        for _ in range(max(1, Worker.count(queue=jobs.get_queue()))):
            enqueue(work, epoch)
    except RedisError:
        log.exception("the feeds: the jobs that build an epoch could not be enqueued")


def keep_going(epoch: int) -> None:
    """Enqueue a job that builds an epoch if no other one is at work or waits.

    Args:
        epoch: that is being built.
    """
    enqueue_once(work, epoch)


def work(epoch: int) -> None:
    """Build an epoch for a while, then wait behind others to go on; a job.

    Args:
        epoch: that was begun; nothing is done if it has been built, or given up.
    """
    if not _is_ours(epoch):
        return
    keep_waiting(work, epoch)
    if build(epoch, until=time.monotonic() + _TURN):
        start_waiting(work, epoch)
    else:
        enqueue(work, epoch)


def _is_ours(epoch: int) -> bool:
    with get_engine().connect() as connection:
        building = read_epochs(connection).building
    if building is None or building.id != epoch:
        return False
    if building.fingerprint != read_own():
        log.warning("epoch %d is not built by this worker, which must be started again", epoch)
        return False
    return True


def build(epoch: int, until: float = float("inf")) -> bool:
    """Build an epoch, make ready what is sent, and swap.

    Args:
        epoch: that was begun.
        until: moment (``time.monotonic``) after which to stop.

    Returns:
        Whether there is nothing left to do.
    """
    try:
        is_swapped = False
        while not is_swapped:
            for number in _list_work(epoch):
                _make(epoch, number)
                keep_waiting(work, epoch)
                if time.monotonic() > until:
                    return False
            if not make_ready(epoch, until):
                return False
            is_swapped = swap(epoch)
    except IntegrityError:  # its row is gone: another one was begun
        log.info("epoch %d was given up", epoch)
    sweep()
    return True


def _list_work(epoch: int) -> Iterator[int]:
    """Take on blocks until all are taken, then find those of which something is missing."""
    while (number := _claim(epoch)) is not None:
        yield number
    with get_engine().begin() as connection:
        count_anew(connection)
    while (number := _find_missing(epoch)) is not None:
        yield number


def _claim(epoch: int) -> int | None:
    with get_engine().begin() as connection:
        row = connection.execute(_SELECT_CLAIMED, {"epoch": epoch}).first()
        if row is None:
            return None
        after = 0 if row.claimed is None else row.claimed + 1
        number: int | None = connection.scalar(_SELECT_NEXT, {"after": after})
        if number is not None:
            connection.execute(_CLAIM, {"epoch": epoch, "claimed": number})
    return number


def _find_missing(epoch: int) -> int | None:
    with get_engine().connect() as connection:
        number: int | None = connection.scalar(_SELECT_MISSING, {"epoch": epoch})
    return number


def _make(epoch: int, number: int) -> None:
    """Make the fragments of a block; what was written meanwhile of a newer state stays."""
    with get_engine().begin() as connection:
        ids = list(_read_places(connection, number))
        made = list(Maker(connection).make(ids))
        blocks = {name: pack_block(name, (m.bodies[name] for m in made)) for name in SYNTAXES}
        hold_lock(connection, is_shared=True)
        # of what was withdrawn meanwhile nothing is kept
        places = _read_places(connection, number)
        added = add_fragments(connection, epoch, made, places)
        if made and added == len(made) == _count_within(connection, epoch, number):
            versions = [m.version.encode() for m in made]
            for syntax, block in blocks.items():
                store_block(connection, epoch, syntax, number, block, versions)
        # seen by nobody, as a plugin's labels say now
        seen = {m.package_id for m in made}
        connection.execute(_NOTE, {"ids": [id_ for id_ in ids if id_ not in seen]})


def _read_places(connection: sa.Connection, number: int) -> dict[str, int]:
    """Read the datasets of a block: their places, by id, in order."""
    rows = connection.execute(_SELECT_PLACES, {"number": number})
    return {row.package_id: row.ordinal for row in rows}


def _count_within(connection: sa.Connection, epoch: int, number: int) -> int:
    return int(connection.scalar(_COUNT_WITHIN, {"epoch": epoch, "number": number}) or 0)


def make_ready(epoch: int, until: float = float("inf")) -> bool:
    """Make the blocks that are missing.

    Args:
        epoch: whose blocks.
        until: moment (``time.monotonic``) after which to stop.

    Returns:
        Whether there was time for all of them.
    """
    numbers = range(len(SYNTAXES))
    # of two workers, each makes those of other syntaxes; then each waits until the others have
    busy = [n for n in numbers if not _make_blocks(epoch, n, until, _TRY_LOCK)]
    return all(_make_blocks(epoch, n, until, _WAIT_LOCK) for n in busy)


def _make_blocks(epoch: int, number: int, until: float, lock: sa.TextClause) -> bool:
    syntax = SYNTAXES[number]
    with get_engine().begin() as guard:
        if guard.execute(lock, {"epoch": epoch, "number": number}).scalar() is False:
            return False
        with get_engine().connect() as connection:
            missing = list_missing(connection, epoch, list_parts(connection, epoch, syntax))
        for block in missing:
            with get_engine().begin() as connection:
                make_blocks(connection, epoch, syntax, [block])
            keep_waiting(work, epoch)
            if time.monotonic() > until:
                return False
    return True


def read_progress(connection: sa.Connection, epoch: int) -> Progress | None:
    """Read how far an epoch is that is being built; None if it is built, or was given up."""
    building = read_epochs(connection).building
    if building is None or building.id != epoch:
        return None
    done = int(connection.scalar(_COUNT_MADE, {"epoch": epoch}) or 0)
    return Progress(done, max(done, building.total))


def see_through(epoch: int, show: Callable[[int, int], None]) -> None:
    """Take part in building an epoch until it is built, whoever does it.

    Args:
        epoch: that was begun.
        show: told how many datasets are done, of how many.
    """
    while True:
        with get_engine().connect() as connection:
            progress = read_progress(connection, epoch)
        if progress is None:
            return
        show(progress.done, progress.total)
        build(epoch, until=time.monotonic() + _LOOK)


def swap(epoch: int) -> bool:
    """Serve an epoch from now on, and tell what that changes.

    Args:
        epoch: that was built.

    Returns:
        Whether nothing was missing.
    """
    with get_engine().begin() as connection:
        hold_lock(connection)
        building = read_epochs(connection).building
        if building is None or building.id != epoch:
            return True
        if connection.scalar(_SELECT_MISSING, {"epoch": epoch}) is not None:
            return False
        rows = connection.execute(_SELECT_CHANGES, {"epoch": epoch}).all()
        announce(connection, [change for row in rows for change in _compare(row)])
        connection.execute(_SWAP_OUT)
        connection.execute(_SWAP_IN, {"epoch": epoch})
        return True


def _compare(row: sa.Row[Any]) -> Iterable[Change]:
    is_there = row.new_version is not None
    after = Said(row.new_iri, row.new_version) if is_there else None
    return compare(row.package_id, Said(row.iri, row.version), after)


def sweep() -> None:
    """Delete the epochs of the past, a part at a time."""
    with get_engine().connect() as connection:
        past = list(connection.scalars(_SELECT_PAST))
    for epoch in past:
        for query in (_DELETE_FRAGMENTS, _DELETE_BLOCKS, _DELETE_EPOCH):
            is_deleting = True
            while is_deleting:
                with get_engine().begin() as connection:
                    limits = {"epoch": epoch, "most": _DELETED_AT_ONCE}
                    is_deleting = connection.execute(query, limits).rowcount > 0
