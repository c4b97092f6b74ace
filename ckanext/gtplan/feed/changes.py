"""The stream of changes: which datasets came, changed or went, and in which order.

It is a Linked Data Event Stream after the DCAT-AP Feeds specification (SEMIC): activities of
ActivityStreams in pages that are linked by TREE's relations. An event carries the dataset's IRI,
kind, time and version only. What the specification lays into the event's graph, the dataset's
description, is read at the address that stands there instead: what was withdrawn so stays in no
page, however long caches keep it.

A page begins after a position and ends where its hundred ends: a page that is full never
changes, and the one after it begins there. Links tell the moment of a position, too: a portal that
was restored from an older backup gives the same positions to other events.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import groupby
from typing import Any, NamedTuple
from urllib.parse import quote

from rdflib import RDF, RDFS, URIRef

__all__ = [
    "ENDINGS",
    "FORM",
    "PAGE",
    "Event",
    "Page",
    "Point",
    "describe_stream",
    "find_end",
    "link_stream",
    "make_address",
    "read_moment",
    "write_page",
    "write_root",
]

#: Events of a full page.
PAGE = 100
#: By ending, the media types of the syntaxes that have named graphs.
ENDINGS: Mapping[str, str] = {
    "trig": "application/trig",
    "jsonld": "application/ld+json",
    "nq": "application/n-quads",
}
#: How often a harvester should ask (seconds): an answer without news costs next to nothing.
_INTERVAL = 60
#: To be counted up when pages are written differently: their tags then differ, too.
FORM = 2
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_SHAPE = "https://semiceu.github.io/LDES-DCAT-AP-feeds/shape.ttl#ActivityShape"
_LDES = "https://w3id.org/ldes#"
_NAMESPACES: Mapping[str, str] = {
    "as": "https://www.w3.org/ns/activitystreams#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "ldes": _LDES,
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "tree": "https://w3id.org/tree#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_KINDS = {"create": "Create", "update": "Update", "delete": "Delete"}
_CONTEXT: Mapping[str, Any] = {
    **_NAMESPACES,
    "id": "@id",
    "type": "@type",
    **{name: f"as:{name}" for name in _KINDS.values()},
    "object": {"@id": "as:object", "@type": "@id"},
    "published": {"@id": "as:published", "@type": "xsd:dateTime"},
    "tree:value": {"@type": "xsd:dateTime"},
    "ldes:startingFrom": {"@type": "xsd:dateTime"},
    "view": "tree:view",
    "member": {"@id": "tree:member", "@container": "@set"},
    "document": "foaf:isPrimaryTopicOf",
    "version": "owl:versionInfo",
}


@dataclass(frozen=True)
class Point:
    """A point of the stream, from which a reader goes on.

    Attributes:
        position: of an event, or 0 for the beginning.
        moment: when that event was published; None where a reader doesn't tell.
    """

    position: int
    moment: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Event:
    """That a dataset came, changed or went; ``model.feed.FeedEvent`` tells of the fields."""

    position: int
    package_id: str
    iri: str
    kind: str
    version: str | None
    published: datetime


@dataclass(frozen=True, kw_only=True)
class Page:
    """Events that follow a point.

    Args:
        after: that point, as it was asked for.
        since: when the event there was published; None at the stream's beginning.
        events: in their order; fewer than there is room for in the newest page only.
    """

    after: Point
    since: datetime | None
    events: Sequence[Event]

    @property
    def is_full(self) -> bool:
        """Tell whether nothing can come into the page any more."""
        return bool(self.events) and self.events[-1].position == find_end(self.after.position)


def find_end(after: int) -> int:
    """Tell the position at which the page after a position ends when it is full."""
    return (after // PAGE + 1) * PAGE


def make_address(base: str, ending: str, after: Point | None = None) -> str:
    """Make the address of the stream's entrance, or of the page after a point.

    Args:
        base: public address of the portal.
        ending: names the syntax.
        after: the point.
    """
    entrance = f"{base}/changes.{ending}"
    if after is None:
        return entrance
    moment = after.moment if after.position else None
    return f"{entrance}?after={after.position}" + (f"&at={_say_moment(moment)}" if moment else "")


def read_moment(text: str) -> datetime | None:
    """Read a moment as addresses have it; None if it is none."""
    try:
        return datetime.fromisoformat(f"{text[:-1]}+00:00") if _MOMENT.fullmatch(text) else None
    except ValueError:
        return None


def write_root(base: str, ending: str, position: int) -> bytes:
    """Write the stream's entrance: what it is, and where its first page is.

    Args:
        base, ending: as of ``make_address``.
        position: up to where the stream goes.
    """
    here = make_address(base, ending)
    first = {
        "id": f"{here}#first",
        "type": "tree:Relation",
        "tree:node": {"id": make_address(base, ending, Point(0))},
        "tree:remainingItems": position,
    }
    return _write({**_describe(base, here), "view": {"id": here, "tree:relation": first}}, ending)


def write_page(base: str, ending: str, page: Page) -> bytes:
    """Write a page of events.

    Args:
        base, ending: as of ``make_address``.
        page: the events.
    """
    here = make_address(base, ending, page.after)
    view: dict[str, Any] = {"id": here}
    if page.since:
        # who begins here has not missed what was before by the publisher's fault
        starting = _say_moment(page.since)
        view["ldes:retentionPolicy"] = {"id": f"{here}#policy", "ldes:startingFrom": starting}
    if page.is_full:
        last = page.events[-1]
        view["ldes:immutable"] = True
        view["tree:relation"] = {
            "id": f"{here}#next",
            "type": "tree:GreaterThanOrEqualToRelation",
            "tree:node": {"id": make_address(base, ending, Point(last.position, last.published))},
            "tree:path": {"id": "as:published"},
            "tree:value": _say_moment(last.published),
        }
    members = [_describe_event(base, event) for event in page.events]
    return _write({**_describe(base, here), "view": view, "member": members}, ending)


def describe_stream(base: str, point: Point) -> list[tuple[URIRef, URIRef, URIRef]]:
    """Say where the changes of a catalogue are that was read at a point.

    Args:
        base: public address of the portal.
        point: the last event whose effect is in the catalogue.

    Returns:
        Statements for the head of the catalogue.
    """
    stream = URIRef(f"{base}/changes#stream")
    return [
        (URIRef(f"{base}/catalog"), RDFS.seeAlso, stream),
        (stream, RDF.type, URIRef(f"{_LDES}EventStream")),
        (
            stream,
            URIRef(f"{_NAMESPACES['tree']}view"),
            URIRef(make_address(base, "trig", point)),
        ),
    ]


def link_stream(base: str, point: Point) -> str:
    """Say the same in the header ``Link``.

    Args:
        base, point: as of ``describe_stream``.
    """
    return f'<{make_address(base, "jsonld", point)}>; rel="{_LDES}EventStream"'


def _describe(base: str, here: str) -> dict[str, Any]:
    """Say what the stream is, in the terms that each page has to have."""
    versions = {f"ldes:version{name}Object": {"id": f"as:{name}"} for name in _KINDS.values()}
    return {
        "@context": _CONTEXT,
        "id": f"{base}/changes#stream",
        "type": "ldes:EventStream",
        "tree:shape": {"id": _SHAPE},
        "ldes:timestampPath": {"id": "as:published"},
        "ldes:versionOfPath": {"id": "as:object"},
        **versions,
        "ldes:pollingInterval": _INTERVAL,
    }


def _describe_event(base: str, event: Event) -> dict[str, Any]:
    said: dict[str, Any] = {
        "id": f"{base}/changes#{event.position}",
        "type": _KINDS[event.kind],
        "object": event.iri,
        "published": _say_moment(event.published),
    }
    if event.version is not None:
        # an id may be anything that an administrator has given
        document = f"{base}/dataset/{quote(event.package_id, safe='')}.ttl"
        said["@graph"] = {
            "id": event.iri,
            "type": "dcat:Dataset",
            "document": {"id": document, "version": event.version},
        }
    return said


def _say_moment(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _write(document: Mapping[str, Any], ending: str) -> bytes:
    if ending == "jsonld":
        return json.dumps(document, ensure_ascii=False, indent=1).encode()
    # the other syntaxes say the same by being made of it
    quads = _list_quads(document)
    return (_write_trig(quads) if ending == "trig" else _write_lines(quads)).encode()


class _Quad(NamedTuple):
    """A statement: prefixed names, IRIs and literals as TriG writes them."""

    subject: str
    predicate: str
    object: str
    graph: str | None


def _list_quads(node: Mapping[str, Any], graph: str | None = None) -> Iterator[_Quad]:
    """List what a node of the document says, and those that it holds."""
    subject = _name(node["id"])
    for key, values in node.items():
        if key == "@graph":
            yield from _list_quads(values, subject)
        elif key not in ("@context", "id"):
            for value in values if isinstance(values, list) else [values]:
                yield _Quad(subject, _find_predicate(key), _write_value(key, value), graph)
                if isinstance(value, dict) and len(value) > 1:
                    yield from _list_quads(value, graph)


def _find_predicate(key: str) -> str:
    told = _CONTEXT.get(key, key)
    name = told if isinstance(told, str) else told.get("@id", key)
    return "a" if name == "@type" else name


def _write_value(key: str, value: Any) -> str:
    told = _CONTEXT.get(key)
    kind = told.get("@type") if isinstance(told, dict) else None
    if isinstance(value, dict):
        return _name(value["id"])
    if kind == "@id" or key == "type":
        return _name(_CONTEXT.get(value, value))
    if not isinstance(value, str):
        kind = "xsd:boolean" if isinstance(value, bool) else "xsd:integer"
        value = json.dumps(value)
    return json.dumps(value) + (f"^^{kind}" if kind else "")


def _name(name: str) -> str:
    """Write a prefixed name or an IRI, be it one that only begins like a name."""
    prefix, _, local = name.partition(":")
    return name if prefix in _NAMESPACES and local.isalpha() else f"<{name}>"


def _write_trig(quads: Iterable[_Quad]) -> str:
    texts = [f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in _NAMESPACES.items()]
    for (graph, subject), group in groupby(quads, lambda quad: (quad.graph, quad.subject)):
        said = " ;\n\t".join(f"{quad.predicate} {quad.object}" for quad in group)
        texts.append(f"{graph} {{ {subject} {said} . }}\n" if graph else f"{subject} {said} .\n")
    return "".join(texts)


def _write_lines(quads: Iterable[_Quad]) -> str:
    return "".join(" ".join([*map(_spell_out, filter(None, quad)), ".\n"]) for quad in quads)


def _spell_out(term: str) -> str:
    """Write a term of TriG as N-Quads do."""
    text, mark, name = term.rpartition("^^")
    prefix, _, local = ("rdf", "", "type") if name == "a" else name.partition(":")
    return f"{text}{mark}<{_NAMESPACES[prefix]}{local}>" if prefix in _NAMESPACES else term
