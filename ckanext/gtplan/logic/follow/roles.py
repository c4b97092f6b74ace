"""Who may report on what, on whose behalf, and who approves.

Whoever may edit a milestone, and the coordinating body of its plan, may report on all of it; a
body that an activity or an expected deliverable names as responsible, on that one and nothing
else. A body speaks through its editors and admins, and so does the body that succeeded it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ckan import authz, model
from ckan.plugins import toolkit as tk
from ckan.types import AuthResult, Context

from ...plan import model as plan
from ...plan.follow.reporting import Target
from ...plan.records import from_record
from ...search import find_ancestors
from .reports import StoredReport, read_stored

#: What CKAN lets editors and admins of an organisation do, and its members not.
_PERMISSION = "update_dataset"
#: Types of record that reports are listed of.
REPORTED_TYPES = ("milestone", "commitment", "action_plan")


@dataclass(frozen=True, kw_only=True)
class Rights:
    """What somebody may do with the reports of one milestone.

    Attributes:
        bodies: what may be reported on: the milestone itself, its activities and deliverables;
            each with the organisations (names) on whose behalf. None of them is named where
            somebody may edit a record that has no owner.
        may_approve: what others report.
    """

    bodies: dict[Target, tuple[str, ...]] = field(default_factory=dict)
    may_approve: bool = False


def find_milestone(context: Context, name_or_id: str) -> dict[str, Any]:
    """Find a milestone that the user may see.

    Raises:
        toolkit.ObjectNotFound: there is none, or the user may not see it: which of both is
            not told.
    """
    return find_record(context, name_or_id, ("milestone",))


def find_record(context: Context, name_or_id: str, types: Iterable[str]) -> dict[str, Any]:
    """Find a record of some types that the user may see.

    Raises:
        toolkit.ObjectNotFound: there is none, or the user may not see it.
    """
    try:
        record: dict[str, Any] = tk.get_action("package_show")(
            tk.fresh_context(context, use_cache=False), {"id": name_or_id}
        )
    except (tk.NotAuthorized, tk.ObjectNotFound):
        record = {}
    if record.get("type") not in types or record["state"] == model.State.DELETED:
        sentence = tk._("there is no record “{name}” that you may see and that has reports")
        raise tk.ObjectNotFound(sentence.format(name=name_or_id))
    return record


def list_reportable(
    context: Context, milestone: dict[str, Any]
) -> dict[Target, tuple[str, ...]]:
    """List what the user may report on, and on behalf of which organisations.

    Args:
        context: of the user.
        milestone: as ``package_show`` gives it to that user.

    Returns:
        Names of organisations by target, in the order of the work plan; the milestone itself
        comes first where it is one of them.
    """
    return read_rights(context, milestone).bodies


def read_facts(package: model.Package) -> dict[str, Any]:
    """Read of a milestone what rights depend on: for lists, where each is known to be visible."""
    facts: dict[str, Any] = {"id": package.id, "name": package.name}
    facts |= {"owner_org": package.owner_org, "commitment": package.extras.get("commitment")}
    for rows in ("activities", "expected_deliverables"):
        try:
            facts[rows] = json.loads(package.extras.get(rows) or "[]")
        except ValueError:  # what cannot be read is not reported on
            facts[rows] = []
    return facts


def read_rights(context: Context, milestone: dict[str, Any]) -> Rights:
    """Read what the user may do with the reports of a milestone that the user may see.

    Args:
        context: of the user; one that ignores rights may do all.
        milestone: as ``package_show`` gives it to that user.
    """
    return Speaker(context).read_rights(milestone)


class Speaker:
    """Somebody with the bodies that they speak for: each is asked for once.

    Args:
        context: of the user; one that ignores rights may do all.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._user = context.get("user") or ""
        self._is_master = bool(context.get("ignore_auth")) or authz.is_sysadmin(self._user)
        self._bodies: dict[str, tuple[str, ...]] = {}
        self._owners: dict[str, tuple[str, ...]] = {}
        self._coordinators: dict[str | None, str | None] = {}

    def read_rights(self, milestone: dict[str, Any]) -> Rights:
        """Read what they may do with the reports of a milestone that they may see."""
        if not self._user and not self._is_master:
            return Rights()
        commitment = milestone.get("commitment")
        if commitment not in self._coordinators:
            self._coordinators[commitment] = find_coordinator(milestone)
        coordinators = self._choose([self._coordinators[commitment]])
        may_edit = _may_edit(self._context, milestone)
        general = _unite(_name_owner(milestone) if may_edit else (), coordinators)
        bodies = {
            target: own
            for target, responsibles in _list_targets(milestone)
            if (own := _unite(self._choose(responsibles), general))
            or may_edit
            or self._is_master
        }
        return Rights(bodies=bodies, may_approve=self._is_master or bool(coordinators))

    def list_publishers(self, milestone: dict[str, Any]) -> dict[str, tuple[str, ...]]:
        """List the deliverables of a milestone that they may publish, and on whose behalf.

        The bodies that answer for a deliverable publish it, and the one that the milestone belongs
        to; the one that coordinates the plan approves what others report, and does not publish it.
        """
        if not self._user and not self._is_master:
            return {}
        owner = milestone.get("owner_org") or ""
        if owner not in self._owners:
            self._owners[owner] = self._choose(_name_owner(milestone))
        rows = _read_rows(plan.ExpectedDeliverable, milestone.get("expected_deliverables"))
        found = {
            row.key: _unite(self._choose(row.responsibles), self._owners[owner]) for row in rows
        }
        return {key: bodies for key, bodies in found.items() if bodies}

    def _choose(self, names: Iterable[str | None]) -> tuple[str, ...]:
        """Choose, of these and of those that succeeded them, the bodies that they speak for."""
        return _unite(*(self._choose_one(name) for name in names if name))

    def _choose_one(self, name: str) -> tuple[str, ...]:
        if name not in self._bodies:
            self._bodies[name] = tuple(
                group.name
                for group in list_successors(name)
                if _is_active(group) and self._speaks_for(group)
            )
        return self._bodies[name]

    def _speaks_for(self, group: model.Group) -> bool:
        may = authz.has_user_permission_for_group_or_org
        return self._is_master or may(group.id, self._user, _PERMISSION)


