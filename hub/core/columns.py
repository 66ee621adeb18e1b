"""Source records as columns: the same content as ``SourceRecord``, for stages that work on many at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import polars as pl

from hub.core.model import SourceRecord

__all__ = ["LISTS", "NAMED", "TEXTS", "address_parts", "coded", "mapped", "of_contents", "of_records"]

LISTS: Final = ("emails", "phones", "handles")
TEXTS: Final = tuple(name for name in SourceRecord._fields if name not in ("key", "custom", *LISTS))

NAMED: Final = (pl.col("given") != "") | (pl.col("family") != "")
"""Whether a personal name is known, as ``SourceRecord.has_name`` tells of one."""

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


def address_parts(records: pl.DataFrame) -> pl.DataFrame:
    """What makes the key of an address as evidence, as ``keys.address_key`` does of one; all empty where too little is known."""
    street, code, city, nothing = pl.col("street"), pl.col("postal_code"), pl.col("city"), pl.lit("")
    return records.select(
        pl.when((code != "") | (city != "")).then(street).otherwise(nothing).alias("findable street"),
        pl.when(code != "").then(code).otherwise("house").alias("code or house"),
        pl.when(code != "").then(nothing).otherwise(city).alias("city without code"),
    )


def mapped(texts: pl.Series, function: Callable[[str], str]) -> pl.Series:
    """The column with ``function`` applied to each text, once for each distinct one."""
    places, distinct = coded(texts)
    results = pl.Series(texts.name, [function(text) for text in distinct], dtype=pl.String)
    return results.gather(places)


def coded(texts: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The place of each text among the distinct ones, and those; the empty text comes first, there or not."""
    distinct = pl.concat([pl.Series([""], dtype=pl.String), texts.filter(texts != "").unique()])
    return texts.cast(pl.Enum(distinct)).to_physical(), distinct
