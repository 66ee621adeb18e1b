"""How sure a model's figures are: intervals by the bootstrap, resampling customers (Efron 1979).

Whole customers are drawn with replacement, as many as there are, since the conversions of one are not
independent. A model that learns learns anew from every draw. The same seed gives the same intervals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256

import numpy as np
import numpy.typing as npt
import polars as pl

from hub.core.sums import summed

from .frames import counted
from .labels import labels

__all__ = ["LEVEL", "drawn", "interval", "repeated"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

LEVEL = 0.9
"""How often the interval is to hold what it is about."""


def drawn(many: int, draws: int, seed: int) -> Iterator[Ints]:
    """How often each of so many customers is drawn, once for each draw."""
    random = np.random.default_rng(seed)
    for _ in range(draws):
        yield np.bincount(random.integers(0, many, many), minlength=many).astype(np.int64)


def interval(
    credits: pl.DataFrame,
    customers: pl.DataFrame,
    by: str,
    *,
    draws: int,
    seed: int = 0,
    learn: Callable[[pl.DataFrame], pl.DataFrame] | None = None,
) -> pl.DataFrame:
    """``(by), conversions, conversions_low, conversions_high, value, value_low, value_high`` of one model.

    ``customers`` (conversion, unit) says whose each conversion is; one of nobody known is its own unit, and
    units that never converted may be there without a conversion. ``learn`` gives the credit of a draw
    (unit, times), for a model that learns; without it, credit stays what it is and is drawn with its customer.
    """
    units = customers.select("unit").unique().sort("unit").with_row_index("_unit")
    numbered = customers.join(units, on="unit").select("conversion", "_unit")
    whole = _sums(credits, by)
    names, (count, value) = whole[by].to_list(), (whole[name].to_numpy() for name in ("conversions", "value"))
    each = _by_unit(labels(credits, by).join(numbered, on="conversion"), by, names)
    found: list[tuple[Floats, Floats]] = []
    learned: dict[bytes, tuple[Floats, Floats]] = {}
    for times in drawn(len(units), draws, seed) if len(units) else ():
        if learn is None:
            found.append(_weighed(each, times, len(names)))
            continue
        draw = sha256(times.tobytes()).digest()  # of few customers, the same are drawn again and again
        if draw not in learned:
            told = _sums(learn(units.select("unit", times=pl.Series(times))), by)
            learned[draw] = _in_order(told, by, names)
        found.append(learned[draw])
    low, high = (1 - LEVEL) / 2, (1 + LEVEL) / 2
    columns: dict[str, object] = {by: pl.Series(names, dtype=pl.String)}
    for place, (name, point) in enumerate((("conversions", count), ("value", value))):
        told = np.array([one[place] for one in found])
        bounds = np.quantile(told, [low, high], axis=0) if len(found) and names else (point, point)
        columns |= {name: point, f"{name}_low": bounds[0], f"{name}_high": bounds[1]}
    return pl.DataFrame(columns)


def repeated(frame: pl.DataFrame, times: pl.DataFrame, *ids: str) -> pl.DataFrame:
    """The rows of drawn units, as often as they were drawn, each copy under ids of its own.

    ``frame`` has ``unit``; ids are numbered from 0 and each copy adds how many there are.
    """
    often = frame.join(times.filter(pl.col("times") > 0), on="unit", maintain_order="left")
    copies = often.with_columns(_copy=pl.int_ranges(pl.col("times"))).explode("_copy")
    return copies.with_columns((pl.col(name) + pl.col("_copy") * _STRIDE) for name in ids).drop(
        "times", "_copy"
    )


_STRIDE = 1 << 40
"""More than there can be of anything that is numbered from 0."""


def _sums(credits: pl.DataFrame, by: str) -> pl.DataFrame:
    told = labels(credits, by).group_by(by).agg(conversions=summed(counted()), value=pl.col("credit").sum())
    return told.sort("value", by, descending=[True, False])


def _by_unit(rows: pl.DataFrame, by: str, names: list[str]) -> tuple[Ints, Ints, Floats, Floats]:
    """Unit, place of the name, conversions and value, for each unit and name that has any."""
    places = pl.DataFrame({by: names, "_place": range(len(names))}, schema_overrides={by: pl.String})
    told = (
        rows.group_by("_unit", by)
        .agg(c=summed(counted()), v=pl.col("credit").sum())
        .join(places, on=by)
        .sort("_unit", "_place")
    )
    unit, place = (told[name].to_numpy().astype(np.int64) for name in ("_unit", "_place"))
    return unit, place, told["c"].to_numpy(), told["v"].to_numpy().astype(np.float64)


def _weighed(each: tuple[Ints, Ints, Floats, Floats], times: Ints, many: int) -> tuple[Floats, Floats]:
    unit, place, count, value = each
    often = times[unit]
    return (
        np.bincount(place, count * often, many).astype(np.float64),
        np.bincount(place, value * often, many).astype(np.float64),
    )


def _in_order(told: pl.DataFrame, by: str, names: list[str]) -> tuple[Floats, Floats]:
    """The sums under the names there are; one a draw has nothing of has none."""
    known = {
        name.lower(): (count, value) for name, count, value in told.select(by, "conversions", "value").rows()
    }
    pairs = np.array([known.get(name.lower(), (0.0, 0)) for name in names], np.float64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]
