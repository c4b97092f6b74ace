"""What stands before the datasets of a document: the catalogue, and the links between pages."""

from __future__ import annotations

import hashlib
import json
import logging
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from ckan.plugins import toolkit as tk
from rdflib import Graph

from ckanext.gtplan.config import get_base_uri
from ckanext.gtplan.prm.datajson import to_json
from ckanext.gtplan.prm.record import Record
from ckanext.gtplan.rdf import portal
from ckanext.gtplan.rdf.feed import Paging, add_paging
from ckanext.gtplan.rdf.graph import Writer

from ...model.feed import IS_PUBLIC
from ..changes import Point, describe_stream
from ..making.layout import write_head
from .snapshot import Snapshot

__all__ = ["digest_settings", "make_bare_head", "make_head"]

log = logging.getLogger(__name__)

#: When a dataset last changed, when data last did, and when the first dataset was made.
_Dates = tuple[str | None, str | None, str | None]
#: Options of CKAN and ckanext-dcat that the head of a document depends on.
_OPTIONS = (
    "ckan.locale_default",
    "ckan.site_description",
    "ckan.site_id",
    "ckan.site_title",
    "ckan.site_url",
    "ckanext.dcat.datasets_per_page",
    "ckan.search.rows_max",
)
#: Part of each tag: to be counted up when heads are written differently.
_FORM = 2


def digest_settings() -> str:
    """Make a digest of the options that documents depend on, beside those of an epoch."""
    own = sorted(key for key in tk.config if key.startswith("ckanext.gtplan."))
    said = [(key, repr(tk.config.get(key))) for key in (*_OPTIONS, *own)]
    return hashlib.sha256(repr((_FORM, said)).encode()).hexdigest()[:12]


def make_head(
    snapshot: Snapshot, syntax: str, *, is_empty: bool, paging: Paging | None = None
) -> bytes:
    """Make the head of a document of the catalogue.

    Args:
        snapshot: whose dates the catalogue has.
        syntax: one of SYNTAXES.
        is_empty: no dataset follows.
        paging: where the page stands; None if the document is no page.
    """
    dates, point = _read_dates(snapshot), snapshot.state.point
    return _make_head(syntax, digest_settings(), dates, point, is_empty, paging)


def make_bare_head(syntax: str) -> bytes:
    """Make the head of a document of one dataset in RDF."""
    return write_head(syntax, Graph(), get_base_uri(), is_empty=False)


def _read_dates(snapshot: Snapshot) -> _Dates:
    """Read when the newest, and the oldest, of the public datasets changed: by indexes."""
    asked = (("modified", "modified", "DESC"), ("json", "data_modified", "DESC"))
    columns = [
        f"(SELECT f.{column} FROM gtplan_fragment f JOIN package p ON p.id = f.package_id"
        f" AND {IS_PUBLIC} WHERE f.epoch = :epoch AND f.{by} IS NOT NULL"
        f" ORDER BY f.{by} {order} LIMIT 1)"
        for column, by, order in (*asked, ("created", "created", "ASC"))
    ]
    query = sa.text(f"SELECT {', '.join(columns)}")
    newest, data, oldest = snapshot.connection.execute(query, {"epoch": snapshot.epoch}).one()
    # as precise as the dataset itself has it, which may be a year
    newest_data = json.loads(bytes(data)).get("dataModified") if data else None
    return _write_moment(newest), newest_data, _write_moment(oldest)


def _write_moment(moment: datetime | None) -> str | None:
    return moment.astimezone(timezone.utc).isoformat() if moment else None


@lru_cache(maxsize=64)
def _make_head(
    syntax: str,
    settings: str,
    dates: _Dates,
    point: Point,
    is_empty: bool,
    paging: Paging | None,
) -> bytes:
    """Make a head, once for all that it depends on."""
    newest, newest_data, oldest = dates
    given = {"newest": newest, "newest_data": newest_data, "oldest": oldest}
    record = portal.describe_catalog(**given)
    for problem in record.problems:
        log.warning("left out of the feeds: %s", problem)
    if syntax == "json":
        languages: list[str] = record.values.get("language", ["es"])
        said: Any = to_json(record, languages[0])
    else:
        said = _make_graph(record, point, paging)
    return write_head(syntax, said, get_base_uri(), is_empty=is_empty)


def _make_graph(record: Record, point: Point, paging: Paging | None) -> Graph:
    writer = Writer(get_base_uri())
    subject = writer.add(record)
    for statement in describe_stream(get_base_uri(), point):
        writer.graph.add(statement)
    if paging:
        add_paging(writer.graph, subject, paging)
    return writer.graph
