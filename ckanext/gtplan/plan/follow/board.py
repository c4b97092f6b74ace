"""The board of a plan: its commitments as rows that are narrowed and put in order.

What a commitment's standing is follows from its figures: late when it or a part of it is, not
reported when nobody has said anything on any part, else on time. So every commitment that was not
withdrawn is exactly one of the three, and nobody's silence is called a delay.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any

from ..model import Commitment, Milestone
from .measures import Measures
from .owners import NOBODY, STANDINGS, Owners, count_owners, count_standings
from .progress import Tree
from .reporting import UNREPORTED

#: The ways to look at the board, the first is the usual one.
VIEWS = ("table", "cards", "chart")
#: A target of the Sustainable Development Goals, by the number of its goal.
_GOAL = re.compile(r"\s*0*(1[0-7]|[1-9])(?!\d)")


@dataclass(frozen=True, kw_only=True)
class Line:
    """A commitment as the board shows it.

    Attributes:
        number: as its document prints it; ``code`` is OGP's.
        lead: the institution that answers for it.
        others: those that answer for it with that, and those of its activities.
        areas: codes of ``ogp_policy_area``.
        goals: numbers of the Sustainable Development Goals.
        milestones: how many it has that the reader may see.
        measures: its figures; None when it cannot be read.
        counts: its activities, and milestones without them, by how they stand.
        owners: the same by institution.
    """

    name: str
    title: str
    number: int | None = None
    code: str | None = None
    is_private: bool = False
    is_translated: bool = False
    status: str | None = None
    lead: str | None = None
    others: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    goals: tuple[str, ...] = ()
    milestones: int = 0
    measures: Measures | None = None
    counts: Mapping[str, int] = field(default_factory=Counter)
    owners: Owners = field(default_factory=dict)

    @property
    def institutions(self) -> tuple[str, ...]:
        """List the institutions that answer for it or for a part of it."""
        names = ((self.lead,) if self.lead else ()) + self.others
        return tuple(dict.fromkeys(names))

    @property
    def is_withdrawn(self) -> bool:
        """Tell whether the plan's figures leave it out."""
        return self.measures is not None and self.measures.is_withdrawn

    @property
    def standing(self) -> str:
        """Tell how it stands: one of ``STANDINGS``, or ``withdrawn``."""
        if self.is_withdrawn:
            return "withdrawn"
        if self.measures is None or not self.measures.is_reporting:
            return UNREPORTED
        return "late" if self.measures.is_late else "on_time"


@dataclass(frozen=True, kw_only=True)
class Question:
    """What a reader asks of the board; an empty text narrows nothing."""

    standing: str = ""
    institution: str = ""
    area: str = ""
    status: str = ""
    sdg: str = ""
    sort: str = "standing"
    view: str = "table"

    @property
    def filters(self) -> dict[str, str]:
        """Give what narrows the board, by parameter."""
        return {name: value for name in FILTERS if (value := str(getattr(self, name)))}


def make_lines(
    commitments: Iterable[Commitment],
    milestones: Iterable[Milestone],
    tree: Tree,
    hidden: Collection[str] = (),
) -> tuple[Line, ...]:
    """Make the rows of a plan's board.

    Args:
        commitments: those of the plan that the reader may see.
        milestones: theirs.
        tree: the figures of both.
        hidden: names of those that not everybody may see.
    """
    below: dict[str, list[Milestone]] = {}
    for milestone in milestones:
        below.setdefault(milestone.commitment, []).append(milestone)
    return tuple(_make_line(one, below.get(one.id, ()), tree, hidden) for one in commitments)


def _make_line(
    commitment: Commitment, milestones: Sequence[Milestone], tree: Tree, hidden: Collection[str]
) -> Line:
    counts: Counter[str] = Counter()
    owners: dict[str, Counter[str]] = {}
    for milestone in milestones:
        measures = tree.milestones[milestone.id]
        counts.update(count_standings(measures))
        for name, counted in count_owners(milestone, measures).items():
            owners.setdefault(name, Counter()).update(counted)
    return Line(
        name=commitment.id,
        title=commitment.title,
        number=commitment.commitment_number,
        code=commitment.ogp_id,
        is_private=commitment.id in hidden,
        is_translated=commitment.is_title_translated,
        status=commitment.status,
        lead=commitment.lead_institution,
        others=(*commitment.co_lead_institutions, *(name for name in owners if name)),
        areas=commitment.policy_areas,
        goals=tuple(dict.fromkeys(_find_goals(commitment.sdg_targets))),
        milestones=len(milestones),
        measures=tree.commitments.get(commitment.id),
        counts=counts,
        owners=owners,
    )


