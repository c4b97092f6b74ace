"""The records of all public datasets, for who looks at each of them."""

from __future__ import annotations

from collections.abc import Iterator

import ckan.plugins.toolkit as tk

from ckanext.gtplan.prm.record import Record
from ckanext.gtplan.rdf import portal

__all__ = ["all_records"]

_AT_ONCE = 100


def all_records() -> Iterator[Record]:
    """Make the records of all public datasets, some of them at a time."""
    size = min(_AT_ONCE, int(tk.config["ckan.search.rows_max"]))
    directory, start, total = portal.Directory(), 0, 1
    while start < total:
        found = portal.search(portal.DATASETS, sort="id asc", start=start, rows=size)
        yield from directory.records(found["results"])
        start, total = start + size, found["count"]
