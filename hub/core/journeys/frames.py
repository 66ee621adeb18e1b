"""The columns that frames of touches, conversions and journeys have.

Times are microseconds since 1970, UTC; values are micro-units of their currency.
"""

from __future__ import annotations

import polars as pl

__all__ = ["CONVERSIONS", "JOURNEYS", "TOUCHES"]

TOUCHES = pl.Schema(
    {
        "touch": pl.Int64,
        "customer": pl.Int64,
        "at": pl.Int64,
        "channel": pl.String,
        "source": pl.String,
        "medium": pl.String,
        "campaign": pl.String,
    }
)
"""``touch`` is the id of its raw record."""

CONVERSIONS = pl.Schema(
    {
        "conversion": pl.Int64,
        "customer": pl.Int64,
        "at": pl.Int64,
        "value": pl.Int64,
        "currency": pl.String,
    }
)
"""``conversion`` is the id of its raw record; no two rows share one."""

JOURNEYS = pl.Schema(
    {
        "conversion": pl.Int64,
        "customer": pl.Int64,
        "touch": pl.Int64,
        "at": pl.Int64,
        "conversion_at": pl.Int64,
        "channel": pl.String,
        "source": pl.String,
        "medium": pl.String,
        "campaign": pl.String,
        "value": pl.Int64,
        "currency": pl.String,
        "position": pl.Int64,
        "length": pl.Int64,
    }
)
"""``position`` counts from 1 to ``length`` within a conversion; ``value`` is the whole conversion's."""
