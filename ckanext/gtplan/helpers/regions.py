"""A regional plan by area and semester, with what is published of each activity, for its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .. import config
from ..plan.follow.coverage import match_deliverables
from ..plan.follow.dues import (
    Named,
    Owing,
    Row,
    count_standings,
    list_regional_dues,
    make_row_anchor,
)
from ..plan.model import RegionalPlan
from ..plan.parts import Area, RegionalActivity
from ..plan.vocabulary import list_codes
from .commitments import Product
from .records import Package


@dataclass(frozen=True, kw_only=True)
class Undertaking:
    """An activity of the plan with its products; ``anchor`` is the id of its row."""

    activity: RegionalActivity
    anchor: str
    products: tuple[Product, ...]

    @property
    def published(self) -> int:
        """Count the products of which a dataset is public."""
        return sum(product.due.is_published for product in self.products)


@dataclass(frozen=True, kw_only=True)
class Field:
    """An area of the plan and its activities.

    Attributes:
        area: as the plan has it; without a title where the plan does not list it.
        anchor: the id of its part of the page.
    """

    area: Area
    anchor: str
    undertakings: tuple[Undertaking, ...]

    @property
    def semesters(self) -> dict[str, list[Undertaking]]:
        """Give its activities by code of ``regional_period``, a list for each of them."""
        found: dict[str, list[Undertaking]] = {code: [] for code in list_codes("regional_period")}
        for one in self.undertakings:
            found.setdefault(one.activity.period, []).append(one)
        return found


@dataclass(frozen=True, kw_only=True)
class Region:
    """What a regional plan says, by area; ``counts`` are its products by how they stand."""

    fields: tuple[Field, ...]
    counts: Mapping[str, int]


def gtplan_region(record: RegionalPlan, datasets: Sequence[Package]) -> Region:
    """Put the activities of a regional plan under their areas, with their products.

    Args:
        record: the plan.
        datasets: the datasets of the plan that the reader may see.
    """
    products = _list_products(record, datasets)
    below: dict[str, list[Undertaking]] = {}
    for activity in record.regional_activities:
        own = tuple(p for key, p in products if key == activity.activity_key)
        anchor = make_row_anchor("activity", activity.activity_key)
        one = Undertaking(activity=activity, anchor=anchor, products=own)
        below.setdefault(activity.area_no, []).append(one)
    # an activity whose area the plan does not list is not lost
    known = {area.area_no for area in record.areas}
    unknown = (Area(area_no=no, title="") for no in below if no not in known)
    return Region(
        fields=tuple(
            Field(
                area=area, anchor=f"area-{place}", undertakings=tuple(below.get(area.area_no, ()))
            )
            for place, area in enumerate((*record.areas, *unknown), start=1)
        ),
        counts=count_standings([product.due for _, product in products]),
    )


def _list_products(
    record: RegionalPlan, datasets: Sequence[Package]
) -> list[tuple[str | None, Product]]:
    """List the products of the plan, each with the key of its activity."""
    states = match_deliverables(record.expected_deliverables, datasets)
    public = {
        state.expected.key: any(d.get("isopen") for d in state.datasets)
        for state in states
        if any(not d.get("private") for d in state.datasets)
    }
    rows = {s.expected.key: s for s in states}
    owing = Owing(
        record=Named(name=record.id, type="regional_plan", title=record.title),
        itself=Row(key="", title=record.title),
        deliverables={
            key: Row(
                key=key,
                title=state.expected.name,
                due=state.expected.due_date,
                responsibles=state.expected.responsibles,
            )
            for key, state in rows.items()
        },
    )
    return [
        (rows[due.key].expected.activity, Product(due=due, datasets=rows[due.key].datasets))
        for due in list_regional_dues(owing, public, config.get_today())
    ]
