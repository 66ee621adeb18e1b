"""Reports on what is stored: every table ties out with ``hub attribution``, and every figure leads down to its touches."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from hub.app.attribution import Question, Rules, attribute
from hub.app.reports import REPORTS, TITLES, Asked, Asking, Table, before, made
from hub.core.attribution import MODELS
from hub.errors import ConfigError
from hub.store.session import Store
from tests.factory import land, resolver

RULES = Rules("CNY", "Asia/Shanghai")
DAY = "2026-{:02}-{:02}T09:00:00+08:00"
SIDE_BY_SIDE = ("linear", "first", "markov-1", "shapley")
JANUARY = Question(models=SIDE_BY_SIDE, start=date(2026, 1, 1), end=date(2026, 1, 31))


def visit(key: str, who: str, month: int, day: int, source: str = "google", **more: Any) -> dict[str, Any]:
    return {
        "id": key, "customer_ref": who, "occurred_at": DAY.format(month, day), "kind": "visit", "source": source,
        "medium": "cpc", "campaign": "spring", "content": f"ad-{source}", **more,
    }  # fmt: skip


def order(key: str, who: str, month: int, day: int, amount: str, **more: Any) -> dict[str, Any]:
    return {"id": key, "customer_ref": who, "ordered_at": DAY.format(month, day), "amount": amount, **more}


def told(store: Store) -> Store:
    """Two months: refunds inside and across them, a customer untouched, one who never bought, another currency."""
    names = ("Ann Miller", "Bob Stone", "Carl Weber", "Dora Lind", "Erik Moss")
    land(store, [{"id": str(n), "full_name": name} for n, name in enumerate(names, start=1)])
    land(
        store,
        [
            visit("a", "1", 1, 2),
            visit("b", "1", 1, 3, "facebook"),
            visit("c", "2", 1, 5, "bing", campaign=""),
            visit("d", "2", 1, 6, medium="", source=""),
            visit("e", "5", 1, 7, "facebook"),
            visit("f", "3", 2, 1, "newsletter", medium="email"),
            visit("g", "1", 1, 20, "Facebook"),
        ],
        "interaction",
    )
    land(
        store,
        [
            order("o1", "1", 1, 5, "100.01"),
            order("o2", "2", 1, 8, "7"),
            order("o3", "4", 1, 9, "3"),
            order("o4", "1", 1, 25, "50"),
            order("o5", "1", 1, 28, "-20", refund_of="o1"),
            order("o6", "3", 2, 3, "11"),
            order("o7", "1", 2, 4, "-50", refund_of="o4"),
            order("o8", "2", 1, 9, "4", currency="EUR"),
        ],
        "order",
    )
    land(
        store,
        [
            {
                "id": "1",
                "date": "2026-01-02",
                "source": "google",
                "medium": "cpc",
                "campaign": "spring",
                "amount": "30",
            },
            {
                "id": "2",
                "date": "2026-02-02",
                "source": "tiktok",
                "medium": "cpc",
                "campaign": "new",
                "amount": "5",
            },
        ],
        "spend",
    )
    resolver(store).resolve()
    return store


def asking(store: Store, question: Question = JANUARY, rules: Rules = RULES) -> Asking:
    return Asking(store, question, rules, MODELS)


def test_there_is_a_title_for_every_report() -> None:
    assert list(TITLES) == list(REPORTS)


@pytest.mark.parametrize("path", ["unique", "frequency"])
def test_tables_by_channel_source_and_campaign_are_those_of_attribution(store: Store, path: str) -> None:
    from dataclasses import replace

    told(store)
    for by in ("channel", "source", "campaign", "content"):
        question = replace(JANUARY, by=by, path=path)
        theirs, _ = attribute(store, question, RULES, MODELS)
        ours = made(f"{by}s", asking(store, question).basis())
        for model, rows in theirs.models.items():
            mine = ours.frame.filter(pl.col("model") == model).select(rows.columns)
            assert mine.equals(rows), (model, by)
        plain = theirs.plain()["totals"]
        assert {name: plain[name] for name in ours.plain()["totals"] if name in plain} == {
            name: number for name, number in ours.plain()["totals"].items() if name in plain
        }


def test_every_total_of_every_table_is_that_of_attribution(store: Store) -> None:
    """Refunds, untouched conversions and all."""
    told(store)
    ask = asking(store)
    basis, earlier = ask.basis(), ask.earlier()
    totals = attribute(store, JANUARY, RULES, MODELS)[0].totals
    assert (totals.conversions, totals.value) == (4, 140_010_000)
    counted = []
    for name in REPORTS:
        table = made(name, basis, Asked(draws=3, top=1), earlier)
        for frame in [rows for _, rows in table.frame.group_by("model")] if table.models else [table.frame]:
            if {"conversions", "value"} <= set(frame.columns):
                counted.append(name)
                assert frame["conversions"].sum() == pytest.approx(totals.conversions), name
                assert frame["value"].sum() == totals.value, name
            if "cost" in frame.columns:
                assert frame["cost"].sum() == totals.cost, name
        if table.total and "value" in table.total:
            assert table.total["value"] == totals.value
            assert table.total["conversions"] == totals.conversions
    assert {
        "channels",
        "contents",
        "paths",
        "lengths",
        "lag",
        "cohorts",
        "trend",
        "before",
        "confidence",
    } <= set(counted)
    split = made("customers", basis)
    for _, frame in split.frame.group_by("model"):
        sums = {name: frame[f"{name}_value"].sum() for name in ("new", "returning", "unknown")}
        assert sums == {"new": 90_010_000, "returning": 50_000_000, "unknown": 0}
        assert split.total["new_value"] == sums["new"]
    figures = {row["figure"]: row["now"] for row in made("overview", basis).rows()}
    assert (figures["value"], figures["conversions"], figures["new_customers"]) == (140.01, 4, 3)
    assert figures["unattributed"] == totals.unattributed


def test_contents_are_what_touches_say(store: Store) -> None:
    rows = made("contents", asking(told(store)).basis()).plain()["models"]["linear"]
    assert {row["content"] for row in rows} >= {"ad-google", "ad-Facebook", "ad-bing", "(none)"}


def test_the_period_before_is_as_long_and_ends_the_day_before(store: Store) -> None:
    february = Question(models=("linear",), start=date(2026, 2, 1), end=date(2026, 2, 28))
    assert (before(february).start, before(february).end) == (date(2026, 1, 4), date(2026, 1, 31))
    with pytest.raises(ConfigError, match="no period before"):
        before(Question())
    ask = asking(told(store), february)
    table = made("before", ask.basis(), Asked(), ask.earlier())
    rows = {row["channel"]: row for row in table.plain()["models"]["linear"]}
    assert (rows["Email"]["value"], rows["Email"]["value_before"], rows["Email"]["value_change"]) == (
        11,
        0,
        None,
    )
    assert rows["Paid Search"]["value_before"] == pytest.approx(50.005 - 10 + 3.5 + 50 / 3, abs=1e-5)
    assert table.plain()["totals"]["value"] == -39
    assert table.plain()["totals"]["value_before"] == 140.01
    figures = {row["figure"]: row for row in made("overview", ask.basis(), Asked(), ask.earlier()).rows()}
    assert figures["value"]["change"] == pytest.approx((-39 - 140.01) / 140.01)
    with pytest.raises(ConfigError):
        made("before", asking(store, Question()).basis())


def test_intervals_of_models_that_learn_hold_their_credit(store: Store) -> None:
    table = made("confidence", asking(told(store)).basis(), Asked(draws=40))
    again = made("confidence", asking(store).basis(), Asked(draws=40))
    assert table.frame.equals(again.frame)
    for row in table.rows():
        assert row["conversions_low"] <= row["conversions"] + 1e-9
        assert row["conversions"] <= row["conversions_high"] + 1e-9
    assert table.models == list(SIDE_BY_SIDE)


def test_models_stand_side_by_side_with_what_they_share_once(store: Store) -> None:
    table: Table = made("channels", asking(told(store)).basis())
    shown, rows = table.beside(("value",))
    assert shown == [("channel", ""), ("cost", ""), *(("value", model) for model in SIDE_BY_SIDE)]
    assert [row[0] for row in rows][-2:] == ["(none)", "total"]
    assert rows[-1][1:] == [30.0, *[140.01] * 4]
    assert table.in_units.schema["value"] == pl.Decimal(38, 6)


def test_an_empty_hub_has_empty_tables(store: Store) -> None:
    ask = asking(store)
    basis, earlier = ask.basis(), ask.earlier()
    for name in REPORTS:
        table = made(name, basis, Asked(draws=2), earlier)
        assert table.plain()["report"] == name
        table.beside()
