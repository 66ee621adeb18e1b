"""Finds judgements, and those that one word of a person made and took back."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import select, update

from hub.store.session import Transaction
from hub.store.tables import judgements

__all__ = ["one_judgement", "restore", "said_at", "taken_back_at"]


def one_judgement(tx: Transaction, number: int) -> dict[str, Any] | None:
    """A judgement by its number, or ``None``."""
    row = tx.execute(select(judgements).where(judgements.c.id == number)).first()
    return None if row is None else dict(row._mapping)


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
