"""Paths as columns of numbers: channels by code, and the touches of customers who never converted.

No path is ever written out as text. Names that differ in case or blanks only are one channel, as they
are one row of a report.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

__all__ = ["NULLS", "UNNAMED", "encoded", "nulls", "starts"]

Ints = npt.NDArray[np.int64]

UNNAMED = "Unassigned"
"""What a touch without a channel is called."""

NULLS = pl.Schema({"customer": pl.Int64, "channel": pl.String})
"""The touches of null paths, those of a customer together and in their order; ``channel`` may be an enum."""


def nulls(
    touches: pl.DataFrame,
    converted: pl.Series,
    *,
    lookback_us: int | None,
    origins: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The paths of customers who never converted, one for each: what a model that learns must also see.

    A null path is as long as a journey may be: it holds the touches no older than the lookback before
    the customer's last one. ``touches`` are those of the report's time, ``converted`` the customers
    who converted at any time. Touches at the same instant are ordered by their id. With ``origins``
    touches have the number of a row there, ``origin``, instead of a channel.
    """
    channel = (
        _numbered(touches["channel"]) if origins is None else _told(touches["origin"], origins["channel"])
    )
    path = touches.select("customer", "at", "touch", channel.alias("channel"))
    who = converted.drop_nulls().unique().implode()
    path = path.filter(pl.col("customer").is_not_null() & ~pl.col("customer").is_in(who))
    path = path.sort("customer", "at", "touch")
    if lookback_us is not None and len(path):
        at, begins = path["at"].to_numpy(), starts(path["customer"])
        ends = np.append(begins[1:], len(path)) - 1
        path = path.filter(np.repeat(at[ends], ends - begins + 1) - at <= lookback_us)
    return path.select(NULLS.names())


def starts(keys: pl.Series) -> Ints:
    """Where each run of equal keys begins."""
    found = keys.to_numpy()
    return np.flatnonzero(np.concatenate([np.ones(len(found[:1]), np.bool_), found[1:] != found[:-1]]))


def encoded(*columns: pl.Series) -> tuple[list[Ints], list[str]]:
    """The channels of each column as codes 0, 1, ..., and the names they stand for."""
    told = [_numbered(column) for column in columns]
    shown = [[name.strip() or UNNAMED for name in _names(column)] for column in told]
    channels = {
        name.lower(): name for name in sorted({name for names in shown for name in names}, reverse=True)
    }
    code = {key: place for place, key in enumerate(sorted(channels))}
    codes = [
        np.array([code[name.lower()] for name in names], np.int64)[column.to_physical().to_numpy()]
        for column, names in zip(told, shown, strict=True)
    ]
    return codes, [channels[key] for key in sorted(channels)]


def _numbered(channels: pl.Series) -> pl.Series:
    """The column as an enum of the names in it; a missing name is an empty one."""
    if isinstance(channels.dtype, pl.Enum):
        return channels
    names = sorted({name or "" for name in channels.unique().to_list()})
    return channels.fill_null("").cast(pl.Enum(names))


def _told(numbers: pl.Series, channels: pl.Series) -> pl.Series:
    """The channel of each number as an enum of those there are numbers of."""
    named = channels.fill_null("")
    there = pl.Enum(sorted(set(named.gather(numbers.unique()))))
    return named.cast(there, strict=False).gather(numbers)


def _names(numbered: pl.Series) -> list[str]:
    return numbered.dtype.categories.to_list() if isinstance(numbered.dtype, pl.Enum) else []
