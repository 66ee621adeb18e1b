"""What a report is made of: the journeys of all customers or of a few, read in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest

from hub.app.report import Question, Rules, credits
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
