"""Read records from RDF statements, by the paths of the profile's table.

Our own feeds are read without loss; of others' what the profile can hold.
Nothing raises for what a graph holds: what can't be kept is a problem of the
record, and so is every statement about it that no row reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from rdflib import OWL, RDF, BNode, Graph, Literal, URIRef
from rdflib.namespace import DCAT, FOAF
from rdflib.term import Node as Term

from ckanext.gtplan.prm.builder import Builder, Part, Record, Several, Shown, digest, fragment
from ckanext.gtplan.prm.profile import Node, Row, Step, nodes, rows
from ckanext.gtplan.prm.values import Unsayable, read_iri
from ckanext.gtplan.prm.vocabulary import vocabulary

from .nodes import Nodes
from .terms import Names, is_part, show

__all__ = ["list_datasets", "normalize", "read_catalog", "read_dataset"]

# Ways of saying that a thing is a part, in rows that have no field for it.
_STRUCTURE = (RDF.type, DCAT.record, FOAF.primaryTopic, FOAF.isPrimaryTopicOf)
_HYDRA = "http://www.w3.org/ns/hydra/core#"
# What a thing without an IRI is recognised by at its next harvest.
_MARKS = ("dct:identifier", "dcat:downloadURL", "dcat:accessURL", "dct:title")


def normalize(graph: Graph, base: str) -> Graph:
    """Rename the `prm:` and `gtp:` terms of any portal to those of this one.

    Args:
        graph: statements of any feed; stays as it is.
        base: public address of this portal.

    Returns:
        A graph with the same statements, in which ``.../ns/prm#x`` is this portal's.
    """
    localize = Names(base).localize
    found = Graph()
    for prefix, namespace in graph.namespaces():
        found.bind(prefix, namespace)
    for statement in graph:
        found.add(tuple(localize(term) for term in statement))  # type: ignore[arg-type]
    return found


def list_datasets(graph: Graph) -> list[URIRef]:
    """List what the graph says is a dataset and names by an IRI, in a stable order."""
    found = {node for node in graph.subjects(RDF.type, DCAT.Dataset) if isinstance(node, URIRef)}
    return sorted(found)


def read_dataset(graph: Graph, subject: Term, base: str) -> Record:
    """Read a dataset with its distributions.

    Args:
        graph: the statements, of any feed.
        subject: the dataset.
        base: public address of this portal.

    Returns:
        The record, with the problems of what can't be kept.
    """
    return _Reader(graph, base).read("dataset", subject)


def read_catalog(graph: Graph, subject: Term, base: str) -> Record:
    """Read a catalogue with its datasets.

    Args:
        graph: the statements, of any feed.
        subject: the catalogue.
        base: public address of this portal.

    Returns:
        The record, with its own problems and not its datasets'.
    """
    return _Reader(graph, base).read("catalog", subject)


class _Reader:
    """Reads one record; its parts with it."""

    def __init__(self, graph: Graph, base: str) -> None:
        self.base = base
        self.nodes = Nodes(graph, Names(base))
        self.builder = Builder()
        self.visited: dict[Term, _Subject] = {}
        self.read_triples: set[tuple[Term, URIRef, Term]] = set()

    def read(self, kind: str, node: Term) -> Record:
        iri = self.identify(node, f"{self.base.rstrip('/')}/.well-known/genid/")
        record = self.builder.build(kind, iri, _Subject(self, kind, node, iri))
        for node, subject in self.visited.items():
            subject.report_unread(node)
        return replace(record, problems=self.builder.problems)

    def identify(self, node: Term, start: str) -> str:
        """Give a record's IRI; what has none is known by what is said of it."""
        if isinstance(node, URIRef):
            try:
                return read_iri(str(node))
            except Unsayable:
                self.builder.report(start, "uri", Shown(show(node)), "not_iri")
        marks = [str(mark) for curie in _MARKS for mark in self.nodes.objects(node, curie)]
        said = [f"{p} {o}" for p, terms in self.nodes.said(node).items() for o in terms]
        own = str(node) if isinstance(node, URIRef) else "\n".join(sorted(said))
        return start + digest(own if isinstance(node, URIRef) or not marks else marks[0])


