"""Write records as statements of rdflib, collected in a graph."""

from __future__ import annotations

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCAT, FOAF
from rdflib.term import Node as Term

from ckanext.gtplan.prm.builder import Record

from . import statements
from .statements import IsFirst, RecordWriter
from .terms import Names, iri, namespaces

__all__ = ["Statement", "Writer", "iri", "namespaces"]

Statement = tuple[URIRef, URIRef, Term]


class Writer:
    """Collects the statements of records in one graph.

    Args:
        base: public address of the portal, for the namespaces `prm:` and `gtp:`.
        graph: where the statements go; a new one when None.
        is_first: decides whether an agent's IRI may be called as a record does; None: if no record
            that this writer wrote before calls it otherwise.
    """

    def __init__(
        self, base: str, graph: Graph | None = None, is_first: IsFirst | None = None
    ) -> None:
        self.graph = Graph() if graph is None else graph
        self.expand = Names(base).expand
        for prefix, namespace in namespaces(base).items():
            self.graph.bind(prefix, namespace, override=True, replace=True)
        self._records = RecordWriter(base)
        self._agents: dict[str, str] = {}
        self._is_first = is_first or self._is_first_here

    def add(self, record: Record) -> URIRef:
        """Add what a record says: all of it, or on an error nothing.

        Args:
            record: a catalogue or a dataset.

        Returns:
            The record's IRI.

        Raises:
            ValueError: the record has an IRI that is none.
        """
        said = self._records.write(record, self._is_first)
        found = [
            (iri(subject), iri(predicate), _make_term(term))
            for subject, about in said.items()
            for predicate, term in about
        ]
        for statement in found:
            self.graph.add(statement)
        return iri(record.iri)

    def list_in(self, catalog: URIRef, dataset: URIRef) -> None:
        """Say that a dataset, and the record of it, are in a catalogue."""
        self.graph.add((catalog, DCAT.dataset, dataset))
        for entry in self.graph.subjects(FOAF.primaryTopic, dataset):
            self.graph.add((catalog, DCAT.record, entry))

    def _is_first_here(self, known: str, mark: str) -> bool:
        return self._agents.setdefault(known, mark) == mark


def _make_term(term: statements.Term) -> Term:
    if isinstance(term, str):
        return iri(term)
    datatype = URIRef(term.datatype) if term.datatype else None
    return Literal(term.text, lang=term.language, datatype=datatype, normalize=False)
