"""Lands pages: records, checkpoint, counters and rejects, written by one transaction or not at all.

A landed record is named by its stream and the source's own id; its intrinsic key is a hash of that. It is
rewritten only when its content hash differs and it is not older than what is here. Deleting keeps
the body and marks it, so nothing a source once sent is lost.

A round that sweeps must know what it saw. New records tell it by their number, which is not below the
round's first; only what was here before is noted beside them, so that a first landing notes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select, text, update

from hub.store.query import Query
from hub.store.rejects import Refused
from hub.store.session import Transaction
from hub.store.tables import (
    counters,
    pending,
    raw_records,
    snapshot_seen,
    streams,
)

__all__ = [
    "Counts",
    "Landed",
    "begin_round",
    "count_live",
    "find_unseen",
    "land",
    "mark_deleted",
    "mark_seen",
    "next_number",
    "raw_of",
    "tombstone",
]


class Landed(NamedTuple):
    """One record on its way in: its names, the hash of its body, and the body as JSON text."""

    key: int
    source_id: str
    hash: bytes
    body: str
    version: str = ""
    """When the source changed it last, as sortable text; empty when it does not say."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the records of a page, or of all pages of a run."""

    pages: int = 0
    seen: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    stale: int = 0
    deleted: int = 0
    rejected: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(mine + its for mine, its in zip(self.values(), other.values(), strict=True)))

    def values(self) -> tuple[int, ...]:
        """In the order the fields are declared."""
        return tuple(getattr(self, name) for name in COUNTED)

    @property
    def written(self) -> int:
        """How many records this changed in the hub."""
        return self.inserted + self.updated + self.deleted


COUNTED = tuple(Counts.__dataclass_fields__)
NUMBERED = "raw_records"
"""The counter new records are numbered by."""
PENDING = text(
    "INSERT INTO pending (raw_id, revision) SELECT id, revision FROM raw_records WHERE id BETWEEN :first AND :last"
)
SEEN = ("stream_id", "key", "hash", "version")


def land(
    tx: Transaction,
    stream_id: int,
    run_id: int,
    records: Sequence[Landed],
    *,
    now: int,
    part: str = "",
    first: int | None = None,
) -> tuple[Counts, list[Refused]]:
    """Write the records that are new or changed; they hold no key twice and come from one ``part`` of the source.

    ``first`` is the number the new records of a sweeping round start from. What such a round saw before
    does not land again: from another part it is superseded, from the same one it is a duplicate key.
    """
    known = _known(tx, stream_id, [record.source_id for record in records])
    seen = {} if first is None else _seen(tx, stream_id, [record.key for record in records], known, first)
    fresh: list[Landed] = []
    changed: list[tuple[Landed, int, int]] = []
    same: list[Landed] = []
    older: list[Landed] = []
    refused: list[Refused] = []
    superseded = 0
    for record in records:
        row, before = known.get(record.source_id), seen.get(record.key)
        if before is not None:
            if before == (record.hash, part) or before[1] != part:
                superseded += 1
            else:
                reason = f"duplicate key {record.source_id!r}: another record of this source has it; the first one landed"
                refused.append(Refused(reason, record.body, record.source_id, record.hash.hex()))
        elif row is None:
            fresh.append(record)
        elif record.version and row.version and record.version < row.version:
            older.append(record)
        elif row.hash == record.hash and row.deleted_at is None:
            same.append(record)
        else:
            changed.append((record, row.id, row.revision + 1))
    _insert(tx, stream_id, run_id, fresh, now, part)
    _update(tx, run_id, changed, now, part)
    if first is not None:
        noted = [*same, *older, *(record for record, _, _ in changed)]
        tx.insert(snapshot_seen, SEEN, [(stream_id, record.key, record.hash, part) for record in noted])
    counts = Counts(
        pages=1,
        seen=len(records),
        inserted=len(fresh),
        updated=len(changed),
        unchanged=len(same),
        stale=len(older) + superseded,
    )
    return counts, refused


def mark_deleted(tx: Transaction, stream_id: int, run_id: int, source_ids: Collection[str], now: int) -> int:
    """Tombstone the live records of a stream that are named; returns how many there were."""
    rows = tx.rows(
        select(raw_records.c.id, raw_records.c.revision).where(
            raw_records.c.stream_id == stream_id,
            tx.among(raw_records.c.source_id, source_ids),
            raw_records.c.deleted_at.is_(None),
        )
    )
    tombstone(tx, run_id, rows, now)
    return len(rows)


def begin_round(tx: Transaction, stream_id: int) -> None:
    """Forget what an earlier round noted as seen."""
    tx.execute(snapshot_seen.delete().where(snapshot_seen.c.stream_id == stream_id))


def next_number(tx: Transaction) -> int:
    """The number the next new record gets, or a lower one than that of a record still to come."""
    return tx.scalar(select(counters.c.value).where(counters.c.name == NUMBERED)) + 1


def mark_seen(tx: Transaction, stream_id: int, keys: Collection[int]) -> None:
    """Note records as still being in the source though this round could not land them."""
    tx.upsert(snapshot_seen, SEEN, [(stream_id, key, b"", "") for key in keys])


