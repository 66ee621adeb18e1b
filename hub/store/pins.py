"""Lets go of pinned values."""

from __future__ import annotations

from collections.abc import Collection

from hub.store.session import Transaction
from hub.store.tables import pins

__all__ = ["unpin"]


def unpin(tx: Transaction, records: Collection[int], field: str) -> None:
    """Forget what a field was held at by a pin on any of the records."""
    tx.execute(pins.delete().where(tx.among(pins.c.record, records), pins.c.field == field))
