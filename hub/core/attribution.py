"""Journeys -> credit -> a report: who earned a conversion, one function per model.

A conversion of value v has touches 1..n; a model gives touch j the share a_j, and the a_j sum to 1.
Shares become money by largest remainders, in micro-units, so that the credit of a conversion's
touches sums to its value exactly; with the conversions no touch led to, it sums to the total.
Conversions without value count as conversions. Currencies are never added together.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

import polars as pl

from hub.core.model import AttributionModel
from hub.errors import ConfigError, PluginError

__all__ = [
    "BY",
    "MODELS",
    "NONE",
    "SPEND",
    "Report",
    "Totals",
    "credit",
    "first",
    "last",
    "last_non_direct",
    "linear",
    "position",
    "report",
    "time_decay",
]

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

HALF_LIFE_US = 7 * 86_400_000_000


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


def first(journeys: pl.DataFrame) -> pl.Series:
    """All to the first touch: a_1 = 1."""
    return _shares(journeys, (pl.col("position") == 1).cast(pl.Float64))


def last(journeys: pl.DataFrame) -> pl.Series:
    """All to the last touch: a_n = 1."""
    return _shares(journeys, (pl.col("position") == pl.col("length")).cast(pl.Float64))


def last_non_direct(journeys: pl.DataFrame) -> pl.Series:
    """All to the last touch whose channel is not Direct, as Google Analytics counts; else to the last."""
    elsewhere = pl.when(pl.col("channel") != "Direct").then("position").max().over("conversion")
    chosen = elsewhere.fill_null(pl.col("length"))
    return _shares(journeys, (pl.col("position") == chosen).cast(pl.Float64))


def linear(journeys: pl.DataFrame) -> pl.Series:
    """The same to each touch: a_j = 1/n."""
    return _shares(journeys, 1 / pl.col("length"))


def position(journeys: pl.DataFrame) -> pl.Series:
    """U-shaped: .4 to the first, .4 to the last, .2/(n-2) to each between; .5 and .5 of two; all of one.

    The 40/20/40 of Google Analytics and Salesforce; two touches share what lies between, .4 + .2/2 each.
    """
    n = pl.col("length")
    is_end = (pl.col("position") == 1) | (pl.col("position") == n)
    return _shares(
        journeys,
        pl.when(n == 1).then(1.0).when(n == 2).then(0.5).when(is_end).then(0.4).otherwise(0.2 / (n - 2)),
    )


def time_decay(journeys: pl.DataFrame, *, half_life_us: int = HALF_LIFE_US) -> pl.Series:
    """Half as much for every 7 days before the conversion: w_j = 2^(-(t - s_j)/h), a_j = w_j / sum of w.

    Continuous, as in Google and Adobe Analytics. Ages are taken relative to the youngest touch, which
    changes no share and keeps old journeys from underflowing to 0/0.
    """
    age = pl.col("conversion_at") - pl.col("at")
    beyond_youngest = age - age.min().over("conversion")
    weights = journeys.select("conversion", weight=(beyond_youngest * (-math.log(2) / half_life_us)).exp())
    return _shares(weights, pl.col("weight") / pl.col("weight").sum().over("conversion"))


MODELS: Mapping[str, AttributionModel] = MappingProxyType(
    {
        "first": first,
        "last": last,
        "last-non-direct": last_non_direct,
        "linear": linear,
        "position": position,
        "time-decay": time_decay,
    }
)


def credit(journeys: pl.DataFrame, model: AttributionModel) -> pl.DataFrame:
    """The journeys ordered by conversion and position, with ``share`` and ``credit`` in micro-units.

    ``credit`` is share times value rounded down, and what is then missing from the conversion's value
    goes, one micro-unit each, to the largest remainders (earlier touch first among equals). A touch
    without a share gets nothing. Negative values are credited as their opposite, negated.
    """
    rows = journeys.sort("conversion", "position")
    rows = rows.with_columns(_checked(rows, model(rows)))
    size = pl.col("value").abs()
    exact = pl.col("share") * size
    rows = rows.with_columns(
        _down=exact.floor().cast(pl.Int64), _takes=pl.col("share") != 0, _left=exact - exact.floor()
    )
    rows = rows.with_columns(
        _missing=size - pl.col("_down").sum().over("conversion"),
        _takers=pl.col("_takes").sum().over("conversion").cast(pl.Int64),
    )
    rows = rows.with_columns(_place=_places(rows))
    # Missing is below the number of takers, but for values past 2^53, where floats have gaps: all share those.
    gets = pl.col("_missing") // pl.col("_takers") + (
        pl.col("_place") <= pl.col("_missing") % pl.col("_takers")
    ).cast(pl.Int64)
    whole = pl.col("_down") + pl.when("_takes").then(gets).otherwise(0)
    return rows.with_columns(credit=whole * pl.col("value").sign()).select(
        *journeys.columns, "share", "credit"
    )


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
        for name in sorted({*conversions["currency"], *spend["currency"], currency})
    }
    wanted = conversions.filter(pl.col("currency") == currency)
    ours = journeys.join(wanted, on="conversion", how="semi")
    costs = spend.filter(pl.col("currency") == currency).select(
        _label(by), conversions=0.0, value=pl.lit(0, pl.Int64), cost="amount"
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


def _shares(rows: pl.DataFrame, share: pl.Expr) -> pl.Series:
    return rows.select(share.alias("share")).to_series()


def _checked(rows: pl.DataFrame, shares: pl.Series) -> pl.Series:
    """The shares, if the model kept its promise."""
    shares = shares.cast(pl.Float64).alias("share")
    if len(shares) != len(rows):
        raise PluginError(
            f"an attribution model gave {len(shares)} shares for {len(rows)} touches",
            step="return one share for each row of the journeys frame, in its order",
        )
    sums = (
        rows.select("conversion")
        .with_columns(shares)
        .group_by("conversion")
        .agg(pl.col("share").sum(), bad=(~pl.col("share").is_finite()).any() | pl.col("share").has_nulls())
    )
    wrong = sums.filter(pl.col("bad") | ((pl.col("share") - 1).abs() > 1e-6)).sort("conversion")
    if len(wrong):
        conversion, total, _ = wrong.row(0)
        raise PluginError(
            f"an attribution model's shares of conversion {conversion} sum to {total}, not to 1",
            step="divide the shares by their sum over the conversion",
        )
    return shares


def _places(rows: pl.DataFrame) -> pl.Series:
    """The place of each row by remainder within its conversion, 1 for the largest; takers come first."""
    order = rows.select(
        pl.arg_sort_by(
            "conversion", "_takes", "_left", "position", descending=[False, True, True, False]
        ).alias("row")
    ).to_series()
    places = rows.select(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("conversion")).to_series()
    return pl.DataFrame({"row": order, "place": places}).sort("row")["place"]


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
    earned = credited.select(_label(by), conversions="share", value="credit", cost=pl.lit(0, pl.Int64))
    key = pl.col(by).str.to_lowercase().alias("_key")
    grouped = (
        pl.concat([earned, costs])
        .group_by(key)
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
