"""What documents in RDF need of the portal: public records by name, and the institutions.

All questions are asked as an anonymous visitor.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.gtplan.plan.model import Organization
from ckanext.gtplan.plan.records import PACKAGE_TYPES, from_record
from ckanext.gtplan.prm.values import Unsayable, read_iri
from ckanext.gtplan.rdf import portal
from ckanext.gtplan.rdf.plan import Body, Related, list_named

__all__ = [
    "KINDS",
    "Named",
    "Package",
    "find_record",
    "is_name",
    "list_bodies",
    "relate",
    "search_pages",
]

#: The types of package that have documents, a record always after those above it.
KINDS = tuple(PACKAGE_TYPES)
#: The types whose records expect deliverables.
_OWING = ("milestone", "regional_plan")
#: Records of a page; only one page is in memory.
_PAGE = 50
#: Names in one search: a Solr query has room for 1024 clauses.
_NAMES_AT_ONCE = 200
_ID = re.compile(r"^[A-Za-z0-9_-]{1,100}$")

Package = Mapping[str, Any]


def is_name(text: str) -> bool:
    """Tell whether a text can be the id or name of anything."""
    return _ID.match(text) is not None


class Named:
    """The public records that entities name, each looked up once.

    Attributes:
        records: those that were found, by name.
    """

    def __init__(self) -> None:
        self.records: dict[str, Related] = {}
        self._asked: set[str] = set()

    def find(self, entities: Iterable[Any]) -> None:
        """Find the records that are named and public; a private one stays unknown."""
        names = {name for entity in entities for name in list_named(entity)}
        unknown = sorted(name for name in names - self._asked if is_name(name))
        self._asked |= names
        for start in range(0, len(unknown), _NAMES_AT_ONCE):
            some = unknown[start : start + _NAMES_AT_ONCE]
            wanted = " OR ".join(f'"{name}"' for name in some)
            fq = f"+dataset_type:({' OR '.join(KINDS)}) +name:({wanted})"
            fields = ["id", "name", "title", "dataset_type"]
            for found in portal.search(fq, fl=fields, rows=len(some))["results"]:
                self.records[found["name"]] = relate(found)


def find_record(kind: str, id_or_name: str) -> Package | None:
    """Find a public record of a type by its id or name."""
    if not is_name(id_or_name):
        return None
    fq = f'+dataset_type:{kind} +(id:"{id_or_name}" OR name:"{id_or_name}")'
    found: list[Package] = portal.search(fq, rows=1)["results"]
    return found[0] if found else None


def search_pages(fq: str) -> Iterator[list[Package]]:
    """Search in an order that doesn't change, a page at a time."""
    start, total = 0, 1
    while start < total:
        found = portal.search(fq, sort="name asc", start=start, rows=_PAGE)
        yield found["results"]
        start, total = start + _PAGE, found["count"]


def relate(found: Package, whole: str | None = None) -> Related:
    """Describe a record or dataset; as part of a record of a type, which deliverable it is."""
    kind = found.get("dataset_type") or found["type"]
    deliverable = found.get("deliverable") if whole in _OWING else None
    return Related(
        kind=kind,
        iri=_own_iri(found) or portal.site().iri(kind, found["id"]),
        title=str(found.get("title") or found["name"]),
        deliverable=deliverable if isinstance(deliverable, str) else None,
    )


def _own_iri(found: Package) -> str | None:
    """Give the IRI that a harvested dataset has where it comes from."""
    try:
        return read_iri(found["uri"]) if found.get("uri") else None
    except Unsayable:
        return None


def list_bodies() -> dict[str, Body]:
    """List the institutions of the portal, by name."""
    group = model.Group
    rows = model.Session.execute(
        sa.select(group.id, group.name, group.title, group.description, group.extras).where(
            group.is_organization, group.state == model.State.ACTIVE
        )
    )
    return {row.name: _make_body(row) for row in rows}


def _make_body(row: Any) -> Body:
    said = {"name": row.name, "title": row.title or row.name, "notes": row.description}
    return Body(
        iri=portal.site().iri("organization", row.id),
        entity=from_record(Organization, {**(row.extras or {}), **said}),
    )
