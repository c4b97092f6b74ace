"""Clients that write, read and follow a portal at once, and what each must never see.

A ledger holds what is surely so: from the answer to a write up to the next write of the same
dataset it is public, or it is not, and says what was written. An answer that was asked for after
the one and was whole before the other has to say just that.
"""

from __future__ import annotations

import gzip
import http.client
import json
import random
import re
import threading
import time
import traceback
import urllib.parse
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

import pyoxigraph as ox

DOCS = Path(__file__).resolve().parents[2] / "docs" / "follow-changes.md"
FORMATS = {
    "nt": ox.RdfFormat.N_TRIPLES,
    "ttl": ox.RdfFormat.TURTLE,
    "xml": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
}
DCAT_DATASET = "http://www.w3.org/ns/dcat#dataset"
TITLE = "http://purl.org/dc/terms/title"
NEXT = "http://www.w3.org/ns/hydra/core#next"
#: A word of datasets that are private from their first moment on.
SECRET = "SECRETO"


class Broken(Exception):
    """An answer that did not come, or not to its end."""


class Refused(Exception):
    """An answer that says no."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text[:300]}")
        self.status = status


@dataclass(frozen=True)
class Answer:
    """An answer that came whole."""

    status: int
    body: bytes
    headers: Any
    asked: float
    got: float


@dataclass(frozen=True)
class Portal:
    """The portal's address, and the token of who writes."""

    url: str
    token: str

    def read(self, address: str, *, is_packed: bool = False) -> Answer:
        """Read an address as a visitor."""
        headers = {"Accept-Encoding": "gzip" if is_packed else "identity"}
        answer = self._send("GET", address, None, headers)
        if answer.status >= 500:
            raise Broken(answer.status)
        packed = answer.headers.get("Content-Encoding") == "gzip"
        body = gzip.decompress(answer.body) if packed else answer.body
        return Answer(answer.status, body, answer.headers, answer.asked, answer.got)

    def act(self, action: str, /, **data: Any) -> Any:
        """Call an action."""
        headers = {"Content-Type": "application/json", "Authorization": self.token}
        path = f"/api/3/action/{action}"
        answer = self._send("POST", path, json.dumps(data).encode(), headers)
        if answer.status in (502, 503, 504):
            raise Broken(answer.status)
        if answer.status != 200:
            raise Refused(answer.status, f"{action}: {answer.body.decode(errors='replace')}")
        return json.loads(answer.body)["result"]

    def _send(
        self, method: str, address: str, body: bytes | None, headers: dict[str, str]
    ) -> Answer:
        parts = urllib.parse.urlsplit(urllib.parse.urljoin(self.url, address))
        connection = http.client.HTTPConnection(parts.netloc, timeout=60)
        asked = time.monotonic()
        try:
            connection.request(method, address, body, headers)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise Broken(str(error)) from error
        finally:
            connection.close()
        return Answer(answer.status, content, answer.headers, asked, time.monotonic())


@dataclass
class Span:
    """A time in which nobody wrote a dataset; ``text`` is its title, if that is sure, too."""

    is_public: bool
    text: str | None
    since: float
    until: float = inf


@dataclass
class Ledger:
    """What is sure of each dataset, what was seen that must not be, and how much was done."""

    spans: dict[str, list[Span]] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    tally: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def open(self, ids: Iterable[str]) -> None:
        """Note that datasets are about to be written: nothing of them is sure any more."""
        with self.lock:
            for own in ids:
                spans = self.spans.setdefault(own, [])
                if spans:
                    spans[-1].until = min(spans[-1].until, time.monotonic())

    def close(self, own: str, is_public: bool, text: str | None = None) -> None:
        """Note how a dataset is, now that the answer has come."""
        with self.lock:
            self.spans[own].append(Span(is_public, text, time.monotonic()))

    def list_sure(self, asked: float, got: float) -> dict[str, Span]:
        """List the datasets that nobody wrote between two moments."""
        with self.lock:
            return {
                own: span
                for own, spans in self.spans.items()
                for span in spans[-8:]
                if span.since <= asked and got <= span.until
            }

    def complain(self, text: str) -> None:
        """Note what must not be."""
        with self.lock:
            self.complaints.append(text)

    def judge(
        self, what: str, seen: Mapping[str, str | None], asked: float, got: float, *, whole: bool
    ) -> None:
        """Compare what an answer shows with what is sure.

        Args:
            what: names the answer.
            seen: titles of the datasets in it, by id; None of one that was read before.
            asked, got: moments of its request and of its end.
            whole: it has to have all that is public.
        """
        sure = self.list_sure(asked, got)
        for own, span in sure.items():
            if own in seen and not span.is_public:
                self.complain(f"{what}: {own} is not public and is there")
            elif whole and own not in seen and span.is_public:
                self.complain(f"{what}: {own} is public and is not there")
            elif span.text and seen.get(own) not in (None, span.text):
                self.complain(f"{what}: {own} says {seen[own]!r} and not {span.text!r}")
        self.tally[what] += 1
        self.tally["compared"] += len(sure)


def list_datasets(
    body: bytes, ending: str, base: str
) -> tuple[list[str], dict[str, str], list[str]]:
    """List the datasets that a document names, with repetitions; their titles; its next page."""
    quads = list(ox.parse(body, format=FORMATS[ending], base_iri=base))
    listed = [q.object.value for q in quads if q.predicate.value == DCAT_DATASET]
    titles = {q.subject.value: q.object.value for q in quads if q.predicate.value == TITLE}
    following = [q.object.value for q in quads if q.predicate.value == NEXT]
    ids = [iri.rpartition("/")[2] for iri in listed]
    return ids, {iri.rpartition("/")[2]: titles.get(iri, "") for iri in listed}, following


