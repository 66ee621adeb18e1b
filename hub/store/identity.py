"""Keeps source records, their blocking keys, edges and clusters."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from pydantic_core import from_json
from sqlalchemy import Select, func, insert, select, update

from hub.core.model import SourceRecord
from hub.store.columns import history_moved
from hub.store.query import Among, Query
from hub.store.session import Transaction
from hub.store.tables import (
    blocking_keys,
    clusters,
    customers,
    edges,
    history_columns,
    interactions,
    orders,
    record_ids,
    source_records,
    spend,
    stale_history,
    unmatched,
    unshown,
)

__all__ = [
    "SourceRow",
    "all_clusters",
    "all_records",
    "anchors_of",
    "batched",
    "clear_derived",
    "clusters_of",
    "contents",
    "contents_of",
    "edges_around",
    "edges_of",
    "first_seen_of",
    "heirs_of",
    "held_keys",
    "holders",
    "members_of",
    "mint",
    "note_heirs",
    "put_source_records",
    "replace_edges",
    "replace_keys",
    "sample_rows",
    "source_count",
    "source_rows",
    "write_clusters",
    "write_edges",
    "write_keys",
]

Edge = tuple[int, int, int]


class SourceRow(NamedTuple):
    """A source record as stored, column by column: whose it is, its normalized content, a party's own fields."""

    record: int
    raw_id: int | None
    stream_id: int
    makes_customer: bool
    content: str
    fields: str = ""


def source_rows(tx: Transaction, records: Collection[int]) -> dict[int, SourceRow]:
    """The stored source records among ``records``."""
    if not records:
        return {}
    return {
        record: SourceRow(record, raw_id, stream_id, bool(makes_customer), content, fields)
        for record, raw_id, stream_id, makes_customer, content, fields in _SOURCE_ROWS.rows(
            tx, records=records
        )
    }


_SOURCE_ROWS = Query(lambda among: select(source_records).where(among(source_records.c.record, "records")))


def contents_of(tx: Transaction, records: Collection[int]) -> dict[int, str]:
    """The normalized content of each stored source record among ``records``."""
    if not records:
        return {}
    return dict(_CONTENTS_OF.rows(tx, records=records))


_CONTENTS_OF = Query(
    lambda among: select(source_records.c.record, source_records.c.content).where(
        among(source_records.c.record, "records")
    )
)


def contents(tx: Transaction) -> Iterator[tuple[int, str]]:
    """Every source record with its normalized content, by intrinsic key."""
    yield from _CONTENTS.run(tx)


_CONTENTS = Query(
    lambda among: select(source_records.c.record, source_records.c.content).order_by(source_records.c.record)
)


def all_records(tx: Transaction) -> set[int]:
    """The intrinsic keys of all source records."""
    return {record for (record,) in _RECORDS.run(tx)}


_RECORDS = Query(lambda among: select(source_records.c.record))


def source_count(tx: Transaction) -> int:
    """How many source records there are."""
    return tx.scalar(select(func.count()).select_from(source_records))


def sample_rows(tx: Transaction, most: int) -> list[SourceRecord]:
    """At most ``most`` source records, by intrinsic key; keys are hashes, so these are a fair sample."""
    query = select(source_records.c.record, source_records.c.content).order_by(source_records.c.record)
    return [SourceRecord.load(row.record, row.content) for row in tx.rows(query.limit(most))]


def put_source_records(tx: Transaction, rows: Mapping[int, SourceRow | None]) -> None:
    """Write the rows, and remove those that are ``None``."""
    tx.upsert(source_records, SourceRow._fields, sorted(row for row in rows.values() if row))
    tx.delete(source_records, ("record",), [(record,) for record, row in rows.items() if row is None])


