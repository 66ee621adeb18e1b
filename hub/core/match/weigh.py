"""Match weights of many pairs at once: every comparison is made once for each distinct pair of values.

The same weights as ``Matcher.weight`` gives one by one; records repeat far fewer values than they make pairs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from hub.core.columns import NAMED, ORGANIZATION, Hashed
from hub.core.keys import mixed
from hub.core.match.comparisons import READS, Reads
from hub.core.match.likeness import Column, distinct, used
from hub.core.match.live import live_columns
from hub.core.match.matcher import Matcher
from hub.core.match.weigh_addresses import Addresses
from hub.core.match.weigh_names import Names
from hub.core.match.weigh_values import Values
from hub.core.model import SourceRecord

if TYPE_CHECKING:
    from hub.core.keys import Keys, Rows

__all__ = ["Weigher"]

_LISTS: Final = ("emails", "phones", "handles")
_Pairs = list[tuple[SourceRecord, SourceRecord]]


class Weigher:
    """Weighs pairs of rows of records (``core.columns``); ``generic`` are the keys whose values are no evidence."""

    def __init__(self, matcher: Matcher, values: Hashed, generic: Keys) -> None:
        records = values.records
        self._matcher = matcher
        self._named = records.select(NAMED).to_series().to_numpy()
        self._alone = records.select(ORGANIZATION).to_series().to_numpy()
        self._firm = _organizations(matcher, records, self._named)
        self._seen = live_columns(values, generic)
        self._names = Names(matcher, self._seen)

    @cached_property
    def _values(self) -> Values:
        return Values(self._matcher, self._seen, self._named)

    def _of_one_kind(self, a: Rows, b: Rows) -> Column:
        """Which pairs are two people with names, or two organizations with theirs."""
        kin: Column = (self._named[a] & self._named[b]) | (self._alone[a] & self._alone[b])
        return kin

    @cached_property
    def _addresses(self) -> Addresses:
        return Addresses(self._matcher, self._seen)

    def weigh(self, a: Rows, b: Rows, least: int | None = None) -> Keys:
        """The weights of pairs in centibits; any number below ``least`` tells of those that cannot reach it."""
        if not len(a):
            return np.zeros(0, np.int64)
        matcher = self._matcher
        totals = np.repeat(np.array(matcher.prior, np.int32)[:, None], len(a), axis=1)
        for at, worth in self._each_worth(a, b):
            totals[:, at] += worth
        self._names.weigh(totals, a, b)
        kin = self._of_one_kind(a, b)
        self._weigh_addresses(totals, a, b, kin, None if matcher.custom else least)
        weights = _against_best(totals, kin).astype(np.int64)
        if matcher.custom:
            for pairs, which, at in self._each_distinct((Reads(("custom",)),), a, b):
                custom = [sum(step.weight for step in matcher.custom_steps(x, y)) for x, y in pairs]
                weights[at] += np.array(custom, np.int64)[which]
        return weights

    def most_together(self, a: Rows, b: Rows, starts: Rows) -> Keys:
        """What two clusters can weigh by all they know, of many such: all pairs of theirs, from their place in ``starts`` on.

        No less than ``Matcher.weight_together`` says of them: whatever a pair finds nothing on counts as nothing against.
        """
        matcher = self._matcher
        totals = np.repeat(np.array(matcher.prior, np.int64)[:, None], len(starts), axis=1)

        def add(worth: Column) -> None:
            nonlocal totals
            totals = totals + np.maximum.reduceat(worth, starts, axis=1)

        nothing = np.zeros((len(totals), len(a)), np.int32)
        for at, worth in self._each_worth(a, b):
            found = nothing.copy()
            found[:, at] = worth
            add(found)
        for part in (self._names, self._addresses):
            found = nothing.copy()
            part.weigh(found, a, b)
            add(found)
        kin = np.logical_or.reduceat(self._of_one_kind(a, b), starts)
        custom = sum(max(0, *(level.weight for level in one.levels)) for one in matcher.custom)
        return _against_best(totals, kin) + custom

    def _each_worth(self, a: Rows, b: Rows) -> Iterator[tuple[Column, Column]]:
        """Comparison by comparison, but for names and addresses: the pairs that it looks at, and what it finds is worth."""
        matcher = self._matcher
        at = np.flatnonzero(self._of_two_kinds(a, b))
        yield at, np.array(matcher.worth((("kind", "person and organization", 0),)))[:, None]
        for compare, several in READS.items():
            for pairs, which, at in self._each_distinct(several, a, b):
                found = [matcher.worth(compare(x, y, matcher.lore)) for x, y in pairs]
                yield at, np.array(found, np.int32).T[:, which]

    def may_contradict(self, a: Rows, b: Rows) -> Column:
        """Which pairs may be clearly different customers: all that ``Matcher.contradicts`` says so of, and some more."""
        clash: Column = self._of_two_kinds(a, b) | self._names.contradict(a, b)
        return clash

    def _of_two_kinds(self, a: Rows, b: Rows) -> Column:
        """Where one is a person and the other an organization, by whole records, generic values and all."""
        firm, named = self._firm, self._named
        kinds: Column = (firm[a] & named[b]) | (firm[b] & named[a])
        return kinds

    def _weigh_addresses(self, totals: Column, a: Rows, b: Rows, kin: Column, least: int | None) -> None:
        """Add what addresses are worth, where that can still bring a pair to ``least``."""
        addresses = self._addresses
        if least is None:
            addresses.weigh(totals, a, b)
            return
        hopeful = _against_best(totals + addresses.best[:, None], kin) >= least
        at = np.flatnonzero(hopeful)
        some = totals[:, at]
        addresses.weigh(some, a[at], b[at])
        totals[:, at] = some
        totals[0, ~hopeful] = least - 1

    def _each_distinct(
        self, several: Iterable[Reads], a: Rows, b: Rows
    ) -> Iterator[tuple[_Pairs, Column, Column]]:
        """Distinct pairs of known values; of the pairs of rows that have one, which it is; and the places of those.

        Each value as a record of it and nothing else.
        """
        seen, left = self._values, np.arange(len(a))
        for reads in several:
            tells = np.logical_or.reduce([seen.of(name) > 0 for name in reads.telling or reads.fields])
            if not tells.any():
                continue
            both = tells[a[left]] & tells[b[left]]
            at, left = left[both], left[~both]
            if reads.equal:
                single = seen.of(reads.equal)
                p, q = single[a[at]], single[b[at]]
                at = at[(p == q) | (p == 0) | (q == 0)]
            if not len(at):
                continue
            x, y = a[at], b[at]
            value = seen.of(reads.fields[0])
            same = value[x] == value[y]
            said = mixed(*map(seen.of, reads.fields))
            kinds = np.concatenate([seen.of(reads.unlike), seen.of(reads.alike)])
            beside = same * np.int64(len(said))
            one, other = kinds[beside + x], kinds[beside + y]
            whole = np.flatnonzero((one == 0) | (other == 0))
            one[whole], other[whole] = said[x[whole]], said[y[whole]]
            first, which = distinct(
                mixed(np.minimum(one, other), np.maximum(one, other), same.astype(np.uint64))
            )
            yield self._pairs(reads.fields, x[first], y[first]), which, at

    def _pairs(self, fields: tuple[str, ...], x: Rows, y: Rows) -> _Pairs:
        """Pairs of rows as records of some fields."""
        rows = used(np.concatenate([x, y]), len(self._named))
        columns = self._seen.records.with_columns(
            pl.Series("named", self._named), pl.Series("organization alone", self._alone)
        )
        values = columns.select(fields)[rows].rows()
        known = {row: _record(fields, value) for row, value in zip(rows.tolist(), values, strict=True)}
        return [(known[p], known[q]) for p, q in zip(x.tolist(), y.tolist(), strict=True)]


def _against_best(totals: Column, kin: Column) -> Column:
    """The weight against the alternative that explains a pair best; for two of one kind all count."""
    weights: Column = totals.min(axis=0)
    weights[~kin] = totals[0, ~kin]
    return weights


def _organizations(matcher: Matcher, records: pl.DataFrame, named: Any) -> Any:
    """Which records can only be organizations, as ``Lore.is_organization`` says of one."""
    maybe = (
        records.select(
            (pl.col("organization") != "") & (pl.col("birth_date") == "") & (pl.col("national_id") == "")
        )
        .to_series()
        .to_numpy()
        & ~named
    )
    firm = np.zeros(records.height, bool)
    rows = np.flatnonzero(maybe)
    firm[rows] = [
        all(map(matcher.lore.is_role, emails)) for emails in records["emails"].gather(rows).to_list()
    ]
    return firm


def _record(names: tuple[str, ...], values: tuple[Any, ...]) -> SourceRecord:
    fields = list(_NOBODY)
    for name, value in zip(names, values, strict=True):
        if name == "named":
            fields[_PLACE["given"]] = "somebody" if value else ""
        elif name == "organization alone":
            fields[_PLACE["organization"]] = "somebody" if value else ""
        elif name in _LISTS:
            fields[_PLACE[name]] = tuple(value)
        elif name == "custom":
            pairs = (pair.partition("\x1f") for pair in value)
            fields[_PLACE[name]] = tuple((field, said) for field, _, said in pairs)
        else:
            fields[_PLACE[name]] = value
    return SourceRecord._make(fields)


_NOBODY: Final = SourceRecord(0)
_PLACE: Final = {name: place for place, name in enumerate(SourceRecord._fields)}
