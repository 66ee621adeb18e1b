"""Source records as columns: the same content as ``SourceRecord``, for stages that work on many at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from hub.core.keys import words
from hub.core.model import SourceRecord

if TYPE_CHECKING:
    from hub.core.keys import Numbers, Rows

__all__ = [
    "LISTS",
    "NAMED",
    "TEXTS",
    "Hashed",
    "added",
    "coded",
    "mapped",
    "of_contents",
    "of_records",
    "to_records",
]

LISTS: Final = ("emails", "phones", "handles")
TEXTS: Final = tuple(name for name in SourceRecord._fields if name not in ("key", "custom", *LISTS))

NAMED: Final = (pl.col("given") != "") | (pl.col("family") != "")
"""Whether a personal name is known, as ``SourceRecord.has_name`` tells of one."""

Column = np.ndarray[Any, Any]

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
    """The hashes of records' values, each column hashed once for all that make keys of it."""

    def __init__(self, records: pl.DataFrame) -> None:
        self.records = records
        self._texts: dict[str, Numbers] = {}
        self._distinct: dict[str, tuple[pl.Series, pl.Series]] = {}
        self._lists: dict[str, tuple[pl.Series, Numbers, Rows]] = {}

    def text(self, name: str) -> Numbers:
        """The hashes of a column of texts; 0 where one is empty."""
        if name not in self._texts:
            self._texts[name] = words(self.records[name])
        return self._texts[name]

    def of_distinct(self, name: str, hashed: Callable[[pl.Series], Column]) -> Column:
        """What ``hashed`` makes of the distinct texts of a column, for every row."""
        places, distinct = self.coded(name)
        return hashed(distinct)[places.to_numpy()]

    def coded(self, name: str) -> tuple[pl.Series, pl.Series]:
        """The place of each text of a column among the distinct ones, and those."""
        if name not in self._distinct:
            self._distinct[name] = coded(self.records[name])
        return self._distinct[name]

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

    def but(self, columns: Sequence[pl.Series]) -> Hashed:
        """The same with some columns others."""
        fresh, other = Hashed(self.records.with_columns(columns)), {column.name for column in columns}
        fresh._texts = {name: known for name, known in self._texts.items() if name not in other}
        fresh._lists = {name: known for name, known in self._lists.items() if name not in other}
        return fresh

    def address(self) -> tuple[Numbers, Numbers, Numbers]:
        """What makes the key of an address as evidence, as ``keys.address_key`` does of one; all 0 where too little is known."""
        code, city = self.text("postal_code"), self.text("city")
        street = np.where((code | city) > 0, self.text("street"), 0)
        return street, np.where(code > 0, code, self.text("house")), np.where(code > 0, 0, city)


def added(hashes: Numbers, rows: Rows, count: int) -> Numbers:
    """The sum of the hashes of each of ``count`` rows."""
    sums = np.zeros(count, np.uint64)
    np.add.at(sums, rows, hashes)
    return sums


def mapped(texts: pl.Series, function: Callable[[str], str]) -> pl.Series:
    """The column with ``function`` applied to each text, once for each distinct one."""
    places, distinct = coded(texts)
    results = pl.Series(texts.name, [function(text) for text in distinct], dtype=pl.String)
    return results.gather(places)


def coded(texts: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The place of each text among the distinct ones, and those; the empty text comes first, there or not."""
    distinct = pl.concat([pl.Series([""], dtype=pl.String), texts.filter(texts != "").unique()])
    return texts.cast(pl.Enum(distinct)).to_physical(), distinct