def holders(tx: Transaction, keys: Collection[int], limit_of: Callable[[int], int]) -> dict[int, set[int]]:
    """The records that hold each key; of a key over its limit only some, more than the limit.

    More than the limit says the key is generic; which ones they are says nothing.
    """
    if not keys:
        return {}
    groups: list[list[int]] = [[] for _ in (*_STEPS, "more")]
    most = _STEPS[-1]
    for key in keys:
        limit = limit_of(key)
        # a few more than the limit do no harm, and one statement for each limit would
        groups[bisect_left(_STEPS, limit)].append(key)
        most = max(most, limit)
    given: list[Any] = []
    for group, step in zip(groups, (*_STEPS, most), strict=True):
        if group:
            given += step + 1, tx.listed(group)
    statement = " UNION ALL ".join([_HOLDERS[tx.sqlite]] * (len(given) // 2))
    rows = tx.cursor().execute(statement, given).fetchall()
    return {key: set(from_json(held) if tx.sqlite else held) for key, held in rows}


_STEPS = (6, 15, 40, 200, 1_000)
"""Up to the highest limit that may be configured; what has more is held by few. Most keys over theirs have the lowest."""

_HOLDERS = {
    True: "SELECT k.value, (SELECT json_group_array(record) FROM (SELECT record FROM blocking_keys "
    "WHERE key = k.value LIMIT ?)) FROM json_each(?) k",
    False: "SELECT k.key, ARRAY(SELECT record FROM blocking_keys WHERE key = k.key LIMIT %s) "
    "FROM unnest(CAST(%s AS bigint[])) AS k(key)",
}
"""All holders of a key in one row: a row for each would be most of the work."""


def held_keys(tx: Transaction, pairs: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those among pairs of a key and a record that are stored."""
    if not pairs:
        return set()
    given = [tx.listed(pairs)] if tx.sqlite else [list(column) for column in zip(*pairs, strict=True)]
    return {(key, record) for key, record in tx.cursor().execute(_HELD[tx.sqlite], given).fetchall()}


_HELD = {
    True: "SELECT b.key, b.record FROM json_each(?) p CROSS JOIN blocking_keys b "
    "ON b.key = json_extract(p.value, '$[0]') AND b.record = json_extract(p.value, '$[1]')",
    False: "SELECT b.key, b.record FROM unnest(CAST(%s AS bigint[]), CAST(%s AS bigint[])) AS p(key, record) "
    "JOIN blocking_keys b USING (key, record)",
}


def write_keys(tx: Transaction, added: Iterable[tuple[int, int]], removed: Iterable[tuple[int, int]]) -> None:
    """Apply changes of ``(key, record)`` rows, in the index's own order."""
    tx.delete(blocking_keys, ("key", "record"), sorted(removed))
    tx.insert(blocking_keys, ("key", "record"), sorted(added))


def replace_keys(tx: Transaction, columns: Sequence[Any]) -> None:
    """Have these keys and the record of each, two arrays in order, be all there are."""
    tx.execute(blocking_keys.delete())
    tx.fill(blocking_keys, ("key", "record"), columns)


def replace_edges(tx: Transaction, columns: Sequence[Any]) -> None:
    """Have these edges be all there are: arrays of both ends and the weight, both directions of every pair, in order."""
    tx.execute(edges.delete())
    tx.fill(edges, ("a", "b", "weight"), columns)


def batched(rows: Iterable[tuple[Any, ...]], size: int = 10_000) -> Iterator[list[tuple[Any, ...]]]:
    """The rows in lists of at most ``size``, few enough for the room one list took to serve the next."""
    rest = iter(rows)
    while some := list(islice(rest, size)):
        yield some


def edges_of(tx: Transaction, records: Collection[int]) -> list[Edge]:
    """The stored edges that start at one of ``records``."""
    if not records:
        return []
    return _EDGES.rows(tx, records=records)


_EDGES = Query(lambda among: select(edges.c.a, edges.c.b, edges.c.weight).where(among(edges.c.a, "records")))


def edges_around(tx: Transaction, records: Collection[int]) -> list[Edge]:
    """The stored edges that some walk over edges from one of ``records`` reaches, each from both its ends."""
    near = edges_of(tx, records)
    beyond = {b for _, b, _ in near}.difference(records)
    # most pieces end there, and a walk costs twice as much as a look
    return near + _AROUND.rows(tx, records=beyond) if beyond else near


def _around(among: Among) -> Select[Any]:
    near = select(edges).where(among(edges.c.a, "records")).cte("near", recursive=True)
    return select(near.union(select(edges).join(near, edges.c.a == near.c.b)))


_AROUND = Query(_around)


def write_edges(
    tx: Transaction, put: Mapping[tuple[int, int], int], removed: Iterable[tuple[int, int]]
) -> None:
    """Write both directions of the pairs in ``put`` and remove both of those in ``removed``."""
    tx.delete(edges, ("a", "b"), [way for a, b in removed for way in ((a, b), (b, a))])
    tx.upsert(
        edges,
        ("a", "b", "weight"),
        sorted((*way, weight) for (a, b), weight in put.items() for way in ((a, b), (b, a))),
    )


def clusters_of(tx: Transaction, records: Collection[int]) -> dict[int, int]:
    """The cluster of each record that has one."""
    if not records:
        return {}
    return dict(_CLUSTERS.rows(tx, records=records))


_CLUSTERS = Query(
    lambda among: select(clusters.c.record, clusters.c.cluster).where(among(clusters.c.record, "records"))
)


def members_of(tx: Transaction, labels: Collection[int]) -> dict[int, list[int]]:
    """The records of each cluster, by intrinsic key."""
    if not labels:
        return {}
    query = select(clusters).where(tx.among(clusters.c.cluster, labels)).order_by(clusters.c.record)
    found: dict[int, list[int]] = {}
    for row in tx.rows(query):
        found.setdefault(row.cluster, []).append(row.record)
    return found


def all_clusters(tx: Transaction) -> list[tuple[int, int]]:
    """Every record and its cluster, by record."""
    query = select(clusters.c.record, clusters.c.cluster).order_by(clusters.c.record)
    return [(record, label) for record, label in tx.execute(query)]


def anchors_of(tx: Transaction, labels: Collection[int]) -> dict[int, int]:
    """The record whose id the customer of each cluster shows; none where no record may make one."""
    first: dict[int, tuple[int, int]] = {}
    for label, seen, record in _MAKERS.rows(tx, labels=labels) if labels else ():
        first[label] = min(first.get(label, (seen, record)), (seen, record))
    return {label: record for label, (_, record) in first.items()}


_MAKERS = Query(
    lambda among: (
        select(clusters.c.cluster, record_ids.c.first_seen, clusters.c.record)
        .join(source_records, source_records.c.record == clusters.c.record)
        .join(record_ids, record_ids.c.record == clusters.c.record)
        .where(among(clusters.c.cluster, "labels"), source_records.c.makes_customer)
    )
)


def write_clusters(tx: Transaction, labels: Mapping[int, int], gone: Collection[int]) -> None:
    """Write the changed rows, and remove those of records that are gone."""
    history_moved(tx, [*labels, *gone])
    tx.delete(clusters, ("record",), [(record,) for record in gone])
    tx.upsert(clusters, ("record", "cluster"), sorted(labels.items()))


def mint(tx: Transaction, seen: Mapping[int, int]) -> None:
    """Give records their permanent ids at first sight; those that have one keep it."""
    tx.add(record_ids, ("record", "first_seen"), sorted(seen.items()))


def first_seen_of(tx: Transaction, records: Collection[int]) -> dict[int, int]:
    """When each record's id was minted."""
    if not records:
        return {}
    return dict(_FIRST_SEEN.rows(tx, records=records))


_FIRST_SEEN = Query(
    lambda among: select(record_ids.c.record, record_ids.c.first_seen).where(
        among(record_ids.c.record, "records")
    )
)


def note_heirs(tx: Transaction, heirs: Mapping[int, int]) -> None:
    """Remember where the ids of vanished records lead."""
    for record, heir in heirs.items():
        tx.execute(update(record_ids).where(record_ids.c.record == record).values(heir=heir))


def heirs_of(tx: Transaction, records: Collection[int]) -> dict[int, int]:
    """Where the ids of vanished records lead."""
    query = select(record_ids.c.record, record_ids.c.heir).where(
        tx.among(record_ids.c.record, records), record_ids.c.heir.is_not(None)
    )
    return {row.record: row.heir for row in tx.rows(query)}


def clear_derived(tx: Transaction) -> None:
    """Empty everything right of landing, for a rebuild; ids once minted and judgements stay.

    Customers stay until they are drawn anew, so that what became of them can be told.
    """
    for table in (
        source_records, blocking_keys, edges, clusters, interactions, orders, spend, unmatched, unshown,
        history_columns, stale_history,
    ):  # fmt: skip
        tx.execute(table.delete())
    tx.execute(insert(unshown).from_select(["cluster"], select(customers.c.cluster)))
