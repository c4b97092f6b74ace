"""The documents behind the plan's addresses: a record, a plan or all plans, as the public has them.

All questions are asked as an anonymous visitor: what is private or a draft is in no document,
whoever pulls it, and is not named in another's.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from ckan import model
from rdflib import Graph

from ckanext.gtplan.config import get_base_uri, get_main_language, get_today
from ckanext.gtplan.plan.model import Modification, Organization, Record, Report, Source
from ckanext.gtplan.plan.records import PACKAGE_TYPES, from_record
from ckanext.gtplan.prm.values import Unsayable, read_iri
from ckanext.gtplan.rdf import portal
from ckanext.gtplan.rdf.plan import Body, PlanRecord, PlanWriter, Related, list_named

from ..follow.reports import read_reports
from ..plans.log import list_modifications

__all__ = ["KINDS", "body_page", "plan_pages", "record_page"]

log = logging.getLogger(__name__)

#: The types of package that have documents, a record always after those above it.
KINDS = tuple(PACKAGE_TYPES)
#: What is part of a record of a type: the types that name it in the field of that name.
_PARTS = {
    "action_plan": ("commitment", "dataset"),
    "commitment": ("milestone", "dataset"),
    "milestone": ("indicator", "service_inventory", "dataset"),
    "regional_plan": ("dataset",),
}
#: The types whose records expect deliverables.
_OWING = ("milestone", "regional_plan")
#: Records of a page; only one page is in memory.
_PAGE = 50
#: Names in one search: a Solr query has room for 1024 clauses.
_NAMES_AT_ONCE = 200
_ID = re.compile(r"^[A-Za-z0-9_-]{1,100}$")

Package = Mapping[str, Any]


def record_page(kind: str, id_or_name: str) -> Graph | None:
    """Write one record, with what is part of it by name.

    Args:
        kind: one of KINDS.
        id_or_name: the record.

    Returns:
        The statements, or None when there is no such public record.
    """
    package = _find(kind, id_or_name)
    if package is None:
        return None
    pages = _Pages()
    record = next(pages.make([package]))
    parts = tuple(_list_parts(kind, package["name"]))
    pages.writer.add(replace(record, parts=parts))
    pages.writer.add_bodies()
    return pages.writer.take()


def body_page(id_or_name: str) -> Graph | None:
    """Write one institution, and those that came after it.

    Args:
        id_or_name: the organisation.

    Returns:
        The statements, or None when there is none.
    """
    bodies = list_bodies()
    names = {body.iri.rpartition("/")[2]: name for name, body in bodies.items()}
    name = names.get(id_or_name, id_or_name)
    if name not in bodies:
        return None
    writer = _Pages(bodies).writer
    writer.add_body(name)
    writer.add_bodies()
    return writer.take()


def plan_pages(id_or_name: str | None = None) -> Iterator[Graph] | None:
    """Write a plan with all that is public in it, or all plans.

    Args:
        id_or_name: the action plan; all of the portal without it.

    Returns:
        The statements, some records at a time in an order that stays: by type, then by name;
        their datasets; the institutions that they name. None when there is no such public plan.
    """
    if id_or_name is None:
        return _write_pages(dict.fromkeys(KINDS, ""))
    plan = _find("action_plan", id_or_name)
    if plan is None:
        return None
    below = [kind for kind in KINDS if kind not in ("action_plan", "regional_plan")]
    filters = dict.fromkeys(below, f'+action_plan:"{plan["name"]}"')
    return _write_pages({"action_plan": f'+name:"{plan["name"]}"', **filters})


def _write_pages(filters: Mapping[str, str]) -> Iterator[Graph]:
    pages, written = _Pages(), {}
    log_entries = _read_log(list_modifications())
    for kind, fq in filters.items():
        for packages in _search_pages(f"+dataset_type:{kind} {fq}"):
            for record in pages.make(packages, log_entries):
                pages.writer.add(record)
                written[record.entity.id] = record.iri
            yield pages.writer.take()
    for packages in _search_pages(portal.DATASETS):
        for dataset in packages:
            for kind in _PARTS:
                if dataset.get(kind) in written:
                    pages.writer.add_part(written[dataset[kind]], _relate(dataset, kind))
        yield pages.writer.take()
    pages.writer.add_bodies()
    yield pages.writer.take()


class _Pages:
    """What records need of the portal, each looked up once."""

    def __init__(self, bodies: Mapping[str, Body] | None = None) -> None:
        self._named: dict[str, Related] = {}
        self._asked: set[str] = set()
        self.writer = PlanWriter(
            get_base_uri(),
            language=get_main_language(),
            today=get_today(),
            bodies=list_bodies() if bodies is None else bodies,
            records=self._named,
        )

    def make(
        self,
        packages: Collection[Package],
        log_entries: Mapping[str, list[Modification]] | None = None,
    ) -> Iterator[PlanRecord]:
        """Make the records of packages, with their reports and modifications.

        Args:
            packages: public records.
            log_entries: the log by target, where it is already read.
        """
        entities = [_read_entity(package) for package in packages]
        self._find_named(entities)
        reports = _read_reports(packages)
        for package, entity in zip(packages, entities, strict=True):
            name = package["name"]
            if log_entries is None:
                entries = _read_log(list_modifications(target=name)).get(name, [])
            else:
                entries = log_entries.get(name, [])
            yield PlanRecord(
                kind=package["type"],
                iri=portal.site().iri(package["type"], package["id"]),
                entity=entity,
                issued=_stamp(package, "metadata_created"),
                modified=_stamp(package, "metadata_modified"),
                reports=reports.get(name, ()),
                modifications=entries,
            )

    def _find_named(self, entities: Iterable[Record]) -> None:
        """Find the records that are named and public; a private one stays unknown."""
        names = {name for entity in entities for name in list_named(entity)}
        unknown = sorted(name for name in names - self._asked if _ID.match(name))
        self._asked |= names
        for start in range(0, len(unknown), _NAMES_AT_ONCE):
            some = unknown[start : start + _NAMES_AT_ONCE]
            wanted = " OR ".join(f'"{name}"' for name in some)
            fq = f"+dataset_type:({' OR '.join(KINDS)}) +name:({wanted})"
            fields = ["id", "name", "title", "dataset_type"]
            for found in portal.search(fq, fl=fields, rows=len(some))["results"]:
                self._named[found["name"]] = _relate(found)


def _find(kind: str, id_or_name: str) -> Package | None:
    if not _ID.match(id_or_name):
        return None
    fq = f'+dataset_type:{kind} +(id:"{id_or_name}" OR name:"{id_or_name}")'
    found: list[Package] = portal.search(fq, rows=1)["results"]
    return found[0] if found else None


def _search_pages(fq: str) -> Iterator[list[Package]]:
    """Search in an order that doesn't change, a page at a time."""
    start, total = 0, 1
    while start < total:
        found = portal.search(fq, sort="name asc", start=start, rows=_PAGE)
        yield found["results"]
        start, total = start + _PAGE, found["count"]


