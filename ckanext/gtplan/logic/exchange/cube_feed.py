"""The documents of indicators' observations as RDF Data Cubes: of one indicator, or of all.

As in the other documents everything is as an anonymous visitor may see it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rdflib import Graph

from ckanext.gtplan.config import get_base_uri, get_main_language
from ckanext.gtplan.rdf import portal
from ckanext.gtplan.rdf.cube import CubeWriter, MeasuredIndicator

from ..living.reading import read_batches
from .public import Package, find_record, list_bodies, search_pages

__all__ = ["cube_pages", "indicator_pages"]


def indicator_pages(id_or_name: str) -> Iterator[Graph] | None:
    """Write the observations of an indicator.

    Args:
        id_or_name: the indicator.

    Returns:
        The statements, some observations at a time; None when there is no such public indicator.
    """
    package = find_record("indicator", id_or_name)
    return None if package is None else _write_pages([package])


def cube_pages() -> Iterator[Graph]:
    """Write the observations of all indicators.

    Returns:
        The statements, some observations at a time in an order that stays: by indicator, then
        as they were added.
    """
    found = search_pages("+dataset_type:indicator")
    return _write_pages(package for packages in found for package in packages)


def _write_pages(packages: Iterable[Package]) -> Iterator[Graph]:
    writer = CubeWriter(get_base_uri(), language=get_main_language(), bodies=list_bodies())
    writer.add_structures()
    yield writer.take()
    for package in packages:
        indicator = MeasuredIndicator(
            iri=portal.site().iri("indicator", package["id"]),
            title=str(package.get("title") or package["name"]),
            unit=package.get("unit") if isinstance(package.get("unit"), str) else None,
        )
        for observations in read_batches(package["id"], "observations"):
            writer.add(indicator, observations)
            yield writer.take()
    writer.add_bodies()
    yield writer.take()
