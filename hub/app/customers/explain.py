"""Explains how a customer came together, and why two records are the same or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hub.app.clock import as_datetime, iso
from hub.app.customers.find import customer, member_name, members_named
from hub.core.match import Matcher, evidence_keys
from hub.core.model import SourceRecord
from hub.errors import ConfigError
from hub.store.identity import edges_of, holders
from hub.store.judgements import judgements_of
from hub.store.profiles import MemberRow, member_rows
from hub.store.session import Transaction

__all__ = ["Link", "explain", "explain_pair"]


@dataclass(frozen=True, slots=True)
class Link:
    """Two records of a customer and why they are one: weight, steps, or a judgement."""

    a: str
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
    links = [_link(tx, matcher, members[a], members[b]) for a, b in sorted(edges)]
    return sorted(links, key=lambda link: (link.weight, link.a, link.b))


def explain_pair(tx: Transaction, matcher: Matcher, one: str, other: str) -> Link:
    """Why two records or customers are the same, or why not: the best pair between them."""
    left, right = members_named(tx, one), members_named(tx, other)
    pairs = [(a, b) for a in left for b in right if a.record != b.record]
    if not pairs:
        raise ConfigError("a record is the same as itself", step="name two different ones")
    return max((_link(tx, matcher, a, b) for a, b in pairs), key=lambda link: link.weight)


def _link(tx: Transaction, matcher: Matcher, one: MemberRow, other: MemberRow) -> Link:
    a, b = SourceRecord.load(one.record, one.content), SourceRecord.load(other.record, other.content)
    said = {*evidence_keys(a), *evidence_keys(b)}
    limit = matcher.limits.of
    full = {key for key, held in holders(tx, said, limit).items() if len(held) > limit(key)}
    told = matcher.explain(a, b, full)
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
        member_name(one),
        member_name(other),
        told.weight / 100,
        matcher.model.link / 100,
        told.prior / 100,
        told.alternative,
        [{**step._asdict(), "weight": step.weight / 100} for step in told.steps],
        spoken,
    )
