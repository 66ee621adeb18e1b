"""Explains how a customer came together, and why two records are the same or not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.app.clock import as_datetime, iso
from hub.app.customers.find import customer, member_name, members_named
from hub.app.walk import Book, pieces_of
from hub.core.cluster import MOST
from hub.core.match import Matcher
from hub.errors import ConfigError
from hub.store.identity import edges_of
from hub.store.judgements import judgements_of
from hub.store.profiles import MemberRow, member_rows
from hub.store.session import Transaction

__all__ = ["Link", "explain", "explain_pair"]

Sides = tuple[Sequence[MemberRow], Sequence[MemberRow]]
"""The records compared on either side."""


@dataclass(frozen=True, slots=True)
class Link:
    """Two records, or what several know together on either side, and why they are one: weight, steps, or a judgement."""

    a: str
    """A record; several have a plus sign between them."""
    b: str
    weight: float
    """Bits of evidence; the decision is ``weight >= threshold``."""
    threshold: float
    prior: float
    alternative: str
    steps: list[dict[str, Any]]
    judgements: list[dict[str, Any]]


def explain(tx: Transaction, matcher: Matcher, customer_id: str) -> list[Link]:
    """How a customer came together: the links that hold it, weakest first."""
    row = customer(tx, customer_id)
    members = {member.record: member for member in member_rows(tx, [row.cluster])}
    edges = {
        (a, b) for a, b, weight in edges_of(tx, list(members))
        if a < b and b in members and weight >= matcher.model.link
    }  # fmt: skip
    for judgement in judgements_of(tx, list(members)):
        if judgement.verdict == "same":
            left = [key for key, side in judgement.sides if side == 0 and key in members]
            right = [key for key, side in judgement.sides if side == 1 and key in members]
            if left and right:
                edges.add((min(min(left), min(right)), max(min(left), min(right))))
    links = [_link(tx, matcher, [members[a]], [members[b]]) for a, b in sorted(edges)]
    links += [_link(tx, matcher, *sides) for sides in _joined(tx, matcher, members)]
    return sorted(links, key=lambda link: (link.weight, link.a, link.b))


def explain_pair(tx: Transaction, matcher: Matcher, one: str, other: str) -> Link:
    """Why two records or customers are the same, or why not: the best pair between them, or all they know together."""
    left, right = members_named(tx, one), members_named(tx, other)
    sides: list[Sides] = [([a], [b]) for a in left for b in right if a.record != b.record]
    if not sides:
        raise ConfigError("a record is the same as itself", step="name two different ones")
    sides += _together(tx, matcher, left, right)
    return max((_link(tx, matcher, *both) for both in sides), key=lambda link: link.weight)


def _joined(tx: Transaction, matcher: Matcher, members: Mapping[int, MemberRow]) -> Iterator[Sides]:
    """What became one customer by what its records know together."""
    for piece in pieces_of(tx, matcher, members):
        for one in piece.joined:
            if members.keys() >= {*one.left, *one.right}:
                yield [members[record] for record in one.left], [members[record] for record in one.right]


def _together(
    tx: Transaction, matcher: Matcher, left: Sequence[MemberRow], right: Sequence[MemberRow]
) -> Iterator[Sides]:
    """What decides between two by more than two records: within a customer what joined them, else all of theirs."""
    home = left[0].cluster
    if home == right[0].cluster:
        members = {member.record: member for member in member_rows(tx, [home])}
        for one, other in _joined(tx, matcher, members):
            for mine, yours in ((one, other), (other, one)):
                if {*left} <= {*mine} and {*right} <= {*yours}:
                    yield mine, yours
    elif len(left) + len(right) > 2:
        theirs = {member.record for member in right}
        if any(b in theirs for _, b, _ in edges_of(tx, [member.record for member in left])):
            yield left[:MOST], right[:MOST]


def _link(tx: Transaction, matcher: Matcher, left: Sequence[MemberRow], right: Sequence[MemberRow]) -> Link:
    book = Book(tx, matcher)
    book.need(one.record for one in (*left, *right))
    mine, yours = ([book.known[one.record] for one in side] for side in (left, right))
    told = matcher.explain_together(mine, yours, book.generic(book.known))
    a, b = mine[0], yours[0]
    spoken = [
        {
            "verdict": said.verdict,
            "author": said.author,
            "reason": said.reason,
            "at": iso(as_datetime(said.at)),
        }
        for said in judgements_of(tx, [a.key])
        if {a.key, b.key} <= {key for key, _ in said.sides}
        and dict(said.sides)[a.key] != dict(said.sides)[b.key]
    ]
    return Link(
        " + ".join(map(member_name, left)),
        " + ".join(map(member_name, right)),
        told.weight / 100,
        matcher.model.link / 100,
        told.prior / 100,
        told.alternative,
        [{**step._asdict(), "weight": step.weight / 100} for step in told.steps],
        spoken,
    )
