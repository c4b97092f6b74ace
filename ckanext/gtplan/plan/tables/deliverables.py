"""What a plan record is published as: title, description, subjects, period and tables.

The texts and the mapping of policy areas to themes stand in ``deliverables.yaml``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from ..dates import PartialDate
from ..follow.reporting import lay_over
from ..model import (
    ActionPlan,
    Commitment,
    Milestone,
    Modification,
    Record,
    RegionalPlan,
    Register,
    Report,
    ServiceInventory,
)
from ..vocabulary import get_label
from . import rows
from .living import LivingSource
from .rows import Acronyms, States
from .tables import Table


@dataclass(frozen=True, kw_only=True)
class Deliverable:
    """An open dataset to be made of a record.

    Attributes:
        record: id of the record.
        description: one paragraph.
        links: the plan records that it belongs to, by the field that names them, and the
            key of the expected deliverable that it makes real.
        publishers: organisations that may publish it, the most fitting first.
        jurisdiction: None for what is of no single country, as a network's plan.
        tables: those that have rows.
        sources: living tables that have rows.
    """

    record: str
    title: str
    description: str
    deliverable_type: str
    tags: tuple[str, ...]
    themes: tuple[str, ...]
    start: PartialDate | None
    end: PartialDate | None
    publishers: tuple[str, ...]
    links: Mapping[str, str]
    jurisdiction: str | None
    tables: tuple[Table, ...]
    sources: tuple[LivingSource, ...] = ()

    @property
    def name(self) -> str:
        """Give the name of the dataset."""
        return name_dataset(self.record)


def is_publishable(record: Record) -> bool:
    """Tell whether a record is of a type that a dataset is made of.

    A milestone is, with or without a work plan: one that lost its work plan has a dataset
    to be withdrawn.
    """
    return isinstance(record, (ActionPlan, Milestone, RegionalPlan, ServiceInventory, Register))


def name_dataset(record: str) -> str:
    """Give the name of the dataset that a record is published as."""
    return f"{record}-datos"


@cache
def _texts() -> dict[str, Any]:
    text = files(__package__).joinpath("deliverables.yaml").read_text("utf-8")
    return dict(yaml.safe_load(text))


def describe_action_plan(
    plan: ActionPlan,
    commitments: Sequence[Commitment],
    milestones: Sequence[Milestone],
    modifications: Sequence[Modification],
    reports: Sequence[Report],
    acronyms: Acronyms,
) -> Deliverable:
    """Describe the dataset of a national plan: commitments, milestones, modifications.

    Args:
        plan: the plan.
        commitments: its commitments, in any order.
        milestones: the milestones of those commitments, in any order.
        modifications: its log.
        reports: those on its milestones.
        acronyms: acronym of each organisation that has one.
    """
    tables = (
        rows.make_commitments(plan, commitments, milestones, acronyms),
        rows.make_milestones(plan, commitments, milestones, _lay_all(reports), acronyms),
        rows.make_modifications(plan, modifications),
    )
    cycle = PartialDate(year=plan.cycle_year) if plan.cycle_year else None
    return _describe(
        "action_plan",
        record=plan.id,
        texts={"title": plan.title},
        areas=[area for commitment in commitments for area in commitment.policy_areas],
        period=(plan.period_start or cycle, plan.period_end),
        publishers=(plan.coordinating_body,),
        links={"action_plan": plan.id},
        tables=tables,
    )


def _lay_all(reports: Iterable[Report]) -> States:
    """Lay all reports over the plan: a table holds facts, and does not change with the day."""
    return lay_over(reports, date.max)


def describe_milestone(
    milestone: Milestone,
    commitment: Commitment,
    reports: Sequence[Report],
    acronyms: Acronyms,
) -> Deliverable:
    """Describe the dataset of a milestone's work plan; without activities it has no table.

    Args:
        milestone: the milestone.
        commitment: the commitment that it belongs to.
        reports: those on the milestone.
        acronyms: acronym of each organisation that has one.
    """
    tables: tuple[Table, ...] = ()
    if milestone.activities:
        tables = (
            rows.make_activities(milestone, _lay_all(reports), acronyms),
            rows.make_reports(milestone, reports, acronyms),
            rows.make_budget(milestone),
            rows.make_schedule(milestone),
        )
    return _describe(
        "milestone",
        record=milestone.id,
        texts={
            "title": milestone.title,
            "number": milestone.number or "",
            "commitment": _number_commitment(commitment),
        },
        areas=commitment.policy_areas,
        period=(milestone.planned_start, milestone.planned_end),
        publishers=_list_publishers(milestone, commitment),
        links=_link(milestone, commitment),
        tables=tables,
    )


def describe_regional_plan(plan: RegionalPlan) -> Deliverable:
    """Describe the dataset of a regional plan: areas and activities."""
    year = PartialDate(year=plan.plan_year) if plan.plan_year else None
    return _describe(
        "regional_plan",
        record=plan.id,
        texts={"title": plan.title},
        areas=(),
        period=(year, year),
        publishers=(plan.publisher,),
        links={"regional_plan": plan.id},
        tables=(rows.make_areas(plan), rows.make_regional_activities(plan)),
    )


def describe_living(
    record: ServiceInventory | Register,
    milestone: Milestone | None,
    commitment: Commitment | None,
    sources: Sequence[LivingSource],
    tables: Sequence[Table] = (),
) -> Deliverable:
    """Describe the dataset of a record whose rows grow: an inventory or a register.

    It belongs to the institution that the record belongs to.

    Args:
        record: the record.
        milestone: the milestone that it is a deliverable of, if it says one.
        commitment: the commitment of that milestone.
        sources: its living tables that have rows.
        tables: what is computed of those.
    """
    links = _link(milestone, commitment) if milestone and commitment else {}
    if links and record.deliverable:
        links["deliverable"] = record.deliverable
    if isinstance(record, ServiceInventory):
        kind, year = "service_inventory", PartialDate(year=record.reference_year)
    else:
        kind, year = record.register_kind, None
    return _describe(
        kind,
        record=record.id,
        texts={"title": record.title, "description": record.description or record.title},
        areas=commitment.policy_areas if commitment else (),
        period=(year, year),
        publishers=(record.owner,),
        links=links,
        tables=tables,
        sources=sources,
    )


def _describe(
    record_type: str,
    *,
    record: str,
    texts: Mapping[str, str],
    areas: Iterable[str],
    period: tuple[PartialDate | None, PartialDate | None],
    publishers: Iterable[str | None],
    links: Mapping[str, str],
    tables: Sequence[Table],
    sources: Sequence[LivingSource] = (),
) -> Deliverable:
    entry = _texts()["datasets"][record_type]
    filled = tuple(table for table in tables if table.rows)
    titles = [source.title for source in sources] + [table.title for table in filled]
    names = ", ".join(title[0].lower() + title[1:] for title in titles)
    subjects = sorted(set(areas))
    themes = {*entry["themes"], *(_texts()["themes"].get(area, "GOVE") for area in subjects)}
    labels = (get_label("ogp_policy_area", area, "es").lower() for area in subjects)
    return Deliverable(
        record=record,
        title=entry["title"].format(**texts),
        description=" ".join(entry["notes"].format(**texts, tables=names).split()),
        deliverable_type=entry["deliverable_type"],
        tags=tuple(dict.fromkeys((*entry["tags"], *labels))),
        themes=tuple(sorted(themes)),
        start=period[0],
        end=period[1],
        publishers=tuple(body for body in publishers if body),
        links=links,
        jurisdiction=entry.get("jurisdiction"),
        tables=filled,
        sources=tuple(sources),
    )


def _number_commitment(commitment: Commitment) -> str:
    if commitment.commitment_number is None:
        return commitment.ogp_id or commitment.id
    number = str(commitment.commitment_number)
    return f"{number} ({commitment.ogp_id})" if commitment.ogp_id else number


def _list_publishers(milestone: Milestone, commitment: Commitment) -> tuple[str | None, ...]:
    bodies = (actor.organization for actor in milestone.responsibles)
    return (commitment.lead_institution, *bodies)


def _link(milestone: Milestone, commitment: Commitment) -> dict[str, str]:
    return {
        "milestone": milestone.id,
        "commitment": commitment.id,
        "action_plan": commitment.action_plan,
    }
