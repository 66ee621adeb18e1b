"""Journeys -> journeys with repeated touches folded, as Google's Fractribution names the ways to do it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import polars as pl

__all__ = ["TRANSFORMS", "exposure", "first", "frequency", "unique"]


def unique(journeys: pl.DataFrame) -> pl.DataFrame:
    """Every touch is a step of its own: A A B A stays A A B A."""
    return journeys


def exposure(journeys: pl.DataFrame) -> pl.DataFrame:
    """A run of touches of one channel is one step, at its first touch: A A B A becomes A B A."""
    before = pl.col("channel").shift().over("conversion")
    return _renumbered(journeys.filter((pl.col("position") == 1) | (pl.col("channel") != before)))


def first(journeys: pl.DataFrame) -> pl.DataFrame:
    """Only the first touch of each channel is a step: A A B A becomes A B."""
    earliest = pl.col("position").min().over("conversion", "channel")
    return _renumbered(journeys.filter(pl.col("position") == earliest))


def frequency(journeys: pl.DataFrame) -> pl.DataFrame:
    """As ``first``, and the column ``times`` says how many touches a step stands for: A A B A becomes A(3) B(1)."""
    return first(journeys.with_columns(times=pl.len().over("conversion", "channel").cast(pl.Int64)))


TRANSFORMS: Mapping[str, Callable[[pl.DataFrame], pl.DataFrame]] = MappingProxyType(
    {"unique": unique, "exposure": exposure, "first": first, "frequency": frequency}
)


def _renumbered(kept: pl.DataFrame) -> pl.DataFrame:
    return kept.with_columns(
        position=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("conversion"),
        length=pl.len().over("conversion").cast(pl.Int64),
    )
