"""What was reported on a milestone, a commitment or a whole plan, as far as one may see it."""

from __future__ import annotations

from typing import Any

from ckan import model
from ckan.logic import validate
from ckan.plugins import toolkit as tk
from ckan.types import Context

from ...plan.follow.reporting import Target
from .. import schema
from .display import is_shown, read_user_names, show_report
from .reading import list_parts
from .reports import COUNTED, StoredReport, read_stored
from .roles import REPORTED_TYPES, Rights, Speaker, find_record, read_facts


@tk.side_effect_free
@validate(schema.report_list)
def gtplan_report_list(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """List what was reported on a milestone, a commitment or a whole plan, the newest first.

    Args:
        context: of a user who may see the record.
        data_dict: ``id`` or name of the record; of a milestone, ``activity_no`` or
            ``deliverable`` for one of its rows; ``standing`` (counted, pending, returned) for
            one kind only; ``limit`` and ``offset``.

    Returns:
        ``count``, and ``results``: who reported what on behalf of which organisation, on which
        day. The names of persons, and reports that wait for approval or were returned, are for
        those who may report on the same.

    Raises:
        toolkit.ObjectNotFound: there is no such record, or the user may not see it.
    """
    tk.check_access("gtplan_report_list", context, data_dict)
    record = find_record(context, data_dict["id"], REPORTED_TYPES)
    insight = _Insight(context)
    wanted = [
        stored
        for stored in reversed(read_stored(milestones=_list_milestones(context, record)))
        if _is_wanted(stored, data_dict)
        and (stored.standing == COUNTED or is_shown(stored, is_insider=insight.has(stored)))
    ]
    start = data_dict["offset"]
    page = wanted[start : start + data_dict["limit"]]
    users = read_user_names(page)
    results = [
        show_report(stored, is_insider=insight.has(stored), users=users) for stored in page
    ]
    return {"count": len(wanted), "results": results}


def _list_milestones(context: Context, record: dict[str, Any]) -> list[str]:
    """List the milestones of a record that the user may see."""
    return list_parts(context, record)[1]


def _is_wanted(stored: StoredReport, data: dict[str, Any]) -> bool:
    return all(
        data.get(name) in (None, value)
        for name, value in (
            ("activity_no", stored.report.activity_no),
            ("deliverable", stored.report.deliverable),
            ("standing", stored.standing),
        )
    )


class _Insight:
    """Knows on what a user may report, each milestone asked for once."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._speaker = Speaker(context)
        self._targets: dict[str, set[Target]] = {}

    def has(self, stored: StoredReport) -> bool:
        """Tell whether the user may report on the target of a report."""
        if not self._context.get("user") and not self._context.get("ignore_auth"):
            return False
        name = stored.report.milestone
        if name not in self._targets:
            package = model.Package.get(name)
            facts = read_facts(package) if package else {}
            rights = self._speaker.read_rights(facts) if facts else Rights()
            self._targets[name] = set(rights.bodies)
        # who may report on all of it, may on a row that is no longer there
        return bool({stored.target, Target(name)} & self._targets[name])
