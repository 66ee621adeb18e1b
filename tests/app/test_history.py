"""One history over every channel: each event once, in the hub's days, with lines, threads and figures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from hub.app.attribution import Question, Rules, attribute
from hub.app.customers import Customers, Filter, History
from hub.core.attribution import MODELS
from hub.store.session import Store
from tests.factory import MATCHER, land, resolver

SHANGHAI = Rules("CNY", "Asia/Shanghai")
MIRRORED = Rules("CNY", "Asia/Shanghai", mirrors={"shop": "crm"})
ANN = {"emails": ["ann@miller.org"]}


def mail(key: str, at: str, **more: Any) -> dict[str, Any]:
    shared = {"kind": "mail", "direction": "inbound", "thread": "t", "subject": "Tea?"}
    return {"id": key, **ANN, "occurred_at": at, **shared, **more}


def order(key: str, at: str, amount: str, **more: Any) -> dict[str, Any]:
    return {"id": key, **ANN, "ordered_at": at, "amount": amount, "status": "done", **more}


def histories(store: Store, rules: Rules, wanted: Filter | None = None) -> list[History]:
    verbs = Customers(store, MATCHER, resolver(store), rules)
    return [verbs.history(row.customer_id, wanted) for row in verbs.search("")]


def told(store: Store, rules: Rules = SHANGHAI, **wanted: Any) -> History:
    (found,) = histories(store, rules, Filter(**wanted))
    return found


@pytest.fixture
def ann(store: Store) -> Store:
    land(store, [{"id": "1", "full_name": "Ann Miller", **ANN}])
    land(
        store,
        [
            mail("m1", "2026-01-01T15:59:59Z"),
            mail("m2", "2026-01-01T16:00:00Z", direction="outbound", subject="Re: Tea?"),
            mail("m3", "2026-01-04T00:00:00Z", thread="", subject="Cups"),
            {"id": "v", **ANN, "occurred_at": "2026-01-02T00:00:00Z", "kind": "visit", "source": "google", "medium": "cpc"},
        ],
        "interaction",
    )  # fmt: skip
    land(
        store,
        [
            order(
                "o1",
                "2026-01-05T00:00:00Z",
                "100",
                lines=[{"product": "Longjing", "quantity": 2, "amount": "100"}],
            ),
            order("o2", "2026-01-06T00:00:00Z", "50", status="cancelled"),
            order("o3", "2026-01-07T00:00:00Z", "-25"),
            order("o4", "2026-01-08T00:00:00Z", "8", currency="usd"),
        ],
        "order",
    )
    resolver(store).resolve()
    return store


def ids(found: History) -> list[str]:
    return [one["raw_record"].rpartition("/")[2] for one in found.timeline]


def test_a_day_is_one_of_the_hubs_own_time_zone(ann: Store) -> None:
    assert ids(told(ann, end=date(2026, 1, 1))) == ["m1"]
    assert ids(told(ann, start=date(2026, 1, 2), end=date(2026, 1, 2))) == ["v", "m2"]
    assert told(ann).timeline[-1]["at"] == "2026-01-01T23:59:59+08:00"


def test_history_is_filtered_by_kind_channel_and_words_and_threads_are_folded(ann: Store) -> None:
    assert ids(told(ann)) == ["o4", "o3", "o2", "o1", "m3", "v", "m2", "m1"]
    assert ids(told(ann, kinds=["mail"])) == ["m3", "m2", "m1"]
    assert ids(told(ann, channels=["paid search"])) == ["v"]
    assert ids(told(ann, words="longjing")) == ["o1"]
    folded = told(ann, threads=True, kinds=["mail"])
    assert ids(folded) == ["m3", "m2"]
    assert [one["raw_record"] for one in folded.timeline[1]["messages"]] == [
        "crm/interactions/m1",
        "crm/interactions/m2",
    ]


def test_an_order_shows_its_lines(ann: Store) -> None:
    (shown,) = told(ann, words="longjing").timeline
    assert shown["lines"][0]["product"] == "Longjing"


def test_the_figures_are_of_what_was_sold_and_not_of_what_is_filtered(ann: Store) -> None:
    figures = told(ann, kinds=["nothing"]).behaviour
    assert figures["first_seen"] == "2026-01-01T23:59:59+08:00"
    assert figures["last_order"] == figures["last_seen"] == "2026-01-08T08:00:00+08:00"
    assert (figures["frequency"], figures["spend"]) == (2, {"CNY": 75.0, "USD": 8.0})
    assert figures["average_order"] == {"CNY": 75.0, "USD": 8.0}
    assert figures["channels"] == {"Email": 2, "Paid Search": 1}


def totals(store: Store, rules: Rules) -> tuple[int, int]:
    found = attribute(store, Question(models=("linear",)), rules, MODELS)[0].totals
    return found.conversions, found.value


def mirror(store: Store, interactions: list[Mapping[str, Any]], orders: list[Mapping[str, Any]]) -> None:
    land(store, interactions, "interaction", name="shop")
    land(store, orders, "order", name="shop")
    resolver(store).resolve()


def test_an_event_two_connectors_have_is_counted_once_where_one_is_said_to_mirror_the_other(
    ann: Store,
) -> None:
    before = told(ann)
    mirror(
        ann,
        [mail("m1", "2026-01-01T15:59:59Z")],
        [order("o1", "2026-01-05T00:00:00Z", "100"), order("o9", "2026-01-05T00:00:00Z", "1")],
    )
    assert totals(ann, SHANGHAI) == (3, 176_000_000)
    assert totals(ann, MIRRORED) == (2, 76_000_000)
    shown = told(ann, MIRRORED)
    assert len(shown.timeline) == len(before.timeline) + 1, "o9 is of the mirror alone"
    assert [one["also"] for one in shown.timeline if "also" in one] == [
        ["shop/orders/o1"],
        ["shop/interactions/m1"],
    ]
    assert shown.behaviour["channels"] == before.behaviour["channels"]
    assert shown.behaviour["frequency"] == before.behaviour["frequency"] + 1


def test_the_copy_counts_when_its_original_is_gone_or_names_nobody(ann: Store) -> None:
    mirror(ann, [], [order("o4", "2026-01-08T00:00:00Z", "8")])
    land(ann, [], "order")
    resolver(ann).resolve()
    assert totals(ann, MIRRORED) == (1, 8_000_000)
    land(ann, [{**order("o4", "2026-01-08T00:00:00Z", "8"), "emails": []}], "order")
    resolver(ann).resolve()
    assert ids(told(ann, MIRRORED, kinds=["order"])) == ["o4"]
    assert told(ann, MIRRORED, kinds=["order"]).timeline[0]["raw_record"] == "shop/orders/o4"
