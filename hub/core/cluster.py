"""Who is who inside one connected piece: edges and judgements in, clusters out.

A pure function of the piece: neither the order of its arguments nor anything outside it matters, so
recomputing the pieces a change touches gives what one run over all pieces would give. Ties fall by
the records' intrinsic keys. Judgements outrank every weight, and *apart* outranks *same*.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Literal, NamedTuple

from hub.core.model import Judgement

__all__ = ["SIZE_CAP", "Guard", "Held", "Judged", "Piece", "cluster", "judged"]

SIZE_CAP = 500
"""No cluster grows past this many different records by weights alone; larger ones are for people to look at."""


Forgive = Callable[[Sequence[tuple[int, int]], Collection[int], Collection[int]], bool]
"""Whether contradictions between two sides (one record for each trait) are outweighed by what the sides know."""

IDENTICAL = 1_000_000
"""Centibits of an edge between a record and one that says the very same: certain, and no growth of a cluster."""
FEW = 6
"""Traits in a piece up to which all of them are compared beforehand."""
CLOSE = 100
"""Centibits: a candidate no further than this behind the strongest one is too close to call."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The judgements that bind some records, in the form the piece function reads."""

    same: tuple[tuple[int, int], ...] = ()
    """Pairs that belong together, newest judgement first."""
    one: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = ()
    """The records of the two sides of each such judgement: they do not contradict each other."""
    apart: Mapping[int, Mapping[int, int]] | None = None
    """Split group to (record to side)."""


Guard = Literal["split", "size", "contradiction", "too close"]
"""What holds a link back: a judgement *apart*, the size cap, records that clearly are two, or two rivals for a third."""


class Held(NamedTuple):
    """Why a link was held back, with two records that show it: of two sides, or the two rivals of *too close*."""

    guard: Guard
    a: int
    b: int


@dataclass(frozen=True, slots=True)
class Piece:
    """What became of one connected piece."""

    labels: Mapping[int, int]
    """Record to cluster; a cluster is named by its smallest intrinsic key."""
    refused: tuple[tuple[int, int], ...] = ()
    """Pairs judged the same that a split group keeps apart."""
    held_back: Mapping[tuple[int, int], Held] = field(default_factory=dict[tuple[int, int], Held])
    """Edges at or above the link threshold that did not join their ends, and why."""


def judged(judgements: Iterable[Judgement], present: Collection[int]) -> Judged:
    """Read judgements as pairs that must link and groups that must not, among records ``present``.

    *Same* joins its two sides by the smallest record present on each, so that it outlives the
    deletion of single records; a side of which nothing is present makes it inert for the while.
    """
    same: list[tuple[int, int]] = []
    sides: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
    apart: dict[int, dict[int, int]] = {}
    for one in sorted(judgements, key=lambda one: (-one.at, -one.id)):
        if one.verdict == "apart":
            apart[one.id] = dict(one.sides)
            continue
        left = tuple(key for key, side in one.sides if side == 0 and key in present)
        right = tuple(key for key, side in one.sides if side == 1 and key in present)
        if left and right:
            same.append((min(left), min(right)))
            sides.append((left, right))
    return Judged(tuple(same), tuple(sides), apart)


def cluster(
    records: Collection[int],
    edges: Iterable[tuple[int, int, int]],
    judgements: Judged,
    *,
    link: int,
    trait: Callable[[int], Hashable],
    contradict: Callable[[int, int], bool],
    forgive: Forgive = lambda clashes, left, right: False,
) -> Piece:
    """Partition ``records``: first what people judged the same, then edges by falling weight.

    ``edges`` are ``(a, b, weight)``; those under ``link`` join nobody. ``contradict(a, b)`` says
    that two records are clearly different people; it must depend on nothing but their ``trait``,
    so that a cluster is summed up by one record for each of its distinct traits. A merge by weight
    is refused when a split group, a contradiction between the sides, or the size cap stands between;
    records on opposite sides of a judgement that they are the same contradict each other no more, nor do
    sides that all their records together ``forgive``.
    """
    edges = list(edges)
    echoes = {max(a, b) for a, b, weight in edges if weight >= IDENTICAL}
    groups = _Groups(records, echoes, judgements, trait, contradict, forgive)
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
    return Piece(groups.labels(), tuple(refused), held_back)


