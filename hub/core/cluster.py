"""Who is who inside one connected piece: edges and judgements in, clusters out.

A pure function of the piece: neither the order of its arguments nor anything outside it matters, so
recomputing the pieces a change touches gives what one run over everything would give. Ties fall by
the records' intrinsic keys. Judgements outrank every weight, and *apart* outranks *same*.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass

from hub.core.model import Judgement

__all__ = ["SIZE_CAP", "Judged", "Piece", "cluster", "judged"]

SIZE_CAP = 500
"""No cluster grows past this many records by weights alone; larger ones are for people to look at."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The judgements that bind some records, in the form the piece function reads."""

    same: tuple[tuple[int, int], ...] = ()
    """Pairs that belong together, newest judgement first."""
    apart: Mapping[int, Mapping[int, int]] | None = None
    """Split group to (record to side)."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What became of one connected piece."""

    labels: Mapping[int, int]
    """Record to cluster; a cluster is named by its smallest intrinsic key."""
    refused: tuple[tuple[int, int], ...] = ()
    """Pairs judged the same that a split group keeps apart."""
    held_back: tuple[tuple[int, int], ...] = ()
    """Edges at or above the link threshold that a contradiction or the size cap held back."""


def judged(judgements: Iterable[Judgement], present: Collection[int]) -> Judged:
    """Read judgements as pairs that must link and groups that must not, among records ``present``.

    *Same* joins its two sides by the smallest record present on each, so that it outlives the
    deletion of single records; a side of which nothing is present makes it inert for the while.
    """
    same: list[tuple[int, int]] = []
    apart: dict[int, dict[int, int]] = {}
    for one in sorted(judgements, key=lambda one: (-one.at, -one.id)):
        if one.verdict == "apart":
            apart[one.id] = dict(one.sides)
            continue
        left = [key for key, side in one.sides if side == 0 and key in present]
        right = [key for key, side in one.sides if side == 1 and key in present]
        if left and right:
            same.append((min(left), min(right)))
    return Judged(tuple(same), apart)


def cluster(
    records: Collection[int],
    edges: Iterable[tuple[int, int, int]],
    judgements: Judged,
    *,
    link: int,
    trait: Callable[[int], Hashable],
    contradict: Callable[[int, int], bool],
) -> Piece:
    """Partition ``records``: first what people judged the same, then edges by falling weight.

    ``edges`` are ``(a, b, weight)``; those under ``link`` join nobody. ``contradict(a, b)`` says
    that two records are clearly different people; it must depend on nothing but their ``trait``,
    so that a cluster is summed up by one record for each of its distinct traits. A merge by weight
    is refused when a split group, a contradiction between the sides, or the size cap stands between.
    """
    groups = _Groups(records, judgements.apart or {}, trait, contradict)
    refused = [
        (a, b)
        for a, b in judgements.same
        if groups.has(a) and groups.has(b) and not groups.join(a, b, forced=True)
    ]
    links = sorted((edge for edge in edges if edge[2] >= link), key=lambda edge: (-edge[2], edge[0], edge[1]))
    held_back = [(a, b) for a, b, _ in links if not groups.join(a, b, forced=False)]
    return Piece(groups.labels(), tuple(refused), tuple(held_back))


class _Groups:
    """Growing clusters, each with the summary that decides whether two may become one."""

    def __init__(
        self,
        records: Collection[int],
        apart: Mapping[int, Mapping[int, int]],
        trait: Callable[[int], Hashable],
        contradict: Callable[[int, int], bool],
    ) -> None:
        self.contradict = contradict
        self.home = {record: record for record in records}
        self.members = {record: [record] for record in records}
        self.traits = {record: {trait(record): record} for record in records}
        self.sides: dict[int, dict[int, int]] = {record: {} for record in records}
        for group, sides in apart.items():
            for record, side in sides.items():
                if record in self.sides:
                    self.sides[record][group] = side

    def has(self, record: int) -> bool:
        return record in self.home

    def join(self, a: int, b: int, *, forced: bool) -> bool:
        """Make one cluster of two; whether they are one afterwards."""
        left, right = self.home[a], self.home[b]
        if left == right:
            return True
        if self._split(left, right) or (not forced and self._held(left, right)):
            return False
        if len(self.members[left]) < len(self.members[right]):
            left, right = right, left
        for record in self.members[right]:
            self.home[record] = left
        self.members[left] += self.members.pop(right)
        for shown, record in self.traits.pop(right).items():
            kept = self.traits[left].setdefault(shown, record)
            self.traits[left][shown] = min(kept, record)
        self.sides[left].update(self.sides.pop(right))
        return True

    def labels(self) -> dict[int, int]:
        names = {home: min(members) for home, members in self.members.items()}
        return {record: names[home] for record, home in self.home.items()}

    def _split(self, left: int, right: int) -> bool:
        theirs = self.sides[right]
        return any(theirs.get(group, side) != side for group, side in self.sides[left].items())

    def _held(self, left: int, right: int) -> bool:
        if len(self.members[left]) + len(self.members[right]) > SIZE_CAP:
            return True
        return any(
            self.contradict(a, b) for a in self.traits[left].values() for b in self.traits[right].values()
        )
