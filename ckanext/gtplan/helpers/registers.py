"""Inventories and registers as their pages show them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from ckan.plugins import toolkit as tk
from sqlalchemy.exc import SQLAlchemyError

from ..config import get_language
from ..logic.living.totals import Overview, read_figures, read_overviews, read_register
from ..plan.inventory import InventoryFigures
from ..plan.vocabulary import get_label, list_codes
from .records import remember

log = logging.getLogger(__name__)

#: So many rows of each table stand on the page of a record; the table's own page has all.
_FIRST = 20
_ALL = 1000


def gtplan_overviews(package: Mapping[str, Any]) -> dict[str, Overview]:
    """Give the living tables of a record by name; none when the DataStore does not answer."""

    def read() -> dict[str, Overview]:
        try:
            return {each.table.name: each for each in read_overviews(package, _FIRST)}
        except SQLAlchemyError:
            log.exception("The tables of %s cannot be read", package["name"])
            return {}

    found: dict[str, Overview] = remember("gtplan_overviews", package["id"], read)
    return found


def gtplan_figures(package: Mapping[str, Any]) -> Mapping[str, InventoryFigures]:
    """Add up the services of an inventory, whole ("") and by institution."""
    try:
        return read_figures(package)
    except SQLAlchemyError:
        log.exception("The figures of %s cannot be read", package["name"])
        return {}


def gtplan_register(package: Mapping[str, Any]) -> dict[str, Any]:
    """Add up what a register counts: the matrix of standards, or attendance by sector."""
    try:
        return read_register(package)
    except SQLAlchemyError:
        log.exception("The figures of %s cannot be read", package["name"])
        return {}


def gtplan_inventories(package: Mapping[str, Any]) -> list[dict[str, Any]]:
    """List the inventories of an institution that the reader may see, the latest first."""
    name = (package.get("organization") or {}).get("name")
    if not name:
        return []
    query = {
        "fq": f'+dataset_type:service_inventory +organization:"{name}"',
        "rows": _ALL,
        "include_private": True,
    }
    found: list[dict[str, Any]] = tk.get_action("package_search")({}, query)["results"]
    return sorted(found, key=lambda each: str(each.get("reference_year") or ""), reverse=True)


def gtplan_levels() -> list[tuple[str, str]]:
    """List the levels of online maturity with their labels, the lowest first."""
    return [
        (code, get_label("service_maturity", code, get_language()))
        for code in list_codes("service_maturity")
    ]


def gtplan_filled(overview: Overview) -> list[str]:
    """List the columns that any of the first rows fills; a code is known by its name."""
    columns = overview.table.column_names
    hidden = set(overview.table.key) if "name" in columns or "title" in columns else set()
    return [
        column
        for column in columns
        if column not in hidden
        and any(getattr(row, column) not in (None, ()) for row in overview.first)
    ]
