"""Keeps every choice of survivorship rules there was, and since when it was in force; no rebuild touches it."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import insert, select

from hub.store.session import Transaction
from hub.store.tables import survivorship_versions

__all__ = ["VersionRow", "note_version", "version_at", "version_rows"]


class VersionRow(NamedTuple):
    """One choice of rules."""

    number: int
    since: int
    """Microseconds since 1970, UTC."""
    choices: str


def note_version(tx: Transaction, choices: str, at: int) -> None:
    """Have these choices be in force, as a version of their own where they differ from those before."""
    newest = select(survivorship_versions.c.choices).order_by(survivorship_versions.c.number.desc()).limit(1)
    if tx.scalar(newest) != choices:
        tx.execute(insert(survivorship_versions).values(since=at, choices=choices))


def version_rows(tx: Transaction) -> list[VersionRow]:
    """Every version, oldest first."""
    query = select(survivorship_versions).order_by(survivorship_versions.c.number)
    return [VersionRow(*row) for row in tx.rows(query)]


def version_at(tx: Transaction, moment: int) -> int | None:
    """The number of the version in force at a moment; ``None`` before versions were kept."""
    table = survivorship_versions.c
    query = select(table.number).where(table.since <= moment)
    return tx.scalar(query.order_by(table.number.desc()).limit(1))
