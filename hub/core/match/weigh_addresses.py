"""Compares the addresses of many pairs of records at once, part by part."""

from __future__ import annotations

import numpy as np
import polars as pl

from hub.core.columns import Hashed
from hub.core.keys import word
from hub.core.match.by_word import worth_by_word
from hub.core.match.likeness import (
    Column,
    distinct_pairs,
    for_distinct,
    jaro_winkler,
    one_slip,
    osa_similarity,
    similar,
)
from hub.core.match.matcher import Matcher
from hub.core.match.values import joined_street, streets_contained

__all__ = ["Addresses"]


class Addresses:
    """The addresses of records in parts, each part a place among the distinct ones; 0 is unknown."""

    def __init__(self, matcher: Matcher, values: Hashed) -> None:
        self._matcher = matcher
        house, street, code, city = (
            values.coded(name) for name in ("house", "street", "postal_code", "city")
        )
        self._house, self._street, self._code, self._city = (
            part.places for part in (house, street, code, city)
        )
        self._streets, self._codes, self._cities = street.distinct, code.distinct, city.distinct
        self._town = self._cities.is_in(sorted(matcher.lore.towns)).to_numpy()
        self._joined = pl.Series([joined_street(street) for street in self._streets], dtype=pl.String)
        self._words = np.array([_mask(street) for street in self._streets], np.uint64)

    def weigh(self, totals: Column, a: Column, b: Column) -> None:
        """Add what addresses are worth to ``totals``: a row for each alternative, a column for each pair."""
        known = (self._street > 0) | (self._code > 0) | (self._city > 0)
        at = np.flatnonzero(known[a] & known[b])
        x, y = a[at], b[at]
        streets, codes, cities = (
            (part[x] > 0) & (part[y] > 0) for part in (self._street, self._code, self._city)
        )
        same_street, same_city = self._same_street(x, y, streets), self._same_city(x, y, cities)
        same_house = (self._house[x] > 0) & (self._house[x] == self._house[y])
        same_code = codes & (self._code[x] == self._code[y])
        near_code = self._near(x, y, codes & ~same_code & same_city)
        equal_city = cities & (self._city[x] == self._city[y])
        # as ``values.address_level`` decides; of what is true of a pair the first row counts
        whole, places_apart = streets, (codes | cities) & ~(same_code | same_city)
        by_code, by_city = ~streets & codes, ~streets & ~codes & cities
        near = same_code | (same_city & (near_code | ~codes))
        table = (
            (same_street & same_house & places_apart, "address", "house and street"),
            (same_street & same_house, "address", "door"),
            (same_street & near, "address", "street"),
            (same_street, "address", "street name"),
            (same_house & (same_code | (near_code & same_city)), "address", "house and postal code"),
            (whole & same_code, "address", "postal code"),
            (whole & near_code & same_city, "address", "nearly the postal code"),
            (whole & equal_city, "address", "city"),
            (whole & same_city, "address", "similar city"),
            (whole, "address", "different"),
            (by_code & same_code, "postal code", "equal"),
            (by_code & near_code & same_city, "postal code", "nearly"),
            (by_code & equal_city, "postal code", "city"),
            (by_code & same_city, "postal code", "similar city"),
            (by_code, "postal code", "different"),
            (by_city & equal_city, "city", "equal"),
            (by_city & same_city, "city", "similar"),
            (by_city, "city", "different"),
        )
        level = np.select([which for which, _, _ in table], range(len(table)), len(table))
        for place, (_, what, label) in enumerate(table):
            here = np.flatnonzero(level == place)
            if not len(here):
                continue
            if label == "city" or (what, label) == ("city", "equal"):
                totals[:, at[here]] += worth_by_word(
                    self._matcher, what, label, "city", self._cities, self._city[x[here]]
                )
            else:
                worth = self._matcher.worth(((what, label, 0),))
                totals[:, at[here]] += np.array(worth, np.int32)[:, None]

    @property
    def best(self) -> Column:
        """The most an address can be worth against each alternative."""
        odds, rare = self._matcher.model.odds, self._matcher.model.rare["city"]
        levels = [(what, level) for what in ("address", "postal code", "city") for level in odds[what]]
        worths = [self._matcher.worth(((*each, share),)) for each in levels for share in (0, rare)]
        return np.array(worths, np.int32).max(axis=0)

    def _same_street(self, x: Column, y: Column, known: Column) -> Column:
        one, other = self._street[x], self._street[y]
        same = known & (one == other)
        at = np.flatnonzero(known & ~same)
        if len(at):
            same[at] = self._streets_alike(one[at], other[at])
        return same

    def _streets_alike(self, x: Column, y: Column) -> Column:
        """Where streets that are not equal may be one, as ``values`` says of two."""
        one, other, which = distinct_pairs(np.minimum(x, y), np.maximum(x, y))
        p, q = self._streets.gather(one).to_list(), self._streets.gather(other).to_list()
        alike = jaro_winkler(p, q) >= 0.9
        left = np.flatnonzero(~alike)
        joined = self._joined
        alike[left] = (
            osa_similarity(joined.gather(one[left]).to_list(), joined.gather(other[left]).to_list()) >= 0.85
        )
        mine, yours = self._words[one], self._words[other]
        maybe = ((mine & yours) == mine) | ((mine & yours) == yours)
        for at in np.flatnonzero(maybe & ~alike).tolist():
            alike[at] = streets_contained(p[at], q[at])
        return alike[which]

    def _same_city(self, x: Column, y: Column, known: Column) -> Column:
        one, other = self._city[x], self._city[y]
        same = known & (one == other)
        at = np.flatnonzero(known & ~same & ~(self._town[one] & self._town[other]))
        if len(at):
            same[at] = for_distinct(self._cities, one[at], other[at], similar)
        return same

    def _near(self, x: Column, y: Column, wanted: Column) -> Column:
        """Which of the ``wanted`` pairs have postal codes one slip apart."""
        near, at = np.zeros(len(x), bool), np.flatnonzero(wanted)
        if len(at):
            near[at] = for_distinct(self._codes, self._code[x[at]], self._code[y[at]], one_slip)
        return near


def _mask(street: str) -> int:
    """A bit for each word: where one mask is not within the other, neither are the words."""
    bits = 0
    for one in street.split():
        bits |= 1 << (word(one) >> 58)
    return bits
