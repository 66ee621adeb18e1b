"""What people decided, and the ids ever given out: the other half of the truth."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text

from hub.store.tables.base import Id, column, metadata

__all__ = ["judgement_sides", "judgements", "match_models", "pins", "record_ids", "skips"]

judgements = Table(
    "judgements",
    metadata,
    Column("id", Id, primary_key=True),
    Column("verdict", Text, nullable=False),
    column("author"),
    column("reason"),
    Column("at", BigInteger, nullable=False),
    Column("retracted_at", BigInteger),
)

judgement_sides = Table(
    "judgement_sides",
    metadata,
    Column("judgement_id", BigInteger, ForeignKey("judgements.id"), primary_key=True),
    Column("record", BigInteger, primary_key=True),
    Column("side", Integer, nullable=False),
    Index("judgement_sides_record", "record"),
    sqlite_with_rowid=False,
)

skips = Table(
    "skips",
    metadata,
    # its author, reason and time are there, with the verdict "skip"
    Column("judgement_id", BigInteger, ForeignKey("judgements.id"), primary_key=True, autoincrement=False),
    Column("a", BigInteger, nullable=False),
    Column("b", BigInteger, nullable=False),
    # what was on the table: asked again once it differs; no weight where judgements contradict each other
    Column("weight", Integer),
    Column("content", Text, nullable=False),
)
"""Pairs of records a person put off."""

pins = Table(
    "pins",
    metadata,
    Column("record", BigInteger, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("value", Text, nullable=False),
    column("author"),
    Column("at", BigInteger, nullable=False),
)

record_ids = Table(
    "record_ids",
    metadata,
    Column("record", BigInteger, primary_key=True, autoincrement=False),
    Column("first_seen", BigInteger, nullable=False),
    # of a record that is gone: one of the customer that has what was left of its own
    Column("heir", BigInteger),
    sqlite_with_rowid=False,
)
"""Every id ever minted. Rows outlive their record, so that an id once given out always resolves."""

match_models = Table(
    "match_models",
    metadata,
    Column("id", Id, primary_key=True),
    Column("version", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)
"""The newest row is the workspace's model; none means the shipped one."""
