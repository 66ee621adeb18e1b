"""Sums of shares that are the same in any order: neither rows nor threads that come otherwise move a last bit."""

from __future__ import annotations

from typing import Final

import polars as pl

__all__ = ["summed"]

_WHOLE: Final = 2.0**60
"""Parts of a share: finer than a float tells 0.01 from its neighbours, and sums of 10¹⁹ shares fit 128 bits."""


def summed(shares: pl.Expr) -> pl.Expr:
    """The sum, counted in whole parts."""
    return (shares * _WHOLE).cast(pl.Int128).sum().cast(pl.Float64) / _WHOLE
