"""Keeps what happened: interactions, orders and spend, each row beside the raw record it came from."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic_core import from_json
from sqlalchemy import BigInteger, Table, bindparam, func, null, select, union_all

from hub.store.columns import history_rewritten
from hub.store.query import Query
from hub.store.session import Transaction
from hub.store.streams import StreamRow, stream_rows
from hub.store.tables import (
    interactions,
    orders,
    pending,
    raw_records,
    source_records,
    spend,
    streams,
)

__all__ = [
    "HISTORY",
    "PendingRow",
    "copies",
    "done",
    "drop_indexes",
    "history_counts",
    "interactions_of",
    "live_customers",
    "make_indexes",
    "order_lines",
    "orders_of",
    "pending_count",
    "put_history",
    "referenced",
    "resolved_records",
    "source_names_of_parties",
    "take_pending",
]

TOGETHER = 20_000
"""Pending records one statement reads: for many more, PostgreSQL goes through all that ever landed."""

AT_HAND = 1_000
"""Pending records read at a time: what becomes of them finds them in the processor's own memory."""

HISTORY: dict[str, Table] = {"interaction": interactions, "order": orders, "spend": spend}


class PendingRow(NamedTuple):
    """A raw record that landed and is not resolved yet, with the stream it is of."""

    id: int
    key: int
    revision: int
    stream: StreamRow
    source_id: str
    body: str
    deleted_at: int | None
    landed_at: int


def take_pending(tx: Transaction, most: int) -> Iterator[list[PendingRow]]:
    """The oldest pending raw records, at most ``most``, as they are now: so many at a time as a processor keeps near."""
    stream = {row.id: row for row in stream_rows(tx)}
    after = count = 0
    while (asked := min(most - count, TOGETHER)) > 0:
        cursor, before = _PENDING.run(tx, after=after, most=asked), count
        while rows := cursor.fetchmany(AT_HAND):
            yield [
                PendingRow(number, key, revision, stream[stream_id], source_id, body, deleted_at, landed_at)
                for number, key, revision, stream_id, source_id, body, deleted_at, landed_at in rows
            ]
            after, count = rows[-1][0], count + len(rows)
        if count - before < asked:
            break


_TAKEN = (
    select(pending.c.raw_id)
    .where(pending.c.raw_id > bindparam("after", 0, BigInteger))
    .distinct()
    .order_by(pending.c.raw_id)
    .limit(bindparam("most", 0))
    .subquery()
)
_PENDING = Query(
    lambda among: (
        select(
            raw_records.c.id,
            raw_records.c.key,
            raw_records.c.revision,
            raw_records.c.stream_id,
            raw_records.c.source_id,
            raw_records.c.body,
            raw_records.c.deleted_at,
            raw_records.c.landed_at,
        )
        .join(_TAKEN, _TAKEN.c.raw_id == raw_records.c.id)
        .order_by(raw_records.c.id)
    )
)


def done(tx: Transaction, taken: Mapping[int, int]) -> None:
    """Forget that the revisions of these raw records, and older ones, are pending; a newer one stays."""
    alike: dict[int, list[int]] = {}
    for number, revision in taken.items():
        alike.setdefault(revision, []).append(number)
    for revision, numbers in alike.items():
        _DONE.run(tx, numbers=numbers, revision=revision)


_DONE = Query(
    lambda among: pending.delete().where(
        among(pending.c.raw_id, "numbers"), pending.c.revision <= bindparam("revision", 0)
    )
)


def pending_count(tx: Transaction) -> int:
    """How many raw records wait to be resolved."""
    return _WAITING.one(tx)[0]


_WAITING = Query(lambda among: select(func.count(pending.c.raw_id.distinct())))


def put_history(
    tx: Transaction, kind: str, columns: Sequence[Sequence[Any]], gone: Collection[int]
) -> set[int]:
    """Write rows of history of one kind, column by column as its table has them, and remove those that are gone.

    ``gone`` are raw records. Returns the source records that the rows overwritten or removed hung on.
    """
    table = HISTORY[kind]
    names = [column.name for column in table.columns]
    numbers = [*columns[0], *gone]
    history_rewritten(tx, kind, numbers)
    last = _LAST[kind].one(tx)[0]
    known = [number for number in numbers if number <= last]
    stored = dict(_HUNG[kind].rows(tx, numbers=known)) if known else {}
    if stored:
        rows = list(zip(*columns, strict=True))
        tx.delete(table, ("raw_id",), [(number,) for number in gone])
        tx.upsert(table, names, [row for row in rows if row[0] in stored])
        tx.insert(table, names, [row for row in rows if row[0] not in stored])
    else:
        tx.fill(table, names, columns)
    return {record for record in stored.values() if record is not None}


def drop_indexes(tx: Transaction) -> None:
    """Have a first load go without the indexes of history: made once at its end, they are half the work."""
    for index in _INDEXES:
        index.drop(tx.connection, checkfirst=True)


def make_indexes(tx: Transaction) -> None:
    """Make the indexes that a first load went without, if one did."""
    for index in _INDEXES:
        index.create(tx.connection, checkfirst=True)


_INDEXES = [index for table in HISTORY.values() for index in table.indexes]


def _hung(table: Table) -> Query:
    """The source record each stored row of some raw records hangs on."""
    return Query(
        lambda among: select(table.c.raw_id, table.c.get("record", null())).where(
            among(table.c.raw_id, "numbers")
        )
    )


