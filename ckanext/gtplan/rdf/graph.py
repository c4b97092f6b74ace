"""Write records as RDF statements: a loop over the table, a small function for each value type.

Every node has an IRI: an authority's where there is one, else a fragment of
the thing that it belongs to. So feeds have no blank nodes, and the same record
makes the same statements at every time and on every page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from rdflib import OWL, RDF, RDFS, SKOS, XSD, Graph, Literal, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF
from rdflib.term import Node as Term

from ckanext.gtplan.prm.builder import Link, Record, digest, fragment
from ckanext.gtplan.prm.profile import Node, Row, Step, load, nodes, rows
from ckanext.gtplan.prm.values import Period, Place
from ckanext.gtplan.prm.vocabulary import vocabulary

from .terms import Names, iri, namespaces

__all__ = ["Writer", "iri", "namespaces"]

Statement = tuple[URIRef, URIRef, Term]

_DATE_TYPES: Mapping[int, URIRef] = {4: XSD.gYear, 7: XSD.gYearMonth, 10: XSD.date}


class Writer:
    """Collects the statements of records in one graph.

    Args:
        base: public address of the portal, for the namespaces `prm:` and `gtp:`.
        graph: where the statements go; a new one when None.
    """

    def __init__(self, base: str, graph: Graph | None = None) -> None:
        self.graph = Graph() if graph is None else graph
        self.expand = Names(base).expand
        for prefix, namespace in namespaces(base).items():
            self.graph.bind(prefix, namespace, override=True, replace=True)
        self._agents: dict[str, Mapping[str, Any]] = {}

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
            for term, statements in self._say(row, item, parent):
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
            for term, statements in self._say(row, item, parent):
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

    def _say(self, row: Row, item: Any, subject: URIRef) -> Iterator[_Said]:
        """List the terms to say of a value, each with what is said of it."""
        say: Callable[[Row, Any, URIRef], Iterator[_Said]] = getattr(self, f"_{row.type}")
        return say(row, item, subject)

    # One function for each type of value, under its name.

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
            said += [(concept, DCTERMS.type, self.expand(term.type))] if term.type else []
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

    def _records(self, row: Row, item: Record, subject: URIRef) -> Iterator[_Said]:
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
