"""What the front page leads to: the plans in force, and the data that were published last."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit as tk

from ..logic.tasks import list_to_publish
from ..plan.follow.dues import Due
from .records import gtplan_plans

__all__ = ["gtplan_current_plans", "gtplan_latest_datasets", "gtplan_to_publish"]

#: What is not over: a plan whose status no document gives may be in force.
_OVER = frozenset({"closed", "inactive", "withdrawn", "draft"})


def gtplan_current_plans() -> list[dict[str, Any]]:
    """List the action plans that are in force, the latest first.

    Returns:
        Where none is said to be active, the latest that is not over, or else the latest.
    """
    plans = [plan for plan in gtplan_plans() if plan["type"] == "action_plan"]
    active = [plan for plan in plans if plan.get("status") == "active"]
    return active or [plan for plan in plans if plan.get("status") not in _OVER][:1] or plans[:1]


def gtplan_latest_datasets(count: int = 4) -> list[dict[str, Any]]:
    """List the public datasets that were changed last, deliverables of the plans first."""
    found = _search("+deliverable:[* TO *]", count)
    return found + _search("-deliverable:[* TO *]", count - len(found))


def gtplan_to_publish() -> list[Due]:
    """List the deliverables whose day has come and that the reader may publish."""
    if tk.current_user.is_anonymous:
        return []
    return list_to_publish({"user": tk.current_user.name})


def _search(deliverable: str, count: int) -> list[dict[str, Any]]:
    query = {
        "fq": f"+dataset_type:dataset {deliverable}",
        "sort": "metadata_modified desc",
        "rows": count,
    }
    results = tk.get_action("package_search")({}, query)["results"] if count else []
    return list(results)
