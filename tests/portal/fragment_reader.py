"""Fragments as the tests make and read them, and what they have to say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pyoxigraph as ox
from ckan import model
from ckan.plugins import toolkit as tk
from rdflib import Graph, URIRef

from ckanext.gtplan.feed.keeping.database import get_engine
from ckanext.gtplan.feed.making import layout
from ckanext.gtplan.feed.making.fragment import Made, Maker
from ckanext.gtplan.prm.datajson import to_json
from ckanext.gtplan.rdf import portal
from ckanext.gtplan.rdf.graph import Writer

Make = Callable[..., list[Made]]

FORMATS = {"nt": "nt", "ttl": "turtle", "xml": "xml", "jsonld": "json-ld"}
OX = {
    "nt": ox.RdfFormat.N_TRIPLES,
    "ttl": ox.RdfFormat.TURTLE,
    "xml": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
}


@contextmanager
def open_maker() -> Iterator[Make]:
    """Make fragments of packages by a connection of its own, as the feeds do."""
    with get_engine().connect() as connection:

        def call(*ids: str) -> list[Made]:
            connection.rollback()
            return list(Maker(connection).make(ids))

        yield call


def join(syntax: str, made: list[Made]) -> bytes:
    """Make a document of fragments."""
    bodies = [one.bodies[syntax] for one in made]
    catalogue = {} if syntax == "json" else Graph()
    head = layout.write_head(syntax, catalogue, portal.site().base, is_empty=not bodies)
    return head + layout.SEPARATORS[syntax].join(bodies) + layout.TAILS[syntax]


def read(syntax: str, made: list[Made]) -> Graph:
    """Read a document of fragments with both libraries; what they read is the same."""
    document = join(syntax, made)
    graph = Graph().parse(data=document, format=FORMATS[syntax])
    assert len(set(ox.parse(document, format=OX[syntax]))) == len(graph)
    return graph


def expect(package_id: str) -> tuple[Graph, dict[str, Any]]:
    """Write a dataset by way of ``package_show`` and rdflib."""
    context = {"ignore_auth": True, "use_cache": False}
    shown = tk.get_action("package_show")(context, {"id": package_id})
    record = portal.Directory().record(shown)
    writer = Writer(portal.site().base)
    writer.list_in(URIRef(portal.site().iri("catalog")), writer.add(record))
    return writer.graph, to_json(record, "es")


def spoil(package_id: str, **extras: str) -> None:
    """Write extras past every validator."""
    package = model.Package.get(package_id)
    package.extras.update(extras)
    model.Session.commit()
