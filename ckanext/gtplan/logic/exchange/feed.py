"""The documents behind the feeds' addresses: one dataset or the catalogue, in RDF or data.json."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context
from rdflib import Graph

from ckanext.gtplan.config import get_base_uri
from ckanext.gtplan.prm.datajson import to_json
from ckanext.gtplan.prm.record import Record
from ckanext.gtplan.rdf import portal
from ckanext.gtplan.rdf.feed import Paging, catalog_graph, dataset_graph

__all__ = [
    "PageNotFound",
    "all_records",
    "catalog_document",
    "catalog_page",
    "dataset_document",
    "dataset_page",
    "dcat_catalog_search",
    "dcat_catalog_show",
    "page_size",
]

log = logging.getLogger(__name__)

Action = Callable[[Context, dict[str, Any]], Any]

_ID = re.compile(r"^[A-Za-z0-9_-]{1,100}$")


class PageNotFound(Exception):
    """A page after the last one.

    Args:
        last: number of the last page.
    """

    def __init__(self, last: int) -> None:
        super().__init__(f"the last page is {last}")
        self.last = last


def page_size() -> int:
    """Tell how many datasets a page of the catalogue has, by ckanext-dcat's own option.

    A search gives no more than CKAN's limit: beyond it, datasets would be left out.
    """
    wanted = int(tk.config.get("ckanext.dcat.datasets_per_page") or 100)
    return min(wanted, int(tk.config["ckan.search.rows_max"]))


def catalog_page(address: str, page: int) -> Graph:
    """Write a page of the catalogue.

    Args:
        address: public address of the feed, for the links between pages.
        page: number of the page, from 1.

    Returns:
        The statements.

    Raises:
        PageNotFound: the catalogue has fewer pages.
    """
    size = page_size()
    found = _packages(start=(page - 1) * size, rows=size)
    paging = Paging(address=address, page=page, size=size, total=found["count"])
    if page > paging.last:
        raise PageNotFound(paging.last)
    records = portal.Directory().records(found["results"])
    return catalog_graph(get_base_uri(), _catalog(), records, paging)


def catalog_document() -> dict[str, Any]:
    """Write the whole catalogue as data.json.

    Returns:
        The document; a dataset that can't be said is there with identifier,
        title and date of change.
    """
    catalog = _catalog()
    language = _language(catalog)
    datasets = [_document(record, language) for record in all_records()]
    return {**to_json(catalog, language), "dataset": datasets}


def dataset_page(id_or_name: str) -> Graph | None:
    """Write one dataset in RDF.

    Args:
        id_or_name: the dataset.

    Returns:
        The statements, or None when there is no such public dataset.
    """
    record = _record(id_or_name)
    return dataset_graph(get_base_uri(), record) if record else None


def dataset_document(id_or_name: str) -> dict[str, Any] | None:
    """Write one dataset as data.json.

    Args:
        id_or_name: the dataset.

    Returns:
        The document, or None when there is no such public dataset.
    """
    record = _record(id_or_name)
    return _document(record, _language(_catalog())) if record else None


def _packages(**query: Any) -> dict[str, Any]:
    """Search the feeds' datasets in an order that doesn't change."""
    fq = f"{portal.DATASETS} {query.pop('fq', '')}"
    return portal.search(fq, sort="id asc", **query)


def _catalog() -> Record:
    record = portal.catalog()
    for problem in record.problems:
        log.warning("left out of the feeds: %s", problem)
    return record


def _language(catalog: Record) -> str:
    languages: list[str] = catalog.values.get("language", ["es"])
    return languages[0]


def all_records() -> Iterator[Record]:
    """Make the records of all public datasets, a page of them at a time."""
    directory, size, start, total = portal.Directory(), page_size(), 0, 1
    while start < total:
        found = _packages(start=start, rows=size)
        yield from directory.records(found["results"])
        start, total = start + size, found["count"]


def _record(id_or_name: str) -> Record | None:
    if not _ID.match(id_or_name):
        return None
    found = _packages(fq=f'+(id:"{id_or_name}" OR name:"{id_or_name}")', rows=1)["results"]
    return portal.Directory().record(found[0]) if found else None


def _document(record: Record, language: str) -> dict[str, Any]:
    try:
        return to_json(record, language)
    except Exception:
        # As in RDF: left out of the document, a harvester would delete it.
        log.exception("cannot be said in data.json but for its title: %s", record.iri)
        return to_json(record.reduced(), language)


@tk.chained_action  # type: ignore[untyped-decorator]
@tk.side_effect_free
def dcat_catalog_show(next_action: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """Serialize ckanext-dcat's own catalogue: of deliverables, without the plan's records."""
    return next_action(context, _without_records(data_dict))


@tk.chained_action  # type: ignore[untyped-decorator]
@tk.side_effect_free
def dcat_catalog_search(next_action: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """Serialize what a search finds in that catalogue."""
    return next_action(context, _without_records(data_dict))


def _without_records(data_dict: dict[str, Any]) -> dict[str, Any]:
    """Narrow a search of ckanext-dcat, which takes every type for a dataset."""
    return {**data_dict, "fq": f"{data_dict.get('fq') or ''} {portal.DATASETS}".strip()}
