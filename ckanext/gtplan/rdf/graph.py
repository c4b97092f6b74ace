"""Write records as RDF statements: a loop over the table, a small function for each value type.

Every node has an IRI: an authority's where there is one, else a fragment of
the thing that it belongs to. So feeds have no blank nodes, and the same record
makes the same statements at every time and on every page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from rdflib import OWL, RDF, RDFS, SKOS, XSD, Graph, Literal, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF
from rdflib.term import Node as Term

from ckanext.gtplan.prm.profile import Node, Row, Step, load, nodes, rows
from ckanext.gtplan.prm.record import Link, Record, digest, fragment
from ckanext.gtplan.prm.values import Period, Place
from ckanext.gtplan.prm.vocabulary import vocabulary

Statement = tuple[URIRef, URIRef, Term]

# What an IRI must not have (RFC 3987), beyond what Site and the readers encode.
_IRI = re.compile(r"^[a-z][a-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`]+$")
_DATE_TYPES: Mapping[int, URIRef] = {4: XSD.gYear, 7: XSD.gYearMonth, 10: XSD.date}


def iri(text: str) -> URIRef:
    """Make an IRI, or refuse: one bad IRI would spoil a whole feed.

    Raises:
        ValueError: the text is no IRI.
    """
    if not _IRI.match(text):
        raise ValueError(f"not an IRI: {text!r}")
    return URIRef(text)


def namespaces(base: str) -> dict[str, str]:
    """List the namespaces by prefix, with the two that the portal itself serves.

    Args:
        base: public address of the portal.
    """
    own = {name: f"{base.rstrip('/')}/ns/{name}#" for name in ("prm", "gtp")}
    return {**load()["namespaces"], **own}


class Writer:
    """Collects the statements of records in one graph.

    Args:
        base: public address of the portal, for the namespaces `prm:` and `gtp:`.
        graph: where the statements go; a new one when None.
    """

    def __init__(self, base: str, graph: Graph | None = None) -> None:
        self.graph = Graph() if graph is None else graph
        self._namespaces = namespaces(base)
        for prefix, namespace in self._namespaces.items():
            self.graph.bind(prefix, namespace, override=True, replace=True)
        self._agents: dict[str, Mapping[str, Any]] = {}
        self._objects: Mapping[str, Callable[[Row, Any, URIRef], Iterator[_Said]]] = {
            "text": self._text,
            "url": self._url,
            "email": self._email,
            "date": self._date,
            "integer": self._integer,
            "code": self._code,
            "media_type": self._media_type,
            "period": self._period,
            "place": self._place,
            "link": self._link,
            "records": self._child,
        }

    def add(self, record: Record) -> URIRef:
        """Add what a record says: all of it, or on an error nothing.

        Args:
            record: a catalogue or a dataset.

        Returns:
            The record's IRI.

        Raises:
            ValueError: the record has an IRI that is none.
        """
        for statement in list(self._record(record)):
            self.graph.add(statement)
        return iri(record.iri)

    def list_in(self, catalog: URIRef, dataset: URIRef) -> None:
        """Say that a dataset, and the record of it, are in a catalogue."""
        self.graph.add((catalog, DCAT.dataset, dataset))
        for entry in self.graph.subjects(FOAF.primaryTopic, dataset):
            self.graph.add((catalog, DCAT.record, entry))

    def expand(self, curie: str) -> URIRef:
        """Make an IRI of a prefixed name of the table."""
        prefix, _, local = curie.partition(":")
        return iri(self._namespaces[prefix] + local)

    def _record(self, record: Record) -> Iterator[Statement]:
        subject = iri(record.iri)
        yield subject, RDF.type, self.expand(load()["classes"][record.kind]["rdf"])
        for row in rows(record.kind):
            if row.implied or row.key not in record.values:
                continue
            value = record.values[row.key]
            items = value if row.many else [value]
            write = self._write_list if row.ordered else self._write_each
            yield from write(record, subject, row, items)

    def _write_each(
        self, record: Record, subject: URIRef, row: Row, items: Sequence[Any]
    ) -> Iterator[Statement]:
        for position, item in enumerate(items, 1):
            if item is None:
                continue
            parent = subject
            for step in row.steps[:-1]:
                parent, link = self._step(record, parent, step, position, item)
                yield from link
            for term, statements in self._objects[row.type](row, item, parent):
                yield parent, self.expand(row.steps[-1].predicate), term
                yield from statements

    def _write_list(
        self, record: Record, subject: URIRef, row: Row, items: Sequence[Any]
    ) -> Iterator[Statement]:
        """Write the values as an RDF list whose cells have IRIs: order survives every syntax."""
        parent = subject
        for step in row.steps[:-1]:
            parent, link = self._step(record, parent, step, 1, None)
            yield from link
        last = row.steps[-1].predicate
        cells = [iri(fragment(parent, f"list-{n}")) for n in range(1, len(items) + 1)]
        yield parent, self.expand(last), cells[0]
        for cell, rest, item in zip(cells, [*cells[1:], RDF.nil], items, strict=True):
            for term, statements in self._objects[row.type](row, item, parent):
                yield cell, RDF.first, term
                yield from statements
            yield cell, RDF.rest, rest

    def _step(
        self, record: Record, parent: URIRef, step: Step, position: int, item: Any
    ) -> tuple[URIRef, list[Statement]]:
        """Go one step along a path: the node that it leads to, and what is said of the way."""
        node = nodes()[step.node or ""]
        child, said = self._node(record, parent, node, position, item)
        predicate = self.expand(step.predicate)
        said.append((child, predicate, parent) if step.inverse else (parent, predicate, child))
        said.append((child, RDF.type, self.expand(node.rdf_class)))
        for name, value in node.constants.items():
            terms = _literals(value) if isinstance(value, Mapping) else [self.expand(value)]
            said += [(child, self.expand(name), term) for term in terms]
        return child, said

    def _node(
        self, record: Record, parent: URIRef, node: Node, position: int, item: Any
    ) -> tuple[URIRef, list[Statement]]:
        marks = {"hash": lambda: f"-{digest(repr(item))}", "number": lambda: f"-{position}"}
        name = node.name + (marks[node.each]() if node.each else "")
        own = iri(fragment(parent, name))
        if not node.iri or (node.iri not in record.values and "->" in node.iri):
            return own, []
        if node.iri not in record.values:
            return self.expand(node.iri), []
        known = record.values[node.iri]
        mine = {
            row.key: record.values.get(row.key)
            for row in rows(record.kind)
            if any(step.node and nodes()[step.node] is node for step in row.steps)
        }
        # One IRI must not get two names: who says it otherwise gets a node of its own.
        if self._agents.setdefault(known, mine) == mine:
            return iri(known), []
        return own, [(own, OWL.sameAs, iri(known))]

    # One function for each type of value: the terms to say, each with what is said of it.

    def _text(self, row: Row, item: Any, subject: URIRef) -> Iterator[_Said]:
        for literal in _literals(item):
            yield literal, []

    def _url(self, row: Row, item: str, subject: URIRef) -> Iterator[_Said]:
        yield self._typed(row, iri(item))

    def _email(self, row: Row, item: str, subject: URIRef) -> Iterator[_Said]:
        yield iri(f"mailto:{quote(item, safe='@!$*+')}"), []

    def _date(self, row: Row, item: str, subject: URIRef) -> Iterator[_Said]:
        yield _date_literal(item), []

    def _integer(self, row: Row, item: int, subject: URIRef) -> Iterator[_Said]:
        yield Literal(str(item), datatype=XSD.nonNegativeInteger), []

    def _code(self, row: Row, item: str, subject: URIRef) -> Iterator[_Said]:
        term = vocabulary(row.vocabulary or "").find(item)
        if term is None and "://" in item:
            yield self._typed(row, iri(item))
            return
        labels: Any = term.label if term else item
        if term:
            concept, said = self._typed(row, self.expand(term.iri))
        else:
            own = iri(fragment(subject, f"{row.key}-{digest(item)}"))
            concept, said = self._typed(row, own)
            said.append((own, RDFS.label, Literal(item)))
        if row.range == "skos:Concept":
            said += [(concept, SKOS.prefLabel, label) for label in _literals(labels)]
        yield concept, said

    def _media_type(self, row: Row, item: str, subject: URIRef) -> Iterator[_Said]:
        yield self._typed(row, self.expand(f"iana:{item}"))

    def _period(self, row: Row, item: Period, subject: URIRef) -> Iterator[_Said]:
        period, said = self._typed(row, iri(fragment(subject, "period")))
        if item.start:
            said.append((period, DCAT.startDate, _date_literal(item.start)))
        if item.end:
            said.append((period, DCAT.endDate, _date_literal(item.end)))
        yield period, said

    def _place(self, row: Row, item: Place, subject: URIRef) -> Iterator[_Said]:
        country = vocabulary("country").find(item.code) if item.code else None
        known = self.expand(country.iri) if country else iri(item.uri) if item.uri else None
        if known and item in (Place(code=item.code), Place(uri=item.uri)):
            yield self._typed(row, known)
            return
        own = iri(fragment(subject, f"place-{digest(repr(item))}"))
        place, said = self._typed(row, own)
        if item.code:
            said.append((own, DCTERMS.identifier, Literal(item.code)))
        if item.name:
            said.append((own, SKOS.prefLabel, Literal(item.name)))
        if item.uri:
            said.append((own, SKOS.exactMatch, iri(item.uri)))
        if item.bbox:
            west, south, east, north = item.bbox
            corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
            ring = ",".join(f"{x!r} {y!r}" for x, y in corners)
            said.append((own, DCAT.bbox, self._wkt(f"POLYGON(({ring}))")))
        if item.centroid:
            x, y = item.centroid
            said.append((own, DCAT.centroid, self._wkt(f"POINT({x!r} {y!r})")))
        yield place, said

    def _link(self, row: Row, item: Link, subject: URIRef) -> Iterator[_Said]:
        target, said = self._typed(row, iri(item.iri))
        said.append((target, DCTERMS.title, Literal(item.title)))
        said.append((target, DCTERMS.identifier, Literal(item.identifier)))
        yield target, said

    def _child(self, row: Row, item: Record, subject: URIRef) -> Iterator[_Said]:
        yield iri(item.iri), list(self._record(item))

    def _typed(self, row: Row, term: URIRef) -> tuple[URIRef, list[Statement]]:
        return term, [(term, RDF.type, self.expand(row.range))] if row.range else []

    def _wkt(self, text: str) -> Literal:
        return Literal(text, datatype=self.expand("gsp:wktLiteral"))


_Said = tuple[URIRef | Literal, list[Statement]]


def _literals(text: str | Mapping[str, str]) -> list[Literal]:
    if isinstance(text, str):
        return [Literal(text)]
    return [Literal(value, lang=lang.replace("_", "-")) for lang, value in text.items()]


def _date_literal(text: str) -> Literal:
    return Literal(text, datatype=_DATE_TYPES.get(len(text), XSD.dateTime), normalize=False)
