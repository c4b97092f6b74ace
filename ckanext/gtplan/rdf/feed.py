"""The syntaxes of RDF, and the terms of paging that harvesters read."""

from __future__ import annotations

import logging
from collections.abc import Mapping
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
    """Where a page stands among the pages of a feed.

    Attributes:
        address: of the page itself.
        links: names and addresses of others: ``first``, ``previous``, ``next``, ``last``.
        size: datasets that a page has.
        total: datasets on all pages.
    """

    address: str
    links: tuple[tuple[str, str], ...]
    size: int
    total: int


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


def add_paging(graph: Graph, catalog: URIRef, paging: Paging) -> None:
    """Add a page's links in Hydra's terms of today and those that old harvesters read.

    Args:
        graph: of the page.
        catalog: the catalogue's IRI.
        paging: where the page stands.
    """
    view = iri(paging.address)
    graph.add((catalog, HYDRA.view, view))
    for kind in (HYDRA.PartialCollectionView, HYDRA.PagedCollection):
        graph.add((view, RDF.type, kind))
    for name, address in paging.links:
        for predicate in (HYDRA[name], HYDRA[f"{name}Page"]):
            graph.add((view, predicate, iri(address)))
    graph.add((view, HYDRA.totalItems, Literal(paging.total)))
    graph.add((view, HYDRA.itemsPerPage, Literal(paging.size)))
