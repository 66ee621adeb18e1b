"""Match weights of many pairs at once: every comparison is made once for each distinct pair of values.

The same weights as ``Matcher.weight`` gives one by one; records repeat far fewer values than they make pairs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from hub.core.columns import NAMED, Hashed, coded
from hub.core.match.comparisons import READS, Reads
from hub.core.match.likeness import Column, distinct_pairs, used
from hub.core.match.live import live_columns
from hub.core.match.matcher import Matcher
from hub.core.match.values import POCKET, TOLD_APART
from hub.core.match.weigh_addresses import Addresses
from hub.core.match.weigh_names import Names
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
        self._firm = _organizations(matcher, records, self._named)
        self._seen = _derived(matcher, live_columns(values, generic), self._named)
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
        for compare, several in READS.items():
            for pairs, which, at in _each_distinct(seen, several, a, b):
                found = [worth(compare(x, y, lore)) for x, y in pairs]
                totals[:, at] += np.array(found, np.int64).T[:, which]
        self._names.weigh(totals, a, b)
        people = self._named[a] & self._named[b]
        self._weigh_addresses(totals, a, b, people, None if matcher.custom else least)
        weights = _against_best(totals, people)
        if matcher.custom:
            for pairs, which, at in _each_distinct(seen, (Reads(("custom",)),), a, b):
                custom = [sum(step.weight for step in matcher.custom_steps(x, y)) for x, y in pairs]
                weights[at] += np.array(custom, np.int64)[which]
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
    weights: Column = totals[0].copy()
    weights[people] = totals[:, people].min(axis=0)
    return weights


def _derived(matcher: Matcher, records: pl.DataFrame, named: Any) -> pl.DataFrame:
    """The columns comparisons read: lists as one text each, and what ``READS`` names beside fields."""
    emails, phones, handles, nothing = (pl.col("emails"), pl.col("phones"), pl.col("handles"), pl.lit(""))
    domain = pl.element().str.extract("@(.*)$")
    own = emails.list.eval(domain.filter(~domain.is_in(sorted(matcher.lore.freemail))))

    def single(values: pl.Expr) -> pl.Expr:
        return pl.when(values.list.len() == 1).then(values.list.first()).otherwise(nothing)

    phone = single(phones)
    landline = phone.str.contains(TOLD_APART) & ~phone.str.contains(POCKET)
    alone_named = pl.Series(named) & (emails.list.len() == 1)
    mailbox = pl.when(alone_named).then(emails.list.first()).otherwise(nothing)
    return records.with_columns(
        *(pl.col(name).list.join("\x1f") for name in _LISTS),
        pl.col("custom").list.join("\x1e"),
        own.list.join("\x1f").alias("domains"),
        _kinds_of_mailboxes(matcher, records.select(mailbox.alias("email alike")).to_series()),
        pl.when(phone == "").then(nothing).when(landline).then(pl.lit("landline")).otherwise(pl.lit("pocket"))
        .alias("phone alike"),
        single(handles).str.extract("^([^:]*)").fill_null("").alias("handle alike"),
        pl.when(alone_named).then(own.list.first()).fill_null("").alias("domain alike"),
        pl.Series("named", named),
    )  # fmt: skip


def _kinds_of_mailboxes(matcher: Matcher, mailboxes: pl.Series) -> pl.Series:
    """Whether each is a role's or somebody's own; empty where there is none."""
    places, distinct = coded(mailboxes)
    local, head = distinct.str.extract("^([^@]*)"), distinct.str.extract("@([^.]*)")
    roles = sorted(matcher.model.roles)
    maybe = (  # all that can be a role's, so that few are looked at one by one
        local.is_in(roles)
        | (local == head)
        | local.str.replace_all(r"[^\pL]", "").is_in(roles)
        | local.str.extract(r"(\pL+)").is_in(roles)
        | (distinct.str.len_bytes() != distinct.str.len_chars())
    ).fill_null(False)
    is_role = matcher.lore.is_role
    roles_there = [box for box in distinct.filter(maybe) if is_role(box)]
    told = pl.select(
        pl.when(distinct == "").then(pl.lit("")).when(distinct.is_in(roles_there)).then(pl.lit("role"))
        .otherwise(pl.lit("own")).alias(mailboxes.name)
    )  # fmt: skip
    return told.to_series().gather(places)


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


def _each_distinct(
    records: pl.DataFrame, several: Iterable[Reads], a: Rows, b: Rows
) -> Iterator[tuple[_Pairs, Column, Column]]:
    """Distinct pairs of known values; of the pairs of rows that have one, which it is; and the places of those.

    Each value as a record of it and nothing else.
    """
    left = np.arange(len(a))
    for reads in several:
        told = records.select(pl.any_horizontal(pl.col(name) != "" for name in reads.telling or reads.fields))
        tells = told.to_series().to_numpy()
        both = tells[a[left]] & tells[b[left]]
        at, left = left[both], left[~both]
        if reads.equal and len(at):
            hashed = records[reads.fields[0]].hash().to_numpy()
            at = at[hashed[a[at]] == hashed[b[at]]]
        if len(at):
            pairs, which = _distinct(records, reads, a[at], b[at])
            yield pairs, which, at


def _distinct(records: pl.DataFrame, reads: Reads, a: Rows, b: Rows) -> tuple[_Pairs, Column]:
    """The distinct pairs of values among pairs of rows that have one each, and which of them each has."""
    rows = used(np.concatenate([a, b]), records.height)
    some = records.select(*reads.fields, *([reads.alike] if reads.alike else ()))[rows]
    places, distinct = coded(some.select(pl.concat_str(reads.fields, separator="\x1d")).to_series())
    place, row = np.zeros(records.height, np.int64), np.zeros(len(distinct), np.int64)
    place[rows] = places.to_numpy()
    row[places.to_numpy()[::-1]] = np.arange(len(rows))[::-1]
    left, right = place[a], place[b]
    if reads.alike:
        kind = np.zeros(records.height, np.int64)
        kind[rows] = coded(some[reads.alike])[0].to_numpy()
        left, right = _represented(left, right, kind[a], kind[b])
    one, other, which = distinct_pairs(np.minimum(left, right), np.maximum(left, right))
    there = used(np.concatenate([one, other]), len(row))
    values = some.select(reads.fields)[row[there]].rows()
    known = {at: _record(reads.fields, value) for at, value in zip(there.tolist(), values, strict=True)}
    return [(known[p], known[q]) for p, q in zip(one.tolist(), other.tolist(), strict=True)], which


def _represented(left: Column, right: Column, kind: Column, other: Column) -> tuple[Column, Column]:
    """The places of values, those of which only the kind matters (1 and up) by two that stand for their kind."""
    count = int(max(kind.max(), other.max())) + 1
    first, last = np.full(count, np.iinfo(np.int64).max), np.zeros(count, np.int64)
    for kinds, places in ((kind, left), (other, right)):
        np.minimum.at(first, kinds, places)
        np.maximum.at(last, kinds, places)
    plain = (kind > 0) & (other > 0)
    return (
        np.where(plain, first[kind], left),
        np.where(plain, np.where(left == right, first[kind], last[other]), right),
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
