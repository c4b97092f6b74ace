"""What an institution has to do next: for those who edit for it, and of nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from ckan import authz, model
from ckan.plugins import plugin_loaded
from ckan.plugins import toolkit as tk
from ckan.types import AuthResult, Context

from .. import config
from ..model.report import IS_COUNTED, IS_RETURNED
from ..plan.follow.dues import Due, get_quarter_end
from .follow.dues import list_bodies, list_dues
from .follow.reports import read_stored
from .follow.roles import Speaker, read_facts
from .quality.gaps import Gaps, list_gaps

__all__ = [
    "SHOWN",
    "Approval",
    "Harvest",
    "Tasks",
    "gtplan_tasks_auth",
    "list_own_bodies",
    "list_tasks",
    "list_to_publish",
]

#: What an editor may do, and a member may not.
_PERMISSION = "update_dataset"
#: How many of a kind are shown at once, and asked of whether the user may publish them.
SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class Approval:
    """Reports on a milestone that wait for the approval of the body that coordinates its plan."""

    milestone: str
    title: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Harvest:
    """A source whose last harvest went wrong: with errors, or with an end that never came."""

    source: str
    title: str
    finished: date | None
    errors: int


@dataclass(frozen=True, kw_only=True)
class Tasks:
    """What is to be done, by kind, each list the most pressing first.

    Attributes:
        bodies: names of the organizations that it is of.
        reports: reports that are late, due, or were never given.
        deliverables: deliverables whose day has come and that no open dataset makes real.
        publishable: those of the first of them that the user may publish: milestone and key.
        coming: what else falls due by the end of the quarter.
        unsaid: datasets with values that the feeds leave out, as nobody could read them.
        gaps: datasets that lack fields of the profile.
    """

    bodies: tuple[str, ...]
    reports: tuple[Due, ...]
    deliverables: tuple[Due, ...]
    publishable: frozenset[tuple[str, str]]
    coming: tuple[Due, ...]
    approvals: tuple[Approval, ...]
    gaps: tuple[Gaps, ...]
    unsaid: tuple[Gaps, ...]
    harvests: tuple[Harvest, ...]


def gtplan_tasks_auth(context: Context, data_dict: Mapping[str, str]) -> AuthResult:
    """Whoever edits for an organization has tasks; for one that is named, who edits for it."""
    user = context.get("user") or ""
    name = data_dict.get("organization")
    if not user:
        return {"success": False}
    if not name:
        return {"success": authz.has_user_permission_for_some_org(user, _PERMISSION)}
    group = model.Group.get(name)
    if group is None or not group.is_organization or group.state != model.State.ACTIVE:
        return {"success": False}
    may = authz.has_user_permission_for_group_or_org(group.id, user, _PERMISSION)
    return {"success": may}


def list_own_bodies(context: Context) -> list[model.Group]:
    """List the organizations that a user edits for, by title; all of them for a sysadmin."""
    found = tk.get_action("organization_list_for_user")(
        tk.fresh_context(context), {"permission": _PERMISSION}
    )
    ids = [organization["id"] for organization in found]
    query = model.Session.query(model.Group).filter(model.Group.id.in_(ids))
    return sorted(query, key=lambda group: ((group.title or group.name).casefold(), group.name))


def list_tasks(context: Context, bodies: Sequence[model.Group], day: date | None = None) -> Tasks:
    """List what is to be done next.

    Args:
        context: of somebody who edits for the organizations.
        bodies: some of those that ``list_own_bodies`` gives.
        day: today where None.
    """
    day = day or config.get_today()
    names = frozenset().union(*(list_bodies(group.name) for group in bodies))
    dues = [due for due in list_dues(context, day=day) if not names.isdisjoint(due.responsibles)]
    last = get_quarter_end(day)
    gaps = list_gaps([group.id for group in bodies])
    unopened = tuple(due for due in dues if _is_unopened(due, day))
    coming = tuple(due for due in dues if due.day and day < due.day <= last and not due.is_done)
    return Tasks(
        bodies=tuple(group.name for group in bodies),
        reports=tuple(due for due in dues if due.kind == "report" and _is_come(due, day)),
        deliverables=unopened,
        publishable=_list_publishable(context, (*unopened[:SHOWN], *coming[:SHOWN])),
        coming=coming,
        approvals=_list_approvals(context),
        gaps=tuple(one for one in gaps if one.required or one.recommended),
        unsaid=tuple(one for one in gaps if one.unsaid),
        harvests=_list_harvests(bodies),
    )


def list_to_publish(context: Context, day: date | None = None) -> list[Due]:
    """List the deliverables whose day has come and that the user may publish, by day.

    Args:
        context: of somebody who edits for an organization.
        day: today where None.
    """
    day = day or config.get_today()
    unopened = [due for due in list_dues(context, day=day) if _is_unopened(due, day)]
    publishable = _list_publishable(context, unopened)
    return [due for due in unopened if (due.record.name, due.key) in publishable]


def _is_come(due: Due, day: date) -> bool:
    return due.day is not None and due.day <= day and not due.is_done


def _is_unopened(due: Due, day: date) -> bool:
    is_wanted = due.kind == "deliverable" and not due.is_open and not due.is_closed_by_law
    return is_wanted and due.day is not None and due.day <= day


def _list_publishable(context: Context, dues: Collection[Due]) -> frozenset[tuple[str, str]]:
    speaker = Speaker(context)
    names = {due.record.name for due in dues}
    query = sa.select(model.Package).where(
        model.Package.type == "milestone", model.Package.name.in_(names)
    )
    return frozenset(
        (package.name, key)
        for package in model.Session.scalars(query)
        for key in speaker.list_publishers(read_facts(package))
    )


def _list_approvals(context: Context) -> tuple[Approval, ...]:
    """Count the reports that wait for the user's approval, by milestone."""
    waiting = read_stored(~IS_COUNTED, ~IS_RETURNED)
    counts = Counter(stored.milestone_id for stored in waiting)
    speaker, found = Speaker(context), []
    for package in model.Session.scalars(
        sa.select(model.Package).where(model.Package.id.in_(counts))
    ):
        if speaker.read_rights(read_facts(package)).may_approve and _may_see(context, package):
            title = package.title or package.name
            found.append(Approval(milestone=package.name, title=title, count=counts[package.id]))
    return tuple(sorted(found, key=lambda one: one.milestone))


