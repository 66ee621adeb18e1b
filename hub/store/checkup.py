"""Asks the database how it is: sound, writable, how large, and what in it stands out."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from sqlalchemy import Integer, case, cast, func, select, text

from hub.core.model import SourceRecord
from hub.store.session import Store, Transaction, database_file
from hub.store.tables import (
    blocking_keys,
    clusters,
    customers,
    edges,
    judgements,
    meta,
    raw_records,
    source_records,
)

__all__ = [
    "customers_from",
    "fault",
    "generic_keys",
    "holder_counts",
    "largest_customers",
    "linking_count",
    "sample_fields",
    "size",
    "try_writing",
    "verdict_counts",
]


def fault(tx: Transaction) -> str:
    """What is wrong with the database's own structure; empty when nothing is, or the server looks after it."""
    if not tx.sqlite:
        return ""
    said = tx.scalar(text("PRAGMA quick_check(1)"))
    return "" if said == "ok" else str(said)


def try_writing(tx: Transaction) -> None:
    """Change nothing, in a way that needs the right and the room to write."""
    tx.execute(meta.delete().where(meta.c.name == "no such name"))


def size(store: Store, tx: Transaction) -> int:
    """Bytes the database takes on disk."""
    file = database_file(store.url)
    if file is not None:
        return sum(part.stat().st_size for part in _files(file) if part.exists())
    return tx.scalar(text("SELECT pg_database_size(current_database())")) if not tx.sqlite else 0


def generic_keys(
    tx: Transaction, limit_of: Callable[[int], float], least: float, most: int
) -> list[tuple[int, int, SourceRecord]]:
    """The keys shared by more records than their limit, most first: key, holders, one of them.

    ``least`` is the smallest limit there is.
    """
    count = func.count()
    query = (
        select(blocking_keys.c.key, count, func.min(blocking_keys.c.record))
        .group_by(blocking_keys.c.key)
        .having(count > least)
        .order_by(count.desc(), blocking_keys.c.key)
    )
    found: list[tuple[int, int, int]] = []
    for key, holders, record in tx.execute(query):
        if holders > limit_of(key):
            found.append((key, holders, record))
        if len(found) == most:
            break
    rows = tx.rows(
        select(source_records.c.record, source_records.c.content).where(
            tx.among(source_records.c.record, [record for _, _, record in found])
        )
    )
    records = {row.record: SourceRecord.load(row.record, row.content) for row in rows}
    return [(key, holders, records[record]) for key, holders, record in found if record in records]


def holder_counts(tx: Transaction, keys: Collection[int]) -> dict[int, int]:
    """How many records hold each key; of a key nobody holds, nothing."""
    query = select(blocking_keys.c.key, func.count()).where(tx.among(blocking_keys.c.key, keys))
    return {row[0]: row[1] for row in tx.rows(query.group_by(blocking_keys.c.key))}


def sample_fields(tx: Transaction, most: int) -> list[str]:
    """Canonical fields as sent, as JSON, of at most ``most`` source records; keys are hashes: a fair sample."""
    sent = func.coalesce(func.nullif(source_records.c.fields, ""), raw_records.c.body, "{}")
    query = select(sent).outerjoin(raw_records, raw_records.c.id == source_records.c.raw_id)
    return [row[0] for row in tx.rows(query.order_by(source_records.c.record).limit(most))]


def linking_count(tx: Transaction, link: int) -> int:
    """How many pairs of records are alike enough to link, and are two customers."""
    one, other = clusters.alias("one"), clusters.alias("other")
    query = (
        select(func.count())
        .select_from(edges)
        .join(one, one.c.record == edges.c.a)
        .join(other, other.c.record == edges.c.b)
        .where(edges.c.a < edges.c.b, edges.c.weight >= link, one.c.cluster != other.c.cluster)
    )
    return tx.scalar(query)


def customers_from(tx: Transaction, least: int) -> int:
    """How many customers have ``least`` records or more."""
    return tx.scalar(select(func.count()).select_from(customers).where(customers.c.members >= least))


def verdict_counts(tx: Transaction) -> list[tuple[str, int, int]]:
    """Each verdict, how many are in force, and how many were taken back."""
    back = func.sum(case((judgements.c.retracted_at.is_(None), 0), else_=1))
    query = select(judgements.c.verdict, func.count(), cast(back, Integer)).group_by(judgements.c.verdict)
    return [
        (verdict, total - gone, gone)
        for verdict, total, gone in tx.rows(query.order_by(judgements.c.verdict))
    ]


def largest_customers(tx: Transaction, most: int) -> list[Any]:
    """The customers of the most records: cluster, anchor, name, members."""
    query = select(customers.c.cluster, customers.c.anchor, customers.c.name, customers.c.members)
    return tx.rows(query.order_by(customers.c.members.desc(), customers.c.anchor).limit(most))


def _files(file: Path) -> tuple[Path, ...]:
    return file, file.with_name(file.name + "-wal"), file.with_name(file.name + "-shm")