def _list_parts(kind: str, name: str) -> Iterator[Related]:
    for part in _PARTS.get(kind, ()):
        for packages in _search_pages(f'+dataset_type:{part} +{kind}:"{name}"'):
            # the search knows the milestones of a plan, too
            yield from (_relate(found, kind) for found in packages if found.get(kind) == name)


def _relate(found: Package, whole: str | None = None) -> Related:
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


def _read_entity(package: Package) -> Record:
    """Read a record; of one that lacks what makes it one, its name and title."""
    try:
        return from_record(PACKAGE_TYPES[package["type"]], package)
    except Exception:
        # whatever an old record holds: it must not take the others out of the document
        log.exception("cannot be read as a record: %s", package["name"])
        return Record(id=package["name"], title=str(package.get("title") or package["name"]))


def _read_reports(packages: Iterable[Package]) -> dict[str, list[Report]]:
    names = [package["name"] for package in packages if package["type"] == "milestone"]
    found: dict[str, list[Report]] = {}
    for report in read_reports(names) if names else ():
        found.setdefault(report.milestone, []).append(report)
    return found


def _read_log(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Modification]]:
    """Read entries of the log, by the record that was modified."""
    found: dict[str, list[Modification]] = {}
    for row in rows:
        values = {key: value for key, value in row.items() if key not in ("plan", "source")}
        sources = (Source(document=row["source"]),) if row["source"] else ()
        found.setdefault(row["target"], []).append(Modification(**values, sources=sources))
    return found


def _stamp(package: Package, field: str) -> str | None:
    """Give a moment that CKAN writes in UTC without saying so."""
    text = package.get(field)
    return f"{text}+00:00" if isinstance(text, str) and text else None


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
