"""Match weights of many pairs at once: every comparison is made once for each distinct pair of values.

The same weights as ``Matcher.weight`` gives one by one; records repeat far fewer values than they make pairs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from hub.core.match.comparisons import COMPARISONS, READS, kind, reference
from hub.core.match.live import live_columns
from hub.core.match.matcher import Matcher
from hub.core.model import SourceRecord

if TYPE_CHECKING:
    from hub.core.keys import Keys, Rows

__all__ = ["weigh"]

_LISTS: Final = ("emails", "phones", "handles")


def weigh(matcher: Matcher, records: pl.DataFrame, a: Rows, b: Rows, generic: Keys) -> Keys:
    """The weights, in centibits, of the pairs of rows ``a`` and ``b`` of ``records`` (``core.columns``).

    ``generic`` are the keys whose values are no evidence.
    """
    named = records.select((pl.col("given") != "") | (pl.col("family") != "")).to_series().to_numpy()
    firm = _organizations(matcher, records, named)
    seen = live_columns(records, generic).with_columns(
        *(pl.col(name).list.join("\x1f") for name in _LISTS),
        pl.col("custom").list.join("\x1e"),
        pl.Series("named", named),
    )
    totals = np.repeat(np.array(matcher.prior, np.int64)[:, None], len(a), axis=1)
    for compare in COMPARISONS:
        if compare is kind:  # reads whole records, generic values and all
            at = np.flatnonzero((firm[a] & named[b]) | (firm[b] & named[a]))
            totals[:, at] += np.array(matcher.worth((("kind", "person and organization", 0),)))[:, None]
            continue
        values = _Values(seen, READS[compare])
        pairs, place, at = values.pairs(a, b, equal=compare is reference)
        record, lore, worth = values.record, matcher.lore, matcher.worth
        found = [worth(compare(record(x), record(y), lore)) for x, y in pairs]
        if found:
            totals[:, at] += np.array(found, np.int64).T[:, place]
    weights = np.array(totals[0], np.int64)
    people = np.flatnonzero(named[a] & named[b])
    weights[people] = totals[:, people].min(axis=0)
    if matcher.custom:
        values = _Values(seen, ("custom",))
        pairs, place, at = values.pairs(a, b)
        worth = [
            sum(step.weight for step in matcher.custom_steps(values.record(x), values.record(y)))
            for x, y in pairs
        ]
        weights[at] += np.array(worth, np.int64)[place]
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


class _Values:
    """The distinct values of some fields, and which of them each record has."""

    def __init__(self, records: pl.DataFrame, fields: tuple[str, ...]) -> None:
        self.fields = fields
        said = records.select(fields)
        self.distinct = said.unique(maintain_order=True)
        numbered = self.distinct.with_row_index("place")
        own = said.join(numbered, on=fields, how="left", maintain_order="left")["place"]
        self.place = own.to_numpy().astype(np.int64)
        told = pl.any_horizontal(pl.col(name) != "" for name in fields if name != "named")
        self.told = self.distinct.select(told).to_series().to_numpy()
        self._rows = self.distinct.rows()
        self._records: dict[int, SourceRecord] = {}

    def pairs(self, a: Rows, b: Rows, *, equal: bool = False) -> tuple[list[tuple[int, int]], Any, Any]:
        """Distinct pairs of known values; of the pairs of rows that have one, which it is; and those rows.

        With ``equal`` only pairs of one value.
        """
        left, right = self.place[a], self.place[b]
        wanted = self.told[left] & self.told[right]
        at = np.flatnonzero(wanted & (left == right) if equal else wanted)
        left, right = left[at], right[at]
        both = pl.Series(np.minimum(left, right) << 32 | np.maximum(left, right))
        distinct = both.unique().sort()
        packed = distinct.to_numpy()
        pairs = zip((packed >> 32).tolist(), (packed & 0xFFFF_FFFF).tolist(), strict=True)
        return list(pairs), distinct.search_sorted(both).to_numpy(), at

    def record(self, place: int) -> SourceRecord:
        """A record with these values and nothing else."""
        found = self._records.get(place)
        if found is None:
            found = self._records[place] = _record(self.fields, self._rows[place])
        return found


def _record(names: tuple[str, ...], values: tuple[Any, ...]) -> SourceRecord:
    fields = list(_NOBODY)
    for name, value in zip(names, values, strict=True):
        if name == "named":
            fields[_PLACE["given"]] = "somebody" if value else ""
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