class _Subject:
    """Looks the rows of a record up among the statements about its node."""

    def __init__(
        self, reader: _Reader, kind: str, node: Term, iri: str, parent: _Subject | None = None
    ) -> None:
        self.reader = reader
        self.nodes = reader.nodes
        self.kind = kind
        self.node = node
        self.iri = iri
        self.parent = parent
        self.found: Mapping[str, Any] = {}
        # The name that the writer made the names of its parts from.
        self.name = str(node) if isinstance(node, URIRef) else iri
        self.chosen: dict[tuple[Term, Step], list[Term]] = {}
        reader.visited.setdefault(node, self)

    def __call__(self, row: Row, found: Mapping[str, Any]) -> Iterator[Any]:
        """Give what the row's path leads to."""
        self.found = found
        *steps, last = row.steps
        if row.implied and last.node is None:
            yield self.parent.found.get("identifier") if self.parent else None
        elif last.node:
            yield Several(self._agent_iris(row))
        elif row.ordered:
            yield list(self._ordered(row))
        elif row.keeps_places:
            yield self._numbered(row)
        else:
            terms = [
                term for parent in self._parents(steps) for term in self._ends(row, parent, last)
            ]
            yield from self._raw(row, terms)

    def _raw(self, row: Row, terms: Sequence[Term]) -> Iterator[Any]:
        if row.type == "records":
            yield [self._part(row, number, term) for number, term in enumerate(terms, 1)]
        elif row.type != "text":
            raws = [self._read(row, term) for term in terms]
            if row.type == "code":
                raws.sort(key=vocabulary(row.vocabulary or "").position)
            yield raws if row.many else Several(raws)
        elif row.many:
            yield [
                {language: text} if language else text
                for language, text in map(self.nodes.text, terms)
            ]
        else:
            yield self.nodes.texts(terms)

    def _read(self, row: Row, term: Term) -> Any:
        def report(shown: str, why: str) -> None:
            self._report(row.key, shown, why)

        return self.nodes.raw(row, term, self.name, report)

    # Paths: the nodes that a row's steps lead to.

    def _parents(self, steps: Sequence[Step]) -> list[Term]:
        found = [self.node]
        for step in steps:
            found = [child for parent in found for child in self._step(parent, step)]
        return found

    def _step(self, parent: Term, step: Step) -> list[Term]:
        """Go one step along a path: to every node of it, or to the one that there is room for."""
        if (parent, step) not in self.chosen:
            node = nodes()[step.node or ""]
            found = [term for term in self._reached(parent, step) if self._fits(node, term)]
            if not node.each:
                for extra in found[1:]:
                    self._report(self.nodes.names.compact(step.predicate), show(extra), "only_one")
                    self._mark(parent, step, extra)
                found = found[:1]
            for term in found:
                self._mark(parent, step, term)
                if not isinstance(term, Literal) and not step.inverse:
                    self.reader.visited.setdefault(term, self)
            self.chosen[parent, step] = found
        return self.chosen[parent, step]

    def _reached(self, parent: Term, step: Step) -> list[Term]:
        if step.inverse:
            predicate = self.nodes.names.expand(step.predicate)
            return sorted(self.nodes.graph.subjects(predicate, parent), key=str)
        return self.nodes.objects(parent, step.predicate)

    def _fits(self, node: Node, term: Term) -> bool:
        """Tell whether a node is of the kind that the path means."""
        names = self.nodes.names
        profile = names.expand("prm:profile")
        if node.iri == "prm:profile" or node.name == "standard":
            return (term == profile) == (node.iri == "prm:profile")
        for curie, value in node.constants.items() if node.telling else ():
            said = self.nodes.said(term).get(names.expand(curie), [])
            if said and names.expand(value) not in said:
                return False
        return True

    def _ends(self, row: Row, parent: Term, last: Step) -> list[Term]:
        """List the terms at the end of a path."""
        if isinstance(parent, Literal):
            return [parent] if row.type == "text" else []
        predicate = self.nodes.predicate(parent, last.predicate)
        found = self.nodes.said(parent).get(predicate, [])
        if row.type == "link":
            found = [term for term in found if self._is_a(term, row.range)]
        self.reader.read_triples |= {(parent, predicate, term) for term in found}
        if found or parent == self.node or is_part(parent, self.name):
            return found
        return self._names_itself(row, parent)

    def _names_itself(self, row: Row, parent: Term) -> list[Term]:
        """Take the address of a thing for its page, or for its text, if nothing else is said."""
        if row.type == "url" or (
            row.type == "text" and not self.nodes.said(parent) and not self._has_uri(row)
        ):
            return [parent]
        return []

    def _has_uri(self, row: Row) -> bool:
        """Tell whether another row holds the address of the row's node."""
        return row.keeps_places or any(
            step.node and nodes()[step.node].iri and row.kind != "theme" for step in row.steps
        )

    def _is_a(self, term: Term, rdf_class: str | None) -> bool:
        wanted = self.nodes.names.expand(rdf_class or "")
        return wanted in self.nodes.said(term).get(RDF.type, [])

    # Rows of their own form.

    def _agent_iris(self, row: Row) -> Iterator[str]:
        """Give the address of a node: its own, or of what it is said to be the same as."""
        for node in self._parents(row.steps):
            if not is_part(node, self.name):
                yield str(node)
            elif not isinstance(node, Literal):
                yield from map(str, self.nodes.said(node).get(OWL.sameAs, ()))

    def _ordered(self, row: Row) -> Iterator[Any]:
        """Read the members of RDF lists, or what is there without a list."""
        *steps, last = row.steps
        terms = [
            term
            for parent in self._parents(steps)
            for end in self._ends(row, parent, last)
            for term in self._members(end)
        ]
        return iter([self._part(row, number, term) for number, term in enumerate(terms, 1)])

    def _members(self, cell: Term) -> Iterator[Term]:
        said = self.nodes.said(cell)
        if RDF.first not in said and cell != RDF.nil:
            yield cell
        seen: set[Term] = set()
        while RDF.first in said and cell not in seen:
            seen.add(cell)
            yield said[RDF.first][0]
            cell = next(iter(said.get(RDF.rest, ())), RDF.nil)
            said = self.nodes.said(cell)

    def _numbered(self, row: Row) -> list[Any]:
        """Give the values by the position of their node, which our own names tell."""
        *steps, last = row.steps
        name = nodes()[steps[-1].node or ""].name
        start = fragment(self.name, f"{name}-")
        free = iter(range(1, 1_000_000))
        placed: dict[int, Any] = {}
        for parent in self._parents(steps):
            number = str(parent).removeprefix(start)
            own = str(parent).startswith(start) and number.isascii() and number.isdigit()
            place = int(number[:4]) if own else next(n for n in free if n not in placed)
            raw = next(self._raw(row, self._ends(row, parent, last)))
            placed[place] = raw[0] if raw else None
        return [placed.get(place) for place in range(1, max(placed, default=0) + 1)]

    def _part(self, row: Row, number: int, term: Term) -> Any:
        """Make of a node a record yet to be read."""
        kind = row.vocabulary or ""
        if isinstance(term, Literal) or not self.nodes.said(term):
            return Shown(show(term))
        if kind == "dataset":
            return _Reader(self.nodes.graph, self.reader.base).read(kind, term)
        if kind == "field":
            iri = fragment(self.iri, f"field-{number}")
        else:
            iri = self.reader.identify(term, fragment(self.iri, f"{kind}-"))
        return Part(iri=iri, lookup=_Subject(self.reader, kind, term, iri, self))

    # What isn't kept.

    def _mark(self, parent: Term, step: Step, term: Term) -> None:
        if not step.inverse:
            predicate = self.nodes.predicate(parent, step.predicate)
            self.reader.read_triples.add((parent, predicate, term))

    def _report(self, name: str, shown: str, why: str) -> None:
        self.reader.builder.report(self.iri, name, Shown(shown), why)

    def report_unread(self, node: Term) -> None:
        """List the statements about a node that no row has read."""
        names = self.nodes.names
        constants = {names.expand(c) for kind in nodes().values() for c in kind.constants}
        allowed = {*_STRUCTURE, *(constants if node != self.node else ()), OWL.sameAs}
        known = {names.expand(r.steps[0].predicate) for r in rows(self.kind) if r.type == "records"}
        for predicate, terms in self.nodes.said(node).items():
            if predicate in allowed | known or predicate.startswith(_HYDRA):
                continue
            for term in terms:
                if (node, predicate, term) not in self.reader.read_triples:
                    shown = self.nodes.label(term) if isinstance(term, BNode) else None
                    self._report(names.compact(predicate), shown or show(term), "not_in_profile")
