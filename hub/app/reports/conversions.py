"""From a figure down: the conversions it counts, each with its customer, its touches, their credit and raw records."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.app.clock import as_datetime, iso
from hub.app.reports.basis import Basis
from hub.core.model import public_id
from hub.errors import ConfigError
from hub.store.exports import anchors, raw_bodies, raw_names
from hub.store.session import Store

if TYPE_CHECKING:
    import polars as pl

__all__ = ["WHERE", "behind", "write_behind"]

MICROS = 1_000_000


def behind(
    store: Store, basis: Basis, model: str, where: Mapping[str, str], *, limit: int = 20, raw: bool = False
) -> dict[str, Any]:
    """The conversions a row of a report counts, those with the most credit first, and what they sum to.

    ``where`` names the row: column to what stands there. Of each conversion ``credit`` is what the row has of
    it and ``touches`` are all that led to it. With ``raw``, what the raw records say goes along.
    """
    import polars as pl

    from hub.core.reports import counted

    whole = basis.credits[model]
    rows, sold = whole, basis.converted
    for name, value in where.items():
        if name in _BY_TOUCH:
            rows = _named(rows, name, value)
        elif name in WHERE:
            sold = WHERE[name](basis, value)(sold)
        else:
            raise ConfigError(
                f"no report has a column {name!r}",
                where="--where",
                step=f"name one of {', '.join([*_BY_TOUCH, *WHERE])}",
            )
    rows = rows.join(sold, on="conversion", how="semi")
    sums = rows.select(conversions=counted().sum(), value=pl.col("credit").sum()).row(0, named=True)
    each = rows.group_by("conversion").agg(pl.col("credit", "share").sum())
    chosen = (
        each.join(sold, on="conversion").sort("credit", "conversion", descending=[True, False]).head(limit)
    )
    touches = _touches(whole, basis, chosen)
    with store.read() as tx:
        ids = [*chosen["conversion"], *touches["touch"].drop_nulls()]
        names = dict(raw_names(tx, ids))
        bodies = raw_bodies(tx, ids) if raw else {}
        shown = _customers(anchors(tx), set(chosen["customer"]))
    return {
        "model": model,
        "where": dict(where),
        "currency": basis.currency,
        "totals": {"conversions": sums["conversions"], "value": sums["value"] / MICROS, "rows": len(each)},
        "conversions": [
            {
                "conversion": names.get(row["conversion"]),
                "customer_id": shown.get(row["customer"]),
                "at": iso(as_datetime(row["at"])),
                "value": row["value"] / MICROS,
                "share": row["share"],
                "credit": row["credit"] / MICROS,
                **({"record": bodies.get(row["conversion"])} if raw else {}),
                "touches": [
                    {
                        "raw_record": names.get(touch["touch"]),
                        "at": None if touch["at"] is None else iso(as_datetime(touch["at"])),
                        **{name: touch[name] for name in _BY_TOUCH},
                        "share": touch["share"],
                        "credit": touch["credit"] / MICROS,
                        **({"record": bodies.get(touch["touch"])} if raw else {}),
                    }
                    for touch in touches.filter(pl.col("conversion") == row["conversion"]).to_dicts()
                ],
            }
            for row in chosen.to_dicts()
        ],
    }  # fmt: skip


def _touches(credits: pl.DataFrame, basis: Basis, chosen: pl.DataFrame) -> pl.DataFrame:
    """Every touch of the chosen conversions in order; what no touch carries comes last."""
    import polars as pl

    from hub.core.reports import NONE

    mine = credits.join(chosen.select("conversion", "sale"), on="conversion").filter(
        pl.col("channel") != NONE
    )
    steps = basis.steps.select(pl.col("conversion").alias("sale"), "touch", "at", "position")
    return mine.join(steps, on=["sale", "touch"], how="left").sort("conversion", "position", nulls_last=True)


def _customers(pairs: Any, wanted: Collection[int | None]) -> dict[int, str]:
    return {cluster: public_id(anchor) for cluster, anchor in pairs if cluster in wanted}


_BY_TOUCH = ("channel", "source", "campaign", "content")

Narrowing = Callable[["pl.DataFrame"], "pl.DataFrame"]


def _named(rows: pl.DataFrame, by: str, value: str) -> pl.DataFrame:
    import polars as pl

    from hub.core.reports import labelled

    return rows.with_columns(labelled(by)).filter(pl.col(by).str.to_lowercase() == value.strip().lower())


def _in_period(every: str) -> Callable[[Basis, str], Narrowing]:
    def narrowing(basis: Basis, value: str) -> Narrowing:
        import polars as pl

        from hub.core.reports import EVERY

        start = pl.col("day").dt.truncate(EVERY[every]).dt.strftime("%Y-%m-%d")
        return lambda sold: sold.filter(start.str.starts_with(value))

    return narrowing


def _on_sales(name: str) -> Callable[[Basis, str], Narrowing]:
    """Those whose sale stands in the row of a table of sales."""

    def narrowing(basis: Basis, value: str) -> Narrowing:
        import polars as pl

        from hub.core.reports import NONE, lag_names, length_names, path_texts

        if name == "path":
            told = path_texts(basis.steps).select(sale="conversion", told="path")
        elif name == "touches":
            told = length_names(basis.steps, basis.converted)
        else:
            told = lag_names(basis.steps, basis.converted)
        sales = basis.converted.select("sale").unique().join(told, on="sale", how="left")
        mine = sales.filter(pl.col("told").fill_null(NONE) == value)
        return lambda sold: sold.join(mine, on="sale", how="semi")

    return narrowing


def _by_customer(basis: Basis, value: str) -> Narrowing:
    import polars as pl

    told = {"new": pl.col("new"), "returning": ~pl.col("new"), "unknown": pl.col("new").is_null()}
    if value not in told:
        raise ConfigError(
            f"{value!r} is no kind of customer", where="--where", step=f"choose one of {', '.join(told)}"
        )
    return lambda sold: sold.filter(told[value].fill_null(False))


def _first_touched(every: str) -> Callable[[Basis, str], Narrowing]:
    """Those whose customer was first touched in the period that begins so."""

    def narrowing(basis: Basis, value: str) -> Narrowing:
        import polars as pl

        from hub.core.reports import EVERY, NONE, day_of

        begun = basis.touched.drop_nulls("customer").group_by("customer").agg(pl.col("at").min())
        start = day_of("at", basis.rules.timezone).dt.truncate(EVERY[every]).dt.strftime("%Y-%m-%d")
        mine = begun.select("customer", first=start)

        def narrow(sold: pl.DataFrame) -> pl.DataFrame:
            named = sold.join(mine, on="customer", how="left").with_columns(pl.col("first").fill_null(NONE))
            return named.filter(pl.col("first").str.starts_with(value)).drop("first")

        return narrow

    return narrowing


WHERE: Mapping[str, Callable[[Basis, str], Narrowing]] = {
    "day": _in_period("day"),
    "week": _in_period("week"),
    "month": _in_period("month"),
    "path": _on_sales("path"),
    "touches": _on_sales("touches"),
    "days": _on_sales("days"),
    "customers": _by_customer,
    "cohort": _first_touched("month"),
    "cohort-week": _first_touched("week"),
    "cohort-day": _first_touched("day"),
}
"""Columns of reports on whole conversions to what narrows conversions to one row of them."""


def write_behind(told: Mapping[str, Any], path: Path) -> int:
    """One row for each conversion and touch to a file, by its ending; how many rows."""
    import polars as pl

    from hub.app.written import ENDINGS, replaced

    write = ENDINGS.get(path.suffix.lower())
    if write is None:
        raise ConfigError(
            f"{path.name!r} does not say which format it is to be", where="hub report conversions",
            step=f"end its name with one of {', '.join(ENDINGS)}",
        )  # fmt: skip
    rows = [
        {
            "conversion": one["conversion"], "customer_id": one["customer_id"], "converted_at": one["at"],
            "conversion_value": one["value"], "touch": touch.get("raw_record"), "touched_at": touch.get("at"),
            **{name: touch.get(name) for name in _BY_TOUCH}, "share": touch.get("share", 0.0), "value": touch.get("credit", 0.0),
        }
        for one in told["conversions"]
        for touch in one["touches"] or [{"channel": "(none)", "share": 1.0, "credit": one["credit"]}]
    ]  # fmt: skip
    numbers = ("conversion_value", "share", "value")
    columns = (
        "conversion", "customer_id", "converted_at", "conversion_value", "touch", "touched_at", *_BY_TOUCH, "share", "value",
    )  # fmt: skip
    schema = {name: pl.Float64 if name in numbers else pl.String for name in columns}
    frame = pl.DataFrame(rows, schema=schema)
    replaced(path, lambda beside: write(frame, beside))
    return len(frame)