_HUNG = {kind: _hung(table) for kind, table in HISTORY.items()}


def _last(table: Table) -> Query:
    """The highest raw record that has a row, or 0."""
    return Query(lambda among: select(func.coalesce(func.max(table.c.raw_id), 0)))


_LAST = {kind: _last(table) for kind, table in HISTORY.items()}


def referenced(tx: Transaction, records: Collection[int]) -> set[int]:
    """Those source records that some interaction or order hangs on."""
    if not records:
        return set()
    query = union_all(
        *(
            select(table.c.record).where(tx.among(table.c.record, records)).distinct()
            for table in (interactions, orders)
        )
    )
    return {row[0] for row in tx.rows(query)}


def resolved_records(tx: Transaction, records: Collection[int]) -> set[int]:
    """Those among ``records`` that are source records already."""
    if not records:
        return set()
    return {row[0] for row in _RESOLVED.rows(tx, records=records)}


_RESOLVED = Query(
    lambda among: select(source_records.c.record).where(among(source_records.c.record, "records"))
)


def live_customers(tx: Transaction, keys: Collection[int]) -> set[int]:
    """Those among source records that are of live customer records."""
    if not keys:
        return set()
    query = (
        select(source_records.c.record)
        .join(raw_records, raw_records.c.id == source_records.c.raw_id)
        .where(tx.among(source_records.c.record, keys), raw_records.c.deleted_at.is_(None))
    )
    return {row[0] for row in tx.rows(query)}


def source_names_of_parties(tx: Transaction, records: Collection[int]) -> dict[int, str]:
    """For records known from events only, the first of their events by source id: their provenance."""
    if not records:
        return {}
    found: dict[int, str] = {}
    for table in (interactions, orders):
        query = (
            select(table.c.record, func.min(raw_records.c.source_id))
            .join(raw_records, raw_records.c.id == table.c.raw_id)
            .where(tx.among(table.c.record, records))
            .group_by(table.c.record)
        )
        for record, name in tx.rows(query):
            found[record] = min(name, found.get(record, name))
    return found


def interactions_of(tx: Transaction, records: Collection[int]) -> list[dict[str, Any]]:
    """The interactions that hang on the given source records, with the raw record each came from."""
    return _events(tx, interactions, records)


def orders_of(tx: Transaction, records: Collection[int]) -> list[dict[str, Any]]:
    """The orders that hang on the given source records, with the raw record each came from."""
    return _events(tx, orders, records)


def copies(
    tx: Transaction, mirrors: Mapping[str, str], only: Collection[int] | None = None
) -> dict[int, int]:
    """Raw records of events that the connector mirrored has, too: each copy with the raw record that counts.

    ``mirrors`` says of a connector whose events it has. Two events of one kind are the same when their
    source ids are equal. The one that hangs on nobody is no reason to leave out the other, which does.
    ``only`` are the raw records asked about; without it, all.
    """
    found: dict[int, int] = {}
    for mirror, mirrored in mirrors.items():
        for kind, table in (("interaction", interactions), ("order", orders)):
            mine = [row for row in stream_rows(tx) if row.connector == mirror and row.kind == kind]
            theirs = [row for row in stream_rows(tx) if row.connector == mirrored and row.kind == kind]
            query = (
                select(table.c.raw_id, table.c.record, raw_records.c.source_id)
                .join(raw_records, raw_records.c.id == table.c.raw_id)
                .where(tx.among(raw_records.c.stream_id, [row.id for row in mine]))
            )
            events = tx.rows(query if only is None else query.where(tx.among(table.c.raw_id, only)))
            by_id = {source_id: (raw_id, record) for raw_id, record, source_id in events}
            for row in theirs:
                known = (
                    select(raw_records.c.source_id, table.c.raw_id, table.c.record)
                    .join(table, table.c.raw_id == raw_records.c.id)
                    .where(raw_records.c.stream_id == row.id, tx.among(raw_records.c.source_id, by_id))
                )
                for source_id, original, record in tx.rows(known):
                    copy, its_record = by_id[source_id]
                    if record is not None or its_record is None:
                        found[copy] = min(original, found.get(copy, original))
    return found


def order_lines(tx: Transaction, raw_ids: Collection[int]) -> dict[int, list[dict[str, Any]]]:
    """What was on orders, by their raw records, as their sources wrote it."""
    query = select(raw_records.c.id, raw_records.c.body).where(tx.among(raw_records.c.id, raw_ids))
    return {raw_id: from_json(body).get("lines") or [] for raw_id, body in tx.rows(query)}


def history_counts(tx: Transaction) -> dict[str, int]:
    """How many interactions, orders and spend rows there are, and how many events know no customer."""
    found = {kind: tx.scalar(select(func.count()).select_from(table)) for kind, table in HISTORY.items()}
    loose = sum(
        tx.scalar(select(func.count()).select_from(table).where(table.c.record.is_(None)))
        for table in (interactions, orders)
    )
    return {**found, "unattached": loose}


def _events(tx: Transaction, table: Table, records: Collection[int]) -> list[dict[str, Any]]:
    query = (
        select(table, streams.c.connector, streams.c.name.label("stream"), raw_records.c.source_id)
        .join(raw_records, raw_records.c.id == table.c.raw_id)
        .join(streams, streams.c.id == raw_records.c.stream_id)
        .where(tx.among(table.c.record, records))
        .order_by(table.c.at, table.c.raw_id)
    )
    return [dict(row._mapping) for row in tx.rows(query)]
