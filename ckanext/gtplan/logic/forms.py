"""What CKAN's forms send, put in order before ckanext-scheming reads it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ckan.plugins import toolkit as tk
from ckan.types import Context

__all__ = ["package_create", "package_update"]

#: A field of a row, as scheming's forms name it: ``activities-12-name``.
_KEY = re.compile(r"([^-]+)-([0-9]+)-(.+)\Z")

Action = Callable[[Context, dict[str, Any]], Any]


@tk.chained_action  # type: ignore[untyped-decorator]
def package_create(next_action: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """Create a package; the rows of its form in their order."""
    _gather_all(data_dict)
    return next_action(context, data_dict)


@tk.chained_action  # type: ignore[untyped-decorator]
def package_update(next_action: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """Update a package; the rows of its form in their order."""
    _gather_all(data_dict)
    return next_action(context, data_dict)


def _gather_all(data: dict[str, Any]) -> None:
    resources = data.get("resources")
    for form in (data, *(resources if isinstance(resources, list) else ())):
        if isinstance(form, dict):
            gather_rows(form)


def gather_rows(data: dict[str, Any]) -> None:
    """Make lists of the rows of a form, in the order of their numbers.

    ckanext-scheming 3.1 sorts the keys as texts, so that row 10 comes before row 2: the first
    edit would shuffle a work plan of 13 activities. What is already a list it leaves alone.

    Args:
        data: what a form sent, changed in place: CKAN shows it again if it is refused.
    """
    rows: dict[str, dict[int, dict[str, Any]]] = {}
    for key in list(data):
        match = _KEY.match(key) if isinstance(key, str) else None
        if match and match[1] not in data:
            row = rows.setdefault(match[1], {}).setdefault(int(match[2]), {})
            row[match[3]] = data.pop(key)
    for name, numbered in rows.items():
        data[name] = [numbered[number] for number in sorted(numbered)]
