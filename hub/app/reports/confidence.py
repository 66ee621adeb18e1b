"""Intervals beside credit: models that learn learn anew from every draw of customers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hub.app.reports.basis import Basis, said

if TYPE_CHECKING:
    import polars as pl

    from hub.core.attribution import Learner

__all__ = ["confidence"]


def confidence(basis: Basis, by: str, draws: int, seed: int = 0) -> pl.DataFrame:
    """``model, (by)`` and the columns of ``core.reports.interval``."""
    import polars as pl

    from hub.core.attribution import Learner
    from hub.core.reports import interval

    parts: list[pl.DataFrame] = []
    for name, model in basis.models.items():
        learn = _relearning(basis, model) if isinstance(model, Learner) else None
        told = interval(basis.credits[name], _units(basis, model), by, draws=draws, seed=seed, learn=learn)
        parts.append(told.select(pl.lit(name).alias("model"), pl.all()))
    return pl.concat(parts)


def _units(basis: Basis, model: object) -> pl.DataFrame:
    """Whose each conversion is, and for a model that learns from them the customers who never converted."""
    import polars as pl

    converted = basis.converted.select("conversion", unit=_unit())
    lost = getattr(model, "nulls", None)
    if lost is None or lost.is_empty():
        return converted
    alone = lost.select(unit=pl.concat_str(pl.lit("c"), "customer")).unique()
    return pl.concat([converted, alone.select(pl.lit(None, pl.Int64).alias("conversion"), "unit")])


def _relearning(basis: Basis, model: Learner) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """What the model credits when it learns from a draw alone."""
    import polars as pl

    from hub.core.attribution.reports import credited
    from hub.core.reports import CREDITS, NONE, UNSET, repeated

    converted = _numbered(basis, basis.converted).with_columns(unit=_unit())
    owner = converted.select("sale", "unit").unique("sale")
    journeys = _numbered(basis, basis.journeys).join(
        owner, left_on="conversion", right_on="sale", maintain_order="left"
    )
    refunds = _numbered(basis, basis.refunds).join(
        owner, left_on="of", right_on="sale", maintain_order="left"
    )
    lost = getattr(model, "nulls", None)

    def learn(times: pl.DataFrame) -> pl.DataFrame:
        drawn = repeated(converted, times, "conversion", "sale").drop("unit")
        told = model
        if lost is not None:
            named = lost.with_columns(unit=pl.concat_str(pl.lit("c"), "customer"))
            again = repeated(named.with_columns(customer=_place("customer")), times, "customer")
            told = model.knowing(again.sort("customer", maintain_order=True).drop("unit"))
        paths = repeated(journeys, times, "conversion").drop("unit").sort("conversion", "position")
        earned = credited(paths, told, repeated(refunds, times, "conversion", "of").drop("unit"))
        alone = drawn.join(earned, on="conversion", how="anti").select(
            "conversion", "value", touch=pl.lit(None, pl.Int64), share=pl.lit(1.0), credit="value",
            **{name: pl.lit(NONE) for name in UNSET},
        )  # fmt: skip
        known = said(earned.join(drawn, on="conversion", how="semi"))
        return pl.concat([known.select(list(CREDITS)), alone.select(list(CREDITS))])

    return learn


def _unit() -> pl.Expr:
    """A customer; a conversion of nobody known stands for itself."""
    import polars as pl

    told = pl.concat_str(pl.lit("c"), "customer")
    return pl.when(pl.col("customer").is_not_null()).then(told).otherwise(pl.concat_str(pl.lit("s"), "sale"))


def _place(name: str) -> pl.Expr:
    import polars as pl

    return pl.col(name).rank("dense").cast(pl.Int64) - 1


def _numbered(basis: Basis, frame: pl.DataFrame) -> pl.DataFrame:
    """Ids of conversions from 0, the same in every frame, so that copies can have their own."""
    import polars as pl

    ids = pl.concat([basis.converted["conversion"], basis.converted["sale"]]).unique().sort()
    numbers = {"was": ids, "number": pl.int_range(len(ids), eager=True, dtype=pl.Int64)}
    told = frame
    for name in ("conversion", "sale", "of"):
        if name in frame.columns:
            told = told.with_columns(pl.col(name).replace_strict(numbers["was"], numbers["number"]))
    return told
