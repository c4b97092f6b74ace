"""What a milestone's page says beside its document: what is reported, and what can be taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from ..config import get_option
from ..logic.follow.reports import read_reports
from ..logic.quality.figures import read_percents
from ..plan.follow.dues import make_row_anchor
from ..plan.follow.reporting import State, Target, lay_over
from ..plan.model import Milestone
from .words import gtplan_number

__all__ = ["gtplan_file_size", "gtplan_percents", "gtplan_reported", "gtplan_row_anchor"]

_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What was spent on an activity, or on the whole milestone, beside its own planned cost."""

    name: str
    anchor: str
    planned: Decimal | None
    planned_currency: str | None
    executed: Decimal
    currency: str
    last_report: date | None


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What institutions show for an activity, a deliverable or the whole milestone."""

    name: str
    anchor: str
    addresses: tuple[str, ...]
    last_report: date | None


@dataclass(frozen=True, kw_only=True)
class Reported:
    """What is reported of money and of evidence, in the order of the document."""

    spent: tuple[Spent, ...]
    proofs: tuple[Proof, ...]


@dataclass(frozen=True, kw_only=True)
class _Place:
    """A row of a milestone, or the milestone itself, that is reported on."""

    target: Target
    name: str
    anchor: str
    planned: Decimal | None = None
    currency: str | None = None


def gtplan_reported(milestone: Milestone, day: date) -> Reported:
    """Read what counts of the reports on a milestone: money spent, and evidence.

    Args:
        milestone: one that the reader may see.
        day: later reports are not looked at.
    """
    states = lay_over(read_reports([milestone.id]), day)
    known = [(place, states[place.target]) for place in _list_places(milestone, states)]
    spent = (_make_spent(place, state) for place, state in known)
    return Reported(
        spent=tuple(one for one in spent if one),
        proofs=tuple(
            Proof(
                name=place.name,
                anchor=place.anchor,
                addresses=state.evidence,
                last_report=state.last_report,
            )
            for place, state in known
            if state.evidence
        ),
    )


def _list_places(milestone: Milestone, states: Mapping[Target, State]) -> Iterable[_Place]:
    places = [_Place(target=Target(milestone.id), name="", anchor="")]
    for row in milestone.activities:
        places.append(
            _Place(
                target=Target(milestone.id, row.activity_no),
                name=f"{row.activity_no} {row.name}",
                anchor=make_row_anchor("activity", row.activity_no),
                planned=row.planned_cost,
                currency=row.currency,
            )
        )
    for product in milestone.expected_deliverables:
        anchor = make_row_anchor("deliverable", product.key)
        target = Target(milestone.id, None, product.key)
        places.append(_Place(target=target, name=product.name, anchor=anchor))
    return (place for place in places if place.target in states)


def _make_spent(place: _Place, state: State) -> Spent | None:
    if state.executed_amount is None or not state.currency:
        return None
    return Spent(
        name=place.name,
        anchor=place.anchor,
        planned=place.planned,
        planned_currency=place.currency,
        executed=state.executed_amount,
        currency=state.currency,
        last_report=state.last_report,
    )


def gtplan_percents(datasets: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Read how far datasets conform to the profile, by id, in one query."""
    return read_percents([str(dataset["id"]) for dataset in datasets])


def gtplan_file_size(size: object) -> str:
    """Write how big a file is, as the portal's country writes numbers; empty where unknown."""
    try:
        number = Decimal(int(str(size)))
    except ValueError:
        return ""
    units = iter(_UNITS)
    unit = next(units)
    while number >= 1024 and unit != _UNITS[-1]:
        number, unit = number / 1024, next(units)
    places = Decimal(1) if number >= 100 or unit == _UNITS[0] else Decimal("0.1")
    written = gtplan_number(number.quantize(places), get_option("country"))
    return f"{written} {unit}" if number > 0 else ""


def gtplan_row_anchor(kind: str, key: str) -> str:
    """Give the id of the row of an activity or a deliverable on its milestone's page."""
    return make_row_anchor(kind, key)
