"""Documents that are sent while they are read: only a few megabytes of one are in memory.

A document whose text breaks off ends with an exception, never as if that were all: who reads it
misses bytes of the length that was told, or the end of the chunks, and in gzip the sums.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

import sqlalchemy as sa

from ...config import get_option
from ..keeping.blocks import Block
from ..keeping.deflate import HEADER, TRAILER_SIZE, Checksum, compress, make_trailer
from ..keeping.store import Busy
from .snapshot import Snapshot

__all__ = ["Document", "Frame", "NoPlace", "PackedFrame", "join_bodies", "pack", "take_place"]

#: Bytes that are inflated at once.
_INFLATED = 1 << 20
#: Bytes of a document that is not sent while it is read.
_SMALL = 1 << 18
#: For what is compressed for one answer only.
_FAST = 1
#: Advisory locks, one for each document that may be on its way.
_PLACES = int.from_bytes(b"gtpl", "big")
#: Seconds after which to ask again for a place.
_RETRY = 30


class Document(Iterator[bytes]):
    """The bytes of a document, and the snapshot that they come from.

    Args:
        snapshot: is closed with the document.
        pieces: the bytes.
        size: of all of them, as far as it is known beforehand.
    """

    def __init__(self, snapshot: Snapshot, pieces: Iterable[bytes], size: int | None) -> None:
        self.size = size
        self._snapshot = snapshot
        self._pieces = iter(pieces)

    def __next__(self) -> bytes:
        try:
            return next(self._pieces)
        except StopIteration:
            self.close()
            raise
        except BaseException:
            self._snapshot.abandon()
            raise

    def read(self) -> bytes | None:
        """Read all of it at once, if it is small: so that nobody has to wait for its place."""
        if self.size is None or self.size > _SMALL:
            return None
        return b"".join(self)

    def close(self) -> None:
        """Let go of the database, wherever the document has got to."""
        self._snapshot.close()


class NoPlace(Busy):
    """As many documents are on their way as may be."""


def take_place(snapshot: Snapshot) -> None:
    """Take one of the places that documents on their way have, over all processes.

    Args:
        snapshot: holds the place until it is closed, or its connection ends.

    Raises:
        NoPlace: all are taken.
    """
    query = (
        "SELECT place FROM generate_series(1, :most) place"
        " WHERE pg_try_advisory_xact_lock(:key, place) LIMIT 1"
    )
    given = {"most": get_option("feed.streams"), "key": _PLACES}
    if snapshot.connection.execute(sa.text(query), given).scalar() is None:
        raise NoPlace(_RETRY)


class Frame:
    """What stands around and between the blocks of a document, in one encoding.

    Args:
        head, separator, tail: of the document.
    """

    def __init__(self, head: bytes, separator: bytes, tail: bytes) -> None:
        self._head, self._separator, self._tail = head, separator, tail

    def measure(self, blocks: int, size: int) -> int:
        """Tell how long the document is.

        Args:
            blocks: how many there are.
            size: bytes of all of them.
        """
        gaps = max(blocks - 1, 0) * len(self._separator)
        return len(self._head) + size + gaps + len(self._tail)

    def join(self, blocks: Iterable[Block]) -> Iterator[bytes]:
        """Write the document.

        Args:
            blocks: in order; none is empty.

        Raises:
            zlib.error: a block is damaged.
        """
        yield self._head
        gap = b""
        for block in blocks:
            if gap:
                yield gap
            gap = self._separator
            yield from _inflate(block)
        yield self._tail


class PackedFrame(Frame):
    """The same as gzip: what is ready is not compressed again."""

    def __init__(self, head: bytes, separator: bytes, tail: bytes) -> None:
        super().__init__(head, separator, tail)
        self._packed = [compress([text]) if text else b"" for text in (head, separator, tail)]

    def measure(self, blocks: int, size: int) -> int:
        head, separator, tail = map(len, self._packed)
        around = len(HEADER) + head + tail + TRAILER_SIZE
        return around + size + max(blocks - 1, 0) * separator

    def join(self, blocks: Iterable[Block]) -> Iterator[bytes]:
        head, separator, tail = self._packed
        checksum = Checksum()
        checksum.add(self._head)
        yield HEADER + head
        is_first = True
        for block in blocks:
            if not is_first:
                checksum.add(self._separator)
            yield block.body if is_first else separator + block.body
            checksum.join(block.crc, block.size, block.shift)
            is_first = False
        checksum.add(self._tail)
        yield tail + make_trailer(checksum)


def _inflate(block: Block) -> Iterator[bytes]:
    machine, size, rest = zlib.decompressobj(-zlib.MAX_WBITS), 0, block.body
    while rest:
        text = machine.decompress(rest, _INFLATED)
        rest = machine.unconsumed_tail
        size += len(text)
        yield text
    if size != block.size:
        raise zlib.error(f"a block of {block.size} bytes gives {size}")


def join_bodies(
    head: bytes, bodies: Iterable[bytes], separator: bytes, tail: bytes
) -> Iterator[bytes]:
    """Write a document of fragments, with what stands around and between them."""
    yield head
    gap = b""
    for body in bodies:
        yield gap + body
        gap = separator
    yield tail


def pack(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Compress a document as gzip while it is made; the same bytes for the same document."""
    machine = zlib.compressobj(_FAST, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    for piece in pieces:
        if packed := machine.compress(piece):
            yield packed
    yield machine.flush()
