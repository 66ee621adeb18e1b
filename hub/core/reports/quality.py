"""How far the figures of a report can be trusted: what is untagged, untouched, unmatched or left out."""

from __future__ import annotations

from typing import Any

import polars as pl

from .labels import NONE

__all__ = ["CHECKS", "DIRECT", "quality"]

DIRECT = "Direct"
PAID = r"(?i)^(paid |display|cross-network|affiliates|audio)"
"""Channels whose touches a campaign should name."""

CHECKS = pl.Schema(
    {"check": pl.String, "count": pl.Int64, "of": pl.Int64, "share": pl.Float64, "value": pl.Int64}
)
"""``share`` is count per ``of``; ``value`` is the money it is about, null where it is about none."""


def quality(
    touched: pl.DataFrame, credits: pl.DataFrame, converted: pl.DataFrame, spent: pl.DataFrame, left_out: int
) -> pl.DataFrame:
    """One row for each thing that blurs a report; ``credits`` are of one model, ``left_out`` in other currencies."""
    rows = [
        *_of_touches(touched), *_of_conversions(touched, credits, converted, left_out),
        *_of_costs(touched, spent),
    ]  # fmt: skip
    told = pl.DataFrame(rows, schema=("check", "count", "of", "value"), orient="row").with_columns(
        share=pl.when(pl.col("of") > 0).then(pl.col("count") / pl.col("of"))
    )
    return told.select(CHECKS.names()).cast(CHECKS)  # pyright: ignore[reportArgumentType]


Row = tuple[str, int, int, int | None]


def _of_touches(touched: pl.DataFrame) -> list[Row]:
    channel, every = pl.col("channel").fill_null(""), len(touched)
    paid = touched.filter(channel.str.contains(PAID))
    return [
        ("direct_touches", _count(touched, channel == DIRECT), every, None),
        ("unassigned_touches", _count(touched, channel.is_in(["", "Unassigned"])), every, None),
        ("paid_touches_without_campaign", _count(paid, _blank("campaign")), len(paid), None),
    ]


def _of_conversions(
    touched: pl.DataFrame, credits: pl.DataFrame, converted: pl.DataFrame, left_out: int
) -> list[Row]:
    sold, backs = converted.filter(pl.col("value") >= 0), converted.filter(pl.col("value") < 0)
    alone = sold.join(credits.filter(pl.col("channel") == NONE), on="conversion", how="semi")
    met = alone.join(touched.select("customer", touched_at="at"), on="customer")
    expired = alone.join(met.filter(pl.col("touched_at") <= pl.col("at")), on="conversion", how="semi")
    nobodys = sold.filter(pl.col("customer").is_null())
    direct = credits.filter(pl.col("channel") == DIRECT)
    gifts = credits.filter(pl.col("touch").is_null(), pl.col("channel") != NONE)
    lost = backs.filter(pl.col("sale") == pl.col("conversion"))
    every = len(sold)
    return [
        ("conversions_direct", _sales(direct), every, _sum(direct, "credit")),
        ("conversions_without_touch", len(alone), every, _sum(alone, "value")),
        ("conversions_touched_too_early", len(expired), every, _sum(expired, "value")),
        ("conversions_of_nobody_known", len(nobodys), every, _sum(nobodys, "value")),
        ("credit_without_touch", _sales(gifts), every, _sum(gifts, "credit")),
        ("refunds_without_sale", len(lost), len(backs), _sum(lost, "value")),
        ("conversions_in_other_currencies", left_out, every + left_out, None),
    ]


def _of_costs(touched: pl.DataFrame, spent: pl.DataFrame) -> list[Row]:
    """Cost that met no touch: of a channel and campaign nobody ever came through."""
    keys = [pl.col(name).str.strip_chars().str.to_lowercase().alias(name) for name in ("channel", "campaign")]
    unmatched = spent.with_columns(keys).join(
        touched.select("channel", "campaign").unique().select(keys).unique(),
        on=["channel", "campaign"],
        how="anti",
        nulls_equal=True,
    )
    plain = spent.filter(_blank("campaign"))
    return [
        ("unmatched_cost", len(unmatched), len(spent), _sum(unmatched, "amount")),
        ("cost_without_campaign", len(plain), len(spent), _sum(plain, "amount")),
    ]


def _blank(name: str) -> pl.Expr:
    return pl.col(name).fill_null("").str.strip_chars().is_in(["", "(not set)"])


def _count(frame: pl.DataFrame, where: pl.Expr) -> int:
    return int(frame.select(where.sum()).item())


def _sales(credits: pl.DataFrame) -> int:
    return credits.filter(pl.col("value") >= 0, pl.col("share") > 0)["conversion"].n_unique()


def _sum(frame: pl.DataFrame, name: str) -> int:
    found: Any = frame[name].sum()
    return int(found)
