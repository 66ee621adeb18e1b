"""Keeps the log of how customer ids moved, for whoever keeps copies of them downstream; it only grows."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from sqlalchemy import select

from hub.store.query import Query
from hub.store.session import Transaction
from hub.store.tables import clusters, identity_events

__all__ = ["EventRow", "Move", "each_event", "events_about", "events_since", "log", "returned"]

Move = tuple[str, int, int | None]
"""Kind, the record whose id was shown, and the record whose id is shown now."""


class EventRow(NamedTuple):
    """One move of an id, as stored."""

    seq: int
    at: int
    """Microseconds since 1970, UTC."""
    kind: str
    was: int
    now: int | None
    cause: str


def log(tx: Transaction, moves: Iterable[Move], *, at: int, cause: str) -> None:
    """Write moves down, in the order given, for good: who has read of one goes on after its number."""
    rows = [(at, kind, was, now, cause) for kind, was, now in moves]
    if rows:
        tx.keep()
        tx.insert(identity_events, ("at", "kind", "was", "now", "cause"), rows)


def returned(tx: Transaction, labels: Collection[int]) -> list[int]:
    """The records in these clusters whose id was last heard of as gone."""
    if not labels:
        return []
    last: dict[int, str] = {}
    for record, kind in _HEARD.rows(tx, labels=labels):
        last[record] = kind
    return sorted(record for record, kind in last.items() if kind == "gone")


_HEARD = Query(
    lambda among: (
        select(identity_events.c.was, identity_events.c.kind)
        .join(clusters, clusters.c.record == identity_events.c.was)
        .where(among(clusters.c.cluster, "labels"))
        .order_by(identity_events.c.seq)
    )
)


def events_since(tx: Transaction, seq: int, limit: int) -> list[EventRow]:
    """The events after ``seq``, in order, at most ``limit``."""
    query = select(identity_events).where(identity_events.c.seq > seq).order_by(identity_events.c.seq)
    return [EventRow(*row) for row in tx.rows(query.limit(limit))]


def each_event(tx: Transaction) -> list[EventRow]:
    """Every event there is, in order."""
    return [EventRow(*row) for row in tx.rows(select(identity_events).order_by(identity_events.c.seq))]


def events_about(tx: Transaction, record: int, until: int) -> list[EventRow]:
    """What happened to the id of a record up to a moment, in order."""
    query = select(identity_events).where(identity_events.c.was == record, identity_events.c.at <= until)
    return [EventRow(*row) for row in tx.rows(query.order_by(identity_events.c.seq))]
