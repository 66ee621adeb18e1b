"""Chance that falls the same way on every machine: only ``Random.random`` is promised to stay the same."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

__all__ = ["Dice"]

T = TypeVar("T")


class Dice:
    """Dice that are thrown in a fixed order from a fixed seed."""

    def __init__(self, seed: str) -> None:
        self._random = Random(seed).random

    def below(self, end: int) -> int:
        """A whole number from 0 to ``end`` - 1."""
        return int(self._random() * end)

    def between(self, first: int, last: int) -> int:
        """A whole number from ``first`` to ``last``, both included."""
        return first + self.below(last - first + 1)

    def chance(self, share: float) -> bool:
        """True in this share of throws."""
        return self._random() < share

    def one(self, things: Sequence[T]) -> T:
        """One of these."""
        return things[self.below(len(things))]

    def by_weight(self, things: Sequence[tuple[T, int]]) -> T:
        """One of these, as often as its weight says."""
        place = self.below(sum(weight for _, weight in things))
        for thing, weight in things:
            place -= weight
            if place < 0:
                return thing
        raise IndexError("no things to choose from")
