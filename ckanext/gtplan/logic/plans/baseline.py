"""The dates as they were first published, kept by the portal when they change.

A work plan is judged against what the public was first told, too. Who edits a record is not
asked for these dates, and cannot lose or change them: once kept, they stay. A file may state
them where the portal has none (design: plan model, section 4, schedule variance).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ckan import model
from ckan.types import Context

from ...prm.values import is_blank
from ..reading import show_package
from .publication import SUPPRESSED
from .sources import is_hidden

__all__ = ["keep_baseline", "start_baseline"]

#: Types of record with dates that are followed, and the fields of these.
_DATES = {
    "commitment": ("start_date", "end_date"),
    "milestone": ("planned_start", "planned_end"),
}
_ROW_DATES = ("planned_start", "planned_end")
_BASELINE = ("baseline_start", "baseline_end")


def start_baseline(context: Context, data: dict[str, Any]) -> None:
    """Leave a new record without a baseline: nothing of it was published before.

    Args:
        context: of the action; a load may state one.
        data: the record that is to be created, changed in place.
    """
    if data.get("type") in _DATES:
        _keep(data, {}, _DATES[data["type"]], is_stated=SUPPRESSED in context, is_public=False)
        _keep_rows(data, {}, is_stated=SUPPRESSED in context, is_public=False)


def keep_baseline(context: Context, data: dict[str, Any]) -> None:
    """Keep the dates of a public record that change, unless older ones are kept already.

    Args:
        context: of the action; a load may state a baseline where there is none.
        data: the record as it is to be, changed in place.
    """
    name = data.get("id") or data.get("name")
    package = model.Package.get(name) if isinstance(name, str) else None
    if package is None or package.type not in _DATES:
        return
    # of two edits at once, the second must see the baseline that the first one kept
    model.Session.refresh(package, with_for_update=True)
    before = show_package(context, package.id)
    is_stated, is_public = SUPPRESSED in context, not is_hidden(before)
    _keep(data, before, _DATES[package.type], is_stated=is_stated, is_public=is_public)
    _keep_rows(data, before, is_stated=is_stated, is_public=is_public)


def _keep_rows(
    data: Mapping[str, Any], before: Mapping[str, Any], *, is_stated: bool, is_public: bool
) -> None:
    known = {row.get("activity_no"): row for row in before.get("activities") or ()}
    rows = data.get("activities")
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict):
            number = row.get("activity_no")
            old = known.get(number.strip(), {}) if isinstance(number, str) else {}
            _keep(row, old, _ROW_DATES, is_stated=is_stated, is_public=is_public)


def _keep(
    thing: dict[str, Any],
    before: Mapping[str, Any],
    dates: tuple[str, str],
    *,
    is_stated: bool,
    is_public: bool,
) -> None:
    """Put the baseline of a record or row into what is to be written.

    The one that is there comes first; then the one that a file states; then the dates that the
    public has seen, where they change.
    """
    stated = _get(thing, _BASELINE) if is_stated else {}
    seen = _get(before, dates) if is_public and _get(thing, dates) != _get(before, dates) else {}
    kept = _get(before, _BASELINE) or stated
    for place, name in enumerate(_BASELINE):
        thing.pop(name, None)
        value = kept.get(name) if kept else seen.get(dates[place])
        if value:
            thing[name] = value


def _get(thing: Mapping[str, Any], names: tuple[str, str]) -> dict[str, str]:
    found = {name: thing.get(name) for name in names}
    return {name: str(value).strip() for name, value in found.items() if not is_blank(value)}
