"""The pages of the stream of changes, and the client of docs/follow-changes.md that reads them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyshacl import validate
from rdflib import BNode, Dataset, Graph, URIRef
from rdflib.namespace import FOAF

from ckanext.gtplan.feed.changes import (
    ENDINGS,
    PAGE,
    Event,
    Page,
    Point,
    describe_stream,
    find_end,
    link_stream,
    make_address,
    read_moment,
    write_page,
    write_root,
)

# rdflib's parsers of quads use what rdflib itself has given up
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

BASE = "https://datos.example.org"
AS = "https://www.w3.org/ns/activitystreams#"
LDES = "https://w3id.org/ldes#"
TREE = "https://w3id.org/tree#"
START = datetime(2026, 3, 1, tzinfo=timezone.utc)
DOCS = Path(__file__).parents[3] / "docs" / "follow-changes.md"
FORMATS = {"trig": "trig", "jsonld": "json-ld", "nq": "nquads"}
#: What DCAT-AP Feeds (section "Publishing changes") and its shape demand of an activity.
SHAPE = f"""
    @prefix as: <{AS}> . @prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
    @prefix sh: <http://www.w3.org/ns/shacl#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
    <urn:activity> a sh:NodeShape ; sh:targetObjectsOf <{TREE}member> ;
        sh:nodeKind sh:IRI ; sh:closed true ;
        sh:property [ sh:path rdf:type ; sh:in (as:Create as:Update as:Delete) ;
            sh:minCount 1 ; sh:maxCount 1 ] ;
        sh:property [ sh:path as:object ; sh:nodeKind sh:IRI ; sh:minCount 1 ; sh:maxCount 1 ] ;
        sh:property [ sh:path as:published ; sh:datatype xsd:dateTime ;
            sh:minCount 1 ; sh:maxCount 1 ] .
