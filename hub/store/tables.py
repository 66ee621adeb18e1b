"""Every table, in the order data flows: truth first, then what is derived from it.

Times are microseconds since 1970 in UTC and money is in millionths of its currency unit, both as
64-bit integers: exact, sortable, and the same on both databases. ``record`` columns hold the
intrinsic key of a source record (``core.model.record_key``).
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

__all__ = [
    "blocking_keys",
    "clusters",
    "counters",
    "customer_history",
    "customer_history_members",
    "customers",
    "edges",
    "identity_events",
    "interactions",
    "judgement_sides",
    "judgements",
    "leases",
    "match_models",
    "meta",
    "metadata",
    "orders",
    "pending",
    "pins",
    "raw_records",
    "record_ids",
    "rejects",
    "runs",
    "skips",
    "snapshot_seen",
    "source_records",
    "spend",
    "stale_touches",
    "stream_states",
    "streams",
    "survivorship_versions",
    "touch_columns",
    "unmatched",
    "unshown",
]

metadata = MetaData()
# SQLite only makes INTEGER PRIMARY KEY the row's own address.
Id = BigInteger().with_variant(Integer, "sqlite")


def _column(name: str, kind: type[Text] | type[BigInteger] | type[Integer] = Text) -> Column[object]:
    """A column that is never null: unknown is empty text or zero."""
    return Column(name, kind, nullable=False, server_default="" if kind is Text else "0")


# ---- truth: what was landed, and how far each stream has been read -------------------------------

streams = Table(
    "streams",
    metadata,
    Column("id", Id, primary_key=True),
    Column("connector", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("mode", Text, nullable=False),
    # whose ids ``customer_ref`` uses
    _column("customers_connector"),
    _column("customers_stream"),
    Column("makes_customers", Boolean, nullable=False),
    # place in the configured order of trust; lower is more trusted
    _column("priority", Integer),
    UniqueConstraint("connector", "name"),
)

raw_records = Table(
    "raw_records",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("key", BigInteger, nullable=False, unique=True),
    Column("stream_id", BigInteger, ForeignKey("streams.id"), nullable=False, index=True),
    Column("source_id", Text, nullable=False),
    Column("hash", LargeBinary(16), nullable=False),
    # when the source last changed it, as sortable text; empty when the source does not say
    _column("version"),
    Column("revision", Integer, nullable=False),
    Column("body", Text, nullable=False),
    # the part of the source it came from: a bucket of time, or one of several files
    _column("bucket"),
    Column("landed_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("deleted_at", BigInteger),
    Column("run_id", BigInteger, nullable=False),
)

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
    _column("version"),
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
    _column("pages", Integer),
    _column("seen", Integer),
    _column("inserted", Integer),
    _column("updated", Integer),
    _column("unchanged", Integer),
    _column("stale", Integer),
    _column("deleted", Integer),
    _column("rejected", Integer),
    _column("error_kind"),
    _column("error"),
)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("heartbeat_at", BigInteger, nullable=False),
    _column("run_id", BigInteger),
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

# ---- truth: what people decided ------------------------------------------------------------------

judgements = Table(
    "judgements",
    metadata,
    Column("id", Id, primary_key=True),
    Column("verdict", Text, nullable=False),
    _column("author"),
    _column("reason"),
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
    _column("author"),
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

# ---- derived: who is who -------------------------------------------------------------------------

source_records = Table(
    "source_records",
    metadata,
    Column("record", BigInteger, primary_key=True, autoincrement=False),
    # of a customer record its own raw record; null for a party known from interactions only
    Column("raw_id", BigInteger),
    Column("stream_id", BigInteger, nullable=False),
    Column("makes_customer", Boolean, nullable=False),
    # normalized, what keys and weights are computed from
    Column("content", Text, nullable=False),
    # canonical fields of a party, as sent; empty for a customer record, whose raw record has them
    _column("fields"),
    sqlite_with_rowid=False,
)

unmatched = Table(
    "unmatched",
    metadata,
    Column("record", BigInteger, primary_key=True, autoincrement=False),
    # the content its stored keys were made of; empty for a record that had none
    Column("before", Text, nullable=False),
    sqlite_with_rowid=False,
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
    Column("cluster", BigInteger, primary_key=True, autoincrement=False),
    # the record whose id the customer shows: the member seen first
    Column("anchor", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("members", Integer, nullable=False),
    _column("name"),
    # lower case, for searching
    _column("search"),
    Column("profile", Text, nullable=False),
    sqlite_with_rowid=False,
)

unshown = Table(
    "unshown",
    metadata,
    Column("cluster", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""Clusters whose customer is behind their records, or whose records have left for another one."""

# ---- the past: what was shown, and how it changed; no rebuild touches it -------------------------

identity_events = Table(
    "identity_events",
    metadata,
    Column("seq", Id, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    # the records whose ids they are: the one that showed its id before, and the one whose id is shown now
    Column("was", BigInteger, nullable=False, index=True),
    Column("now", BigInteger, index=True),
    _column("cause"),
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
    _column("name"),
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

# ---- derived: what happened ----------------------------------------------------------------------

interactions = Table(
    "interactions",
    metadata,
    Column("raw_id", BigInteger, primary_key=True, autoincrement=False),
    Column("record", BigInteger, index=True),
    Column("at", BigInteger, nullable=False),
    _column("kind"),
    _column("direction"),
    _column("channel"),
    _column("source"),
    _column("medium"),
    _column("campaign"),
    _column("term"),
    _column("content"),
    _column("click_ids"),
    _column("referrer"),
    _column("landing_url"),
    _column("thread"),
    _column("subject"),
    Column("value", BigInteger),
)

orders = Table(
    "orders",
    metadata,
    Column("raw_id", BigInteger, primary_key=True, autoincrement=False),
    Column("record", BigInteger, index=True),
    Column("at", BigInteger, nullable=False),
    _column("status"),
    Column("amount", BigInteger, nullable=False),
    _column("currency"),
)

spend = Table(
    "spend",
    metadata,
    Column("raw_id", BigInteger, primary_key=True, autoincrement=False),
    # ISO date, in the source's own reporting days
    _column("date"),
    _column("channel"),
    _column("source"),
    _column("medium"),
    _column("campaign"),
    Column("amount", BigInteger, nullable=False),
    _column("currency"),
)

# ---- derived: the same, ready for reports --------------------------------------------------------

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
