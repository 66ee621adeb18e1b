"""Shares -> credit: money in exact micro-units that sums to the conversion's value."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import polars as pl

from hub.core.model import AttributionModel
from hub.errors import PluginError

__all__ = ["Learner", "credit"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@runtime_checkable
class Learner(Protocol):
    """A model that learns from all journeys of a currency together, and from paths that led nowhere."""

    def __call__(self, journeys: pl.DataFrame) -> pl.Series:
        """Shares of each journey by itself, as of any model."""
        ...

    def knowing(self, nulls: pl.DataFrame) -> AttributionModel:
        """The same model, with the null paths (``core.attribution.nulls``) it is to learn from, too."""
        ...

    def spread(self, journeys: pl.DataFrame) -> pl.DataFrame:
        """Ordered journeys with ``share`` and ``worth``, the share of the value; also rows without a touch."""
        ...


def credit(journeys: pl.DataFrame, model: AttributionModel) -> pl.DataFrame:
    """The journeys ordered by conversion and position, with ``share`` and ``credit`` in micro-units.

    ``credit`` is share times value rounded down, and what is then missing from the conversion's value
    goes, one micro-unit each, to the largest remainders (earlier touch first among equals). A touch
    without a share gets nothing. A negative value is credited as its opposite, negated.

    A model that learns does so for each currency apart. It may share value otherwise than conversions,
    and adds rows without a touch for what it gives a channel beyond its touches.
    """
    rows = _shared(_ordered(journeys), model)
    if rows.is_empty():
        return rows.drop("worth").with_columns(pl.lit(0, pl.Int64).alias("credit"))
    conversions = rows["conversion"].to_numpy()
    starts = np.flatnonzero(np.diff(conversions, prepend=conversions[0] - 1))
    worth = rows["worth"].to_numpy()
    _check(rows["share"].to_numpy(), starts, conversions)
    _check(worth, starts, conversions)
    values = rows["value"].to_numpy()
    credited = _apportioned(worth, np.abs(values), starts) * np.sign(values)
    return rows.drop("worth").with_columns(pl.Series("credit", credited, pl.Int64))


def _shared(rows: pl.DataFrame, model: AttributionModel) -> pl.DataFrame:
    """Ordered journeys with their shares, of the conversion and of its value."""
    if isinstance(model, Learner) and not rows.is_empty():
        apart = rows.partition_by("currency", maintain_order=True)
        spread = pl.concat([model.spread(part) for part in apart], how="diagonal")
        return (
            spread if len(apart) == 1 else spread.sort("conversion", "position", "channel", nulls_last=True)
        )
    shares = model(rows).cast(pl.Float64).alias("share")
    if len(shares) != len(rows):
        raise PluginError(
            f"an attribution model gave {len(shares)} shares for {len(rows)} touches",
            step="return one share for each row of the journeys frame, in its order",
        )
    return rows.with_columns(shares, shares.alias("worth"))


def _ordered(journeys: pl.DataFrame) -> pl.DataFrame:
    """By conversion and position; as it is when ``timeline.journeys`` made it and nobody reordered it."""
    begins = pl.col("position").eq_missing(1)
    later = (pl.col("conversion") > pl.col("conversion").shift()).fill_null(True) & begins
    next_one = (pl.col("conversion") == pl.col("conversion").shift()) & (pl.col("position").diff() == 1)
    in_order = journeys.select((later | next_one.fill_null(False)).all()).item()
    return journeys if in_order else journeys.sort("conversion", "position", nulls_last=True)


def _check(share: Floats, starts: Ints, conversions: Ints) -> None:
    """That the model kept its promise; a share that is no number makes a sum that is none."""
    sums = np.add.reduceat(share, starts)
    wrong = np.flatnonzero(~(np.abs(sums - 1) <= 1e-6))
    if len(wrong):
        raise PluginError(
            f"an attribution model's shares of conversion {conversions[starts[wrong[0]]]} "
            f"sum to {sums[wrong[0]]}, not to 1",
            step="divide the shares by their sum over the conversion",
        )


def _apportioned(share: Floats, size: Ints, starts: Ints) -> Ints:
    """Each row's part of its conversion's size, by largest remainders; conversions begin at ``starts``."""
    lengths = np.diff(starts, append=len(share))
    group = np.repeat(np.arange(len(starts)), lengths)
    exact = share * size
    down = np.floor(exact)
    takes = share != 0
    missing = size[starts] - np.add.reduceat(down.astype(np.int64), starts)
    # Floats have gaps past 2^53, so for very large values more may be missing than there are takers.
    each, extra = np.divmod(missing, np.add.reduceat(takes.astype(np.int64), starts))
    whole = down.astype(np.int64) + takes * each[group]
    open_rows = np.flatnonzero((extra[group] > 0) & takes)
    ranked = open_rows[np.lexsort((down[open_rows] - exact[open_rows], group[open_rows]))]
    place = _places(group[ranked])
    whole[ranked[place < extra[group[ranked]]]] += 1
    return whole


def _places(group: Ints) -> Ints:
    """0, 1, 2, ... within each run of equal groups."""
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    return np.arange(len(group)) - np.repeat(starts, np.diff(starts, append=len(group)))
