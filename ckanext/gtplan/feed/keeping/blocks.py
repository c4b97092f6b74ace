"""Ready blocks: the fragments of neighbours, joined and compressed, sent as they are.

A block is made when it is missing, under the lock of those who change fragments, and taken away
by who follows a change of one of its packages. Before its bytes are sent it is compared, in the
very statement that reads it, with the packages that are public at that moment.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from ...model.feed import BLOCK, IS_PUBLIC
from ..making.layout import SEPARATORS
from .deflate import compress, make_shift
from .epochs import hold_lock
from .rows import copy_rows

__all__ = [
    "Block",
    "BlockMismatch",
    "Part",
    "list_missing",
    "list_parts",
    "list_touched",
    "make_blocks",
    "make_part",
    "pack_block",
    "read_blocks",
    "store_block",
]

_PUBLIC = f"gtplan_fragment f JOIN package p ON p.id = f.package_id AND {IS_PUBLIC}"
_WITHIN = f"f.epoch = :epoch AND f.ordinal >= :first * {BLOCK} AND f.ordinal < :after * {BLOCK}"
_STORE = sa.text(
    "INSERT INTO gtplan_feed_block (epoch, syntax, number, body, size, crc, shift, count, stamp)"
    " VALUES (:epoch, :syntax, :number, :body, :size, :crc, :shift, :count, :stamp)"
    " ON CONFLICT (epoch, syntax, number) DO UPDATE SET body = excluded.body,"
    " size = excluded.size, crc = excluded.crc, shift = excluded.shift,"
    " count = excluded.count, stamp = excluded.stamp"
)
#: Blocks, each with whether it is of the datasets, in the versions, that are public now.
_READ = (
    "SELECT b.number::bigint, b.size::bigint, b.crc::bigint, b.shift::bigint,"
    " (b.stamp = coalesce(s.stamp, md5('')))::int::bigint, b.body FROM gtplan_feed_block b"
    f" LEFT JOIN (SELECT f.ordinal / {BLOCK} AS number,"
    f" md5(string_agg(f.version, '' ORDER BY f.ordinal)) AS stamp FROM {_PUBLIC}"
    f" WHERE {_WITHIN} GROUP BY 1) s ON s.number = b.number"
    " WHERE b.epoch = :epoch AND b.syntax = :syntax AND b.number = ANY (:numbers)"
    " ORDER BY b.number"
)


class BlockMismatch(Exception):
    """A block isn't of what is public now: something has changed without being noted.

    Args:
        numbers: of such blocks.
    """

    def __init__(self, numbers: Sequence[int]) -> None:
        super().__init__(f"the ready blocks {numbers} are not of what is public now")
        self.numbers = numbers


@dataclass(frozen=True)
class Block:
    """A block as it is sent; attributes as in ``model.FeedBlock``."""

    size: int
    crc: int
    shift: int
    body: bytes


@dataclass(frozen=True)
class Part:
    """What is known of a block before it is read.

    Attributes:
        number: of the block.
        count: datasets in it.
        size: bytes before compression.
        stored: bytes of its body.
        made: the block, where it was made for one answer only.
    """

    number: int
    count: int
    size: int
    stored: int
    made: Block | None = None


def list_parts(connection: sa.Connection, epoch: int, syntax: str) -> list[Part]:
    """List the blocks that are ready, in order."""
    query = (
        "SELECT number, count, size, octet_length(body) FROM gtplan_feed_block"
        " WHERE epoch = :epoch AND syntax = :syntax ORDER BY number"
    )
    rows = connection.execute(sa.text(query), {"epoch": epoch, "syntax": syntax})
    return [Part(*row) for row in rows]


def list_missing(connection: sa.Connection, epoch: int, parts: Iterable[Part]) -> list[int]:
    """List the blocks that are not ready, without looking at the fragments of those that are.

    Args:
        connection: whose snapshot counts.
        epoch: whose fragments.
        parts: the blocks that are ready.
    """
    query = "SELECT max(ordinal) FROM gtplan_fragment WHERE epoch = :epoch"
    last = connection.execute(sa.text(query), {"epoch": epoch}).scalar()
    numbers = range(0 if last is None else last // BLOCK + 1)
    unknown = sorted(set(numbers) - {part.number for part in parts})
    if not unknown:
        return []
    # where all datasets were withdrawn there is nothing to make
    query = (
        "SELECT number FROM unnest(CAST(:numbers AS bigint[])) number WHERE EXISTS (SELECT 1"
        " FROM gtplan_fragment f WHERE f.epoch = :epoch"
        f" AND f.ordinal BETWEEN number * {BLOCK} AND number * {BLOCK} + {BLOCK - 1})"
    )
    found = connection.scalars(sa.text(query), {"epoch": epoch, "numbers": unknown})
    return sorted(found)


def list_touched(connection: sa.Connection) -> set[int]:
    """List the blocks of the packages whose changes have not been followed."""
    query = (
        f"SELECT DISTINCT d.ordinal / {BLOCK} FROM gtplan_journal j JOIN gtplan_feed_dataset d"
        " ON d.package_id = j.package_id WHERE NOT j.is_followed"
    )
    return set(connection.scalars(sa.text(query)))


def make_blocks(connection: sa.Connection, epoch: int, syntax: str, numbers: Iterable[int]) -> None:
    """Make blocks anew, of the fragments that are public now, and keep them.

    Whoever changes fragments waits until the transaction ends: so it should hold few blocks.

    Args:
        connection: in a transaction that sees what was committed before each statement.
        epoch: whose fragments.
        syntax: one of SYNTAXES.
        numbers: of the blocks.

    Raises:
        sqlalchemy.exc.OperationalError: ``LockNotAvailable``, it took too long.
    """
    hold_lock(connection, is_shared=True)
    for number in numbers:
        block, versions = _make_block(connection, epoch, syntax, number)
        store_block(connection, epoch, syntax, number, block, versions)


def store_block(
    connection: sa.Connection,
    epoch: int,
    syntax: str,
    number: int,
    block: Block,
    versions: Sequence[bytes],
) -> None:
    """Keep a block.

    Args:
        connection: in a transaction that holds the lock, as ``make_blocks`` takes it.
        epoch: whose fragments.
        syntax: one of SYNTAXES.
        number: of the block.
        block: the block.
        versions: of all fragments that are public in its place, in order.
    """
    stamp = hashlib.md5(b"".join(versions), usedforsecurity=False).hexdigest()
    row = {"epoch": epoch, "syntax": syntax, "number": number, "stamp": stamp}
    connection.execute(_STORE, {**row, **vars(block), "count": len(versions)})


def make_part(connection: sa.Connection, epoch: int, syntax: str, number: int) -> Part:
    """Make a block for one answer only.

    Args:
        connection: whose snapshot counts.
        epoch: whose fragments.
        syntax: one of SYNTAXES.
        number: of the block.
    """
    block, versions = _make_block(connection, epoch, syntax, number)
    return Part(number, len(versions), block.size, len(block.body), block)


def _make_block(
    connection: sa.Connection, epoch: int, syntax: str, number: int
) -> tuple[Block, Sequence[bytes]]:
    # texts and versions in one statement: between two, a dataset may become private
    query = f"SELECT f.version, f.{syntax} FROM {_PUBLIC} WHERE {_WITHIN} ORDER BY f.ordinal"
    given = {"epoch": epoch, "first": number, "after": number + 1}
    rows = list(copy_rows(connection, query, given, numbers=0))
    return pack_block(syntax, [body for _, body in rows]), [version for version, _ in rows]


def pack_block(syntax: str, bodies: Iterable[bytes]) -> Block:
    """Join the texts of neighbours, and compress them.

    Args:
        syntax: one of SYNTAXES.
        bodies: in order.
    """
    text = SEPARATORS[syntax].join(bodies)
    body = compress([text]) if text else b""
    return Block(len(text), zlib.crc32(text), make_shift(len(text)), body)


def read_blocks(
    connection: sa.Connection, epoch: int, syntax: str, parts: Sequence[Part]
) -> Iterator[Block]:
    """Read neighbours among the ready blocks.

    Args:
        connection: whose snapshot the parts are of.
        epoch: whose blocks.
        syntax: one of SYNTAXES.
        parts: in order; together as large as memory should hold.

    Yields:
        Those that have datasets.

    Raises:
        BlockMismatch: one is not of what is public; none of them has been given.
    """
    numbers = [part.number for part in parts]
    within = {"first": numbers[0], "after": numbers[-1] + 1, "numbers": numbers}
    given = {"epoch": epoch, "syntax": syntax, **within}
    rows = list(copy_rows(connection, _READ, given, numbers=5))
    if wrong := [number for number, _, _, _, is_right, _ in rows if not is_right]:
        raise BlockMismatch(wrong)
    for _, size, crc, shift, _, body in rows:
        if size:
            yield Block(size, crc, shift, body)
