"""Brings before people the pairs the hub will not decide alone, and keeps what they decide.

A pair is open when it is alike enough to ask about and its records are two customers: because the
weight is below the link threshold (*possible*), or because something held the link back (*held
back*): a contradiction, or the size a cluster may have. A pair judged the same that a split keeps
apart is open too (*contradicting judgements*).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from hub.app.clock import as_datetime, iso, micros
from hub.app.customers import Customers
from hub.app.resolve import Resolved
from hub.core.model import public_id
from hub.errors import ConfigError
from hub.store.identity import clusters_of, list_judgements, retract
from hub.store.profiles import MemberRow, customer_rows, member_rows
from hub.store.review import each_open_pair, judged_sides, judgement_row, split_sames
from hub.store.session import Transaction

__all__ = ["OpenPair", "Review", "Side"]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: its record as landed, and the customer it belongs to."""

    customer_id: str
    name: str
    records: int
    record: str
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class OpenPair:
    """Two customers that may be one; ``weight`` is that of their most alike records, in bits."""

    why: str
    weight: float | None
    one: Side
    other: Side


@dataclass(frozen=True, slots=True)
class Review:
    """The verbs of ``hub review``."""

    customers: Customers

    def pairs(self, limit: int = 20) -> list[OpenPair]:
        """The open pairs, one for every two customers: contradicting judgements, then by falling weight."""
        with self.customers.store.read() as tx:
            found = list(self._open(tx, limit))
            sides = _sides(tx, {record for _, _, a, b in found for record in (a, b)})
        return [
            OpenPair(why, None if weight is None else weight / 100, sides[a], sides[b])
            for why, weight, a, b in found
            if a in sides and b in sides
        ]

    def same(
        self, one: str, other: str, *, author: str = "", reason: str = "", dry_run: bool = False
    ) -> tuple[str, Resolved]:
        """Judge a pair to be one customer; the id it shows from now on."""
        return self.customers.merge(one, other, author=author, reason=reason, dry_run=dry_run)

    def apart(self, one: str, other: str, *, author: str = "", reason: str = "") -> Resolved:
        """Judge a pair to be two customers, so that it is not asked about again."""
        return self.customers.keep_apart(one, other, author=author, reason=reason)

    def judgements(self) -> list[dict[str, Any]]:
        """Every judgement ever made, newest first, with the records of each side."""
        with self.customers.store.read() as tx:
            listed = list_judgements(tx)
            sides = judged_sides(tx, [one["id"] for one in listed])
            names = _names(tx, {record for its in sides.values() for record, _ in its})
        return [
            {
                "id": one["id"],
                "verdict": one["verdict"],
                "author": one["author"],
                "reason": one["reason"],
                "at": iso(as_datetime(one["at"])),
                "retracted_at": None
                if one["retracted_at"] is None
                else iso(as_datetime(one["retracted_at"])),
                "sides": [
                    [names.get(record, public_id(record)) for record, its in sides[one["id"]] if its == side]
                    for side in (0, 1)
                ],
            }
            for one in listed
        ]

    def retract(self, number: int) -> Resolved:
        """Take a judgement back: all is as if it had never been made, and it stays in the list."""
        with self.customers.store.write() as tx:
            found = judgement_row(tx, number)
            if found is None or found["retracted_at"] is not None:
                raise ConfigError(
                    f"there is no judgement {number}"
                    if found is None
                    else f"{number} was taken back already",
                    where="hub review retract",
                    step="see the judgements with: hub review list",
                )
            records = [record for record, _ in judged_sides(tx, [number])[number]]
            retract(tx, [number], micros())
            return self.customers.resolver.rejudge(tx, records)

    def _open(self, tx: Transaction, limit: int) -> Iterator[tuple[str, int | None, int, int]]:
        """Why, weight and records of the open pairs."""
        seen: set[frozenset[int]] = set()
        link = self.customers.matcher.model.link
        judged = split_sames(tx)
        home = clusters_of(tx, [record for _, a, b in judged for record in (a, b)])
        contradicting = ((None, a, b, home[a], home[b]) for _, a, b in judged)
        for weight, a, b, left, right in chain(contradicting, each_open_pair(tx)):
            if len(seen) == limit:
                return
            if frozenset((left, right)) not in seen:
                seen.add(frozenset((left, right)))
                why = "held back" if weight is not None and weight >= link else "possible"
                yield "contradicting judgements" if weight is None else why, weight, a, b


def _sides(tx: Transaction, records: Collection[int]) -> dict[int, Side]:
    home = clusters_of(tx, records)
    labels = set(home.values())
    rows = customer_rows(tx, labels)
    described = {member.record: member for member in member_rows(tx, labels) if member.record in home}
    return {
        record: Side(
            rows[home[record]].customer_id, rows[home[record]].name, rows[home[record]].members,
            _name(member), _known(member.fields),
        )
        for record, member in described.items()
        if home[record] in rows
    }  # fmt: skip


def _names(tx: Transaction, records: Collection[int]) -> dict[int, str]:
    home = clusters_of(tx, records)
    return {
        member.record: _name(member)
        for member in member_rows(tx, set(home.values()))
        if member.record in home
    }


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