def _too_close_to_call(links: Sequence[tuple[int, int, int]], groups: _Groups) -> dict[tuple[int, int], Held]:
    """The links of records that fit two people about equally well who clearly are two.

    A mailbox or telephone that a couple shares, known by nothing else, is neither's for sure.
    """
    if groups.peaceful:
        return {}
    links = [link for link in links if link[2] < IDENTICAL]
    best: dict[int, dict[Hashable, tuple[int, int]]] = {}
    for a, b, weight in links:  # by falling weight, so that the first of a trait is its strongest
        best.setdefault(a, {}).setdefault(groups.trait(b), (weight, b))
        best.setdefault(b, {}).setdefault(groups.trait(a), (weight, a))
    torn: dict[int, Held] = {}
    for record, rivals in best.items():
        strongest = next(iter(rivals.values()))[0]
        equals = [(trait, other) for trait, (weight, other) in rivals.items() if strongest - weight < CLOSE]
        close = (
            Held("too close", a, b)
            for (one, a), (other, b) in combinations(equals, 2)
            if groups.clash(one, a, other, b)
        )
        if (held := next(close, None)) is not None:
            torn[record] = held
    return {(a, b): torn[a] if a in torn else torn[b] for a, b, _ in links if a in torn or b in torn}


class _Groups:
    """Growing clusters, each with the summary that decides whether two may become one."""

    def __init__(
        self,
        records: Collection[int],
        echoes: Collection[int],
        judgements: Judged,
        trait: Callable[[int], Hashable],
        contradict: Callable[[int, int], bool],
        forgive: Forgive,
    ) -> None:
        self.trait = trait
        self.contradict = contradict
        self.forgive = forgive
        self.home = {record: record for record in records}
        self.members = {record: [record] for record in records}
        self.sizes = {record: int(record not in echoes) for record in records}
        """Of each cluster: how many of its records speak for themselves."""
        # an echo has none of its own: it says what its voice says
        self.traits = {record: {} if record in echoes else {trait(record): record} for record in records}
        self.sides: dict[int, dict[int, int]] = {record: {} for record in records}
        for group, sides in (judgements.apart or {}).items():
            for record, side in sides.items():
                if record in self.sides:
                    self.sides[record][group] = side
        # a person who says that two customers are one has seen that their names differ
        self.excused = {
            frozenset((trait(a), trait(b)))
            for left, right in judgements.one
            for a in self._some(left, trait)
            for b in self._some(right, trait)
        }
        self.peaceful = self._is_peaceful()
        """Whether no two of all these records contradict each other."""

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
        self.sizes[left] += self.sizes.pop(right)
        for shown, record in self.traits.pop(right).items():
            kept = self.traits[left].setdefault(shown, record)
            self.traits[left][shown] = min(kept, record)
        self.sides[left].update(self.sides.pop(right))
        return True

    def why_not(self, a: int, b: int) -> Held:
        """What keeps the clusters of two records from becoming one."""
        left, right = self.home[a], self.home[b]
        if self._split(left, right):
            return Held("split", a, b)
        if self._too_large(left, right):
            return Held("size", a, b)
        clashes = self._clashes(left, right)
        return Held("contradiction", *next((clash for clash in clashes if {a, b} == {*clash}), clashes[0]))

    def clash(self, one: Hashable, a: int, other: Hashable, b: int) -> bool:
        """Whether records ``a`` and ``b``, of these traits, are clearly different people."""
        return frozenset((one, other)) not in self.excused and self.contradict(a, b)

    def labels(self) -> dict[int, int]:
        names = {home: min(members) for home, members in self.members.items()}
        return {record: names[home] for record, home in self.home.items()}

    def _split(self, left: int, right: int) -> bool:
        theirs = self.sides[right]
        return any(theirs.get(group, side) != side for group, side in self.sides[left].items())

    def _held(self, left: int, right: int) -> bool:
        if self._too_large(left, right):
            return True
        if self.peaceful:
            return False
        clashes = self._clashes(left, right)
        return bool(clashes) and not self.forgive(
            clashes, self.traits[left].values(), self.traits[right].values()
        )

    def _too_large(self, left: int, right: int) -> bool:
        return self.sizes[left] + self.sizes[right] > SIZE_CAP

    def _clashes(self, left: int, right: int) -> list[tuple[int, int]]:
        """Records that contradict each other across two clusters, one for each trait."""
        mine, yours = self.traits[left].items(), self.traits[right].items()
        return [(a, b) for one, a in mine for other, b in yours if self.clash(one, a, other, b)]

    def _is_peaceful(self) -> bool:
        """Look before joining: most pieces are one customer's records, and then there is nothing to weigh."""
        shown = {one: record for record, its in self.traits.items() for one in its}
        if len(shown) > FEW:
            return False
        return not any(
            self.clash(one, a, other, b) for (one, a), (other, b) in combinations(shown.items(), 2)
        )

    def _some(self, records: Iterable[int], trait: Callable[[int], Hashable]) -> Collection[int]:
        """One record of each trait among those in this piece."""
        return {trait(record): record for record in records if record in self.home}.values()
