"""The columns of the frames that tables are made from; money in micro-units of one currency.

A refund is a conversion of negative value; its ``sale`` is the conversion it takes back from, a sale's is
itself. So the rows of one ``sale`` share one journey, and what they sum to is what the sale is worth.
"""

from __future__ import annotations

import polars as pl

__all__ = ["CONVERTED", "CREDITS", "SPENT", "STEPS", "TOUCHED", "by_sale", "counted", "rated"]

CONVERTED = pl.Schema(
    {
        "conversion": pl.Int64,
        "sale": pl.Int64,
        "customer": pl.Int64,
        "at": pl.Int64,
        "day": pl.Date,
        "value": pl.Int64,
        "new": pl.Boolean,
    }
)
"""What is reported; ``new`` is whether the sale is its customer's first ever, null of nobody's."""

CREDITS = pl.Schema(
    {
        "conversion": pl.Int64,
        "touch": pl.Int64,
        "channel": pl.String,
        "source": pl.String,
        "campaign": pl.String,
        "content": pl.String,
        "value": pl.Int64,
        "share": pl.Float64,
        "credit": pl.Int64,
    }
)
"""One model's credit; conversions no touch led to are there as ``(none)``, so that all sums are whole."""

STEPS = pl.Schema(
    {
        "conversion": pl.Int64,
        "touch": pl.Int64,
        "at": pl.Int64,
        "conversion_at": pl.Int64,
        "channel": pl.String,
        "source": pl.String,
        "campaign": pl.String,
        "content": pl.String,
        "position": pl.Int64,
        "length": pl.Int64,
    }
)
"""The journeys of sales, ordered by conversion and position."""

TOUCHED = pl.Schema(
    {
        "touch": pl.Int64,
        "customer": pl.Int64,
        "at": pl.Int64,
        "channel": pl.String,
        "source": pl.String,
        "campaign": pl.String,
        "content": pl.String,
    }
)
"""Every touch there ever was, whether or not it led anywhere."""

SPENT = pl.Schema(
    {
        "date": pl.Date,
        "channel": pl.String,
        "source": pl.String,
        "campaign": pl.String,
        "content": pl.String,
        "amount": pl.Int64,
    }
)


def by_sale(converted: pl.DataFrame) -> pl.DataFrame:
    """One row for each sale with what it is worth after refunds; a refund alone counts no conversion."""
    return converted.group_by("sale").agg(
        pl.col("customer").first(),
        pl.col("new").first(),
        pl.col("at").min(),
        conversions=(pl.col("value") >= 0).sum().cast(pl.Int64),
        value=pl.col("value").sum(),
    )


def counted() -> pl.Expr:
    """The share of a conversion a row of credit stands for; a refund is none."""
    return pl.when(pl.col("value") >= 0).then("share").otherwise(0.0)


def rated(rows: pl.DataFrame) -> pl.DataFrame:
    """With cpa = cost / conversions, roas = value / cost and roi = (value - cost) / cost, null where there is none."""
    paid = pl.col("cost") != 0
    return rows.with_columns(
        cpa=pl.when(pl.col("conversions") > 0).then(pl.col("cost") / pl.col("conversions")),
        roas=pl.when(paid).then(pl.col("value") / pl.col("cost")),
        roi=pl.when(paid).then((pl.col("value") - pl.col("cost")) / pl.col("cost")),
    )
