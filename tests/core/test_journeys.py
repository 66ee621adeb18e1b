"""Journeys hold the touches of their window, whatever the order of rows; refunds find the sale they take back from."""

from __future__ import annotations

from itertools import count

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.journeys import CONVERSIONS, JOURNEYS, TOUCHES, TRANSFORMS, journeys, settled, unattributed


def touches(*rows: tuple[int, int, int]) -> pl.DataFrame:
    """Rows of (touch, customer, at)."""
    return pl.DataFrame(
        [(*row, "Email", "crm", "email", "may") for row in rows], schema=TOUCHES, orient="row"
    )


def conversions(*rows: tuple[int, int | None, int]) -> pl.DataFrame:
    """Rows of (conversion, customer, at)."""
    return pl.DataFrame([(*row, 5_000_000, "CNY") for row in rows], schema=CONVERSIONS, orient="row")


def paths(frame: pl.DataFrame) -> dict[int, list[int]]:
    return {
        key: part["touch"].to_list() for (key,), part in frame.group_by("conversion", maintain_order=True)
    }


def test_a_journey_is_ordered_by_time_then_touch_and_numbered() -> None:
    frame = journeys(touches((3, 1, 20), (2, 1, 20), (9, 1, 10)), conversions((7, 1, 30)), lookback_us=None)
    assert frame.schema == JOURNEYS
    assert frame.select("touch", "position", "length").rows() == [(9, 1, 3), (2, 2, 3), (3, 3, 3)]
    assert frame.row(0, named=True) == {
        "conversion": 7,
        "customer": 1,
        "touch": 9,
        "at": 10,
        "conversion_at": 30,
        "channel": "Email",
        "source": "crm",
        "medium": "email",
        "campaign": "may",
        "value": 5_000_000,
        "currency": "CNY",
        "position": 1,
        "length": 3,
    }


def test_a_touch_at_the_instant_of_the_conversion_counts_and_a_later_one_does_not() -> None:
    found = journeys(touches((1, 1, 30), (2, 1, 31)), conversions((7, 1, 30)), lookback_us=None)
    assert paths(found) == {7: [1]}


def test_a_touch_exactly_as_old_as_the_lookback_counts_and_an_older_one_does_not() -> None:
    found = journeys(touches((1, 1, 20), (2, 1, 19)), conversions((7, 1, 30)), lookback_us=10)
    assert paths(found) == {7: [1]}


def test_touches_of_other_customers_do_not_count() -> None:
    assert paths(journeys(touches((1, 2, 20)), conversions((7, 1, 30)), lookback_us=None)) == {}


def test_a_touch_counts_for_every_conversion_it_precedes() -> None:
    found = journeys(touches((1, 1, 10), (2, 1, 25)), conversions((8, 1, 30), (7, 1, 20)), lookback_us=None)
    assert paths(found) == {7: [1], 8: [1, 2]}


def test_with_reset_a_journey_begins_after_the_previous_conversion() -> None:
    found = journeys(
        touches((1, 1, 10), (2, 1, 20), (3, 1, 25)),
        conversions((7, 1, 20), (8, 1, 30), (9, 1, 40)),
        lookback_us=None,
        reset=True,
    )
    assert paths(found) == {7: [1, 2], 8: [3]}


def test_with_reset_conversions_at_one_instant_share_their_touches() -> None:
    both = conversions((7, 1, 20), (8, 1, 20))
    assert paths(journeys(touches((1, 1, 10)), both, lookback_us=None, reset=True)) == {7: [1], 8: [1]}


def test_conversions_without_a_touch_or_a_customer_are_reported() -> None:
    all_of_them = conversions((9, None, 30), (8, 2, 30), (7, 1, 30))
    found = journeys(touches((1, 1, 10)), all_of_them, lookback_us=None)
    assert unattributed(all_of_them, found)["conversion"].to_list() == [8, 9]


def test_a_conversion_without_a_value_is_worth_nothing() -> None:
    worthless = conversions((7, 1, 30)).with_columns(value=pl.lit(None, pl.Int64))
    assert journeys(touches((1, 1, 10)), worthless, lookback_us=None)["value"].to_list() == [0]


@pytest.mark.parametrize("reset", [False, True])
def test_empty_frames_make_empty_journeys(reset: bool) -> None:
    found = journeys(touches(), conversions(), lookback_us=5, reset=reset)
    assert found.schema == JOURNEYS
    assert found.is_empty()


moments = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 15)), max_size=12)


