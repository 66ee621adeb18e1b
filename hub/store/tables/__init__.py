"""Every table, in the order data flows: truth first, then what is derived from it.

Times are microseconds since 1970 in UTC and money is in millionths of its currency unit, both as
64-bit integers: exact, sortable, and the same on both databases. ``record`` columns hold the
intrinsic key of a source record (``core.model.record_key``).
"""

from __future__ import annotations

from .base import metadata
from .columns import history_columns, stale_history
from .decisions import judgement_sides, judgements, match_models, pins, record_ids, skips
from .history import interactions, orders, spend
from .identity import blocking_keys, clusters, customers, edges, source_records, unmatched, unshown
from .landing import (
    counters,
    leases,
    meta,
    pending,
    raw_records,
    rejects,
    runs,
    snapshot_seen,
    stream_states,
    streams,
)
from .past import customer_history, customer_history_members, identity_events, survivorship_versions

__all__ = [
    "blocking_keys",
    "clusters",
    "counters",
    "customer_history",
    "customer_history_members",
    "customers",
    "edges",
    "history_columns",
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
    "stale_history",
    "stream_states",
    "streams",
    "survivorship_versions",
    "unmatched",
    "unshown",
]
