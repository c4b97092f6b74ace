"""What of a milestone the reader may publish, as its page offers it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ckan.plugins import toolkit as tk

from ..logic.plans.drafts import list_drafted, list_publishers
from .records import gtplan_package, remember


def gtplan_may_publish(milestone: str, key: str) -> bool:
    """Tell whether the reader may publish a deliverable of a milestone."""

    def find() -> Collection[str]:
        package = gtplan_package(milestone) if tk.current_user.is_authenticated else None
        return list_publishers(_make_context(), package) if package else ()

    return key in remember("gtplan_publishing", milestone, find)


def gtplan_has_draft(milestone: str, key: str) -> bool:
    """Tell whether a draft of a deliverable waits that the reader may finish."""

    def find() -> Collection[str]:
        is_known = tk.current_user.is_authenticated
        return list_drafted(_make_context(), milestone) if is_known else ()

    return key in remember("gtplan_drafts", milestone, find)


def _make_context() -> Any:
    return {"user": tk.current_user.name}
