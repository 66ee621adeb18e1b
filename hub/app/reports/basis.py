"""Gathers once what all tables of a report are made from, in one currency and under every model asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.app.attribution import Frames, Question, Rules, chosen, frames, informed, keep, walked
from hub.core.model import AttributionModel
from hub.store.session import Store

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Basis", "gathered", "named", "said"]


@dataclass(frozen=True)
class Basis:
    """What was asked, and the frames of ``hub.core.reports`` that answer it."""

    question: Question
    rules: Rules
    currency: str
    models: Mapping[str, AttributionModel]
    """As informed of what they are to learn from."""
    touched: pl.DataFrame
    converted: pl.DataFrame
    steps: pl.DataFrame
    credits: Mapping[str, pl.DataFrame]
    spent: pl.DataFrame
    left_out: Mapping[str, int]
    """Conversions in other currencies."""
    journeys: pl.DataFrame
    refunds: pl.DataFrame
    """What models credit: for those who draw samples of it."""


def gathered(store: Store, question: Question, rules: Rules, models: Mapping[str, AttributionModel]) -> Basis:
    """Everything a report on ``question`` needs, read in one transaction."""
    import polars as pl

    from hub.core.journeys import with_origins
    from hub.core.reports import SPENT, STEPS, TOUCHED

    used = chosen(question.models, models)
    keep(store)
    with store.read() as tx:
        found = frames(tx, question, rules)
    currency = question.currency.upper() or rules.currency
    used = informed(used, found, question, rules)
    converted = _converted(found, currency, rules.timezone)
    refunds = found.refunds.drop_nulls("of").join(converted, on="conversion", how="semi")
    sales = converted.select(conversion="sale").unique()
    journeys = walked(found, question, rules).join(sales, on="conversion", how="semi")
    others = found.conversions.filter(pl.col("currency") != currency, pl.col("value") >= 0)
    spent = found.spend.filter(pl.col("currency").fill_null("") == currency)
    return Basis(
        question, rules, currency, used, with_origins(found.touches, found.origins).select(TOUCHED.names()), converted,
        said(_often(journeys)).select(STEPS.names()),
        {name: named(journeys, model, refunds, converted) for name, model in used.items()},
        spent.with_columns(pl.col("amount").fill_null(0)).select(SPENT.names()),
        dict(others.group_by("currency").len().sort("currency").iter_rows()),
        journeys, refunds,
    )  # fmt: skip


def named(
    journeys: pl.DataFrame,
    model: AttributionModel,
    refunds: pl.DataFrame,
    converted: pl.DataFrame,
) -> pl.DataFrame:
    """The credit of each conversion by touch, with what the touch is called; ``(none)`` has what no touch led to."""
    import polars as pl

    from hub.core.attribution.reports import credited
    from hub.core.reports import CREDITS, NONE, UNSET

    earned = credited(journeys, model, refunds).join(converted, on="conversion", how="semi")
    alone = converted.join(earned, on="conversion", how="anti").select(
        "conversion", "value", touch=pl.lit(None, pl.Int64), share=pl.lit(1.0), credit="value",
        **{by: pl.lit(NONE) for by in UNSET},
    )  # fmt: skip
    known = said(_often(earned))
    names = list(CREDITS)
    return pl.concat([known.select(names), alone.select(names)])


def said(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of journeys with what their touches say; a row without a touch says nothing."""
    import polars as pl

    return rows.with_columns(pl.col("channel", "source", "campaign", "content").fill_null(""))


def _converted(found: Frames, currency: str, timezone: str) -> pl.DataFrame:
    """The conversions of one currency with the sale, the day, and whether the sale is the customer's first."""
    import polars as pl

    from hub.core.reports import CONVERTED, day_of

    ours = found.conversions.with_columns(
        pl.col("value").fill_null(0), pl.col("currency").fill_null("")
    ).filter(pl.col("currency") == currency)
    firsts = found.walked.drop_nulls("customer").sort("at", "conversion").unique("customer", keep="first")
    sale = pl.coalesce("of", "conversion").alias("sale")
    named = ours.join(found.refunds.select("conversion", "of"), on="conversion", how="left").with_columns(
        sale
    )
    new = pl.col("sale").is_in(firsts["conversion"].implode())
    return named.with_columns(
        day_of("at", timezone).alias("day"), new=pl.when(pl.col("customer").is_not_null()).then(new)
    ).select(CONVERTED.names())


def _often(rows: pl.DataFrame) -> pl.DataFrame:
    """With channels as they are counted where a step stands for several touches."""
    import polars as pl

    if "times" not in rows.columns:
        return rows
    from hub.core.reports import labelled

    return rows.with_columns(channel=pl.format("{} ×{}", labelled("channel"), "times"))
