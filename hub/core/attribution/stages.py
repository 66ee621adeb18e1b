"""Models on the stages of a sale: W and full path, and the times at which a journey reached its stages."""

from __future__ import annotations

import polars as pl

__all__ = ["DEAL_KINDS", "LEAD_KINDS", "STAGES", "full_path", "w", "with_stages"]

LEAD_KINDS = ("form", "lead", "signup")
"""Kinds of interaction by which a customer becomes a lead."""

DEAL_KINDS = ("deal", "opportunity", "quote")
"""Kinds of interaction that note a deal; they mark a stage and are no touch."""

STAGES = ("lead_at", "deal_at")
"""What ``with_stages`` adds to a journeys frame; null where the stage is not known."""


def with_stages(journeys: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """The journeys with the times their stages were reached, from interactions (customer, at, kind).

    A customer becomes a lead once, at the first event of a lead's kind; a conversion's deal is the
    latest noted at or before it.
    """
    conversions = journeys.select("conversion", "customer", "conversion_at").unique("conversion")
    events = events.join(conversions, on="customer", how="semi")
    leads = (
        events.filter(pl.col("kind").is_in(LEAD_KINDS)).group_by("customer").agg(lead_at=pl.col("at").min())
    )
    deals = events.filter(pl.col("kind").is_in(DEAL_KINDS)).select("customer", deal_at="at")
    dealt = (
        conversions.join(deals, on="customer")
        .filter(pl.col("deal_at") <= pl.col("conversion_at"))
        .group_by("conversion")
        .agg(pl.col("deal_at").max())
    )
    by_then = pl.when(pl.col("lead_at") <= pl.col("conversion_at")).then("lead_at")
    return (
        journeys.join(leads, on="customer", how="left", maintain_order="left")
        .join(dealt, on="conversion", how="left", maintain_order="left")
        .with_columns(lead_at=by_then)
    )


def w(journeys: pl.DataFrame) -> pl.Series:
    """W-shaped: .3 to the first touch, to that of the lead and to that of the deal, .1 to the rest evenly.

    HubSpot's and Zoho's model. A stage's touch is the last at or before the stage was reached. A touch
    that is several of them has the sum; a stage that is not known, or older than the journey, and a rest
    that is empty have nothing, and the shares are divided by what they sum to.
    """
    return _staged(journeys, 0.3, [pl.lit(1), _at_stage("lead_at"), _at_stage("deal_at")])


def full_path(journeys: pl.DataFrame) -> pl.Series:
    """Full path: .225 to the first touch, to those of lead and deal and to the last, .1 to the rest evenly.

    As ``w``; the touch that closed the deal is the last before the conversion.
    """
    return _staged(journeys, 0.225, [pl.lit(1), _at_stage("lead_at"), _at_stage("deal_at"), pl.col("length")])


_REST = 0.1


def _at_stage(column: str) -> pl.Expr:
    """The position of the last touch at or before the stage; null where there is none."""
    return pl.when(pl.col("at") <= pl.col(column)).then("position").max().over("conversion")


def _staged(journeys: pl.DataFrame, each: float, places: list[pl.Expr]) -> pl.Series:
    known = journeys.with_columns(
        pl.lit(None, pl.Int64).alias(column) for column in STAGES if column not in journeys.columns
    )
    marks = pl.sum_horizontal(
        (pl.col("position") == place).fill_null(False).cast(pl.Int64) for place in places
    )
    weights = known.select("conversion", marks=marks)
    resting = (pl.col("marks") == 0).sum().over("conversion")
    weight = pl.when(pl.col("marks") > 0).then(pl.col("marks") * each).otherwise(_REST / resting)
    # summed up from counts: the sum of fractions would depend on the order of rows, by its last bit
    rest = pl.when(resting > 0).then(_REST).otherwise(0)
    return weights.select(share=weight / (pl.col("marks").sum().over("conversion") * each + rest)).to_series()
