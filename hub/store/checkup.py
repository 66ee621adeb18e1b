"""Asks the database how it is: sound, writable, how large, and what in it stands out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text

from hub.core.model import SourceRecord
from hub.store.session import Store, Transaction, database_file
from hub.store.tables import blocking_keys, customers, meta, source_records

__all__ = ["fault", "generic_keys", "largest_customers", "size", "try_writing"]


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
    tx: Transaction, limit_of: Callable[[int], int], least: int, most: int
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
    for key, holders, record in tx.rows(query):
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


def largest_customers(tx: Transaction, most: int) -> list[Any]:
    """The customers of the most records: anchor, name, members."""
    query = select(customers.c.anchor, customers.c.name, customers.c.members)
    return tx.rows(query.order_by(customers.c.members.desc(), customers.c.anchor).limit(most))


def _files(file: Path) -> tuple[Path, ...]:
    return file, file.with_name(file.name + "-wal"), file.with_name(file.name + "-shm")
