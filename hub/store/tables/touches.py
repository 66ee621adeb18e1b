"""What happened, once more as columns that reports read: derived."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table

from hub.store.tables.base import metadata

__all__ = ["stale_touches", "touch_columns"]

touch_columns = Table(
    "touch_columns",
    metadata,
    # the last raw record it goes up to; it begins after the last one of the block before
    Column("upto", BigInteger, primary_key=True, autoincrement=False),
    # how the two bodies are written; what is written otherwise is made anew
    Column("form", Integer, nullable=False),
    Column("rows", LargeBinary, nullable=False),
    Column("evidence", LargeBinary, nullable=False),
)
"""Touches as columns, a block of them in a row: kept by reports, so that they need not read every row again."""

stale_touches = Table(
    "stale_touches",
    metadata,
    Column("raw_id", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""Raw records whose touch, or whose touch's customer, is no more what ``touch_columns`` has."""
