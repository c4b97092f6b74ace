"""What is owed, as pages and calendars tell of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ckan.plugins import toolkit as tk

from .. import config
from ..logic.follow.dues import list_dues
from ..plan.follow.dues import Due, group_dues
from .records import gtplan_short_title, remember
from .words import gtplan_label

_KINDS: Mapping[str, Callable[[], str]] = {
    "deliverable": lambda: tk._("Deliverable"),
    "activity": lambda: tk._("Activity"),
    "milestone": lambda: tk._("Milestone"),
    "report": lambda: tk._("Progress report"),
}


def gtplan_dues(organization: str | None = None, record: str | None = None) -> list[Due]:
    """List what the reader may see of what is owed, once in a page.

    Args:
        organization: name of the one that owes it; all where None.
        record: name of the record that it is of, or that is above it.
    """
    key = f"{organization or ''}/{record or ''}"
    dues: list[Due] = remember(
        "gtplan_dues", key, lambda: list_dues({}, organization=organization, record=record)
    )
    return dues


def gtplan_due_groups(dues: Sequence[Due]) -> dict[str, list[Due]]:
    """Group what is owed as of today: late, unreported, this quarter, later, undated, done."""
    return group_dues(dues, config.get_today())


def gtplan_due_kind(kind: str) -> str:
    """Say what is owed: a deliverable, an activity, a milestone, a report."""
    return _KINDS[kind]()


def gtplan_due_status(due: Due) -> str:
    """Say what is reported of something owed; empty of a deliverable that nobody speaks of."""
    if due.kind != "deliverable":
        return "" if due.status == "unreported" else gtplan_label("activity_status", due.status)
    return "" if due.status == "planned" else gtplan_label("publication_status", due.status)


def gtplan_due_place(due: Due) -> list[tuple[str, str, str]]:
    """Name what something owed belongs to, the plan first.

    Returns:
        For each record its address, the name that people call it by, and its whole title.
    """
    places = [one for one in (due.plan, due.commitment, due.record) if one]
    return [(one.address, _name(one.type, one.number, one.title), one.title) for one in places]


def _name(kind: str, number: str | None, title: str) -> str:
    """Give the name by which people call a record, as ``gtplan_short_title`` does."""
    key = "commitment_number" if (number or "").isdigit() else "ogp_id"
    named = {"number": number} if kind == "milestone" else {key: number}
    return gtplan_short_title({"type": kind, "title": title, "name": title, **named})
