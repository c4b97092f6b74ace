"""An institution has one service inventory for a year: which is the other one, if there is."""

from __future__ import annotations

import sqlalchemy as sa
from ckan import model

from ...plan.files.checks import CheckedLoad
from ...plan.problems import PlanError, ProblemKind
from .stored import choose_owner


def find_inventory(owner: str, year: object, own: str) -> model.Package | None:
    """Find the inventory that an institution has for a year, beside one.

    Args:
        owner: id of the institution.
        year: the reference year.
        own: id or name of the inventory that is not meant.

    Returns:
        The other one, a draft or private one too; None where there is none.
    """
    _hold(owner, year)
    package = model.Package
    query = sa.select(package).where(
        package.type == "service_inventory",
        package.state != model.State.DELETED,
        package.owner_org == owner,
        package.extras["reference_year"].astext == str(year),
        package.name != own,
        package.id != own,
    )
    return model.Session.scalars(query.limit(1)).first()


def _hold(owner: str, year: object) -> None:
    """Have two who write an inventory of one institution and year go one after the other."""
    name = sa.func.hashtextextended(f"gtplan inventory {owner} {year}", 0)
    model.Session.execute(sa.select(sa.func.pg_advisory_xact_lock(name)))


def check_inventories(checked: CheckedLoad) -> None:
    """Refuse a load with which an institution would have two inventories of a year.

    Raises:
        PlanError: naming the place in the file, and the other inventory.
    """
    load, problems = checked.load, []
    first: dict[tuple[str, int], str] = {}
    own = {inventory.id for inventory in load.service_inventories}
    for inventory in load.service_inventories:
        owner, year = choose_owner(inventory, load), inventory.reference_year
        other = first.setdefault((owner, year), inventory.id)
        group = model.Group.get(owner)
        if other == inventory.id and group is not None:
            stored = find_inventory(group.id, year, inventory.id)
            # one that the load names, too, becomes what the load says
            other = stored.name if stored and stored.name not in own else other
        if other != inventory.id:
            path, kind = f"service_inventories/{inventory.id}", ProblemKind.SECOND_INVENTORY
            problems.append(checked.refuse(path, "reference_year", str(year), other, kind))
    if problems:
        raise PlanError(problems)
