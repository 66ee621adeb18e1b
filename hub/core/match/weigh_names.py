"""Compares the names of many pairs of records at once, part by part: people share parts far more than names."""

from __future__ import annotations

import numpy as np
import polars as pl

from hub.core.coded import coded
from hub.core.columns import Hashed
from hub.core.match.by_word import worth_by_word
from hub.core.match.comparisons import Found, Parts
from hub.core.match.likeness import Column, distinct_pairs, jaro_winkler, used
from hub.core.match.matcher import Matcher
from hub.core.match.names import GIVEN_COMPATIBLE, family_han, given_han
from hub.core.match.weigh_words import PLACE, Words

__all__ = ["Names"]

_EQUAL, _HOMOPHONE, _PINYIN, _INITIAL, _SIMILAR, _DIFFERENT, _SHORT, _HALF = (
    PLACE[level]
    for level in (
        "equal", "homophone", "pinyin", "initial", "similar", "different", "swapped, short", "half swapped",
    )
)  # fmt: skip


class Names:
    """The names of records, each part a place among the distinct ones.

    *Plain* are names of a given and a family name without more; pairs of others, and those whose parts have
    changed places, are compared one by one.
    """

    def __init__(self, matcher: Matcher, values: Hashed) -> None:
        self._matcher, self._records = matcher, values.records
        given, family, han = (values.coded(name) for name in ("given", "family", "han"))
        self._given, self._family, self._words = given.places, family.places, given.distinct
        self._named = (self._given > 0) | (self._family > 0)
        self._plain = (self._given > 0) & (self._family > 0) & (values.text("middle") == 0)
        self._han = han.places > 0
        of_given, of_family = (
            coded(pl.Series([part(name) for name in han.distinct], dtype=pl.String))
            for part in (given_han, family_han)
        )
        self._characters = of_given.distinct
        self._han_given, self._han_family = of_given.places[han.places], of_family.places[han.places]
        self._single = (self._words.str.len_chars() == 1).to_numpy()
        self._told = Words(matcher.lore.book, self._words)
        self._chinese = self._han | self._told.chinese[self._family]

    def weigh(self, totals: Column, a: Column, b: Column) -> None:
        """Add what names are worth to ``totals``: a row for each alternative, a column for each pair."""
        at, given, family = self._levels(a, b)
        x = a[at]
        worth = self._by_level("given name")[:, given] + self._by_level("family name")[:, family]
        both_han = self._han[x] & self._han[b[at]]
        for what, level, of, places, words, field in (
            (
                "given name",
                "equal",
                (given == _EQUAL) & both_han,
                self._han_given,
                self._characters,
                "han_given",
            ),
            ("given name", "equal", (given == _EQUAL) & ~both_han, self._given, self._words, "given"),
            ("given name", "pinyin", given == _PINYIN, self._given, self._words, "given"),
            ("family name", "equal", family == _EQUAL, self._family, self._words, "family"),
        ):
            here = np.flatnonzero(of)
            worth[:, here] += worth_by_word(self._matcher, what, level, field, words, places[x[here]])
        totals[:, at] += worth
        rest, found, which = self._one_by_one(a, b, at)
        if found:
            each = np.array([self._matcher.worth(one) for one in found], np.int32)
            totals[:, rest] += each.T[:, which]

    def contradict(self, a: Column, b: Column) -> Column:
        """Which pairs have given names that cannot be one person's."""
        clash = np.zeros(len(a), bool)
        # most pairs within a customer share a given name, and cannot
        unlike = np.flatnonzero(~(self._plain[a] & self._plain[b] & (self._given[a] == self._given[b])))
        a, b = a[unlike], b[unlike]
        at, given, _ = self._levels(a, b)
        clash[unlike[at]] = (given == _DIFFERENT) | (given == _HALF)
        rest, found, which = self._one_by_one(a, b, at)
        if found:
            each = [_is_contradiction(one) for one in found]
            clash[unlike[rest]] = np.array(each)[which]
        return clash

    def _levels(self, a: Column, b: Column) -> tuple[Column, Column, Column]:
        """Which pairs are of plain names that did not both change places, and the levels of given and family names."""
        at = np.flatnonzero(self._plain[a] & self._plain[b])
        x, y = a[at], b[at]
        given, family = self._given_levels(x, y), self._family_levels(x, y)
        mine, yours = self._turned(x, y, given, family)
        half = np.flatnonzero(mine ^ yours)
        given[half], family[half] = self._half_turned(x[half], y[half], mine[half]), 0
        straight = ~(mine & yours)
        return at[straight], given[straight], family[straight]

    def _given_levels(self, a: Column, b: Column) -> Column:
        x, y = self._given[a], self._given[b]
        one, other, same = self._han[a], self._han[b], x == y
        levels = np.full(len(x), _DIFFERENT, np.uint8)
        levels[same] = _EQUAL
        levels[same & (one ^ other)] = _PINYIN
        twins = np.flatnonzero(same & one & other)
        levels[twins[self._han_given[a[twins]] != self._han_given[b[twins]]]] = _HOMOPHONE
        levels[same & self._single[x]] = _INITIAL
        unequal = np.flatnonzero(~same & ~(one & other))
        chinese = self._chinese[a[unequal]] | self._chinese[b[unequal]]
        for flag in (False, True):
            at = unequal[chinese == flag]
            levels[at] = self._told.given(x[at], y[at], chinese=flag)
        return levels

    def _family_levels(self, a: Column, b: Column) -> Column:
        x, y = self._family[a], self._family[b]
        levels = np.full(len(x), _EQUAL, np.uint8)
        han = np.flatnonzero(self._han[a] & self._han[b])
        levels[han[self._han_family[a[han]] != self._han_family[b[han]]]] = _HOMOPHONE
        at = np.flatnonzero(x != y)
        levels[at] = self._told.family(x[at], y[at])
        return levels

    def _turned(self, a: Column, b: Column, given: Column, family: Column) -> tuple[Column, Column]:
        """Where the given name of the first is like the family name of the second, and the other way round.

        Only of pairs that have little else in common.
        """
        mine, yours = np.zeros(len(a), bool), np.zeros(len(a), bool)
        unlike = np.isin(given, (0, _SIMILAR, _DIFFERENT)) & np.isin(family, (_SIMILAR, _DIFFERENT))
        at = np.flatnonzero(unlike)
        if len(at):
            x, y = a[at], b[at]
            mine[at] = self._alike(self._given[x], self._family[y])
            yours[at] = self._alike(self._given[y], self._family[x])
        return mine, yours

    def _half_turned(self, a: Column, b: Column, mine: Column) -> Column:
        """The levels of given names where one of two crossed parts is alike: ``mine`` that of the first's given name."""
        given = np.where(mine, self._given[b], self._given[a])
        family = np.where(mine, self._family[a], self._family[b])
        return np.where(self._told.short(given, family), _SHORT, _HALF)

    def _alike(self, given: Column, family: Column) -> Column:
        """Where a given and a family name are one word, as ``names.may_be_turned`` says of two."""
        one, other, which = distinct_pairs(given, family)
        x, y = self._words.gather(one).to_list(), self._words.gather(other).to_list()
        long = np.array([len(p) >= 4 and len(q) >= 4 for p, q in zip(x, y, strict=True)], bool)
        return ((one == other) | (long & (jaro_winkler(x, y) >= 0.9)))[which]

    def _one_by_one(self, a: Column, b: Column, done: Column) -> tuple[Column, list[Found], Column]:
        """The pairs of two names that are not ``done``, what distinct ones find, and which of these each has."""
        left = self._named[a] & self._named[b]
        left[done] = False
        rest = np.flatnonzero(left)
        x, y = a[rest], b[rest]
        rows = used(np.concatenate([x, y]), self._records.height)
        names: list[Parts] = self._records.select("given", "middle", "family", "han")[rows].rows()  # pyright: ignore[reportAssignmentType]
        places: dict[Parts, int] = {}
        place = np.zeros(self._records.height, np.int64)
        place[rows] = [places.setdefault(name, len(places)) for name in names]
        distinct: list[Parts] = list(places)
        x, y = place[x], place[y]
        one, other, which = distinct_pairs(np.minimum(x, y), np.maximum(x, y))
        compare = self._matcher.lore.names
        ways: list[list[int]] = np.stack([one, other], axis=1).tolist()
        found = [compare(distinct[p], distinct[q]) for p, q in ways]
        return rest, found, which

    def _by_level(self, what: str) -> Column:
        """What each level is worth where the value does not count: a row for each alternative."""
        known = self._matcher.model.odds[what]
        levels = [
            (0, 0, 0) if not level or level == "equal" or (what, level) == ("given name", "pinyin") else
            self._matcher.worth(((what, level, 0),)) if level in known else (0, 0, 0)
            for level in PLACE
        ]  # fmt: skip
        return np.array(levels, np.int32).T


def _is_contradiction(found: Found) -> bool:
    return any(what == "given name" and level not in GIVEN_COMPATIBLE for what, level, _ in found)
