"""What somebody may report on, with what is planned and what is known: forms and spreadsheets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.types import Context

from ... import config
from ...plan import model as plan
from ...plan.dates import PartialDate
from ...plan.follow.answers import Answers, write_answer
from ...plan.follow.objections import TARGET_FIELDS
from ...plan.follow.reporting import NOTHING, State, Target, lay_over
from ...plan.records import from_record
from .intake import gtplan_report_create
from .reading import list_visible
from .renewal import renew_milestones
from .reports import read_reports
from .roles import (
    REPORTED_TYPES,
    find_milestone,
    find_record,
    list_reportable,
    list_successors,
)


@dataclass(frozen=True, kw_only=True)
class Item:
    """Something that may be reported on.

    Attributes:
        target: what it is.
        kind: ``activity``, ``deliverable`` or ``milestone``.
        fields: what a report on it may say.
        milestone: as the plan has it.
        code: how the plan numbers it.
        name: how the plan calls it.
        responsibles: names of the bodies that it is assigned to.
        start: planned.
        end: planned, or due.
        state: what is known of it, with what waits for approval.
        bodies: names of the organisations on whose behalf the user may report.
        currency: to be proposed where none is reported.
    """

    target: Target
    kind: str
    fields: tuple[str, ...]
    milestone: plan.Milestone
    code: str
    name: str
    responsibles: tuple[str, ...]
    start: PartialDate | None
    end: PartialDate | None
    state: State
    bodies: tuple[str, ...]
    currency: str | None

    @property
    def anchor(self) -> str:
        """Give the id of its place on the milestone's page."""
        return make_anchor(self.target.activity_no, self.target.deliverable)

    @property
    def shown(self) -> dict[str, str]:
        """Give what is put before somebody who reports: a canonical text for each field."""
        shown = {field: write_answer(field, getattr(self.state, field)) for field in self.fields}
        if "currency" in shown and not shown["currency"]:
            shown["currency"] = self.currency or ""
        return shown


def make_anchor(activity_no: str | None, deliverable: str | None) -> str:
    """Make the id of a row's place on the milestone's page; ids have no blanks."""
    row = f"a-{activity_no}" if activity_no else f"d-{deliverable}" if deliverable else "m"
    return "reportar-" + re.sub(r"\s+", "-", row)


def list_items(
    context: Context, packages: Iterable[dict[str, Any]], organization: str | None = None
) -> Iterator[Item]:
    """List what the user may report on in some milestones.

    Args:
        context: of the user.
        packages: milestones, as ``package_show`` gives them to that user.
        organization: only what may be reported on in the name of this one.
    """
    found = {package["name"]: package for package in packages}
    reports = read_reports(found, counted_only=False)
    states = lay_over(reports, config.get_today())
    for package in found.values():
        try:
            milestone = from_record(plan.Milestone, package)
        except KeyError:
            continue  # a record that cannot be read is reported on by nobody
        for target, bodies in list_reportable(context, package).items():
            if organization in (None, *bodies):
                yield _make_item(target, milestone, states.get(target, NOTHING), bodies)


def _make_item(
    target: Target, milestone: plan.Milestone, state: State, bodies: tuple[str, ...]
) -> Item:
    common: dict[str, Any] = {
        "target": target,
        "milestone": milestone,
        "state": state,
        "bodies": bodies,
        "currency": milestone.budget_currency,
    }
    if target.activity_no is not None:
        activity = next(a for a in milestone.activities if a.activity_no == target.activity_no)
        return Item(
            **{**common, "currency": activity.currency or milestone.budget_currency},
            kind="activity",
            fields=TARGET_FIELDS["activity"],
            code=activity.activity_no,
            name=activity.name,
            responsibles=activity.responsibles,
            start=activity.planned_start,
            end=activity.planned_end,
        )
    if target.deliverable is not None:
        expected = next(e for e in milestone.expected_deliverables if e.key == target.deliverable)
        return Item(
            **common,
            kind="deliverable",
            fields=TARGET_FIELDS["deliverable"],
            code=expected.key,
            name=expected.name,
            responsibles=expected.responsibles,
            start=None,
            end=expected.due_date,
        )
    return Item(
        **common,
        kind="milestone",
        # a milestone without activities is reported on as if it were one
        fields=TARGET_FIELDS["milestone" if milestone.activities else "activity"],
        code=milestone.number or "",
        name=milestone.title,
        responsibles=tuple(a.organization for a in milestone.responsibles if a.organization),
        start=milestone.planned_start,
        end=milestone.planned_end,
    )


