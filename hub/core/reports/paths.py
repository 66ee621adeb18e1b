"""Which paths sell, how long they are and how long they take. No path is written out but those shown."""

from __future__ import annotations

import polars as pl

from .frames import by_sale
from .labels import NONE, labels

__all__ = [
    "DAY_US",
    "LAGS",
    "OTHER",
    "lag_names",
    "lags",
    "length_names",
    "lengths",
    "path_texts",
    "paths",
    "spans",
]

DAY_US = 86_400_000_000
OTHER = "(other)"
"""The row of paths that are not shown."""
LONGEST = 10
LAGS = (0, 1, 2, 4, 8, 15, 31, 61, 91)
"""The first day of each group of days."""


def paths(steps: pl.DataFrame, converted: pl.DataFrame, top: int) -> pl.DataFrame:
    """``path, length, conversions, value, days``: the paths that sold most often, then the others and those without.

    ``length`` counts touches, runs included; ``days`` is the median from the first touch to the sale.
    """
    runs, names = _runs(steps)
    folded = runs.group_by("conversion", maintain_order=True).agg(pl.col("step").alias("path"))
    known = spans(steps, converted).join(folded, left_on="sale", right_on="conversion", how="left")
    each = known.filter(pl.col("length") > 0).group_by("path").agg(*_sums(), pl.col("length").first())
    sorted_so = each.sort("conversions", "value", "length", descending=[True, True, False])
    shown, rest = sorted_so.head(top), each.join(sorted_so.head(top), on="path", how="anti", nulls_equal=True)
    told = shown.with_columns(
        path=pl.Series([_text(path, names) for path in shown["path"].to_list()], dtype=pl.String)
    )
    parts = [told]
    if len(rest):
        others = known.join(rest.select("path"), on="path", how="semi")
        parts.append(_one(others, OTHER))
    without = known.filter(pl.col("length") == 0)
    if len(without):
        parts.append(_one(without, NONE))
    return pl.concat(parts, how="diagonal").select("path", "length", "conversions", "value", "days")


def lengths(steps: pl.DataFrame, converted: pl.DataFrame) -> pl.DataFrame:
    """``touches, conversions, value, days``: how many touches sales had; the last row is of that many or more."""
    known = spans(steps, converted).join(length_names(steps, converted), on="sale")
    told = known.group_by(touches="told").agg(*_sums(), pl.col("length").min())
    return told.sort("length").drop("length")


def lags(steps: pl.DataFrame, converted: pl.DataFrame) -> pl.DataFrame:
    """``days, conversions, value``: how many days sales took from their first touch; ``(none)`` had none."""
    known = spans(steps, converted).join(lag_names(steps, converted), on="sale")
    told = known.group_by(days="told").agg(*_sums()[:2], pl.col("lag").min())
    return told.sort("lag", nulls_last=True).drop("lag")


def length_names(steps: pl.DataFrame, converted: pl.DataFrame) -> pl.DataFrame:
    """``sale, told``: under which number of touches each sale is counted."""
    many = pl.col("length")
    told = pl.when(many >= LONGEST).then(pl.lit(f"{LONGEST}+")).otherwise(many.cast(pl.String))
    return spans(steps, converted).select("sale", told=told)


def lag_names(steps: pl.DataFrame, converted: pl.DataFrame) -> pl.DataFrame:
    """``sale, told``: under which days each sale is counted."""
    told = pl.lit(NONE)
    for start, end in zip(LAGS, (*LAGS[1:], None), strict=True):
        told = pl.when(pl.col("lag") >= start).then(pl.lit(_range(start, end))).otherwise(told)
    return spans(steps, converted).select("sale", told=told)


def spans(steps: pl.DataFrame, converted: pl.DataFrame) -> pl.DataFrame:
    """Each sale with the ``length`` of its journey, 0 without one, and its ``lag`` in whole days."""
    walked = steps.group_by("conversion").agg(
        pl.col("length").first(),
        lag=(pl.col("conversion_at").first() - pl.col("at").min()) // DAY_US,
        took=(pl.col("conversion_at").first() - pl.col("at").min()) / DAY_US,
    )
    sales = by_sale(converted).join(walked, left_on="sale", right_on="conversion", how="left")
    return sales.with_columns(pl.col("length").fill_null(0))


def path_texts(steps: pl.DataFrame) -> pl.DataFrame:
    """``conversion, path``: every path as it is shown."""
    runs, names = _runs(steps)
    folded = runs.group_by("conversion", maintain_order=True).agg(pl.col("step").alias("path"))
    texts = pl.Series([_text(path, names) for path in folded["path"].to_list()], dtype=pl.String)
    return folded.with_columns(path=texts)


_TIMES = 1 << 16
"""A step is the number of its channel times this, and how often it is repeated."""


def _runs(steps: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Journeys with runs of one channel as one numbered step, and the channels' names."""
    named = labels(steps.select("conversion", "channel"), "channel")
    names = sorted(named["channel"].unique().to_list())
    code = pl.col("channel").cast(pl.Enum(names)).to_physical().cast(pl.Int64)
    coded = named.select("conversion", code=code)
    fresh = (pl.col("code") != pl.col("code").shift()) | (
        pl.col("conversion") != pl.col("conversion").shift()
    )
    run = fresh.fill_null(True).cum_sum().alias("run")
    folded = coded.with_columns(run).group_by("conversion", "run", maintain_order=True).agg(
        step=pl.col("code").first() * _TIMES + pl.len().clip(upper_bound=_TIMES - 1)
    )  # fmt: skip
    return folded.select("conversion", "step"), names


def _text(path: list[int], names: list[str]) -> str:
    said = [(names[step // _TIMES], step % _TIMES) for step in path]
    return " > ".join(name if times == 1 else f"{name} ×{times}" for name, times in said)


def _sums() -> list[pl.Expr]:
    days = pl.col("took").median().alias("days")
    return [pl.col("conversions").sum(), pl.col("value").sum(), days]


def _one(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    return rows.select(*_sums()).with_columns(path=pl.lit(name))


def _range(start: int, end: int | None) -> str:
    return f"{start}+" if end is None else str(start) if end == start + 1 else f"{start}-{end - 1}"
