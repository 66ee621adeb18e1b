"""What happened: derived from what was landed."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table

from hub.store.tables.base import Id, column, metadata

__all__ = ["interactions", "orders", "spend"]

interactions = Table(
    "interactions",
    metadata,
    Column("raw_id", Id, primary_key=True, autoincrement=False),
    Column("record", BigInteger, index=True),
    Column("at", BigInteger, nullable=False),
    column("kind"),
    column("direction"),
    column("channel"),
    column("source"),
    column("medium"),
    column("campaign"),
    column("term"),
    column("content"),
    column("click_ids"),
    column("referrer"),
    column("landing_url"),
    column("thread"),
    column("subject"),
    Column("value", BigInteger),
)

orders = Table(
    "orders",
    metadata,
    Column("raw_id", Id, primary_key=True, autoincrement=False),
    Column("record", BigInteger, index=True),
    Column("at", BigInteger, nullable=False),
    column("status"),
    Column("amount", BigInteger, nullable=False),
    column("currency"),
)

spend = Table(
    "spend",
    metadata,
    Column("raw_id", Id, primary_key=True, autoincrement=False),
    # ISO date, in the source's own reporting days
    column("date"),
    column("channel"),
    column("source"),
    column("medium"),
    column("campaign"),
    Column("amount", BigInteger, nullable=False),
    column("currency"),
)
