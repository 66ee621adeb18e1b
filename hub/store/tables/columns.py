"""What happened, once more as columns that reports read: derived."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table, Text

from hub.store.tables.base import metadata

__all__ = ["history_columns", "stale_history"]

history_columns = Table(
    "history_columns",
    metadata,
    # of raw record: interaction or order
    Column("kind", Text, primary_key=True),
    # the last raw record it goes up to; it begins after the last one of the block before
    Column("upto", BigInteger, primary_key=True, autoincrement=False),
    # how the two bodies are written; what is written otherwise is made anew
    Column("form", Integer, nullable=False),
    Column("rows", LargeBinary, nullable=False),
    Column("texts", LargeBinary, nullable=False),
)
"""Touches and orders as columns, a block of them in a row: kept by reports, so that they need not read every row again."""

stale_history = Table(
    "stale_history",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("raw_id", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""Raw records whose row, or whose row's customer, is no more what ``history_columns`` has."""
