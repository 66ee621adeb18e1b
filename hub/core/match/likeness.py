"""How many pairs of words agree at once: each distinct pair is looked at once, and in bulk.

The same answers as ``match.values`` gives one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

if TYPE_CHECKING:
    import polars as pl

__all__ = [
    "Column",
    "distinct",
    "distinct_pairs",
    "for_distinct",
    "jaro_winkler",
    "one_slip",
    "osa",
    "osa_similarity",
    "similar",
    "used",
]

Column = np.ndarray[Any, Any]
Words = Sequence[str]


def distinct_pairs(left: Column, right: Column) -> tuple[Column, Column, Column]:
    """The distinct pairs of places, the left and the right of each, and which of them each pair is."""
    packed = left.astype(np.int64) << 32 | right
    first, which = distinct(packed)
    return packed[first] >> 32, packed[first] & 0xFFFF_FFFF, which


def distinct(numbers: Column) -> tuple[Column, Column]:
    """The place of one of each distinct number, and which of them each is."""
    order = np.argsort(numbers)
    ranked = numbers[order]
    first = np.r_[True, ranked[1:] != ranked[:-1]] if len(ranked) else np.zeros(0, bool)
    which = np.empty(len(numbers), np.uint32)
    which[order] = np.cumsum(first, dtype=np.uint32) - np.uint32(1)
    return order[first], which


def for_distinct(
    words: pl.Series, left: Column, right: Column, likeness: Callable[[Words, Words], Column]
) -> Column:
    """A symmetric ``likeness`` of the words at two columns of places, asked once for each distinct pair."""
    one, other, which = distinct_pairs(np.minimum(left, right), np.maximum(left, right))
    return likeness(words.gather(one).to_list(), words.gather(other).to_list())[which]


def used(places: Column, count: int) -> Column:
    """Which of ``count`` places occur, in order."""
    there = np.zeros(count, bool)
    there[places] = True
    return np.flatnonzero(there)


def similar(x: Words, y: Words) -> Column:
    """Where one word may be a misspelling of the other."""
    shorter = np.minimum(*(np.array(list(map(len, words)), np.int64) for words in (x, y)))
    slips = osa(x, y)
    alike = (slips <= 1 + (shorter >= 8)) | (jaro_winkler(x, y) >= 0.88)
    return np.where(shorter < 4, (shorter == 3) & (slips == 1), alike)


def one_slip(x: Words, y: Words) -> Column:
    """Where one character is wrong, missing, added or transposed."""
    return osa(x, y) == 1


def osa(x: Words, y: Words) -> Column:
    """The slips between the words at each place."""
    return cpdist(x, y, scorer=OSA.distance, dtype=np.int32)


def osa_similarity(x: Words, y: Words) -> Column:
    """The share of characters without a slip, of the words at each place."""
    return cpdist(x, y, scorer=OSA.normalized_similarity, dtype=np.float64)


def jaro_winkler(x: Words, y: Words) -> Column:
    """The Jaro-Winkler similarity of the words at each place."""
    return cpdist(x, y, scorer=JaroWinkler.similarity, dtype=np.float64)
