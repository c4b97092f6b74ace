"""Reports, and what is known by them, as answers of the API."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from ckan import model

from ...plan.dates import PartialDate
from ...plan.follow.reporting import State
from ...plan.model import Report
from ...plan.moments import format_moment
from .reports import StoredReport


def show_report(
    stored: StoredReport, *, is_insider: bool, users: dict[str, str] | None = None
) -> dict[str, Any]:
    """Show a report: organisation, moment and values to all, persons to insiders.

    Args:
        stored: the report; one that does not count is shown to insiders only.
        is_insider: the reader may report on the same target, and is told who reported and
            what was decided by whom.
        users: names of users by id, read for many reports at once.
    """
    shown = show_content(stored.report)
    shown |= {"organization_title": stored.organization_title, "standing": stored.standing}
    if is_insider:
        users = read_user_names([stored]) if users is None else users
        shown |= {
            "user": users.get(stored.user_id or ""),
            "reason": stored.reason,
            "decided": format_moment(stored.decided) if stored.decided else None,
            "decided_by": users.get(stored.decided_by or ""),
        }
    return shown


def show_content(report: Report) -> dict[str, Any]:
    """Show what a report says: dates and amounts are texts, what it does not say is null."""
    return {f.name: _to_json(getattr(report, f.name)) for f in fields(Report)}


def show_state(state: State) -> dict[str, Any]:
    """Show what is known of a target."""
    return {f.name: _to_json(getattr(state, f.name)) for f in fields(State)}


def _to_json(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, (PartialDate, Decimal)):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value


def read_user_names(reports: Collection[StoredReport]) -> dict[str, str]:
    """Read the names of those who reported, and of those who decided, by id."""
    ids = {key for stored in reports for key in (stored.user_id, stored.decided_by) if key}
    rows = model.Session.execute(
        sa.select(model.User.id, model.User.name).where(model.User.id.in_(ids))
    )
    return dict(rows.tuples().all())
