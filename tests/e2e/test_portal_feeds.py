"""Whole feeds of a running portal, read slowly: what their readers see when something ends halfway.

The fragments of the example are made long for it (with blanks, which mean nothing in any syntax),
so that no answer fits into what a connection holds; afterwards they are made anew.
"""

from __future__ import annotations

import gzip
import io
import re
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from installation import Installation

from stack.console import Console
from stack.portal import Portal as Servers
from stack.settings import read_settings

pytestmark = pytest.mark.long

ADDRESSES = [
    *(f"/catalog-full.{ending}" for ending in ("ttl", "rdf", "xml", "n3", "jsonld", "nt")),
    "/data.json",
]
#: Seconds after which a stream looks whether its connection is still there.
_PULSE = 1.5
#: Eight megabytes of blanks that compress to one.
_PAD = (
    "(SELECT string_agg(translate(md5(random()::text), '0123456789abcdef',"
    " E' \\n \\n \\n \\n \\n \\n \\n \\n'), '')::bytea FROM generate_series(1, 262144))"
)


class Slow:
    """A reader that takes no more than it asks for.

    Args:
        port: of the web server.
        address: of the feed.
        encoding: that it accepts.
    """

    def __init__(self, port: int, address: str, encoding: str) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._socket.settimeout(60)
        self._socket.connect(("127.0.0.1", port))
        lines = [f"GET {address} HTTP/1.1", "Host: 127.0.0.1", f"Accept-Encoding: {encoding}"]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._socket.recv(2048)
        head, _, self.body = received.partition(b"\r\n\r\n")
        self.status = int(head.split()[1])
        self.length = int(re.search(rb"(?i)content-length: (\d+)", head)[1])  # type: ignore[index]

    def read_on(self) -> bytes:
        """Read all that comes; give the body."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        body = bytearray(self.body)
        try:
            while len(body) < self.length and (piece := self._socket.recv(1 << 20)):
                body += piece
        except ConnectionResetError:
            pass
        return bytes(body)

    def close(self) -> None:
        self._socket.close()


class Database:
    """The portal's database, as its administrator has it."""

    def __init__(self, installation: Installation) -> None:
        self._servers = Servers(read_settings(installation.state, {}), Console(io.StringIO()))
        found = re.search(r"/(\w+)$", self._servers.addresses()["CKAN_SQLALCHEMY_URL"])
        assert found
        self._name = found[1]

    def ask(self, query: str) -> str:
        assert self._servers.postgres
        return str(self._servers.postgres.ask(query, self._name))

    def kill_streams(self) -> int:
        """End the connections of the answers that are on their way."""
        return int(
            self.ask(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE"
                f" datname = '{self._name}' AND state = 'idle in transaction'"
            )
        )


@pytest.fixture(scope="module")
def database(running: Installation) -> Iterator[Database]:
    database = Database(running)
    running.get("/catalog-full.nt")
    lengthen(database)
    yield database
    running.run("ckan", "gtplan", "feed", "rebuild", "--wait")


def lengthen(database: Any) -> None:
    """Make the fragments long, each in a block of its own."""
    for syntax in ("nt", "ttl", "xml", "jsonld", "json"):
        database.ask(f"UPDATE gtplan_fragment SET {syntax} = {syntax} || {_PAD}")
    for table in ("gtplan_feed_dataset", "gtplan_fragment"):
        database.ask(f"UPDATE {table} SET ordinal = -100 * ordinal")
        database.ask(f"UPDATE {table} SET ordinal = -ordinal")
    database.ask("DELETE FROM gtplan_feed_block")


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_an_answer_whose_database_fails_is_seen_to_be_broken(
    running: Installation, database: Database, address: str, encoding: str
) -> None:
    whole = Slow(running.ports["port"], address, encoding)
    assert whole.status == 200 and len(whole.read_on()) == whole.length
    whole.close()
    broken = Slow(running.ports["port"], address, encoding)
    time.sleep(_PULSE)
    assert database.kill_streams() == 1
    body = broken.read_on()
    broken.close()
    assert 0 < len(body) < broken.length
    if encoding == "gzip":
        with pytest.raises(EOFError):
            gzip.decompress(body)


def test_slow_readers_leave_the_portal_to_others(running: Installation, database: Database) -> None:
    port = running.ports["port"]
    readers = [Slow(port, "/catalog-full.nt", "identity") for _ in range(4)]
    try:
        assert [reader.status for reader in readers] == [200] * 4
        late = Slow(port, "/catalog-full.ttl", "identity")
        assert late.status == 503
        late.close()
        assert b"hydra" in running.get("/catalog.ttl")
        bodies = [reader.read_on() for reader in readers]
        assert [len(body) for body in bodies] == [reader.length for reader in readers]
    finally:
        for reader in readers:
            reader.close()
    after = Slow(port, "/catalog-full.nt", "identity")
    assert after.status == 200
    after.close()
