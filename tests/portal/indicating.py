"""Indicators, and what they are computed of, made for a test."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from ckan.plugins import toolkit as tk
from reading import act, make_sysadmin

from ckanext.gtplan.logic.living.reading import iterate_cells
from ckanext.gtplan.logic.living.writing import write_rows
from ckanext.gtplan.plan.living import LIVING_TABLES


def make(kind: str, **values: Any) -> dict[str, Any]:
    """Make a record of the plan under a name of its own."""
    name = values.pop("name", f"{kind.replace('_', '-')}-{uuid4()}")
    given = {"type": kind, "name": name, "title": name, "owner_org": "duena", **values}
    return dict(act("package_create", **given))


def make_indicator(milestone: str, **values: Any) -> dict[str, Any]:
    return make("indicator", milestone=milestone, **values)


def write(package: dict[str, Any], table: str, *rows: dict[str, str]) -> None:
    write_rows(make_sysadmin(), package, LIVING_TABLES[table], rows, origin="api")


def observe(package: dict[str, Any], **values: str) -> None:
    """Write the observation of each period, named as a year is: y2019="3"."""
    rows = [
        {"ref_period": period.removeprefix("y"), "disaggregation": "", "obs_value": value}
        for period, value in values.items()
    ]
    write(package, "observations", *rows)


def read_rows(package: dict[str, Any]) -> list[dict[str, Any]]:
    return list(iterate_cells(package["id"], "observations"))


def ask(name: str, user: str = "") -> dict[str, Any]:
    return dict(tk.get_action("gtplan_indicator_series")({"user": user}, {"id": name}))
