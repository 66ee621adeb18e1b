"""Conversions over time: by day, week or month, and by when their customers were first touched."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from hub.core.sums import summed

from .frames import counted, rated
from .labels import NONE, labels

__all__ = ["EVERY", "cohorts", "day_of", "trend", "trend_by"]

EVERY: Mapping[str, str] = {"day": "1d", "week": "1w", "month": "1mo"}
"""How long a period can be; a week begins on Monday."""


def day_of(at: str, timezone: str) -> pl.Expr:
    """The day of an instant by the hub's own calendar."""
    moment = pl.from_epoch(pl.col(at), time_unit="us").dt.replace_time_zone("UTC")
    return moment.dt.convert_time_zone(timezone).dt.date()


def trend(converted: pl.DataFrame, spent: pl.DataFrame, every: str) -> pl.DataFrame:
    """``period, conversions, value, cost, cpa, roas, roi, new_conversions``, with the periods in which nothing happened."""
    sold = converted.select(
        _period("day", every),
        conversions=(pl.col("value") >= 0).cast(pl.Int64),
        value="value",
        cost=pl.lit(0, pl.Int64),
        new_conversions=((pl.col("value") >= 0) & pl.col("new").fill_null(False)).cast(pl.Int64),
    )
    nothing = {name: pl.lit(0, pl.Int64) for name in ("conversions", "value", "new_conversions")}
    paid = spent.select(_period("date", every), cost="amount", **nothing).select(sold.columns)
    told = pl.concat([sold, paid]).group_by("period").agg(pl.all().sum())
    return rated(_all(told, every).with_columns(pl.exclude("period").fill_null(0)))


def trend_by(
    credits: Mapping[str, pl.DataFrame], converted: pl.DataFrame, spent: pl.DataFrame, by: str, every: str
) -> pl.DataFrame:
    """``model, period, (by), conversions, value, cost, cpa, roas, roi``: what each earned in each period."""
    days = converted.select("conversion", _period("day", every))
    costs = spent.select(
        _period("date", every), by, conversions=0.0, value=pl.lit(0, pl.Int64), cost="amount"
    )
    parts = [
        labels(
            pl.concat(
                [
                    rows.join(days, on="conversion").select(
                        "period", by, conversions=counted(), value="credit", cost=pl.lit(0, pl.Int64)
                    ),
                    costs,
                ]
            ),
            by,
        )
        .group_by("period", by)
        .agg(summed(pl.col("conversions")), pl.col("value", "cost").sum())
        .select(pl.lit(model).alias("model"), pl.all())
        for model, rows in credits.items()
    ]
    whole = rated(pl.concat(parts))
    return whole.sort("model", "period", "value", by, descending=[False, False, True, False])


def cohorts(touched: pl.DataFrame, converted: pl.DataFrame, every: str, timezone: str) -> pl.DataFrame:
    """``cohort, customers, since, buyers, conversions, value``: what became of those first touched in a period.

    ``since`` counts periods from the first touch to the sale and is negative for one before it. A cohort has a
    row for each in which it bought; one that bought nothing has one row. ``(none)`` bought untouched.
    """
    begun = touched.drop_nulls("customer").group_by("customer").agg(pl.col("at").min())
    cohort = begun.select("customer", _start(day_of("at", timezone), every).alias("cohort"))
    sizes = cohort.group_by("cohort").agg(customers=pl.len().cast(pl.Int64))
    sales = converted.select("customer", "value", _period("day", every)).join(
        cohort, on="customer", how="left"
    )
    told = (
        sales.with_columns(since=_between(pl.col("cohort"), pl.col("period"), every))
        .group_by("cohort", "since")
        .agg(
            buyers=pl.col("customer").filter(pl.col("value") >= 0).drop_nulls().n_unique().cast(pl.Int64),
            conversions=(pl.col("value") >= 0).sum().cast(pl.Int64),
            value=pl.col("value").sum(),
        )
    )
    known = sizes.join(told, on="cohort", how="left")
    whole = pl.concat([known, told.filter(pl.col("cohort").is_null())], how="diagonal").sort(
        "cohort", "since", nulls_last=True
    )
    shown = pl.col("cohort").dt.strftime("%Y-%m-%d" if every != "month" else "%Y-%m").fill_null(NONE)
    return whole.select(shown, "customers", "since", pl.col("buyers", "conversions", "value").fill_null(0))


def _start(day: pl.Expr, every: str) -> pl.Expr:
    return day.dt.truncate(EVERY[every])


def _period(day: str, every: str) -> pl.Expr:
    return _start(pl.col(day), every).alias("period")


def _between(start: pl.Expr, end: pl.Expr, every: str) -> pl.Expr:
    """How many periods lie from one to the other."""
    if every == "month":
        return (end.dt.year() - start.dt.year()) * 12 + (end.dt.month().cast(pl.Int32) - start.dt.month())
    return (end - start).dt.total_days().cast(pl.Int32) // {"day": 1, "week": 7}[every]


def _all(told: pl.DataFrame, every: str) -> pl.DataFrame:
    """The periods told and all between them."""
    if told.is_empty():
        return told
    first, last = told["period"].min(), told["period"].max()
    whole = pl.date_range(pl.lit(first), pl.lit(last), EVERY[every], eager=True).alias("period")
    return whole.to_frame().join(told, on="period", how="left").sort("period")
