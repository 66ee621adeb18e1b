"""What was shown, and how it changed; no rebuild touches it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, Table, Text

from hub.store.tables.base import Id, column, metadata

__all__ = ["customer_history", "customer_history_members", "identity_events", "survivorship_versions"]

identity_events = Table(
    "identity_events",
    metadata,
    Column("seq", Id, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    # the records whose ids they are: the one that showed its id before, and the one whose id is shown now
    Column("was", BigInteger, nullable=False, index=True),
    Column("now", BigInteger, index=True),
    column("cause"),
)
"""How ids that were shown moved: written with the rows that show them, and never changed."""

customer_history = Table(
    "customer_history",
    metadata,
    Column("id", Id, primary_key=True),
    # the record whose id it showed
    Column("record", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("members", Integer, nullable=False),
    column("name"),
    Column("profile", Text, nullable=False),
    Column("until", BigInteger, nullable=False),
)
"""Customers as they were shown until something about them changed."""

customer_history_members = Table(
    "customer_history_members",
    metadata,
    Column("record", BigInteger, primary_key=True, autoincrement=False),
    Column("state", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""Which former states a source record was part of."""

survivorship_versions = Table(
    "survivorship_versions",
    metadata,
    Column("number", Id, primary_key=True),
    Column("since", BigInteger, nullable=False),
    # as JSON: the rules of every field, and the order of trust
    Column("choices", Text, nullable=False),
)
"""By which rules profiles were drawn; the newest row is in force."""
