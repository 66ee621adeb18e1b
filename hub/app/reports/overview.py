"""The figures of the whole: one row each, beside those of the period before where there is one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.app.reports.basis import Basis
from hub.app.reports.table import Table

__all__ = ["FIGURES", "overview"]

MICROS = 1_000_000
FIGURES: Mapping[str, str] = {
    "conversions": "count", "value": "money", "refunds": "count", "aov": "money", "customers": "count",
    "new_customers": "count", "cost": "money", "cpa": "money", "cac": "money", "roas": "ratio", "roi": "percent",
    "unattributed": "count", "unattributed_value": "money", "median_touches": "ratio", "median_days": "days",
    "p90_days": "days",
}  # fmt: skip
"""Figure to its kind."""


def overview(
    basis: Basis, totals: Mapping[str, Any], earlier: Basis | None, earlier_totals: Mapping[str, Any] | None
) -> Table:
    """``figure, now`` and, with a period before, ``before, change``; money in units."""
    import polars as pl

    now = _figures(basis, totals)
    columns: dict[str, Any] = {"figure": list(FIGURES), "now": [now[name] for name in FIGURES]}
    measures = ["now"]
    if earlier is not None and earlier_totals is not None:
        then = _figures(earlier, earlier_totals)
        columns["before"] = [then[name] for name in FIGURES]
        columns["change"] = [_change(now[name], then[name]) for name in FIGURES]
        measures += ["before", "change"]
    schema = {"figure": pl.String, **dict.fromkeys(measures, pl.Float64)}
    return Table(
        "overview", ("figure",), tuple(measures), pl.DataFrame(columns, schema=schema), row_kinds=FIGURES
    )


def _figures(basis: Basis, totals: Mapping[str, Any]) -> dict[str, float | None]:
    import polars as pl

    from hub.core.reports import NONE, spans

    sales = spans(basis.steps, basis.converted).filter(pl.col("conversions") > 0)
    walked = sales.filter(pl.col("length") > 0)
    known = basis.converted.filter(pl.col("value") >= 0, pl.col("customer").is_not_null())
    new = known.filter("new")["customer"].n_unique()
    first = next(iter(basis.credits.values()))
    alone = first.filter(pl.col("channel") == NONE)
    return {
        "conversions": totals["conversions"],
        "value": totals["value"] / MICROS,
        "refunds": int((basis.converted["value"] < 0).sum()),
        "aov": totals["value"] / totals["conversions"] / MICROS if totals["conversions"] else None,
        "customers": known["customer"].n_unique(),
        "new_customers": new,
        "cost": totals["cost"] / MICROS,
        "cpa": None if totals["cpa"] is None else totals["cpa"] / MICROS,
        "cac": totals["cost"] / new / MICROS if new else None,
        "roas": totals["roas"],
        "roi": totals["roi"],
        "unattributed": int((alone["value"] >= 0).sum()),
        "unattributed_value": int(alone["credit"].sum()) / MICROS,
        "median_touches": _number(walked["length"].median()),
        "median_days": _number(walked["took"].median()),
        "p90_days": _number(walked["took"].quantile(0.9, "linear")),
    }


def _number(told: Any) -> float | None:
    return None if told is None else float(told)


def _change(now: float | None, then: float | None) -> float | None:
    return None if now is None or not then else (now - then) / abs(then)
