"""Clusters one connected piece.

A pure function of the piece: neither the order of its arguments nor anything outside it matters, so
recomputing the pieces a change touches gives what one run over all pieces would give. Ties fall by
the records' intrinsic keys. Judgements outrank every weight, and *apart* outranks *same*.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from hub.core.cluster.bound import Judged
from hub.core.cluster.groups import Forgive, Groups, Held, Shown, summary
from hub.core.cluster.together import Compare, Joined, join_together

__all__ = ["CLUSTERING", "IDENTICAL", "Piece", "cluster"]

CLUSTERING: Final = 3
"""Counts the changes of how a piece is clustered: what was clustered otherwise is resolved anew."""
IDENTICAL = 1_000_000
"""Centibits of an edge between a record and one that says the very same: certain, and no growth of a cluster."""
CLOSE = 100
"""Centibits: a candidate no further than this behind the strongest one is too close to call."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What became of one connected piece."""

    labels: Mapping[int, int]
    """Record to cluster; a cluster is named by its smallest intrinsic key."""
    refused: tuple[tuple[int, int], ...] = ()
    """Pairs judged the same that a split group keeps apart."""
    held_back: Mapping[tuple[int, int], Held] = field(default_factory=dict[tuple[int, int], Held])
    """Edges at or above the link threshold that did not join their ends, and why."""
    joined: tuple[Joined, ...] = ()
    """Clusters that became one by what all their records know together."""


def cluster(
    records: Collection[int],
    edges: Iterable[tuple[int, int, int]],
    judgements: Judged,
    *,
    link: int,
    trait: Callable[[int], Hashable],
    contradict: Callable[[int, int], bool],
    ref: Callable[[int], str] = lambda record: "",
    forgive: Forgive = lambda clashes, left, right: False,
    together: Compare = lambda left, right: 0,
) -> Piece:
    """Partition ``records``: by what people judged the same, by edges of falling weight, by what is known together.

    ``edges`` are ``(a, b, weight)``; those under ``link`` join nobody, but the clusters at their ends are
    weighed by all their records know (``together``). ``contradict(a, b)`` says
    that two records are clearly different people; it must depend on nothing but their ``trait``, so that
    a cluster is summed up by its distinct traits. Records of one trait never contradict each other, nor do
    those of one ``ref``, the id a source vouches for. A merge by weight is refused when a split group, a
    contradiction between the sides, or the size cap stands between; records on opposite sides of a judgement
    that they are the same contradict each other no more, nor do sides that all their records together
    ``forgive``.
    """
    edges = list(edges)
    if len(records) == 2 and judgements.binds_nobody:  # most pieces
        ((a, b, weight),) = edges
        if weight < link:
            return Piece({a: a, b: b})
        if not contradict(a, b):
            return Piece(dict.fromkeys((a, b), min(a, b)))

    @cache
    def shown(record: int) -> Shown:
        return trait(record), ref(record)

    echoes = {max(a, b) for a, b, weight in edges if weight >= IDENTICAL}
    groups = Groups(records, echoes, judgements, shown, contradict, forgive)
    refused = [
        (a, b)
        for a, b in judgements.same
        if groups.has(a) and groups.has(b) and not groups.join(a, b, forced=True)
    ]
    links = sorted((edge for edge in edges if edge[2] >= link), key=lambda edge: (-edge[2], edge[0], edge[1]))
    close = _too_close_to_call(links, groups)
    held_back: dict[tuple[int, int], Held] = {}
    for a, b, _ in links:
        if (a, b) in close:
            held_back[a, b] = close[a, b]
        elif not groups.join(a, b, forced=False):
            held_back[a, b] = groups.why_not(a, b)
    weak = (edge for edge in edges if edge[2] < link)
    joined = join_together(groups, weak, held_back, together, link)
    return Piece(groups.labels(), tuple(refused), held_back, tuple(joined))


def _too_close_to_call(links: Sequence[tuple[int, int, int]], groups: Groups) -> dict[tuple[int, int], Held]:
    """The links of records that fit two people about equally well who clearly are two.

    A mailbox or telephone that a couple shares, known by nothing else, is neither's for sure.
    """
    if groups.peaceful:
        return {}
    links = [link for link in links if link[2] < IDENTICAL]
    best: dict[int, dict[Shown, tuple[int, int]]] = {}
    for a, b, weight in links:  # by falling weight, so that the first shown alike is its strongest
        best.setdefault(a, {}).setdefault(groups.shown(b), (weight, b))
        best.setdefault(b, {}).setdefault(groups.shown(a), (weight, a))
    torn: dict[int, Held] = {}
    for record, rivals in best.items():
        strongest = next(iter(rivals.values()))[0]
        equals = summary(
            (shown, other) for shown, (weight, other) in rivals.items() if strongest - weight < CLOSE
        )
        if (clash := next(groups.clashes_within(equals), None)) is not None:
            torn[record] = Held("too close", *clash)
    return {(a, b): torn[a] if a in torn else torn[b] for a, b, _ in links if a in torn or b in torn}
