"""Touches as columns, and which of them are behind."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "touch_columns",
        sa.Column("upto", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("form", sa.Integer(), nullable=False),
        sa.Column("rows", sa.LargeBinary(), nullable=False),
        sa.Column("evidence", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("upto"),
    )
    op.create_table(
        "stale_touches",
        sa.Column("raw_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("raw_id"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("stale_touches")
    op.drop_table("touch_columns")
