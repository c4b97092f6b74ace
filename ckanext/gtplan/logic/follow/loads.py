"""The reports that a load brings: those that the portal does not have yet are added."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import fields, replace
from datetime import datetime, timedelta, timezone
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.types import Context

from ...config import get_today
from ...model import ReportEntry
from ...plan import model as plan
from ...plan.files.checks import CheckedLoad
from ...plan.files.report_rules import check_in_order, check_statements
from ...plan.follow.objections import IssueKind
from ...plan.model import Report
from ...plan.moments import format_moment
from ...plan.problems import PlanError, Problem
from ...plan.records import iterate_load
from .reading import Reader
from .renewal import list_with_ancestors, lock_milestones, renew_milestones
from .reports import add_report, read_reports, read_stored

_Found = list[tuple[str, Report]]

#: By how much the clock of the portal that a report comes from may be ahead.
_CLOCKS = timedelta(hours=1)


def find_new_reports(checked: CheckedLoad) -> list[Report]:
    """Find the reports of a load that the portal does not have yet, its records being written.

    Returns:
        The reports, in the order of the file.

    Raises:
        PlanError: the portal has something else under an id, or a report does not go with the
            plan or with the reports that there are.
    """
    model.Session.flush()
    new, problems = _compare(checked)
    names = {report.milestone for _, report in new}
    milestones = {m.id: m for m in Reader().list(plan.Milestone, names)}
    for path, field, kind, value, expected in check_statements(new, milestones):
        problems.append(checked.refuse(path, field, value, expected, kind))
    before = read_reports(names, counted_only=False) if names else []
    for path, issue in check_in_order(new, before, milestones, get_today()):
        if not issue.is_warning:
            args = (path, issue.field, issue.value, issue.expected, issue.kind)
            problems.append(checked.refuse(*args))
    now = datetime.now(timezone.utc)
    for path, report in new:
        moment = report.recorded or ""
        if moment > format_moment(now + _CLOCKS):  # it would come before all that is said since
            args = (path, "recorded", moment, format_moment(now), IssueKind.IN_FUTURE)
            problems.append(checked.refuse(*args))
    if problems:
        raise PlanError(problems)
    return [report for _, report in new]


def write_reports(context: Context, checked: CheckedLoad) -> set[str]:
    """Add the reports of a load that the portal does not have yet, without committing.

    They count: who loads is a sysadmin, and approves as such.

    Args:
        context: of a sysadmin.
        checked: the load; its records are written.

    Returns:
        The names of the milestones that were reported on.

    Raises:
        PlanError: as of ``find_new_reports``; then nothing is added.
    """
    if not checked.load.reports:
        return set()
    model.Session.flush()
    packages = _read_ids(model.Package, {r.milestone for r in checked.load.reports})
    bodies = _read_ids(model.Group, {r.organization for r in checked.load.reports})
    lock_milestones([key for key, _ in packages.values()])
    new = find_new_reports(checked)
    user = model.User.get(context.get("user") or "")
    now = format_moment(datetime.now(timezone.utc))
    for report in new:
        body_id, body_title = bodies.get(report.organization or "", (None, None))
        add_report(
            replace(report, recorded=report.recorded or now),
            milestone_id=packages[report.milestone][0],
            organization_id=body_id,
            organization_title=body_title,
            user_id=user.id if user else None,
            needs_approval=False,
            load_id=checked.load.id,
        )
    model.Session.flush()
    return {report.milestone for report in new}


def _read_ids(table: Any, names: Collection[str | None]) -> dict[str, tuple[str, str]]:
    """Read id and title of packages or organisations by name."""
    query = sa.select(table.name, table.id, table.title).where(table.name.in_(names))
    return {name: (key, title) for name, key, title in model.Session.execute(query)}


def list_reported(load_id: str) -> list[str]:
    """List the ids of the milestones that the reports of a load are on."""
    query = sa.select(ReportEntry.milestone_id).where(ReportEntry.load_id == load_id).distinct()
    return list(model.Session.scalars(query))


def renew_outside(context: Context, load: plan.Load) -> None:
    """Bring up to date what the reports of a load show in, of records that it does not hold.

    Args:
        context: of the load.
        load: the load; its own records are indexed and published with it.
    """
    own = {record.id for _, record in iterate_load(load)}
    reported = {report.milestone for report in load.reports}
    renew_milestones(
        context, [name for name in reported if not own.issuperset(list_with_ancestors(name))]
    )


def _compare(checked: CheckedLoad) -> tuple[_Found, list[Problem]]:
    """Compare the reports of a load with those that the portal has under their ids."""
    ids = [report.id for report in checked.load.reports]
    there = {stored.report.id: stored.report for stored in read_stored(ids=ids)} if ids else {}
    query = sa.select(ReportEntry.id).where(ReportEntry.id.in_(ids))
    taken = set(model.Session.scalars(query)) if ids else set()
    new: _Found = []
    problems = []
    for number, report in enumerate(checked.load.reports, start=1):
        path = f"reports[{number}]"
        if report.id not in taken:
            new.append((path, report))
            continue
        # a report on a milestone that is gone is shown to nobody, and keeps its id
        different = list(_list_differences(report, there.get(report.id)))
        if different:
            sentence = tk._(
                "reports are never changed, and the portal has this id with other content"
                " ({fields}): add a new report that corrects it"
            )
            why = sentence.format(fields=", ".join(different))
            problems.append(checked.refuse(path, "id", report.id, why))
    return new, problems


def _list_differences(wanted: Report, found: Report | None) -> Iterator[str]:
    for field in fields(Report):
        said = _normalize(getattr(wanted, field.name))
        if field.name == "recorded" and said is None:
            continue  # the portal wrote down when it got it
        if found is None or said != _normalize(getattr(found, field.name)):
            yield field.name


def _normalize(value: Any) -> Any:
    return sorted(value) if isinstance(value, tuple) else value
