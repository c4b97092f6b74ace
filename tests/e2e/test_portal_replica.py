"""The soak: several clients write, read and follow at once while the servers are killed.

It takes as many seconds as ``SOAK_SECONDS`` says, and comes before the installation is removed.
"""

from __future__ import annotations

import io
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox
import pytest
from installation import Installation
from soaking import DCAT_DATASET, Broken, Follower, Ledger, Portal, Reader
from writers import Keeper, Writer

from ckanext.gtplan.model.feed import IS_PUBLIC
from stack.console import Console
from stack.portal import Portal as Servers
from stack.processes import Daemon
from stack.settings import read_settings

SECONDS = float(os.environ.get("SOAK_SECONDS", "180"))
AS = "https://www.w3.org/ns/activitystreams#"
TREE = "https://w3id.org/tree#"


@dataclass
class Soak:
    """The clients, and what they found.

    Args:
        portal: that is soaked.
        list_public: asks the database for the ids of the public datasets.
    """

    portal: Portal
    list_public: Callable[[], set[str]]
    ledger: Ledger = field(default_factory=Ledger)

    def __post_init__(self) -> None:
        self.follower = Follower(self.portal, self.ledger)
        writers = [Writer(self.portal, self.ledger, seed) for seed in (1, 2, 3)]
        keeper = Keeper(self.portal, self.ledger, 4)
        for writer in (*writers, keeper):
            self.portal.act("organization_create", name=writer.organization)
        readers = [Reader(self.portal, self.ledger, seed) for seed in (11, 12, 13)]
        self.actors = [*writers, keeper, *readers, self.follower]

    def run(self, seconds: float, *disturb: Callable[[], object]) -> None:
        """Let the clients work, and disturb them at even distances."""
        for actor in self.actors:
            actor.start()
        try:
            for trouble in disturb:
                time.sleep(seconds / (len(disturb) + 1))
                trouble()
            time.sleep(seconds / (len(disturb) + 1))
        finally:
            for actor in self.actors:
                actor.is_over.set()
            for actor in self.actors:
                actor.join(120)

    def compare(self) -> None:
        """Compare the replica, the stream, the whole catalogue and the database."""
        insist(self.follower.step)
        public = self.list_public()
        assert list_ids(self.follower.replica) == public
        whole = insist(lambda: self.portal.read("/catalog-full.nt").body)
        quads = list(ox.parse(whole, format=ox.RdfFormat.N_TRIPLES))
        listed = [q.object.value for q in quads if q.predicate.value == DCAT_DATASET]
        assert sorted(listed) == sorted(self.follower.replica)
        said, kept = {str(quad) for quad in quads}, self.follower.list_statements()
        assert kept <= said
        # beside that, the catalogue speaks of itself
        assert not [line for line in said - kept if "/dataset/" in line.split()[0]]
        assert list_ids(self.replay()) == public

    def replay(self) -> set[str]:
        """Do to an empty set what the stream says, found by TREE's links alone."""
        present: set[str] = set()
        position, published = 0, ""
        address = f"{self.portal.url}/changes.trig"
        while address:
            body = insist(lambda address=address: self.portal.read(address).body)
            quads = list(ox.parse(body, format=ox.RdfFormat.TRIG))
            said = {(q.subject.value, q.predicate.value): q.object.value for q in quads}
            for event in [q.object.value for q in quads if q.predicate.value == f"{TREE}member"]:
                kind = said[event, "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"]
                iri, moment = said[event, f"{AS}object"], said[event, f"{AS}published"]
                position += 1
                assert event.endswith(f"#{position}")
                assert (iri in present) == (kind != f"{AS}Create"), (event, kind)
                assert moment >= published
                published = moment
                if kind == f"{AS}Delete":
                    present.discard(iri)
                else:
                    present.add(iri)
            found = [q.object.value for q in quads if q.predicate.value == f"{TREE}node"]
            address = found[0] if found else ""
        return present


