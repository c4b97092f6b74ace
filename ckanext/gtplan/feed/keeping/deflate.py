"""Compressed once, sent in any order: gzip documents put together from parts made before.

A part is a stretch of deflate that ends at a byte (full flush) and refers to nothing before it, so
that parts one after the other are one stream (RFC 1951). The checksum of the whole is reckoned from
those of the parts, without their texts (RFC 1952 wants the CRC-32 of what was compressed).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from functools import cache

__all__ = [
    "HEADER",
    "TRAILER_SIZE",
    "Checksum",
    "compress",
    "make_shift",
    "make_trailer",
]

#: Deflate, no name, no time, nothing said of the system: the same text gives the same bytes.
HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
#: An empty last block, which ends the stream.
_END = b"\x03\x00"
#: Bytes of what ``make_trailer`` gives.
TRAILER_SIZE = len(_END) + 8
#: CRC-32's polynomial, lowest power first, and the polynomial 1 in the same order.
_POLYNOMIAL, _ONE = 0xEDB88320, 0x80000000
#: Between size and time: 6 takes almost three times as long for a sixth of the bytes, and after
#: each change the blocks of its dataset are compressed again.
_LEVEL = 3


def compress(texts: Iterable[bytes], level: int = _LEVEL) -> bytes:
    """Compress texts into one part.

    Args:
        texts: one after the other.
        level: 1 is fast, 9 is small.

    Returns:
        Raw deflate, ended by a full flush and not by a last block.
    """
    machine = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    pieces = [machine.compress(text) for text in texts]
    return b"".join([*pieces, machine.flush(zlib.Z_FULL_FLUSH)])


def make_shift(size: int) -> int:
    """Reckon what moves a checksum past a text: x to the power of its bits, modulo the polynomial.

    Args:
        size: bytes of the text.
    """
    shift, power = _ONE, 3  # a byte has 2 ** 3 bits
    while size:
        if size & 1:
            shift = _multiply(_square(power), shift)
        size >>= 1
        power += 1
    return shift


@cache
def _square(times: int) -> int:
    """Square x a number of times, modulo the polynomial."""
    if times == 0:
        return _ONE >> 1
    half = _square(times - 1)
    return _multiply(half, half)


def _multiply(one: int, other: int) -> int:
    """Multiply two polynomials over GF(2), modulo CRC-32's."""
    product = 0
    while one:
        if one & _ONE:
            product ^= other
        one = (one << 1) & 0xFFFFFFFF
        other = (other >> 1) ^ _POLYNOMIAL if other & 1 else other >> 1
    return product


class Checksum:
    """CRC-32 and size of all that was added.

    Attributes:
        crc: of all of it.
        size: bytes.
    """

    def __init__(self) -> None:
        self.crc = 0
        self.size = 0

    def add(self, text: bytes) -> None:
        """Add a text."""
        self.crc = zlib.crc32(text, self.crc)
        self.size += len(text)

    def join(self, crc: int, size: int, shift: int) -> None:
        """Add a text that isn't at hand.

        Args:
            crc: of the text.
            size: its bytes.
            shift: what ``make_shift`` gives for them.
        """
        self.crc = _multiply(self.crc, shift) ^ crc
        self.size += size


def make_trailer(checksum: Checksum) -> bytes:
    """End a gzip document.

    Args:
        checksum: of all that was compressed.
    """
    return _END + struct.pack("<LL", checksum.crc, checksum.size & 0xFFFFFFFF)
