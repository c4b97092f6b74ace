"""Create the tables of loads and of modifications.

Revision ID: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "gtplan_load",
        sa.Column("id", sa.UnicodeText, primary_key=True),
        sa.Column("publication", JSONB, nullable=False),
        sa.Column("finished", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "gtplan_loaded_object",
        sa.Column(
            "load_id",
            sa.UnicodeText,
            sa.ForeignKey("gtplan_load.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("kind", sa.UnicodeText, primary_key=True),
        sa.Column("name", sa.UnicodeText, primary_key=True),
        sa.Column("digest", sa.UnicodeText, nullable=False),
        sa.Column("is_created", sa.Boolean, nullable=False),
    )
    op.create_table(
        "gtplan_modification",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("plan", sa.UnicodeText, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("target", sa.UnicodeText, nullable=False),
        sa.Column("change_type", sa.UnicodeText, nullable=False),
        sa.Column("summary", sa.UnicodeText, nullable=False),
        sa.Column("field", sa.UnicodeText),
        sa.Column("old_value", sa.UnicodeText),
        sa.Column("new_value", sa.UnicodeText),
        sa.Column("previous_version", sa.UnicodeText),
        sa.Column("reason", sa.UnicodeText),
        sa.Column("source", sa.UnicodeText),
        sa.Column(
            "load_id", sa.UnicodeText, sa.ForeignKey("gtplan_load.id", ondelete="CASCADE")
        ),
        sa.UniqueConstraint("plan", "seq", name="gtplan_modification_seq"),
    )
    op.create_index("ix_gtplan_modification_target", "gtplan_modification", ["target"])
    op.create_index("ix_gtplan_modification_load_id", "gtplan_modification", ["load_id"])
    # append-only is a promise of the database, not of the code that happens to be there
    op.execute(
        """
        CREATE FUNCTION gtplan_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'an entry of the log of modifications is never changed';
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER gtplan_modification_is_append_only BEFORE UPDATE ON gtplan_modification
        FOR EACH ROW EXECUTE FUNCTION gtplan_refuse_change()
        """
    )


def downgrade() -> None:
    op.drop_table("gtplan_modification")
    op.execute("DROP FUNCTION gtplan_refuse_change()")
    op.drop_table("gtplan_loaded_object")
    op.drop_table("gtplan_load")
