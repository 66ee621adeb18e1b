"""The reports by name: each a table made from one basis, summing to the totals of ``hub attribution``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hub.app.attribution import Question, Rules
from hub.app.reports.basis import Basis, gathered
from hub.app.reports.catalogue import BY
from hub.app.reports.confidence import confidence
from hub.app.reports.effects import effects
from hub.app.reports.table import Table
from hub.core.model import AttributionModel
from hub.errors import ConfigError
from hub.store.session import Store

if TYPE_CHECKING:
    import polars as pl

__all__ = ["REPORTS", "Asked", "Asking", "before", "made"]


@dataclass(frozen=True)
class Asked:
    """What a table leaves open beyond the question."""

    every: str = "month"
    by: str = ""
    """``channel`` where it is left out; a trend is then of all."""
    top: int = 20
    draws: int = 200


@dataclass(frozen=True)
class Asking:
    """The bases of one call: that of the question, and that of the period before it where it is asked for."""

    store: Store
    question: Question
    rules: Rules
    models: Mapping[str, AttributionModel]

    def basis(self) -> Basis:
        """What the question asks for."""
        return gathered(self.store, self.question, self.rules, self.models)

    def earlier(self) -> Basis:
        """The same number of days right before."""
        return gathered(self.store, before(self.question), self.rules, self.models)


def before(question: Question) -> Question:
    """The question about as many days, ending the day before this one's first."""
    if question.start is None or question.end is None:
        raise ConfigError(
            "there is no period before all time",
            where="--from, --to",
            step="say which days: --from 2026-01-01 --to 2026-01-31",
        )
    days = question.end - question.start + timedelta(days=1)
    return replace(question, start=question.start - days, end=question.end - days)


def made(name: str, basis: Basis, asked: Asked = Asked(), earlier: Basis | None = None) -> Table:
    """One report."""
    return REPORTS[name](basis, asked, earlier)


CHANNEL = "channel"
MONEY = ("conversions", "value", "cost", "cpa", "roas", "roi")


def _totals(basis: Basis) -> dict[str, Any]:
    """The sums every table has."""
    import polars as pl

    from hub.core.reports import rated

    sums = pl.DataFrame(
        {
            "conversions": [int((basis.converted["value"] >= 0).sum())],
            "value": [int(basis.converted["value"].sum())],
            "cost": [int(basis.spent["amount"].sum())],
        }
    )
    return rated(sums).row(0, named=True)


def _earned(by: str) -> Callable[[Basis, Asked, Basis | None], Table]:
    def table(basis: Basis, asked: Asked, earlier: Basis | None) -> Table:
        from hub.core.reports import earned

        frame = earned(basis.credits, basis.spent, by)
        return Table(f"{by}s", ("model", by), MONEY, frame, _totals(basis), shared=("cost",))

    return table


def _customers(basis: Basis, asked: Asked, earlier: Basis | None) -> Table:
    from hub.core.reports import newness

    frame = newness(basis.credits, basis.converted, basis.spent, asked.by or CHANNEL)
    new = basis.converted["new"]
    total: dict[str, Any] = {"cost": int(basis.spent["amount"].sum())}
    for name, mine in (("new", new), ("returning", ~new), ("unknown", new.is_null())):
        told = basis.converted.filter(mine.fill_null(False))["value"]
        total |= {f"{name}_conversions": int((told >= 0).sum()), f"{name}_value": int(told.sum())}
    total["cac"] = total["cost"] / total["new_conversions"] if total["new_conversions"] else None
    measures = tuple(frame.columns[2:])
    return Table("customers", ("model", asked.by or CHANNEL), measures, frame, total, shared=("cost",))


def _assists(basis: Basis, asked: Asked, earlier: Basis | None) -> Table:
    from hub.core.reports import assists

    frame = assists(basis.steps, basis.converted, asked.by or CHANNEL)
    return Table("assists", (asked.by or CHANNEL,), tuple(frame.columns[1:]), frame)


def _paths(basis: Basis, asked: Asked, earlier: Basis | None) -> Table:
    from hub.core.reports import paths

    return _of_sales("paths", paths(basis.steps, basis.converted, asked.top), basis)


def _lengths(basis: Basis, asked: Asked, earlier: Basis | None) -> Table:
    from hub.core.reports import lengths

    return _of_sales("lengths", lengths(basis.steps, basis.converted), basis)


def _lag(basis: Basis, asked: Asked, earlier: Basis | None) -> Table:
    from hub.core.reports import lags

    return _of_sales("lag", lags(basis.steps, basis.converted), basis)


def _of_sales(name: str, frame: pl.DataFrame, basis: Basis) -> Table:
    total = _totals(basis)
    return Table(
        name, (frame.columns[0],), tuple(frame.columns[1:]), frame, {k: total[k] for k in ("conversions", "value")}
    )  # fmt: skip


