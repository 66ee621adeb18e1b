"""Refunds in credit and in reports: they take back what the sale earned, and everything still sums up."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.attribution import MODELS, SPEND, Learner, report
from hub.core.attribution.reports import credited
from hub.core.journeys import CONVERSIONS, TOUCHES, TRANSFORMS, journeys, settled

NO_SPEND = SPEND.to_frame()
ORDERS = pl.Schema({**CONVERSIONS, "returned": pl.Boolean})
touched = st.lists(
    st.tuples(st.integers(1, 2), st.integers(0, 9), st.sampled_from(["Direct", "Email", "Paid Search"])),
    max_size=8,
)
traded = st.lists(
    st.tuples(
        st.sampled_from([1, 2, None]), st.integers(0, 9), st.integers(-9, 9), st.sampled_from(["CNY", "EUR"]), st.booleans()
    ),
    max_size=8,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    touched=touched, traded=traded, begins=st.integers(0, 9), reset=st.booleans(), path=st.sampled_from(sorted(TRANSFORMS)),
    lookback=st.none() | st.integers(0, 9), model=st.sampled_from(sorted(MODELS)),
)  # fmt: skip
def test_what_is_credited_and_what_is_not_sum_to_what_was_sold_less_what_was_refunded(
    touched: list[tuple[int, int, str]],
    traded: list[tuple[int | None, int, int, str, bool]],
    begins: int,
    reset: bool,
    path: str,
    lookback: int | None,
    model: str,
) -> None:
    touches = pl.DataFrame(
        [(key, *row, "", "", "") for key, row in enumerate(touched)], schema=TOUCHES, orient="row"
    )
    orders = pl.DataFrame(
        [
            (100 + key, who, at, value * 1_000_000, currency, returned)
            for key, (who, at, value, currency, returned) in enumerate(traded)
        ],
        schema=ORDERS,
        orient="row",
    )
    whole = settled(orders)
    reported = whole.filter(pl.col("at") >= begins)
    backs = reported.filter(pl.col("value") < 0)
    walked = TRANSFORMS[path](
        journeys(
            touches,
            whole.filter(pl.col("value") >= 0).drop("of"),
            lookback_us=lookback,
            reset=reset,
            only=pl.concat([reported["conversion"], backs["of"].drop_nulls()]).unique(),
        )
    )
    for currency in ("CNY", "EUR"):
        mine = reported.filter(pl.col("currency") == currency)
        told = report(
            walked, reported.drop("of"), NO_SPEND, {model: MODELS[model]}, currency=currency, refunds=backs
        )
        totals, table = told.totals, told.models[model]
        assert totals.value == totals.attributed_value + totals.unattributed_value == mine["value"].sum()
        assert table["value"].sum() == totals.value
        assert table["conversions"].sum() == pytest.approx(totals.conversions)
        assert (totals.conversions, totals.refunds) == (
            (mine["value"] >= 0).sum(),
            (mine["value"] < 0).sum(),
        )
    each = (
        credited(walked, MODELS[model], backs)
        .group_by("conversion")
        .agg(pl.col("credit").sum(), pl.col("value").first())
    )
    assert each.filter(pl.col("credit") != pl.col("value")).is_empty()


@pytest.mark.parametrize("model", [name for name in sorted(MODELS) if not isinstance(MODELS[name], Learner)])
def test_a_refund_is_no_path_of_its_own(model: str) -> None:
    touches = pl.DataFrame(
        [(1, 1, 1, "Email", "", "", ""), (2, 1, 2, "Direct", "", "", "")], schema=TOUCHES, orient="row"
    )
    sale = pl.DataFrame([(7, 1, 5, 90, "CNY")], schema=CONVERSIONS, orient="row")
    back = pl.DataFrame([(8, 1, 9, -30, "CNY", 7)], schema={**CONVERSIONS, "of": pl.Int64}, orient="row")
    walked = journeys(touches, sale, lookback_us=None)
    rows = credited(walked, MODELS[model], back)
    assert rows.filter(pl.col("conversion") == 7).equals(credited(walked, MODELS[model]))
    taken = dict(rows.filter(pl.col("conversion") == 8).select("touch", "credit").rows())
    earned = dict(rows.filter(pl.col("conversion") == 7).select("touch", "credit").rows())
    assert taken == {touch: pytest.approx(-amount / 3, abs=1) for touch, amount in earned.items()}
    assert sum(taken.values()) == -30
