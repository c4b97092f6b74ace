"""Which datasets of some organizations do not fulfil the profile yet, for lists of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from ckan import model

from ...model.conformance import DATASET, FIGURES, ConformanceEntry
from ...prm.conformance import MISSING, Conformance


@dataclass(frozen=True, kw_only=True)
class Gaps:
    """How far a dataset conforms, and how much of it is to be filled in.

    Attributes:
        required, recommended: fields of that obligation that say nothing valid.
        unsaid: values that no feed can say, and so leaves out.
        is_public: everybody may see it.
    """

    name: str
    title: str
    percent: int
    required: int
    recommended: int
    unsaid: int
    is_public: bool


def list_gaps(organizations: Collection[str], *, is_public: bool = False) -> list[Gaps]:
    """List the datasets of some organizations with what each lacks, the worst first.

    Args:
        organizations: their ids. Whether the reader may see more than what is public of them
            is for the caller to ask.
        is_public: only datasets that everybody may see.
    """
    package, entry = model.Package, ConformanceEntry
    condition = (
        package.owner_org.in_(organizations),
        package.type == DATASET,
        package.state == model.State.ACTIVE,
        *([package.private.is_(False)] if is_public else []),
    )
    order = (entry.package_id, entry.moment.desc(), entry.id.desc())
    figures = [getattr(entry, name) for name in FIGURES]
    query = (
        sa.select(package.name, package.title, package.private, entry.gaps, *figures)
        .join(package, package.id == entry.package_id)
        .where(*condition)
        .distinct(entry.package_id)
        .order_by(*order)
    )
    found = [_make(row) for row in model.Session.execute(query)]
    return sorted(found, key=lambda gaps: (-gaps.required, gaps.percent, gaps.name))


def _make(row: sa.Row[tuple[object, ...]]) -> Gaps:
    values = row._mapping
    gaps = values["gaps"]
    obligations = [gap["obligation"] for gap in gaps]
    return Gaps(
        name=values["name"],
        title=values["title"] or values["name"],
        percent=Conformance(**{name: values[name] for name in FIGURES}, gaps=()).percent,
        required=obligations.count("Si"),
        recommended=obligations.count("R"),
        unsaid=sum(gap["why"] != MISSING for gap in gaps),
        is_public=not values["private"],
    )
