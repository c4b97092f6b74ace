"""The log of modifications: reading it, and adding to it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ckan import model
from ckan.plugins import toolkit as tk

from ...model import Modification
from ...model.modification import PUBLIC_COLUMNS, select_log
from ...plan import model as plan
from ...plan.files.checks import CheckedLoad
from ...plan.problems import PlanError


def list_modifications(
    *, plan_name: str | None = None, targets: Collection[str] | None = None
) -> list[dict[str, Any]]:
    """List the log of a plan, or of some records, in order.

    Args:
        plan_name: name of the action plan.
        targets: names of the records that were modified.
    """
    rows = model.Session.scalars(select_log(plan=plan_name, targets=targets))
    return [{name: getattr(row, name) for name in PUBLIC_COLUMNS} for row in rows]


def find_new(checked: CheckedLoad) -> list[dict[str, Any]]:
    """Find the entries of a load that the log does not have yet.

    Returns:
        Their columns, in the order of the file.

    Raises:
        PlanError: the log already says something else under a number.
    """
    logs: dict[str, dict[int, dict[str, Any]]] = {}
    found, problems = [], []
    for index, entry in enumerate(checked.load.modifications, start=1):
        plan_name = find_plan(entry.target, checked.load)
        if plan_name not in logs:
            entries = list_modifications(plan_name=plan_name)
            logs[plan_name] = {row["seq"]: row for row in entries}
        wanted = _to_columns(entry, plan_name)
        there = logs[plan_name].get(entry.seq)
        if there is None:
            found.append(wanted)
        elif there != wanted:
            path = f"modifications[{index}]"
            why = _explain(there, wanted)
            problems.append(checked.refuse(path, "", f"{plan_name} {entry.seq}", why))
    if problems:
        raise PlanError(problems)
    return found


def write_modifications(checked: CheckedLoad) -> bool:
    """Add the entries of a load that the log does not have yet.

    Returns:
        Whether there was one.

    Raises:
        PlanError: the log already says something else under a number.
    """
    new = find_new(checked)
    model.Session.add_all([Modification(load_id=checked.load.id, **entry) for entry in new])
    model.Session.flush()
    return bool(new)


def _explain(found: dict[str, Any], wanted: dict[str, Any]) -> str:
    names = ", ".join(name for name in PUBLIC_COLUMNS if found[name] != wanted[name])
    return tk._(
        "the log is append-only and has this number with other content ({fields}):"
        " add a new entry that corrects it"
    ).format(fields=names)


def _to_columns(entry: plan.Modification, plan_name: str) -> dict[str, Any]:
    columns = {name: getattr(entry, name, None) for name in PUBLIC_COLUMNS}
    sources = [" — ".join(filter(None, (s.document, s.place))) for s in entry.sources]
    columns |= {"plan": plan_name, "source": "; ".join(sources) or None}
    return columns


def find_plan(record_id: str, load: plan.Load) -> str:
    """Find the action plan that a record belongs to, in the load or in the portal.

    Args:
        record_id: the record's name.
        load: the load that may hold it or the records above it.

    Returns:
        The plan's name; the record's own when no plan is above it.
    """
    parents = {m.id: m.commitment for m in load.milestones}
    parents |= {c.id: c.action_plan for c in load.commitments}
    name = record_id
    for _ in range(3):  # indicator, milestone, commitment: no chain is longer
        above = parents.get(name) or find_parent(name)
        if above is None:
            return name
        name = above
    return name


def find_parent(name: str) -> str | None:
    """Find the name of the record above a record of the portal, None where there is none."""
    package = model.Package.get(name)
    extras = package.extras if package else {}
    for field in ("milestone", "commitment", "action_plan"):
        if extras.get(field):
            return str(extras[field])
    return None
