"""Pages that CKAN has no route for: the search through every kind of record."""

from __future__ import annotations

from functools import partial
from typing import Any

from ckan.lib.helpers import Page
from ckan.lib.search import SearchError
from ckan.plugins import toolkit as tk
from flask import Blueprint

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
    kinds = [kind] if kind in _TYPES else [*_TYPES]
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
    return tk.render(
        "gtplan/search.html", {"q": query, "kind": kind, "counts": shown, "page": page}
    )


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
