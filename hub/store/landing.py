"""Lands pages: records, checkpoint, counters and rejects, written by one transaction or not at all.

A landed record is named by its intrinsic key (connector instance, stream, source id). It is
rewritten only when its content hash differs and it is not older than what is here. Deleting keeps
the body and marks it, so nothing a source once sent is lost.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import func, select, update

from hub.errors import PluginError
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
    "delete_unseen",
    "find_unseen",
    "land",
    "mark_deleted",
    "mark_seen",
    "raw_of",
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


def land(
    tx: Transaction,
    stream_id: int,
    run_id: int,
    records: Sequence[Landed],
    *,
    now: int,
    bucket: str = "",
    sweep: bool = False,
    page_version: str = "",
) -> tuple[Counts, list[Refused]]:
    """Write the records that are new or changed; ``sweep`` also notes which were seen this round.

    ``records`` hold no key twice. In a sweep a record already seen this round does not land again:
    from another copy inside the source it is superseded, from the same one it is a duplicate key.
    """
    refused: list[Refused] = []
    stale = 0
    if sweep:
        records, refused, stale = _first_of_round(tx, stream_id, records, page_version)
    known = _known(tx, stream_id, [record.key for record in records])
    fresh: list[Landed] = []
    changed: list[tuple[Landed, int, int]] = []
    unchanged = 0
    for record in records:
        row = known.get(record.key)
        if row is None:
            fresh.append(record)
        elif record.version and row.version and record.version < row.version:
            stale += 1
        elif row.hash == record.hash and row.deleted_at is None:
            unchanged += 1
        else:
            changed.append((record, row.id, row.revision + 1))
    _insert(tx, stream_id, run_id, fresh, now, bucket)
    _update(tx, run_id, changed, now, bucket)
    counts = Counts(
        pages=1,
        seen=len(records) + stale + len(refused),
        inserted=len(fresh),
        updated=len(changed),
        unchanged=unchanged,
        stale=stale,
    )
    return counts, refused


def mark_deleted(tx: Transaction, run_id: int, keys: Collection[int], now: int) -> int:
    """Tombstone the live records among ``keys``; returns how many there were."""
    rows = tx.rows(
        select(raw_records.c.id, raw_records.c.revision).where(
            tx.among(raw_records.c.key, keys), raw_records.c.deleted_at.is_(None)
        )
    )
    _tombstone(tx, run_id, rows, now)
    return len(rows)


def begin_round(tx: Transaction, stream_id: int) -> None:
    """Forget what an unfinished earlier round of a snapshot had seen."""
    tx.execute(snapshot_seen.delete().where(snapshot_seen.c.stream_id == stream_id))


def mark_seen(tx: Transaction, stream_id: int, keys: Collection[int]) -> None:
    """Note records as still being in the source though this round could not land them."""
    tx.upsert(
        snapshot_seen, ("stream_id", "key", "hash", "version"), [(stream_id, key, b"", "") for key in keys]
    )


def find_unseen(tx: Transaction, stream_id: int, bucket: str | None = None) -> tuple[int, int]:
    """How many live records this round did not see, and how many are live in all."""
    live = [raw_records.c.stream_id == stream_id, raw_records.c.deleted_at.is_(None)]
    if bucket is not None:
        live.append(raw_records.c.bucket == bucket)
    unseen = tx.scalar(select(func.count()).select_from(raw_records).where(*live, _not_seen(stream_id)))
    total = tx.scalar(select(func.count()).select_from(raw_records).where(*live))
    return unseen, total


def delete_unseen(tx: Transaction, stream_id: int, run_id: int, now: int, bucket: str | None = None) -> int:
    """Tombstone the live records this round did not see, and end the round."""
    live = [raw_records.c.stream_id == stream_id, raw_records.c.deleted_at.is_(None), _not_seen(stream_id)]
    if bucket is not None:
        live.append(raw_records.c.bucket == bucket)
    rows = tx.rows(select(raw_records.c.id, raw_records.c.revision).where(*live))
    _tombstone(tx, run_id, rows, now)
    begin_round(tx, stream_id)
    return len(rows)


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


def _first_of_round(
    tx: Transaction, stream_id: int, records: Sequence[Landed], version: str
) -> tuple[list[Landed], list[Refused], int]:
    seen = {
        row.key: row
        for row in tx.rows(
            select(snapshot_seen.c.key, snapshot_seen.c.hash, snapshot_seen.c.version).where(
                snapshot_seen.c.stream_id == stream_id,
                tx.among(snapshot_seen.c.key, [record.key for record in records]),
            )
        )
    }
    kept: list[Landed] = []
    refused: list[Refused] = []
    superseded = 0
    for record in records:
        before = seen.get(record.key)
        if before is None:
            kept.append(record)
        elif before.hash == record.hash or before.version != version:
            superseded += 1
        else:
            reason = f"duplicate key {record.source_id!r}: another record of this source has it; the first one landed"
            refused.append(Refused(reason, record.body, record.source_id, record.hash.hex()))
    tx.insert(
        snapshot_seen,
        ("stream_id", "key", "hash", "version"),
        [(stream_id, record.key, record.hash, version) for record in kept],
    )
    return kept, refused, superseded


def _known(tx: Transaction, stream_id: int, keys: Collection[int]) -> dict[int, Any]:
    rows = tx.rows(
        select(
            raw_records.c.id,
            raw_records.c.key,
            raw_records.c.stream_id,
            raw_records.c.hash,
            raw_records.c.version,
            raw_records.c.revision,
            raw_records.c.deleted_at,
        ).where(tx.among(raw_records.c.key, keys))
    )
    for row in rows:
        if row.stream_id != stream_id:
            raise PluginError(
                f"two records have the intrinsic key {row.key}",
                where=f"streams {row.stream_id} and {stream_id}",
                cause="a hash collision, about one in ten million hubs of a million records",
                step="rename one of the two connectors",
            )
    return {row.key: row for row in rows}


def _insert(
    tx: Transaction, stream_id: int, run_id: int, records: Sequence[Landed], now: int, bucket: str
) -> None:
    if not records:
        return
    first = _take_numbers(tx, "raw_records", len(records))
    tx.insert(
        raw_records,
        ("id", "key", "stream_id", "source_id", "hash", "version", "revision", "body", "bucket",
         "landed_at", "changed_at", "run_id"),
        [
            (number, record.key, stream_id, record.source_id, record.hash, record.version, 1, record.body,
             bucket, now, now, run_id)
            for number, record in enumerate(records, first)
        ],
    )  # fmt: skip
    tx.insert(pending, ("raw_id", "revision"), [(first + place, 1) for place in range(len(records))])


def _update(
    tx: Transaction, run_id: int, changed: Sequence[tuple[Landed, int, int]], now: int, bucket: str
) -> None:
    mark = "?" if tx.sqlite else "%s"
    names = ("hash", "version", "revision", "body", "bucket", "changed_at", "deleted_at", "run_id")
    fresh = ", ".join(f"{name} = {mark}" for name in names)
    if changed:
        tx.connection.exec_driver_sql(
            f"UPDATE raw_records SET {fresh} WHERE id = {mark}",
            [
                (record.hash, record.version, revision, record.body, bucket, now, None, run_id, number)
                for record, number, revision in changed
            ],
        )
    tx.insert(pending, ("raw_id", "revision"), [(number, revision) for _, number, revision in changed])


def _tombstone(tx: Transaction, run_id: int, rows: Sequence[Any], now: int) -> None:
    mark = "?" if tx.sqlite else "%s"
    if rows:
        tx.connection.exec_driver_sql(
            f"UPDATE raw_records SET deleted_at = {mark}, revision = {mark}, run_id = {mark} WHERE id = {mark}",
            [(now, row.revision + 1, run_id, row.id) for row in rows],
        )
    tx.insert(pending, ("raw_id", "revision"), [(row.id, row.revision + 1) for row in rows])


def _not_seen(stream_id: int) -> Any:
    return raw_records.c.key.not_in(select(snapshot_seen.c.key).where(snapshot_seen.c.stream_id == stream_id))


def _take_numbers(tx: Transaction, name: str, count: int) -> int:
    """The first of ``count`` consecutive numbers; on PostgreSQL the row lock keeps takers apart."""
    last = tx.scalar(
        update(counters)
        .where(counters.c.name == name)
        .values(value=counters.c.value + count)
        .returning(counters.c.value)
    )
    return last - count + 1
