"""Pages that CKAN has no route for: the search of everything, and the way to the board."""

from __future__ import annotations

from functools import partial
from typing import Any

from ckan.lib.helpers import Page
from ckan.lib.search import SearchError
from ckan.plugins import toolkit as tk
from flask import Blueprint
from flask.typing import ResponseReturnValue

from ..plan.records import PACKAGE_TYPES

__all__ = ["pages"]

pages = Blueprint("gtplan", __name__)

#: What the search goes through, in the order of its list.
_TYPES = (*PACKAGE_TYPES, "dataset")


@pages.route("/search")
def search() -> str:
    """Search plans, commitments, milestones, indicators and datasets at once."""
    query = tk.request.args.get("q", "").strip()
    kind = tk.request.args.get("type", "")
    kind = kind if kind in _TYPES else ""
    kinds = [kind] if kind else [*_TYPES]
    number = tk.h.get_page_number(tk.request.args)
    limit = tk.config["ckan.datasets_per_page"]
    try:
        counts = _search(query, _TYPES, rows=0)["facets"]["dataset_type"]
        found = _search(query, kinds, rows=limit, start=(number - 1) * limit)
    except SearchError:
        # brackets and quotes that do not close, in the words of a visitor
        counts, found = {}, {"results": [], "count": 0}
    page = Page(
        collection=found["results"],
        page=number,
        url=partial(tk.h.url_for, "gtplan.search", type=kind or None),
        item_count=found["count"],
        items_per_page=limit,
    )
    page.items = found["results"]
    shown = [(name, counts[name]) for name in _TYPES if counts.get(name)]
    extra = {"q": query, "kind": kind, "counts": shown, "total": sum(counts.values())}
    return tk.render("gtplan/search.html", {**extra, "page": page})


@pages.route("/board")
def board() -> ResponseReturnValue:
    """Lead to the board of the plan in force; to the list of plans where there is none."""
    plans = tk.h.gtplan_current_plans()
    if plans:
        return tk.redirect_to("action_plan.read", id=plans[0]["name"])
    return tk.redirect_to("action_plan.search")


def _search(query: str, kinds: Any, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = tk.get_action("package_search")(
        {},
        {
            "q": query,
            "fq": f"+dataset_type:({' OR '.join(kinds)})",
            "facet.field": ["dataset_type"],
            "include_private": tk.config["ckan.search.default_include_private"],
            **more,
        },
    )
    return found
