"""Growing clusters, and what keeps two of them from becoming one.

A cluster is summed up by its distinct traits, so that a customer of a thousand records costs no more to look at than
one of ten.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Literal, NamedTuple

from hub.core.cluster.bound import Judged

__all__ = ["SIZE_CAP", "Forgive", "Groups", "Guard", "Held", "Shown", "Summary", "summary"]

SIZE_CAP = 500
"""No cluster grows past this many different records by weights alone; larger ones are for people to look at."""
FEW = 6
"""Traits in a piece up to which all of them are compared beforehand."""

Guard = Literal["split", "size", "contradiction", "too close"]
"""What holds a link back: a judgement *apart*, the size cap, records that clearly are two, or two rivals for a third."""


class Held(NamedTuple):
    """Why a link was held back, with two records that show it: of two sides, or the two rivals of *too close*."""

    guard: Guard
    a: int
    b: int


Forgive = Callable[[Sequence[tuple[int, int]], Collection[int], Collection[int]], bool]
"""Whether contradictions between two sides (one record for each trait) are outweighed by what the sides know."""

Shown = tuple[Hashable, str]
"""A record's trait, and the id its source vouches for."""
Summary = dict[Hashable, dict[str, int]]
"""The traits of some records; of each the ids it is seen with, and one record that shows both."""


class Groups:
    """Growing clusters, each with the summary that decides whether two may become one."""

    def __init__(
        self,
        records: Collection[int],
        echoes: Collection[int],
        judgements: Judged,
        shown: Callable[[int], Shown],
        contradict: Callable[[int, int], bool],
        forgive: Forgive,
    ) -> None:
        self.shown = shown
        self.contradict = contradict
        self.forgive = forgive
        self.echoes = echoes
        self.home = {record: record for record in records}
        self.members = {record: [record] for record in records}
        self.sizes = {record: int(record not in echoes) for record in records}
        """Of each cluster: how many of its records speak for themselves."""
        # an echo has none of its own: it says what its voice says
        self.traits = {record: {} if record in echoes else self._own(record) for record in records}
        self.opposed: dict[tuple[Hashable, Hashable], bool] = {}
        """Whether records of two traits contradict each other, where it was asked."""
        self.sides: dict[int, dict[int, int]] = {record: {} for record in records}
        for group, sides in (judgements.apart or {}).items():
            for record, side in sides.items():
                if record in self.sides:
                    self.sides[record][group] = side
        # a person who says that two customers are one has seen that their names differ
        self.excused = {
            frozenset((one, other))
            for left, right in judgements.one
            for one in self._among(left)
            for other in self._among(right)
        }
        self.peaceful = self._is_peaceful()
        """Whether no two of all these records contradict each other."""

    def has(self, record: int) -> bool:
        """Whether a record is one of the piece's."""
        return record in self.home

    def voices(self, home: int) -> list[int]:
        """The records of a cluster that speak for themselves, by intrinsic key."""
        return sorted([record for record in self.members[home] if record not in self.echoes])

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
        for trait, its in self.traits.pop(right).items():
            mine = self.traits[left].setdefault(trait, its)
            for ref, record in its.items():
                mine[ref] = min(mine.get(ref, record), record)
        self.sides[left].update(self.sides.pop(right))
        return True

    def why_not(self, a: int, b: int) -> Held:
        """What keeps the clusters of two records from becoming one."""
        left, right = self.home[a], self.home[b]
        if self._split(left, right):
            return Held("split", a, b)
        if self._too_large(left, right):
            return Held("size", a, b)
        clash = next(self._clashes(self._own(a), self._own(b)), None)
        return Held("contradiction", *(clash or next(self._clashes(self.traits[left], self.traits[right]))))

    def clashes_within(self, some: Summary) -> Iterator[tuple[int, int]]:
        """Two records that are clearly different people, for each two traits among some that contradict each other."""
        for (one, mine), (other, yours) in combinations(some.items(), 2):
            if (clash := self._clash(one, mine, other, yours)) is not None:
                yield clash

    def labels(self) -> dict[int, int]:
        """Record to cluster."""
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
        mine, yours = self.traits[left], self.traits[right]
        clashes = list(self._clashes(mine, yours))
        return bool(clashes) and not self.forgive(clashes, _one_of_each(mine), _one_of_each(yours))

    def _too_large(self, left: int, right: int) -> bool:
        return self.sizes[left] + self.sizes[right] > SIZE_CAP

    def _clashes(self, left: Summary, right: Summary) -> Iterator[tuple[int, int]]:
        """Records that contradict each other across two clusters, one pair for each two traits."""
        for one, mine in left.items():
            for other, yours in right.items():
                if (clash := self._clash(one, mine, other, yours)) is not None:
                    yield clash

    def _clash(
        self, one: Hashable, mine: Mapping[str, int], other: Hashable, yours: Mapping[str, int]
    ) -> tuple[int, int] | None:
        """Two records of two traits that are clearly different people, where neither an id nor a person says otherwise."""
        if one == other or self.opposed.get((one, other)) is False:
            return None
        for ref, a in mine.items():
            for its, b in yours.items():
                if (ref and ref == its) or frozenset(((one, ref), (other, its))) in self.excused:
                    continue
                # what is true of one such pair is true of all
                if (one, other) not in self.opposed:
                    self.opposed[one, other] = self.opposed[other, one] = self.contradict(a, b)
                return (a, b) if self.opposed[one, other] else None
        return None

    def _is_peaceful(self) -> bool:
        """Look before joining: most pieces are one customer's records, and then there is nothing to weigh."""
        everybody: Summary = {}
        for traits in self.traits.values():
            for trait, its in traits.items():
                everybody.setdefault(trait, {}).update(its)
        return len(everybody) <= FEW and next(self.clashes_within(everybody), None) is None

    def _own(self, record: int) -> Summary:
        trait, ref = self.shown(record)
        return {trait: {ref: record}}

    def _among(self, records: Iterable[int]) -> set[Shown]:
        """What those of some records show that are in this piece."""
        return {self.shown(record) for record in records if record in self.home}


def summary(shown: Iterable[tuple[Shown, int]]) -> Summary:
    """The summary of some records, by what they show."""
    found: Summary = {}
    for (trait, ref), record in shown:
        found.setdefault(trait, {})[ref] = record
    return found


def _one_of_each(traits: Summary) -> list[int]:
    """One record of each trait."""
    return [next(iter(its.values())) for its in traits.values()]
