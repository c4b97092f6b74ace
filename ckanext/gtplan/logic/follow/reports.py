"""The reports that the portal has, as the plan's own entities."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from ckan import model

from ...model.report import (
    APPROVED,
    IS_COUNTED,
    IS_RETURNED,
    ORDER,
    RETURNED,
    ReportEntry,
    select_reports,
)
from ...plan.dates import PartialDate
from ...plan.follow.reporting import REPORTED_FIELDS, Target, get_target
from ...plan.model import Report
from ...plan.moments import format_moment, parse_moment

#: Where a report stands: it counts, it waits for the coordinator, or it was returned.
COUNTED = "counted"
PENDING = "pending"
#: The most rows that PostgreSQL counts.
_MOST = 2**63 - 1


@dataclass(frozen=True, kw_only=True)
class StoredReport:
    """A report with what only the portal knows of it.

    Attributes:
        organization_title: as the body was called when it reported.
        user_id: who reported.
        standing: ``counted``, ``pending`` or ``returned``.
        decision: ``approved`` or ``returned``, with ``reason``, ``decided`` and ``decided_by``;
            None where nothing was decided.
    """

    report: Report
    milestone_id: str
    organization_title: str | None
    user_id: str | None
    standing: str
    decision: str | None
    reason: str | None
    decided: datetime | None
    decided_by: str | None

    @property
    def target(self) -> Target:
        """What the report is on."""
        return get_target(self.report)


def read_reports(
    milestones: Collection[str] | None = None, *, counted_only: bool = True
) -> list[Report]:
    """Read reports, in the order in which they are laid over the plan. Asks nobody's rights.

    A report on a milestone that was deleted or purged is left out, and names its milestone and
    organisation as they are called now.

    Args:
        milestones: names of the milestones; all where None.
        counted_only: without those that wait for the coordinator's approval. Those that were
            returned are left out either way.
    """
    condition = IS_COUNTED if counted_only else ~IS_RETURNED
    return [stored.report for stored in _read(select_reports(condition, milestones=milestones))]


def read_stored(
    *condition: sa.ColumnElement[bool],
    milestones: Collection[str] | None = None,
    ids: Collection[str] | None = None,
) -> list[StoredReport]:
    """Read reports with all that the portal knows of them, pending and returned ones, too.

    Args:
        condition: which reports.
        milestones: names of the milestones; all where None.
        ids: of the reports; all where None.
    """
    return _read(select_reports(*condition, milestones=milestones, ids=ids))


def read_latest(selected: sa.Select[Any], offset: int, limit: int) -> list[StoredReport]:
    """Read the latest of some reports, the latest first.

    Args:
        selected: as ``select_reports`` selects them.
        offset: how many of the latest are passed over.
        limit: how many are read.
    """
    latest = [column.desc() for column in ORDER]
    ordered = selected.order_by(None).order_by(*latest)
    return _read(ordered.offset(min(offset, _MOST)).limit(min(limit, _MOST)))


def _read(query: sa.Select[Any]) -> list[StoredReport]:
    return [_make_stored(row) for row in model.Session.execute(query)]


def _make_stored(row: Any) -> StoredReport:
    report = Report(
        id=row.id,
        milestone=row.milestone,
        activity_no=row.activity_no,
        deliverable=row.deliverable,
        organization=row.organization,
        as_of=_make_date(row.as_of),
        recorded=format_moment(row.recorded),
        status=row.status,
        publication_status=row.publication_status,
        actual_start=_parse_date(row.actual_start),
        actual_end=_parse_date(row.actual_end),
        percent_complete=row.percent_complete,
        executed_amount=row.executed_amount,
        currency=row.currency,
        evidence=tuple(row.evidence),
        difficulties=row.difficulties,
        note=row.note,
        cleared=tuple(row.cleared),
    )
    is_counted = not row.needs_approval or row.decision == APPROVED
    return StoredReport(
        report=report,
        milestone_id=row.milestone_id,
        organization_title=row.organization_title,
        user_id=row.user_id,
        standing=COUNTED if is_counted else RETURNED if row.decision else PENDING,
        decision=row.decision,
        reason=row.reason,
        decided=row.decided,
        decided_by=row.decided_by,
    )


def _make_date(day: date) -> PartialDate:
    return PartialDate(year=day.year, month=day.month, day=day.day)


def _parse_date(text: str | None) -> PartialDate | None:
    return PartialDate.parse(text) if text else None


def add_report(report: Report, **columns: Any) -> None:
    """Add a report to the session, without asking who may and whether it is right.

    Args:
        report: with an id and the moment in which it was recorded.
        columns: the columns of ``ReportEntry`` that a report of the plan does not have.
    """
    given = {name: getattr(report, name) for name in REPORTED_FIELDS}
    given |= {name: str(given[name] or "") or None for name in ("actual_start", "actual_end")}
    entry = ReportEntry(
        id=report.id,
        activity_no=report.activity_no,
        deliverable=report.deliverable,
        as_of=report.as_of.first_day,
        recorded=parse_moment(report.recorded or ""),
        **{**given, "evidence": list(report.evidence)},
        cleared=list(report.cleared),
        **columns,
    )
    model.Session.add(entry)
