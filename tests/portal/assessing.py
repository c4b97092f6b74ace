"""Datasets and people for the tests of conformance, and its history as the table has it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.tests import factories
from reading import act

from ckanext.gtplan.logic.quality.history import assess_datasets
from ckanext.gtplan.model import ConformanceEntry
from ckanext.gtplan.model.conformance import FIGURES

#: What a dataset needs to be public.
COMPLETE: dict[str, Any] = {
    "notes": "Una descripción.",
    "issued": "2020-05-01",
    "frequency": "R/P1Y",
    "resources": [{"name": "Tabla", "url": "http://example.org/t.csv", "format": "CSV"}],
}


def make_people() -> dict[str, str]:
    """Make the ministry's people, an editor of another organization, and a sysadmin."""
    users = {role: factories.UserWithToken() for role in ("member", "editor", "admin")}
    stranger = factories.UserWithToken()
    boss = factories.SysadminWithToken()
    act(
        "organization_create",
        name="ministerio",
        title="Ministerio de Prueba",
        users=[{"name": user["name"], "capacity": role} for role, user in users.items()],
    )
    act(
        "organization_create",
        name="instituto",
        title="Instituto de Prueba",
        users=[{"name": stranger["name"], "capacity": "editor"}],
    )
    tokens = {role: str(user["token"]) for role, user in users.items()}
    return {**tokens, "stranger": stranger["token"], "sysadmin": boss["token"], "anonymous": ""}


def create(name: str, organization: str = "ministerio", **fields: Any) -> dict[str, Any]:
    data = {"name": name, "title": f"Datos {name}", "owner_org": organization, "private": True}
    return dict(act("package_create", **{**data, **fields}))


def insert(name: str, organization: str = "ministerio") -> str:
    """Put a public dataset into the tables as if no plugin had been there."""
    group = model.Group.get(organization)
    package = model.Package(
        name=name, title=f"Datos {name}", type="dataset", owner_org=group.id, private=False
    )
    model.Session.add(package)
    model.repo.commit()
    return str(package.id)


def list_rows(package_id: str) -> list[ConformanceEntry]:
    query = sa.select(ConformanceEntry).where(ConformanceEntry.package_id == package_id)
    return list(model.Session.scalars(query.order_by(ConformanceEntry.id)))


def assess_all(is_rebuild: bool = True) -> int:
    return assess_datasets(lambda step, done, total: None, is_rebuild=is_rebuild)


def report(**asked: Any) -> dict[str, Any]:
    return dict(act("gtplan_conformance_report", **asked))


def get_figures(thing: Any) -> dict[str, int]:
    read = thing.get if isinstance(thing, dict) else lambda name: getattr(thing, name)
    return {name: read(name) for name in FIGURES}
