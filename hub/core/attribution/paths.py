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

_OF_CUSTOMER, _OF_TIME = 30, 33
"""Bits of each in the number that touches are sorted by."""


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
    path = _in_order(path)
    if lookback_us is not None and len(path):
        at, begins = path["at"].to_numpy(), starts(path["customer"])
        ends = np.append(begins[1:], len(path)) - 1
        path = path.filter(np.repeat(at[ends], ends - begins + 1) - at <= lookback_us)
    return path.select(NULLS.names())


def _in_order(touches: pl.DataFrame) -> pl.DataFrame:
    """The customer, time and channel of touches by customer, time and id.

    Sorted as one number each, in half the time that rows take: the first bits of the customer and of the time. Where
    these do not tell, of two customers or two touches that are close, rows are sorted after all.
    """
    if touches.is_empty():
        return touches.drop("touch")
    (every_customer, short), (every_time, coarse) = (
        _above_least(touches[name].to_numpy(), bits)
        for name, bits in (("customer", _OF_CUSTOMER), ("at", _OF_TIME))
    )
    order = np.argsort((every_customer >> short << np.uint64(_OF_TIME)) | every_time >> coarse)
    customer, at = every_customer[order], every_time[order]
    near = customer[1:] >> short == customer[:-1] >> short
    unclear = np.r_[False, near & ((customer[1:] != customer[:-1]) | (at[1:] <= at[:-1]))]
    begins = np.flatnonzero(np.r_[True, ~near])
    again = np.repeat(np.logical_or.reduceat(unclear, begins), np.diff(begins, append=len(order)))
    rows = touches[order[again]].with_row_index("_row").sort("customer", "at", "touch")
    order[again] = order[again][rows["_row"].to_numpy()]
    customer[again], at[again] = every_customer[order[again]], every_time[order[again]]
    codes = pl.Series(touches["channel"].to_physical().to_numpy()[order])
    return pl.DataFrame(
        {
            "customer": customer.view(np.int64) + touches["customer"].to_numpy().min(),
            "at": at.view(np.int64) + touches["at"].to_numpy().min(),
            "channel": codes.cat.to(touches.schema["channel"]),
        }
    )


def _above_least(numbers: Ints, bits: int) -> tuple[npt.NDArray[np.uint64], np.uint64]:
    """What each number is above the least of them, and by how many bits that is shifted to leave the first ``bits``."""
    above = numbers.view(np.uint64) - numbers.min().view(np.uint64)
    return above, np.uint64(max(0, int(above.max()).bit_length() - bits))


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
