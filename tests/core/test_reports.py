"""Tables of a report: what each row counts, against the same counted by hand or written down plainly."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.attribution import BY
from hub.core.attribution import NONE as ATTRIBUTIONS_NONE
from hub.core.reports import (
    CONVERTED,
    CREDITS,
    NONE,
    OTHER,
    SPENT,
    STEPS,
    TOUCHED,
    UNSET,
    assists,
    cohorts,
    day_of,
    earned,
    interval,
    lags,
    lengths,
    newness,
    path_texts,
    paths,
    quality,
    repeated,
    trend,
    trend_by,
)

DAY = 86_400_000_000
BEGIN = 20_454 * DAY  # 2026-01-01
NO_COST = SPENT.to_frame()


def sale(
    number: int,
    customer: int | None,
    day: int,
    value: int,
    *,
    of: int | None = None,
    new: bool | None = False,
) -> dict[str, Any]:
    """A conversion at the end of a day of January 2026; a refund of ``of``."""
    at = BEGIN + day * DAY
    return {
        "conversion": number, "sale": number if of is None else of, "customer": customer, "at": at,
        "day": date(2026, 1, 1 + day), "value": value, "new": None if customer is None else new,
    }  # fmt: skip


def converted(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=CONVERTED)


def steps(*paths: tuple[int, int, str]) -> pl.DataFrame:
    """Journeys as (conversion, day of the conversion, letters): a touch a day, the last a day before it."""
    rows = [
        {"conversion": number, "touch": 100 * number + place, "at": BEGIN + (day - len(path) + place) * DAY,
         "conversion_at": BEGIN + day * DAY, "channel": letter, "source": letter, "campaign": "", "content": "",
         "position": place + 1, "length": len(path)}
        for number, day, path in paths
        for place, letter in enumerate(path)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=STEPS)


def linear(walked: pl.DataFrame, sold: pl.DataFrame) -> pl.DataFrame:
    """Even credit, of refunds too, and what no touch led to."""
    own = sold.select("conversion", "sale", "value").join(
        walked.drop("conversion_at").rename({"conversion": "sale"}), on="sale"
    )
    even = own.with_columns(share=1 / pl.col("length"), credit=pl.col("value") // pl.col("length"))
    alone = sold.join(own, on="conversion", how="anti").select(
        "conversion", "value", touch=pl.lit(None, pl.Int64), share=1.0, credit="value", **{by: pl.lit(NONE) for by in UNSET}
    )  # fmt: skip
    return pl.concat([even.select(list(CREDITS)), alone.select(list(CREDITS))])


def spent(*rows: tuple[date, str, int]) -> pl.DataFrame:
    told = [
        {"date": day, "channel": channel, "source": channel, "campaign": "", "content": "", "amount": amount}
        for day, channel, amount in rows
    ]
    return pl.DataFrame(told, schema=SPENT)


def by(frame: pl.DataFrame, key: str) -> dict[Any, dict[str, Any]]:
    return {row[key]: row for row in frame.to_dicts()}


def test_names_are_those_of_the_attribution_report() -> None:
    assert NONE == ATTRIBUTIONS_NONE
    assert {name: BY[name] for name in UNSET} == dict(UNSET)


def test_what_channels_earn_and_cost_with_names_folded_and_nothing_dropped() -> None:
    sold = converted(sale(1, 7, 9, 100), sale(2, 8, 9, 60), sale(3, None, 9, 5), sale(4, 7, 12, -40, of=1))
    credits = {"linear": linear(steps((1, 9, "AB"), (2, 9, "a ")), sold)}
    table = by(
        earned(credits, spent((date(2026, 1, 2), "C", 30), (date(2026, 1, 2), "A", 61)), "channel"), "channel"
    )
    assert table["A"] | {"cpa": None} == {
        "model": "linear", "channel": "A", "conversions": 1.0, "value": 60, "cost": 61, "cpa": None,
        "roas": 60 / 61, "roi": -1 / 61,
    }  # fmt: skip
    assert table["B"]["value"] == 30
    assert table["Unassigned"]["value"] == 30
    assert (table["C"]["conversions"], table["C"]["cost"], table["C"]["cpa"]) == (0, 30, None)
    assert list(table)[-1] == NONE
    assert sum(row["value"] for row in table.values()) == sold["value"].sum()


def test_new_and_returning_customers_are_told_apart_and_a_refund_goes_with_its_sale() -> None:
    sold = converted(
        sale(1, 7, 9, 100, new=True),
        sale(2, 7, 10, 60),
        sale(3, None, 9, 8),
        sale(4, 7, 12, -40, of=1, new=True),
    )
    credits = {"linear": linear(steps((1, 9, "A"), (2, 9, "A")), sold)}
    table = by(newness(credits, sold, spent((date(2026, 1, 2), "A", 30)), "channel"), "channel")
    a = table["A"]
    assert (a["new_conversions"], a["new_value"], a["returning_conversions"], a["returning_value"]) == (
        1,
        60,
        1,
        60,
    )
    assert (a["cost"], a["cac"]) == (30, 30)
    assert (table[NONE]["unknown_conversions"], table[NONE]["unknown_value"]) == (1, 8)
    assert table[NONE]["cac"] is None


def test_a_channel_assists_what_it_met_before_another_closed_it() -> None:
    sold = converted(sale(1, 7, 9, 100), sale(2, 8, 9, 60), sale(3, 9, 9, 7), sale(4, 7, 12, -40, of=1))
    table = by(assists(steps((1, 9, "ABA"), (2, 9, "AB"), (3, 9, "AA")), sold, "channel"), "channel")
    assert table["A"] == {
        "channel": "A", "journeys": 3, "first": 3, "last": 2, "only": 1, "assisted": 1, "assisted_value": 60,
        "ratio": 0.5,
    }  # fmt: skip
    assert table["B"]["assisted"] == 1
    assert table["B"]["assisted_value"] == 60, "the sale's worth after its refund"


def test_paths_fold_runs_and_what_is_not_shown_is_summed() -> None:
    sold = converted(
        sale(1, 7, 9, 100),
        sale(2, 8, 9, 60),
        sale(3, 9, 9, 7),
        sale(5, None, 9, 1),
        sale(4, 7, 12, -40, of=1),
    )
    walked = steps((1, 9, "AAB"), (2, 9, "AAB"), (3, 9, "C"))
    table = paths(walked, sold, 1).rows()
    assert table == [("A ×2 > B", 3, 2, 120, 3.0), (OTHER, None, 1, 7, 1.0), (NONE, None, 1, 1, None)]
    assert dict(path_texts(walked).rows()) == {1: "A ×2 > B", 2: "A ×2 > B", 3: "C"}
    assert paths(STEPS.to_frame(), CONVERTED.to_frame(), 5).is_empty()


def test_lengths_and_days_are_grouped_and_sum_to_all() -> None:
    sold = converted(sale(1, 7, 20, 100), sale(2, 8, 9, 60), sale(3, 9, 9, 7), sale(5, None, 9, 1))
    walked = steps((1, 20, "A" * 15), (2, 9, "AB"), (3, 9, "C"))
    assert lengths(walked, sold).select("touches", "conversions").rows() == [
        ("0", 1),
        ("1", 1),
        ("2", 1),
        ("10+", 1),
    ]
    assert lags(walked, sold).rows() == [("1", 1, 7), ("2-3", 1, 60), ("15-30", 1, 100), (NONE, 1, 1)]


def test_a_trend_has_every_period_and_begins_weeks_on_monday() -> None:
    sold = converted(sale(1, 7, 0, 100, new=True), sale(2, 8, 27, 60), sale(4, 7, 28, -40, of=1, new=True))
    table = trend(sold, spent((date(2026, 1, 7), "A", 30)), "week")
    assert [str(day) for day in table["period"]] == [
        "2025-12-29", "2026-01-05", "2026-01-12", "2026-01-19", "2026-01-26",
    ]  # fmt: skip
    assert table["value"].to_list() == [100, 0, 0, 0, 20]
    assert table["conversions"].to_list() == [1, 0, 0, 0, 1]
    assert table["new_conversions"].to_list() == [1, 0, 0, 0, 0]
    assert table["cost"].to_list() == [0, 30, 0, 0, 0]
    assert trend(CONVERTED.to_frame(), NO_COST, "day").is_empty()


def test_a_trend_by_channel_sums_to_the_trend() -> None:
    sold = converted(sale(1, 7, 0, 100), sale(2, 8, 27, 60), sale(4, 7, 28, -40, of=1))
    credits = {"linear": linear(steps((1, 0, "AB"), (2, 27, "B")), sold)}
    table = trend_by(credits, sold, spent((date(2026, 1, 7), "C", 30)), "channel", "month")
    assert table["value"].sum() == 120
    assert by(table, "channel")["C"]["cost"] == 30


def test_cohorts_count_periods_from_the_first_touch() -> None:
    touched = [(1, 7, 0), (2, 7, 20), (3, 8, 0), (4, 9, 5)]
    frame = pl.DataFrame(
        [{"touch": t, "customer": c, "at": BEGIN + d * DAY + 1, "channel": "A"} for t, c, d in touched],
        schema=TOUCHED,
    )
    sold = converted(
        sale(1, 7, 0, 100), sale(2, 7, 14, 60), sale(3, 8, 14, 5), sale(4, None, 3, 9), sale(5, 9, 0, 3)
    )
    table = cohorts(frame, sold, "week", "UTC")
    assert table.rows() == [
        ("2025-12-29", 2, 0, 1, 1, 100),
        ("2025-12-29", 2, 2, 2, 2, 65),
        ("2026-01-05", 1, -1, 1, 1, 3),
        (NONE, None, None, 0, 1, 9),
    ]
    silent = cohorts(frame, CONVERTED.to_frame(), "month", "UTC")
    assert silent.rows() == [("2026-01", 3, None, 0, 0, 0)]


def test_cohorts_by_month_count_over_the_turn_of_the_year() -> None:
    november = {"touch": 1, "customer": 7, "at": BEGIN - 40 * DAY, "channel": "A"}
    sold = converted(sale(1, 7, 3, 100))
    table = cohorts(pl.DataFrame([november], schema=TOUCHED), sold, "month", "UTC")
    assert table.rows() == [("2025-11", 1, 2, 1, 1, 100)]


def test_a_day_is_the_hubs_own() -> None:
    instant = pl.DataFrame({"at": [BEGIN - 1, BEGIN - 8 * 3_600_000_000]})
    told = instant.select(utc=day_of("at", "UTC"), shanghai=day_of("at", "Asia/Shanghai"))
    assert told["utc"].to_list() == [date(2025, 12, 31)] * 2
    assert told["shanghai"].to_list() == [date(2026, 1, 1)] * 2


def test_quality_counts_what_blurs_a_report() -> None:
    touched = pl.DataFrame(
        [
            {"touch": 1, "customer": 7, "at": BEGIN, "channel": "Direct"},
            {"touch": 2, "customer": 7, "at": BEGIN, "channel": "Paid Search", "campaign": "x "},
            {"touch": 3, "customer": 8, "at": BEGIN, "channel": "Display", "campaign": "(not set)"},
            {"touch": 4, "customer": 8, "at": BEGIN, "channel": "Unassigned"},
        ],
        schema=TOUCHED,
    )
    sold = converted(sale(1, 7, 9, 100), sale(2, 8, 20, 60), sale(3, None, 9, 5), sale(4, 6, 12, -40))
    walked = steps((1, 9, "DA")).with_columns(channel=pl.col("channel").replace({"D": "Direct"}))
    gift = {
        **dict.fromkeys(CREDITS, ""),
        "conversion": 1,
        "touch": None,
        "channel": "B",
        "value": 100,
        "share": 0.1,
        "credit": 10,
    }
    credits = pl.concat([linear(walked, sold), pl.DataFrame([gift], schema=CREDITS)])
    costs = spent((date(2026, 1, 2), "Paid Search", 30), (date(2026, 1, 2), "C", 7)).with_columns(
        campaign=pl.Series(["X", ""])
    )
    table = by(quality(touched, credits, sold, costs, 2), "check")
    counts = {name: (row["count"], row["of"], row["value"]) for name, row in table.items()}
    assert counts == {
        "direct_touches": (1, 4, None),
        "unassigned_touches": (1, 4, None),
        "paid_touches_without_campaign": (1, 2, None),
        "conversions_direct": (1, 3, 50),
        "conversions_without_touch": (2, 3, 65),
        "conversions_touched_too_early": (1, 3, 60),
        "conversions_of_nobody_known": (1, 3, 5),
        "credit_without_touch": (1, 3, 10),
        "refunds_without_sale": (1, 1, -40),
        "conversions_in_other_currencies": (2, 5, None),
        "unmatched_cost": (1, 2, 7),
        "cost_without_campaign": (1, 2, 7),
    }
    assert table["direct_touches"]["share"] == 0.25


def units(sold: pl.DataFrame) -> pl.DataFrame:
    return sold.select("conversion", unit=pl.col("customer").cast(pl.String).fill_null("nobody"))


def test_an_interval_holds_its_figure_and_is_the_same_for_a_seed() -> None:
    sold = converted(*(sale(n, n, 9, 10) for n in range(400)))
    credits = linear(steps(*((n, 9, "A" if n % 4 else "B") for n in range(400))), sold)
    table = interval(credits, units(sold), "channel", draws=300)
    assert table.equals(interval(credits, units(sold), "channel", draws=300))
    assert not table.equals(interval(credits, units(sold), "channel", draws=300, seed=1))
    b = by(table, "channel")["B"]
    # a binomial count of 400 draws at .25: 90 % lie within 1.645 standard deviations of 8.66
    assert b["conversions_low"] == pytest.approx(100 - 14.2, abs=3)
    assert b["conversions_high"] == pytest.approx(100 + 14.2, abs=3)
    assert (b["value"], b["value_low"]) == (1000, pytest.approx(10 * b["conversions_low"]))


def test_conversions_of_one_customer_are_drawn_together() -> None:
    apart = converted(*(sale(n, n, 9, 10) for n in range(40)))
    together = apart.with_columns(customer=pl.col("conversion") // 20)
    credits = linear(steps(*((n, 9, "A" if n < 20 else "B") for n in range(40))), apart)
    wide, narrow = (
        by(interval(credits, units(sold), "channel", draws=200), "channel")["A"] for sold in (together, apart)
    )
    assert wide["conversions_high"] == 40
    assert narrow["conversions_high"] < 28


def test_a_model_that_learns_learns_from_each_draw() -> None:
    sold = converted(*(sale(n, n, 9, 10) for n in range(20)))
    credits = linear(steps(*((n, 9, "AB"[n % 2]) for n in range(20))), sold)
    seen: list[int] = []

    def learn(times: pl.DataFrame) -> pl.DataFrame:
        seen.append(int(times["times"].sum()))
        return credits.with_columns(channel=pl.lit("a"))

    table = by(interval(credits, units(sold), "channel", draws=5, learn=learn), "channel")
    assert seen == [20] * 5
    assert table["A"]["conversions_low"] == 20
    assert table["B"]["conversions_high"] == 0


def test_a_draw_that_comes_again_says_again_what_was_learned_from_it() -> None:
    sold = converted(sale(1, 1, 9, 10), sale(2, 2, 9, 30))
    credits = linear(steps((1, 9, "A"), (2, 9, "B")), sold)
    owned = credits.join(units(sold), on="conversion")
    seen: list[tuple[int, ...]] = []

    def learn(times: pl.DataFrame) -> pl.DataFrame:
        seen.append(tuple(times["times"]))
        return repeated(owned, times, "conversion").select(credits.columns)

    table = interval(credits, units(sold), "channel", draws=50, learn=learn)
    assert sorted(seen) == [(0, 2), (1, 1), (2, 0)]
    assert table.equals(interval(credits, units(sold), "channel", draws=50))


def test_nothing_to_draw_is_no_interval() -> None:
    table = interval(CREDITS.to_frame(), units(CONVERTED.to_frame()), "channel", draws=5)
    assert table.is_empty()


def test_copies_of_a_draw_have_ids_of_their_own() -> None:
    frame = pl.DataFrame({"conversion": [0, 0, 1, 2], "unit": ["x", "x", "y", "z"]})
    times = pl.DataFrame({"unit": ["x", "y", "z"], "times": [2, 1, 0]})
    told = repeated(frame, times, "conversion")
    assert Counter(told.group_by("conversion").len()["len"].to_list()) == Counter([2, 2, 1])
    assert 2 not in told["conversion"]


LETTERS = st.text("ABC", max_size=5)


@settings(max_examples=60)
@given(st.lists(st.tuples(LETTERS, st.integers(-50, 50), st.integers(0, 3)), max_size=8), st.integers(1, 4))
def test_every_table_sums_to_the_same_totals(told: list[tuple[str, int, int]], top: int) -> None:
    """Random sales of random paths, some refunded: no table loses or doubles one."""
    rows, walked = [], []
    for number, (path, value, customer) in enumerate(told):
        rows.append(sale(number, customer or None, 10, abs(value), new=customer == 1))
        if value < 0:
            rows.append(sale(100 + number, customer or None, 12, value, of=number, new=customer == 1))
        if path:
            walked.append((number, 10, path))
    sold, ways = converted(*rows), steps(*walked)
    credits = {"linear": linear(ways, sold).with_columns(credit=pl.col("value") * pl.col("share") * 60)}
    credits["linear"] = credits["linear"].with_columns(pl.col("credit").round().cast(pl.Int64))
    count, value = len(told), int(sold["value"].sum())
    for one in UNSET:
        table = earned(credits, NO_COST, one)
        assert table["conversions"].sum() == pytest.approx(count)
        assert table["value"].sum() == pytest.approx(60 * value, abs=2 * len(rows) * 5)
        split = newness(credits, sold, NO_COST, one)
        assert sum(split[f"{n}_conversions"].sum() for n in ("new", "returning", "unknown")) == pytest.approx(
            count
        )
    for table in (paths(ways, sold, top), lengths(ways, sold), lags(ways, sold), trend(sold, NO_COST, "day")):
        assert table["conversions"].sum() == count
        assert table["value"].sum() == value
    whole = paths(ways, sold, 100)
    plainly: dict[str, list[int]] = defaultdict(list)
    for (_, _, path), worth in zip(walked, (abs(v) if v >= 0 else 0 for p, v, _ in told if p), strict=True):
        plainly[path].append(worth)
    shown = {
        path: (c, v)
        for path, c, v in whole.filter(pl.col("path") != NONE).select("path", "conversions", "value").rows()
    }
    assert Counter(shown.values()) == Counter((len(worths), sum(worths)) for worths in plainly.values())
    assert np.isfinite(whole["value"].to_numpy()).all()
