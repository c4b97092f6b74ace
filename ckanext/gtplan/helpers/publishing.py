"""What of a milestone the reader may publish, as its page offers it."""

from __future__ import annotations

from typing import Any

from ckan.plugins import toolkit as tk

from ..logic.plans.drafts import list_drafted, list_publishers
from .records import gtplan_package, remember


def gtplan_may_publish(milestone: str, key: str) -> bool:
    """Tell whether the reader may publish a deliverable of a milestone."""
    return key in _read(milestone)["keys"]


def gtplan_has_draft(milestone: str, key: str) -> bool:
    """Tell whether a draft of a deliverable waits that the reader may finish."""
    return key in _read(milestone)["drafts"]


def _read(milestone: str) -> dict[str, Any]:
    def find() -> dict[str, Any]:
        user = tk.current_user
        package = gtplan_package(milestone) if user.is_authenticated else None
        if package is None:
            return {"keys": (), "drafts": ()}
        context: Any = {"user": user.name}
        keys = list_publishers(context, package)
        return {"keys": keys, "drafts": list_drafted(context, milestone) if keys else ()}

    found: dict[str, Any] = remember("gtplan_publishing", milestone, find)
    return found
