"""Credit -> a report: what each channel, source or campaign earned and cost, with nothing dropped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

import polars as pl

from hub.core.model import AttributionModel
from hub.errors import ConfigError

from .credits import credit
from .models import MODELS

__all__ = ["BY", "NONE", "SPEND", "Report", "Totals", "report"]

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
    {"channel": "Unassigned", "source": "(not set)", "campaign": "(not set)"}
)
"""What a report can be by, and what a touch without it is called."""


@dataclass(frozen=True, slots=True)
class Totals:
    """What there was to attribute in one currency; money in micro-units."""

    conversions: int
    value: int
    attributed: int
    attributed_value: int
    unattributed: int
    unattributed_value: int
    cost: int

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
) -> Report:
    """What each ``by`` (channel, source, campaign) earned and cost in one currency, under each model.

    Nothing is dropped: credited and unattributed value sum to the total exactly, a cost without
    conversions has its row, and other currencies are told apart in ``others``. Journeys of conversions
    that are not among ``conversions`` (outside the report's dates, say) are left out. Names that differ
    in case only are one row. cpa = cost / conversions, roas = value / cost.
    """
    if by not in BY:
        raise ConfigError(f"no report by {by!r}", step=f"choose one of {', '.join(BY)}")
    conversions, spend = _filled(conversions, "value"), _filled(spend, "amount")
    totals = {
        name: _totals(
            journeys, conversions.filter(pl.col("currency") == name), spend.filter(pl.col("currency") == name)
        )
        for name in sorted({*conversions["currency"].unique(), *spend["currency"].unique(), currency})
    }
    wanted = conversions.filter(pl.col("currency") == currency)
    ours = journeys.join(wanted, on="conversion", how="semi")
    costs = spend.filter(pl.col("currency") == currency).select(
        by, conversions=0.0, value=pl.lit(0, pl.Int64), cost="amount"
    )
    total = totals.pop(currency)
    return Report(
        by=by,
        currency=currency,
        models={name: _rows(credit(ours, model), costs, total, by) for name, model in models.items()},
        totals=total,
        others=totals,
    )


_MICROS = 1_000_000


def _filled(frame: pl.DataFrame, amount: str) -> pl.DataFrame:
    """Without nulls: no amount is none, no currency is one of its own."""
    return frame.with_columns(pl.col(amount).fill_null(0), pl.col("currency").fill_null(""))


def _totals(journeys: pl.DataFrame, conversions: pl.DataFrame, spend: pl.DataFrame) -> Totals:
    """Counts and sums of one currency's conversions, with and without a touch, and of its cost."""
    touched = conversions.join(journeys, on="conversion", how="semi")
    value, attributed_value = int(conversions["value"].sum()), int(touched["value"].sum())
    return Totals(
        conversions=len(conversions),
        value=value,
        attributed=len(touched),
        attributed_value=attributed_value,
        unattributed=len(conversions) - len(touched),
        unattributed_value=value - attributed_value,
        cost=int(spend["amount"].sum()),
    )


def _rows(credited: pl.DataFrame, costs: pl.DataFrame, total: Totals, by: str) -> pl.DataFrame:
    """One model's table."""
    earned = credited.group_by(by).agg(conversions=pl.col("share").sum(), value=pl.col("credit").sum())
    grouped = (
        pl.concat([earned.with_columns(cost=pl.lit(0, pl.Int64)), costs])
        .with_columns(_label(by))
        .group_by(pl.col(by).str.to_lowercase().alias("_key"))
        .agg(pl.col(by).min(), pl.col("conversions", "value", "cost").sum())
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
    rows = pl.concat([grouped, missing]) if total.unattributed else grouped
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
