"""Journeys in files: touches and conversions for the hub, one row a visit for the others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

__all__ = ["DAY", "lay_out"]

DAY = 86_400_000_000
SPAN = 80 * DAY
"""All touches lie within it, so that no lookback cuts what the peers would not cut."""


def lay_out(folder: Path, journeys: int, channels: int) -> tuple[int, int]:
    """Write the files; how many touches and conversions there are.

    Four touches a customer on average, at most thirty; three in ten repeat the channel before; one customer
    in twenty converts.
    """
    folder.mkdir()
    random = np.random.default_rng(4)
    lengths = np.minimum(random.geometric(1 / 4, journeys), 30)
    customer = np.repeat(np.arange(journeys), lengths)
    many = len(customer)
    seconds = SPAN // 1_000_000  # in microseconds, customers times the span would not fit 64 bits
    ordered = np.sort(customer * seconds + random.integers(0, seconds, many)) - customer * seconds
    at = ordered * 1_000_000
    popular = random.dirichlet(np.full(channels, 2.0))
    code = random.choice(channels, many, p=popular)
    again = np.flatnonzero((random.random(many) < 0.3) & (np.diff(customer, prepend=-1) == 0))
    code[again] = code[again - 1]
    names = pl.Series([f"Channel {number:02}" for number in range(channels)])
    named = names[code].alias("channel")
    order = random.permutation(many)
    touches = pl.DataFrame({"touch": np.arange(many), "customer": customer, "at": at, "channel": named})
    touches[order].write_parquet(folder / "touches.parquet")
    buyer = np.flatnonzero(random.random(journeys) < 0.05)
    value = random.integers(1, 1000, len(buyer)) * 1_000_000
    pl.DataFrame(
        {
            "conversion": buyer,
            "customer": buyer,
            "at": np.full(len(buyer), SPAN),
            "value": value,
            "currency": ["CNY"] * len(buyer),
        }
    ).write_parquet(folder / "conversions.parquet")
    last = np.cumsum(lengths) - 1
    converts, worth = np.zeros(many, np.bool_), np.zeros(many)
    converts[last[buyer]], worth[last[buyer]] = True, value / 1_000_000
    pl.DataFrame(
        {
            "user": customer,
            "time": pl.Series(at).cast(pl.Datetime("us")),
            "channel": named,
            "conversion": converts,
            "value": worth,
        }
    )[order].write_parquet(folder / "visits.parquet")
    return many, len(buyer)