def _cohorts(basis: Basis, asked: Asked, earlier: Basis | None) -> Table:
    from hub.core.reports import cohorts

    frame = cohorts(basis.touched, basis.converted, asked.every, basis.rules.timezone)
    total = {name: _totals(basis)[name] for name in ("conversions", "value")}
    return Table("cohorts", ("cohort",), tuple(frame.columns[1:]), frame, total)


def _trend(basis: Basis, asked: Asked, earlier: Basis | None) -> Table:
    from hub.core.reports import trend, trend_by

    if asked.by:
        frame = trend_by(basis.credits, basis.converted, basis.spent, asked.by, asked.every)
        return Table("trend", ("model", "period", asked.by), MONEY, frame, _totals(basis))
    frame = trend(basis.converted, basis.spent, asked.every)
    total = {**_totals(basis), "new_conversions": int(frame["new_conversions"].sum())}
    return Table("trend", ("period",), tuple(frame.columns[1:]), frame, total)


def _before(basis: Basis, asked: Asked, earlier: Basis | None) -> Table:
    """The rows of the period with those of the one before; what is in one of them only has nothing in the other."""
    import polars as pl

    from hub.core.reports import earned

    if earlier is None:
        before(basis.question)
        raise AssertionError("the period before was not gathered")
    by = asked.by or CHANNEL
    measures = ("conversions", "value", "cost", "roas")
    now, then = (
        earned(one.credits, one.spent, by).select("model", by, *measures) for one in (basis, earlier)
    )  # fmt: skip
    key = pl.col(by).str.to_lowercase().alias("_key")
    both = now.with_columns(key).join(
        then.with_columns(key), on=["model", "_key"], how="full", coalesce=True, suffix="_before",
        maintain_order="left_right",
    )  # fmt: skip
    sums = [name for name in measures if name != "roas"]
    filled = both.with_columns(
        pl.coalesce(by, f"{by}_before").alias(by),
        pl.col(*sums, *(f"{name}_before" for name in sums)).fill_null(0),
    )
    columns = [one for name in measures for one in (name, f"{name}_before", f"{name}_change")]
    frame = _changed(filled, measures).select("model", by, *columns)
    total = _changed(_both(_totals(basis), _totals(earlier), measures), measures).row(0, named=True)
    return Table("before", ("model", by), tuple(columns), frame, total)


def _both(now: Mapping[str, Any], then: Mapping[str, Any], measures: tuple[str, ...]) -> pl.DataFrame:
    import polars as pl

    return pl.DataFrame(
        [{**{name: now[name] for name in measures}, **{f"{name}_before": then[name] for name in measures}}],
        schema_overrides={"roas": pl.Float64, "roas_before": pl.Float64},
    )


def _changed(rows: pl.DataFrame, measures: tuple[str, ...]) -> pl.DataFrame:
    """With the change of each measure relative to what it was; null from nothing."""
    import polars as pl

    return rows.with_columns(
        pl.when(pl.col(f"{name}_before") != 0)
        .then((pl.col(name) - pl.col(f"{name}_before")) / pl.col(f"{name}_before").abs())
        .alias(f"{name}_change")
        for name in measures
    )


def _confidence(basis: Basis, asked: Asked, earlier: Basis | None) -> Table:
    frame = confidence(basis, asked.by or CHANNEL, asked.draws)
    measures = (
        "conversions", "conversions_low", "conversions_high", "value", "value_low", "value_high",
    )  # fmt: skip
    total = {name: _totals(basis)[name] for name in ("conversions", "value")}
    return Table("confidence", ("model", asked.by or CHANNEL), measures, frame, total)


def _effects(basis: Basis, asked: Asked, earlier: Basis | None) -> Table:
    measures = ("effect", "part", "value_effect", "value_part")
    return Table("effects", ("model", CHANNEL), measures, effects(basis))


def _quality(basis: Basis, asked: Asked, earlier: Basis | None) -> Table:
    from hub.core.reports import quality

    first = next(iter(basis.credits.values()))
    frame = quality(basis.touched, first, basis.converted, basis.spent, sum(basis.left_out.values()))
    return Table("quality", ("check",), ("count", "of", "share", "value"), frame)


def _overview(basis: Basis, asked: Asked, earlier: Basis | None) -> Table:
    from hub.app.reports.overview import overview

    return overview(basis, _totals(basis), earlier, None if earlier is None else _totals(earlier))


REPORTS: Mapping[str, Callable[[Basis, Asked, Basis | None], Table]] = {
    "overview": _overview,
    **{name: _earned(by) for name, by in BY.items()},
    "customers": _customers,
    "assists": _assists,
    "paths": _paths,
    "lengths": _lengths,
    "lag": _lag,
    "cohorts": _cohorts,
    "trend": _trend,
    "before": _before,
    "confidence": _confidence,
    "effects": _effects,
    "quality": _quality,
}
