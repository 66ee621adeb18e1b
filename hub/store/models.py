"""Keeps the workspace's trained match models; the newest is in force, the older ones stay to go back to."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select

from hub.store.session import Transaction
from hub.store.tables import match_models

__all__ = ["list_models", "newest_model", "save_model"]


def newest_model(tx: Transaction) -> str:
    """The body of the model in force; empty when the shipped default is."""
    return tx.scalar(select(match_models.c.body).order_by(match_models.c.id.desc()).limit(1)) or ""


def save_model(tx: Transaction, version: str, body: str, at: int) -> None:
    """Put a model in force."""
    tx.execute(insert(match_models).values(version=version, body=body, at=at))


def list_models(tx: Transaction) -> list[dict[str, Any]]:
    """Versions and times of the trained models, newest first."""
    query = select(match_models.c.version, match_models.c.at).order_by(match_models.c.id.desc())
    return [dict(row._mapping) for row in tx.rows(query)]