def list_successors(name: str) -> list[model.Group]:
    """List an organisation and those that followed it, in order; a circle is gone through once.

    Args:
        name: the organisation's; the extra ``successor`` of each names the next.
    """
    found: list[model.Group] = []
    following: str | None = name
    while following:
        group = model.Group.get(following)
        if group is None or not group.is_organization or group in found:
            break
        found.append(group)
        following = group.extras.get("successor")
    return found


def find_coordinator(milestone: dict[str, Any]) -> str | None:
    """Find the body that coordinates the plan that a milestone belongs to."""
    name = find_ancestors(milestone).get("action_plan")
    package = model.Package.get(name) if name else None
    if package is None or package.state == model.State.DELETED:
        return None
    return package.extras.get("coordinating_body") or None


def _is_active(group: model.Group) -> bool:
    return bool(group.state == model.State.ACTIVE)


def _may_edit(context: Context, milestone: dict[str, Any]) -> bool:
    try:
        tk.check_access("package_update", tk.fresh_context(context), {"id": milestone["id"]})
    except tk.NotAuthorized:
        return False
    return True


def _name_owner(milestone: dict[str, Any]) -> tuple[str, ...]:
    owner = model.Group.get(milestone.get("owner_org") or "")
    return (owner.name,) if owner is not None and _is_active(owner) else ()


def _unite(*names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for some in names for name in some))


def _list_targets(milestone: dict[str, Any]) -> list[tuple[Target, tuple[str, ...]]]:
    """List what can be reported on in a milestone, each with the bodies responsible for it."""
    name = milestone["name"]
    found: list[tuple[Target, tuple[str, ...]]] = [(Target(name), ())]
    for row in _read_rows(plan.Activity, milestone.get("activities")):
        found.append((Target(name, row.activity_no), row.responsibles))
    for row in _read_rows(plan.ExpectedDeliverable, milestone.get("expected_deliverables")):
        found.append((Target(name, None, row.key), row.responsibles))
    return found


def _read_rows(entity: type[Any], items: Any) -> list[Any]:
    """Read the rows of a record that can be read: one that cannot is not reported on."""
    rows = []
    for item in items if isinstance(items, list) else ():
        try:
            rows.append(from_record(entity, item))
        except (KeyError, AttributeError):
            continue
    return rows


def find_report(context: Context, report_id: str) -> tuple[StoredReport, dict[str, Any]]:
    """Find a report on a milestone that the user may see.

    Returns:
        The report, and the milestone as ``package_show`` gives it to that user.

    Raises:
        toolkit.ObjectNotFound: there is none, or the user may not see its milestone.
    """
    for stored in read_stored(ids=[report_id]):
        try:
            return stored, find_milestone(context, stored.milestone_id)
        except tk.ObjectNotFound:
            continue
    sentence = tk._("there is no report “{id}” that you may see")
    raise tk.ObjectNotFound(sentence.format(id=report_id))


def gtplan_report_create_auth(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Tell whether the user may report on what ``data_dict`` names."""
    milestone = find_milestone(context, tk.get_or_bust(data_dict, "milestone"))
    bodies = list_reportable(context, milestone)
    target = make_target(milestone, data_dict)
    # who may report on the whole is told that a row is not there, by the action
    if target in bodies or (bodies and Target(milestone["name"]) in bodies):
        return {"success": True}
    return {"success": False, "msg": _explain_refusal(milestone, bodies)}


def make_target(milestone: dict[str, Any], data_dict: dict[str, Any]) -> Target:
    """Make the target that a request names."""
    return Target(
        milestone["name"],
        data_dict.get("activity_no") or None,
        data_dict.get("deliverable") or None,
    )


def _explain_refusal(milestone: dict[str, Any], bodies: Iterable[Target]) -> str:
    allowed = [target.activity_no or target.deliverable or "" for target in bodies]
    if not allowed:
        sentence = tk._("you may not report on “{name}”")
        return sentence.format(name=milestone["name"])
    sentence = tk._("of “{name}” you may report on {allowed} only")
    return sentence.format(name=milestone["name"], allowed=", ".join(allowed))


@tk.auth_allow_anonymous_access
def gtplan_report_list_auth(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Whoever may see a record may see what is reported on it."""
    find_record(context, tk.get_or_bust(data_dict, "id"), REPORTED_TYPES)
    return {"success": True}


def gtplan_report_decide_auth(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Whoever coordinates the plan that a report is on may decide on it."""
    _, milestone = find_report(context, tk.get_or_bust(data_dict, "id"))
    if read_rights(context, milestone).may_approve:
        return {"success": True}
    sentence = tk._("only the body that coordinates the plan decides on reports")
    return {"success": False, "msg": sentence}
