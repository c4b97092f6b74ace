"""Create the tables of reports and of the decisions on them.

Revision ID: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TABLES = ("gtplan_report", "gtplan_report_decision")


def upgrade() -> None:
    op.create_table(
        "gtplan_report",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("id", sa.UnicodeText, nullable=False),
        sa.Column("milestone_id", sa.UnicodeText, nullable=False),
        sa.Column("activity_no", sa.UnicodeText),
        sa.Column("deliverable", sa.UnicodeText),
        sa.Column("organization_id", sa.UnicodeText),
        sa.Column("organization_title", sa.UnicodeText),
        sa.Column("user_id", sa.UnicodeText),
        sa.Column("as_of", sa.Date, nullable=False),
        sa.Column("recorded", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.UnicodeText),
        sa.Column("publication_status", sa.UnicodeText),
        sa.Column("actual_start", sa.UnicodeText),
        sa.Column("actual_end", sa.UnicodeText),
        sa.Column("percent_complete", sa.Numeric),
        sa.Column("executed_amount", sa.Numeric),
        sa.Column("currency", sa.UnicodeText),
        sa.Column("evidence", ARRAY(sa.UnicodeText), nullable=False),
        sa.Column("difficulties", sa.UnicodeText),
        sa.Column("note", sa.UnicodeText),
        sa.Column("cleared", ARRAY(sa.UnicodeText), nullable=False),
        sa.Column("needs_approval", sa.Boolean, nullable=False),
        sa.Column(
            "load_id", sa.UnicodeText, sa.ForeignKey("gtplan_load.id", ondelete="CASCADE")
        ),
        sa.UniqueConstraint("id", name="gtplan_report_id_key"),
    )
    op.create_index(
        "gtplan_report_order", "gtplan_report", ["milestone_id", "as_of", "recorded", "seq"]
    )
    op.create_index("ix_gtplan_report_load_id", "gtplan_report", ["load_id"])
    op.create_table(
        "gtplan_report_decision",
        sa.Column(
            "report_id",
            sa.UnicodeText,
            sa.ForeignKey("gtplan_report.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("decision", sa.UnicodeText, nullable=False),
        sa.Column("reason", sa.UnicodeText),
        sa.Column("user_id", sa.UnicodeText),
        sa.Column("decided", sa.DateTime(timezone=True), nullable=False),
    )
    _refuse_updates()
    _refuse_deletions()


def _refuse_updates() -> None:
    op.execute(
        """
        CREATE FUNCTION gtplan_refuse_report_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'a report, and what was decided on it, is never changed';
        END $$
        """
    )
    for table in _TABLES:
        op.execute(
            f"""
            CREATE TRIGGER {table}_is_append_only BEFORE UPDATE ON {table}
            FOR EACH ROW EXECUTE FUNCTION gtplan_refuse_report_change()
            """
        )


def _refuse_deletions() -> None:
    """A row goes only with what it stands on, which the end of the transaction shows.

    A report goes with the load that brought it (unloading) or after its milestone was purged; a
    decision goes with its report.
    """
    op.execute(
        """
        CREATE FUNCTION gtplan_refuse_report_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (SELECT 1 FROM package WHERE id = OLD.milestone_id) AND (
                OLD.load_id IS NULL OR EXISTS (SELECT 1 FROM gtplan_load WHERE id = OLD.load_id)
            ) THEN
                RAISE EXCEPTION 'a report is never deleted: correct it by a new one';
            END IF;
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION gtplan_refuse_decision_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (SELECT 1 FROM gtplan_report WHERE id = OLD.report_id) THEN
                RAISE EXCEPTION 'a decision on a report is never deleted';
            END IF;
            RETURN NULL;
        END $$
        """
    )
    for table, name in zip(_TABLES, ("report", "decision"), strict=True):
        op.execute(
            f"""
            CREATE CONSTRAINT TRIGGER {table}_is_kept AFTER DELETE ON {table}
            DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION gtplan_refuse_{name}_deletion()
            """
        )


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)
    for name in ("change", "deletion"):
        op.execute(f"DROP FUNCTION gtplan_refuse_report_{name}()")
    op.execute("DROP FUNCTION gtplan_refuse_decision_deletion()")
