"""Journeys hold the touches of their window, whatever the order of rows; histories show every channel."""

from __future__ import annotations

from itertools import count

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.timeline import CONVERSIONS, JOURNEYS, TOUCHES, journeys, timeline, unattributed


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


def test_a_history_holds_touches_and_orders_newest_first() -> None:
    interactions = [
        {"touch": 1, "at": 10, "kind": "visit", "channel": "Paid Search", "subject": None},
        {
            "touch": 4,
            "at": 30,
            "kind": "",
            "channel": "Email",
            "subject": "Hello",
            "value": 9,
            "currency": "CNY",
        },
    ]
    orders = [{"order": 3, "at": 30, "amount": -5, "currency": "CNY", "status": "refunded"}]
    found = timeline(interactions, orders)
    assert [(m.raw_record, m.kind, m.title) for m in found] == [
        (4, "touch", "Hello"),
        (3, "order", "refunded"),
        (1, "visit", ""),
    ]
    assert [(m.amount, m.currency, m.channel) for m in found] == [
        (9, "CNY", "Email"),
        (-5, "CNY", ""),
        (None, "", "Paid Search"),
    ]
    assert timeline(interactions, orders, newest_first=False) == found[::-1]
