"""Reads whole tables for exports: customers, interactions, and the names of raw records."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from pydantic_core import from_json
from sqlalchemy import select

from hub.store.session import Transaction
from hub.store.tables import clusters, customers, interactions, raw_records, streams

__all__ = ["anchors", "interaction_rows", "profiles", "raw_bodies", "raw_names"]


def anchors(tx: Transaction) -> Iterator[tuple[int, int]]:
    """Each customer's cluster and the record whose id it shows."""
    for row in tx.rows(select(customers.c.cluster, customers.c.anchor)):
        yield row.cluster, row.anchor


def profiles(tx: Transaction) -> Iterator[tuple[int, str, int, str]]:
    """Each customer's anchor, kind, number of records and profile, by anchor."""
    query = select(customers.c.anchor, customers.c.kind, customers.c.members, customers.c.profile)
    for row in tx.rows(query.order_by(customers.c.anchor)):
        yield row.anchor, row.kind, row.members, row.profile


def interaction_rows(tx: Transaction) -> tuple[list[str], list[Sequence[Any]]]:
    """Every interaction with its cluster and its raw record's name, by time: column names and rows."""
    query = (
        select(
            clusters.c.cluster.label("customer"),
            streams.c.connector,
            streams.c.name.label("stream"),
            raw_records.c.source_id,
            *(column for column in interactions.columns if column.name not in ("raw_id", "record")),
        )
        .join(raw_records, raw_records.c.id == interactions.c.raw_id)
        .join(streams, streams.c.id == raw_records.c.stream_id)
        .outerjoin(clusters, clusters.c.record == interactions.c.record)
        .order_by(interactions.c.at, interactions.c.raw_id)
    )
    result = tx.execute(query)
    return list(result.keys()), [tuple(row) for row in result]


def raw_names(tx: Transaction, ids: Collection[int]) -> list[tuple[int, str]]:
    """Raw records and their names as ``connector/stream/source id``."""
    query = (
        select(raw_records.c.id, streams.c.connector, streams.c.name, raw_records.c.source_id)
        .join(streams, streams.c.id == raw_records.c.stream_id)
        .where(tx.among(raw_records.c.id, ids))
    )
    return [(row.id, f"{row.connector}/{row.name}/{row.source_id}") for row in tx.rows(query)]


def raw_bodies(tx: Transaction, ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """What raw records say, as their sources wrote it."""
    query = select(raw_records.c.id, raw_records.c.body).where(tx.among(raw_records.c.id, ids))
    return {row.id: from_json(row.body) for row in tx.rows(query)}