def _may_see(context: Context, package: model.Package) -> bool:
    try:
        tk.check_access("package_show", tk.fresh_context(context), {"id": package.id})
    except tk.NotAuthorized:
        return False
    return True


def _list_harvests(bodies: Collection[model.Group]) -> tuple[Harvest, ...]:
    """List the sources of some organizations whose last harvest went wrong."""
    if not plugin_loaded("harvest"):
        return ()
    from ckanext.harvest.model import HarvestGatherError, HarvestJob, HarvestObject

    package, last = model.Package, sa.orm.aliased(HarvestJob)
    newest = sa.select(HarvestJob.id).where(HarvestJob.source_id == package.id)
    newest = newest.order_by(HarvestJob.created.desc()).limit(1).correlate(package)
    gathered = sa.select(sa.func.count(HarvestGatherError.id))
    imported = sa.select(sa.func.count(HarvestObject.id))
    errors = (
        gathered.where(HarvestGatherError.harvest_job_id == last.id).scalar_subquery()
        + imported.where(
            HarvestObject.harvest_job_id == last.id, HarvestObject.report_status == "errored"
        ).scalar_subquery()
    )
    query = (
        sa.select(package.name, package.title, last.finished, errors.label("errors"))
        .join(last, last.id == newest.scalar_subquery())
        .where(
            package.type == "harvest",
            package.state == model.State.ACTIVE,
            package.owner_org.in_([group.id for group in bodies]),
            errors > 0,
        )
        .order_by(package.name)
    )
    return tuple(
        Harvest(
            source=row.name,
            title=row.title or row.name,
            finished=row.finished.date() if row.finished else None,
            errors=row.errors,
        )
        for row in model.Session.execute(query)
    )
