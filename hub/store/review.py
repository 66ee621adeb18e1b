"""Reads what waits for a person's judgement, and what was judged."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import exists, select

from hub.store.session import Transaction
from hub.store.tables import clusters, customers, edges, judgement_sides, judgements

__all__ = ["each_open_pair", "judged_sides", "judgement_row", "split_sames"]


def each_open_pair(tx: Transaction) -> Iterator[tuple[int, int, int, int, int]]:
    """Pairs alike enough to ask about whose records are two customers: weight, records, clusters.

    The heaviest first. Pairs that a judgement keeps apart have been asked about already.
    """
    one, other = clusters.alias("one"), clusters.alias("other")
    left, right = judgement_sides.alias("left_side"), judgement_sides.alias("right_side")
    judged = exists(
        select(judgements.c.id)
        .join(left, left.c.judgement_id == judgements.c.id)
        .join(right, right.c.judgement_id == judgements.c.id)
        .where(
            judgements.c.verdict == "apart",
            judgements.c.retracted_at.is_(None),
            left.c.record == edges.c.a,
            right.c.record == edges.c.b,
            left.c.side != right.c.side,
        )
    )
    query = (
        select(edges.c.weight, edges.c.a, edges.c.b, one.c.cluster, other.c.cluster)
        .join(one, one.c.record == edges.c.a)
        .join(other, other.c.record == edges.c.b)
        .where(
            edges.c.a < edges.c.b,
            one.c.cluster != other.c.cluster,
            one.c.cluster.in_(select(customers.c.cluster)),
            other.c.cluster.in_(select(customers.c.cluster)),
            ~judged,
        )
        .order_by(edges.c.weight.desc(), edges.c.a, edges.c.b)
    )
    for row in tx.rows(query):
        yield tuple(row)


def split_sames(tx: Transaction) -> list[tuple[int, int, int]]:
    """Judgements *same* in force whose sides are two customers nevertheless: judgement, record, record."""
    left, right = judgement_sides.alias("left_side"), judgement_sides.alias("right_side")
    one, other = clusters.alias("one"), clusters.alias("other")
    query = (
        select(judgements.c.id, left.c.record, right.c.record)
        .join(left, (left.c.judgement_id == judgements.c.id) & (left.c.side == 0))
        .join(right, (right.c.judgement_id == judgements.c.id) & (right.c.side == 1))
        .join(one, one.c.record == left.c.record)
        .join(other, other.c.record == right.c.record)
        .where(
            judgements.c.verdict == "same",
            judgements.c.retracted_at.is_(None),
            one.c.cluster != other.c.cluster,
        )
        .order_by(judgements.c.id.desc(), left.c.record, right.c.record)
    )
    first: dict[int, tuple[int, int, int]] = {}
    for row in tx.rows(query):
        first.setdefault(row[0], tuple(row))
    return list(first.values())


def judged_sides(tx: Transaction, numbers: Collection[int]) -> dict[int, list[tuple[int, int]]]:
    """The records of judgements and the side of each."""
    query = select(judgement_sides).where(tx.among(judgement_sides.c.judgement_id, numbers))
    found: dict[int, list[tuple[int, int]]] = {number: [] for number in numbers}
    for row in tx.rows(query.order_by(judgement_sides.c.side, judgement_sides.c.record)):
        found[row.judgement_id].append((row.record, row.side))
    return found


def judgement_row(tx: Transaction, number: int) -> dict[str, Any] | None:
    """One judgement, or ``None``."""
    row = tx.execute(select(judgements).where(judgements.c.id == number)).first()
    return None if row is None else dict(row._mapping)
