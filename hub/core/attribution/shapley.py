"""The Shapley value of the channels, exactly and at any number of channels."""

from __future__ import annotations

import polars as pl

from .paths import encoded

__all__ = ["shapley"]


def shapley(journeys: pl.DataFrame) -> pl.Series:
    """Each conversion shared evenly by the distinct channels of its journey, and by the touches of each.

    The game is v(S) = the conversions of journeys whose channels all lie within S. It is a sum of one
    game for each journey, in which a coalition earns the conversion when it holds all of the journey's
    channels; such channels are alike and the others add nothing, so by symmetry and additivity the
    Shapley value phi_c = sum over S without c of |S|!(n-|S|-1)!/n! (v(S+c) - v(S)) is the sum of even parts
    (Zhao, Mahboobi and Bagheri 2018). The game on exact sets of the marketing-attribution-models package
    is another one: it can give negative credit.
    """
    (codes,), _ = encoded(journeys["channel"])
    touched = journeys.select("conversion", channel=pl.Series(codes))
    same = pl.len().over("conversion", "channel")
    distinct = pl.col("channel").n_unique().over("conversion")
    return touched.select(share=1 / (same * distinct).cast(pl.Float64)).to_series()
