"""Receiving a report: who may, what it would make of what is known, and what follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any
from uuid import uuid4

from ckan import model
from ckan.plugins import toolkit as tk
from ckan.types import Context

from ...config import get_option, get_today
from ...plan.dates import PartialDate
from ...plan.follow.objections import Issue, IssueKind, check_report
from ...plan.follow.reporting import (
    NOTHING,
    REPORTED_FIELDS,
    State,
    Target,
    get_target,
    lay_one,
    lay_over,
)
from ...plan.model import Report
from ...plan.moments import format_moment
from ...plan.problems import ProblemKind
from ..plans.messages import describe_reason
from .display import show_report, show_state
from .messages import list_sentences
from .renewal import lock_milestones, renew_milestones
from .reports import add_report, read_reports, read_stored
from .roles import Rights, find_milestone, make_target, read_rights
from .statement import read_statement


def gtplan_report_create(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Report on an activity, on an expected deliverable, or on a milestone as a whole.

    A report says only what it says: what it does not give stays as earlier reports have it. With
    ``defer_commit`` in the context nothing is committed, indexed or published: whoever sets it
    calls ``renew_milestones`` when all is written.

    Args:
        context: of somebody who may report on it.
        data_dict: ``milestone`` by name or id, with ``activity_no`` or ``deliverable`` (its key)
            or neither; ``organization``, on whose behalf, where there is a choice; ``as_of``,
            the day that it speaks of (default: today); and what is reported: ``status``,
            ``publication_status``, ``actual_start``, ``actual_end``, ``percent_complete``,
            ``executed_amount`` with ``currency``, ``evidence`` (a list of addresses),
            ``difficulties``, ``note``. Null takes back what was reported, an empty text says
            nothing.

    Returns:
        The ``report``; ``is_new``, false where the same was reported already and nothing was
        written; the ``state`` of its target by all that counts; and ``warnings`` by field.

    Raises:
        toolkit.ValidationError: with sentences by field; nothing is written.
    """
    tk.check_access("gtplan_report_create", context, data_dict)
    milestone = find_milestone(context, tk.get_or_bust(data_dict, "milestone"))
    rights = read_rights(context, milestone)
    report = _make_report(milestone, rights, data_dict)
    with model.Session.begin_nested():
        lock_milestones([milestone["id"]])
        # what counts at once is judged by what counts: a report that waits may be returned
        before = read_reports([milestone["name"]], counted_only=not _has_to_wait(rights))
        report = _complete(report, before)
        warnings = check_or_refuse(report, before, milestone)
        same = _find_same(report, before)
        if same is None:
            _add(context, milestone, rights, report)
    if same is None and not context.get("defer_commit"):
        renew_milestones(context, [milestone["id"]])
    shown = show_outcome((same or report).id)
    return {**shown, "is_new": same is None, "warnings": list_sentences(warnings)}


def show_outcome(report_id: str) -> dict[str, Any]:
    """Show a report, and the state of its target by all that counts, to who may report there."""
    (stored,) = read_stored(ids=[report_id])
    known = lay_over(read_reports([stored.report.milestone]), get_today())
    state = show_state(known.get(stored.target, NOTHING))
    return {"report": show_report(stored, is_insider=True), "state": state}


def _make_report(milestone: dict[str, Any], rights: Rights, data: dict[str, Any]) -> Report:
    target = _check_target(rights, make_target(milestone, data))
    values = read_statement(data)
    today = get_today()
    values.setdefault("as_of", PartialDate(year=today.year, month=today.month, day=today.day))
    body = _choose_body(rights.bodies[target], data.get("organization"))
    return Report(id=str(uuid4()), **target._asdict(), organization=body, **values)


def _check_target(rights: Rights, target: Target) -> Target:
    """Refuse a row that is not there."""
    if target in rights.bodies:
        return target
    if target.activity_no and target.deliverable:
        issue = Issue(field="deliverable", kind=IssueKind.TWO_TARGETS, value="", expected="")
        raise tk.ValidationError(list_sentences([issue]))
    field = "activity_no" if target.activity_no else "deliverable"
    known = [getattr(other, field) for other in rights.bodies if getattr(other, field)]
    expected = ", ".join(known) or "—"
    value = str(getattr(target, field))
    sentence = describe_reason(ProblemKind.UNKNOWN_CODE, value, expected)
    raise tk.ValidationError({field: [sentence]})


def _choose_body(bodies: Sequence[str], wanted: Any) -> str | None:
    """Choose on whose behalf a report is made, of those that give the right to it."""
    group = model.Group.get(str(wanted)) if wanted else None
    name = group.name if group is not None else wanted
    if not wanted and len(bodies) <= 1:
        return bodies[0] if bodies else None
    if name in bodies:
        return str(name)
    sentence = (
        tk._("you do not report on this on behalf of “{value}”, but of one of: {expected}")
        if wanted
        else tk._("say on whose behalf: {expected}")
    )
    expected = ", ".join(bodies) or "—"
    raise tk.ValidationError({"organization": [sentence.format(value=wanted, expected=expected)]})


def _complete(report: Report, before: Sequence[Report]) -> Report:
    """Give a report its moment, and leave out of what it takes back what is not there."""
    state = _read_state(report, before)
    # a currency comes and goes with its amount
    there = state.fields_from.keys() - {"currency"}
    cleared = tuple(name for name in report.cleared if name in there)
    moment = format_moment(datetime.now(timezone.utc))
    return replace(report, cleared=cleared, recorded=moment)


def _read_state(report: Report, before: Sequence[Report]) -> State:
    return lay_over(before, report.as_of.last_day).get(get_target(report), NOTHING)


def check_or_refuse(
    report: Report, before: Sequence[Report], milestone: dict[str, Any]
) -> list[Issue]:
    """Check a report against what is known before it.

    Args:
        report: the report.
        before: the other reports on its milestone, those that wait for approval among them.
        milestone: as ``package_show`` gives it.

    Returns:
        What is odd and no error.

    Raises:
        toolkit.ValidationError: with sentences by field.
    """
    issues = check_report(
        report,
        _read_state(report, before),
        get_today(),
        has_activities=bool(milestone.get("activities")),
    )
    errors = [issue for issue in issues if not issue.is_warning]
    if errors:
        raise tk.ValidationError(list_sentences(errors))
    return issues


def _find_same(report: Report, before: Sequence[Report]) -> Report | None:
    """Find a report that says the same, where saying it again changes nothing that is known."""
    wanted = _give_content(report)
    same = next((other for other in before if _give_content(other) == wanted), None)
    if same is None:
        return None
    state = _read_state(report, before)
    after = lay_one(state, report)
    is_changed = any(getattr(state, name) != getattr(after, name) for name in _KNOWN)
    return None if is_changed else same


_KNOWN = REPORTED_FIELDS


def _give_content(report: Report) -> Report:
    return replace(report, id="", recorded=None, cleared=tuple(sorted(report.cleared)))


def _add(
    context: Context, milestone: dict[str, Any], rights: Rights, report: Report
) -> None:
    user = model.User.get(context.get("user") or "")
    body = model.Group.get(report.organization) if report.organization else None
    add_report(
        report,
        milestone_id=milestone["id"],
        organization_id=body.id if body else None,
        organization_title=body.title if body else None,
        user_id=user.id if user else None,
        needs_approval=_has_to_wait(rights),
    )
    model.Session.flush()


def _has_to_wait(rights: Rights) -> bool:
    """Tell whether what somebody reports counts only when it was approved."""
    return bool(get_option("reports.approval")) and not rights.may_approve