class Actor(threading.Thread):
    """One client: takes steps until it is told to end."""

    def __init__(self, portal: Portal, ledger: Ledger, seed: int) -> None:
        super().__init__(daemon=True)
        self.portal, self.ledger = portal, ledger
        self.random = random.Random(seed)
        self.is_over = threading.Event()

    def run(self) -> None:
        while not self.is_over.is_set():
            try:
                self.step()
            except Broken:
                self.ledger.tally["broken or busy"] += 1
                time.sleep(0.5)
            except Exception:
                self.ledger.complain(traceback.format_exc())
                time.sleep(0.5)

    def step(self) -> None:
        raise NotImplementedError


class Reader(Actor):
    """Reads whole feeds, pages, single datasets and the stream, in every syntax."""

    def __init__(self, portal: Portal, ledger: Ledger, seed: int) -> None:
        super().__init__(portal, ledger, seed)
        self.full_pages: dict[str, bytes] = {}

    def step(self) -> None:
        choices = (
            self.read_whole,
            self.read_json,
            self.read_pages,
            self.read_one,
            self.read_stream,
        )
        self.random.choice(choices)()

    def read(self, address: str) -> Answer:
        answer = self.portal.read(address, is_packed=self.random.random() < 0.5)
        if SECRET.encode() in answer.body:
            self.ledger.complain(f"{address}: shows what was never public")
        return answer

    def read_whole(self) -> None:
        ending = self.random.choice(list(FORMATS))
        answer = self.read(f"/catalog-full.{ending}")
        ids, titles, _ = list_datasets(answer.body, ending, self.portal.url)
        self.judge(f"catalog-full.{ending}", ids, titles, answer.asked, answer.got)

    def read_json(self) -> None:
        answer = self.read("/data.json")
        datasets = json.loads(answer.body)["dataset"]
        ids = [dataset["identifier"].rpartition("/")[2] for dataset in datasets]
        titles = dict(zip(ids, (dataset["title"] for dataset in datasets), strict=True))
        self.judge("data.json", ids, titles, answer.asked, answer.got)

    def read_pages(self) -> None:
        ending = self.random.choice(list(FORMATS))
        ids, address, begun = [], [f"/catalog.{ending}"], time.monotonic()
        while address:
            answer = self.read(address[0])
            if answer.status != 200:
                raise Refused(answer.status, f"{address[0]}: {answer.body.decode()}")
            more, titles, address = list_datasets(answer.body, ending, self.portal.url)
            self.ledger.judge("a page", titles, answer.asked, answer.got, whole=False)
            ids += more
        self.judge(f"pages of catalog.{ending}", ids, {}, begun, time.monotonic())

    def judge(
        self, what: str, ids: list[str], titles: dict[str, str], asked: float, got: float
    ) -> None:
        for own, count in Counter(ids).items():
            if count > 1:
                self.ledger.complain(f"{what}: {own} is there {count} times")
        seen = {own: titles.get(own) for own in ids}
        self.ledger.judge(what, seen, asked, got, whole=True)

    def read_one(self) -> None:
        with self.ledger.lock:
            known = list(self.ledger.spans)
        if not known:
            return
        own = self.random.choice(known)
        answer = self.read(f"/dataset/{own}.nt")
        span = self.ledger.list_sure(answer.asked, answer.got).get(own)
        if span and (answer.status == 200) != span.is_public:
            self.ledger.complain(f"dataset/{own}.nt: {answer.status}, public: {span.is_public}")
        if span and span.text and span.is_public and span.text.encode() not in answer.body:
            self.ledger.complain(f"dataset/{own}.nt: does not say {span.text!r}")
        self.ledger.tally["one dataset"] += 1

    def read_stream(self) -> None:
        root = json.loads(self.read("/changes.jsonld").body)
        position = root["view"]["tree:relation"]["tree:remainingItems"]
        address = f"/changes.trig?after={self.random.randint(0, position)}"
        answer = self.read(address)
        list(ox.parse(answer.body, format=ox.RdfFormat.TRIG))
        if b"ldes:immutable" in answer.body:
            before = self.full_pages.setdefault(address, answer.body)
            if before != answer.body:
                self.ledger.complain(f"{address}: was full and has changed")
        self.ledger.tally["a page of the stream"] += 1


class Follower(Actor):
    """Keeps a replica by the client of docs/follow-changes.md, from the stream alone."""

    def __init__(self, portal: Portal, ledger: Ledger) -> None:
        super().__init__(portal, ledger, 0)
        found = re.search(r"```python\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
        assert found
        names: dict[str, Any] = {"__name__": "follow"}
        exec(compile(found[1], "follow.py", "exec"), names)
        self.client: Callable[[str, dict[str, str]], str] = names["follow"]
        self.replica: dict[str, str] = {}
        self.address = f"{portal.url}/changes.jsonld?after=0"

    def step(self) -> None:
        try:
            self.address = self.client(self.address, self.replica)
        except HTTPError as error:
            if error.code < 500:
                raise
            raise Broken(error.code) from error
        except (URLError, OSError, http.client.HTTPException) as error:
            raise Broken(str(error)) from error
        self.ledger.tally["followed"] += 1
        time.sleep(0.5)

    def list_statements(self) -> set[str]:
        """List all that the replica says."""
        return {
            str(quad)
            for text in self.replica.values()
            for quad in ox.parse(text, format=ox.RdfFormat.TURTLE)
        }
