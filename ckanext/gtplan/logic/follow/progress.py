"""Progress of what is in the portal: the figures of a plan, a commitment or a milestone at a day.

The figures are computed when they are asked for (``plan.progress``) and kept until a record
changes (``kept``): what a reader may not see is in none, and tomorrow's are right without a write.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cache, cached_property
from operator import attrgetter
from typing import Any, TypeVar

from ckan.logic import validate
from ckan.plugins import toolkit as tk
from ckan.types import AuthResult, Context

from ...plan.dates import PartialDate
from ...plan.follow.budget import Spending
from ...plan.follow.measures import Measures
from ...plan.follow.owners import count_standings
from ...plan.follow.progress import Tree, judge_day, measure_commitment, measure_plan
from ...plan.model import ActionPlan, Commitment, Milestone
from .. import schema
from .kept import keep
from .measuring import Measured, measure_milestones
from .reading import Reader, find_plan, list_hidden, list_parts, read_day
from .sight import find_sight

__all__ = ["Following", "follow", "gtplan_progress", "gtplan_progress_auth"]

T = TypeVar("T")

#: The types of record that have progress.
FOLLOWED = ("action_plan", "commitment", "milestone")
#: What JSON has as it is.
_PLAIN = frozenset({type(None), str, int, bool})
#: Figures that only the level above computes with, or that are told otherwise.
_UNTOLD = frozenset({"exact", "record_id", "today", "activities", "deliverables"})


@dataclass(frozen=True, kw_only=True)
class Following:
    """What was read of a record and below it, and its figures.

    Attributes:
        name: of the record that was asked for.
        commitments: those that the reader may see; so with the milestones.
        tree: the figures of each.
        unreadable: names of records that lack what makes them one; they are in no figure.
        hidden: names of those that not everybody may see; a visitor sees none.
    """

    name: str
    commitments: tuple[Commitment, ...]
    milestones: tuple[Milestone, ...]
    tree: Tree
    unreadable: tuple[str, ...]
    hidden: frozenset[str] = frozenset()
    _derived: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def derive(self, name: str, make: Callable[[Following], T]) -> T:
        """Give what is made of these figures alone, and keep it as long as they are kept.

        Args:
            name: of what is made; it must be the same for all readers, in all languages.
            make: makes it of these figures.
        """
        if name not in self._derived:
            self._derived[name] = make(self)
        made: T = self._derived[name]
        return made

    @property
    def measures(self) -> Measures | None:
        """Give the figures of the record itself; None when it cannot be read."""
        parts = self.tree.commitments.get(self.name) or self.tree.milestones.get(self.name)
        return self.tree.plan or parts

    @cached_property
    def standing(self) -> Counter[str]:
        """Count the activities, and milestones that have none, that are not cancelled.

        Returns:
            How many are ``late``, ``on_time`` and ``unreported``; what is late though nobody
            reports on it, since the institution does on others, is late.
        """
        return sum(map(count_standings, self._list_counted()), Counter())

    def _list_counted(self) -> Iterator[Measures]:
        """List the figures of the milestones; a plan's without those that were withdrawn."""
        for milestone in self.milestones:
            above = self.tree.commitments.get(milestone.commitment)
            if self.tree.plan is None or above is None or not above.is_withdrawn:
                yield self.tree.milestones[milestone.id]


def follow(context: Context, package: Mapping[str, Any], day: date) -> Following:
    """Compute the figures of a record, and of what is below it, as far as a reader may see it.

    Args:
        context: of the reader.
        package: an action plan, commitment or milestone that the reader may see.
        day: the day of the figures; a closed plan is judged at its closing date.
    """
    sight = find_sight(context)
    if sight:
        key: tuple[Any, ...] = ("follow", package["name"], day, *sight.key)
        return keep(key, lambda: _read_and_follow(context, package, day), _measure_size)
    plan, parts = find_plan(context, package), list_parts(context, package)
    key = ("follow", package["name"], day, plan and plan.id, *map(tuple, parts))
    return keep(key, lambda: _follow(plan, package, parts, day), _measure_size)


def _read_and_follow(context: Context, package: Mapping[str, Any], day: date) -> Following:
    return _follow(find_plan(context, package), package, list_parts(context, package), day)


def _measure_size(found: Following) -> int:
    return 1 + len(found.milestones)


def _follow(
    plan: ActionPlan | None,
    package: Mapping[str, Any],
    parts: tuple[Sequence[str], Sequence[str]],
    day: date,
) -> Following:
    """Compute the figures of a record and its parts; the plan is None where it is not seen."""
    commitment_names, milestone_names = parts
    judged = judge_day(plan, day)
    read = Reader()
    commitments = read.list(Commitment, commitment_names)
    measured = measure_milestones(milestone_names, judged)
    tree = _roll_up(plan, commitments, measured, judged)
    return Following(
        name=package["name"],
        commitments=tuple(commitments),
        milestones=tuple(one.milestone for one in measured.values() if one.milestone),
        tree=tree if package["type"] == "action_plan" else replace(tree, plan=None),
        unreadable=(*read.unreadable, *(measured.keys() - tree.milestones.keys())),
        hidden=list_hidden([*commitment_names, *milestone_names]),
    )


