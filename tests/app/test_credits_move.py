"""What moves credit, and that nothing else moves: merges, splits, late touches, refunds, new rules, new names.

Every credit is named by its conversion and its touch, as their sources call them. After each change the
credits of every model still sum to what the orders were worth, to the last micro-unit, in each currency.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest

from hub.app.attribution import Question, Rules, attribute, credits
from hub.app.customers import Customers
from hub.core.attribution import MODELS
from hub.core.channels import custom_rules
from hub.store.exports import raw_names
from hub.store.schema import prepare
from hub.store.session import Store
from tests.factory import MATCHER, land, resolver

RULES = Rules("CNY", "Asia/Shanghai")
LINEAR = Question(models=("linear",))
JANUARY = "2026-01-{:02}T09:00:00+08:00"

Credits = dict[tuple[str, str], int]
"""Micro-units by conversion and touch; the touch of a conversion that none led to is empty."""


class World:
    """Two customers, Ann (1) and Bob (2), with what they did; every change is landed and resolved."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.rows: dict[str, dict[str, dict[str, Any]]] = {
            "customer": {"1": {"full_name": "Ann Miller"}, "2": {"full_name": "Bob Stone"}},
            "interaction": {},
            "order": {},
        }
        self.visit("ann-search", "1", 1, "google", "cpc")
        self.visit("ann-mail", "1", 3, "crm", "email")
        self.visit("bob-mail", "2", 2, "crm", "email")
        self.order("ann-buys", "1", 5, "100.01")
        self.order("bob-buys", "2", 5, "30")
        self.order("bob-buys-early", "2", 1, "7")

    def visit(self, key: str, who: str, day: int, source: str, medium: str, **more: Any) -> None:
        named = {"customer_ref": who} if who else {}
        self.rows["interaction"][key] = {
            "occurred_at": JANUARY.format(day), "kind": "visit", "source": source, "medium": medium, **named, **more,
        }  # fmt: skip

    def order(self, key: str, who: str, day: int, amount: str, **more: Any) -> None:
        self.rows["order"][key] = {
            "customer_ref": who, "ordered_at": JANUARY.format(day), "amount": amount, "status": "done", **more,
        }  # fmt: skip

    def settle(self) -> None:
        for kind, rows in self.rows.items():
            land(self.store, [{"id": key, **fields} for key, fields in sorted(rows.items())], kind)
        resolver(self.store).resolve()

    @property
    def verbs(self) -> Customers:
        return Customers(self.store, MATCHER, resolver(self.store), RULES, lambda: MODELS)

    def merge(self) -> str:
        """Make Ann and Bob one."""
        ann, bob = (self.verbs.search(name)[0].customer_id for name in ("ann", "bob"))
        self.verbs.merge(ann, bob)
        return ann

    def frame(self, question: Question = LINEAR, rules: Rules = RULES) -> pl.DataFrame:
        with self.store.read() as tx:
            found = credits(tx, question, rules, MODELS)
            ids = pl.concat([found["conversion"], found["touch"]]).drop_nulls().unique().to_list()
            names = {raw: name.rpartition("/")[2] for raw, name in raw_names(tx, ids)}
        return found.with_columns(
            conversion=pl.col("conversion").replace_strict(names, return_dtype=pl.String),
            touch=pl.col("touch").replace_strict(names, default="", return_dtype=pl.String).fill_null(""),
        )

    def credits(self, question: Question = LINEAR, rules: Rules = RULES) -> Credits:
        rows = self.frame(question, rules).filter((pl.col("share") != 0) | (pl.col("credit") != 0))
        return {
            (conversion, touch): credit
            for conversion, touch, credit in rows.select("conversion", "touch", "credit").rows()
        }

    def ties_out(self, rules: Rules = RULES) -> None:
        """Under every model: credit by conversion is its value, and all of it is what the orders sum to."""
        worth: dict[str, Fraction] = {}
        for fields in self.rows["order"].values():
            if fields["status"] not in ("cancelled", "refunded"):
                currency = fields.get("currency", "CNY")
                worth[currency] = worth.get(currency, Fraction(0)) + Fraction(fields["amount"]) * 1_000_000
        every = Question(models=tuple(MODELS))
        rows = self.frame(every, rules)
        sums = rows.group_by("model", "currency").agg(pl.col("credit").sum())
        assert {(m, c): v for m, c, v in sums.rows()} == {(m, c): v for m in MODELS for c, v in worth.items()}
        each = rows.group_by("model", "conversion").agg(pl.col("credit").sum(), pl.col("value").first())
        assert each.filter(pl.col("credit") != pl.col("value")).is_empty()
        for currency, value in worth.items():
            told, _ = attribute(self.store, replace(every, currency=currency), rules, MODELS)
            totals = told.totals
            assert totals.value == totals.attributed_value + totals.unattributed_value == value
            for table in told.models.values():
                assert table["value"].sum() == value
                assert table["conversions"].sum() == pytest.approx(totals.conversions)


