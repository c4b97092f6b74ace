"""How far a record is, as its page shows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from ckan.plugins import toolkit as tk

from .. import config
from ..logic.follow.progress import FOLLOWED, Following, follow
from ..plan.follow.measures import Measures
from .words import gtplan_number

#: Why the parts of a record weigh what they weigh, by ``weight_reason``.
_WEIGHING: Mapping[str, Callable[[], str]] = {
    "all_weighted": lambda: tk._("Each part counts by the weight that the plan gives it."),
    "all_dated": lambda: tk._("Each part counts by the days that are planned for it."),
    "doubtful_dates": lambda: tk._(
        "All parts count the same: a planned date is in doubt, and days would weigh wrongly."
    ),
    "missing_dates": lambda: tk._("All parts count the same: not all have both planned dates."),
    "no_rows": lambda: tk._("There is nothing to weigh: no part is known."),
}


def gtplan_progress(package: Mapping[str, Any]) -> Following | None:
    """Compute the figures of a record today, and of what is below it, once in a page.

    Returns:
        None for a package of another type, and for a record that cannot be read.
    """
    if package["type"] not in FOLLOWED:
        return None
    kept = tk.request.environ.setdefault("gtplan_progress", {})
    if package["name"] not in kept:
        kept[package["name"]] = follow({}, package, config.get_today())
    found: Following = kept[package["name"]]
    return found if found.measures else None


def gtplan_weighing(measures: Measures) -> str:
    """Say why the parts of a record weigh what they weigh."""
    return _WEIGHING[measures.weight_reason]()


def gtplan_percent(number: Decimal, country: str | None = None) -> str:
    """Write a percentage as people of the country do."""
    return f"{gtplan_number(number, country)} %"