def find_unseen(tx: Transaction, stream_id: int, first: int, bucket: str = "") -> list[Any]:
    """The id and revision of each live record, or each of a bucket, that this round did not see."""
    noted = select(snapshot_seen.c.key).where(snapshot_seen.c.stream_id == stream_id)
    query = select(raw_records.c.id, raw_records.c.revision).where(
        raw_records.c.stream_id == stream_id,
        raw_records.c.id < first,
        raw_records.c.deleted_at.is_(None),
        raw_records.c.key.not_in(noted),
    )
    return tx.rows(query.where(raw_records.c.bucket == bucket) if bucket else query)


def count_live(tx: Transaction, stream_id: int) -> int:
    """How many records the stream holds."""
    live = (raw_records.c.stream_id == stream_id, raw_records.c.deleted_at.is_(None))
    return tx.scalar(select(func.count()).select_from(raw_records).where(*live))


def tombstone(tx: Transaction, run_id: int, rows: Sequence[Any], now: int) -> None:
    """Mark records, given by their id and revision, as deleted."""
    mark = "?" if tx.sqlite else "%s"
    if rows:
        tx.connection.exec_driver_sql(
            f"UPDATE raw_records SET deleted_at = {mark}, revision = {mark}, run_id = {mark} WHERE id = {mark}",
            [(now, row.revision + 1, run_id, row.id) for row in rows],
        )
    tx.insert(pending, ("raw_id", "revision"), [(row.id, row.revision + 1) for row in rows])


def raw_of(tx: Transaction, connector: str, stream: str, source_id: str) -> dict[str, Any] | None:
    """One raw record with where it came from and what became of it."""
    row = tx.execute(
        select(raw_records, streams.c.connector, streams.c.name.label("stream"), streams.c.kind)
        .join(streams, streams.c.id == raw_records.c.stream_id)
        .where(
            streams.c.connector == connector,
            streams.c.name == stream,
            raw_records.c.source_id == source_id,
        )
    ).first()
    return None if row is None else dict(row._mapping)


def _seen(
    tx: Transaction, stream_id: int, keys: Collection[int], known: Mapping[str, _Known], first: int
) -> dict[int, tuple[bytes, str]]:
    """The records among ``keys`` this round saw: the hash and the part of the source of each."""
    landed = {
        row.key: (row.hash, row.bucket)
        for row in known.values()
        if row.id >= first and row.deleted_at is None
    }
    if _NOTES.one(tx, stream_id=stream_id) is None:  # as all through a first landing
        return landed
    return landed | {
        key: (hash_, part) for key, hash_, part in _NOTED.rows(tx, stream_id=stream_id, keys=keys)
    }


_OF_STREAM = snapshot_seen.c.stream_id == bindparam("stream_id", 0)
_NOTES = Query(lambda among: select(snapshot_seen.c.key).where(_OF_STREAM).limit(1))
_NOTED = Query(
    lambda among: select(snapshot_seen.c.key, snapshot_seen.c.hash, snapshot_seen.c.version).where(
        _OF_STREAM, among(snapshot_seen.c.key, "keys")
    )
)


class _Known(NamedTuple):
    id: int
    key: int
    source_id: str
    hash: bytes
    version: str
    revision: int
    bucket: str
    deleted_at: int | None


_KNOWN = Query(
    lambda among: select(*(raw_records.c[name] for name in _Known._fields)).where(
        raw_records.c.stream_id == bindparam("stream_id", 0), among(raw_records.c.source_id, "source_ids")
    )
)


def _known(tx: Transaction, stream_id: int, source_ids: Collection[str]) -> dict[str, _Known]:
    """The records of a stream that are here, by the source's own id."""
    rows = [_Known._make(row) for row in _KNOWN.rows(tx, stream_id=stream_id, source_ids=source_ids)]
    return {row.source_id: row for row in rows}


def _insert(
    tx: Transaction, stream_id: int, run_id: int, records: Sequence[Landed], now: int, part: str
) -> None:
    if not records:
        return
    first = _take_numbers(tx, len(records))
    tx.insert(
        raw_records,
        ("id", "key", "stream_id", "source_id", "hash", "version", "revision", "body", "bucket",
         "landed_at", "changed_at", "run_id"),
        [
            (number, key, stream_id, source_id, hash_, version, 1, body, part, now, now, run_id)
            for number, (key, source_id, hash_, body, version) in enumerate(records, first)
        ],
    )  # fmt: skip
    tx.execute(PENDING, {"first": first, "last": first + len(records) - 1})


def _update(
    tx: Transaction, run_id: int, changed: Sequence[tuple[Landed, int, int]], now: int, part: str
) -> None:
    mark = "?" if tx.sqlite else "%s"
    names = ("hash", "version", "revision", "body", "bucket", "changed_at", "deleted_at", "run_id")
    fresh = ", ".join(f"{name} = {mark}" for name in names)
    if changed:
        tx.connection.exec_driver_sql(
            f"UPDATE raw_records SET {fresh} WHERE id = {mark}",
            [
                (record.hash, record.version, revision, record.body, part, now, None, run_id, number)
                for record, number, revision in changed
            ],
        )
    tx.insert(pending, ("raw_id", "revision"), [(number, revision) for _, number, revision in changed])


def _take_numbers(tx: Transaction, count: int) -> int:
    """The first of ``count`` consecutive numbers; on PostgreSQL the row lock keeps takers apart."""
    return _TAKEN.one(tx, count=count)[0] - count + 1


_TAKEN = Query(
    lambda among: (
        update(counters)
        .where(counters.c.name == NUMBERED)
        .values(value=counters.c.value + bindparam("count", 0))
        .returning(counters.c.value)
    )
)
