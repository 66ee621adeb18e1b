"""Finds the customer an id leads to, and the record a name means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.core.model import key_of_public_id, public_id, record_key
from hub.errors import ConfigError, NotFound
from hub.store.identity import clusters_of, first_seen_of, heirs_of, source_rows
from hub.store.landing import raw_of
from hub.store.profiles import CustomerRow, MemberRow, customer_rows, member_rows
from hub.store.session import Transaction

__all__ = [
    "customer",
    "customer_named",
    "member_name",
    "members_named",
    "missing",
    "record_named",
    "source_name",
]


def customer(tx: Transaction, customer_id: str) -> CustomerRow:
    """The customer that any id ever shown leads to."""
    key = key_of_public_id(customer_id)
    seen: set[int] = set()
    while key is not None and key not in seen:
        seen.add(key)
        home = clusters_of(tx, [key])
        if home:
            rows = customer_rows(tx, [home[key]])
            if rows:
                return rows[home[key]]
            break
        key = heirs_of(tx, [key]).get(key)
    raise missing(customer_id, known=bool(first_seen_of(tx, list(seen))))


def missing(customer_id: str, *, known: bool) -> NotFound:
    """That an id leads to nobody: gone when it was ``known``, else never given out."""
    return NotFound(
        f"customer {customer_id} is gone" if known else f"there is no customer {customer_id}",
        cause="all its records were deleted in their sources" if known else "a mistyped id",
        step="look it up with: hub customers search NAME",
    )


def customer_named(tx: Transaction, name: str) -> CustomerRow:
    """The customer an id leads to, or the one a record named ``connector/stream/id`` is of."""
    return customer(tx, public_id(record_named(tx, name)) if "/" in name else name)


def record_named(tx: Transaction, name: str) -> int:
    """The key of a record named ``connector/stream/source id``, or by its permanent id."""
    key = key_of_public_id(name)
    if key is not None and source_rows(tx, [key]):
        return key
    parts = name.split("/", 2)
    if len(parts) == 3:
        key = record_key(*parts)
        if source_rows(tx, [key]):
            return key
        if raw_of(tx, *parts) is not None:
            raise ConfigError(f"{name} is not a customer record", step="name a record of a customer stream")
    raise NotFound(
        f"there is no record {name}",
        cause="a record is named connector/stream/source-id, or by its own permanent id",
        step="see a customer's records with: hub customers show ID",
    )


def members_named(tx: Transaction, name: str) -> list[MemberRow]:
    """The one record a name means, or all records of a customer."""
    if "/" in name:
        record = record_named(tx, name)
        home = clusters_of(tx, [record])
        return [member for member in member_rows(tx, list(home.values())) if member.record == record]
    return member_rows(tx, [customer(tx, name).cluster])


def member_name(member: MemberRow) -> str:
    """A source record as people name it."""
    return public_id(member.record) if member.raw_id is None else source_name(member._asdict())


def source_name(row: Mapping[str, Any]) -> str:
    """A raw record as people name it."""
    return f"{row['connector']}/{row['stream']}/{row['source_id']}"
