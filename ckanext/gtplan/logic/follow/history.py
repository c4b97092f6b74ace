"""What was reported on a milestone, a commitment or a whole plan, as far as one may see it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.logic import validate
from ckan.plugins import toolkit as tk
from ckan.types import Context

from ...model.report import IS_COUNTED, ReportEntry, select_reports
from ...plan.follow.reporting import Target
from .. import schema
from .display import read_user_names, show_report
from .kept import keep
from .reading import list_parts
from .reports import COUNTED, StoredReport, read_latest, read_stored
from .roles import REPORTED_TYPES, Rights, Speaker, find_record, read_facts
from .sight import is_visitor


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
    if not is_visitor(context):
        return _list_reports(context, data_dict)
    key = ("reports", *sorted(data_dict.items()))
    kept = keep(key, lambda: _list_reports(context, data_dict), lambda found: len(found["results"]))
    return {**kept, "results": [dict(shown) for shown in kept["results"]]}


def _list_reports(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    record = find_record(context, data_dict["id"], REPORTED_TYPES)
    insight = _Insight(context)
    milestones = list_parts(context, record)[1]
    # only of the few that wait or were returned must it be asked who may see them
    kept_back = read_stored(~IS_COUNTED, milestones=milestones) if insight.is_possible else []
    shown = {stored.report.id: stored.standing for stored in kept_back if insight.has(stored)}
    wanted = _select_wanted(data_dict, milestones, shown)
    count = model.Session.scalar(sa.select(sa.func.count()).select_from(wanted.subquery()))
    page = read_latest(wanted, data_dict["offset"], data_dict["limit"])
    users = read_user_names(page)
    results = [show_report(stored, is_insider=insight.has(stored), users=users) for stored in page]
    return {"count": count, "results": results}


def _select_wanted(
    data: dict[str, Any], milestones: Collection[str], shown: Mapping[str, str]
) -> sa.Select[Any]:
    """Select the reports that were asked for, and that the user is shown.

    Args:
        data: as ``gtplan_report_list`` is given it.
        milestones: those that the user may see.
        shown: the standing of reports that do not count, and that the user is shown, by id.
    """
    standing = data.get("standing")
    ids = [report_id for report_id, stands in shown.items() if standing in (None, stands)]
    is_wanted = ReportEntry.id.in_(ids)
    if standing in (None, COUNTED):
        is_wanted |= IS_COUNTED
    conditions = [
        # PostgreSQL would refuse the one character that no text of it holds
        getattr(ReportEntry, name) == data[name].replace("\0", "\ufffd")
        for name in ("activity_no", "deliverable")
        if data.get(name) is not None
    ]
    return select_reports(is_wanted, *conditions, milestones=milestones)


class _Insight:
    """Knows on what a user may report, each milestone asked for once."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._speaker = Speaker(context)
        self._targets: dict[str, set[Target]] = {}

    @property
    def is_possible(self) -> bool:
        """Tell whether there is a user at all."""
        return bool(self._context.get("user") or self._context.get("ignore_auth"))

    def has(self, stored: StoredReport) -> bool:
        """Tell whether the user may report on the target of a report."""
        if not self.is_possible:
            return False
        name = stored.report.milestone
        if name not in self._targets:
            package = model.Package.get(name)
            facts = read_facts(package) if package else {}
            rights = self._speaker.read_rights(facts) if facts else Rights()
            self._targets[name] = set(rights.bodies)
        # who may report on all of it, may on a row that is no longer there
        return bool({stored.target, Target(name)} & self._targets[name])