"""


def make_event(position: int, number: int = 1, kind: str = "create") -> Event:
    return Event(
        position=position,
        package_id=f"p{number}",
        iri=f"{BASE}/dataset/p{number}",
        kind=kind,
        version=None if kind == "delete" else f"{position:032x}",
        published=START + timedelta(seconds=position),
    )


def find_point(events: Sequence[Event], position: int) -> Point:
    return Point(position, events[position - 1].published if position else None)


def read(events: Sequence[Event], after: int) -> Page:
    """Read a page as the database does."""
    point = find_point(events, after)
    found = tuple(events[after : find_end(after)])
    return Page(after=point, since=point.moment, events=found)


def read_position(address: str) -> int:
    return int(re.split("[=&]", address)[1])


def parse(body: bytes, ending: str) -> Dataset:
    return Dataset().parse(data=body, format=FORMATS[ending])


def list_quads(body: bytes, ending: str) -> set[str]:
    text = body.replace(f"changes.{ending}".encode(), b"changes.")
    return set(map(str, ox.parse(text, format=ox.RdfFormat.from_media_type(ENDINGS[ending]))))


@pytest.fixture
def events() -> list[Event]:
    kinds = ("create", "update", "delete")
    return [make_event(n, n % 7, kinds[n % 3]) for n in range(1, 2 * PAGE + 30)]


@pytest.mark.parametrize("after", [0, 1, PAGE, 2 * PAGE + 29])
def test_every_syntax_says_the_same(events: list[Event], after: int) -> None:
    said = {
        frozenset(list_quads(write_page(BASE, ending, read(events, after)), ending))
        for ending in ENDINGS
    }
    assert len(said) == 1
    assert len({frozenset(list_quads(write_root(BASE, e, 9), e)) for e in ENDINGS}) == 1


@pytest.mark.parametrize("ending", ENDINGS)
def test_another_parser_reads_the_same(events: list[Event], ending: str) -> None:
    body = write_page(BASE, ending, read(events, 0))
    found = list(parse(body, ending).quads())
    assert len(found) == len(list_quads(body, ending))
    # a page is kept by its bytes: nothing in it has a name of the moment
    assert not any(isinstance(term, BNode) for quad in found for term in quad)
    assert body == write_page(BASE, ending, read(events, 0))


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_page_says_what_the_specification_demands(events: list[Event], ending: str) -> None:
    page = read(events, PAGE)
    data = parse(write_page(BASE, ending, page), ending)
    stream, here = URIRef(f"{BASE}/changes#stream"), make_address(BASE, ending, page.after)
    demanded = {
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#type": f"{LDES}EventStream",
        f"{LDES}timestampPath": f"{AS}published",
        f"{LDES}versionOfPath": f"{AS}object",
        f"{LDES}versionDeleteObject": f"{AS}Delete",
        f"{TREE}shape": "https://semiceu.github.io/LDES-DCAT-AP-feeds/shape.ttl#ActivityShape",
        f"{TREE}view": here,
    }
    for predicate, value in demanded.items():
        assert [str(o) for o in data.objects(stream, URIRef(predicate))] == [value]
    members = {str(o) for o in data.objects(stream, URIRef(f"{TREE}member"))}
    assert members == {f"{BASE}/changes#{event.position}" for event in page.events}
    facts = Graph()
    for triple in data.default_graph:
        facts.add(triple)
    conforms, _, report = validate(facts, shacl_graph=Graph().parse(data=SHAPE, format="turtle"))
    assert conforms, report
    for event in page.events:
        payload = data.graph(URIRef(f"{BASE}/changes#{event.position}"))
        assert len(payload) == (0 if event.kind == "delete" else 3)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("iri", ["urn:uuid:7", "https://example.org/año?a=1&b=«2»#c", "info:x/y"])
def test_an_iri_of_another_portal_comes_through(ending: str, iri: str) -> None:
    event = replace(make_event(1), iri=iri)
    data = parse(write_page(BASE, ending, read([event], 0)), ending)
    member = URIRef(f"{BASE}/changes#1")
    assert [str(o) for o in data.objects(member, URIRef(f"{AS}object"))] == [iri]
    assert len(data.graph(member)) == 3


@pytest.mark.parametrize("ending", ["trig", "nq"])
def test_an_iri_that_begins_like_a_name_breaks_no_page(ending: str) -> None:
    event = replace(make_event(1), iri="tree:a/b")
    data = parse(write_page(BASE, ending, read([event], 0)), ending)
    (said,) = data.objects(URIRef(f"{BASE}/changes#1"), URIRef(f"{AS}object"))
    assert str(said) == event.iri


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_id_may_be_anything(ending: str) -> None:
    event = replace(make_event(1), package_id='datos "2026" <ñ>')
    data = parse(write_page(BASE, ending, read([event], 0)), ending)
    graph = data.graph(URIRef(f"{BASE}/changes#1"))
    addresses = [str(o) for o in graph.objects(None, FOAF.isPrimaryTopicOf)]
    assert addresses == [f"{BASE}/dataset/datos%20%222026%22%20%3C%C3%B1%3E.ttl"]


def test_the_test_of_the_shape_can_fail(events: list[Event]) -> None:
    body = write_page(BASE, "nq", read(events, 0))
    more = body + f'<{BASE}/changes#1> <{AS}name> "x" .\n'.encode()
    shape = Graph().parse(data=SHAPE, format="turtle")
    assert not validate(parse(more, "nq").default_graph, shacl_graph=shape)[0]


@given(total=st.integers(0, 3 * PAGE), after=st.integers(0, 3 * PAGE))
def test_links_lead_through_all_that_follows(total: int, after: int) -> None:
    """Of TREE's links alone: each event after the position once, in order, to the newest page."""
    events = [make_event(n) for n in range(1, total + 1)]
    after = min(after, total)
    seen, address = [], make_address(BASE, "jsonld", find_point(events, after))
    while address:
        found = read(events, read_position(address))
        page = json.loads(write_page(BASE, "jsonld", found))
        assert page["view"]["id"] == address
        seen += [int(member["id"].partition("#")[2]) for member in page["member"]]
        relation = page["view"].get("tree:relation")
        assert bool(relation) == page["view"].get("ldes:immutable", False) == found.is_full
        address = relation and relation["tree:node"]["id"]
    assert seen == list(range(after + 1, total + 1))


def test_a_full_page_stays_as_it_is_and_says_so(events: list[Event]) -> None:
    first = write_page(BASE, "trig", read(events[:PAGE], 0))
    assert first == write_page(BASE, "trig", read(events, 0))
    assert b"ldes:immutable" in first
    assert b"immutable" not in write_page(BASE, "trig", read(events[: PAGE - 1], 0))


def test_the_entrance_leads_to_the_first_page() -> None:
    root = json.loads(write_root(BASE, "jsonld", 321))
    assert "member" not in root
    relation = root["view"]["tree:relation"]
    assert relation["tree:node"]["id"] == f"{BASE}/changes.jsonld?after=0"
    assert relation["tree:remainingItems"] == 321


def test_a_page_that_is_an_entrance_says_from_when_on_it_has_events(events: list[Event]) -> None:
    page = json.loads(write_page(BASE, "jsonld", read(events, 5)))
    assert (
        page["view"]["ldes:retentionPolicy"]["ldes:startingFrom"] == "2026-03-01T00:00:05.000000Z"
    )
    assert (
        "ldes:retentionPolicy"
        not in json.loads(write_page(BASE, "jsonld", read(events, 0)))["view"]
    )


def test_a_catalogue_says_where_its_changes_are() -> None:
    point, query = Point(42, START), "after=42&at=2026-03-01T00:00:00.000000Z"
    said = {(str(s), str(o)) for s, _, o in describe_stream(BASE, point)}
    assert (f"{BASE}/catalog", f"{BASE}/changes#stream") in said
    assert (f"{BASE}/changes#stream", f"{BASE}/changes.trig?{query}") in said
    assert link_stream(BASE, point) == f'<{BASE}/changes.jsonld?{query}>; rel="{LDES}EventStream"'


