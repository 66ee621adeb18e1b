"""Pairs a person put off."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "skips",
        sa.Column("judgement_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("a", sa.BigInteger(), nullable=False),
        sa.Column("b", sa.BigInteger(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["judgement_id"], ["judgements.id"]),
        sa.PrimaryKeyConstraint("judgement_id"),
    )


def downgrade() -> None:
    op.drop_table("skips")
