"""Match weights of many pairs at once: every comparison is made once for each distinct pair of values.

The same weights as ``Matcher.weight`` gives one by one; records repeat far fewer values than they make pairs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from hub.core.columns import NAMED, mapped
from hub.core.match.comparisons import COMPARISONS, READS, Reads, kind, reference
from hub.core.match.live import live_columns
from hub.core.match.matcher import Matcher
from hub.core.model import SourceRecord

if TYPE_CHECKING:
    from hub.core.keys import Keys, Rows

__all__ = ["weigh"]

_LISTS: Final = ("emails", "phones", "handles")
_Pairs = list[tuple[SourceRecord, SourceRecord]]


def weigh(matcher: Matcher, records: pl.DataFrame, a: Rows, b: Rows, generic: Keys) -> Keys:
    """The weights, in centibits, of the pairs of rows ``a`` and ``b`` of ``records`` (``core.columns``).

    ``generic`` are the keys whose values are no evidence.
    """
    if not len(a):
        return np.zeros(0, np.int64)
    named = records.select(NAMED).to_series().to_numpy()
    firm = _organizations(matcher, records, named)
    seen = _derived(matcher, live_columns(records, generic), named)
    totals = np.repeat(np.array(matcher.prior, np.int64)[:, None], len(a), axis=1)
    for compare in COMPARISONS:
        if compare is kind:  # reads whole records, generic values and all
            at = np.flatnonzero((firm[a] & named[b]) | (firm[b] & named[a]))
            totals[:, at] += np.array(matcher.worth((("kind", "person and organization", 0),)))[:, None]
            continue
        values = _Values(seen, READS[compare])
        pairs, place, at = values.pairs(a, b, equal=compare is reference)
        lore, worth = matcher.lore, matcher.worth
        found = [worth(compare(x, y, lore)) for x, y in pairs]
        if found:
            totals[:, at] += np.array(found, np.int64).T[:, place]
    weights = np.array(totals[0], np.int64)
    people = np.flatnonzero(named[a] & named[b])
    weights[people] = totals[:, people].min(axis=0)
    if matcher.custom:
        values = _Values(seen, Reads(("custom",)))
        pairs, place, at = values.pairs(a, b)
        worth = [sum(step.weight for step in matcher.custom_steps(x, y)) for x, y in pairs]
        weights[at] += np.array(worth, np.int64)[place]
    return weights


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
        self.fields, telling, apart = reads
        columns = [*self.fields, apart] if apart else list(self.fields)
        said = records.select(columns)
        self.distinct = said.unique(maintain_order=True)
        own = said.join(self.distinct.with_row_index("place"), on=columns, how="left", maintain_order="left")[
            "place"
        ]
        self.place = own.to_numpy().astype(np.int64)
        told = pl.any_horizontal(pl.col(name) != "" for name in telling or self.fields)
        self.told = self.distinct.select(told).to_series().to_numpy()
        self.apart = _Apart(self.distinct[apart]) if apart else None
        self._rows: list[tuple[Any, ...]] = self.distinct.select(self.fields).rows()

    def pairs(self, a: Rows, b: Rows, *, equal: bool = False) -> tuple[_Pairs, Any, Any]:
        """Distinct pairs of known values; of the pairs of rows that have one, which it is; and those rows.

        Each value as a record of it and nothing else. With ``equal`` only pairs of one value.
        """
        left, right = self.place[a], self.place[b]
        wanted = self.told[left] & self.told[right]
        at = np.flatnonzero(wanted & (left == right) if equal else wanted)
        left, right = left[at], right[at]
        if self.apart is not None:
            left, right = self.apart.represented(left, right)
        both = pl.Series(np.minimum(left, right) << 32 | np.maximum(left, right))
        distinct = both.unique().sort()
        packed = distinct.to_numpy()
        one, other = (packed >> 32).tolist(), (packed & 0xFFFF_FFFF).tolist()
        used: set[int] = {*one, *other}
        known = {place: _record(self.fields, self._rows[place]) for place in used}
        pairs = [(known[x], known[y]) for x, y in zip(one, other, strict=True)]
        return pairs, distinct.search_sorted(both).to_numpy(), at


class _Apart:
    """Values that differ are alike in all that matters: one pair of them stands for all of their kinds."""

    def __init__(self, kinds: pl.Series) -> None:
        names = {name: number for number, name in enumerate(kinds.unique(maintain_order=True))}
        self.kind = kinds.replace_strict(list(names), list(names.values()), return_dtype=pl.Int64).to_numpy()
        self.single = (kinds != "").to_numpy()
        places = np.arange(len(kinds))
        self.first, self.last = (np.zeros(len(names), np.int64) for _ in range(2))
        self.first[self.kind[::-1]] = places[::-1]
        self.last[self.kind] = places

    def represented(self, left: Any, right: Any) -> tuple[Any, Any]:
        """The places with those of pairs of different single values replaced by the representatives' places."""
        plain = (left != right) & self.single[left] & self.single[right]
        return (
            np.where(plain, self.first[self.kind[left]], left),
            np.where(plain, self.last[self.kind[right]], right),
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
