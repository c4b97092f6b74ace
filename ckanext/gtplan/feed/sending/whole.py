"""The whole catalogue as one document, of ready blocks, or of fragments where it is narrowed."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from psycopg2.errors import LockNotAvailable
from sqlalchemy.exc import IntegrityError, OperationalError

from ..keeping import blocks
from ..keeping.blocks import Block, BlockMismatch, Part
from ..keeping.database import get_engine
from ..keeping.epochs import hold_lock
from ..keeping.queue import enqueue_once
from ..keeping.store import Busy, State, follow_changes
from ..making.layout import SEPARATORS, TAILS
from .filters import Filters
from .head import make_head
from .selection import Selection, Total
from .snapshot import Snapshot, open_snapshot
from .stream import Document, Frame, PackedFrame, join_bodies, pack

__all__ = ["make_narrowed", "make_whole", "open_blocks"]

log = logging.getLogger(__name__)

#: Packed bytes that are read at once: some thirty megabytes of text, as a rule. With an eighth of
#: it, reading takes three times as long.
_AT_ONCE = 3 << 20
#: Missing blocks that a reader makes; more are left to a job, and to each reader as many.
_INLINE = 40


def open_blocks(syntax: str, known: State) -> tuple[Snapshot, list[Part]]:
    """Take a snapshot, and list the blocks of the catalogue in it; make what is missing.

    Args:
        syntax: one of SYNTAXES.
        known: what the caller got who has just brought the feeds up to date.

    Returns:
        The snapshot, which the caller closes, and the blocks that have datasets, in order.

    Raises:
        Busy: more has to be made than a reader should wait for.
    """
    snapshot = open_snapshot(known)
    try:
        parts = blocks.list_parts(snapshot.connection, snapshot.epoch, syntax)
        missing = blocks.list_missing(snapshot.connection, snapshot.epoch, parts)
        if not (missing or snapshot.state.is_open):
            return snapshot, [part for part in parts if part.count]
        if missing:
            snapshot.close()
            _make_missing(snapshot.epoch, syntax, missing[:_INLINE])
            if len(missing) > _INLINE:
                enqueue_once(follow_changes)
                raise Busy
            snapshot = open_snapshot()
        return snapshot, _list_all(snapshot, syntax)
    except BaseException:
        snapshot.close()
        raise


def _make_missing(epoch: int, syntax: str, numbers: Sequence[int]) -> None:
    try:
        for number in numbers:
            with get_engine().begin() as connection:
                blocks.make_blocks(connection, epoch, syntax, [number])
    except IntegrityError:  # the epoch was followed by another just now, and is deleted
        log.info("epoch %d is served no longer", epoch)
    except OperationalError as error:
        if isinstance(error.orig, LockNotAvailable):
            raise Busy from error
        raise


def _list_all(snapshot: Snapshot, syntax: str) -> list[Part]:
    """List the blocks; those that others touch all the time are made for this answer only."""
    connection, epoch = snapshot.connection, snapshot.epoch
    parts = {part.number: part for part in blocks.list_parts(connection, epoch, syntax)}
    doubtful = set(blocks.list_missing(connection, epoch, list(parts.values())))
    if snapshot.state.is_open:
        doubtful |= blocks.list_touched(connection) & parts.keys()
    if len(doubtful) > _INLINE:
        raise Busy
    for number in doubtful:
        parts[number] = blocks.make_part(connection, epoch, syntax, number)
    return [part for _, part in sorted(parts.items()) if part.count]


def make_whole(
    snapshot: Snapshot, syntax: str, parts: Sequence[Part], *, is_packed: bool
) -> Document:
    """Make the document of the whole catalogue.

    Args:
        snapshot: is closed with it.
        syntax: one of SYNTAXES.
        parts: as of ``open_blocks``.
        is_packed: as gzip.
    """
    make_frame = PackedFrame if is_packed else Frame
    head = make_head(snapshot, syntax, is_empty=not parts)
    frame = make_frame(head, SEPARATORS[syntax], TAILS[syntax])
    size = frame.measure(len(parts), sum(p.stored if is_packed else p.size for p in parts))
    return Document(snapshot, frame.join(_read(snapshot, syntax, parts)), size)


def make_narrowed(
    snapshot: Snapshot, syntax: str, filters: Filters, total: Total, *, is_packed: bool
) -> Document:
    """Make the document of what filters leave of the catalogue.

    Args:
        snapshot: is closed with it.
        syntax: one of SYNTAXES.
        filters: of the request.
        total: of what they leave.
        is_packed: as gzip, whose size nobody knows before its end.
    """
    bodies = Selection(snapshot, syntax, filters).iterate()
    head, separator = make_head(snapshot, syntax, is_empty=not total.count), SEPARATORS[syntax]
    pieces = join_bodies(head, bodies, separator, TAILS[syntax])
    if is_packed:
        return Document(snapshot, pack(pieces), None)
    around = len(head) + len(TAILS[syntax]) + max(total.count - 1, 0) * len(separator)
    return Document(snapshot, pieces, around + total.size)


def _read(snapshot: Snapshot, syntax: str, parts: Sequence[Part]) -> Iterator[Block]:
    for group in _group(parts):
        if made := group[0].made:
            yield made
            snapshot.stay()
            continue
        try:
            for block in blocks.read_blocks(snapshot.connection, snapshot.epoch, syntax, group):
                yield block
                snapshot.stay()
        except BlockMismatch as error:
            log.exception("a feed breaks off")
            # the next reader has them made anew
            _remove_blocks(snapshot.epoch, error.numbers)
            raise


def _group(parts: Sequence[Part]) -> Iterator[list[Part]]:
    """Group neighbours that are read at once; what was made already stands alone."""
    group: list[Part] = []
    size = 0
    for part in parts:
        if group and (part.made or group[0].made or size + part.stored > _AT_ONCE):
            yield group
            group, size = [], 0
        group.append(part)
        size += part.stored
    if group:
        yield group


def _remove_blocks(epoch: int, numbers: Sequence[int]) -> None:
    query = "DELETE FROM gtplan_feed_block WHERE epoch = :epoch AND number = ANY (:numbers)"
    with get_engine().begin() as connection:
        hold_lock(connection, is_shared=True)
        connection.execute(sa.text(query), {"epoch": epoch, "numbers": list(numbers)})
