"""Reads what else a report counts and what it cost: interactions of a kind, the sales that refunds name, and spend."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from pydantic_core import from_json
from sqlalchemy import bindparam, select

from hub.store.query import Query
from hub.store.session import Transaction
from hub.store.tables import clusters, interactions, orders, raw_records, spend

__all__ = [
    "KIND_COLUMNS",
    "SPEND_COLUMNS",
    "interaction_kinds",
    "is_kind",
    "kind_rows",
    "refunded_orders",
    "spend_rows",
]

Row = Sequence[Any]

KIND_COLUMNS = ("conversion", "customer", "at", "value", "subject")
SPEND_COLUMNS = ("date", "channel", "source", "medium", "campaign", "amount", "currency")


def kind_rows(tx: Transaction, kind: str, customers: Collection[int] | None = None) -> list[Row]:
    """Every interaction of a kind with its customer, known or not, as rows of ``KIND_COLUMNS``."""
    if customers is None:
        return _KIND.rows(tx, kind=kind)
    return _KIND_OF.rows(tx, kind=kind, customers=customers)


_EVERY_ONE = (
    select(
        interactions.c.raw_id,
        clusters.c.cluster,
        interactions.c.at,
        interactions.c.value,
        interactions.c.subject,
    )
    .outerjoin(clusters, clusters.c.record == interactions.c.record)
    .where(interactions.c.kind == bindparam("kind", ""))
)
_KIND = Query(lambda among: _EVERY_ONE)
_KIND_OF = Query(lambda among: _EVERY_ONE.where(among(clusters.c.cluster, "customers")))


def is_kind(tx: Transaction, kind: str) -> bool:
    """Whether an interaction is of this kind."""
    return _SOME.one(tx, kind=kind) is not None


_SOME = Query(
    lambda among: select(interactions.c.raw_id).where(interactions.c.kind == bindparam("kind", "")).limit(1)
)


def interaction_kinds(tx: Transaction) -> list[str]:
    """The kinds interactions are of, in order."""
    return [kind for (kind,) in _KINDS.rows(tx)]


_KINDS = Query(lambda among: select(interactions.c.kind).distinct().order_by(interactions.c.kind))


def refunded_orders(tx: Transaction, customers: Collection[int] | None = None) -> dict[int, int]:
    """Refunds that name the order they take back from: both by their raw records.

    An order of a negative amount does so by ``refund_of``, its own field or a custom one: the id of an
    order of the same stream.
    """
    query = (
        select(orders.c.raw_id, raw_records.c.body, raw_records.c.stream_id)
        .join(raw_records, raw_records.c.id == orders.c.raw_id)
        .where(orders.c.amount < 0)
    )
    if customers is not None:
        mine = tx.among(clusters.c.cluster, customers)
        query = query.join(clusters, clusters.c.record == orders.c.record).where(mine)
    told: dict[int, dict[str, list[int]]] = {}
    for raw_id, body, stream in tx.rows(query):
        fields: dict[str, Any] = from_json(body)
        named = fields.get("refund_of") or (fields.get("custom") or {}).get("refund_of")
        if named:
            told.setdefault(stream, {}).setdefault(str(named), []).append(raw_id)
    found: dict[int, int] = {}
    for stream, refunds in told.items():
        ordered = select(raw_records.c.source_id, raw_records.c.id).where(
            raw_records.c.stream_id == stream, tx.among(raw_records.c.source_id, refunds)
        )
        for source_id, order in tx.rows(ordered):
            for refund in refunds[source_id]:
                found[refund] = order
    return found


def spend_rows(tx: Transaction) -> list[Row]:
    """Every spend row, as rows of ``SPEND_COLUMNS``."""
    return _SPEND.rows(tx)


_SPEND = Query(lambda among: select(*(spend.c[name] for name in SPEND_COLUMNS)))