def insist(act: Callable[[], bytes]) -> bytes:
    """Ask again while the portal is busy."""
    end = time.monotonic() + 60
    while True:
        try:
            return act()
        except Broken:
            assert time.monotonic() < end
            time.sleep(1)


def list_ids(iris: set[str] | dict[str, str]) -> set[str]:
    return {iri.rpartition("/")[2] for iri in iris}


def kill(pid: int) -> None:
    """Kill a process with all that it started, without a word."""
    family = [pid]
    for one in family:
        tasks = Path(f"/proc/{one}/task/{one}/children")
        family += map(int, tasks.read_text().split()) if tasks.exists() else []
    for one in family:
        os.kill(one, signal.SIGKILL)


def kill_part(pid: int) -> None:
    """Kill one of the processes that a server has started."""
    kill(int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0]))


def test_the_ledger_finds_what_must_not_be() -> None:
    ledger = Ledger()
    for own, is_public in (("a", True), ("b", False)):
        ledger.open([own])
        ledger.close(own, is_public, f"title of {own}")
    now = time.monotonic()
    ledger.judge("right", {"a": "title of a"}, now, now, whole=True)
    ledger.judge("a page", {}, now, now, whole=False)
    assert not ledger.complaints
    ledger.judge("a leak", {"a": "title of a", "b": None}, now, now, whole=True)
    ledger.judge("a gap", {}, now, now, whole=True)
    ledger.judge("an old state", {"a": "former title"}, now, now, whole=True)
    assert [text.partition(":")[0] for text in ledger.complaints] == [
        "a leak",
        "a gap",
        "an old state",
    ]
    ledger.open(["a", "b"])
    ledger.judge("while it is written", {"b": None}, now, time.monotonic(), whole=True)
    assert len(ledger.complaints) == 3


@dataclass
class Host:
    """The installation's servers, to be killed and asked."""

    installation: Installation

    def __post_init__(self) -> None:
        state = self.installation.state
        self.servers = Servers(read_settings(state, {}), Console(io.StringIO()))
        self.daemons = {name: Daemon(name, state) for name in ("web", "worker")}

    def make_token(self) -> str:
        words = self.installation.run("ckan", "user", "token", "add", "admin", "soak", "-q")
        return words.stdout.split()[-1]

    def list_public(self) -> set[str]:
        """Ask the database for the ids of the public datasets."""
        database = re.search(r"/(\w+)$", self.servers.addresses()["CKAN_SQLALCHEMY_URL"])
        assert database and self.servers.postgres
        query = f"SELECT string_agg(p.id, ' ') FROM package p WHERE {IS_PUBLIC}"
        return set(self.servers.postgres.ask(query, database[1]).split())

    def find(self, name: str) -> int:
        identity = self.daemons[name].find()
        assert identity is not None
        return identity.pid

    def kill_all(self) -> None:
        kill(self.find("web"))
        kill(self.find("worker"))
        self.installation.up()

    def kill_some(self) -> None:
        kill(self.find("worker"))
        kill_part(self.find("web"))
        self.installation.up()


@pytest.fixture
def host(running: Installation) -> Iterator[Host]:
    """The installation, with pages so short that there are several."""
    local = running.state / "local.ini"
    before = local.read_text("utf-8") if local.exists() else "[app:main]\n"
    local.write_text(f"{before}\nckanext.dcat.datasets_per_page = 7\n", "utf-8")
    running.up()
    yield Host(running)
    local.write_text(before, "utf-8")
    running.up()


@pytest.mark.long
def test_a_replica_is_the_catalogue_whatever_happens(host: Host) -> None:
    soak = Soak(Portal(host.installation.url, host.make_token()), host.list_public)
    soak.run(SECONDS, host.kill_all, host.kill_some)
    assert not soak.ledger.complaints, "\n".join(soak.ledger.complaints[:20])
    soak.compare()
    happened = ["writes", "followed", "data.json", "catalog-full.nt", "one dataset", "compared"]
    for name in (*happened, "broken or busy"):
        assert soak.ledger.tally[name] > 3, soak.ledger.tally
    host.installation.run("ckan", "gtplan", "feed", "verify")
