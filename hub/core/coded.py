"""A column of texts as places among its distinct ones, so that what depends on a text alone is made once for each."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl

__all__ = ["Coded", "coded"]

Column = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Coded:
    """The place of each text among the distinct ones; the empty text comes first, there or not."""

    places: Column
    distinct: pl.Series
    made: dict[Hashable, Column] = field(default_factory=dict[Hashable, Column])
    """What was made of the distinct texts so far."""

    def of(self, make: Callable[..., Column], *how: Hashable) -> Column:
        """What ``make`` makes of the distinct texts, for every row."""
        if (make, how) not in self.made:
            self.made[make, how] = make(self.distinct, *how)
        return self.made[make, how][self.places]

    def several(
        self, make: Callable[[str], Sequence[str]], hashed: Callable[[pl.Series], Column]
    ) -> tuple[Column, Column]:
        """The hashes of all that ``make`` makes of each text, for every row; and the row of each."""
        if make not in self.made:
            each = [make(text) for text in self.distinct]
            counts = np.array([len(its) for its in each])
            self.made[make] = hashed(pl.Series([one for its in each for one in its], dtype=pl.String))
            self.made[make, "counts"], self.made[make, "starts"] = counts, np.cumsum(counts) - counts
        counts, starts = (self.made[make, what][self.places] for what in ("counts", "starts"))
        rows = np.repeat(np.arange(len(counts), dtype=np.uint32), counts)
        first = np.repeat(starts - np.cumsum(counts) + counts, counts)
        return self.made[make][first + np.arange(len(rows))], rows

    def at(self, rows: slice) -> Coded:
        """Some rows of it."""
        return replace(self, places=self.places[rows])

    def without(self, gone: Column) -> Coded:
        """The same, empty where a text is gone."""
        return replace(self, places=np.where(gone, 0, self.places))


def coded(texts: pl.Series) -> Coded:
    """The texts, which are no nulls, by their places."""
    distinct = pl.concat([pl.Series([""], dtype=pl.String), texts.filter(texts != "").unique()])
    return Coded(texts.cast(pl.Enum(distinct)).to_physical().to_numpy(), distinct)
