"""What institutions report, and what the coordinator decides on it: rows are only added."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.model.base import BaseModel
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

#: What a coordinator may decide on a report that waits for it.
APPROVED = "approved"
RETURNED = "returned"


class ReportEntry(BaseModel):
    """A report, as it was given; the columns that a plan's report has are named as there.

    Milestone and organisation are kept by CKAN's id, which stays when they are renamed, and no
    foreign key leads to them: a report on a milestone that was purged stays, is shown to nobody,
    and is there again when the same file brings the milestone back (its id is made of its name).
    The database itself refuses to change a report (see the migration): a correction is a new
    report. Unloading the file that brought a report removes it.

    Attributes:
        seq: the order in which the portal got them.
        id: the report's own; a file that is loaded elsewhere brings it along.
        organization_title: as it was called when it reported.
        user_id: who reported; of a load, who loaded.
        needs_approval: the coordinator's approval was asked for when it was given, and it
            counts only with that; what is asked for later changes no earlier report.
        load_id: the load that brought the report, None for one given in the portal.
    """

    __tablename__ = "gtplan_report"
    __table_args__ = (
        sa.Index("gtplan_report_order", "milestone_id", "as_of", "recorded", "seq"),
    )

    seq: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    id: Mapped[str] = mapped_column(sa.UnicodeText, unique=True)
    milestone_id: Mapped[str] = mapped_column(sa.UnicodeText)
    activity_no: Mapped[str | None] = mapped_column(sa.UnicodeText)
    deliverable: Mapped[str | None] = mapped_column(sa.UnicodeText)
    organization_id: Mapped[str | None] = mapped_column(sa.UnicodeText)
    organization_title: Mapped[str | None] = mapped_column(sa.UnicodeText)
    user_id: Mapped[str | None] = mapped_column(sa.UnicodeText)
    as_of: Mapped[date] = mapped_column(sa.Date)
    recorded: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    status: Mapped[str | None] = mapped_column(sa.UnicodeText)
    publication_status: Mapped[str | None] = mapped_column(sa.UnicodeText)
    actual_start: Mapped[str | None] = mapped_column(sa.UnicodeText)
    actual_end: Mapped[str | None] = mapped_column(sa.UnicodeText)
    percent_complete: Mapped[Decimal | None] = mapped_column(sa.Numeric)
    executed_amount: Mapped[Decimal | None] = mapped_column(sa.Numeric)
    currency: Mapped[str | None] = mapped_column(sa.UnicodeText)
    evidence: Mapped[list[str]] = mapped_column(ARRAY(sa.UnicodeText))
    difficulties: Mapped[str | None] = mapped_column(sa.UnicodeText)
    note: Mapped[str | None] = mapped_column(sa.UnicodeText)
    cleared: Mapped[list[str]] = mapped_column(ARRAY(sa.UnicodeText))
    needs_approval: Mapped[bool] = mapped_column(sa.Boolean)
    load_id: Mapped[str | None] = mapped_column(
        sa.ForeignKey("gtplan_load.id", ondelete="CASCADE"), index=True
    )


class ReportDecision(BaseModel):
    """What was decided on a report that needed approval: once, and never changed.

    Attributes:
        decision: ``approved`` or ``returned``.
        reason: why it was returned; a note on an approval.
    """

    __tablename__ = "gtplan_report_decision"

    report_id: Mapped[str] = mapped_column(
        sa.ForeignKey("gtplan_report.id", ondelete="CASCADE"), primary_key=True
    )
    decision: Mapped[str] = mapped_column(sa.UnicodeText)
    reason: Mapped[str | None] = mapped_column(sa.UnicodeText)
    user_id: Mapped[str | None] = mapped_column(sa.UnicodeText)
    decided: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


#: Whether a report counts: it needed no approval, or it has it.
IS_COUNTED = sa.or_(
    ~ReportEntry.needs_approval, sa.func.coalesce(ReportDecision.decision, "") == APPROVED
)
#: The order in which reports are laid over the plan.
ORDER = (ReportEntry.as_of, ReportEntry.recorded, ReportEntry.seq)
IS_RETURNED = sa.func.coalesce(ReportDecision.decision, "") == RETURNED


def select_reports(
    *condition: sa.ColumnElement[bool],
    milestones: Collection[str] | None = None,
    ids: Collection[str] | None = None,
) -> sa.Select[Any]:
    """Select reports on milestones that are not deleted, each with what was decided on it.

    Args:
        condition: which reports, for example ``IS_COUNTED``.
        milestones: names; all where None.
        ids: of reports; all where None.

    Returns:
        Rows of the report, ``milestone`` and ``organization`` as they are called now (None for
        an organisation that is gone), and ``decision``, ``reason``, ``decided`` and
        ``decided_by``; in the order in which the reports are laid over the plan.
    """
    body = sa.orm.aliased(model.Group)
    query = (
        sa.select(
            ReportEntry.__table__,
            model.Package.name.label("milestone"),
            body.name.label("organization"),
            ReportDecision.decision,
            ReportDecision.reason,
            ReportDecision.decided,
            ReportDecision.user_id.label("decided_by"),
        )
        .join(model.Package, model.Package.id == ReportEntry.milestone_id)
        .outerjoin(
            body, sa.and_(body.id == ReportEntry.organization_id, body.state == "active")
        )
        .outerjoin(ReportDecision, ReportDecision.report_id == ReportEntry.id)
        .where(model.Package.state != model.State.DELETED, *condition)
        .order_by(*ORDER)
    )
    if milestones is not None:
        query = query.where(model.Package.name.in_(milestones))
    if ids is not None:
        query = query.where(ReportEntry.id.in_(ids))
    return query
