"""What an institution does beside what it owes: its services, its datasets and its reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ckan.plugins import toolkit as tk

from .. import config
from ..logic.follow.display import show_report
from ..logic.follow.dues import count_owed, find_visible
from ..logic.follow.reports import read_latest
from ..logic.quality.gaps import Gaps, list_gaps
from ..model.report import IS_COUNTED, ReportEntry, select_reports
from ..plan.follow.dues import Named
from .dues import gtplan_dues
from .records import remember

#: How many of an institution's reports its page shows.
_LATEST = 5


def gtplan_body_services(name: str) -> int:
    """Count the services of an institution in the directory."""
    try:
        query = {"institution": [name], "limit": 0}
        return int(tk.get_action("gtplan_service_search")({}, query)["count"])
    except tk.ValidationError:  # the directory cannot be asked now; the page can be read
        return 0


def gtplan_body_gaps(group_id: str) -> list[Gaps]:
    """List the public datasets of an institution with how far each conforms, the worst first."""
    return list_gaps([group_id], is_public=True)


def gtplan_body_reports(group_id: str) -> list[dict[str, Any]]:
    """List the latest reports of an institution on what the reader may see.

    Returns:
        Each as ``gtplan_report_list`` gives it, and under ``record`` its milestone, named.
    """
    selected = select_reports(
        IS_COUNTED, ReportEntry.organization_id == group_id, milestones=find_visible({})
    )
    latest = read_latest(selected, 0, _LATEST)
    if not latest:
        return []
    records = {due.record.name: due.record for due in gtplan_dues()}
    return [
        {
            **show_report(stored, is_insider=False),
            "record": records.get(stored.report.milestone) or _name(stored.report.milestone),
        }
        for stored in latest
    ]


def _name(milestone: str) -> Named:
    """Name a milestone that owes nothing any more."""
    address = tk.h.url_for("milestone.read", id=milestone)
    return Named(name=milestone, type="milestone", title=milestone, address=address)


def gtplan_body_counts() -> Mapping[str, Mapping[str, int]]:
    """Count what each institution owes, by group, for the list of institutions.

    Returns:
        By the institution's name; what it took over from bodies that it succeeded counts.
    """
    dues, day = gtplan_dues(), config.get_today()
    counts: dict[str, dict[str, int]] = remember(
        "gtplan_body_counts", "all", lambda: count_owed(dues, day)
    )
    return counts
