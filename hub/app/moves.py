"""Tells how the ids of customers move when what is shown changes: merge, split, move, gone, back.

An id is a record's own, so what became of it is where that record is now. *merge*: the id leads to the
customer that shows another. *split*: records it had show an id of their own. *move*: records it had are
with a customer that was there already, and both go on. *gone*: none of its records is left. *back*: they
came again. A customer that is shown for the first time is no event.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from hub.store.events import Move, returned
from hub.store.identity import anchors_of, clusters_of, heirs_of
from hub.store.profiles import CustomerRow
from hub.store.session import Transaction

__all__ = ["moves", "returns"]


def moves(tx: Transaction, replaced: Sequence[CustomerRow], fresh: Mapping[int, CustomerRow]) -> list[Move]:
    """What became of the ids of replaced customers; ``fresh`` are the customers drawn anew, by cluster."""
    before = {row.anchor: row.records for row in replaced if not _stays(row, fresh.get(row.cluster))}
    if not before:
        return []
    home = clusters_of(tx, [record for its in before.values() for record in its])
    labels = set(home.values())
    shown = {label: fresh[label].anchor for label in labels & fresh.keys()}
    shown |= anchors_of(tx, labels - fresh.keys())
    return [
        move
        for was, records in sorted(before.items())
        for move in _of_one(was, records, _now(tx, was, home, shown), home, shown)
    ]


def returns(tx: Transaction, fresh: Collection[CustomerRow]) -> list[Move]:
    """The ids that were gone and lead to one of these customers, shown for the first time or again."""
    shown = {row.cluster: row.anchor for row in fresh}
    back = returned(tx, list(shown))
    home = clusters_of(tx, back)
    return [("back", record, shown[home[record]]) for record in back]


def _stays(row: CustomerRow, other: CustomerRow | None) -> bool:
    """Whether a customer shows the id it showed and has lost no record, as most that change."""
    return other is not None and row.anchor == other.anchor and set(row.records) <= set(other.records)


def _of_one(
    was: int, records: Collection[int], now: int | None, home: Mapping[int, int], shown: Mapping[int, int]
) -> list[Move]:
    found: list[Move] = []
    if now is None:
        found.append(("gone", was, None))
    elif now != was:
        found.append(("merge", was, now))
    others = {shown[home[record]] for record in records if record in home and home[record] in shown}
    mine = set(records)
    for other in sorted(others - {was, now}):
        found.append(("split" if other in mine else "move", was, other))
    return found


def _now(tx: Transaction, was: int, home: Mapping[int, int], shown: Mapping[int, int]) -> int | None:
    """The id shown where an id leads now; ``None`` when it leads nowhere."""
    seen: set[int] = set()
    record: int | None = was
    while record is not None and record not in seen:
        seen.add(record)
        label = home.get(record) if record in home else clusters_of(tx, [record]).get(record)
        if label is not None:
            return shown[label] if label in shown else anchors_of(tx, [label]).get(label)
        record = heirs_of(tx, [record]).get(record)
    return None
