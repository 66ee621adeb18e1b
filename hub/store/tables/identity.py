"""Who is who: derived from what was landed and decided."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Integer, Table, Text

from hub.store.tables.base import Id, column, metadata

__all__ = ["blocking_keys", "clusters", "customers", "edges", "source_records", "unmatched", "unshown"]

source_records = Table(
    "source_records",
    metadata,
    Column("record", Id, primary_key=True, autoincrement=False),
    # of a customer record its own raw record; null for a party known from interactions only
    Column("raw_id", BigInteger),
    Column("stream_id", BigInteger, nullable=False),
    Column("makes_customer", Boolean, nullable=False),
    # normalized, what keys and weights are computed from
    Column("content", Text, nullable=False),
    # canonical fields of a party, as sent; empty for a customer record, whose raw record has them
    column("fields"),
)

unmatched = Table(
    "unmatched",
    metadata,
    Column("record", Id, primary_key=True, autoincrement=False),
    # the content its stored keys were made of; empty for a record that had none
    Column("before", Text, nullable=False),
)
"""Source records whose keys, edges and cluster are behind their content, while a long resolution goes on."""

blocking_keys = Table(
    "blocking_keys",
    metadata,
    Column("key", BigInteger, primary_key=True, autoincrement=False),
    Column("record", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

edges = Table(
    "edges",
    metadata,
    Column("a", BigInteger, primary_key=True, autoincrement=False),
    Column("b", BigInteger, primary_key=True, autoincrement=False),
    Column("weight", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""Both directions of every candidate pair whose weight reaches the review threshold."""

clusters = Table(
    "clusters",
    metadata,
    Column("record", BigInteger, primary_key=True, autoincrement=False),
    Column("cluster", BigInteger, nullable=False, index=True),
    sqlite_with_rowid=False,
)

customers = Table(
    "customers",
    metadata,
    Column("cluster", Id, primary_key=True, autoincrement=False),
    # the record whose id the customer shows: the member seen first
    Column("anchor", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("members", Integer, nullable=False),
    column("name"),
    # lower case, for searching
    column("search"),
    Column("profile", Text, nullable=False),
)

unshown = Table(
    "unshown",
    metadata,
    Column("cluster", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""Clusters whose customer is behind their records, or whose records have left for another one."""
