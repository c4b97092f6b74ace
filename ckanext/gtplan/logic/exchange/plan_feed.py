"""The documents behind the plan's addresses: a record, a plan or all plans, as the public has them.

All questions are asked as an anonymous visitor: what is private or a draft is in no document,
whoever pulls it, and is not named in another's.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from rdflib import Graph

from ckanext.gtplan.config import get_base_uri, get_main_language, get_today
from ckanext.gtplan.plan.living import LivingTable, list_living_tables
from ckanext.gtplan.plan.model import Modification, Record, Report, Source
from ckanext.gtplan.plan.records import PACKAGE_TYPES, from_record
from ckanext.gtplan.rdf import portal
from ckanext.gtplan.rdf.plan import Body, PlanRecord, PlanWriter, Related
from ckanext.gtplan.rdf.table import get_sheet

from ..follow.reports import read_reports
from ..living.reading import read_batches
from ..plans.log import list_modifications
from .public import KINDS, Named, Package, find_record, list_bodies, relate, search_pages

__all__ = ["KINDS", "body_page", "plan_pages", "record_pages"]

log = logging.getLogger(__name__)

#: What is part of a record of a type: the types that name it in the field of that name.
_PARTS = {
    "action_plan": ("commitment", "dataset"),
    "commitment": ("milestone", "indicator", "dataset"),
    "milestone": ("indicator", "service_inventory", "register", "dataset"),
    "regional_plan": ("indicator", "dataset"),
}
#: The document with the rows of a record of a type, where they stand in none of the plan's.
_DOCUMENTS = {"service_inventory": "services.ttl", "indicator": "observations.ttl"}


def record_pages(kind: str, id_or_name: str) -> Iterator[Graph] | None:
    """Write one record, with what is part of it by name.

    Args:
        kind: one of KINDS.
        id_or_name: the record.

    Returns:
        The statements, a register's rows some at a time; None when there is no such public
        record.
    """
    package = find_record(kind, id_or_name)
    return None if package is None else _write_record(package)


def _write_record(package: Package) -> Iterator[Graph]:
    pages = _Pages()
    record = next(pages.make([package]))
    parts = tuple(_list_parts(package["type"], package["name"]))
    pages.writer.add(replace(record, parts=parts))
    pages.writer.add_bodies()
    yield pages.writer.take()
    yield from pages.write_rows([package], [record])


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
    plan = find_record("action_plan", id_or_name)
    if plan is None:
        return None
    below = [kind for kind in KINDS if kind not in ("action_plan", "regional_plan")]
    filters = dict.fromkeys(below, f'+action_plan:"{plan["name"]}"')
    return _write_pages({"action_plan": f'+name:"{plan["name"]}"', **filters})


def _write_pages(filters: Mapping[str, str]) -> Iterator[Graph]:
    pages, written = _Pages(), {}
    log_entries = _read_log(list_modifications())
    for kind, fq in filters.items():
        for packages in search_pages(f"+dataset_type:{kind} {fq}"):
            records = list(pages.make(packages, log_entries))
            for record in records:
                pages.writer.add(record)
                written[record.entity.id] = record.iri
            yield pages.writer.take()
            yield from pages.write_rows(packages, records)
    for packages in search_pages(portal.DATASETS):
        for dataset in packages:
            for kind in _PARTS:
                if dataset.get(kind) in written:
                    pages.writer.add_part(written[dataset[kind]], relate(dataset, kind))
        yield pages.writer.take()
    pages.writer.add_bodies()
    yield pages.writer.take()


class _Pages:
    """What records need of the portal, each looked up once."""

    def __init__(self, bodies: Mapping[str, Body] | None = None) -> None:
        self._named = Named()
        self.writer = PlanWriter(
            get_base_uri(),
            language=get_main_language(),
            today=get_today(),
            bodies=list_bodies() if bodies is None else bodies,
            records=self._named.records,
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
        self._named.find(entities)
        reports = _read_reports(packages)
        for package, entity in zip(packages, entities, strict=True):
            name = package["name"]
            if log_entries is None:
                entries = _read_log(list_modifications(targets=[name])).get(name, [])
            else:
                entries = log_entries.get(name, [])
            own = portal.site().iri(package["type"], package["id"])
            document = _DOCUMENTS.get(package["type"])
            yield PlanRecord(
                kind=package["type"],
                iri=own,
                documents=[f"{own}/{document}"] if document else (),
                entity=entity,
                issued=_stamp(package, "metadata_created"),
                modified=_stamp(package, "metadata_modified"),
                reports=reports.get(name, ()),
                modifications=entries,
            )

    def write_rows(
        self, packages: Iterable[Package], records: Iterable[PlanRecord]
    ) -> Iterator[Graph]:
        """Write the rows of registers, some at a time."""
        for package, record in zip(packages, records, strict=True):
            for table in _list_tables(package, record):
                for rows in read_batches(package["id"], table.name):
                    self.writer.add_rows(record, table, rows)
                    yield self.writer.take()


def _list_tables(package: Package, record: PlanRecord) -> list[LivingTable]:
    """List the living tables whose rows stand in the record's own document."""
    if type(record.entity) is Record:
        return []
    said = get_sheet(type(record.entity).__name__).fields
    return [table for table in list_living_tables(package) if table.name in said]


def _list_parts(kind: str, name: str) -> Iterator[Related]:
    for part in _PARTS.get(kind, ()):
        for packages in search_pages(f'+dataset_type:{part} +{kind}:"{name}"'):
            # the search knows the milestones of a plan, too
            yield from (relate(found, kind) for found in packages if found.get(kind) == name)


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
