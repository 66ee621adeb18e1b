"""Keeps what customers were: a former state for each time one was shown differently or no more."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import BigInteger, bindparam, insert, select

from hub.core.model import public_id
from hub.store.profiles import CustomerRow
from hub.store.query import Query
from hub.store.session import Transaction
from hub.store.streams import remembered
from hub.store.tables import (
    customer_history,
    customer_history_members,
    customers,
    raw_records,
    source_records,
    streams,
)

__all__ = ["FormerRow", "former_states", "keep_former", "names_of", "past_since"]


class FormerRow(NamedTuple):
    """A customer as it was shown until a moment."""

    record: int
    kind: str
    members: int
    name: str
    profile: str
    until: int
    """Microseconds since 1970, UTC."""

    @property
    def customer_id(self) -> str:
        """The id it showed."""
        return public_id(self.record)


def keep_former(tx: Transaction, rows: Collection[CustomerRow], *, until: int) -> None:
    """Keep these customers, about to be replaced, and note which records each was made of."""
    if not rows:
        return
    kept = dict(_KEEP.rows(tx, labels=[row.cluster for row in rows], until=until))
    parts = sorted((record, kept[row.anchor]) for row in rows for record in row.records)
    tx.insert(customer_history_members, ("record", "state"), parts)


_KEEP = Query(
    lambda among: (
        insert(customer_history)
        .from_select(
            ["record", "kind", "members", "name", "profile", "until"],
            select(
                customers.c.anchor,
                customers.c.kind,
                customers.c.members,
                customers.c.name,
                customers.c.profile,
                bindparam("until", 0, BigInteger),
            ).where(among(customers.c.cluster, "labels")),
        )
        .returning(customer_history.c.record, customer_history.c.id)
    )
)


def former_states(tx: Transaction, record: int) -> list[FormerRow]:
    """Every former state that a source record was part of, oldest first."""
    query = (
        select(customer_history)
        .join(customer_history_members, customer_history_members.c.state == customer_history.c.id)
        .where(customer_history_members.c.record == record)
        .order_by(customer_history.c.until, customer_history.c.id)
    )
    return [FormerRow(*row[1:]) for row in tx.rows(query)]


def names_of(tx: Transaction, records: Collection[int]) -> dict[int, str]:
    """The names of landed records, deleted ones too, as ``connector/stream/source id``."""
    named = (streams.c.connector, streams.c.name, raw_records.c.source_id)
    live = (
        select(source_records.c.record, *named)
        .join(raw_records, raw_records.c.id == source_records.c.raw_id)
        .where(tx.among(source_records.c.record, records))
    )
    gone = select(raw_records.c.key, *named).where(
        tx.among(raw_records.c.key, records), raw_records.c.deleted_at.is_not(None)
    )
    return {
        record: f"{connector}/{stream}/{source_id}"
        for query in (gone, live)
        for record, connector, stream, source_id in tx.rows(
            query.join(streams, streams.c.id == raw_records.c.stream_id)
        )
    }


def past_since(tx: Transaction) -> int:
    """Since when former states are kept, in microseconds since 1970, UTC."""
    return int(remembered(tx, "past since") or 0)
