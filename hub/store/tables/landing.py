"""What was landed, and how far each stream has been read: the first half of the truth."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from hub.store.tables.base import Id, column, metadata

__all__ = [
    "counters",
    "leases",
    "meta",
    "pending",
    "raw_records",
    "rejects",
    "runs",
    "snapshot_seen",
    "stream_states",
    "streams",
]

streams = Table(
    "streams",
    metadata,
    Column("id", Id, primary_key=True),
    Column("connector", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("mode", Text, nullable=False),
    # whose ids ``customer_ref`` uses
    column("customers_connector"),
    column("customers_stream"),
    Column("makes_customers", Boolean, nullable=False),
    # place in the configured order of trust; lower is more trusted
    column("priority", Integer),
    UniqueConstraint("connector", "name"),
)

_GONE = text("deleted_at IS NOT NULL")

raw_records = Table(
    "raw_records",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("key", BigInteger, nullable=False),
    Column("stream_id", BigInteger, ForeignKey("streams.id"), nullable=False),
    Column("source_id", Text, nullable=False),
    Column("hash", LargeBinary(16), nullable=False),
    # when the source last changed it, as sortable text; empty when the source does not say
    column("version"),
    Column("revision", Integer, nullable=False),
    Column("body", Text, nullable=False),
    # the part of the source it came from: a bucket of time, or one of several files
    column("bucket"),
    Column("landed_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("deleted_at", BigInteger),
    Column("run_id", BigInteger, nullable=False),
    # not by its key, a hash: ids of a source come in some order, so that those of a page lie together
    UniqueConstraint("stream_id", "source_id"),
    Index("raw_records_gone", "key", sqlite_where=_GONE, postgresql_where=_GONE),
)
"""All that was landed, what is deleted at its source too. Of what is live, source records know the raw record."""

pending = Table(
    "pending",
    metadata,
    Column("raw_id", BigInteger, primary_key=True),
    Column("revision", Integer, primary_key=True),
    sqlite_with_rowid=False,
)
"""Landed and not yet resolved; written in the landing's own transaction."""

counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

meta = Table(
    "meta",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
"""What the hub must remember of itself, such as what the derived tables were derived with."""

stream_states = Table(
    "stream_states",
    metadata,
    Column("id", Id, primary_key=True),
    Column("stream_id", BigInteger, ForeignKey("streams.id"), nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("run_id", BigInteger, nullable=False),
)
"""The newest row of a stream is its state; some older ones are kept to go back to."""

snapshot_seen = Table(
    "snapshot_seen",
    metadata,
    Column("stream_id", BigInteger, primary_key=True),
    Column("key", BigInteger, primary_key=True),
    Column("hash", LargeBinary(16), nullable=False),
    # the page's version: which of several copies inside the source this one came from
    column("version"),
    sqlite_with_rowid=False,
)
"""What the round under way has seen of what was here before it; emptied when the round ends."""

runs = Table(
    "runs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("connector", Text, nullable=False),
    Column("stream", Text, nullable=False),
    Column("status", Text, nullable=False, index=True),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    column("pages", Integer),
    column("seen", Integer),
    column("inserted", Integer),
    column("updated", Integer),
    column("unchanged", Integer),
    column("stale", Integer),
    column("deleted", Integer),
    column("rejected", Integer),
    column("error_kind"),
    column("error"),
)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("heartbeat_at", BigInteger, nullable=False),
    column("run_id", BigInteger),
)

rejects = Table(
    "rejects",
    metadata,
    Column("id", Id, primary_key=True),
    Column("stream_id", BigInteger, ForeignKey("streams.id"), nullable=False),
    Column("digest", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("raw", Text, nullable=False),
    Column("run_id", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    UniqueConstraint("stream_id", "digest"),
)
