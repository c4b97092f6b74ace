"""A complete deliverable as CKAN gives it, and what a record of it needs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from ckanext.gtplan.prm.record import Link, Record, Site, catalog_record, dataset_record

SITE = Site(base="https://datos.example.org", license="cc-by")
DATASET_ID = "11111111-1111-5111-8111-111111111111"

ORGANIZATION: dict[str, Any] = {
    "id": "22222222-2222-5222-8222-222222222222",
    "name": "inap",
    "title": "Instituto Nacional de Administración Pública",
    "extras": [
        {"key": "email", "value": "datos@example.org"},
        {"key": "publisher_type", "value": "NationalAuthority"},
    ],
}

LINKS = {
    name: Link(identifier=name, title=title, iri=SITE.iri(kind, f"id-of-{name}"))
    for kind, name, title in (
        ("milestone", "gt-pan4-c11-h01", "Hito 1"),
        ("commitment", "gt-pan4-c11", "Compromiso 11"),
        ("action_plan", "gt-pan4", "Cuarto plan"),
        ("regional_plan", "red-gealc-2019", "Plan regional"),
    )
}

RESOURCE: dict[str, Any] = {
    "id": "33333333-3333-5333-8333-333333333333",
    "name": "Actividades",
    "description": "Una fila por actividad",
    "url": "https://datos.example.org/dataset/actividades.csv",
    "format": "CSV",
    "mimetype": "text/csv",
    "resource_type": "file",
    "created": "2024-01-02T03:04:05.123456",
    "last_modified": "2024-01-03T03:04:05",
    "metadata_modified": "2024-01-03T03:04:06",
    "data_modified": "2024-01-03",
    "size": 5120,
    "rights": "Se agradece citar la fuente",
    "spatial": "GT-01",
    "temporal": "2018-11/2020-10",
    "codelists": ["ISO 8601", "ISO 4217"],
    "codelist_links": ["", "https://www.iso.org/iso-4217-currency-codes.html"],
    "fields": [
        {"title": "orden", "type": "integer", "description": "Número"},
        {"title": "monto", "type": "numeric", "units": "GTQ", "spatial": "GTM"},
        {"title": "inicio", "type": "date", "description": "Primer día"},
    ],
}

PACKAGE: dict[str, Any] = {
    "id": DATASET_ID,
    "name": "gt-pan4-c11-h01-actividades",
    "type": "dataset",
    "title": 'Actividades del «hito 1» <b>"& otros"</b>',
    "notes": "Primera línea\nSegunda línea 😀 مرحبا",
    "owner_org": ORGANIZATION["id"],
    "contact": [{"name": "Unidad de información", "email": "info@example.org"}],
    "attribution": "Comisión de Gobierno Abierto",
    "contributor": ["Red Ciudadana", "Ministerio, Unidad de datos"],
    "theme": ["GOVE", "TECH"],
    "issued": "2018-11",
    "data_modified": "2024-01-03",
    "metadata_created": "2024-01-02T03:04:05",
    "metadata_modified": "2024-01-04T03:04:05.123456",
    "frequency": "R/P1Y",
    "tags": [{"name": "gobierno abierto"}, {"name": "salud"}],
    "temporal_coverage": [{"start": "2018-11", "end": ""}],
    "license_id": "cc-by-sa",
    "language": ["es", "qu"],
    "spatial_coverage": [
        {"code": "GT"},
        {"text": "Antigua", "bbox": "[-91, 14, -90, 15]", "centroid": "-90.7, 14.5"},
    ],
    "jurisdiction": "national",
    "milestone": "gt-pan4-c11-h01",
    "commitment": "gt-pan4-c11",
    "action_plan": "gt-pan4",
    "resources": [RESOURCE],
}

SETTINGS: dict[str, Any] = {
    "identifier": "guatemala",
    "title": "Datos abiertos",
    "description": "Entregables de los planes",
    "publisher": {"name": "Comisión", "email": "comision@example.org", "type": "NationalAuthority"},
    "issued": "2018",
    "language": ["es", "en"],
    "license": "odc-odbl",
    "homepage": "https://datos.example.org",
    "spatial": "GTM",
    "rights": "Sin otros derechos",
}


def make_dataset(**changes: Any) -> Record:
    """Make the record of the sample, with other values here and there."""
    return dataset_record({**PACKAGE, **changes}, SITE, organization=ORGANIZATION, links=LINKS)


def make_catalog(*datasets: Record) -> Record:
    """Make the record of the sample catalogue."""
    newest = "2024-01-04T03:04:05+00:00"
    return catalog_record(SETTINGS, SITE, datasets, newest=newest, newest_data="2024-01-03")


def find_reference(*parts: str) -> Path:
    """Find a file of the shared reference material.

    A machine without it skips the test; on the one that judges, it must be there.
    """
    path = Path(__file__).parents[4].joinpath("shared", "reference", *parts)
    if not path.exists():
        message = f"the reference material is not here: {path.name}"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    return path
