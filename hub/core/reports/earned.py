"""What each channel, source, campaign or content earned and cost, from whom, and which others it met on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from hub.core.sums import summed

from .frames import by_sale, counted, rated
from .labels import NONE, labels

__all__ = ["assists", "earned", "newness"]


def earned(credits: Mapping[str, pl.DataFrame], spent: pl.DataFrame, by: str) -> pl.DataFrame:
    """``model, (by), conversions, value, cost, cpa, roas, roi``; most valuable first, ``(none)`` last.

    A cost without conversions has its row under every model.
    """
    return _each(credits, lambda rows: _earned(rows, spent, by))


def newness(
    credits: Mapping[str, pl.DataFrame], converted: pl.DataFrame, spent: pl.DataFrame, by: str
) -> pl.DataFrame:
    """The same conversions and values by whether it was the customer's first one ever, a later one, or nobody's.

    ``cac`` is cost per new customer.
    """
    kind = converted.select(
        "conversion",
        kind=pl.when(pl.col("new").is_null()).then(pl.lit("unknown")).when("new").then(pl.lit("new"))
        .otherwise(pl.lit("returning")),
    )  # fmt: skip

    def split(rows: pl.DataFrame) -> pl.DataFrame:
        named = rows.join(kind, on="conversion", how="left")
        costs = _costs(spent, by).with_columns(kind=pl.lit(""))
        parts = pl.concat(
            [_parts(named, by, "kind"), costs.select(by, "kind", "conversions", "value", "cost")]
        )
        told = labels(parts, by).group_by(by).agg(
            *(
                total(pl.col(measure).filter(pl.col("kind") == one)).alias(f"{one}_{measure}")
                for one in ("new", "returning", "unknown")
                for measure, total in (("conversions", summed), ("value", pl.Expr.sum))
            ),
            pl.col("cost").sum(),
            value=pl.col("value").sum(),
            conversions=summed(pl.col("conversions")),
        )  # fmt: skip
        many = pl.col("new_conversions")
        ranked = _ranked(told.with_columns(cac=pl.when(many > 0).then(pl.col("cost") / many)), by)
        return ranked.drop("value", "conversions")

    return _each(credits, split)


def assists(steps: pl.DataFrame, converted: pl.DataFrame, by: str) -> pl.DataFrame:
    """How sales met each channel: first, last, alone, or on the way.

    A sale is assisted by what it met before its last touch and that was not its last touch, too. ``ratio``
    is assisted per last: above 1, a channel prepares sales rather than closing them.
    """
    sales = by_sale(converted).filter(pl.col("conversions") > 0)
    met = labels(steps.select("conversion", by, "position", "length"), by)
    each = met.group_by("conversion", by).agg(
        first=(pl.col("position") == 1).any(), last=(pl.col("position") == pl.col("length")).any()
    )
    alone = each.select("conversion").group_by("conversion").agg(distinct=pl.len())
    known = each.join(alone, on="conversion").join(
        sales.select("sale", "value"), left_on="conversion", right_on="sale"
    )
    whole = {name: pl.col(name).sum().cast(pl.Int64) for name in ("first", "last")}
    told = known.group_by(by).agg(
        pl.len().cast(pl.Int64).alias("journeys"),
        whole["first"],
        whole["last"],
        only=(pl.col("distinct") == 1).sum().cast(pl.Int64),
        assisted=(~pl.col("last")).sum().cast(pl.Int64),
        assisted_value=pl.col("value").filter(~pl.col("last")).sum(),
    )
    return told.with_columns(
        ratio=pl.when(pl.col("last") > 0).then(pl.col("assisted") / pl.col("last"))
    ).sort("journeys", "assisted", by, descending=[True, True, False])


def _each(credits: Mapping[str, pl.DataFrame], table: Callable[[pl.DataFrame], pl.DataFrame]) -> pl.DataFrame:
    """The table of every model, one under the other."""
    parts = [table(rows).select(pl.lit(name).alias("model"), pl.all()) for name, rows in credits.items()]
    return pl.concat(parts)


def _earned(rows: pl.DataFrame, spent: pl.DataFrame, by: str) -> pl.DataFrame:
    parts = pl.concat([_parts(rows, by), _costs(spent, by)])
    return rated(
        _ranked(
            labels(parts, by).group_by(by).agg(summed(pl.col("conversions")), pl.col("value", "cost").sum()),
            by,
        )
    )


def _parts(rows: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """Credit by name as written: so many fewer rows before names are compared."""
    told = rows.group_by(keys).agg(conversions=summed(counted()), value=pl.col("credit").sum())
    return told.with_columns(cost=pl.lit(0, pl.Int64))


def _costs(spent: pl.DataFrame, by: str) -> pl.DataFrame:
    nothing = {"conversions": pl.lit(0.0), "value": pl.lit(0, pl.Int64)}
    return spent.group_by(by).agg(cost=pl.col("amount").sum()).select(by, **nothing, cost="cost")


def _ranked(rows: pl.DataFrame, by: str) -> pl.DataFrame:
    last = (pl.col(by) == NONE).alias("_last")
    return (
        rows.with_columns(last)
        .sort("_last", "value", "conversions", "cost", by, descending=[False, True, True, True, False])
        .drop("_last")
    )
