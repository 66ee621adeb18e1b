"""One function per model: a journeys frame -> the share of its conversion each touch earned.

A conversion has touches 1..n; a model gives touch j the share a_j, and the a_j sum to 1. The order of
rows is of no matter: position and length are columns.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

import polars as pl

from hub.core.model import AttributionModel

__all__ = ["MODELS", "first", "last", "last_non_direct", "linear", "position", "time_decay"]

HALF_LIFE_US = 7 * 86_400_000_000


def first(journeys: pl.DataFrame) -> pl.Series:
    """All to the first touch: a_1 = 1."""
    return _shares(journeys, (pl.col("position") == 1).cast(pl.Float64))


def last(journeys: pl.DataFrame) -> pl.Series:
    """All to the last touch: a_n = 1."""
    return _shares(journeys, (pl.col("position") == pl.col("length")).cast(pl.Float64))


def last_non_direct(journeys: pl.DataFrame) -> pl.Series:
    """All to the last touch whose channel is not Direct, as Google Analytics counts; else to the last."""
    elsewhere = pl.when(pl.col("channel") != "Direct").then("position").max().over("conversion")
    chosen = elsewhere.fill_null(pl.col("length"))
    return _shares(journeys, (pl.col("position") == chosen).cast(pl.Float64))


def linear(journeys: pl.DataFrame) -> pl.Series:
    """The same to each touch: a_j = 1/n."""
    return _shares(journeys, 1 / pl.col("length"))


def position(journeys: pl.DataFrame) -> pl.Series:
    """U-shaped: .4 to the first, .4 to the last, .2/(n-2) to each between; .5 and .5 of two; all of one.

    The 40/20/40 of Google Analytics and Salesforce; two touches share what lies between, .4 + .2/2 each.
    """
    n = pl.col("length")
    is_end = (pl.col("position") == 1) | (pl.col("position") == n)
    return _shares(
        journeys,
        pl.when(n == 1).then(1.0).when(n == 2).then(0.5).when(is_end).then(0.4).otherwise(0.2 / (n - 2)),
    )


def time_decay(journeys: pl.DataFrame, *, half_life_us: int = HALF_LIFE_US) -> pl.Series:
    """Half as much for every 7 days before the conversion: w_j = 2^(-(t - s_j)/h), a_j = w_j / sum of w.

    Continuous, as in Google and Adobe Analytics. Ages are taken relative to the youngest touch, which
    changes no share and keeps old journeys from underflowing to 0/0.
    """
    age = pl.col("conversion_at") - pl.col("at")
    beyond_youngest = age - age.min().over("conversion")
    weights = journeys.select("conversion", weight=(beyond_youngest * (-math.log(2) / half_life_us)).exp())
    return _shares(weights, pl.col("weight") / pl.col("weight").sum().over("conversion"))


MODELS: Mapping[str, AttributionModel] = MappingProxyType(
    {
        "first": first,
        "last": last,
        "last-non-direct": last_non_direct,
        "linear": linear,
        "position": position,
        "time-decay": time_decay,
    }
)


def _shares(rows: pl.DataFrame, share: pl.Expr) -> pl.Series:
    return rows.select(share.alias("share")).to_series()
