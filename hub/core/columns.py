"""Source records as columns: the same content as ``SourceRecord``, for stages that work on many at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from hub.core.coded import Coded, coded
from hub.core.keys import words
from hub.core.model import SourceRecord

if TYPE_CHECKING:
    from hub.core.keys import Numbers, Rows

__all__ = [
    "LISTS",
    "NAMED",
    "ORGANIZATION",
    "TEXTS",
    "Hashed",
    "added",
    "of_contents",
    "of_records",
    "to_records",
]

LISTS: Final = ("emails", "phones", "handles")
TEXTS: Final = tuple(name for name in SourceRecord._fields if name not in ("key", "custom", *LISTS))

NAMED: Final = (pl.col("given") != "") | (pl.col("family") != "")
"""Whether a personal name is known, as ``SourceRecord.has_name`` tells of one."""
ORGANIZATION: Final = (pl.col("organization") != "") & ~NAMED
"""Whether an organization is named, and nobody, as ``SourceRecord.names_organization`` tells of one."""

Column = np.ndarray[Any, Any]

NAMES: Final = ("given", "family")
REPEATED: Final = frozenset(
    (*NAMES, "han", "birth_date", "national_id", "house", "street", "city", "postal_code", "organization")
)
"""The texts that many records share, or of which parts are asked for."""

_LIST_PLACES: Final = tuple(SourceRecord._fields.index(name) for name in LISTS)

_CONTENT: Final = pl.Struct(
    {
        **dict.fromkeys(TEXTS, pl.String),
        **{name: pl.List(pl.String) for name in LISTS},
        "custom": pl.List(pl.List(pl.String)),
    }
)


def of_contents(keys: pl.Series, contents: pl.Series) -> pl.DataFrame:
    """Records from what ``SourceRecord.dump`` wrote: ``key``, a column a field, empty where unknown.

    A custom value is one text, its field and its value with a unit separator between.
    """
    told = contents.str.json_decode(_CONTENT).struct.unnest()
    empty = pl.lit([], pl.List(pl.String))
    return told.select(
        keys.alias("key"),
        *(pl.col(name).fill_null("") for name in TEXTS),
        *(pl.col(name).fill_null(empty) for name in LISTS),
        pl.col("custom").list.eval(pl.element().list.join("\x1f")).fill_null(empty),
    )


def of_records(records: Iterable[SourceRecord]) -> pl.DataFrame:
    """The same of records at hand."""
    rows = [(record.key, record.dump()) for record in records]
    return of_contents(
        pl.Series([key for key, _ in rows], dtype=pl.Int64),
        pl.Series([text for _, text in rows], dtype=pl.String),
    )


def to_records(columns: pl.DataFrame) -> Iterator[SourceRecord]:
    """The records that columns hold, one by one."""
    for row in columns.select(SourceRecord._fields).iter_rows():
        *values, custom = row
        for place in _LIST_PLACES:
            values[place] = tuple(values[place])
        pairs = (pair.partition("\x1f") for pair in custom)
        yield SourceRecord._make([*values, tuple((name, value) for name, _, value in pairs)])


class Hashed:
    """The hashes of records' values, each column read once for all that make keys and weights of it."""

    def __init__(self, records: pl.DataFrame) -> None:
        self.records = records
        self._texts: dict[str, Numbers] = {}
        self._coded: dict[str, Coded] = {}
        self._lists: dict[str, tuple[pl.Series, Numbers, Rows]] = {}

    def text(self, name: str) -> Numbers:
        """The hashes of a column of texts; 0 where one is empty."""
        if name in REPEATED:
            return self.coded(name).of(words)
        if name not in self._texts:
            self._texts[name] = words(self.records[name])
        return self._texts[name]

    def coded(self, name: str) -> Coded:
        """A column of texts by places; given and family names by those among both, for they may have changed theirs."""
        if name not in self._coded:
            together = NAMES if name in NAMES else (name,)
            whole = coded(pl.concat([self.records[each] for each in together]))
            for place, each in enumerate(together):
                first = place * self.records.height
                self._coded[each] = whole.at(slice(first, first + self.records.height))
        return self._coded[name]

    def several(self, name: str) -> tuple[pl.Series, Numbers, Rows]:
        """Every value of a column of lists, with its hash and its row."""
        if name not in self._lists:
            column = self.records[name]
            counts = column.list.len()
            values = column.filter(counts > 0).explode()
            rows = np.repeat(np.arange(len(column), dtype=np.uint32), counts.to_numpy())
            self._lists[name] = values, words(values), rows
        return self._lists[name]

    def together(self, name: str) -> Numbers:
        """One hash for all the values of a column of lists; 0 where there are none."""
        _, hashes, rows = self.several(name)
        return added(hashes, rows, self.records.height)

    def parts(self, size: int = 100_000) -> Iterator[tuple[int, Hashed]]:
        """The first row and the values of some records at a time, for what takes more room than it leaves behind."""
        for name in TEXTS:
            _ = self.coded(name) if name in REPEATED else self.text(name)
        lists = {name: self.several(name) for name in (*LISTS, "custom")}
        for first in range(0, self.records.height, size):
            its = slice(first, first + size)
            part = Hashed(self.records[its])
            part._texts = {name: hashes[its] for name, hashes in self._texts.items()}
            part._coded = {name: known.at(its) for name, known in self._coded.items()}
            for name, (values, hashes, rows) in lists.items():
                told = slice(*np.searchsorted(rows, (first, first + size)).tolist())
                part._lists[name] = values[told], hashes[told], rows[told] - np.uint32(first)
            yield first, part

    def without(self, texts: Mapping[str, Column], values: Mapping[str, Column]) -> Hashed:
        """The same without some texts, and without some of the ``several`` values; each is told where."""
        columns = [self.records[name].set(pl.Series(gone), "") for name, gone in texts.items()]
        lists = dict(self._lists)
        for name, gone in values.items():
            told, hashes, rows = self.several(name)
            lists[name] = told.filter(~gone), hashes[~gone], rows[~gone]
            columns.append(_listed(name, lists[name][0], lists[name][2], self.records.height))
        fresh = Hashed(self.records.with_columns(columns))
        fresh._lists = lists
        fresh._texts = {
            name: np.where(texts[name], 0, hashes) if name in texts else hashes
            for name, hashes in self._texts.items()
        }
        fresh._coded = {
            name: known.without(texts[name]) if name in texts else known
            for name, known in self._coded.items()
        }
        return fresh

    def address(self) -> tuple[Numbers, Numbers, Numbers]:
        """What makes the key of an address as evidence, as ``keys.address_key`` does of one; all 0 where too little is known."""
        code, city = self.text("postal_code"), self.text("city")
        street = np.where((code | city) > 0, self.text("street"), 0)
        return street, np.where(code > 0, code, self.text("house")), np.where(code > 0, 0, city)


def _listed(name: str, values: pl.Series, rows: Rows, count: int) -> pl.Series:
    """A column of ``count`` lists of these values, each of a row."""
    told = pl.DataFrame({"row": rows, name: values}).group_by("row", maintain_order=True).agg(name)
    every = pl.DataFrame({"row": pl.int_range(count, dtype=pl.UInt32, eager=True)})
    whole = every.join(told, on="row", how="left", maintain_order="left")
    return whole.select(pl.col(name).fill_null(pl.lit([], pl.List(pl.String)))).to_series()


def added(hashes: Numbers, rows: Rows, count: int) -> Numbers:
    """The sum of the hashes of each of ``count`` rows."""
    sums = np.zeros(count, np.uint64)
    np.add.at(sums, rows, hashes)
    return sums
