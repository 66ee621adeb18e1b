"""The rules: a journeys frame -> the share of its conversion each touch earned, journey by journey.

A conversion has touches 1..n; a rule gives touch j the share a_j, and the a_j sum to 1. The order of
rows is of no matter: position and length are columns.
"""

from __future__ import annotations

import math

import polars as pl

__all__ = [
    "first",
    "inverse_j",
    "j",
    "last",
    "last_non_direct",
    "linear",
    "position",
    "time_decay",
    "weighted",
]

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


def weighted(journeys: pl.DataFrame, *, first: float, between: float, last: float) -> pl.Series:
    """The first touch, the last, and equal parts for those between; the weights are divided by their sum.

    Adobe Analytics' custom model. One touch has all. Of two, nothing lies between: they share as
    ``first`` to ``last``, or evenly when both weigh nothing.
    """
    whole, ends = first + between + last, first + last
    n, place = pl.col("length"), pl.col("position")
    of_two = (first / ends, last / ends) if ends else (0.5, 0.5)
    return _shares(
        journeys,
        pl.when(n == 1)
        .then(1.0)
        .when(n == 2)
        .then(pl.when(place == 1).then(of_two[0]).otherwise(of_two[1]))
        .when(place == 1)
        .then(first / whole)
        .when(place == n)
        .then(last / whole)
        .otherwise(between / whole / (n - 2)),
    )


def position(journeys: pl.DataFrame) -> pl.Series:
    """U-shaped: .4 to the first, .4 to the last, .2/(n-2) to each between; .5 and .5 of two; all of one.

    The 40/20/40 of Google Analytics, Matomo, HubSpot and Salesforce.
    """
    return weighted(journeys, first=0.4, between=0.2, last=0.4)


def j(journeys: pl.DataFrame) -> pl.Series:
    """J-shaped: .2 to the first, .6 to the last, .2/(n-2) to each between; .25 and .75 of two (Adobe)."""
    return weighted(journeys, first=0.2, between=0.2, last=0.6)


def inverse_j(journeys: pl.DataFrame) -> pl.Series:
    """J mirrored: .6 to the first, .2 to the last, .2/(n-2) to each between; .75 and .25 of two (Adobe)."""
    return weighted(journeys, first=0.6, between=0.2, last=0.2)


def time_decay(journeys: pl.DataFrame, *, half_life_us: int = HALF_LIFE_US) -> pl.Series:
    """Half as much for every half-life before the conversion: w_j = 2^(-(t - s_j)/h), a_j = w_j / sum of w.

    Seven days and continuous, as in Google and Adobe Analytics (others count in whole weeks). Ages are taken
    relative to the youngest touch, which changes no share and keeps old journeys from underflowing to 0/0.
    """
    age = pl.col("conversion_at") - pl.col("at")
    beyond_youngest = age - age.min().over("conversion")
    weights = journeys.select("conversion", weight=(beyond_youngest * (-math.log(2) / half_life_us)).exp())
    return _shares(weights, pl.col("weight") / pl.col("weight").sum().over("conversion"))


def _shares(rows: pl.DataFrame, share: pl.Expr) -> pl.Series:
    return rows.select(share.alias("share")).to_series()