@given(st.datetimes(timezones=st.just(timezone.utc)))
def test_an_address_tells_the_moment_of_its_position(moment: datetime) -> None:
    address = make_address(BASE, "nq", Point(7, moment))
    assert read_moment(address.partition("&at=")[2]) == moment
    assert make_address(BASE, "nq", Point(0, moment)) == f"{BASE}/changes.nq?after=0"


@pytest.mark.parametrize("text", ["", "7", "2026-02-31T00:00:00.000000Z", "2026-01-01", "0" * 27])
def test_what_is_no_moment_is_none(text: str) -> None:
    assert read_moment(text) is None


class Portal:
    """A portal that changes while it is read.

    Args:
        writes: numbers of datasets, and whether each is public after the write.
        pauses: how many of the writes come before each answer, one after the other.
    """

    def __init__(self, writes: Sequence[tuple[int, bool]], pauses: Iterator[int]) -> None:
        self.writes, self.pauses = list(writes), pauses
        self.events: list[Event] = []
        self.public: dict[str, str] = {}
        self.restored = 0

    def write(self, many: int) -> None:
        for number, is_public in self.writes[:many]:
            iri = f"{BASE}/dataset/p{number}"
            kind = ("update" if iri in self.public else "create") if is_public else "delete"
            if kind == "delete" and iri not in self.public:
                continue
            event = make_event(len(self.events) + 1, number, kind)
            later = event.published + timedelta(days=self.restored)
            event = replace(event, published=later, version=event.version and f"v{later}")
            self.events.append(event)
            self.public.pop(iri, None)
            if event.version:
                self.public[iri] = event.version
        del self.writes[:many]

    def restore(self, position: int) -> None:
        """Forget all that came after a position; what is done from now on is done later."""
        self.events, self.public, self.restored = self.events[:position], {}, self.restored + 1
        for event in self.events:
            self.public.pop(event.iri, None)
            if event.version:
                self.public[event.iri] = event.version

    def name(self, position: int) -> str:
        """Make the address of the page after a position; of none that there isn't."""
        is_there = position <= len(self.events)
        point = find_point(self.events, position) if is_there else Point(position)
        return make_address(BASE, "jsonld", point)

    def fetch(self, address: str) -> tuple[str, str | None]:
        self.write(next(self.pauses, len(self.writes)))
        if "after=" in address:
            after = read_position(address)
            if address != self.name(after):
                raise HTTPError(address, 410, "Gone", None, None)  # type: ignore[arg-type]
            body = write_page(BASE, "jsonld", read(self.events, after))
            return body.decode(), self.name(min(len(self.events), find_end(after)))
        iri = address.removesuffix(".ttl")
        if iri not in self.public:
            raise HTTPError(address, 410, "Gone", None, None)  # type: ignore[arg-type]
        return self.public[iri], None


def load_client() -> dict[str, Any]:
    """Load the client that the docs give to harvesters."""
    found = re.search(r"```python\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    assert found
    names: dict[str, Any] = {"__name__": "follow"}
    exec(compile(found[1], "follow.py", "exec"), names)
    return names


@given(
    st.lists(st.tuples(st.integers(1, 6), st.booleans()), max_size=300),
    st.lists(st.integers(0, 40), max_size=60),
)
def test_the_clients_replica_becomes_the_catalogue(
    writes: list[tuple[int, bool]], pauses: list[int]
) -> None:
    portal = Portal(writes, iter(pauses))
    client = load_client()
    client["fetch"] = portal.fetch
    follow: Callable[[str, dict[str, str]], str] = client["follow"]
    replica: dict[str, str] = {}
    address = follow(portal.name(0), replica)
    portal.write(len(portal.writes))
    address = follow(address, replica)
    assert replica == portal.public
    assert address == portal.name(len(portal.events))


@given(
    st.lists(st.tuples(st.integers(1, 6), st.booleans()), min_size=1, max_size=150),
    st.lists(st.tuples(st.integers(1, 6), st.booleans()), max_size=250),
    st.integers(0, 150),
)
def test_the_client_begins_anew_when_the_portal_was_restored_from_an_older_backup(
    writes: list[tuple[int, bool]], later: list[tuple[int, bool]], position: int
) -> None:
    portal = Portal(writes, iter(()))
    client = load_client()
    client["fetch"] = portal.fetch
    replica: dict[str, str] = {}
    address = client["follow"](portal.name(0), replica)
    portal.restore(min(position, len(portal.events)))
    portal.writes = later
    portal.write(len(later))
    address = client["follow"](address, replica)
    assert replica == portal.public
    assert address == portal.name(len(portal.events))
