"""Lands pages: records, checkpoint, counters and rejects, written by one transaction or not at all.

A landed record is named by its intrinsic key (connector instance, stream, source id). It is
rewritten only when its content hash differs and it is not older than what is here. Deleting keeps
the body and marks it, so nothing a source once sent is lost.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import func, insert, select, update

from hub.errors import PluginError
from hub.store.session import Transaction
from hub.store.tables import (
    counters,
    meta,
    pending,
    raw_records,
    rejects,
    snapshot_seen,
    stream_states,
    streams,
)

__all__ = [
    "Counts",
    "Landed",
    "Refused",
    "StreamRow",
    "begin_round",
    "delete_unseen",
    "ensure_stream",
    "find_unseen",
    "land",
    "last_state",
    "list_rejects",
    "mark_all_pending",
    "mark_deleted",
    "mark_seen",
    "raw_of",
    "refuse",
    "remember",
    "remembered",
    "save_state",
    "state_history",
    "stream_counts",
    "stream_rows",
]

STATES_KEPT = 20


@dataclass(frozen=True, slots=True)
class Landed:
    """One record on its way in: its names, the hash of its body, and the body as JSON text."""

    key: int
    source_id: str
    hash: bytes
    body: str
    version: str = ""
    """When the source changed it last, as sortable text; empty when it does not say."""


@dataclass(frozen=True, slots=True)
class Refused:
    """One record set aside: the reason, and what was read, as it was."""

    reason: str
    raw: str
    source_id: str
    digest: str
    """Names the same thing refused for the same reason."""


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


@dataclass(frozen=True, slots=True)
class StreamRow:
    """A stream as the store knows it."""

    connector: str
    name: str
    kind: str
    mode: str
    customers: tuple[str, str] = ("", "")
    """The connector and stream whose ids ``customer_ref`` uses."""
    makes_customers: bool = True
    priority: int = 0
    id: int = field(default=0, compare=False)


def ensure_stream(tx: Transaction, stream: StreamRow, now: int) -> StreamRow:
    """The stream with its id; when how its records are read changed, all of them become pending."""
    found = tx.execute(
        select(streams).where(streams.c.connector == stream.connector, streams.c.name == stream.name)
    ).first()
    told = {
        "kind": stream.kind,
        "mode": stream.mode,
        "customers_connector": stream.customers[0],
        "customers_stream": stream.customers[1],
        "makes_customers": stream.makes_customers,
        "priority": stream.priority,
    }
    if found is None:
        number = tx.execute(
            insert(streams)
            .values(connector=stream.connector, name=stream.name, **told)
            .returning(streams.c.id)
        ).scalar_one()
        return replace(stream, id=number)
    known = found._mapping
    if any(known[name] != value for name, value in told.items()):
        if known["kind"] != stream.kind and tx.scalar(
            select(raw_records.c.id).where(raw_records.c.stream_id == known["id"]).limit(1)
        ):
            raise PluginError(
                f"stream {stream.name!r} now yields {stream.kind} records, but {known['kind']} records are landed",
                where=stream.connector,
                step="give the connector a new name in connectors.toml",
            )
        tx.execute(update(streams).where(streams.c.id == known["id"]).values(**told))
        mark_all_pending(tx, [known["id"]], now)
    return replace(stream, id=known["id"])


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


def refuse(tx: Transaction, stream_id: int, run_id: int, refused: Iterable[Refused], now: int) -> None:
    """Keep what was set aside; the same thing refused again for the same reason is kept once."""
    fresh = {one.digest: one for one in refused}
    if not fresh:
        return
    known = select(rejects.c.digest).where(
        rejects.c.stream_id == stream_id, tx.among(rejects.c.digest, list(fresh))
    )
    for row in tx.rows(known):
        del fresh[row.digest]
    tx.insert(
        rejects,
        ("stream_id", "digest", "source_id", "reason", "raw", "run_id", "at"),
        [(stream_id, one.digest, one.source_id, one.reason, one.raw, run_id, now) for one in fresh.values()],
    )


def list_rejects(
    tx: Transaction, connectors: Collection[str] = (), limit: int = 100, run_id: int | None = None
) -> list[dict[str, Any]]:
    """The newest rejects with where they came from; those of one run first refused in it."""
    query = (
        select(
            rejects.c.id,
            streams.c.connector,
            streams.c.name.label("stream"),
            rejects.c.source_id,
            rejects.c.reason,
            rejects.c.raw,
            rejects.c.at,
            rejects.c.run_id,
        )
        .join(streams, streams.c.id == rejects.c.stream_id)
        .order_by(rejects.c.id.desc())
        .limit(limit)
    )
    if connectors:
        query = query.where(streams.c.connector.in_(list(connectors)))
    if run_id is not None:
        query = query.where(rejects.c.run_id == run_id)
    return [dict(row._mapping) for row in tx.rows(query)]


def last_state(tx: Transaction, stream_id: int) -> dict[str, Any]:
    """How far the stream has been read; empty at first."""
    body = tx.scalar(
        select(stream_states.c.state)
        .where(stream_states.c.stream_id == stream_id)
        .order_by(stream_states.c.id.desc())
        .limit(1)
    )
    return json.loads(body) if body else {}


def save_state(
    tx: Transaction, stream_id: int, run_id: int, state: dict[str, Any], now: int, *, milestone: bool
) -> None:
    """Write the state; inside a round in place, at its end as a new row beside the older ones."""
    body = json.dumps(state, sort_keys=True)
    newest = tx.execute(
        select(stream_states.c.id, stream_states.c.state, stream_states.c.run_id)
        .where(stream_states.c.stream_id == stream_id)
        .order_by(stream_states.c.id.desc())
        .limit(1)
    ).first()
    if newest is not None and newest.state == body:
        return
    if newest is not None and newest.run_id == run_id and not milestone:
        tx.execute(update(stream_states).where(stream_states.c.id == newest.id).values(state=body, at=now))
        return
    tx.execute(insert(stream_states).values(stream_id=stream_id, state=body, at=now, run_id=run_id))
    kept = (
        select(stream_states.c.id)
        .where(stream_states.c.stream_id == stream_id)
        .order_by(stream_states.c.id.desc())
        .limit(STATES_KEPT)
        .subquery()
    )
    tx.execute(
        stream_states.delete().where(
            stream_states.c.stream_id == stream_id, stream_states.c.id.not_in(select(kept.c.id))
        )
    )


def state_history(tx: Transaction, stream_id: int) -> list[dict[str, Any]]:
    """The kept states, newest first."""
    query = (
        select(stream_states.c.state, stream_states.c.at, stream_states.c.run_id)
        .where(stream_states.c.stream_id == stream_id)
        .order_by(stream_states.c.id.desc())
    )
    return [{"state": json.loads(row.state), "at": row.at, "run_id": row.run_id} for row in tx.rows(query)]


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


def mark_all_pending(tx: Transaction, stream_ids: Collection[int] | None, now: int) -> int:
    """Have every landed record resolved again; of all streams when ``stream_ids`` is ``None``."""
    query = select(raw_records.c.id, raw_records.c.revision)
    if stream_ids is not None:
        query = query.where(tx.among(raw_records.c.stream_id, stream_ids))
    rows = tx.rows(query)
    tx.upsert(pending, ("raw_id", "revision"), [(row.id, row.revision) for row in rows])
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


def remembered(tx: Transaction, name: str) -> str:
    """What was last remembered under ``name``; empty at first."""
    return tx.scalar(select(meta.c.value).where(meta.c.name == name)) or ""


def remember(tx: Transaction, name: str, value: str) -> None:
    """Remember one thing of the hub itself."""
    tx.upsert(meta, ("name", "value"), [(name, value)])


def stream_rows(tx: Transaction) -> list[StreamRow]:
    """Every stream that ever landed."""
    return [
        StreamRow(
            row.connector,
            row.name,
            row.kind,
            row.mode,
            (row.customers_connector, row.customers_stream),
            bool(row.makes_customers),
            row.priority,
            row.id,
        )
        for row in tx.rows(select(streams).order_by(streams.c.connector, streams.c.name))
    ]


def stream_counts(tx: Transaction) -> dict[int, tuple[int, int, int | None]]:
    """Stream to its live records, its rejects, and when it last changed."""
    live = {
        row[0]: (row[1], row[2])
        for row in tx.rows(
            select(raw_records.c.stream_id, func.count(), func.max(raw_records.c.changed_at))
            .where(raw_records.c.deleted_at.is_(None))
            .group_by(raw_records.c.stream_id)
        )
    }
    bad = {
        row[0]: row[1]
        for row in tx.rows(select(rejects.c.stream_id, func.count()).group_by(rejects.c.stream_id))
    }
    return {
        number: (live.get(number, (0, None))[0], bad.get(number, 0), live.get(number, (0, None))[1])
        for number in live.keys() | bad.keys()
    }


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
