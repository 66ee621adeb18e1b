"""A pair that waits, as a person sees it: both records side by side, and why it waits."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from hub.app.review.reasons import reasons
from hub.app.review.waiting import Waiting, worths
from hub.core.match import Matcher
from hub.core.model import public_id
from hub.store.identity import clusters_of
from hub.store.profiles import MemberRow, customer_rows, member_rows
from hub.store.review import orders_behind
from hub.store.session import Transaction

__all__ = ["OpenPair", "Side", "names_of", "open_pairs"]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: its record as landed, and the customer it belongs to."""

    customer_id: str
    name: str
    records: int
    orders: int
    record: str
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class OpenPair:
    """Two customers that may be one, and why the hub asks.

    ``weight`` is that of their most alike records, in bits; none where judgements contradict each other.
    """

    why: str
    because: str
    weight: float | None
    worth: float
    """What a decision is worth: nearness to the threshold, times the records and orders of both."""
    one: Side
    other: Side
    rivals: tuple[str, ...] = ()
    """Other customers between which it is too close to call."""


def open_pairs(tx: Transaction, matcher: Matcher, waiting: Collection[Waiting]) -> list[OpenPair]:
    """Those that wait, in the order given."""
    told, worth = reasons(tx, matcher, waiting), worths(tx, matcher, waiting)
    sides = _sides(tx, {record for one in waiting for record in (one.a, one.b)})
    rivals = customer_rows(tx, {label for reason in told.values() for label in reason.rivals})
    found: list[OpenPair] = []
    for one in waiting:
        if one.a in sides and one.b in sides:
            reason = told[one.a, one.b]
            found.append(
                OpenPair(
                    reason.why,
                    reason.because,
                    None if one.weight is None else one.weight / 100,
                    round(worth[one.both], 1),
                    sides[one.a],
                    sides[one.b],
                    tuple(rivals[label].customer_id for label in reason.rivals if label in rivals),
                )
            )
    return found


def names_of(tx: Transaction, records: Collection[int]) -> dict[int, str]:
    """What records are called: connector/stream/id, or their own id."""
    home = clusters_of(tx, records)
    members = member_rows(tx, set(home.values()))
    return {member.record: _name(member) for member in members if member.record in home}


def _sides(tx: Transaction, records: Collection[int]) -> dict[int, Side]:
    home = clusters_of(tx, records)
    labels = set(home.values())
    rows, bought = customer_rows(tx, labels), orders_behind(tx, labels)
    described = {member.record: member for member in member_rows(tx, labels) if member.record in home}
    return {
        record: Side(
            rows[home[record]].customer_id, rows[home[record]].name, rows[home[record]].members,
            bought.get(home[record], 0), _name(member), _known(member.fields),
        )
        for record, member in described.items()
        if home[record] in rows
    }  # fmt: skip


def _name(member: MemberRow) -> str:
    if member.raw_id is None:
        return public_id(member.record)
    return f"{member.connector}/{member.stream}/{member.source_id}"


def _known(fields: str) -> dict[str, Any]:
    return {
        name: value
        for name, value in json.loads(fields).items()
        if name not in ("id", "modified_at") and value
    }
