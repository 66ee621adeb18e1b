"""Keeps what is known of each stream: how its records are read, how far, and what it holds.

State is per stream, never replaced by an empty one, and kept with history.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, insert, select, update

from hub.errors import PluginError
from hub.store.query import Query
from hub.store.session import Transaction
from hub.store.tables import meta, pending, raw_records, rejects, stream_states, streams

__all__ = [
    "StreamRow",
    "ensure_stream",
    "last_state",
    "mark_all_pending",
    "place_of",
    "remember",
    "remembered",
    "save_state",
    "state_history",
    "stream_counts",
    "stream_rows",
    "trust",
]

STATES_KEPT = 20


class StreamRow(NamedTuple):
    """A stream as the store knows it."""

    connector: str
    name: str
    kind: str
    mode: str
    customers: tuple[str, str] = ("", "")
    """The connector and stream whose ids ``customer_ref`` uses."""
    makes_customers: bool = True
    priority: int = 0
    id: int = 0


def ensure_stream(tx: Transaction, stream: StreamRow) -> StreamRow:
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
        return stream._replace(id=number)
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
        mark_all_pending(tx, [known["id"]])
    return stream._replace(id=known["id"])


def place_of(connector: str, sources: Sequence[str]) -> int:
    """The place of a connector in the configured order of trust; those it does not name come last."""
    return sources.index(connector) if connector in sources else len(sources)


def trust(tx: Transaction, sources: Sequence[str]) -> None:
    """Have all streams that ever landed be trusted in this order."""
    for row in stream_rows(tx):
        place = place_of(row.connector, sources)
        if row.priority != place:
            tx.execute(update(streams).where(streams.c.id == row.id).values(priority=place))


def stream_rows(tx: Transaction) -> list[StreamRow]:
    """Every stream that ever landed."""
    return [
        StreamRow(connector, name, kind, mode, (whose, of), bool(makes_customers), priority, number)
        for number, connector, name, kind, mode, whose, of, makes_customers, priority in _STREAMS.rows(tx)
    ]


_STREAMS = Query(lambda among: select(streams).order_by(streams.c.connector, streams.c.name))


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


def remembered(tx: Transaction, name: str) -> str:
    """What was last remembered under ``name``; empty at first."""
    row = _REMEMBERED.one(tx, name=name)
    return row[0] if row else ""


_REMEMBERED = Query(lambda among: select(meta.c.value).where(meta.c.name == bindparam("name", "")))


def remember(tx: Transaction, name: str, value: str) -> None:
    """Remember one thing of the hub itself."""
    tx.upsert(meta, ("name", "value"), [(name, value)])


def mark_all_pending(tx: Transaction, stream_ids: Collection[int] | None) -> int:
    """Have every landed record resolved again; of all streams when ``stream_ids`` is ``None``."""
    query = select(raw_records.c.id, raw_records.c.revision)
    if stream_ids is not None:
        query = query.where(tx.among(raw_records.c.stream_id, stream_ids))
    rows = tx.rows(query)
    tx.upsert(pending, ("raw_id", "revision"), [(row.id, row.revision) for row in rows])
    return len(rows)
