"""Create the history of conformance.

Revision ID: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "gtplan_conformance",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("package_id", sa.UnicodeText, nullable=False),
        sa.Column("moment", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.UnicodeText),
        sa.Column("visibility", sa.UnicodeText, nullable=False),
        sa.Column("required_filled", sa.Integer, nullable=False),
        sa.Column("required_total", sa.Integer, nullable=False),
        sa.Column("recommended_filled", sa.Integer, nullable=False),
        sa.Column("recommended_total", sa.Integer, nullable=False),
        sa.Column("gaps", JSONB, nullable=False),
    )
    op.create_index(
        "gtplan_conformance_latest", "gtplan_conformance", ["package_id", "moment", "id"]
    )
    op.execute(
        """
        CREATE FUNCTION gtplan_refuse_conformance_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'a row of the history of conformance is never changed';
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER gtplan_conformance_is_append_only BEFORE UPDATE ON gtplan_conformance
        FOR EACH ROW EXECUTE FUNCTION gtplan_refuse_conformance_change()
        """
    )


def downgrade() -> None:
    op.drop_table("gtplan_conformance")
    op.execute("DROP FUNCTION gtplan_refuse_conformance_change()")
