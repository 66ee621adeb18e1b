"""Finds the single links that hold two halves of a customer together."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

__all__ = ["Bridge", "bridges"]


class Bridge(NamedTuple):
    """A link without which its ends would be in two parts, and how many records each part has."""

    a: int
    b: int
    left: int
    right: int


def bridges(records: Collection[int], links: Iterable[tuple[int, int]]) -> list[Bridge]:
    """The bridges of a graph, by depth-first search and the earliest place each subtree leads back to.

    After R. E. Tarjan, "A note on finding the bridges of a graph", Information Processing Letters 2 (1974).
    """
    near: dict[int, set[int]] = {record: set() for record in records}
    for a, b in links:
        near[a].add(b)
        near[b].add(a)
    found: list[Bridge] = []
    place: dict[int, int] = {}
    for root in sorted(near):
        if root not in place:
            found += _of_part(root, near, place)
    return found


def _of_part(root: int, near: dict[int, set[int]], place: dict[int, int]) -> list[Bridge]:
    """The bridges of the connected part that ``root`` is in; notes in ``place`` when each record was reached."""
    earliest: dict[int, int] = {}
    parent = {root: root}
    reached: list[int] = []
    ahead = [(root, root)]
    while ahead:
        came, record = ahead.pop()
        if record in place:
            continue
        place[record], parent[record] = len(place), came
        reached.append(record)
        ahead += [(record, other) for other in near[record] if other not in place]
    sizes = dict.fromkeys(reached, 1)
    found: list[Bridge] = []
    for record in reversed(reached):
        back = (
            earliest[other] if parent[other] == record else place[other]
            for other in near[record]
            if other != parent[record]
        )  # fmt: skip
        earliest[record] = min(place[record], min(back, default=place[record]))
        if record != root:
            sizes[parent[record]] += sizes[record]
            if earliest[record] == place[record]:
                here, there = sizes[record], len(reached) - sizes[record]
                upwards = parent[record] < record
                found.append(
                    Bridge(parent[record], record, there, here)
                    if upwards
                    else Bridge(record, parent[record], here, there)
                )
    return found
