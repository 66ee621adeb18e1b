"""Keeps one row for each customer: its id's anchor, its profile, and what searching reads."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

from pydantic_core import from_json
from sqlalchemy import func, or_, select

from hub.core.model import public_id
from hub.store.query import Query
from hub.store.session import Transaction
from hub.store.tables import clusters, customers, raw_records, record_ids, source_records, streams

__all__ = [
    "CustomerRow",
    "MemberRow",
    "count_customers",
    "crosswalk",
    "customer_rows",
    "each_profile",
    "member_rows",
    "put_customers",
    "search",
    "shown_anchors",
]


class CustomerRow(NamedTuple):
    """A customer as stored."""

    cluster: int
    anchor: int
    kind: str
    members: int
    name: str
    search: str
    profile: str

    @property
    def customer_id(self) -> str:
        """The id the customer shows."""
        return public_id(self.anchor)

    @property
    def records(self) -> list[int]:
        """The records it is made of, by intrinsic key."""
        return from_json(self.profile)["members"]

    def looks_like(self, other: CustomerRow | None) -> bool:
        """Whether both show the same; what searching reads beside the profile is not shown."""
        return other is not None and self._replace(search="") == other._replace(search="")


class MemberRow(NamedTuple):
    """A source record with the raw record behind it, as survivorship reads it."""

    record: int
    cluster: int
    makes_customer: bool
    first_seen: int
    """When its id was minted, in microseconds since 1970, UTC."""
    content: str
    fields: str
    """Canonical fields as sent, as JSON text."""
    raw_id: int | None
    connector: str
    stream: str
    source_id: str
    version: str
    landed_at: int
    priority: int


def member_rows(tx: Transaction, labels: Collection[int]) -> list[MemberRow]:
    """The source records of the given clusters, by cluster and intrinsic key."""
    return [MemberRow._make(row) for row in _MEMBERS.rows(tx, labels=labels)]


_MEMBERS = Query(
    lambda among: (
        select(
            clusters.c.record,
            clusters.c.cluster,
            source_records.c.makes_customer,
            record_ids.c.first_seen,
            source_records.c.content,
            # a party's own fields, else those of the raw record
            func.coalesce(func.nullif(source_records.c.fields, ""), raw_records.c.body, "{}"),
            source_records.c.raw_id,
            func.coalesce(streams.c.connector, ""),
            func.coalesce(streams.c.name, ""),
            func.coalesce(raw_records.c.source_id, ""),
            func.coalesce(raw_records.c.version, ""),
            func.coalesce(raw_records.c.landed_at, 0),
            func.coalesce(streams.c.priority, 0),
        )
        .join(source_records, source_records.c.record == clusters.c.record)
        .join(record_ids, record_ids.c.record == clusters.c.record)
        .outerjoin(streams, streams.c.id == source_records.c.stream_id)
        .outerjoin(raw_records, raw_records.c.id == source_records.c.raw_id)
        .where(among(clusters.c.cluster, "labels"))
        .order_by(clusters.c.cluster, clusters.c.record)
    )
)


def put_customers(tx: Transaction, rows: Iterable[CustomerRow], gone: Collection[int]) -> None:
    """Write customers, and remove those whose cluster is gone."""
    tx.delete(customers, ("cluster",), [(label,) for label in gone])
    tx.upsert(customers, CustomerRow._fields, rows)


def customer_rows(tx: Transaction, labels: Collection[int]) -> dict[int, CustomerRow]:
    """The stored customers of the given clusters."""
    if not labels:
        return {}
    return {row[0]: CustomerRow._make(row) for row in _CUSTOMERS.rows(tx, labels=labels)}


_CUSTOMERS = Query(lambda among: select(customers).where(among(customers.c.cluster, "labels")))


def shown_anchors(tx: Transaction, labels: Collection[int]) -> dict[int, int]:
    """The record whose id the stored customer of each cluster shows."""
    return dict(_ANCHORS.rows(tx, labels=labels)) if labels else {}


_ANCHORS = Query(
    lambda among: select(customers.c.cluster, customers.c.anchor).where(among(customers.c.cluster, "labels"))
)


def search(tx: Transaction, words: str, limit: int = 20) -> list[CustomerRow]:
    """Customers whose name or identifiers contain every one of the words, in either Chinese script."""
    query = select(customers).order_by(customers.c.members.desc(), customers.c.name, customers.c.cluster)
    for word in words.lower().split():
        query = query.where(or_(*(customers.c.search.contains(one, autoescape=True) for one in _forms(word))))
    return [CustomerRow(*row) for row in tx.rows(query.limit(limit))]


def _forms(word: str) -> set[str]:
    """The word as typed, and in the simplified characters every Chinese name is stored in."""
    if word.isascii():
        return {word}
    from hub.core.normalize.chinese import simplified

    return {word, simplified(word)}


def count_customers(tx: Transaction) -> dict[str, int]:
    """How many customers there are, by kind."""
    query = select(customers.c.kind, func.count()).group_by(customers.c.kind)
    return {row[0]: row[1] for row in tx.rows(query)}


def crosswalk(tx: Transaction) -> Iterator[tuple[str, str, str, str]]:
    """``customer_id, connector, stream, source_id`` of every landed customer record."""
    query = (
        select(customers.c.anchor, streams.c.connector, streams.c.name, raw_records.c.source_id)
        .join(clusters, clusters.c.cluster == customers.c.cluster)
        .join(source_records, source_records.c.record == clusters.c.record)
        .join(raw_records, raw_records.c.id == source_records.c.raw_id)
        .join(streams, streams.c.id == raw_records.c.stream_id)
        .order_by(streams.c.connector, streams.c.name, raw_records.c.source_id)
    )
    for anchor, connector, stream, source_id in tx.rows(query):
        yield public_id(anchor), connector, stream, source_id


def each_profile(tx: Transaction) -> Iterator[tuple[str, Any]]:
    """Every customer's id and stored row, by id's anchor."""
    for row in tx.rows(select(customers).order_by(customers.c.anchor)):
        found = CustomerRow(*row)
        yield found.customer_id, found
