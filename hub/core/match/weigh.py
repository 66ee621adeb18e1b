"""Match weights of many pairs at once: every comparison is made once for each distinct pair of values.

The same weights as ``Matcher.weight`` gives one by one; records repeat far fewer values than they make pairs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from hub.core.columns import NAMED, coded, mapped
from hub.core.match.comparisons import READS, Reads, reference
from hub.core.match.likeness import Column, distinct_pairs, used
from hub.core.match.live import live_columns
from hub.core.match.matcher import Matcher
from hub.core.match.weigh_addresses import Addresses
from hub.core.match.weigh_names import Names
from hub.core.model import SourceRecord

if TYPE_CHECKING:
    from hub.core.keys import Keys, Rows

__all__ = ["Weigher"]

_LISTS: Final = ("emails", "phones", "handles")
_Pairs = list[tuple[SourceRecord, SourceRecord]]


class Weigher:
    """Weighs pairs of rows of ``records`` (``core.columns``); ``generic`` are the keys whose values are no evidence."""

    def __init__(self, matcher: Matcher, records: pl.DataFrame, generic: Keys) -> None:
        self._matcher = matcher
        self._named = records.select(NAMED).to_series().to_numpy()
        self._firm = _organizations(matcher, records, self._named)
        self._seen = _derived(matcher, live_columns(records, generic), self._named)
        self._names = Names(matcher, self._seen)

    def weigh(self, a: Rows, b: Rows, least: int | None = None) -> Keys:
        """The weights of pairs in centibits; any number below ``least`` tells of those that cannot reach it."""
        if not len(a):
            return np.zeros(0, np.int64)
        matcher, seen = self._matcher, self._seen
        totals = np.repeat(np.array(matcher.prior, np.int64)[:, None], len(a), axis=1)
        at = np.flatnonzero(self._of_two_kinds(a, b))
        totals[:, at] += np.array(matcher.worth((("kind", "person and organization", 0),)))[:, None]
        lore, worth = matcher.lore, matcher.worth
        for compare, reads in READS.items():
            pairs, place, at = _Values(seen, reads).pairs(a, b, equal=compare is reference)
            if pairs:
                found = [worth(compare(x, y, lore)) for x, y in pairs]
                totals[:, at] += np.array(found, np.int64).T[:, place]
        self._names.weigh(totals, a, b)
        people = self._named[a] & self._named[b]
        self._weigh_addresses(totals, a, b, people, None if matcher.custom else least)
        weights = _against_best(totals, people)
        if matcher.custom:
            pairs, place, at = _Values(seen, Reads(("custom",))).pairs(a, b)
            custom = [sum(step.weight for step in matcher.custom_steps(x, y)) for x, y in pairs]
            weights[at] += np.array(custom, np.int64)[place]
        return weights

    def may_contradict(self, a: Rows, b: Rows) -> Column:
        """Which pairs may be clearly different customers: all that ``Matcher.contradicts`` says so of, and some more."""
        clash: Column = self._of_two_kinds(a, b) | self._names.contradict(a, b)
        return clash

    def _of_two_kinds(self, a: Rows, b: Rows) -> Column:
        """Where one is a person and the other an organization, by whole records, generic values and all."""
        firm, named = self._firm, self._named
        kinds: Column = (firm[a] & named[b]) | (firm[b] & named[a])
        return kinds

    def _weigh_addresses(self, totals: Column, a: Rows, b: Rows, people: Column, least: int | None) -> None:
        """Add what addresses are worth, where that can still bring a pair to ``least``."""
        addresses = Addresses(self._matcher, self._seen)
        if least is None:
            addresses.weigh(totals, a, b)
            return
        hopeful = _against_best(totals + addresses.best[:, None], people) >= least
        at = np.flatnonzero(hopeful)
        some = totals[:, at]
        addresses.weigh(some, a[at], b[at])
        totals[:, at] = some
        totals[0, ~hopeful] = least - 1


def _against_best(totals: Column, people: Column) -> Column:
    """The weight against the alternative that explains a pair best; for two ``people`` all count."""
    return np.asarray(np.where(people, totals.min(axis=0), totals[0]))


def _derived(matcher: Matcher, records: pl.DataFrame, named: Any) -> pl.DataFrame:
    """The columns comparisons read: lists as one text each, and what ``READS`` names beside fields."""
    emails, phones, nothing = pl.col("emails"), pl.col("phones"), pl.lit("")
    domain = pl.element().str.extract("@(.*)$")
    alone = pl.when((emails.list.len() == 1) & pl.Series(named)).then(emails.list.first()).otherwise(nothing)

    def kind_of_mailbox(email: str) -> str:
        return email and ("role" if matcher.lore.is_role(email) else "own")

    return records.with_columns(
        *(pl.col(name).list.join("\x1f") for name in _LISTS),
        pl.col("custom").list.join("\x1e"),
        emails.list.eval(domain.filter(~domain.is_in(sorted(matcher.lore.freemail))))
        .list.join("\x1f")
        .alias("domains"),
        mapped(records.select(alone.alias("email apart")).to_series(), kind_of_mailbox),
        pl.when(phones.list.len() == 1).then(pl.lit("single")).otherwise(nothing).alias("phone apart"),
        pl.Series("named", named),
    )


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


class _Values:
    """The distinct values of what a comparison reads, and which of them each record has."""

    def __init__(self, records: pl.DataFrame, reads: Reads) -> None:
        self._records = records
        self._fields, telling, apart = reads
        places, distinct = coded(records.select(pl.concat_str(self._fields, separator="\x1d")).to_series())
        self._place = places.to_numpy()
        told = pl.any_horizontal(pl.col(name) != "" for name in telling or self._fields)
        self._told = records.select(told).to_series().to_numpy()
        self._first = np.zeros(len(distinct), np.int64)
        self._first[self._place[::-1]] = np.arange(records.height)[::-1]
        self._apart = _Apart(records[apart], self._place) if apart else None

    def pairs(self, a: Rows, b: Rows, *, equal: bool = False) -> tuple[_Pairs, Column, Column]:
        """Distinct pairs of known values; of the pairs of rows that have one, which it is; and those rows.

        Each value as a record of it and nothing else. With ``equal`` only pairs of one value.
        """
        wanted = self._told[a] & self._told[b]
        at = np.flatnonzero(wanted & (self._place[a] == self._place[b]) if equal else wanted)
        x, y = a[at], b[at]
        left, right = self._place[x], self._place[y]
        if self._apart is not None:
            left, right = self._apart.represented(x, y, left, right)
        one, other, which = distinct_pairs(np.minimum(left, right), np.maximum(left, right))
        some = used(np.concatenate([one, other]), len(self._first))
        values = self._records.select(self._fields)[self._first[some]].rows()
        known = {
            place: _record(self._fields, value) for place, value in zip(some.tolist(), values, strict=True)
        }
        pairs = [(known[p], known[q]) for p, q in zip(one.tolist(), other.tolist(), strict=True)]
        return pairs, which, at


class _Apart:
    """Values that differ are alike in all that matters: one pair of them stands for all of their kinds."""

    def __init__(self, kinds: pl.Series, place: Column) -> None:
        self._kind = coded(kinds)[0].to_numpy()
        self._single = self._kind > 0
        kinds_there = int(self._kind.max(initial=0)) + 1
        self._first, self._last = np.full(kinds_there, len(place)), np.zeros(kinds_there, np.int64)
        np.minimum.at(self._first, self._kind, place)
        np.maximum.at(self._last, self._kind, place)

    def represented(self, x: Rows, y: Rows, left: Column, right: Column) -> tuple[Column, Column]:
        """The places with those of pairs of different single values replaced by the representatives' places."""
        plain = (left != right) & self._single[x] & self._single[y]
        return (
            np.where(plain, self._first[self._kind[x]], left),
            np.where(plain, self._last[self._kind[y]], right),
        )


def _record(names: tuple[str, ...], values: tuple[Any, ...]) -> SourceRecord:
    fields = list(_NOBODY)
    for name, value in zip(names, values, strict=True):
        if name == "named":
            fields[_PLACE["given"]] = "somebody" if value else ""
        elif name == "domains":  # of the mailboxes, which are there
            continue
        elif name in _LISTS:
            fields[_PLACE[name]] = tuple(value.split("\x1f")) if value else ()
        elif name == "custom":
            pairs = (pair.partition("\x1f") for pair in value.split("\x1e") if pair)
            fields[_PLACE[name]] = tuple((field, said) for field, _, said in pairs)
        else:
            fields[_PLACE[name]] = value
    return SourceRecord._make(fields)


_NOBODY: Final = SourceRecord(0)
_PLACE: Final = {name: place for place, name in enumerate(SourceRecord._fields)}
