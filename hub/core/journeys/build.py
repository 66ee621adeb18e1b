"""Touches and conversions -> journeys: for each conversion, the touches that led to it.

A journey holds the touches of the conversion's customer at or before the conversion (the same instant
counts) and no older than the lookback (exactly that old counts). Touches at the same instant are
ordered by their id, so a journey never depends on the order of rows.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from .frames import JOURNEYS, TOUCHES

__all__ = ["journeys", "unattributed", "with_origins"]


def journeys(
    touches: pl.DataFrame,
    conversions: pl.DataFrame,
    *,
    lookback_us: int | None,
    lookbacks: Mapping[str, int | None] | None = None,
    reset: bool = False,
    only: pl.Series | None = None,
    origins: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """One row for each conversion and touch inside its window, ordered by conversion, time and touch.

    A customer with several conversions: a touch counts for each conversion whose window it lies in.
    With ``reset`` it counts only for the next one, that is, a journey begins after the customer's
    previous conversion; conversions at the same instant share their touches. ``lookback_us=None``
    looks back without limit; ``lookbacks`` says otherwise for touches of some channels (in lower case).
    ``only`` names the conversions to walk back from; the others merely end the journeys that come after
    them. Conversions without a touch have no row: see ``unattributed``. What touches have beyond ``TOUCHES`` goes along.
    With ``origins`` touches say where they came from by a number (see ``with_origins``), and only those that led to a
    conversion are told what it stands for.
    """
    begun = _since(conversions, reset)
    if only is not None:
        begun = begun.join(only.rename("conversion").to_frame(), on="conversion", how="semi")
    joined = begun.lazy().join(touches.lazy(), on="customer", how="inner")
    met = joined.filter(
        pl.col("at") <= pl.col("conversion_at"),
        pl.col("since").is_null() | (pl.col("at") > pl.col("since")),
    ).collect()
    told = met if origins is None else with_origins(met, origins)
    inside = told.filter(_young_enough(lookback_us, lookbacks or {}))
    numbered = _numbered(inside.sort("conversion", "at", "touch"))
    beyond = (name for name in told.columns if name not in {*TOUCHES, *begun.columns, "origin"})
    return numbered.select(*JOURNEYS, *beyond)


def with_origins(rows: pl.DataFrame, origins: pl.DataFrame) -> pl.DataFrame:
    """Touches with what their ``origin`` stands for, the number of a row of ``origins``, in its place."""
    return rows.drop("origin").hstack(origins[rows["origin"]])


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


def _numbered(ordered: pl.DataFrame) -> pl.DataFrame:
    """With position and length, those of a conversion being together and in their order."""
    lengths = ordered["conversion"].rle().struct.field("len").to_numpy().astype(np.int64)
    length = np.repeat(lengths, lengths)
    begins = np.repeat(np.cumsum(lengths) - lengths, lengths)
    return ordered.with_columns(
        position=pl.Series(np.arange(1, len(ordered) + 1) - begins), length=pl.Series(length)
    )