@settings(max_examples=100, deadline=None)
@given(
    happened=moments,
    converted=moments,
    lookback=st.none() | st.integers(0, 15),
    reset=st.booleans(),
    data=st.data(),
)
def test_journeys_are_those_of_plain_loops_in_any_order_of_rows(
    happened: list[tuple[int, int]],
    converted: list[tuple[int, int]],
    lookback: int | None,
    reset: bool,
    data: st.DataObject,
) -> None:
    touched = [(key, who, at) for key, (who, at) in zip(count(1), happened, strict=False)]
    bought = [(key, who, at) for key, (who, at) in zip(count(100), converted, strict=False)]
    expected: dict[int, list[int]] = {}
    for conversion, buyer, when in bought:
        earlier = [at for _, who, at in bought if who == buyer and at < when]
        inside = [
            (at, touch)
            for touch, who, at in touched
            if who == buyer
            and at <= when
            and (lookback is None or when - at <= lookback)
            and not (reset and earlier and at <= max(earlier))
        ]
        if inside:
            expected[conversion] = [touch for _, touch in sorted(inside)]
    found = journeys(
        touches(*data.draw(st.permutations(touched))),
        conversions(*data.draw(st.permutations(bought))),
        lookback_us=lookback,
        reset=reset,
    )
    assert paths(found) == expected
    assert found.equals(found.sort("conversion", "at", "touch"))
    numbers = found.group_by("conversion", maintain_order=True).agg("position", pl.col("length").unique())
    for _, positions, lengths in numbers.iter_rows():
        assert positions == list(range(1, len(positions) + 1))
        assert lengths == [len(positions)]


def test_a_channel_may_have_a_window_of_its_own() -> None:
    both = touches((1, 1, 20), (2, 1, 21)).with_columns(channel=pl.Series(["Email", "Display"]))
    found = journeys(both, conversions((7, 1, 30)), lookback_us=5, lookbacks={"email": 10, "sms": None})
    assert paths(found) == {7: [1]}
    assert paths(journeys(both, conversions((7, 1, 30)), lookback_us=5, lookbacks={"email": None})) == {
        7: [1]
    }
    assert paths(journeys(both, conversions((7, 1, 30)), lookback_us=None, lookbacks={"email": 9})) == {
        7: [2]
    }


def test_a_conversion_that_is_not_asked_for_still_ends_the_journey_before_it() -> None:
    bought = conversions((7, 1, 20), (8, 1, 40))
    only = pl.Series([8], dtype=pl.Int64)
    walked = touches((1, 1, 10), (2, 1, 30))
    assert paths(journeys(walked, bought, lookback_us=None, reset=True, only=only)) == {8: [2]}
    assert paths(journeys(walked, bought, lookback_us=None, only=only)) == {8: [1, 2]}


# ---- repeated touches ----


def walk_of(*channels: str) -> pl.DataFrame:
    """A journey through these channels, one a tick."""
    steps = touches(*((number, 1, number) for number in range(1, len(channels) + 1)))
    named = steps.with_columns(channel=pl.Series(channels, dtype=pl.String))
    return journeys(named, conversions((99, 1, 100)), lookback_us=None)


@pytest.mark.parametrize(
    ("name", "expected", "kept"),
    [
        ("unique", "A A B A C C", [1, 2, 3, 4, 5, 6]),
        ("exposure", "A B A C", [1, 3, 4, 5]),
        ("first", "A B C", [1, 3, 5]),
        ("frequency", "A B C", [1, 3, 5]),
    ],
)
def test_repeated_touches_are_folded_as_asked(name: str, expected: str, kept: list[int]) -> None:
    found = TRANSFORMS[name](walk_of(*"AABACC"))
    assert found["channel"].to_list() == expected.split()
    assert found["touch"].to_list() == kept
    assert found["position"].to_list() == list(range(1, len(kept) + 1))
    assert found["length"].unique().to_list() == [len(kept)]


def test_frequency_tells_how_often_a_channel_was_there() -> None:
    assert TRANSFORMS["frequency"](walk_of(*"AABACC"))["times"].to_list() == [3, 1, 2]


def test_folding_looks_at_one_journey_at_a_time() -> None:
    found = journeys(touches((1, 1, 1), (2, 2, 1)), conversions((7, 1, 5), (8, 2, 5)), lookback_us=None)
    for fold in TRANSFORMS.values():
        assert fold(found).height == 2
        assert fold(found.clear()).is_empty()


# ---- refunds ----


def sold(*rows: tuple[int, int | None, int, int], **more: list[object]) -> pl.DataFrame:
    """Rows of (conversion, customer, at, value)."""
    schema = {name: CONVERSIONS[name] for name in ("conversion", "customer", "at", "value")}
    frame = pl.DataFrame(rows, schema=schema, orient="row").with_columns(currency=pl.lit("CNY"))
    return frame.with_columns(pl.Series(name, values) for name, values in more.items())