def _roll_up(
    plan: ActionPlan | None,
    commitments: Sequence[Commitment],
    measured: Mapping[str, Measured],
    day: date,
) -> Tree:
    milestones = {name: one.measures for name, one in measured.items() if one.measures}
    below: dict[str | None, list[Measures]] = {}
    for name, measures in milestones.items():
        below.setdefault(measured[name].commitment, []).append(measures)
    rolled = {c.id: measure_commitment(c, below.get(c.id, ()), day) for c in commitments}
    return Tree(
        today=day,
        plan=measure_plan(plan, list(rolled.values()), day) if plan else None,
        commitments=rolled,
        milestones=milestones,
    )


@tk.side_effect_free
@validate(schema.progress)
def gtplan_progress(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Compute the progress of an action plan, a commitment or a milestone at a day.

    Args:
        context: of a user who may see the record; what the user may not see is in no figure.
        data_dict: ``id`` or name of the record; ``date`` (2020-06-30), today when left out;
            ``activities``, true for the rows of all milestones.

    Returns:
        The figures of the record, and under ``commitments`` and ``milestones`` those of what is
        below it; those of ``activities`` and ``deliverables`` of a milestone that is asked for by
        itself, and of others when they are wanted: a plan has thousands. Percentages are
        numbers, amounts of money texts, what is not known is null.

    Raises:
        toolkit.ObjectNotFound: there is no such record, or the user may not see it.
        toolkit.ValidationError: the date is none, or such a record has no progress.
    """
    tk.check_access("gtplan_progress", context, data_dict)
    day = read_day(data_dict.get("date"))
    show = tk.get_action("package_show")
    package = show(tk.fresh_context(context), {"id": data_dict["id"]})
    if package["type"] not in FOLLOWED:
        sentence = tk._("“{name}” is no action plan, commitment or milestone")
        raise tk.ValidationError({"id": [sentence.format(name=package["name"])]})
    found = follow(context, package, day)
    return {
        "date": day.isoformat(),
        "judged_on": found.tree.today.isoformat(),
        **_tell_record(found, package, has_rows=data_dict["activities"]),
        "unreadable": sorted(found.unreadable),
    }


@tk.auth_allow_anonymous_access
def gtplan_progress_auth(context: Context, data_dict: dict[str, Any]) -> AuthResult:
    """Whoever may see the record may see how far it is; to others it is not there."""
    try:
        tk.check_access("package_show", tk.fresh_context(context), {"id": data_dict["id"]})
    except tk.NotAuthorized as error:
        raise tk.ObjectNotFound() from error
    return {"success": True}


def _tell_record(found: Following, package: Mapping[str, Any], *, has_rows: bool) -> dict[str, Any]:
    tree = found.tree
    has_rows = has_rows or package["type"] == "milestone"
    below: dict[str, list[dict[str, Any]]] = {}
    for milestone in found.milestones:
        told = _tell(tree.milestones[milestone.id], "milestone", milestone.title)
        if has_rows:
            told |= _tell_parts(milestone, tree.milestones[milestone.id])
        below.setdefault(milestone.commitment, []).append(told)
    if package["type"] == "milestone":
        return below.get(package.get("commitment", ""), [_tell_unreadable(package)])[0]
    commitments = [
        {
            **_tell(tree.commitments[commitment.id], "commitment", commitment.title),
            "milestones": below.get(commitment.id, []),
        }
        for commitment in found.commitments
    ]
    if package["type"] == "commitment":
        return commitments[0] if commitments else _tell_unreadable(package)
    if tree.plan is None:
        return _tell_unreadable(package)
    return {
        **_tell(tree.plan, "action_plan", package["title"]),
        "commitments": commitments,
    }


def _tell_unreadable(package: Mapping[str, Any]) -> dict[str, Any]:
    """Say of a record that lacks what makes it one no more than which it is."""
    return {name: package.get(name) for name in ("name", "type", "title")}


def _tell(measures: Measures, kind: str, title: str) -> dict[str, Any]:
    return {
        "name": measures.record_id,
        "type": kind,
        "title": title,
        **_to_json(measures),
    }


def _tell_parts(milestone: Any, measures: Measures) -> dict[str, Any]:
    names = {activity.activity_no: activity.name for activity in milestone.activities}
    products = {row.key: row.name for row in milestone.expected_deliverables}
    return {
        "activities": [
            {"name": names[part.activity_no], **_to_json(part)}
            for part in measures.activities
            if part.activity_no in names
        ],
        "deliverables": [
            {"name": products[part.key], **_to_json(part)} for part in measures.deliverables
        ],
    }


@cache
def _list_told(kind: type[Any]) -> tuple[str, ...]:
    names = [f.name for f in dataclasses.fields(kind)]
    names += [name for name, value in vars(kind).items() if isinstance(value, property)]
    return tuple(name for name in names if name not in _UNTOLD)


def _to_json(value: Any) -> Any:
    """Turn figures into JSON: percentages are numbers, amounts of money texts as they are."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is Decimal:
        return float(value)
    if kind in (date, PartialDate):
        return str(value)
    if kind is Spending:
        return {
            name: _to_json(figure) if name.endswith("percent") else _write_amount(figure)
            for name in _list_told(Spending)
            for figure in [getattr(value, name)]
        }
    if kind is dict:
        return {key: _to_json(item) for key, item in value.items()}
    names = _list_told(kind)
    return dict(zip(names, map(_to_json, attrgetter(*names)(value)), strict=True))


def _write_amount(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"
