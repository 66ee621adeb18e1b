"""Compares many pairs of words of names at once: in bulk where they are simple, one by one where they are not.

The same levels as ``NameBook`` tells of two.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from itertools import permutations
from typing import Final

import numpy as np
import polars as pl

from hub.core.coded import coded
from hub.core.match.likeness import Column, distinct_pairs, similar
from hub.core.match.names import PINYIN, NameBook

__all__ = ["PLACE", "Words"]

_LEVELS: Final = (
    "", "equal", "homophone", "pinyin", "nickname", "initial", "part", "similar", "different", "swapped, short",
    "half swapped",
)  # fmt: skip
PLACE: Final = {level: place for place, level in enumerate(_LEVELS)}
"""The levels of plain names; their places stand for them in columns."""
_SEVERAL: Final = r"[\s\-'\x1c-\x1f]"
"""Where ``names`` parts a name into words, or more."""


class Words:
    """The distinct words of names, which pairs name by their places."""

    def __init__(self, book: NameBook, texts: pl.Series) -> None:
        self._book, self._texts = book, texts
        self._simple = ((texts.str.len_chars() > 1) & ~texts.str.contains(_SEVERAL)).to_numpy()
        self._single = (texts.str.len_chars() == 1).to_numpy()
        self._initials = coded(texts.str.head(1)).places
        self._known = texts.is_in(sorted(book.known)).to_numpy()
        self.chinese = texts.is_in(sorted(book.chinese)).to_numpy()
        """Which are Chinese family names in pinyin."""
        self._nicknames = _nicknames(book, texts)

    def given(self, x: Column, y: Column, *, chinese: bool) -> Column:
        """The places of the levels of given names that are not equal; of bearers one of whom is Chinese or not."""

        def bulk(one: Column, other: Column) -> Column:
            levels = (
                self._alike(one, other, self._known) if not chinese else self._alike_in_pinyin(one, other)
            )
            levels[np.isin(_packed(one, other), self._nicknames)] = PLACE["nickname"]
            return levels

        def compare(p: str, q: str) -> str:
            return self._book.compare_given(p, "", q, "", chinese)

        return self._compared(x, y, bulk, compare)

    def family(self, x: Column, y: Column) -> Column:
        """The places of the levels of family names that are not equal."""

        def bulk(one: Column, other: Column) -> Column:
            return self._alike(one, other, self.chinese)

        return self._compared(x, y, bulk, self._book.compare_families)

    def short(self, x: Column, y: Column) -> Column:
        """Where one of two words, which are not equal, is the initial or a nickname of the other."""
        alike: Column = np.isin(_packed(x, y), self._nicknames)
        letter = self._single[x] | self._single[y]
        return np.where(letter, self._initials[x] == self._initials[y], alike)

    def _compared(
        self,
        x: Column,
        y: Column,
        bulk: Callable[[Column, Column], Column],
        compare: Callable[[str, str], str],
    ) -> Column:
        """The levels of distinct pairs: of two simple words in bulk, of others one by one."""
        one, other, which = distinct_pairs(np.minimum(x, y), np.maximum(x, y))
        levels = np.empty(len(one), np.uint8)
        plain = self._simple[one] & self._simple[other]
        levels[plain] = bulk(one[plain], other[plain])
        words = zip(*(self._texts.gather(places[~plain]) for places in (one, other)), strict=True)
        levels[~plain] = [PLACE[compare(p, q)] for p, q in words]
        return levels[which]

    def _alike(self, one: Column, other: Column, told_apart: Column) -> Column:
        """Whether words are similar or different; two of those ``told_apart`` are no misspelling of each other."""
        levels = np.full(len(one), PLACE["different"], np.uint8)
        at = np.flatnonzero(~(told_apart[one] & told_apart[other]))
        levels[at[self._similar(one[at], other[at])]] = PLACE["similar"]
        return levels

    def _alike_in_pinyin(self, one: Column, other: Column) -> Column:
        """The same of given names, of bearers one of whom is Chinese: another name's pinyin says nothing."""
        levels = np.full(len(one), PLACE["different"], np.uint8)
        pinyin = self._pinyin[one].astype(np.uint8) + self._pinyin[other]
        at = np.flatnonzero(pinyin < 2)
        x, y = one[at], other[at]
        alike = self._similar(x, y)
        levels[at[~alike & (pinyin[at] == 1)]] = PLACE[""]
        levels[at[alike & ~(self._known[x] & self._known[y])]] = PLACE["similar"]
        return levels

    def _similar(self, one: Column, other: Column) -> Column:
        return similar(*(self._texts.gather(places).to_list() for places in (one, other)))

    @cached_property
    def _pinyin(self) -> Column:
        """Which are Chinese given names in pinyin."""
        return (
            self._texts.str.contains(f"^{PINYIN}$") & ~self._texts.is_in(sorted(self._book.nicknames))
        ).to_numpy()


def _nicknames(book: NameBook, texts: pl.Series) -> Column:
    """The pairs of words that one person may go by."""
    groups: dict[int, list[int]] = {}
    at = texts.is_in(sorted(book.nicknames)).arg_true()
    for place, name in zip(at, texts.gather(at), strict=True):
        for group in book.nicknames[name]:
            groups.setdefault(group, []).append(place)
    pairs = [pair for places in groups.values() for pair in permutations(places, 2)]
    one, other = np.array(pairs, np.int64).reshape(-1, 2).T
    return _packed(one, other)


def _packed(one: Column, other: Column) -> Column:
    both: Column = one.astype(np.int64) << 32 | other
    return both
