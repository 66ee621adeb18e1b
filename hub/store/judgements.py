"""Keeps judgements: who said which records are one customer, or are not, and what was taken back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import insert, select, update

from hub.core.model import Judgement, Verdict
from hub.store.query import Among, Query
from hub.store.session import Transaction
from hub.store.tables import judgement_sides, judgements

__all__ = [
    "are_judgements",
    "judge",
    "judgement_rows",
    "judgements_in_force",
    "judgements_of",
    "list_judgements",
    "restore",
    "retract",
    "said_at",
    "taken_back_at",
]


def judge(
    tx: Transaction, verdict: Verdict, sides: Mapping[int, int], *, author: str, reason: str, at: int
) -> int:
    """Write a judgement; returns its id."""
    number = tx.execute(
        insert(judgements)
        .values(verdict=verdict, author=author, reason=reason, at=at)
        .returning(judgements.c.id)
    ).scalar_one()
    rows = [(number, record, side) for record, side in sorted(sides.items())]
    tx.insert(judgement_sides, ("judgement_id", "record", "side"), rows)
    return number


def retract(tx: Transaction, numbers: Collection[int], at: int) -> None:
    """Take judgements back; they stay in the list, without effect."""
    tx.execute(
        update(judgements)
        .where(tx.among(judgements.c.id, numbers), judgements.c.retracted_at.is_(None))
        .values(retracted_at=at)
    )


def are_judgements(tx: Transaction) -> bool:
    """Whether anybody ever judged."""
    return _ANY_JUDGEMENT.one(tx) is not None


def judgements_of(tx: Transaction, records: Collection[int]) -> list[Judgement]:
    """The judgements in force that name one of ``records``, with all their sides."""
    if not records or not are_judgements(tx):
        return []
    heads: dict[int, tuple[Any, ...]] = {}
    sides: dict[int, list[tuple[int, int]]] = {}
    for number, verdict, author, reason, at, record, side in _NAMING.rows(tx, records=records):
        heads[number] = verdict, author, reason, at
        sides.setdefault(number, []).append((record, side))
    return [
        Judgement(number, verdict, tuple(sides[number]), author, reason, at)
        for number, (verdict, author, reason, at) in heads.items()
    ]


def _naming(among: Among) -> Any:
    named = select(judgement_sides.c.judgement_id).where(among(judgement_sides.c.record, "records"))
    said = (judgements.c.id, judgements.c.verdict, judgements.c.author, judgements.c.reason, judgements.c.at)
    return (
        select(*said, judgement_sides.c.record, judgement_sides.c.side)
        .join(judgement_sides, judgement_sides.c.judgement_id == judgements.c.id)
        .where(judgements.c.id.in_(named), judgements.c.retracted_at.is_(None))
        .order_by(judgements.c.id, judgement_sides.c.record)
    )


_ANY_JUDGEMENT = Query(lambda among: select(judgements.c.id).limit(1))
_NAMING = Query(_naming)


def judgements_in_force(tx: Transaction) -> list[Judgement]:
    """Every judgement that was not taken back."""
    named = select(judgement_sides.c.record).join(
        judgements, judgements.c.id == judgement_sides.c.judgement_id
    )
    records = {row.record for row in tx.rows(named.where(judgements.c.retracted_at.is_(None)))}
    return judgements_of(tx, records)


def list_judgements(tx: Transaction) -> list[dict[str, Any]]:
    """Every judgement ever made, newest first."""
    return [dict(row._mapping) for row in tx.rows(select(judgements).order_by(judgements.c.id.desc()))]


def judgement_rows(tx: Transaction, numbers: Collection[int]) -> dict[int, dict[str, Any]]:
    """The judgements of these numbers."""
    query = select(judgements).where(tx.among(judgements.c.id, numbers))
    return {row.id: dict(row._mapping) for row in tx.rows(query)}


def said_at(tx: Transaction, at: int) -> list[int]:
    """The judgements in force that were made at this very moment."""
    query = select(judgements.c.id).where(judgements.c.at == at, judgements.c.retracted_at.is_(None))
    return [row.id for row in tx.rows(query.order_by(judgements.c.id))]


def taken_back_at(tx: Transaction, at: int, *, but: str) -> list[int]:
    """The judgements of another verdict that were taken back at this very moment."""
    query = select(judgements.c.id).where(judgements.c.retracted_at == at, judgements.c.verdict != but)
    return [row.id for row in tx.rows(query.order_by(judgements.c.id))]


def restore(tx: Transaction, numbers: Collection[int]) -> None:
    """Put judgements that were taken back in force again."""
    tx.execute(update(judgements).where(tx.among(judgements.c.id, numbers)).values(retracted_at=None))
