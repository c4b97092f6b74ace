"""The inventory of a new year: the services of the one before, without what was counted in it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from ckan.logic import validate
from ckan.plugins import toolkit as tk
from ckan.types import AuthResult, Context

from ...plan.living import LIVING_TABLES, Cells
from .. import schema
from .reading import iterate_cells
from .writing import write_rows

_TYPE = "service_inventory"
#: What was counted in the year that is over.
_COUNTED = (
    *("volume_online", "volume_total", "satisfaction"),
    *("std_volume", "std_met"),
)
#: What the new record says for itself.
_OWN = frozenset({"name", "title", "reference_year"})


@validate(schema.inventory_renew)
def gtplan_inventory_renew(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Start the inventory of a new year from the services of another year.

    Services are taken over as they are, without volumes and satisfaction. The new inventory is
    private, so that it is looked over before the public sees it.

    Args:
        context: of somebody who may edit the inventory, and create another beside it.
        data_dict: ``id`` of the inventory, ``reference_year`` of the new one, its ``name`` and
            ``title`` unless those of the old one with the new year are right.

    Returns:
        ``id`` and ``name`` of the new inventory, and how many services it has under ``added``.

    Raises:
        toolkit.ValidationError: the record is no inventory, the year is not later, or another
            rule of records refuses it; nothing is left behind then.
    """
    tk.check_access("gtplan_inventory_renew", context, data_dict)
    old = tk.get_action("package_show")(tk.fresh_context(context), {"id": data_dict["id"]})
    _check_year(old, data_dict["reference_year"])
    new = _make_record(old, data_dict)
    created = tk.get_action("package_create")(tk.fresh_context(context), new)
    try:
        difference = write_rows(
            tk.fresh_context(context),
            created,
            LIVING_TABLES["services"],
            _take_over(old["id"]),
            origin="renewal",
        )
    except Exception:
        own = tk.fresh_context(context, ignore_auth=True)
        tk.get_action("dataset_purge")(own, {"id": created["id"]})
        raise
    counts = dataclasses.asdict(difference)
    return {"id": created["id"], "name": created["name"], "added": counts["added"]}


def _check_year(old: Mapping[str, Any], year: int) -> None:
    if old.get("type") != _TYPE:
        raise tk.ValidationError({"id": [tk._("This record is not a service inventory")]})
    last = int(old.get("reference_year") or 0)
    if not last < year <= last + 100:
        sentence = tk._("The new year must be later than {year}, that of the inventory it follows")
        raise tk.ValidationError({"reference_year": [sentence.format(year=last)]})


def _make_record(old: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    fields = tk.h.scheming_get_dataset_schema(_TYPE)["dataset_fields"]
    kept = {field["field_name"] for field in fields} - _OWN
    year = given["reference_year"]
    return {
        **{name: old[name] for name in kept if old.get(name) not in (None, "", [])},
        "type": _TYPE,
        "private": True,
        "reference_year": year,
        "name": given.get("name") or replace_year(old["name"], old, year, f"-{year}"),
        "title": given.get("title") or replace_year(old["title"], old, year, f" ({year})"),
    }


def replace_year(text: str, old: Mapping[str, Any], year: int, ending: str) -> str:
    """Put a year in the place of that of an inventory, at the end where it does not stand."""
    last = str(old.get("reference_year") or "")
    return text.replace(last, str(year)) if last and last in text else f"{text}{ending}"


def _take_over(package_id: str) -> Iterator[Cells]:
    for cells in iterate_cells(package_id, "services"):
        yield {**cells, **dict.fromkeys(_COUNTED)}


def gtplan_inventory_renew_auth(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Whoever may edit an inventory and create one of its institution may start a new year."""
    try:
        tk.check_access("package_update", tk.fresh_context(context), {"id": data_dict["id"]})
        old = tk.get_action("package_show")(tk.fresh_context(context), {"id": data_dict["id"]})
        wanted = {"owner_org": old.get("owner_org"), "type": _TYPE}
        tk.check_access("package_create", tk.fresh_context(context), wanted)
    except tk.NotAuthorized:
        return {"success": False}
    return {"success": True}
