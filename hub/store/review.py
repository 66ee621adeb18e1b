"""Reads what waits for a person's judgement, and what was judged or put off."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, exists, func, insert, or_, select, tuple_

from hub.store.session import Transaction
from hub.store.tables import (
    clusters,
    customers,
    edges,
    identity_events,
    judgement_sides,
    judgements,
    orders,
    skips,
)

__all__ = [
    "OpenEdge",
    "Skip",
    "each_open_pair",
    "judged_sides",
    "kept_apart",
    "orders_behind",
    "past_splits",
    "put_skip",
    "skips_in_force",
    "split_sames",
]

PAGE = 2_000
"""Pairs read at a time: each page looks through all edges and keeps the heaviest that come after the last."""


class OpenEdge(NamedTuple):
    """Two records that may be one customer and are two, with the clusters they are of."""

    weight: int
    a: int
    b: int
    left: int
    right: int


class Skip(NamedTuple):
    """What was on the table when a pair was put off."""

    weight: int | None
    content: str
    """Names all the records of the two customers, and what they said."""


def each_open_pair(tx: Transaction) -> Iterator[OpenEdge]:
    """Pairs alike enough to ask about whose records are two customers, the heaviest first.

    Pairs that a judgement keeps apart have been asked about already.
    """
    last: OpenEdge | None = None
    apart = tx.scalar(select(judgements.c.id).where(_in_force("apart")).limit(1)) is not None
    while True:
        page = [OpenEdge._make(row) for row in tx.rows(_page(apart, last))]
        drawn = _customers_among(tx, {label for edge in page for label in (edge.left, edge.right)})
        yield from (edge for edge in page if edge.left in drawn and edge.right in drawn)
        if len(page) < PAGE:
            return
        last = page[-1]


def _page(apart: bool, last: OpenEdge | None) -> Any:
    one, other = clusters.alias("one"), clusters.alias("other")
    query = (
        select(edges.c.weight, edges.c.a, edges.c.b, one.c.cluster, other.c.cluster)
        .join(one, one.c.record == edges.c.a)
        .join(other, other.c.record == edges.c.b)
        .where(
            edges.c.a < edges.c.b,
            one.c.cluster != other.c.cluster,
        )
        .order_by(edges.c.weight.desc(), edges.c.a, edges.c.b)
        .limit(PAGE)
    )
    if apart:
        query = query.where(~_judged_apart())
    if last is not None:
        later = tuple_(edges.c.a, edges.c.b) > tuple_(last.a, last.b)
        query = query.where(or_(edges.c.weight < last.weight, and_(edges.c.weight == last.weight, later)))
    return query


def _customers_among(tx: Transaction, labels: Collection[int]) -> set[int]:
    """Which clusters are customers; others are of records that may make none."""
    query = select(customers.c.cluster).where(tx.among(customers.c.cluster, labels))
    return {row.cluster for row in tx.rows(query)}


def _judged_apart() -> ColumnElement[bool]:
    """Whether a judgement has the two records of an edge on different sides."""
    left, right = judgement_sides.alias("left_side"), judgement_sides.alias("right_side")
    return exists(
        select(judgements.c.id)
        .join(left, left.c.judgement_id == judgements.c.id)
        .join(right, right.c.judgement_id == judgements.c.id)
        .where(
            _in_force("apart"),
            left.c.record == edges.c.a,
            right.c.record == edges.c.b,
            left.c.side != right.c.side,
        )
    )


def _in_force(verdict: str) -> ColumnElement[bool]:
    return and_(judgements.c.verdict == verdict, judgements.c.retracted_at.is_(None))


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
        .where(_in_force("same"), one.c.cluster != other.c.cluster)
        .order_by(judgements.c.id.desc(), left.c.record, right.c.record)
    )
    first: dict[int, tuple[int, int, int]] = {}
    for row in tx.rows(query):
        first.setdefault(row[0], tuple(row))
    return list(first.values())


def kept_apart(tx: Transaction) -> set[frozenset[int]]:
    """Every two clusters that a judgement in force keeps apart."""
    query = (
        select(judgement_sides.c.judgement_id, judgement_sides.c.side, clusters.c.cluster)
        .join(judgements, judgements.c.id == judgement_sides.c.judgement_id)
        .join(clusters, clusters.c.record == judgement_sides.c.record)
        .where(_in_force("apart"))
        .distinct()
    )
    sides: dict[int, dict[int, set[int]]] = {}
    for number, side, label in tx.rows(query):
        sides.setdefault(number, {}).setdefault(side, set()).add(label)
    return {
        frozenset((one, other))
        for its in sides.values()
        for one in its.get(0, ())
        for other in its.get(1, ())
        if one != other
    }


def past_splits(tx: Transaction, most: int) -> dict[frozenset[int], tuple[int, int]]:
    """Every two clusters that came of one because data changed, not because somebody said so.

    With the records whose ids they showed then; of the newest ``most`` splits.
    """
    was, now = clusters.alias("was"), clusters.alias("now")
    query = (
        select(identity_events.c.was, identity_events.c.now, was.c.cluster, now.c.cluster)
        .join(was, was.c.record == identity_events.c.was)
        .join(now, now.c.record == identity_events.c.now)
        .where(
            identity_events.c.kind == "split",
            identity_events.c.cause == "data",
            was.c.cluster != now.c.cluster,
        )
        .order_by(identity_events.c.seq.desc())
        .limit(most)
    )
    found: dict[frozenset[int], tuple[int, int]] = {}
    for a, b, left, right in tx.rows(query):
        found.setdefault(frozenset((left, right)), (a, b))
    return found


def orders_behind(tx: Transaction, labels: Collection[int]) -> dict[int, int]:
    """How many orders the customers of these clusters have; none of them is left out."""
    query = (
        select(clusters.c.cluster, func.count())
        .join(orders, orders.c.record == clusters.c.record)
        .where(tx.among(clusters.c.cluster, labels))
        .group_by(clusters.c.cluster)
    )
    return {row[0]: row[1] for row in tx.rows(query)}


def judged_sides(tx: Transaction, numbers: Collection[int]) -> dict[int, list[tuple[int, int]]]:
    """The records of judgements, and of pairs put off, and the side of each."""
    query = select(judgement_sides).where(tx.among(judgement_sides.c.judgement_id, numbers))
    found: dict[int, list[tuple[int, int]]] = {number: [] for number in numbers}
    for row in tx.rows(query.order_by(judgement_sides.c.side, judgement_sides.c.record)):
        found[row.judgement_id].append((row.record, row.side))
    for row in tx.rows(select(skips).where(tx.among(skips.c.judgement_id, numbers))):
        found[row.judgement_id] += [(row.a, 0), (row.b, 1)]
    return found


def put_skip(tx: Transaction, a: int, b: int, skip: Skip, *, author: str, reason: str, at: int) -> int:
    """Put a pair of records off; the number it is listed under."""
    number = tx.execute(
        insert(judgements)
        .values(verdict="skip", author=author, reason=reason, at=at)
        .returning(judgements.c.id)
    ).scalar_one()
    tx.insert(skips, ("judgement_id", "a", "b", "weight", "content"), [(number, a, b, *skip)])
    return number


def skips_in_force(tx: Transaction) -> dict[tuple[int, int], list[Skip]]:
    """What was put off and not taken back, by the two records."""
    query = (
        select(skips.c.a, skips.c.b, skips.c.weight, skips.c.content)
        .join(judgements, judgements.c.id == skips.c.judgement_id)
        .where(judgements.c.retracted_at.is_(None))
    )
    found: dict[tuple[int, int], list[Skip]] = {}
    for a, b, *rest in tx.rows(query):
        found.setdefault((a, b), []).append(Skip._make(rest))
    return found
