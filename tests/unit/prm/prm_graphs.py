"""Graphs of records, as the tests of the profile look at them."""

from __future__ import annotations

from collections.abc import Iterable

from rdflib import Graph

from ckanext.gtplan.prm.record import Record
from ckanext.gtplan.rdf.feed import Paging, add_paging, add_safely
from ckanext.gtplan.rdf.graph import Writer


def dataset_graph(base: str, record: Record) -> Graph:
    """Write one dataset."""
    writer = Writer(base)
    add_safely(writer, record)
    return writer.graph


def catalog_graph(base: str, catalog: Record, datasets: Iterable[Record], page: int = 1) -> Graph:
    """Write a page of the catalogue, one of three."""
    writer = Writer(base)
    subject = writer.add(catalog)
    for record in datasets:
        writer.list_in(subject, add_safely(writer, record))
    add_paging(writer.graph, subject, make_paging(base, page))
    return writer.graph


def make_paging(base: str, page: int) -> Paging:
    """Make the links of a page of three."""
    address = f"{base}/catalog.ttl"
    starts = {"first": 1, "previous": page - 1, "next": page + 1, "last": 3}
    links = [(name, f"{address}?after={to - 1}") for name, to in starts.items() if 1 <= to <= 3]
    return Paging(address=f"{address}?after={page - 1}", links=tuple(links), size=1, total=3)
