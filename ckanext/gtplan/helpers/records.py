"""The plan's records, and the datasets that belong to them, as their pages show them.

Records are looked up with the permissions of who reads the page: what a visitor may not see
is on no page, in no count and in no breadcrumb.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ckan.plugins import toolkit as tk

from ..logic.follow.totals import Totals, count_totals
from ..logic.named import LINKS, Package, read_above, read_named
from ..plan.follow.budget import BudgetCheck, check_milestone_budget
from ..plan.follow.coverage import DeliverableState, match_deliverables
from ..plan.model import Milestone, Record
from ..plan.records import PACKAGE_TYPES, from_record
from ..plan.tables.deliverables import name_dataset
from ..plan.tables.rows import split_number

#: What CKAN takes for "all": no search answers more rows than that.
_ALL = 1000

_NAMED = "gtplan_named"


def gtplan_is_record_type(package_type: str | None) -> bool:
    """Tell whether packages of a type are records of the plan."""
    return package_type in PACKAGE_TYPES


def gtplan_record(package: Mapping[str, Any]) -> Record | None:
    """Read a package as a record of the plan.

    Returns:
        None for a package of another type, and for one that lacks what makes it a record.
    """
    entity = PACKAGE_TYPES.get(package["type"])
    if entity is None:
        return None
    try:
        return from_record(entity, package)
    except KeyError:
        return None


def gtplan_short_title(package: Mapping[str, Any]) -> str:
    """Give the name by which people call a record: «Compromiso 11», «Hito 1»."""
    if package["type"] == "milestone" and package.get("number"):
        return tk._("Milestone {number}").format(number=package["number"])
    if package["type"] == "commitment" and package.get("commitment_number"):
        return tk._("Commitment {number}").format(number=package["commitment_number"])
    if package["type"] == "commitment" and package.get("ogp_id"):
        return str(package["ogp_id"])
    return str(package.get("title") or package["name"])


def gtplan_ancestors(package: Mapping[str, Any]) -> list[Package]:
    """Find the records above a record or dataset that the reader may see, the plan first.

    Returns:
        Of each what names it (``logic.named``), not the whole record.
    """
    found: list[Package] = []
    below: Mapping[str, Any] = package
    for kind in LINKS:
        name = below.get(kind) or package.get(kind)
        parent = gtplan_named(str(name)) if name and name != package.get("name") else None
        if parent and parent["type"] == kind:
            found.insert(0, parent)
            below = parent
    return found


def gtplan_named(name: str) -> Package | None:
    """Find what names a record: its title and number; None also when the reader may not see it."""
    found: Package | None = remember(_NAMED, name, lambda: read_named({}, [name]).get(name))
    return found


def gtplan_look_up(packages: Iterable[Mapping[str, Any]]) -> None:
    """Read at once what names the records above those of a list, before each row asks for its."""
    kept = tk.request.environ.setdefault(_NAMED, {})
    kept |= read_above({}, list(packages))


def remember(key: str, name: str, find: Callable[[], Any]) -> Any:
    """Look something up once in a page: a list names the same plan in every row."""
    kept = tk.request.environ.setdefault(key, {})
    if name not in kept:
        kept[name] = find()
    return kept[name]


def gtplan_package(name: str) -> Package | None:
    """Find a record or dataset by its name; None also when the reader may not see it."""

    def show() -> Package | None:
        try:
            return tk.get_action("package_show")({}, {"id": name})
        except (tk.ObjectNotFound, tk.NotAuthorized):
            return None

    found: Package | None = remember("gtplan_packages", name, show)
    return found


def gtplan_country(package: Mapping[str, Any]) -> str | None:
    """Give the country of the plan that a record belongs to."""
    for record in (package, *gtplan_ancestors(package)):
        if record["type"] == "action_plan" and record.get("country"):
            return str(record["country"])
    return None


def gtplan_children(record_type: str, field: str, name: str) -> list[Package]:
    """List the records of a type that name a record in a field, by number.

    Args:
        record_type: ``milestone`` for the milestones of a commitment.
        field: the field that names the record above, ``commitment``.
        name: that record's name.
    """
    found = _search(f'+dataset_type:{record_type} +{field}:"{name}"')
    return sorted(found, key=_order)


def _order(package: Package) -> tuple[Any, ...]:
    """Order by the printed number, those without one by OGP's code, in the end by name."""
    number = str(package.get("number") or package.get("commitment_number") or "")
    code = str(package.get("ogp_id") or package.get("letter") or "")
    return (number == "", split_number(number), code, package["name"])


def _search(filter_query: str) -> list[Package]:
    query = {"fq": filter_query, "rows": _ALL, "include_private": True}
    results: list[Package] = tk.get_action("package_search")({}, query)["results"]
    return results


def gtplan_budget(milestone: Milestone) -> BudgetCheck:
    """Check the budget of a milestone against its lines."""
    return check_milestone_budget(milestone)


# Deliverables


def gtplan_datasets(field: str, name: str) -> list[Package]:
    """List the datasets that name a record, those of the record itself first."""
    found = gtplan_children("dataset", field, name)
    below = LINKS[: LINKS.index(field)]
    return sorted(found, key=lambda d: any(d.get(kind) for kind in below))


def gtplan_own_dataset(name: str) -> Package | None:
    """Find the dataset that is built from a record, if it is published."""
    return gtplan_package(name_dataset(name))


def gtplan_deliverables(
    package: Mapping[str, Any], datasets: Sequence[Package]
) -> list[DeliverableState]:
    """Put the datasets of a milestone or regional plan beside what is expected of it.

    Args:
        package: the record.
        datasets: datasets, those of other records among them.
    """
    record = gtplan_record(package)
    own = [d for d in datasets if d.get(package["type"]) == package["name"]]
    return match_deliverables(getattr(record, "expected_deliverables", ()), own)


def gtplan_counts() -> Totals:
    """Count what the portal holds: records of each type, and what is published."""
    return count_totals({})


def gtplan_plans() -> list[Package]:
    """List the action plans and regional plans, the latest first."""
    found = _search("+dataset_type:(action_plan OR regional_plan)")
    return sorted(found, key=_order_plans, reverse=True)


def _order_plans(plan: Package) -> tuple[str, str]:
    return str(plan.get("cycle_year") or plan.get("plan_year") or ""), plan["name"]
