"""Keeps what derived rows are behind, so that a long resolution that stops goes on where it stopped."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import bindparam, delete, func, literal, select, union

from hub.store.query import Query
from hub.store.session import Transaction
from hub.store.tables import clusters, leases, meta, pending, source_records, unmatched, unshown

__all__ = [
    "Outlook",
    "all_unmatched",
    "among_unmatched",
    "is_none_matched",
    "matched",
    "note_none_matched",
    "note_unmatched",
    "note_unshown",
    "outlook",
    "shown",
    "some_unmatched",
    "some_unshown",
    "spell_out_unmatched",
    "unmatched_count",
    "unshown_count",
]


NONE_MATCHED = "none matched"
"""What ``meta`` has while no source record has keys, edges or a cluster: as long as a first resolution reads."""


class Outlook(NamedTuple):
    """What a resolution asks before it begins."""

    pending: int
    """Raw records that wait to be resolved."""
    unmatched: int
    """Source records noted as unmatched, and one when all are."""
    unshown: int
    remembered: str | None
    leased: bool
    """Whether a lease is held, or was by one that died."""


def outlook(tx: Transaction, remembered: str, lease: str) -> Outlook:
    """How much there is to do, what is ``remembered`` under that name, and about the ``lease``; in one statement."""
    return Outlook._make(_OUTLOOK.one(tx, remembered=remembered, lease=lease))


_OUTLOOK = Query(
    lambda among: select(
        select(func.count(pending.c.raw_id.distinct())).scalar_subquery(),
        select(func.count()).select_from(unmatched).scalar_subquery()
        + select(func.count()).select_from(meta).where(meta.c.name == NONE_MATCHED).scalar_subquery(),
        select(func.count()).select_from(unshown).scalar_subquery(),
        select(meta.c.value).where(meta.c.name == bindparam("remembered", "")).scalar_subquery(),
        select(func.count())
        .select_from(leases)
        .where(leases.c.name == bindparam("lease", ""))
        .scalar_subquery(),
    )
)


def note_unmatched(tx: Transaction, before: Mapping[int, str]) -> None:
    """Note source records whose content changed, with the content their keys were made of; the oldest stays."""
    tx.add(unmatched, ("record", "before"), sorted(before.items()))


def note_none_matched(tx: Transaction) -> None:
    """Note all source records that there are, and those to come: where none is matched, none need be named."""
    tx.add(meta, ("name", "value"), [(NONE_MATCHED, "")])


def is_none_matched(tx: Transaction) -> bool:
    """Whether all source records are noted, whatever their names."""
    return _NONE_MATCHED.one(tx) is not None


_NONE_MATCHED = Query(lambda among: select(meta.c.name).where(meta.c.name == NONE_MATCHED))


def spell_out_unmatched(tx: Transaction) -> None:
    """Note all source records by name where they are noted as a whole."""
    if is_none_matched(tx):
        noted = select(unmatched.c.record)
        # a judgement may have put some into clusters meanwhile
        every = union(select(source_records.c.record), select(clusters.c.record)).subquery()
        fresh = select(every.c.record, literal("")).where(every.c.record.not_in(noted))
        tx.execute(unmatched.insert().from_select(["record", "before"], fresh))
        tx.execute(_SOME_MATCHED)


_SOME_MATCHED = delete(meta).where(meta.c.name == NONE_MATCHED)


def some_unmatched(tx: Transaction, most: int) -> dict[int, str]:
    """At most ``most`` of them, by intrinsic key, each with its content before; empty for a new record."""
    query = select(unmatched).order_by(unmatched.c.record).limit(most)
    return {row.record: row.before for row in tx.rows(query)}


def all_unmatched(tx: Transaction) -> set[int]:
    """All of them, without their content; where none is matched, only such as are in a cluster all the same."""
    table = clusters if is_none_matched(tx) else unmatched
    return {record for (record,) in tx.rows(select(table.c.record))}


def among_unmatched(tx: Transaction, records: Collection[int]) -> set[int]:
    """Those of the records whose keys, edges and clusters are behind their content."""
    if not records or is_none_matched(tx):
        return set(records)
    return {record for (record,) in _AMONG.rows(tx, records=records)}


_AMONG = Query(lambda among: select(unmatched.c.record).where(among(unmatched.c.record, "records")))


def unmatched_count(tx: Transaction) -> int:
    """How many records' keys, edges and clusters are behind their content."""
    noted, records = _UNMATCHED.one(tx)
    return noted + records


def matched(tx: Transaction, records: Collection[int] | None = None) -> None:
    """Forget these, or all: their keys, edges and clusters are up to date."""
    if records is None:
        tx.execute(unmatched.delete())
        tx.execute(_SOME_MATCHED)
    else:
        tx.delete(unmatched, ("record",), [(record,) for record in records])


def note_unshown(tx: Transaction, labels: Collection[int]) -> None:
    """Note clusters whose customer is behind their records."""
    tx.upsert(unshown, ("cluster",), [(label,) for label in sorted(labels)])


def some_unshown(tx: Transaction, most: int) -> list[int]:
    """At most ``most`` of them, in order."""
    query = select(unshown.c.cluster).order_by(unshown.c.cluster).limit(most)
    return [row.cluster for row in tx.rows(query)]


def unshown_count(tx: Transaction) -> int:
    """How many customers are behind their records."""
    return _UNSHOWN.one(tx)[0]


def shown(tx: Transaction, labels: Collection[int]) -> None:
    """Forget these: their customers are up to date."""
    tx.delete(unshown, ("cluster",), [(label,) for label in labels])


_UNMATCHED = Query(
    lambda among: select(
        select(func.count()).select_from(unmatched).scalar_subquery(),
        select(func.count())
        .select_from(source_records)
        .where(select(meta.c.name).where(meta.c.name == NONE_MATCHED).exists())
        .scalar_subquery(),
    )
)
_UNSHOWN = Query(lambda among: select(func.count()).select_from(unshown))
