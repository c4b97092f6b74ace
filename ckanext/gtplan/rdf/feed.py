"""Pages of a catalogue in every RDF syntax, with the paging terms that harvesters read."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rdflib import RDF, Graph, Literal, Namespace, URIRef

from ckanext.gtplan.prm.record import Record

from .graph import Writer, iri, namespaces

log = logging.getLogger(__name__)

HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")


@dataclass(frozen=True)
class Syntax:
    """An RDF syntax: rdflib's name for it, and its media type."""

    name: str
    media_type: str


# By the ending of the address. rdflib's `pretty-xml` is not used: it drops
# the type of the cells of a list and so doesn't read back the same.
SYNTAXES: Mapping[str, Syntax] = {
    "ttl": Syntax("turtle", "text/turtle"),
    "xml": Syntax("xml", "application/rdf+xml"),
    "rdf": Syntax("xml", "application/rdf+xml"),
    "jsonld": Syntax("json-ld", "application/ld+json"),
    "n3": Syntax("n3", "text/n3"),
    "nt": Syntax("nt", "application/n-triples"),
}


@dataclass(frozen=True, kw_only=True)
class Paging:
    """Where a page stands among the pages of a feed."""

    address: str
    page: int
    size: int
    total: int

    @property
    def last(self) -> int:
        """Number of the last page; an empty feed has one page."""
        return max(1, -(-self.total // self.size))

    def link(self, page: int) -> str:
        """Make the address of a page."""
        return f"{self.address}?page={page}"


def dataset_graph(base: str, record: Record) -> Graph:
    """Write one dataset.

    Args:
        base: public address of the portal.
        record: the dataset.

    Returns:
        The statements; if the dataset can't be said, identifier, title and date of change.
    """
    writer = Writer(base)
    add_safely(writer, record)
    return writer.graph


def catalog_graph(base: str, catalog: Record, datasets: Iterable[Record], paging: Paging) -> Graph:
    """Write a page of the catalogue; a dataset that can't be said never spoils it.

    Args:
        base: public address of the portal.
        catalog: the catalogue.
        datasets: the datasets of the page.
        paging: where the page stands.

    Returns:
        The statements, with Hydra's terms for the pages.
    """
    writer = Writer(base)
    subject = writer.add(catalog)
    for record in datasets:
        writer.list_in(subject, add_safely(writer, record))
    _add_paging(writer.graph, subject, paging)
    return writer.graph


def serialize(graph: Graph, syntax: Syntax, base: str) -> str:
    """Write a graph in a syntax.

    Args:
        graph: the statements.
        syntax: one of SYNTAXES.
        base: public address of the portal, for JSON-LD's context.

    Returns:
        The document.
    """
    if syntax.name == "json-ld":
        context = {**namespaces(base), "hydra": str(HYDRA)}
        return graph.serialize(format=syntax.name, context=context, auto_compact=True)
    return graph.serialize(format=syntax.name)


def add_safely(writer: Writer, record: Record) -> URIRef:
    """Add what a dataset says or, when it can't be said, identifier, title and date of change.

    Args:
        writer: of the feed.
        record: the dataset.

    Returns:
        The dataset's IRI.
    """
    try:
        return writer.add(record)
    except Exception:
        # Whatever it is: one dataset must not take the others out of the feed,
        # and left out of a feed a harvester would delete it.
        log.exception("cannot be said in RDF but for its title: %s", record.iri)
        return writer.add(record.reduced())


def _add_paging(graph: Graph, catalog: URIRef, paging: Paging) -> None:
    """Add the page's links in Hydra's terms of today and those that old harvesters read."""
    graph.bind("hydra", HYDRA)
    links = {"first": 1, "last": paging.last}
    if paging.page > 1:
        links["previous"] = paging.page - 1
    if paging.page < paging.last:
        links["next"] = paging.page + 1
    view = iri(paging.link(paging.page))
    graph.add((catalog, HYDRA.view, view))
    for kind in (HYDRA.PartialCollectionView, HYDRA.PagedCollection):
        graph.add((view, RDF.type, kind))
    for name, page in links.items():
        for predicate in (HYDRA[name], HYDRA[f"{name}Page"]):
            graph.add((view, predicate, iri(paging.link(page))))
    graph.add((view, HYDRA.totalItems, Literal(paging.total)))
    graph.add((view, HYDRA.itemsPerPage, Literal(paging.size)))
