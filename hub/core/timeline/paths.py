"""Journeys, and the touches of those who never converted -> the paths a chain or a game is fitted to."""

from __future__ import annotations

import polars as pl

from .frames import PATHS

__all__ = ["paths"]


def paths(
    journeys: pl.DataFrame, touches: pl.DataFrame, conversions: pl.DataFrame, *, lookback_us: int | None
) -> tuple[pl.DataFrame, list[str]]:
    """Every journey and every null path, a row a step, with channels as numbers; and the channels' names.

    A null path holds the touches of a customer with none of ``conversions``, whichever those are, no
    older than the lookback before the last of them. Whoever converted has no null path, not even for
    touches outside every journey: they did not lead to nothing, they led to nothing yet.
    """
    led = journeys.select(
        "customer", "channel", "position", "length", "value", path="conversion", converted=pl.lit(True)
    )
    alone = touches.join(conversions.drop_nulls("customer"), on="customer", how="anti")
    age = pl.col("at").max().over("customer") - pl.col("at")
    recent = alone if lookback_us is None else alone.filter(age <= lookback_us)
    nowhere = recent.sort("customer", "at", "touch").select(
        "customer",
        "channel",
        position=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("customer"),
        length=pl.len().over("customer").cast(pl.Int64),
        value=pl.lit(0, pl.Int64),
        path="customer",
        converted=pl.lit(False),
    )
    both = pl.concat([led, nowhere.select(led.columns)])
    names = both["channel"].unique().sort().to_list()
    codes = pl.DataFrame(
        {"channel": names, "code": range(len(names))}, schema={"channel": pl.String, "code": pl.UInt32}
    )
    coded = both.join(codes, on="channel", how="left", maintain_order="left").with_columns(channel="code")
    return coded.select(PATHS.names()), names
