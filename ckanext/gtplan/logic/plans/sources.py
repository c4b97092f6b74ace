"""Records of the portal as what they are published as: reads a record and its relatives."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

from ckan import model
from ckan.plugins import toolkit as tk
from ckan.types import Context

from ...plan import model as plan
from ...plan.living import LivingTable, list_living_tables
from ...plan.records import PACKAGE_TYPES, from_record
from ...plan.tables import deliverables
from ...plan.tables.deliverables import Deliverable
from ...plan.tables.living import describe_table
from ...plan.tables.rows import make_matrix
from ..follow.reports import read_reports
from ..living.reading import count_rows
from ..living.totals import read_matrix
from ..reading import show_package
from .log import list_modifications

log = logging.getLogger(__name__)

RecordT = TypeVar("RecordT", bound=plan.Record)
#: Fields of a record that name the record above it, the nearest first.
_ABOVE = ("milestone", "commitment", "action_plan")
_PAGE = 500


def read_deliverable(context: Context, record: dict[str, Any]) -> tuple[Deliverable, bool]:
    """Read what a record is published as.

    Args:
        context: of somebody who may see everything.
        record: the record, as ``package_show`` gives it.

    Returns:
        The deliverable, and whether it must be private, because the record or one above it
        is. A public one holds nothing of a private record.

    Raises:
        toolkit.ObjectNotFound: the commitment of a milestone is gone.
        KeyError: the record lacks a field without which it cannot be read.
    """
    above = read_ancestors(context, record)
    is_private = any(is_hidden(package) for package in (record, *above.values()))
    deliverable = _READERS[record["type"]](context, record, above, is_private)
    gone = {*_ABOVE} - above.keys() - {record["type"]}
    links = {field: name for field, name in deliverable.links.items() if field not in gone}
    return replace(deliverable, links=links), is_private


def is_hidden(package: dict[str, Any]) -> bool:
    """Tell whether the public cannot see a record: private, a draft, or deleted."""
    return bool(package["private"]) or package["state"] != "active"


def read_ancestors(context: Context, record: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Read the records above a record, by the field that names them; deleted ones are none."""
    found: dict[str, dict[str, Any]] = {}
    for field in _ABOVE:
        package = model.Package.get(record[field]) if record.get(field) else None
        if package and package.state != "deleted":
            record = found[field] = show_package(context, package.id)
    return found


def find_records(
    context: Context, record_type: str, field: str, names: Sequence[str]
) -> list[dict[str, Any]]:
    """Find the active records of a type that name one of some others, private ones too.

    Args:
        context: of somebody who may see everything.
        record_type: for example ``milestone``.
        field: the field that names the other record.
        names: names that it may hold.
    """
    found: list[dict[str, Any]] = []
    if not names:
        return found
    wanted = " OR ".join(f'"{name}"' for name in names)
    query = {
        "fq_list": [f"dataset_type:{record_type}", f"{field}:({wanted})"],
        "include_private": True,
        "sort": "name asc",
        "rows": _PAGE,
    }
    while True:
        own = tk.fresh_context(context, ignore_auth=True)
        page = tk.get_action("package_search")(own, {**query, "start": len(found)})
        found += page["results"]
        if not page["results"] or len(found) >= page["count"]:
            return found


def read_acronyms() -> dict[str, str]:
    """Read the acronym of each organisation that has one."""
    groups = model.Session.query(model.Group).filter_by(is_organization=True)
    return {
        group.name: str(group.extras["acronym"]) for group in groups if group.extras.get("acronym")
    }


def _read_all(entity: type[RecordT], packages: Sequence[dict[str, Any]]) -> list[RecordT]:
    records = []
    for package in packages:
        try:
            records.append(from_record(entity, package))
        except KeyError as error:
            log.warning("%s is not published: it lacks %s", package["name"], error)
    return records


def _read_action_plan(
    context: Context,
    record: dict[str, Any],
    above: dict[str, dict[str, Any]],
    is_private: bool,
) -> Deliverable:
    def choose(packages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [package for package in packages if is_private or not is_hidden(package)]

    name = record["name"]
    commitments = choose(find_records(context, "commitment", "action_plan", [name]))
    names = [commitment["name"] for commitment in commitments]
    milestones = choose(find_records(context, "milestone", "commitment", names))
    entries = [
        from_record(plan.Modification, entry)
        for entry in list_modifications(plan_name=name)
        if is_private or _is_public(entry["target"])
    ]
    return deliverables.describe_action_plan(
        from_record(plan.ActionPlan, record),
        _read_all(plan.Commitment, commitments),
        _read_all(plan.Milestone, milestones),
        entries,
        read_reports([milestone["name"] for milestone in milestones]),
        read_acronyms(),
    )


def _is_public(name: str) -> bool:
    package = model.Package.get(name)
    return bool(package and not package.private and package.state == "active")


def _read_milestone(
    context: Context,
    record: dict[str, Any],
    above: dict[str, dict[str, Any]],
    is_private: bool,
) -> Deliverable:
    if "commitment" not in above:
        raise tk.ObjectNotFound(record["commitment"])
    return deliverables.describe_milestone(
        from_record(plan.Milestone, record),
        from_record(plan.Commitment, above["commitment"]),
        read_reports([record["name"]]),
        read_acronyms(),
    )


def _read_regional_plan(
    context: Context,
    record: dict[str, Any],
    above: dict[str, dict[str, Any]],
    is_private: bool,
) -> Deliverable:
    return deliverables.describe_regional_plan(from_record(plan.RegionalPlan, record))


def _read_living(
    context: Context,
    record: dict[str, Any],
    above: dict[str, dict[str, Any]],
    is_private: bool,
) -> Deliverable:
    entity = from_record(PACKAGE_TYPES[record["type"]], record)
    kept = [t for t in list_living_tables(record) if count_rows(record["id"], t.name)]
    return deliverables.describe_living(
        entity,  # type: ignore[arg-type]
        from_record(plan.Milestone, above["milestone"]) if "milestone" in above else None,
        from_record(plan.Commitment, above["commitment"]) if "commitment" in above else None,
        [describe_table(table) for table in kept],
        [make_matrix(entity.id, read_matrix(record["id"]))] if _has_matrix(kept) else (),
    )


def _has_matrix(tables: Sequence[LivingTable]) -> bool:
    return {"standards", "criteria"} <= {table.name for table in tables}


_READERS = {
    "action_plan": _read_action_plan,
    "milestone": _read_milestone,
    "regional_plan": _read_regional_plan,
    "service_inventory": _read_living,
    "register": _read_living,
}
#: Types of record that a dataset is made of.
PUBLISHED_TYPES = tuple(_READERS)