@pytest.fixture(scope="module")
def beginning() -> Callable[[Path, str], None]:
    """Every test begins with what the two did landed and resolved."""

    def settled(_: Path, database: str) -> None:
        store = Store(database)
        prepare(store)
        World(store).settle()
        store.close()

    return settled


@pytest.fixture
def world(store: Store) -> Iterator[World]:
    made = World(store)
    yield made
    made.ties_out()


BEFORE: Credits = {
    ("ann-buys", "ann-search"): 50_005_000,
    ("ann-buys", "ann-mail"): 50_005_000,
    ("bob-buys", "bob-mail"): 30_000_000,
    ("bob-buys-early", ""): 7_000_000,
}


def changed(before: Credits, after: Credits) -> Credits:
    """The credits that are not as they were, as they are; those that are gone as 0."""
    return {
        key: after.get(key, 0) for key in before.keys() | after.keys() if before.get(key) != after.get(key)
    }


def test_before_anything_happens(world: World) -> None:
    assert world.credits() == BEFORE


def test_a_merge_lets_each_touch_earn_of_the_others_orders_and_a_split_takes_it_back(world: World) -> None:
    merged = world.merge()
    assert changed(BEFORE, world.credits()) == {
        ("ann-buys", "ann-search"): 33_336_667,
        ("ann-buys", "bob-mail"): 33_336_667,
        ("ann-buys", "ann-mail"): 33_336_666,
        ("bob-buys", "ann-search"): 10_000_000,
        ("bob-buys", "bob-mail"): 10_000_000,
        ("bob-buys", "ann-mail"): 10_000_000,
        ("bob-buys-early", "ann-search"): 7_000_000,
        ("bob-buys-early", ""): 0,
    }
    world.ties_out()
    world.verbs.split(merged, ["crm/customers/2"])
    assert world.credits() == BEFORE


def test_a_late_touch_changes_the_conversions_after_it_and_no_other(world: World) -> None:
    world.visit("ann-late", "1", 4, "facebook", "cpc")
    world.settle()
    assert changed(BEFORE, world.credits()) == {
        ("ann-buys", "ann-search"): 33_336_667,
        ("ann-buys", "ann-mail"): 33_336_667,
        ("ann-buys", "ann-late"): 33_336_666,
    }


def test_a_touch_after_the_conversion_or_before_its_window_changes_nothing(world: World) -> None:
    world.visit("ann-after", "1", 6, "facebook", "cpc")
    world.visit("ann-before", "1", 1, "facebook", "cpc", occurred_at="2025-09-01T00:00:00Z")
    world.settle()
    assert world.credits() == BEFORE
    whole = world.credits(replace(LINEAR, lookback="all"))
    assert ("ann-buys", "ann-before") in whole
    assert ("ann-buys", "ann-after") not in whole


def test_a_touch_that_is_taken_back_or_changed_leaves_no_trace(world: World) -> None:
    world.visit("ann-late", "1", 4, "facebook", "cpc")
    world.settle()
    del world.rows["interaction"]["ann-late"]
    world.settle()
    assert world.credits() == BEFORE


def test_a_refund_takes_back_from_what_earned_the_sale_and_from_nothing_else(world: World) -> None:
    world.visit("ann-returns", "1", 6, "facebook", "cpc")
    world.order("ann-refund", "1", 7, "-100.01")
    world.settle()
    assert changed(BEFORE, world.credits()) == {
        ("ann-refund", "ann-search"): -50_005_000,
        ("ann-refund", "ann-mail"): -50_005_000,
    }
    told, _ = attribute(world.store, LINEAR, RULES, MODELS)
    assert (told.totals.conversions, told.totals.refunds, told.totals.value) == (3, 1, 37_000_000)


@pytest.mark.parametrize("model", sorted(MODELS))
def test_after_a_whole_refund_no_touch_has_anything_of_the_sale_under_any_model(
    world: World, model: str
) -> None:
    world.order("ann-refund", "1", 7, "-100.01")
    world.settle()
    rows = world.frame(Question(models=(model,))).filter(
        pl.col("conversion").is_in(["ann-buys", "ann-refund"])
    )
    left = rows.group_by("touch", "channel").agg(pl.col("credit").sum())
    assert left.filter(pl.col("credit") != 0).is_empty()
    assert rows.filter(pl.col("conversion") == "ann-refund")["credit"].sum() == -100_010_000


