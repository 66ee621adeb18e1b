"""What a report is made of: the journeys of all customers or of a few, read in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from hub.app.attribution import Question, Rules, attribute, credits
from hub.core.attribution import MODELS
from hub.store.session import Store
from tests.factory import labels, land, resolver

RULES = Rules("CNY", "Asia/Shanghai")
JANUARY = "2026-01-{:02}T09:00:00+08:00"


def visit(key: str, who: str, day: int, source: str = "google", **more: Any) -> dict[str, Any]:
    return {
        "id": key, "customer_ref": who, "occurred_at": JANUARY.format(day), "kind": "visit", "source": source,
        "medium": "cpc", **more,
    }  # fmt: skip


def order(key: str, who: str, day: int, amount: str, **more: Any) -> dict[str, Any]:
    return {"id": key, "customer_ref": who, "ordered_at": JANUARY.format(day), "amount": amount, **more}


def told(
    store: Store,
    *,
    people: Sequence[str] = ("Ann Miller", "Bob Stone"),
    visits: Sequence[dict[str, Any]] = (),
    orders: Sequence[dict[str, Any]] = (),
) -> None:
    """Land people called 1, 2, ... and what they did, and resolve."""
    land(store, [{"id": str(n), "full_name": name} for n, name in enumerate(people, start=1)])
    land(store, visits, "interaction")
    land(store, orders, "order")
    resolver(store).resolve()


def credited(store: Store, question: Question | None = None, **more: Any) -> pl.DataFrame:
    with store.read() as tx:
        return credits(tx, question or Question(models=("linear",)), RULES, MODELS, **more)


def test_credits_of_some_customers_are_those_rows_of_all_credits(store: Store) -> None:
    told(
        store,
        visits=[visit("a", "1", 1), visit("b", "1", 2, "facebook"), visit("c", "2", 3, "bing")],
        orders=[order("o1", "1", 5, "100.01"), order("o2", "2", 5, "7"), order("o3", "2", 1, "3")],
    )
    whole = credited(store)
    assert whole["credit"].sum() == 110_010_000
    homes = set(labels(store).values())
    assert len(homes) == 2
    for home in homes:
        mine = credited(store, customers=[home])
        assert mine.equals(whole.filter(pl.col("customer") == home))
        assert not mine.is_empty()
    assert credited(store, customers=[]).is_empty()


def test_a_conversion_without_a_touch_is_credited_to_none(store: Store) -> None:
    told(store, visits=[visit("a", "1", 1)], orders=[order("o", "2", 5, "7")])
    (row,) = credited(store).to_dicts()
    assert (row["channel"], row["touch"], row["share"], row["credit"]) == ("(none)", None, 1.0, 7_000_000)


@pytest.mark.parametrize("model", sorted(MODELS))
def test_credits_hold_a_row_for_each_model_asked_for(store: Store, model: str) -> None:
    told(store, visits=[visit("a", "1", 1)], orders=[order("o", "1", 5, "7")])
    rows = credited(store, Question(models=(model, "first")))
    assert set(rows["model"]) == {model, "first"}
    assert rows.group_by("model").agg(pl.col("credit").sum())["credit"].unique().to_list() == [7_000_000]


def test_money_is_exchanged_at_the_rate_of_the_conversions_day_in_the_hubs_own_time(store: Store) -> None:
    told(
        store,
        visits=[visit("a", "1", 1)],
        orders=[
            order("o1", "1", 4, "10", currency="EUR"),  # before there was a rate
            order("o2", "1", 5, "10.01", currency="EUR", ordered_at="2026-01-04T16:00:00Z"),
            order("o3", "1", 9, "10", currency="eur"),
            order("o4", "1", 20, "-10", currency="EUR", refund_of="o3"),
            order("o5", "1", 20, "100"),
            order("o6", "1", 20, "100", currency="USD"),
        ],
    )
    rates = {"EUR": {date(2026, 1, 5): Decimal("7.5"), date(2026, 1, 10): Decimal("9")}}
    rules = replace(RULES, rates=rates)
    found, _ = attribute(store, Question(models=("linear",)), rules, MODELS)
    assert found.totals.value == 75_075_000 + 75_000_000 - 75_000_000 + 100_000_000
    assert {name: totals.value for name, totals in found.others.items()} == {
        "EUR": 10_000_000,
        "USD": 100_000_000,
    }
    (row,) = found.models["linear"].to_dicts()
    assert row["value"] == found.totals.value
    apart, _ = attribute(store, Question(models=("linear",), currency="EUR"), rules, MODELS)
    assert apart.totals.value == 20_010_000 - 10_000_000 + 10_000_000
    assert apart.others["CNY"].value == 100_000_000


def test_spend_is_exchanged_at_the_rate_of_its_day(store: Store) -> None:
    land(
        store,
        [
            {
                "id": str(day),
                "date": f"2026-01-{day:02}",
                "source": "google",
                "amount": "2",
                "currency": "EUR",
            }
            for day in (4, 5)
        ],
        "spend",
    )
    resolver(store).resolve()
    rules = replace(RULES, rates={"EUR": {date(2026, 1, 5): Decimal("0.3333333")}})
    found, _ = attribute(store, Question(models=("linear",)), rules, MODELS)
    assert found.totals.cost == 666_667
    assert found.others["EUR"].cost == 2_000_000


def test_a_report_can_be_by_content_or_term_which_costs_know_none_of(store: Store) -> None:
    told(
        store,
        visits=[
            visit("a", "1", 1, content="red banner", term="tea"),
            visit("b", "1", 2, landing_url="https://tea.example/?utm_content=Blue&utm_term=tea"),
            visit("c", "1", 3, "bing"),
        ],
        orders=[order("o", "1", 5, "9")],
    )
    land(store, [{"id": "1", "date": "2026-01-02", "source": "google", "amount": "4"}], "spend")
    resolver(store).resolve()

    def rows(by: str) -> dict[str, tuple[int, int]]:
        found, _ = attribute(store, Question(models=("linear",), by=by), RULES, MODELS)
        return {
            name: (value, cost)
            for name, value, cost in found.models["linear"].select(by, "value", "cost").rows()
        }

    assert rows("content") == {
        "red banner": (3_000_000, 0), "Blue": (3_000_000, 0), "(not set)": (3_000_000, 4_000_000),
    }  # fmt: skip
    assert rows("term") == {"tea": (6_000_000, 0), "(not set)": (3_000_000, 4_000_000)}
