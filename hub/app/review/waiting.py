"""The queue of pairs that wait for a person, most valuable first.

Two customers wait when records of theirs are alike enough to ask about and nobody has decided, when
judgements about them contradict each other, or when they were one until the evidence went away.

What contradicts a judgement comes first. The rest comes by what a decision is worth: how near to the
threshold the pair is (0 where asking begins, 1 from the threshold on), times the records and orders
behind both. That is worked out for the ``WINDOW`` heaviest pairs of customers, however many wait.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from hashlib import blake2b
from typing import NamedTuple

from hub.app.review.evidence import evidence_on
from hub.core.match import Matcher
from hub.store.identity import clusters_of, edges_of, members_of, source_rows
from hub.store.profiles import customer_rows
from hub.store.review import (
    OpenEdge,
    Skip,
    each_open_pair,
    kept_apart,
    orders_behind,
    past_splits,
    skips_in_force,
    split_sames,
)
from hub.store.session import Transaction

__all__ = ["WINDOW", "Waiting", "between", "contents_of", "queue", "worths"]

WINDOW = 1_000
"""Pairs of customers whose worth is compared; more only where more are asked for."""
PAST = 500
"""Splits looked back on."""


class Waiting(NamedTuple):
    """Two customers that wait, by their clusters, and the two records that are asked about."""

    weight: int | None
    """``None`` where judgements contradict each other."""
    a: int
    b: int
    left: int
    right: int
    opposed: bool = False
    """Whether a judgement keeps the two apart that a link would join."""
    parted: bool = False
    """Whether they were one until the evidence went away."""

    @property
    def both(self) -> frozenset[int]:
        """The two customers, in no order."""
        return frozenset((self.left, self.right))


def queue(tx: Transaction, matcher: Matcher, limit: int) -> list[Waiting]:
    """At most ``limit`` of those that wait, most valuable first."""
    found: list[Waiting] = []
    for one in _waiting(tx, matcher):
        found.append(one)
        if len(found) >= max(limit, WINDOW):
            break
    worth = worths(tx, matcher, found)

    def place(one: Waiting) -> tuple[bool, float, int, int, int]:
        contradicts = one.weight is None or one.opposed
        return not contradicts, -worth[one.both], -(one.weight or 0), one.a, one.b

    return sorted(found, key=place)[:limit]


def between(tx: Transaction, matcher: Matcher, left: int, right: int) -> Waiting | None:
    """What waits between two customers, if anything does, put off or not."""
    both = frozenset((left, right))
    return next((one for one in _contradicting(tx) if one.both == both), None) or _best(
        tx, matcher, {both: None, **past_splits(tx, PAST)}, {both}
    ).get(both)


def worths(tx: Transaction, matcher: Matcher, waiting: Collection[Waiting]) -> dict[frozenset[int], float]:
    """What a decision is worth: nearness to the threshold, times the records and orders behind the two customers."""
    least, link = matcher.model.review, matcher.model.link
    labels = {label for one in waiting for label in one.both}
    bought = orders_behind(tx, labels)
    behind = {label: row.members + bought.get(label, 0) for label, row in customer_rows(tx, labels).items()}
    return {
        one.both: _nearness(one.weight, least, link) * (behind.get(one.left, 0) + behind.get(one.right, 0))
        for one in waiting
    }


def contents_of(tx: Transaction, left: int, right: int) -> str:
    """Names the records of two customers and all they say: what a pair is put off on."""
    members = members_of(tx, [left, right])
    rows = source_rows(tx, [record for its in members.values() for record in its])
    said = sorted((row.record, row.content) for row in rows.values())
    return blake2b(repr(said).encode(), digest_size=16).hexdigest()


def _waiting(tx: Transaction, matcher: Matcher) -> Iterator[Waiting]:
    """All that wait, one for every two customers, but for those put off on what is still so."""
    seen: set[frozenset[int]] = set()
    put_off = skips_in_force(tx)
    for one in _each(tx, matcher):
        if one.both in seen:
            continue
        seen.add(one.both)
        known = [skip for skip in put_off.get((one.a, one.b), ()) if skip.weight == one.weight]
        if not known or Skip(one.weight, contents_of(tx, one.left, one.right)) not in known:
            yield one


def _each(tx: Transaction, matcher: Matcher) -> Iterator[Waiting]:
    """Contradicting judgements, those that were one, then by falling weight; the first of two customers counts."""
    yield from _contradicting(tx)
    apart, parted = kept_apart(tx), past_splits(tx, PAST)
    yield from _best(tx, matcher, parted, parted.keys() - apart).values()
    for one in each_open_pair(tx):
        opposed = frozenset((one.left, one.right)) in apart
        # who keeps two customers apart has answered for records that come later and merely resemble
        if not opposed or one.weight >= matcher.model.link:
            yield Waiting(*one, opposed=opposed)


def _contradicting(tx: Transaction) -> Iterator[Waiting]:
    """Judgements that two are one which other judgements keep apart."""
    refused = split_sames(tx)
    home = clusters_of(tx, [record for _, a, b in refused for record in (a, b)])
    for _, a, b in refused:
        yield Waiting(None, a, b, home[a], home[b])


def _best(
    tx: Transaction,
    matcher: Matcher,
    parted: Mapping[frozenset[int], tuple[int, int] | None],
    wanted: Collection[frozenset[int]],
) -> dict[frozenset[int], Waiting]:
    """Of some customers, two and two, their heaviest edge; the records whose ids parted where there is none."""
    drawn = customer_rows(tx, {label for both in wanted for label in both})
    wanted = {both for both in wanted if both <= drawn.keys()}
    homes = {
        record: label
        for label, its in members_of(tx, {label for both in wanted for label in both}).items()
        for record in its
    }
    heaviest: dict[frozenset[int], OpenEdge] = {}
    for a, b, weight in sorted(edges_of(tx, list(homes)), key=lambda edge: (-edge[2], edge[0], edge[1])):
        if a < b and b in homes and (both := frozenset((homes[a], homes[b]))) in wanted:
            heaviest.setdefault(both, OpenEdge(weight, a, b, homes[a], homes[b]))
    bare = {both: pair for both in wanted if both not in heaviest and (pair := parted[both]) is not None}
    found = {both: Waiting(*edge, parted=bool(parted[both])) for both, edge in heaviest.items()}
    told = evidence_on(tx, matcher, bare.values())
    for both, (a, b) in bare.items():
        if (a, b) in told:
            found[both] = Waiting(told[a, b].told.weight, a, b, homes[a], homes[b], parted=True)
    return found


def _nearness(weight: int | None, least: int, link: int) -> float:
    """Where a weight lies between the least that is asked about, 0, and the threshold, 1."""
    if weight is None or weight >= link:
        return 1.0
    return max(0.0, (weight - least) / (link - least))