def _find_goals(targets: Iterable[str]) -> Iterator[str]:
    """Find the goal of each target: 16.5 is of goal 16."""
    for target in targets:
        if match := _GOAL.match(target):
            yield match[1]


#: For each filter, the values that a row has.
FILTERS: Mapping[str, Callable[[Line], Iterable[str]]] = {
    "standing": lambda line: (line.standing,),
    "institution": lambda line: line.institutions,
    "area": lambda line: line.areas,
    "status": lambda line: (line.status,) if line.status else (),
    "sdg": lambda line: line.goals,
}


def count_options(lines: Iterable[Line]) -> dict[str, Counter[str]]:
    """Count, for each filter and value, the rows that it would leave of all."""
    found: dict[str, Counter[str]] = {name: Counter() for name in FILTERS}
    for line in lines:
        for name, values in FILTERS.items():
            found[name].update(dict.fromkeys(values(line), 1))
    return found


def read_question(
    given: Mapping[str, Any], options: Mapping[str, Mapping[str, int]]
) -> tuple[Question, dict[str, str]]:
    """Read what a reader asks.

    Args:
        given: parameters of an address.
        options: the values of each filter that the board has.

    Returns:
        What is asked, and what of it is no value, by parameter: it is left out.
    """
    allowed = {**options, "sort": ORDERS, "view": VIEWS}
    asked, wrong = {}, {}
    for one in fields(Question):
        value = str(given.get(one.name) or "").strip()
        if value and value not in allowed[one.name]:
            wrong[one.name] = value
        elif value:
            asked[one.name] = value
    return Question(**asked), wrong


def narrow(lines: Iterable[Line], question: Question) -> list[Line]:
    """List the rows that pass all filters, in the order that is asked for."""
    chosen = question.filters
    left = (n for n in lines if all(value in FILTERS[f](n) for f, value in chosen.items()))
    return sorted(left, key=ORDERS[question.sort])


def _by_number(line: Line) -> tuple[Any, ...]:
    return (line.number is None, line.number or 0, line.code or "", line.name)


def _by_standing(line: Line) -> tuple[Any, ...]:
    places = (*STANDINGS, "withdrawn")
    return (places.index(line.standing), -line.counts.get("late", 0), *_by_number(line))


def _by(figure: Callable[[Measures], Decimal | None]) -> Callable[[Line], tuple[Any, ...]]:
    """Order by a figure from the lowest on; what has none comes last: unknown is not zero."""

    def order(line: Line) -> tuple[Any, ...]:
        value = figure(line.measures) if line.measures else None
        return (value is None, value or Decimal(0), *_by_number(line))

    return order


#: The orders of the board; the first is the usual one.
ORDERS: Mapping[str, Callable[[Line], tuple[Any, ...]]] = {
    "standing": _by_standing,
    "number": _by_number,
    "progress": _by(lambda measures: measures.progress_floor),
    "deviation": _by(lambda measures: measures.deviation),
    "title": lambda line: (line.title.casefold(), line.name),
}


@dataclass(frozen=True, kw_only=True)
class Owner:
    """What an institution has late, on time and not reported; ``name`` may be ``NOBODY``."""

    name: str
    late: int
    on_time: int
    unreported: int


def list_owners(lines: Sequence[Line]) -> list[Owner]:
    """List the institutions by how much of the work of a plan is theirs, the latest first.

    Args:
        lines: the rows; a withdrawn one counts for nothing. What nobody is named for is the
            lead institution's.
    """
    sums: dict[str, Counter[str]] = {}
    for line in lines:
        if not line.is_withdrawn:
            for name, counts in line.owners.items():
                sums.setdefault(name or line.lead or NOBODY, Counter()).update(counts)
    found = [Owner(name=name, **{s: counts[s] for s in STANDINGS}) for name, counts in sums.items()]
    return sorted(found, key=lambda o: (not o.name, -o.late, -o.unreported, -o.on_time, o.name))
