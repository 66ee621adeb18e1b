"""Joins clusters by what all their records know together, where no two records alone are evidence enough.

One record has a customer's name and mailbox, another the mailbox and a city: a third with that name and city
is like neither, and like the two of them. Clusters are weighed again where a join has taught one of them more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from hub.core.cluster.groups import Groups, Held

__all__ = ["MOST", "Joined", "join_together"]

MOST = 12
"""Records of a cluster that are compared: those first by intrinsic key, so that it stays a function of the cluster."""

Edge = tuple[int, int, int]
Compare = Callable[[Sequence[int], Sequence[int]], int]
"""The weight between two clusters, by all that the records given know."""


class Joined(NamedTuple):
    """Two clusters that became one by what the records compared know together."""

    weight: int
    left: tuple[int, ...]
    right: tuple[int, ...]


def join_together(
    groups: Groups, edges: Iterable[Edge], held: Mapping[tuple[int, int], Held], compare: Compare, link: int
) -> list[Joined]:
    """Join what ``compare`` weighs at ``link`` or more, strongest first; ties fall by the clusters' smallest records.

    Only clusters between which one of ``edges`` runs are looked at, and none between which a link was
    ``held`` back. Single records have been compared before.
    """
    edges = [edge for edge in edges if groups.home[edge[0]] != groups.home[edge[1]]]
    known: dict[tuple[tuple[int, int], tuple[int, int]], int] = {}
    joined: list[Joined] = []
    while edges:
        barred = {frozenset((groups.home[a], groups.home[b])) for a, b in held}
        near = {
            frozenset((groups.home[a], groups.home[b]))
            for a, b, _ in edges
            if groups.home[a] != groups.home[b]
        }
        offers: list[tuple[int, list[int], list[int]]] = []
        for both in near - barred:
            left, right = sorted(groups.voices(home) for home in both)
            # clusters only grow, so that the smallest record and how many there are name a state of one
            state = (left[0], len(left)), (right[0], len(right))
            if len(left) + len(right) > 2:
                if state not in known:
                    known[state] = compare(left[:MOST], right[:MOST])
                if known[state] >= link:
                    offers.append((-known[state], left, right))
        for weight, left, right in sorted(offers):
            if groups.join(left[0], right[0], forced=False):
                joined.append(Joined(-weight, tuple(left[:MOST]), tuple(right[:MOST])))
                break
        else:
            break
    return joined
