"""Credit -> a report: what each channel, source or campaign earned and cost, with nothing dropped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

import polars as pl

from hub.core.model import AttributionModel
from hub.core.sums import summed
from hub.errors import ConfigError

from .credits import credit
from .models import MODELS

__all__ = ["BY", "NONE", "SPEND", "Report", "Totals", "credited", "report"]

SPEND = pl.Schema(
    {
        "date": pl.Date,
        "channel": pl.String,
        "source": pl.String,
        "medium": pl.String,
        "campaign": pl.String,
        "amount": pl.Int64,
        "currency": pl.String,
    }
)
"""``amount`` in micro-units; ``channel`` filled in by ``core.channels.classify(spend, kind="spend")``."""

NONE = "(none)"
"""The row of conversions no touch led to."""

BY: Mapping[str, str] = MappingProxyType(
    {"channel": "Unassigned", **dict.fromkeys(("source", "campaign", "content", "term"), "(not set)")}
)
"""What a report can be by, and what a touch without it is called."""


@dataclass(frozen=True, slots=True)
class Totals:
    """What there was to attribute in one currency; money in micro-units.

    A refund, that is, a conversion of negative value, counts in the values and not as a conversion.
    """

    conversions: int
    value: int
    attributed: int
    attributed_value: int
    unattributed: int
    unattributed_value: int
    cost: int
    refunds: int = 0

    @property
    def cpa(self) -> float | None:
        """Cost per conversion, in micro-units; ``None`` without conversions."""
        return self.cost / self.conversions if self.conversions else None

    @property
    def roas(self) -> float | None:
        """Value per cost; ``None`` without cost."""
        return self.value / self.cost if self.cost else None


@dataclass(frozen=True, slots=True)
class Report:
    """What each channel, source or campaign earned under each model, and cost, in one currency.

    A model's frame has the columns (``by``), conversions, value, cost, cpa, roas; money is in
    micro-units, cpa is null without conversions, roas null without cost. Most valuable first,
    ``(none)`` last.
    """

    by: str
    currency: str
    models: Mapping[str, pl.DataFrame]
    totals: Totals
    others: Mapping[str, Totals]
    """What was left out because it is in another currency, by currency."""

    def plain(self) -> dict[str, Any]:
        """The report as plain values, money in units of its currency: what ``--json`` prints."""
        return {
            "currency": self.currency,
            "by": self.by,
            "models": {
                name: [_in_units(row) for row in rows.to_dicts()] for name, rows in self.models.items()
            },
            "totals": _plain(self.totals),
            "others": {currency: _plain(totals) for currency, totals in self.others.items()},
        }


def report(
    journeys: pl.DataFrame,
    conversions: pl.DataFrame,
    spend: pl.DataFrame,
    models: Mapping[str, AttributionModel] = MODELS,
    *,
    currency: str,
    by: str = "channel",
    refunds: pl.DataFrame | None = None,
) -> Report:
    """What each ``by`` (one of ``BY``) earned and cost in one currency, under each model.

    ``refunds`` says of conversions of negative value which sale they take back from (see ``credited``);
    a journey may then also be of a sale that is not reported itself.

    Nothing is dropped: credited and unattributed value sum to the total exactly, a cost without
    conversions has its row, and other currencies are told apart in ``others``. Journeys of conversions
    that are not among ``conversions`` (outside the report's dates, say) are left out. Names that differ
    in case only are one row. cpa = cost / conversions, roas = value / cost.
    """
    if by not in BY:
        raise ConfigError(f"no report by {by!r}", step=f"choose one of {', '.join(BY)}")
    conversions, spend = _filled(conversions, "value"), _filled(spend, "amount")
    refunds = _REFUNDS.to_frame() if refunds is None else refunds.drop_nulls("of")
    walked = journeys.select("conversion").unique()
    taken = refunds.join(walked, left_on="of", right_on="conversion", how="semi").select("conversion")
    reached = pl.concat([walked, taken])
    totals = {
        name: _totals(
            reached, conversions.filter(pl.col("currency") == name), spend.filter(pl.col("currency") == name)
        )
        for name in sorted({*conversions["currency"].unique(), *spend["currency"].unique(), currency})
    }
    wanted = conversions.filter(pl.col("currency") == currency).select("conversion")
    backs = refunds.join(wanted, on="conversion", how="semi")
    # sales that are not reported themselves: they only say what their refunds take back, and from which touches
    merely = backs.select(conversion="of").join(wanted, on="conversion", how="anti")
    ours = journeys.join(pl.concat([wanted, merely]), on="conversion", how="semi")
    # a cost may say less than a touch does: nobody buys a content or a term by the day
    paid_for = pl.col(by) if by in spend.columns else pl.lit("").alias(by)
    costs = spend.filter(pl.col("currency") == currency).select(
        paid_for, conversions=0.0, value=pl.lit(0, pl.Int64), cost="amount"
    )
    total = totals.pop(currency)

    def earned(model: AttributionModel) -> pl.DataFrame:
        rows = credited(ours, model, backs)
        return rows.join(merely, on="conversion", how="anti") if len(merely) else rows

    return Report(
        by=by,
        currency=currency,
        models={name: _rows(earned(model), costs, total, by) for name, model in models.items()},
        totals=total,
        others=totals,
    )


def credited(
    journeys: pl.DataFrame, model: AttributionModel, refunds: pl.DataFrame | None = None
) -> pl.DataFrame:
    """The credit of every journey, and of every refund of one of their conversions.

    A refund (conversion, customer, at, value, currency, of) takes back from the touches that led to the
    sale, from each in proportion to what it earned of it: a whole refund takes back exactly that. It is
    no path of its own, so no model learns from it.
    """
    earned = credit(journeys, model)
    if refunds is None or refunds.is_empty():
        return earned
    sale = earned.with_columns(
        share=pl.when(pl.col("value") > 0).then(pl.col("credit") / pl.col("value")).otherwise("share")
    ).drop("customer", "conversion_at", "value", "currency", "credit")
    back = refunds.select("conversion", "customer", "value", "currency", "of", conversion_at="at").join(
        sale, left_on="of", right_on="conversion", how="inner"
    )
    if back.is_empty():
        return earned
    taken = credit(back, lambda rows: rows["share"])
    return pl.concat([earned, taken.select(earned.columns)])


_REFUNDS = pl.Schema(
    {
        "conversion": pl.Int64,
        "customer": pl.Int64,
        "at": pl.Int64,
        "value": pl.Int64,
        "currency": pl.String,
        "of": pl.Int64,
    }
)


_MICROS = 1_000_000


def _filled(frame: pl.DataFrame, amount: str) -> pl.DataFrame:
    """Without nulls: no amount is none, no currency is one of its own."""
    return frame.with_columns(pl.col(amount).fill_null(0), pl.col("currency").fill_null(""))


def _totals(reached: pl.DataFrame, conversions: pl.DataFrame, spend: pl.DataFrame) -> Totals:
    """Counts and sums of one currency's conversions, with and without a touch, and of its cost."""
    touched = conversions.join(reached, on="conversion", how="semi")
    value, attributed_value = int(conversions["value"].sum()), int(touched["value"].sum())
    count, attributed = (int((frame["value"] >= 0).sum()) for frame in (conversions, touched))
    return Totals(
        conversions=count,
        value=value,
        attributed=attributed,
        attributed_value=attributed_value,
        unattributed=count - attributed,
        unattributed_value=value - attributed_value,
        cost=int(spend["amount"].sum()),
        refunds=len(conversions) - count,
    )


def _rows(credited: pl.DataFrame, costs: pl.DataFrame, total: Totals, by: str) -> pl.DataFrame:
    """One model's table."""
    if by == "channel" and "times" in credited.columns:
        often = pl.format("{} ×{}", _label(by), "times")
        credited = credited.with_columns(channel=often)
    counted = pl.when(pl.col("value") >= 0).then("share").otherwise(0.0)
    earned = credited.group_by(by).agg(conversions=summed(counted), value=pl.col("credit").sum())
    grouped = (
        pl.concat([earned.with_columns(cost=pl.lit(0, pl.Int64)), costs])
        .with_columns(_label(by))
        .group_by(pl.col(by).str.to_lowercase().alias("_key"))
        .agg(pl.col(by).min(), summed(pl.col("conversions")), pl.col("value", "cost").sum())
        .drop("_key")
        .sort("value", "conversions", "cost", by, descending=[True, True, True, False])
    )
    missing = pl.DataFrame(
        {
            by: [NONE],
            "conversions": [float(total.unattributed)],
            "value": [total.unattributed_value],
            "cost": [0],
        }
    )
    has_missing = total.unattributed or total.unattributed_value
    rows = pl.concat([grouped, missing]) if has_missing else grouped
    return rows.with_columns(
        cpa=pl.when(pl.col("conversions") > 0).then(pl.col("cost") / pl.col("conversions")),
        roas=pl.when(pl.col("cost") != 0).then(pl.col("value") / pl.col("cost")),
    )


def _label(by: str) -> pl.Expr:
    """The name a row is counted under; blank ones are called what ``BY`` says."""
    name = pl.col(by).str.strip_chars()
    return pl.when(name != "").then(name).otherwise(pl.lit(BY[by])).alias(by)


def _plain(totals: Totals) -> dict[str, Any]:
    return _in_units({**asdict(totals), "cpa": totals.cpa, "roas": totals.roas})


def _in_units(row: Mapping[str, Any]) -> dict[str, Any]:
    """Money from micro-units to units; Polars would multiply by 1e-6 and show 0.09999999999999999."""
    return {
        name: number / _MICROS if name in _MONEY and number is not None else number
        for name, number in row.items()
    }


_MONEY = frozenset({"value", "attributed_value", "unattributed_value", "cost", "cpa"})
