"""Paths as columns of numbers: channels by code, and the touches of customers who never converted.

No path is ever written out as text. Names that differ in case or blanks only are one channel, as they
are one row of a report.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

__all__ = ["NULLS", "UNNAMED", "encoded", "nulls"]

Ints = npt.NDArray[np.int64]

UNNAMED = "Unassigned"
"""What a touch without a channel is called."""

NULLS = pl.Schema({"customer": pl.Int64, "channel": pl.String})
"""The touches of null paths, those of a customer together and in their order."""


def nulls(touches: pl.DataFrame, converted: pl.Series, *, lookback_us: int | None) -> pl.DataFrame:
    """The paths of customers who never converted, one for each: what a model that learns must also see.

    A null path is as long as a journey may be: it holds the touches no older than the lookback before
    the customer's last one. ``touches`` are those of the report's time, ``converted`` the customers
    who converted at any time. Touches at the same instant are ordered by their id.
    """
    path = touches.select("customer", "at", "touch", "channel").filter(pl.col("customer").is_not_null())
    path = path.filter(~pl.col("customer").is_in(converted.drop_nulls().unique().implode()))
    if lookback_us is not None:
        path = path.filter(pl.col("at").max().over("customer") - pl.col("at") <= lookback_us)
    return path.sort("customer", "at", "touch").select(NULLS.names())


def encoded(*columns: pl.Series) -> tuple[list[Ints], list[str]]:
    """The channels of each column as codes 0, 1, ..., and the names they stand for."""
    found = sorted({name or "" for column in columns for name in column.unique().cast(pl.String).to_list()})
    channels: dict[str, list[str]] = {}
    for name in found:
        shown = name.strip() or UNNAMED
        channels.setdefault(shown.lower(), []).append(shown)
    code = {key: place for place, key in enumerate(sorted(channels))}
    coded = np.array([code[(name.strip() or UNNAMED).lower()] for name in found], np.int64)
    physical = pl.Enum(found)
    codes = [
        coded[column.cast(pl.String).fill_null("").cast(physical).to_physical().to_numpy()]
        if len(column)
        else np.empty(0, np.int64)
        for column in columns
    ]
    return codes, [min(channels[key]) for key in sorted(channels)]
