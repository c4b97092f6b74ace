"""The documents of public services in RDF: one, those of an inventory, those of all institutions.

Questions are asked as an anonymous visitor, whoever pulls a document. The whole is what the
directory shows: of each institution its newest public inventory. A service of such a one stands
at its stable address; one of an older inventory is a part of that inventory and a version of what
stands there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from ckan import model
from rdflib import Graph

from ckanext.gtplan.config import get_base_uri, get_main_language, get_option
from ckanext.gtplan.plan.registers import Service
from ckanext.gtplan.plan.tables.deliverables import name_dataset
from ckanext.gtplan.prm.builder import fragment
from ckanext.gtplan.rdf import portal
from ckanext.gtplan.rdf.cpsv import Inventory, ServiceRecord, ServiceWriter

from ..living.reading import read_batches
from ..services.reading import Gone, find_service
from ..services.statement import IS_CURRENT
from .public import Named, is_name, list_bodies

__all__ = ["Gone", "directory_pages", "inventory_pages", "service_page"]

_INVENTORIES = """
    SELECT p.id, p.name, p.title, p.notes, g.name AS owner, ({is_current}) AS is_current
    FROM package p JOIN "group" g ON g.id = p.owner_org
    WHERE p.type = 'service_inventory' AND p.state = 'active' AND NOT p.private AND {where}
    ORDER BY g.name, p.name
"""


@dataclass(frozen=True, kw_only=True)
class _Found:
    """A public inventory, and whether the directory shows its services."""

    id: str
    inventory: Inventory
    is_current: bool


def service_page(organization: str, service_id: str) -> Graph | Gone | None:
    """Write one service.

    Args:
        organization: name of the institution whose inventory has it.
        service_id: its code.

    Returns:
        The statements; what is gone from the institution's current inventory; None for what
        never was, or is not public.
    """
    if not is_name(organization) or not is_name(service_id):
        return None
    answer = find_service(organization, service_id)
    if answer is None or isinstance(answer, Gone):
        return answer
    inventory, service = answer
    pages = _Pages()
    for found in _find_inventories("p.id = :name", inventory["id"]):
        pages.writer.add_inventory(found.inventory)
        pages.add(found, [service])
    pages.writer.add_bodies()
    return pages.writer.take()


def inventory_pages(id_or_name: str) -> Iterator[Graph] | None:
    """Write the services of an inventory.

    Args:
        id_or_name: the inventory.

    Returns:
        The statements, some services at a time; None when there is no such public inventory.
    """
    if not is_name(id_or_name):
        return None
    found = _find_inventories("(p.id = :name OR p.name = :name)", id_or_name)
    return _write_pages(found) if found else None


def directory_pages() -> Iterator[Graph]:
    """Write the services of all institutions.

    Returns:
        The statements, some services at a time in an order that stays: by institution, then as
        they were added.
    """
    return _write_pages(_find_inventories(IS_CURRENT))


def _write_pages(inventories: Iterable[_Found]) -> Iterator[Graph]:
    pages = _Pages()
    for found in inventories:
        pages.writer.add_inventory(found.inventory)
        for services in read_batches(found.id, "services"):
            pages.add(found, services)
            yield pages.writer.take()
    pages.writer.add_bodies()
    yield pages.writer.take()


class _Pages:
    """What services need of the portal, each looked up once."""

    def __init__(self) -> None:
        self._named = Named()
        self.writer = ServiceWriter(
            get_base_uri(),
            language=get_main_language(),
            place=get_option("catalog.spatial"),
            bodies=list_bodies(),
            records=self._named.records,
        )

    def add(self, found: _Found, services: list[Service]) -> None:
        """Add services of an inventory."""
        self._named.find(services)
        for service in services:
            self.writer.add(_locate(found, service))


def _locate(found: _Found, service: Service) -> ServiceRecord:
    owner, key = quote(found.inventory.owner, safe=""), quote(service.service_id, safe="")
    stable = f"{get_base_uri()}/services/{owner}/{key}"
    past = fragment(found.inventory.iri, f"service-{key}")
    return ServiceRecord(
        iri=stable if found.is_current else past,
        entity=service,
        inventory=found.inventory,
        version_of=None if found.is_current else stable,
    )


def _find_inventories(where: str, name: str = "") -> list[_Found]:
    """Find public inventories.

    Args:
        where: a condition, made by this code and never by a visitor.
        name: what the condition asks for.
    """
    query = _INVENTORIES.format(is_current=IS_CURRENT, where=where)
    rows = model.Session.execute(sa.text(query), {"name": name} if ":name" in where else {})
    return [_read(row) for row in rows.all()]


def _read(row: Any) -> _Found:
    dataset = model.Package.get(name_dataset(row.name))
    is_public = dataset is not None and dataset.state == "active" and not dataset.private
    inventory = Inventory(
        iri=portal.site().iri("service_inventory", row.id),
        title=row.title or row.name,
        owner=row.owner,
        description=row.notes,
        dataset=portal.site().iri("dataset", dataset.id) if is_public else None,
    )
    return _Found(id=row.id, inventory=inventory, is_current=row.is_current)
