"""The figures of milestones, computed once for what they are computed of.

A plan of five thousand activities is asked for more often than one of them changes. What is
read and computed of a milestone is remembered with the versions of all that it was made of: the
row of the database (its transaction and place), the reports that count and, of what is computed,
the datasets of its deliverables and the day. Nothing has to be forgotten in time; a process that
knows nothing computes the same.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from ckan import model

from ...model.report import IS_COUNTED, ReportDecision, ReportEntry
from ...plan.follow.coverage import DeliverableFacts
from ...plan.follow.measures import Measures
from ...plan.follow.progress import measure_milestone
from ...plan.follow.reporting import Target, lay_over
from ...plan.model import Milestone, Report
from .openness import judge_deliverables
from .reading import Reader, order_record
from .reports import read_reports

#: How many milestones are remembered before all are forgotten.
_MOST = 2000


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A milestone and its figures; both None of a record that cannot be read."""

    milestone: Milestone | None
    measures: Measures | None

    @property
    def commitment(self) -> str | None:
        """Name the commitment that the milestone is of."""
        return self.milestone.commitment if self.milestone else None


class _Source(NamedTuple):
    """A milestone, None when it cannot be read, and the reports on it that count."""

    milestone: Milestone | None
    reports: tuple[Report, ...]


_Version = tuple[Any, ...]
_READ: dict[_Version, _Source] = {}
_KEPT: dict[_Version, Measured] = {}


def measure_milestones(names: Collection[str], day: date) -> dict[str, Measured]:
    """Measure milestones.

    Args:
        names: of those that the reader may see; names of other records are passed over.
        day: the day at which they are judged.

    Returns:
        Each by its name, in the plan's order.
    """
    versions = _read_versions(names)
    facts = judge_deliverables(versions, day)
    published: dict[str, frozenset[Any]] = {
        name: frozenset(item for item in facts.items() if item[0].milestone == name)
        for name in {target.milestone for target in facts}
    }
    keys = {name: (*version, published.get(name), day) for name, version in versions.items()}
    missing = {name: versions[name] for name, key in keys.items() if key not in _KEPT}
    found = {name: _KEPT[key] for name, key in keys.items() if key in _KEPT}
    for name, source in _read(missing).items():
        found[name] = _measure(source, facts, day)
    _remember(_KEPT, {keys[name]: found[name] for name in missing})
    return dict(sorted(found.items(), key=_order))


def _remember(kept: dict[_Version, Any], new: Mapping[_Version, Any]) -> None:
    if len(kept) + len(new) > _MOST:
        kept.clear()
    kept.update(new)


def forget() -> None:
    """Forget all that is remembered, as if the process had just started."""
    _READ.clear()
    _KEPT.clear()


def _order(item: tuple[str, Measured]) -> tuple[Any, ...]:
    milestone = item[1].milestone
    return (milestone is None, order_record(milestone) if milestone else item[0])


def _read_versions(names: Collection[str]) -> dict[str, tuple[Any, ...]]:
    """Read what changes whenever a milestone or a report on it does."""
    entry, package = ReportEntry, model.Package
    counted = (
        sa.select(
            entry.milestone_id,
            sa.func.count().label("count"),
            sa.func.sum(entry.seq).label("sum"),
        )
        .outerjoin(ReportDecision, ReportDecision.report_id == entry.id)
        .where(IS_COUNTED)
        .group_by(entry.milestone_id)
        .subquery()
    )
    row = (sa.literal_column("package.xmin::text"), sa.literal_column("package.ctid::text"))
    query = (
        sa.select(package.name, package.id, *row, counted.c["count"], counted.c["sum"])
        .outerjoin(counted, counted.c.milestone_id == package.id)
        .where(package.type == "milestone", package.name.in_(names))
    )
    return {row.name: tuple(row) for row in model.Session.execute(query)}


def _read(versions: Mapping[str, _Version]) -> dict[str, _Source]:
    """Read milestones and the reports on them, unless they are remembered."""
    names = [name for name, version in versions.items() if version not in _READ]
    found = {name: _READ[key] for name, key in versions.items() if key in _READ}
    if names:
        reports: dict[str, list[Report]] = {}
        for report in read_reports(names):
            reports.setdefault(report.milestone, []).append(report)
        milestones = {milestone.id: milestone for milestone in Reader().list(Milestone, names)}
        for name in names:
            found[name] = _Source(milestones.get(name), tuple(reports.get(name, ())))
        _remember(_READ, {versions[name]: found[name] for name in names})
    return found


def _measure(source: _Source, facts: Mapping[Target, DeliverableFacts], day: date) -> Measured:
    milestone = source.milestone
    if milestone is None:
        return Measured(milestone=None, measures=None)
    measures = measure_milestone(milestone, lay_over(source.reports, day), day, facts)
    return Measured(milestone=milestone, measures=measures)