def find_milestones(context: Context, name: str) -> tuple[str, list[dict[str, Any]]]:
    """Find the milestones of a record, or those with rows assigned to an organisation.

    Args:
        context: of the user.
        name: of a milestone, a commitment, an action plan or an organisation.

    Returns:
        The title of what was named, and the milestones that the user may see.

    Raises:
        toolkit.ObjectNotFound: there is no such record that the user may see.
    """
    group = model.Group.get(name)
    if group is not None and group.is_organization and group.state == model.State.ACTIVE:
        return group.title or group.name, _show(context, _list_assigned(group))
    record = find_record(context, name, REPORTED_TYPES)
    if record["type"] == "milestone":
        return record["title"], [record]
    condition = f'+dataset_type:milestone +{record["type"]}:"{record["name"]}"'
    return record["title"], _show(context, list_visible(context, condition))


def _list_assigned(group: model.Group) -> list[str]:
    """List the milestones that name an organisation, or one that it succeeded."""
    package, groups = (
        model.Package,
        model.Session.query(model.Group).filter_by(is_organization=True),
    )
    names = [one.name for one in groups if one == group or group in list_successors(one.name)]
    rows = [package.extras[name].astext for name in ("activities", "expected_deliverables")]
    mentions = [row.contains(name, autoescape=True) for row in rows for name in names]
    query = sa.select(package.name).where(package.type == "milestone", sa.or_(*mentions))
    return list(model.Session.scalars(query.order_by(package.name)))


def _show(context: Context, names: Iterable[str]) -> list[dict[str, Any]]:
    """Show milestones, those that the user may see."""
    found = []
    for name in names:
        try:
            found.append(find_milestone(context, name))
        except tk.ObjectNotFound:
            continue
    return found


def make_requests(
    item: Item, shown: Mapping[str, str], changes: Answers, *, as_of: str, organization: str | None
) -> list[dict[str, Any]]:
    """Make what ``gtplan_report_create`` takes of what somebody changed.

    Evidence adds up: who adds an address sends only that, so that what others added meanwhile
    stays. Who takes one away takes back the list first, and then gives what is left of it.

    Args:
        item: what is reported on, as it is now.
        shown: what was put before them.
        changes: what they changed.
        as_of: the day, today where it is empty.
        organization: on whose behalf; None lets the action choose.

    Returns:
        One report, or two; none where nothing is left to be said.
    """
    target = item.target
    address = {
        "milestone": target.milestone,
        "activity_no": target.activity_no,
        "deliverable": target.deliverable,
        "organization": organization,
        "as_of": as_of,
    }
    address = {name: value for name, value in address.items() if value}
    given: dict[str, Any] = {**changes.given, **dict.fromkeys(changes.cleared)}
    requests: list[dict[str, Any]] = []
    if "evidence" in given:
        text = given.pop("evidence") or ""
        added, removed = compare_evidence(shown.get("evidence", ""), text)
        now = item.shown["evidence"].split("\n") if item.shown["evidence"] else []
        if removed.intersection(now):
            requests.append({**address, "evidence": None})
            added = [line for line in now if line not in removed] + added
        given |= {"evidence": added} if added else {}
    return [*requests, {**address, **given}] if given else requests


def compare_evidence(shown: str, text: str) -> tuple[list[str], set[str]]:
    """List the addresses that somebody added to those shown, and those taken away."""
    before, after = shown.split("\n"), text.split("\n")
    added = [line for line in after if line and line not in before]
    return added, {line for line in before if line and line not in after}


def send_requests(context: Context, requests: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Report several things: all of them, or nothing where one is wrong.

    Args:
        context: of the user.
        requests: what ``gtplan_report_create`` takes.

    Returns:
        What it answered to each.

    Raises:
        toolkit.ValidationError: one is wrong.
        toolkit.NotAuthorized: the user may not report on one.
    """
    try:
        results = [send_request(context, request) for request in requests]
        if any(result["is_new"] for result in results):
            renew_milestones(context, sorted({request["milestone"] for request in requests}))
    finally:
        model.Session.rollback()  # what was not committed was only tried
    return results


def send_request(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Report one thing, and leave it to the caller to commit it."""
    inner: Any = {**tk.fresh_context(context), "defer_commit": True}
    return gtplan_report_create(inner, dict(request))
