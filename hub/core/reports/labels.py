"""What rows are counted under: names as they are shown, whatever their case and blanks."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import polars as pl

__all__ = ["NONE", "UNSET", "labelled", "labels"]

NONE = "(none)"
"""The row of conversions no touch led to."""

UNSET: Mapping[str, str] = MappingProxyType(
    {"channel": "Unassigned", **dict.fromkeys(("source", "campaign", "content"), "(not set)")}
)
"""What a table can be by, and what a touch without it is called."""


def labelled(by: str) -> pl.Expr:
    """The name a row is counted under; a blank one is called what ``UNSET`` says."""
    name = pl.col(by).str.strip_chars()
    return pl.when(name != "").then(name).otherwise(pl.lit(UNSET[by])).alias(by)


def labels(frame: pl.DataFrame, by: str) -> pl.DataFrame:
    """The frame with names that differ in case or blanks only made one: the first of them in the alphabet."""
    named = frame.with_columns(labelled(by))
    shown = named.group_by(pl.col(by).str.to_lowercase().alias("_key")).agg(pl.col(by).min().alias("_shown"))
    keyed = named.with_columns(_key=pl.col(by).str.to_lowercase())
    joined = keyed.join(shown, on="_key", how="left", maintain_order="left")
    return joined.with_columns(pl.col("_shown").alias(by)).drop("_key", "_shown")
