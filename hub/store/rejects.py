"""Keeps what was set aside: each record refused, as it was read, with the reason."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from hub.store.session import Transaction
from hub.store.tables import rejects, streams

__all__ = ["Refused", "list_rejects", "refuse"]


@dataclass(frozen=True, slots=True)
class Refused:
    """One record set aside: the reason, and what was read, as it was."""

    reason: str
    raw: str
    source_id: str
    digest: str
    """Names the same thing refused for the same reason."""


def refuse(tx: Transaction, stream_id: int, run_id: int, refused: Iterable[Refused], now: int) -> None:
    """Keep what was set aside; the same thing refused again for the same reason is kept once."""
    fresh = {one.digest: one for one in refused}
    if not fresh:
        return
    known = select(rejects.c.digest).where(
        rejects.c.stream_id == stream_id, tx.among(rejects.c.digest, list(fresh))
    )
    for row in tx.rows(known):
        del fresh[row.digest]
    tx.insert(
        rejects,
        ("stream_id", "digest", "source_id", "reason", "raw", "run_id", "at"),
        [(stream_id, one.digest, one.source_id, one.reason, one.raw, run_id, now) for one in fresh.values()],
    )


def list_rejects(
    tx: Transaction, connectors: Collection[str] = (), limit: int = 100, run_id: int | None = None
) -> list[dict[str, Any]]:
    """The newest rejects with where they came from; those of one run first refused in it."""
    query = (
        select(
            rejects.c.id,
            streams.c.connector,
            streams.c.name.label("stream"),
            rejects.c.source_id,
            rejects.c.reason,
            rejects.c.raw,
            rejects.c.at,
            rejects.c.run_id,
        )
        .join(streams, streams.c.id == rejects.c.stream_id)
        .order_by(rejects.c.id.desc())
        .limit(limit)
    )
    if connectors:
        query = query.where(streams.c.connector.in_(list(connectors)))
    if run_id is not None:
        query = query.where(rejects.c.run_id == run_id)
    return [dict(row._mapping) for row in tx.rows(query)]
