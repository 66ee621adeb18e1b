"""Counts what hangs on the records of clusters."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select

from hub.store.session import Transaction
from hub.store.tables import clusters, interactions, orders

__all__ = ["interactions_and_orders"]


def interactions_and_orders(tx: Transaction, labels: Collection[int]) -> dict[int, tuple[int, int]]:
    """How many interactions and orders the records of each cluster have."""
    found: dict[int, tuple[int, int]] = dict.fromkeys(labels, (0, 0))
    for place, table in enumerate((interactions, orders)):
        query = (
            select(clusters.c.cluster, func.count())
            .join(table, table.c.record == clusters.c.record)
            .where(tx.among(clusters.c.cluster, labels))
            .group_by(clusters.c.cluster)
        )
        for label, count in tx.rows(query):
            one, other = found[label]
            found[label] = (count, other) if place == 0 else (one, count)
    return found
