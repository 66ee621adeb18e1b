"""Keeps pins: what people hold fields of a profile at, whatever sources say."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from hub.store.query import Query
from hub.store.session import Transaction
from hub.store.tables import pins

__all__ = ["pin", "pins_of", "unpin"]


def pin(tx: Transaction, record: int, field: str, value: str, *, author: str, at: int) -> None:
    """Hold a profile field at a value, whatever sources say."""
    tx.upsert(pins, ("record", "field", "value", "author", "at"), [(record, field, value, author, at)])


def pins_of(tx: Transaction, records: Collection[int]) -> dict[int, dict[str, str]]:
    """Pinned values by record, oldest first, so that a later pin overwrites an earlier one."""
    if not records or _ANY_PIN.one(tx) is None:
        return {}
    found: dict[int, dict[str, str]] = {}
    for record, field, value in _PINS.rows(tx, records=records):
        found.setdefault(record, {})[field] = value
    return found


_ANY_PIN = Query(lambda among: select(pins.c.record).limit(1))
_PINS = Query(
    lambda among: (
        select(pins.c.record, pins.c.field, pins.c.value)
        .where(among(pins.c.record, "records"))
        .order_by(pins.c.at)
    )
)


def unpin(tx: Transaction, records: Collection[int], field: str) -> None:
    """Forget what a field was held at by a pin on any of the records."""
    tx.execute(pins.delete().where(tx.among(pins.c.record, records), pins.c.field == field))
