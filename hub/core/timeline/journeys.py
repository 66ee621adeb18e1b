"""Touches and conversions -> journeys: for each conversion, the touches that led to it.

A journey holds the touches of the conversion's customer at or before the conversion (the same instant
counts) and no older than the lookback (exactly that old counts). Touches at the same instant are
ordered by their id, so a journey never depends on the order of rows.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from .frames import JOURNEYS, TOUCHES

__all__ = ["journeys", "unattributed"]


def journeys(
    touches: pl.DataFrame,
    conversions: pl.DataFrame,
    *,
    lookback_us: int | None,
    lookbacks: Mapping[str, int | None] | None = None,
    reset: bool = False,
    only: pl.Series | None = None,
) -> pl.DataFrame:
    """One row for each conversion and touch inside its window, ordered by conversion, time and touch.

    A customer with several conversions: a touch counts for each conversion whose window it lies in.
    With ``reset`` it counts only for the next one, that is, a journey begins after the customer's
    previous conversion; conversions at the same instant share their touches. ``lookback_us=None``
    looks back without limit; ``lookbacks`` says otherwise for touches of some channels (in lower case).
    ``only`` names the conversions to walk back from; the others merely end the journeys that come after
    them. Conversions without a touch have no row: see ``unattributed``. What touches have beyond ``TOUCHES`` goes along.
    """
    begun = _since(conversions, reset)
    if only is not None:
        begun = begun.join(only.rename("conversion").to_frame(), on="conversion", how="semi")
    joined = begun.join(touches, on="customer", how="inner")
    inside = joined.filter(
        pl.col("at") <= pl.col("conversion_at"),
        _young_enough(lookback_us, lookbacks or {}),
        pl.col("since").is_null() | (pl.col("at") > pl.col("since")),
    )
    ordered = inside.sort("conversion", "at", "touch")
    numbered = ordered.with_columns(
        position=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("conversion"),
        length=pl.len().over("conversion").cast(pl.Int64),
    )
    return numbered.select(*JOURNEYS, *(name for name in touches.columns if name not in TOUCHES))


def unattributed(conversions: pl.DataFrame, journeys: pl.DataFrame) -> pl.DataFrame:
    """The conversions no touch led to, ordered by id."""
    return conversions.join(journeys, on="conversion", how="anti").sort("conversion")


def _young_enough(lookback_us: int | None, lookbacks: Mapping[str, int | None]) -> pl.Expr:
    """Whether a touch is no older than the lookback of its channel."""
    age = pl.col("conversion_at") - pl.col("at")
    rest = pl.lit(True) if lookback_us is None else age <= lookback_us
    for channel, most in lookbacks.items():
        own = pl.lit(True) if most is None else age <= most
        rest = pl.when(pl.col("channel").str.to_lowercase() == channel).then(own).otherwise(rest)
    return rest


def _since(conversions: pl.DataFrame, reset: bool) -> pl.DataFrame:
    """Conversions with the instant after which their journey begins; null for no limit."""
    named = conversions.rename({"at": "conversion_at"}).with_columns(pl.col("value").fill_null(0))
    if not reset:
        return named.with_columns(since=pl.lit(None, pl.Int64))
    instants = named.select("customer", "conversion_at").unique().sort("customer", "conversion_at")
    previous = instants.with_columns(since=pl.col("conversion_at").shift(1).over("customer"))
    return named.join(previous, on=["customer", "conversion_at"], how="left")
