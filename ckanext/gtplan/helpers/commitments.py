"""A commitment's milestones and what they deliver, and the commitments beside it, for its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ckan.plugins import toolkit as tk

from ..logic.follow.progress import Following
from ..logic.follow.reading import Reader
from ..plan.follow.coverage import match_deliverables
from ..plan.follow.dues import Due, Named, Owing, Row, list_milestone_dues
from ..plan.follow.measures import Measures
from ..plan.model import Commitment, ExpectedDeliverable, Milestone
from .records import Package, gtplan_children, gtplan_record

#: The actors of a milestone that answer for it; others only take part.
_ANSWERING = (None, "lead", "coordinator")
#: As many datasets as CKAN's search answers at once, and milestones as Solr has clauses for.
_MOST = 1000


@dataclass(frozen=True, kw_only=True)
class Product:
    """A deliverable of a milestone: what is owed, and the datasets that make it real."""

    due: Due
    datasets: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, kw_only=True)
class Step:
    """A milestone of a commitment: as it is kept, its figures, how it stands, what it delivers."""

    package: Package
    milestone: Milestone
    measures: Measures | None
    standing: str | None
    products: tuple[Product, ...]


@dataclass(frozen=True, kw_only=True)
class Works:
    """What is done for a commitment: its milestones, and datasets that are no product of one."""

    steps: tuple[Step, ...]
    datasets: tuple[Package, ...]


@dataclass(frozen=True, kw_only=True)
class Neighbours:
    """The commitments before and after one in its plan, in the plan's order."""

    before: Commitment | None
    after: Commitment | None


def gtplan_works(package: Mapping[str, Any], following: Following | None) -> Works:
    """Read what is done for a commitment, as far as the reader may see it.

    Args:
        package: the commitment.
        following: its figures.
    """
    tree = following.tree.milestones if following else {}
    children = gtplan_children("milestone", "commitment", package["name"])
    datasets = _search_datasets(package["name"], [child["name"] for child in children])
    steps = []
    for child in children:
        milestone = gtplan_record(child)
        if isinstance(milestone, Milestone):
            own = [d for d in datasets if d.get("milestone") == child["name"]]
            steps.append(_make_step(child, milestone, tree.get(child["name"]), own))
    shown = {d["id"] for step in steps for product in step.products for d in product.datasets}
    others = tuple(dataset for dataset in datasets if dataset["id"] not in shown)
    return Works(steps=tuple(steps), datasets=others)


def _search_datasets(commitment: str, milestones: Sequence[str]) -> list[Package]:
    """Search the datasets of a commitment; one may name no more than its milestone."""
    wanted = " OR ".join(
        [f'commitment:"{commitment}"', *(f'milestone:"{name}"' for name in milestones[:_MOST])]
    )
    query = {
        "fq": f"+dataset_type:dataset +({wanted})",
        "rows": _MOST,
        "sort": "name asc",
        "include_private": True,
    }
    found: list[Package] = tk.get_action("package_search")({}, query)["results"]
    return found


def _make_step(
    package: Package, milestone: Milestone, measures: Measures | None, datasets: list[Package]
) -> Step:
    if measures is None:
        dues: list[Due] = []
    else:
        dues = list(list_milestone_dues(_describe(milestone, package), measures))
    states = match_deliverables(milestone.expected_deliverables, datasets)
    published = {state.expected.key: state.datasets for state in states}
    return Step(
        package=package,
        milestone=milestone,
        measures=measures,
        standing=next((due.standing for due in dues if due.kind == "milestone"), None),
        products=tuple(
            Product(due=due, datasets=published[due.key])
            for due in dues
            if due.kind == "deliverable" and due.key in published
        ),
    )


def _describe(milestone: Milestone, package: Package) -> Owing:
    """Describe a milestone as one that owes, so that its page and all lists say the same of it."""
    bodies = tuple(
        actor.organization
        for actor in milestone.responsibles
        if actor.organization and actor.role in _ANSWERING
    )
    owners = (package["organization"]["name"],) if package.get("organization") else ()
    end = None if milestone.is_date_doubtful else milestone.planned_end
    return Owing(
        record=Named(name=milestone.id, type="milestone", title=milestone.title),
        itself=Row(key="", title=milestone.title, due=end, responsibles=bodies or owners),
        deliverables={row.key: _make_row(row) for row in milestone.expected_deliverables},
        is_reported_on=False,
    )


def _make_row(row: ExpectedDeliverable) -> Row:
    return Row(key=row.key, title=row.name, due=row.due_date, responsibles=row.responsibles)


def gtplan_neighbours(package: Mapping[str, Any]) -> Neighbours:
    """Find the public commitments before and after one in its plan."""
    plan = package.get("action_plan")
    line = Reader().list_below(Commitment, "action_plan", str(plan)) if plan else []
    names = [commitment.id for commitment in line]
    if package["name"] not in names:
        return Neighbours(before=None, after=None)
    place = names.index(package["name"])
    return Neighbours(
        before=line[place - 1] if place else None,
        after=line[place + 1] if place + 1 < len(line) else None,
    )
