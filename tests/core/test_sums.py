from __future__ import annotations

from math import fsum

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from hub.core.sums import summed

shares = st.lists(st.floats(0, 1) | st.fractions(0, 1, max_denominator=30).map(float), max_size=50)


def total(values: list[float]) -> float:
    return pl.DataFrame({"share": values}, {"share": pl.Float64}).select(summed(pl.col("share"))).item()


@given(shares, st.randoms())
def test_a_sum_of_shares_is_the_same_to_the_last_bit_in_any_order(values: list[float], dice) -> None:
    shuffled = dice.sample(values, len(values))
    assert total(values) == total(shuffled)
    assert abs(total(values) - fsum(values)) <= 1e-12


def test_whole_shares_sum_to_whole_numbers_however_many_there_are() -> None:
    frame = pl.select(share=pl.repeat(1.0, 3_000_000), channel=pl.int_range(3_000_000) % 3)
    told = frame.group_by("channel").agg(summed(pl.col("share")))
    assert told["share"].to_list() == [1_000_000.0] * 3
