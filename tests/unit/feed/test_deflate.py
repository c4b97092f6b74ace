"""Parts that were compressed one by one are together the gzip document of the whole."""

from __future__ import annotations

import gzip
import zlib

from hypothesis import given
from hypothesis import strategies as st

from ckanext.gtplan.feed.keeping.deflate import (
    HEADER,
    TRAILER_SIZE,
    Checksum,
    compress,
    make_shift,
    make_trailer,
)

TEXTS = st.lists(st.lists(st.binary(max_size=200), max_size=3), max_size=6)


def put_together(parts: list[list[bytes]], read: set[int]) -> bytes:
    """Make a document of parts, of which some are read again and of others only sums are known."""
    checksum, body = Checksum(), b""
    for number, texts in enumerate(parts):
        whole = b"".join(texts)
        body += compress(texts)
        if number in read:
            checksum.add(whole)
        else:
            checksum.join(zlib.crc32(whole), len(whole), make_shift(len(whole)))
    return HEADER + body + make_trailer(checksum)


@given(TEXTS, st.sets(st.integers(0, 5)))
def test_parts_are_one_document(parts: list[list[bytes]], read: set[int]) -> None:
    # gzip checks the sum and the size that the trailer tells
    assert gzip.decompress(put_together(parts, read)) == b"".join(map(b"".join, parts))


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_a_changed_text_is_found_by_the_sum(text: bytes, other: bytes) -> None:
    one, two = Checksum(), Checksum()
    for checksum, following in ((one, text), (two, other)):
        checksum.add(b"before")
        checksum.join(zlib.crc32(following), len(following), make_shift(len(following)))
    assert (make_trailer(one) == make_trailer(two)) == (text == other)


def test_large_sizes() -> None:
    text = bytes(5_000_000)
    checksum = Checksum()
    checksum.add(b"a" * 70_000)
    checksum.join(zlib.crc32(text), len(text), make_shift(len(text)))
    assert checksum.crc == zlib.crc32(b"a" * 70_000 + text)
    # what is longer than the trailer can tell is told modulo 2 ** 32, as gzip has it
    checksum.join(zlib.crc32(b""), 2**32, make_shift(0))
    assert make_trailer(checksum)[-4:] == (5_070_000).to_bytes(4, "little")
    assert len(make_trailer(checksum)) == TRAILER_SIZE


def test_a_part_tells_nothing_of_those_before_it() -> None:
    text = b"the same words again and again " * 20
    first, second = compress([text]), compress([text])
    assert first == second and len(first) < len(text) / 3
    machine = zlib.decompressobj(-zlib.MAX_WBITS)
    assert machine.decompress(second) == text and not machine.eof
