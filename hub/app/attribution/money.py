"""Money in other currencies -> the hub's own, at the rate of the day it moved."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

__all__ = ["exchanged"]


def exchanged(
    frame: pl.DataFrame, amount: str, rates: Mapping[str, Mapping[date, Decimal]], ours: str
) -> pl.DataFrame:
    """The frame with what has a rate on its ``date`` in our currency, to the micro-unit; the rest as it is.

    A rate holds from its day until the next one; before the first there is none.
    """
    import polars as pl

    foreign = {code: sorted(days.items()) for code, days in rates.items() if code != ours}
    if not foreign or frame.is_empty():
        return frame
    rows = frame.select("currency", "date", amount).rows()
    told = [_exchanged(value, foreign.get(code, []), day) for code, day, value in rows]
    worth = pl.Series("_worth", told, dtype=pl.Int64)
    return frame.with_columns(worth).with_columns(
        pl.when(pl.col("_worth").is_null()).then("currency").otherwise(pl.lit(ours)).alias("currency"),
        pl.coalesce("_worth", amount).alias(amount),
    ).drop("_worth")  # fmt: skip


def _exchanged(value: int | None, rates: list[tuple[date, Decimal]], day: date) -> int | None:
    """What the amount is worth, or ``None`` where it stays as it is."""
    place = bisect_right(rates, day, key=lambda rate: rate[0])
    if value is None or not place:
        return None
    return int((value * rates[place - 1][1]).to_integral_value(ROUND_HALF_EVEN))
