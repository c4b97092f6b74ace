"""Create the index that finds what belongs to plans among all the packages of a portal.

Pages ask of each record and deliverable whether it has changed; a portal has tens of thousands of
datasets that have nothing to do with a plan.

Revision ID: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "gtplan_plan_package",
        "package",
        ["type"],
        postgresql_where=sa.text("type <> 'dataset' OR extras ? 'deliverable'"),
    )


def downgrade() -> None:
    op.drop_index("gtplan_plan_package", table_name="package")
