"""What is owed, by when and by whom, across all plans, as far as a reader may see it.

Which records a reader may see is asked of the search once; what they say is read of the database
in one query for what is above and one for what owes. How each thing stands are the figures of its
milestone, at the day at which its plan is judged.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timezone
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.types import Context

from ... import config
from ...model.report import IS_COUNTED, ReportDecision, ReportEntry
from ...plan import model as plan
from ...plan.dates import DateError, PartialDate
from ...plan.follow.dues import (
    GROUPS,
    Due,
    Named,
    Owing,
    Row,
    group_dues,
    list_milestone_dues,
    list_regional_dues,
    order_due,
)
from ...plan.follow.progress import judge_day
from ..institutions import follow_successors, read_successors
from .kept import keep
from .measuring import measure_milestones
from .reading import Reader, list_visible
from .sight import find_sight

__all__ = ["count_owed", "find_visible", "list_bodies", "list_dues"]

_OWING = ("milestone", "regional_plan")
_TYPES = ("action_plan", "commitment", *_OWING)
#: The fields of a milestone or a regional plan that are read, as CKAN keeps them.
_FIELDS = (
    *("commitment", "number", "planned_start", "planned_end", "date_verbatim"),
    *("is_date_doubtful", "responsibles", "publisher", "activities", "expected_deliverables"),
)
#: The actors of a milestone that answer for it; others only take part.
_ANSWERING = (None, "", "lead", "coordinator")


def list_dues(
    context: Context,
    *,
    organization: str | None = None,
    record: str | None = None,
    day: date | None = None,
) -> list[Due]:
    """List what is owed, by day; what has no day comes last.

    Args:
        context: of the reader; what that one may not see is not in the list.
        organization: name of the one that answers for it; what bodies that it succeeded answer
            for is in the list, too.
        record: name of an action plan, a commitment, a milestone or a regional plan; all where
            None.
        day: the day at which it is judged; today where None. A closed plan is judged at its
            closing date.
    """
    day = day or config.get_today()
    visible = find_visible(context)
    # addresses are those of the page's language
    key = ("dues", day, config.get_language(), visible)
    dues = keep(key, lambda: _list_all(visible, day), measure=lambda found: len(found) // 10)
    bodies = list_bodies(organization) if organization else None
    return [
        due
        for due in dues
        if (bodies is None or not bodies.isdisjoint(due.responsibles))
        and (record is None or record in _list_names(due))
    ]


def find_visible(context: Context) -> frozenset[str]:
    """Find the records that a reader may see; mostly without a search."""
    sight = find_sight(context)
    if sight is None:
        return frozenset(list_visible(context, f"+dataset_type:({' OR '.join(_TYPES)})"))
    query = sa.select(model.Package.name).where(model.Package.type.in_(_TYPES), sight.condition)
    return frozenset(model.Session.scalars(query))


def _list_all(visible: Collection[str], day: date) -> list[Due]:
    above = _Above(visible)
    found = list(_read_owing(visible, above))
    return sorted(
        [*_list_milestones(found, above, day), *_list_regional(found, day)], key=order_due
    )


def _list_names(due: Due) -> Iterator[str]:
    yield from (one.name for one in (due.record, due.commitment, due.plan) if one)


def list_bodies(name: str) -> frozenset[str]:
    """List an organization and all those that it succeeded."""
    successors = read_successors()
    before = (one for one in successors if name in follow_successors(one, successors))
    return frozenset((name, *before))


def count_owed(dues: Iterable[Due], day: date) -> dict[str, dict[str, int]]:
    """Count what each organization answers for, by group.

    Args:
        dues: what is owed.
        day: today.

    Returns:
        By the organization's name; what one took over from those that it succeeded counts.
    """
    successors = read_successors()
    owed: dict[str, dict[str, int]] = {}
    for group, some in group_dues(dues, day).items():
        for due in some:
            names = {one for name in due.responsibles for one in _follow(name, successors)}
            for name in names:
                owed.setdefault(name, dict.fromkeys(GROUPS, 0))[group] += 1
    return owed


def _follow(name: str, successors: Mapping[str, str]) -> Iterator[str]:
    yield name
    yield from follow_successors(name, successors)


class _Above:
    """The plans and commitments that a reader may see, and their names for a list."""

    def __init__(self, names: Collection[str]) -> None:
        reader = Reader()
        self.plans = {one.id: one for one in reader.list(plan.ActionPlan, names)}
        commitments = reader.list(plan.Commitment, names)
        self.commitments = {one.id: one for one in commitments}
        self._plans = {name: _name(one, "action_plan") for name, one in self.plans.items()}
        self._commitments = {one.id: _name(one, "commitment") for one in commitments}

    def find_plan(self, commitment: str | None) -> plan.ActionPlan | None:
        """Find the plan of a commitment."""
        found = self.commitments.get(commitment or "")
        return self.plans.get(found.action_plan) if found else None

    def name(self, commitment: str | None) -> dict[str, Named | None]:
        """Name what is above a milestone."""
        found = self.find_plan(commitment)
        return {
            "commitment": self._commitments.get(commitment or ""),
            "plan": self._plans.get(found.id) if found else None,
        }


def _name(record: plan.Record, kind: str) -> Named:
    number = getattr(record, "commitment_number", None) or getattr(record, "ogp_id", None)
    return Named(
        name=record.id,
        type=kind,
        title=record.title,
        number=str(number) if number else None,
        address=tk.url_for(f"{kind}.read", id=record.id),
    )


# What owes


def _read_owing(visible: Collection[str], above: _Above) -> Iterator[Owing]:
    """Read the milestones and regional plans that owe something.

    Args:
        visible: names of records that the reader may see.
        above: the plans and commitments among them.
    """
    package, owner = model.Package, model.Group.name.label("owner")
    columns = [package.extras[field].astext.label(field) for field in _FIELDS]
    changed = sa.func.greatest(package.metadata_modified, _select_last_report()).label("changed")
    query = (
        sa.select(package.name, package.title, package.type, owner, *columns, changed)
        .outerjoin(model.Group, model.Group.id == package.owner_org)
        .where(package.name.in_(visible), package.type.in_(_OWING))
    )
    for row in model.Session.execute(query).mappings():
        commitment = above.commitments.get(row["commitment"] or "")
        if commitment is None or commitment.status != "withdrawn":
            yield _make_owing(row, above)


def _select_last_report() -> Any:
    """Select when the last report on a milestone that counts did so, as CKAN keeps moments."""
    entry, decision = ReportEntry, ReportDecision
    moment = sa.func.coalesce(decision.decided, entry.recorded)
    return (
        sa.select(sa.func.max(sa.func.timezone("UTC", moment)))
        .select_from(entry)
        .outerjoin(decision, decision.report_id == entry.id)
        .where(entry.milestone_id == model.Package.id, IS_COUNTED)
        .correlate(model.Package)
        .scalar_subquery()
    )


def _make_owing(row: Mapping[str, Any], above: _Above) -> Owing:
    kind, name = row["type"], row["name"]
    starts, is_doubtful = _parse_date(row["planned_start"]), row["is_date_doubtful"] == "true"
    activities = _read_rows(row["activities"])
    if not is_doubtful:
        dated = [_parse_date(a.get("planned_start")) for a in activities if not _is_doubtful(a)]
        starts = min((day for day in (starts, *dated) if day), key=_get_first, default=None)
    action_plan = above.find_plan(row["commitment"])
    return Owing(
        record=Named(
            name=name,
            type=kind,
            title=row["title"] or name,
            number=row["number"] or None,
            address=tk.url_for(f"{kind}.read", id=name),
        ),
        **above.name(row["commitment"]),
        itself=Row(
            key="",
            title=row["title"] or name,
            due=None if is_doubtful else _parse_date(row["planned_end"]),
            printed=row["date_verbatim"] or None,
            responsibles=_list_answering(row),
        ),
        activities=dict(_make_rows(activities, "activity_no", "planned_end")),
        deliverables=dict(_make_rows(_read_rows(row["expected_deliverables"]), "key", "due_date")),
        starts=starts.first_day if starts and not is_doubtful else None,
        is_reported_on=action_plan is None or action_plan.status != "closed",
        changed=row["changed"].replace(tzinfo=timezone.utc),
    )


def _get_first(day: PartialDate) -> date:
    return day.first_day


def _list_answering(row: Mapping[str, Any]) -> tuple[str, ...]:
    """List who answers for a record: who is named as responsible, else who owns it."""
    if row["type"] == "regional_plan":
        named = [row["publisher"]]
    else:
        actors = _read_rows(row["responsibles"])
        named = [a.get("organization") for a in actors if a.get("role") in _ANSWERING]
    return tuple(dict.fromkeys(filter(None, named))) or tuple(filter(None, [row["owner"]]))


def _read_rows(text: str | None) -> list[dict[str, Any]]:
    """Read rows, which ckanext-scheming keeps as JSON; what are none are passed over."""
    try:
        rows = json.loads(text or "[]")
    except ValueError:
        return []
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _make_rows(
    items: Iterable[Mapping[str, Any]], key: str, date_field: str
) -> Iterator[tuple[str, Row]]:
    for item in items:
        if item.get(key) and item.get("name"):
            is_doubtful = _is_doubtful(item)
            due = _parse_date(item.get(date_field))
            yield (
                str(item[key]),
                Row(
                    key=str(item[key]),
                    title=str(item["name"]),
                    due=None if is_doubtful else due,
                    printed=item.get("date_verbatim") or (str(due) if is_doubtful else None),
                    responsibles=tuple(str(item.get("responsibles") or "").split()),
                    is_closed_by_law=bool(item.get("non_open_reason")),
                ),
            )


def _is_doubtful(item: Mapping[str, Any]) -> bool:
    return str(item.get("is_date_doubtful")).lower() == "true"


def _parse_date(text: Any) -> PartialDate | None:
    try:
        return PartialDate.parse(str(text)) if text else None
    except DateError:
        return None


# How it stands


def _list_milestones(found: Sequence[Owing], above: _Above, day: date) -> Iterator[Due]:
    judged: dict[date, dict[str, Owing]] = {}
    for owing in found:
        if owing.record.type == "milestone":
            its_plan = above.plans.get(owing.plan.name) if owing.plan else None
            judged.setdefault(judge_day(its_plan, day), {})[owing.record.name] = owing
    for judged_day, milestones in judged.items():
        for name, one in measure_milestones(list(milestones), judged_day).items():
            if one.measures:
                yield from list_milestone_dues(milestones[name], one.measures)


def _list_regional(found: Sequence[Owing], day: date) -> Iterator[Due]:
    plans = [owing for owing in found if owing.record.type == "regional_plan"]
    published = _read_published([owing.record.name for owing in plans]) if plans else {}
    for owing in plans:
        yield from list_regional_dues(owing, published.get(owing.record.name, {}), day)


def _read_published(names: Collection[str]) -> dict[str, dict[str, bool]]:
    """Read what is public of regional plans, and whether it is open: by plan and deliverable."""
    package = model.Package
    above, key = package.extras["regional_plan"].astext, package.extras["deliverable"].astext
    rows = model.Session.execute(
        sa.select(above, key, package.license_id).where(
            package.type == "dataset",
            package.state == model.State.ACTIVE,
            package.private.is_(False),
            above.in_(names),
            key.is_not(None),
        )
    )
    licenses = package.get_license_register()
    published: dict[str, dict[str, bool]] = {}
    for name, deliverable, license_id in rows:
        license = licenses.get(license_id or "")
        is_open = bool(license and license.isopen())
        kept = published.setdefault(name, {})
        kept[deliverable] = is_open or kept.get(deliverable, False)
    return published
