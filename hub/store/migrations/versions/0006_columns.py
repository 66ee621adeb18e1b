"""Orders as columns beside touches; what was kept of touches is made anew by the next report."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "history_columns",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("upto", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("form", sa.Integer(), nullable=False),
        sa.Column("rows", sa.LargeBinary(), nullable=False),
        sa.Column("texts", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "upto"),
    )
    op.create_table(
        "stale_history",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("raw_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("kind", "raw_id"),
        sqlite_with_rowid=False,
    )
    op.drop_table("stale_touches")
    op.drop_table("touch_columns")


def downgrade() -> None:
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
    op.drop_table("stale_history")
    op.drop_table("history_columns")