def test_a_refund_is_of_the_order_it_names_even_when_it_is_dated_outside_the_report(world: World) -> None:
    world.order("ann-buys-again", "1", 8, "40")
    world.order("ann-refund", "1", 20, "-40", refund_of="ann-buys")
    world.order("ann-refund-too", "1", 21, "-1", custom={"refund_of": "ann-buys"})
    world.settle()
    from datetime import date

    late = world.credits(replace(LINEAR, start=date(2026, 1, 10)))
    assert late == {
        ("ann-refund", "ann-search"): -20_000_000,
        ("ann-refund", "ann-mail"): -20_000_000,
        ("ann-refund-too", "ann-search"): -500_000,
        ("ann-refund-too", "ann-mail"): -500_000,
    }


def test_a_refund_of_a_cancelled_order_takes_back_nothing(world: World) -> None:
    world.order("ann-cancels", "1", 8, "40", status="cancelled")
    world.settle()
    assert world.credits() == BEFORE
    world.order("ann-refund", "1", 9, "-40", refund_of="ann-cancels", status="refunded")
    world.settle()
    assert world.credits() == BEFORE


def test_a_refund_nobody_knows_an_order_of_is_unattributed(world: World) -> None:
    world.order("bob-refund", "2", 7, "-500")
    world.settle()
    assert changed(BEFORE, world.credits()) == {("bob-refund", ""): -500_000_000}


def test_an_order_that_becomes_refunded_earns_nothing_any_more(world: World) -> None:
    world.order("bob-buys", "2", 5, "30", status="refunded")
    world.settle()
    assert changed(BEFORE, world.credits()) == {("bob-buys", "bob-mail"): 0}


def test_a_refund_follows_its_customer_through_a_merge_and_back(world: World) -> None:
    world.order("bob-refund", "2", 7, "-30")
    world.settle()
    before = world.credits()
    merged = world.merge()
    world.ties_out()
    after = world.credits()
    assert {touch: after["bob-refund", touch] for touch in ("ann-search", "ann-mail", "bob-mail")} == {
        touch: -after["bob-buys", touch] for touch in ("ann-search", "ann-mail", "bob-mail")
    }
    world.verbs.split(merged, ["crm/customers/2"])
    assert world.credits() == before


def test_another_currency_is_reported_apart_and_never_added(world: World) -> None:
    world.order("ann-buys-abroad", "1", 6, "12.50", currency="eur")
    world.settle()
    world.rows["order"]["ann-buys-abroad"]["currency"] = "EUR"
    told, _ = attribute(world.store, LINEAR, RULES, MODELS)
    assert told.totals.value == 137_010_000
    assert told.others["EUR"].value == 12_500_000
    abroad, _ = attribute(world.store, replace(LINEAR, currency="eur"), RULES, MODELS)
    assert {row["channel"]: row["value"] for row in abroad.models["linear"].to_dicts()} == {
        "Paid Search": 6_250_000,
        "Email": 6_250_000,
    }
    assert abroad.others["CNY"].value == 137_010_000


def test_new_rules_rename_the_channels_of_all_history_and_move_no_credit(world: World) -> None:
    rules = replace(RULES, channels=custom_rules([{"name": "Club", "source": "crm"}]))
    assert world.credits(rules=rules) == BEFORE
    before, _ = attribute(world.store, LINEAR, RULES, MODELS)
    after, _ = attribute(world.store, LINEAR, rules, MODELS)
    renamed = {"Email": "Club"}
    assert {
        renamed.get(row["channel"], row["channel"]): row["value"]
        for row in before.models["linear"].to_dicts()
    } == {row["channel"]: row["value"] for row in after.models["linear"].to_dicts()}
    assert after.totals == before.totals
    world.ties_out(rules)


def test_touches_of_an_unknown_visitor_count_once_the_visitor_is_known(world: World) -> None:
    cookie = {"handles": ["web:cookie-1"]}
    world.visit("stranger-visits", "", 3, "google", "cpc", **cookie)
    world.settle()
    assert world.credits() == BEFORE
    world.rows["customer"]["2"] |= cookie
    world.settle()
    assert changed(BEFORE, world.credits()) == {
        ("bob-buys", "stranger-visits"): 15_000_000,
        ("bob-buys", "bob-mail"): 15_000_000,
    }


# ---- what the question changes ----


def test_with_reset_a_touch_counts_for_the_next_conversion_only(world: World) -> None:
    world.order("ann-buys-again", "1", 8, "40")
    world.visit("ann-again", "1", 7, "facebook", "cpc")
    world.settle()
    again = {touch for conversion, touch in world.credits() if conversion == "ann-buys-again"}
    assert again == {"ann-search", "ann-mail", "ann-again"}
    once = world.credits(replace(LINEAR, repeat="reset"))
    assert {touch for conversion, touch in once if conversion == "ann-buys-again"} == {"ann-again"}


