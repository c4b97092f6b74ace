"""Records with every field filled, and a writer for them."""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal
from typing import Any

from rdflib import Graph

from ckanext.gtplan.plan import model
from ckanext.gtplan.plan.dates import PartialDate
from ckanext.gtplan.plan.living import LIVING_TABLES
from ckanext.gtplan.plan.records import PACKAGE_TYPES
from ckanext.gtplan.plan.shapes import FieldShape, list_shapes
from ckanext.gtplan.plan.vocabulary import list_codes
from ckanext.gtplan.rdf.cpsv import Inventory, ServiceRecord, ServiceWriter
from ckanext.gtplan.rdf.cube import CubeWriter, MeasuredIndicator
from ckanext.gtplan.rdf.plan import Body, PlanRecord, PlanWriter, Related
from ckanext.gtplan.rdf.table import get_sheet

BASE = "https://datos.example.org"
TODAY = date(2022, 6, 30)
#: What a field must hold for other records to be found by it.
_KNOWN = {"activity_no": "01", "activity_key": "01", "activity": "01", "predecessors": ("01",)}
_KNOWN |= {"area_no": "3", "country": "GTM", "committee_countries": ("GTM", "XX")}
_KNOWN |= {"presiding_country": "URY", "responsible_country": "GTM", "currency": "GTQ"}
_KNOWN |= {"budget_currency": "GTQ", "sdg_targets": ("16.5",), "reference_year": 2019}
_KNOWN |= {"plan_year": 2019, "cycle_year": 2018, "year": 2008, "title_original_language": "en"}
_KNOWN |= {"recorded": "2020-02-03T10:00:00Z", "email": "oficina@example.org"}
_KNOWN |= {"reported_at": "2020-02-03T10:00:00Z", "ref_period": "2019-S1"}
_KNOWN |= {"cost_currency": "GTQ", "processing_time": "P5D", "spatial": ("GTM", "GT-01")}
_KNOWN |= {"legal_basis": ("Decreto 5-2021 https://example.org/decreto",), "languages": ("quc",)}


def fill(entity: type[Any], **given: Any) -> Any:
    """Make an entity of which every field holds something."""
    shapes = list_shapes(entity).values()
    return entity(**{s.name: given.get(s.name, _make_value(s)) for s in shapes if not s.is_living})


def _make_value(shape: FieldShape) -> Any:
    if shape.name in _KNOWN and not shape.is_entity:
        return _KNOWN[shape.name]
    value: Any
    if shape.is_entity:
        value = fill(shape.type)
    elif shape.vocabulary:
        value = list_codes(shape.vocabulary)[0]
    elif shape.reference:
        value = {"organization": "gpat", "record": "hito"}.get(shape.reference, shape.reference)
    elif shape.is_link:
        value = f"https://example.org/{shape.name}"
    else:
        known = {str: shape.name, int: 7, Decimal: Decimal("10.50"), bool: True}
        value = known.get(shape.type, PartialDate.parse("2019-11"))
        if shape.name == "is_title_known":
            value = False
    return (value,) if shape.is_list else value


BODIES = {
    name: Body(
        iri=f"{BASE}/organization/{name}",
        entity=fill(model.Organization, id=name, title=name.upper(), successor=successor),
    )
    for name, successor in (("gpat", "gae"), ("gae", "gpat"), ("ajena", None))
}
RECORDS = {
    kind: Related(kind=kind, iri=f"{BASE}/{kind}/1", title=f"Un {kind}") for kind in PACKAGE_TYPES
}


def make_writer() -> PlanWriter:
    return PlanWriter(BASE, language="es", today=TODAY, bodies=BODIES, records=RECORDS)


def make_record(entity: Any, **changes: Any) -> PlanRecord:
    """Make the record of an entity, under the address of its type."""
    kind = next(kind for kind, its in PACKAGE_TYPES.items() if isinstance(entity, its))
    moments = {"issued": "2020-01-01T00:00:00+00:00", "modified": "2020-01-02T00:00:00.5+00:00"}
    return PlanRecord(kind=kind, iri=f"{BASE}/{kind}/1", entity=entity, **{**moments, **changes})


def write(*records: PlanRecord) -> Graph:
    writer = make_writer()
    for record in records:
        writer.add(record)
        for table in LIVING_TABLES.values():
            if table.name in get_sheet(type(record.entity).__name__).fields:
                writer.add_rows(record, table, [fill(table.entity)])
    writer.add_bodies()
    return writer.take()


def write_all() -> Graph:
    """Write a record of each type with every field, reports of each kind, and a modification."""
    targets: list[dict[str, Any]] = [
        {"activity_no": "01", "deliverable": None},
        {"activity_no": None, "deliverable": "key"},
        {"activity_no": None, "deliverable": None},
    ]
    reports = [
        fill(model.Report, id=f"r{n}", milestone="milestone", as_of=_day("2020-01-31"), **target)
        for n, target in enumerate(targets)
    ]
    dataset = Related(kind="dataset", iri=f"{BASE}/dataset/1", title="Datos", deliverable="key")
    changes = {"modifications": [fill(model.Modification)], "reports": reports, "parts": [dataset]}
    return write(
        *(
            make_record(
                fill(entity),
                documents=[f"{BASE}/{kind}/1/more.ttl"],
                **(changes if kind == "milestone" else {}),
            )
            for kind, entity in PACKAGE_TYPES.items()
        )
    )


INVENTORY = Inventory(
    iri=f"{BASE}/service_inventory/1",
    title="Inventario de la GAE",
    owner="gae",
    description="Servicios del año.",
    dataset=f"{BASE}/dataset/2",
)


def write_services(*services: model.Service, inventory: Inventory = INVENTORY) -> Graph:
    """Write services, with their inventory and the institutions that they name."""
    writer = make_service_writer()
    writer.add_inventory(inventory)
    for service in services:
        address = f"{BASE}/services/gae/{service.service_id}"
        writer.add(ServiceRecord(iri=address, entity=service, inventory=inventory))
    writer.add_bodies()
    return writer.take()


def make_service_writer(
    place: str | None = "GTM", bodies: dict[str, Body] = BODIES
) -> ServiceWriter:
    return ServiceWriter(BASE, language="es", place=place, bodies=bodies, records=RECORDS)


MEASURED = MeasuredIndicator(iri=f"{BASE}/indicator/1", title="Servicios", unit="servicios")


def write_cube(*observations: model.Observation) -> Graph:
    """Write observations of one indicator."""
    writer = CubeWriter(BASE, language="es", bodies=BODIES)
    writer.add_structures()
    writer.add(MEASURED, observations)
    writer.add_bodies()
    return writer.take()


def write_whole() -> Graph:
    """Write everything that the portal says of its records and of the rows of their tables."""
    return write_all() + write_services(fill(model.Service)) + write_cube(fill(model.Observation))


def _day(text: str) -> PartialDate:
    return PartialDate.parse(text)


def list_entities() -> set[type[Any]]:
    """List the entities of a load, rows too."""
    found: set[type[Any]] = set()
    waiting: list[type[Any]] = [model.Load]
    while waiting:
        entity = waiting.pop()
        if entity not in found:
            found.add(entity)
            waiting += [s.type for s in list_shapes(entity).values() if s.is_entity]
    assert all(dataclasses.is_dataclass(entity) for entity in found)
    return found
