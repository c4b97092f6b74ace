"""What the rows of inventories and registers add up to. Nobody is asked who may see them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from typing import Any

from ckan import model
from ckan.logic import validate
from ckan.plugins import toolkit as tk
from ckan.types import AuthResult, Context

from ...plan.inventory import InventoryFigures, summarize
from ...plan.living import LivingTable, list_living_tables
from ...plan.matrix import Matrix, compute_matrix
from .. import schema
from .reading import count_rows, read_entities
from .resources import find_resource_id

__all__ = [
    "Overview",
    "gtplan_inventory_figures",
    "gtplan_inventory_figures_auth",
    "read_figures",
    "read_matrix",
    "read_overviews",
    "read_register",
]

#: What is told of the figures, beside the levels of maturity.
_TOLD = (
    *("services", "in_operation", "online", "hybrid", "with_cost", "free", "with_response_time"),
    *("measured", "online_percent", "volume_online", "volume_total", "with_volumes", "take_up"),
)
#: So many inventories are kept added up, each as it was when its rows last changed.
_KEPT = 512


@dataclass(frozen=True, kw_only=True)
class Overview:
    """A living table of a record: how many rows it has, and the first of them."""

    table: LivingTable
    count: int
    first: tuple[Any, ...]


def read_overviews(package: Mapping[str, Any], rows: int) -> list[Overview]:
    """Read the beginning of each living table of a record.

    Args:
        package: the record.
        rows: how many of each.
    """
    return [
        Overview(
            table=table,
            count=count_rows(package["id"], table.name),
            first=tuple(islice(read_entities(package["id"], table.name), rows)),
        )
        for table in list_living_tables(package)
    ]


@tk.side_effect_free
@validate(schema.inventory_figures)
def gtplan_inventory_figures(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Add up the services of an inventory, whole and by the institutions that answer for them.

    Args:
        context: of a user who may see the inventory.
        data_dict: ``id`` or name of the inventory.

    Returns:
        For the whole, whose ``organization`` is None, and for each institution: how many
        services, how many in operation, online, hybrid, with cost, free and with a response time,
        the mean of their points online, volumes and digital take-up, and ``maturity``, how many
        there are of each level ("" for those whose level is not known).
    """
    tk.check_access("gtplan_inventory_figures", context, data_dict)
    package = tk.get_action("package_show")(tk.fresh_context(context), {"id": data_dict["id"]})
    if package["type"] != "service_inventory":
        raise tk.ObjectNotFound(tk._("There is no such record."))
    return [
        {
            "organization": name or None,
            **{key: _to_json(getattr(figures, key)) for key in _TOLD},
            "maturity": dict(figures.maturity),
        }
        for name, figures in read_figures(package).items()
    ]


def _to_json(value: int | Decimal | None) -> int | float | None:
    return float(value) if isinstance(value, Decimal) else value


@tk.auth_allow_anonymous_access
def gtplan_inventory_figures_auth(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Whoever may see the inventory may see what it adds up to."""
    try:
        tk.check_access("package_show", tk.fresh_context(context), {"id": data_dict["id"]})
    except tk.NotAuthorized:
        return {"success": False}
    return {"success": True}


def read_figures(package: Mapping[str, Any]) -> Mapping[str, InventoryFigures]:
    """Add up the services of an inventory, whole ("") and by institution.

    Args:
        package: the inventory.
    """
    resource = model.Resource.get(find_resource_id(package["id"], "services"))
    owner = model.Group.get(package["owner_org"])
    version = str(resource.last_modified) if resource else ""
    return _add_up(package["id"], owner.name if owner else "", version)


@lru_cache(maxsize=_KEPT)
def _add_up(package_id: str, owner: str, version: str) -> Mapping[str, InventoryFigures]:
    return summarize(read_entities(package_id, "services"), owner=owner)


def read_register(package: Mapping[str, Any]) -> dict[str, Any]:
    """Add up what a register counts.

    Returns:
        Of standards ``statuses`` (how many there are of each) and ``matrix``; of meetings
        ``persons`` and ``institutions`` by sector, each None where no row says it.
    """
    tables = {table.name for table in list_living_tables(package)}
    if "standards" in tables:
        matrix = read_matrix(package["id"])
        statuses = Counter(row.standard.standard_status for row in matrix.rows)
        return {"matrix": matrix, "statuses": statuses}
    if "attendance" in tables:
        return {"attendance": _add_attendance(package["id"])}
    return {}


def read_matrix(package_id: str) -> Matrix:
    """Read the evaluation matrix of a register of standards.

    Args:
        package_id: of the register.
    """
    return compute_matrix(
        *(list(read_entities(package_id, name)) for name in ("standards", "criteria", "scores"))
    )


def _add_attendance(package_id: str) -> dict[str, dict[str, int | None]]:
    sectors: dict[str, dict[str, int | None]] = {}
    for row in read_entities(package_id, "attendance"):
        counts = sectors.setdefault(row.sector, {"persons": None, "institutions": None})
        for name, known in counts.items():
            said = getattr(row, name)
            if said is not None:
                counts[name] = (known or 0) + said
    return sectors