def test_reset_also_minds_conversions_outside_the_report_and_no_refunds(world: World) -> None:
    from datetime import date

    world.order("ann-buys-again", "1", 8, "40")
    world.order("ann-refund", "1", 6, "-5")
    world.visit("ann-again", "1", 5, "facebook", "cpc", occurred_at="2026-01-05T12:00:00+08:00")
    world.settle()
    late = world.credits(replace(LINEAR, repeat="reset", start=date(2026, 1, 8)))
    assert late == {("ann-buys-again", "ann-again"): 40_000_000}


def test_a_first_order_is_the_first_of_all_time_with_its_refunds(world: World) -> None:
    from datetime import date

    first = replace(LINEAR, conversion="first-order")
    world.order("ann-buys-again", "1", 8, "40")
    world.order("ann-refund", "1", 9, "-40")
    world.order("ann-refund-too", "1", 9, "-0.01", refund_of="ann-buys")
    world.settle()
    assert {conversion for conversion, _ in world.credits(first)} == {
        "ann-buys",
        "bob-buys-early",
        "ann-refund-too",
    }
    assert {conversion for conversion, _ in world.credits(replace(first, start=date(2026, 1, 2)))} == {
        "ann-buys",
        "ann-refund-too",
    }


def test_a_form_of_one_subject_converts_and_the_others_stay_touches(world: World) -> None:
    world.visit("ann-demo", "1", 4, "google", "organic", kind="form", subject="Demo request", value="3")
    world.visit("ann-news", "1", 2, "google", "organic", kind="form", subject="Newsletter")
    world.settle()
    demo = world.credits(replace(LINEAR, conversion="form:demo REQUEST"))
    assert demo == {("ann-demo", touch): 1_000_000 for touch in ("ann-search", "ann-news", "ann-mail")}
    both = world.credits(replace(LINEAR, conversion="form"))
    assert set(both) == {("ann-demo", "ann-search"), ("ann-demo", "ann-mail"), ("ann-news", "ann-search")}


def test_a_stage_of_a_deal_converts_and_touches_nobody(world: World) -> None:
    world.visit("ann-deal", "1", 4, "", "", kind="deal", subject="won", value="9")
    world.settle()
    assert world.credits() == BEFORE
    assert set(world.credits(replace(LINEAR, conversion="deal:won"))) == {
        ("ann-deal", "ann-search"),
        ("ann-deal", "ann-mail"),
    }


def test_a_channel_may_have_a_window_of_its_own(world: World) -> None:
    assert changed(BEFORE, world.credits(replace(LINEAR, lookback="90d, email=1d"))) == {
        ("ann-buys", "ann-search"): 100_010_000,
        ("ann-buys", "ann-mail"): 0,
        ("bob-buys", "bob-mail"): 0,
        ("bob-buys", ""): 30_000_000,
    }
    configured = replace(RULES, lookback="90d", lookbacks={"Email": "1d"})
    assert world.credits(rules=configured) == world.credits(replace(LINEAR, lookback="90d,Email=1d"))
    assert world.credits(replace(LINEAR, lookback="90d,Email=90d"), configured) == BEFORE


def test_frequency_shows_how_often_a_channel_was_there(world: World) -> None:
    world.visit("ann-mail-again", "1", 4, "crm", "email")
    world.settle()
    told, _ = attribute(world.store, replace(LINEAR, path="frequency"), RULES, MODELS)
    assert {row["channel"]: row["value"] for row in told.models["linear"].to_dicts()} == {
        "Email ×2": 50_005_000,
        "Paid Search ×1": 50_005_000,
        "Email ×1": 30_000_000,
        "(none)": 7_000_000,
    }


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_everything_sums_up_and_a_merge_taken_apart_again_leaves_no_trace(
    world: World, seed: int
) -> None:
    dice = Random(seed)
    for step in range(6):
        for number in range(3):
            who, day, key = dice.choice("12"), dice.randint(1, 28), f"{step}-{number}"
            world.visit(
                f"v{key}", who, day, dice.choice(["google", "crm", ""]), dice.choice(["cpc", "email", ""])
            )
            amount = f"{dice.randint(-50, 90)}.{dice.randint(0, 99):02}"
            more = (
                {"refund_of": dice.choice(sorted(world.rows["order"]))}
                if amount.startswith("-") and dice.random() < 0.3
                else {}
            )
            currency = dice.choice(["CNY", "CNY", "EUR"])
            world.order(f"o{key}", who, day, amount, currency=currency, **more)
        for kind in ("interaction", "order"):
            gone = dice.choice(sorted(world.rows[kind]))
            del world.rows[kind][gone]
        world.settle()
        before = world.credits()
        merged = world.merge()
        if step % 3 == 0:
            world.ties_out()
        world.verbs.split(merged, ["crm/customers/2"])
        assert world.credits() == before
