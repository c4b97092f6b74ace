"""How far each dataset fulfilled the profile, and since when: rows are added, never changed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from ckan.model.base import BaseModel
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

#: The type of package that the profile is about.
DATASET = "dataset"
#: Visibility of a dataset that was deleted or purged: its last row, with figures of zero.
DELETED = "deleted"


class ConformanceEntry(BaseModel):
    """The figures of a dataset from a moment on, until its next row.

    No foreign key leads to the dataset: what a purged one was worth stays in the history.
    The database itself refuses to change a row (see the migration).

    Attributes:
        organization_id: of the organization that it belonged to at that time.
        visibility: ``public``, ``private``, ``draft`` or ``deleted``.
        gaps: what lowers the figures, each field once: ``kind``, ``key``, ``obligation`` and
            ``why`` of ``prm.conformance.Gap``. The reports count fields by it.
    """

    __tablename__ = "gtplan_conformance"
    __table_args__ = (sa.Index("gtplan_conformance_latest", "package_id", "moment", "id"),)

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    package_id: Mapped[str] = mapped_column(sa.UnicodeText)
    moment: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    organization_id: Mapped[str | None] = mapped_column(sa.UnicodeText)
    visibility: Mapped[str] = mapped_column(sa.UnicodeText)
    required_filled: Mapped[int] = mapped_column(sa.Integer)
    required_total: Mapped[int] = mapped_column(sa.Integer)
    recommended_filled: Mapped[int] = mapped_column(sa.Integer)
    recommended_total: Mapped[int] = mapped_column(sa.Integer)
    gaps: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)


#: What is added up over datasets.
FIGURES = ("required_filled", "required_total", "recommended_filled", "recommended_total")

Organizations = Collection[str] | None


def select_last(package_id: str) -> sa.Select[tuple[ConformanceEntry]]:
    """Select the row of a dataset that is in force."""
    entry = ConformanceEntry
    return (
        sa.select(entry)
        .where(entry.package_id == package_id)
        .order_by(entry.moment.desc(), entry.id.desc())
        .limit(1)
    )


def select_at(moment: datetime | None, organizations: Organizations = None) -> sa.Select[Any]:
    """Select, for each dataset that there was at a moment, the row in force then.

    Args:
        moment: a moment; None for now.
        organizations: ids; only datasets that belonged to one of them then.
    """
    entry = ConformanceEntry
    # read backwards from the index alone: to sort whole rows, gaps and all, takes a second
    order = (entry.package_id.desc(), entry.moment.desc(), entry.id.desc())
    latest = sa.select(entry.id).distinct(entry.package_id).order_by(*order)
    if moment is not None:
        latest = latest.where(entry.moment <= moment)
    ids = latest.subquery()
    query = sa.select(entry.__table__).join(ids, ids.c.id == entry.id)
    query = query.where(entry.visibility != DELETED)
    if organizations is not None:
        query = query.where(entry.organization_id.in_(organizations))
    return query


def select_changes(unit: str, organizations: Organizations = None) -> sa.Select[Any]:
    """Select what the datasets of each day, week or month added to the sums of the figures.

    Summed up to a moment, this is what the rows in force then add up to, in one reading of
    the table however many moments are asked for.

    Args:
        unit: ``day``, ``week`` or ``month``.
        organizations: ids; a dataset that moves to another organization leaves the sums.
    """
    entry = ConformanceEntry
    is_counted = entry.visibility != DELETED
    if organizations is not None:
        is_counted &= entry.organization_id.in_(organizations)

    def change(value: Any, name: str) -> Any:
        now = sa.case((is_counted, value), else_=0)
        before = sa.func.lag(now).over(
            partition_by=entry.package_id, order_by=(entry.moment, entry.id)
        )
        return (now - sa.func.coalesce(before, 0)).label(name)

    changes = sa.select(
        sa.func.date_trunc(unit, entry.moment, "UTC").label("period"),
        change(1, "datasets"),
        *(change(getattr(entry, name), name) for name in FIGURES),
    ).subquery()
    sums = [sa.func.sum(changes.c[name]).label(name) for name in ("datasets", *FIGURES)]
    return (
        sa.select(changes.c.period, *sums).group_by(changes.c.period).order_by(changes.c.period)
    )
