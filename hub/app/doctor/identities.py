"""What each guard against joining the wrong people did: the identities, at length.

Usable on a million customers: what would take reading everything is counted over a fair sample or over
the heaviest and largest cases, and says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from hub.app.doctor.bridges import bridges
from hub.app.doctor.finding import Guard
from hub.app.doctor.values import generic_values, placeholders, role_mailboxes
from hub.app.review.evidence import evidence_on
from hub.app.review.reasons import reasons
from hub.app.review.shown import names_of
from hub.app.review.waiting import Waiting
from hub.core.cluster import SIZE_CAP
from hub.core.match import Matcher, evidence_keys
from hub.core.model import public_id
from hub.store.checkup import customers_from, largest_customers, linking_count, verdict_counts
from hub.store.identity import edges_of, holders, members_of, sample_rows
from hub.store.judgements import judgements_of
from hub.store.profiles import customer_rows
from hub.store.review import each_open_pair
from hub.store.session import Transaction

if TYPE_CHECKING:
    from hub.app.hub import Hub

__all__ = ["identities"]

TOP = 5
"""Cases shown of each kind."""
LINKS = 200
"""Links held back that are looked into."""
RECORDS = 2_000
"""Records whose neighbours at home and at work are looked at."""
NEIGHBOURS = 20
"""Holders up to which a shared value is taken for that of a home or an office."""
LARGEST = 300
"""Customers searched for bridges."""


def identities(hub: Hub) -> Iterator[Guard]:
    """Each guard and its work, one by one as it is found out."""
    with hub.store.read() as tx:
        yield role_mailboxes(tx, hub.matcher)
        yield placeholders(tx, hub.config.hub.region)
        yield from generic_values(tx, hub.matcher.limits)
        yield from _held_back(tx, hub.matcher)
        yield _told_apart(tx, hub.matcher)
        yield _size(tx)
        yield _bridges(tx, hub.matcher.model.link)
        yield _judged(tx)


def _held_back(tx: Transaction, matcher: Matcher) -> Iterator[Guard]:
    """Links that joined nobody, by what held them back."""
    link = matcher.model.link
    total = linking_count(tx, link)
    heaviest = (
        [Waiting(*edge) for edge in islice(each_open_pair(tx), LINKS) if edge.weight >= link] if total else []
    )
    told = reasons(tx, matcher, heaviest)
    drawn = customer_rows(tx, {label for one in heaviest for label in one.both})
    over = (
        f"the {len(heaviest):,} heaviest of {total:,} links between two customers" if total else "all links"
    )
    for name, guard, what in _GUARDS:
        mine = [one for one in heaviest if (held := told[one.a, one.b].held) and held.guard == guard]
        rows = [
            {
                "bits": one.weight / 100,
                "one": drawn[one.left].customer_id,
                "other": drawn[one.right].customer_id,
                "because": told[one.a, one.b].because,
            }
            for one in mine[:TOP]
            if one.weight is not None and one.both <= drawn.keys()
        ]
        yield Guard(name, len(mine), what, over, tuple(rows))


_GUARDS = (
    (
        "contradictions",
        "contradiction",
        "links held back that would make one customer of clearly different ones",
    ),
    (
        "too close to call",
        "too close",
        "links held back of records that fit two customers about equally well",
    ),
    ("kept apart", "split", "links held back between customers that a person said are two"),
    ("size cap", "size", f"links held back that would make a customer of more than {SIZE_CAP} records"),
)


def _told_apart(tx: Transaction, matcher: Matcher) -> Guard:
    """People who would be one customer if households and colleagues were not thought of."""
    link, limit = matcher.model.link, matcher.limits.of
    records = sample_rows(tx, RECORDS)
    said = {record.key: evidence_keys(record) for record in records}
    held = holders(tx, {key for keys in said.values() for key in keys}, limit)
    pairs = {
        (min(record, other), max(record, other))
        for record, keys in said.items()
        for key in keys
        if len(held.get(key, ())) <= min(NEIGHBOURS, limit(key))
        for other in held.get(key, ())
        if other != record
    }
    found: list[tuple[int, int, str, int, int]] = []
    for (a, b), evidence in evidence_on(tx, matcher, pairs).items():
        told = evidence.told
        if told.weight < link and told.alternative != "strangers":
            strangers = matcher.against(matcher.agreements(evidence.a, evidence.b, evidence.generic))[0]
            if strangers >= link:
                found.append((a, b, told.alternative, told.weight, strangers))
    found.sort(key=lambda one: (-one[4], one[:2]))
    names = names_of(tx, {record for one in found[:TOP] for record in one[:2]})
    return Guard(
        "households and colleagues",
        len(found),
        "pairs told apart that share a home or an office, and would be one customer if strangers were all they might be",
        f"the neighbours of {len(records):,} records" + (", a fair sample" if len(records) == RECORDS else ""),
        tuple(
            {
                "one": names.get(a, public_id(a)), "other": names.get(b, public_id(b)), "taken for": alternative,
                "bits": weight / 100, "bits against strangers": strangers / 100,
            }
            for a, b, alternative, weight, strangers in found[:TOP]
        ),
    )  # fmt: skip


def _size(tx: Transaction) -> Guard:
    full = customers_from(tx, SIZE_CAP)
    rows = [
        {"customer": public_id(row.anchor), "name": row.name, "records": row.members}
        for row in largest_customers(tx, TOP)
    ]
    what = f"customers of {SIZE_CAP} records or more, as many as links alone may join"
    return Guard("largest customers", full, what, "all customers", tuple(rows))


def _bridges(tx: Transaction, link: int) -> Guard:
    """Customers of which one link holds two halves together, the weakest first."""
    largest = [row for row in largest_customers(tx, LARGEST) if row.members >= 4]
    members = members_of(tx, [row.cluster for row in largest])
    homes = {record: label for label, its in members.items() for record in its}
    weights = {
        (a, b): weight
        for a, b, weight in edges_of(tx, list(homes))
        if a < b and weight >= link and homes.get(b) == homes[a]
    }
    said = _judged_same(tx, homes)
    shown = {row.cluster: row for row in largest}
    found = [
        (weights[bridge.a, bridge.b], bridge)
        for bridge in bridges(homes, [*weights, *said])
        if min(bridge.left, bridge.right) >= 2 and (bridge.a, bridge.b) in weights
    ]
    found.sort()
    names = names_of(tx, {record for _, bridge in found[:TOP] for record in bridge[:2]})
    return Guard(
        "bridges",
        len(found),
        "links that alone hold two halves of a customer together, of two records or more each; the weakest first",
        f"the {len(largest):,} largest customers of four records or more",
        tuple(
            {
                "bits": weight / 100,
                "customer": public_id(shown[homes[bridge.a]].anchor),
                "name": shown[homes[bridge.a]].name,
                "one": names.get(bridge.a, public_id(bridge.a)),
                "other": names.get(bridge.b, public_id(bridge.b)),
                "halves": f"{bridge.left} + {bridge.right}",
            }
            for weight, bridge in found[:TOP]
        ),
    )


def _judged_same(tx: Transaction, homes: dict[int, int]) -> list[tuple[int, int]]:
    """Pairs that people judged to be one, and that are."""
    found: list[tuple[int, int]] = []
    for one in judgements_of(tx, list(homes)):
        if one.verdict == "same":
            sides = [[key for key, side in one.sides if side == its and key in homes] for its in (0, 1)]
            found += [(a, b) for a in sides[0] for b in sides[1] if homes[a] == homes[b]]
    return found


def _judged(tx: Transaction) -> Guard:
    rows = verdict_counts(tx)
    total = sum(count for _, count, _ in rows)
    return Guard(
        "people",
        total,
        "decisions in force, which outrank every weight",
        "all decisions",
        tuple({"verdict": verdict, "in force": count, "taken back": back} for verdict, count, back in rows),
    )
