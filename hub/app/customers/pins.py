"""Pins fields of a customer's profile to what a person settled on, and lets them go again."""

from __future__ import annotations

import json
from typing import Any

from hub.app.clock import micros
from hub.app.customers.find import customer
from hub.app.resolve import Resolver
from hub.core.merge import check_pin
from hub.errors import ConfigError
from hub.store.identity import members_of
from hub.store.pins import pin, pins_of, unpin
from hub.store.session import Transaction

__all__ = ["hold", "let_go"]


def hold(tx: Transaction, resolver: Resolver, customer_id: str, field: str, value: Any, author: str) -> None:
    """Hold a field of a customer's profile at a value, whatever sources say."""
    check_pin(field, value)
    row = customer(tx, customer_id)
    pin(tx, row.anchor, field, json.dumps(value, ensure_ascii=False), author=author, at=micros())
    resolver.rejudge(tx, [row.anchor])


def let_go(tx: Transaction, resolver: Resolver, customer_id: str, field: str) -> Any:
    """Have a field say again what sources say; the value it was held at."""
    row = customer(tx, customer_id)
    members = members_of(tx, [row.cluster])[row.cluster]
    held = [its[field] for its in pins_of(tx, members).values() if field in its]
    if not held:
        raise ConfigError(
            f"{field} of {customer_id} is not pinned",
            where="hub customers unpin",
            step=f"see which rule chose each value with: hub customers show {customer_id}",
        )
    unpin(tx, members, field)
    resolver.rejudge(tx, members)
    return json.loads(held[-1])
