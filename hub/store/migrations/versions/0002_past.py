"""The past of customers: what they were until they changed, and how their ids moved."""

from __future__ import annotations

import time

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "identity_events",
        sa.Column("seq", number, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("was", sa.BigInteger(), nullable=False),
        sa.Column("now", sa.BigInteger(), nullable=True),
        sa.Column("cause", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index(op.f("ix_identity_events_was"), "identity_events", ["was"], unique=False)
    op.create_index(op.f("ix_identity_events_now"), "identity_events", ["now"], unique=False)
    op.create_table(
        "customer_history",
        sa.Column("id", number, nullable=False),
        sa.Column("record", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "customer_history_members",
        sa.Column("record", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("record", "state"),
        sqlite_with_rowid=False,
    )
    # what customers were before this is not known
    since = sa.table("meta", sa.column("name", sa.Text()), sa.column("value", sa.Text()))
    op.execute(since.insert().values(name="past since", value=str(time.time_ns() // 1000)))


def downgrade() -> None:
    op.execute("DELETE FROM meta WHERE name = 'past since'")
    op.drop_table("customer_history_members")
    op.drop_table("customer_history")
    op.drop_index(op.f("ix_identity_events_now"), table_name="identity_events")
    op.drop_index(op.f("ix_identity_events_was"), table_name="identity_events")
    op.drop_table("identity_events")
