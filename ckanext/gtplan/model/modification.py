"""The log of a plan's modifications: rows are added, and never changed."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from ckan.model.base import BaseModel
from sqlalchemy.orm import Mapped, mapped_column


class Modification(BaseModel):
    """An entry of the log (design: plan model, section 2.8).

    The database itself refuses to change an entry (see the migration): what was wrong is
    put right by a further entry. Unloading the file that brought an entry removes it.

    Attributes:
        plan: name of the action plan whose log this is.
        seq: number of the entry in that log.
        target: name of the record that was modified.
        load_id: the load that brought the entry, None for one written in the portal.
    """

    __tablename__ = "gtplan_modification"
    __table_args__ = (sa.UniqueConstraint("plan", "seq", name="gtplan_modification_seq"),)

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    plan: Mapped[str] = mapped_column(sa.UnicodeText)
    seq: Mapped[int] = mapped_column(sa.Integer)
    target: Mapped[str] = mapped_column(sa.UnicodeText, index=True)
    change_type: Mapped[str] = mapped_column(sa.UnicodeText)
    summary: Mapped[str] = mapped_column(sa.UnicodeText)
    field: Mapped[str | None] = mapped_column(sa.UnicodeText)
    old_value: Mapped[str | None] = mapped_column(sa.UnicodeText)
    new_value: Mapped[str | None] = mapped_column(sa.UnicodeText)
    previous_version: Mapped[str | None] = mapped_column(sa.UnicodeText)
    reason: Mapped[str | None] = mapped_column(sa.UnicodeText)
    source: Mapped[str | None] = mapped_column(sa.UnicodeText)
    load_id: Mapped[str | None] = mapped_column(
        sa.ForeignKey("gtplan_load.id", ondelete="CASCADE"), index=True
    )


#: What an entry says, as people and feeds are shown it.
PUBLIC_COLUMNS = (
    "plan",
    "seq",
    "target",
    "change_type",
    "summary",
    "field",
    "old_value",
    "new_value",
    "previous_version",
    "reason",
    "source",
)


def select_log(
    *, plan: str | None = None, targets: Collection[str] | None = None
) -> sa.Select[tuple[Modification]]:
    """Select the log of a plan, or of some records, in order."""
    query = sa.select(Modification).order_by(Modification.plan, Modification.seq)
    if plan is not None:
        query = query.where(Modification.plan == plan)
    if targets is not None:
        query = query.where(Modification.target.in_(targets))
    return query
