"""One service of the directory: by the institution and its code, from the inventory's own table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from ckan import model

from ...plan.living import LIVING_TABLES, from_cells
from ...plan.registers import Service
from ..living.reading import get_row

#: The public inventories of an institution, the newest first, in the order of the directory.
_INVENTORIES = sa.text(
    """
    SELECT p.id, p.name, p.title, p.extras ->> 'reference_year' AS reference_year
    FROM package p JOIN "group" g ON g.id = p.owner_org
    WHERE g.name = :organization AND g.is_organization AND g.state = 'active'
        AND p.type = 'service_inventory' AND p.state = 'active' AND NOT p.private
    ORDER BY coalesce(p.extras ->> 'reference_year', '') DESC, p.id DESC
    """
)

Inventory = dict[str, Any]


@dataclass(frozen=True)
class Gone:
    """A service that an institution no longer lists.

    Attributes:
        inventory: the last one that had it: ``id``, ``name``, ``title``, ``reference_year``.
        service: as it was then.
    """

    inventory: Inventory
    service: Service


def find_service(organization: str, service_id: str) -> tuple[Inventory, Service] | Gone | None:
    """Find a service at its address, as everybody may see it.

    Args:
        organization: the name of the institution that owns the inventory.
        service_id: of the service.

    Returns:
        The inventory that is in force and the service; what is gone; None for what never was, or
        stands in no inventory that everybody may see.
    """
    rows = model.Session.execute(_INVENTORIES, {"organization": organization})
    table = LIVING_TABLES["services"]
    for place, inventory in enumerate([dict(row) for row in rows.mappings()]):
        cells = get_row(inventory["id"], table, (service_id,))
        if cells is None:
            continue
        try:
            service = from_cells(table, cells)
        except KeyError:  # a row that was broken by other means
            continue
        return Gone(inventory, service) if place else (inventory, service)
    return None
