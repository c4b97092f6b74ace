"""Create what the directory of services searches.

The extensions are trusted ones of PostgreSQL: whoever may create something in the database may
create them.

Revision ID: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_FILTERS = ("institution", "online", "cost", "channel", "audience", "life_event")


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS unaccent")
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    _create_fold()
    op.create_table(
        "gtplan_service",
        sa.Column("package_id", sa.UnicodeText, primary_key=True),
        sa.Column("service_id", sa.UnicodeText, primary_key=True),
        sa.Column("digest", sa.UnicodeText, nullable=False),
        sa.Column("sort_name", sa.UnicodeText, nullable=False),
        sa.Column("volume", sa.Numeric),
        *(sa.Column(name, sa.UnicodeText, nullable=False) for name in _FILTERS),
        sa.Column("shown", JSONB, nullable=False),
        sa.Column("document", TSVECTOR, nullable=False),
    )
    # a document that is kept apart from its row takes longer to read than to rank
    op.execute("ALTER TABLE gtplan_service SET (toast_tuple_target = 8160)")
    op.create_index(
        "gtplan_service_document", "gtplan_service", ["document"], postgresql_using="gin"
    )
    op.create_table(
        "gtplan_service_word",
        sa.Column("word", sa.UnicodeText, primary_key=True),
        sa.Column("sound", sa.UnicodeText, nullable=False),
    )
    op.create_index(
        "gtplan_service_word_sound",
        "gtplan_service_word",
        ["sound"],
        postgresql_using="gin",
        postgresql_ops={"sound": "gin_trgm_ops"},
    )
    # the inventories of an institution, of which the newest counts
    op.create_index(
        "gtplan_inventory_owner",
        "package",
        ["owner_org"],
        postgresql_where=sa.text("type = 'service_inventory'"),
    )


def _create_fold() -> None:
    """Case, accents and signs go; «-ción» gets its accent back, which Spanish stemming needs.

    Both what is searched and what is asked pass through it. Nothing is generated or indexed by
    it, since a restored database has no search path while it computes such columns.
    """
    op.execute(
        r"""
        CREATE OR REPLACE FUNCTION gtplan_fold(given text) RETURNS text
        LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
        SELECT regexp_replace(
            regexp_replace(lower(unaccent(normalize(given, NFKC))), '[^[:alnum:]]+', ' ', 'g'),
            '([cs])ion\M', '\1ión', 'g'
        )
        $$
        """
    )


def downgrade() -> None:
    op.drop_index("gtplan_inventory_owner", "package")
    op.drop_table("gtplan_service_word")
    op.drop_table("gtplan_service")
    op.execute("DROP FUNCTION gtplan_fold(text)")
    # other plugins may have come to use the extensions: they stay