def refunded(frame: pl.DataFrame) -> dict[int, tuple[int, int | None]]:
    found = settled(frame)
    assert found.columns == [*CONVERSIONS, "of"]
    return {key: (value, of) for key, value, of in found.select("conversion", "value", "of").rows()}


def test_a_refund_takes_back_from_the_order_it_names() -> None:
    frame = sold((1, 1, 10, 50), (2, 1, 20, 30), (3, 1, 30, -30), names=[None, None, 1])
    assert refunded(frame)[3] == (-30, 1)


def test_a_refund_that_names_none_takes_back_from_the_latest_order_of_its_very_amount() -> None:
    frame = sold((1, 1, 5, 30), (2, 1, 10, 30), (3, 1, 20, 80), (4, 1, 30, -30))
    assert refunded(frame)[4] == (-30, 2)


def test_else_from_the_latest_order_that_has_as_much_left() -> None:
    frame = sold((1, 1, 5, 90), (2, 1, 10, 20), (3, 1, 20, -30), (4, 1, 30, -70))
    assert refunded(frame) == {1: (90, None), 2: (20, None), 3: (-30, 1), 4: (-70, None)}


def test_two_refunds_do_not_take_back_the_same_order() -> None:
    frame = sold((1, 1, 5, 30), (2, 1, 10, 30), (3, 1, 20, -30), (4, 1, 21, -30))
    assert refunded(frame)[3] == (-30, 2)
    assert refunded(frame)[4] == (-30, 1)


def test_a_refund_takes_back_from_no_later_order_no_other_customer_and_no_other_currency() -> None:
    frame = sold((1, 2, 5, 30), (2, 1, 30, 30), (3, 1, 20, -30), (4, 1, 6, 30))
    euros = pl.when(pl.col("conversion") == 4).then(pl.lit("EUR")).otherwise("currency").alias("currency")
    assert refunded(frame.with_columns(euros))[3] == (-30, None)


def test_a_refund_of_nobodys_order_needs_its_name() -> None:
    frame = sold((1, None, 5, 30), (2, None, 20, -30), (3, None, 21, -30), names=[None, None, 1])
    assert refunded(frame) == {1: (30, None), 2: (-30, None), 3: (-30, 1)}


def test_nothing_is_left_of_an_order_that_says_it_was_refunded() -> None:
    alone = sold((1, 1, 5, 100), returned=[True])
    assert refunded(alone) == {1: (0, None)}
    beside = sold((1, 1, 5, 100), (2, 1, 9, -100), returned=[True, True])
    assert refunded(beside) == {1: (100, None), 2: (-100, 1)}
    in_part = sold((1, 1, 5, 100), (2, 1, 9, -40), returned=[True, False])
    assert refunded(in_part) == {1: (40, None), 2: (-40, 1)}


def test_a_refund_looks_first_for_the_order_that_says_it_was_refunded() -> None:
    frame = sold((1, 1, 5, 100), (2, 1, 6, 40), (3, 1, 9, -40), returned=[True, False, False])
    assert refunded(frame) == {1: (40, None), 2: (40, None), 3: (-40, 1)}


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from([1, 2, None]), st.integers(0, 9), st.integers(-3, 3), st.booleans()),
        max_size=9,
    ),
    data=st.data(),
)
def test_refunds_find_the_same_orders_in_any_order_of_rows_and_beside_any_other_customer(
    rows: list[tuple[int | None, int, int, bool]], data: st.DataObject
) -> None:
    told = [(key, who, at, value, returned) for key, (who, at, value, returned) in enumerate(rows)]

    def answer(mine: list[tuple[int, int | None, int, int, bool]]) -> dict[int, tuple[int, int | None]]:
        frame = sold(*(row[:4] for row in mine))
        return refunded(frame.with_columns(returned=pl.Series([row[4] for row in mine], dtype=pl.Boolean)))

    whole = answer(told)
    assert answer(data.draw(st.permutations(told))) == whole
    alone = answer([row for row in told if row[1] == 1])
    assert alone == {key: whole[key] for key in alone}
    worth = {key: value for key, _, _, value, _ in told}
    taken: dict[int, int] = {}
    for value, of in whole.values():
        if of is not None:
            taken[of] = taken.get(of, 0) - value
    for key, _, _, value, returned in told:
        if value >= 0 and returned:
            assert whole[key][0] == taken.get(key, 0)
        assert taken.get(key, 0) <= max(worth[key], 0)


# ---- the history of one customer ----
