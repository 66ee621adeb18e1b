"""The models on what is stored: who counts as lost, what marks a stage, and what a few customers' credit is learnt from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest

from hub.app.attribution import Question, Rules, attribute, credits
from hub.core.attribution import MODELS, Markov, credit
from hub.core.attribution.paths import NULLS
from hub.core.journeys import JOURNEYS
from hub.errors import ConfigError
from hub.store.session import Store
from tests.factory import labels, land, resolver

RULES = Rules("CNY", "UTC")
NAMES = {"A": "Partners", "B": "Fairs", "C": "Radio"}


def lived(store: Store, *lives: tuple[str, Sequence[int]], amount: str = "10", **kinds: str) -> None:
    """Customers 1, 2, ..., each a path of channels, a touch a day, and the days of their orders.

    ``kinds`` names kinds of interaction by the letter of a path.
    """
    people = [
        "Ann Miller",
        "Bob Stone",
        "Carl Weber",
        "Dora Lind",
        "Erik Moss",
        "Fay Brook",
        "Gus Hill",
        "Ida Kern",
    ]
    land(store, [{"id": str(n), "full_name": people[n]} for n in range(len(lives))])
    touches = [
        {"id": f"{n}-{day}", "customer_ref": str(n), "occurred_at": f"2026-01-{day + 1:02}T10:00:00Z",
         "kind": kinds.get(letter, "visit"), "channel": NAMES.get(letter, "")}
        for n, (path, _) in enumerate(lives)
        for day, letter in enumerate(path)
    ]  # fmt: skip
    bought = [
        {
            "id": f"{n}-{day}",
            "customer_ref": str(n),
            "ordered_at": f"2026-01-{day:02}T12:00:00Z",
            "amount": amount,
        }
        for n, (_, days) in enumerate(lives)
        for day in days
    ]
    land(store, touches, "interaction")
    land(store, bought, "order")
    resolver(store).resolve()


def earned(store: Store, model: str, **more: Any) -> dict[str, float]:
    """Conversions by channel."""
    told, _ = attribute(store, Question(models=(model,), lookback="all", **more), RULES, MODELS)
    assert told.models[model]["value"].sum() == told.totals.value
    return dict(told.models[model].select("channel", "conversions").iter_rows())


@pytest.mark.parametrize("model", ["markov-1", "markov-2", "markov-3", "markov-4"])
def test_customers_who_never_bought_are_null_paths(store: Store, model: str) -> None:
    """A>B, B and C sold; two customers met B and bought nothing."""
    lived(store, ("AB", [9]), ("B", [9]), ("C", [9]), ("B", []), ("B", []))
    by_hand = {
        # order 1: the chance is 3/5; without A (3/5 * 1/2 + 1/5), without B 1/5, without C 2/5 are left
        "markov-1": {"Partners": 3 / 7, "Fairs": 12 / 7, "Radio": 6 / 7},
    }.get(
        model, {"Partners": 3 / 4, "Fairs": 6 / 4, "Radio": 3 / 4}
    )  # longer memory: every path its own state
    assert earned(store, model) == pytest.approx(by_hand, abs=1e-9)


def test_who_bought_outside_the_dates_is_neither_a_path_nor_lost(store: Store) -> None:
    lived(store, ("AB", [20]), ("B", [20]), ("C", [20]), ("B", []), ("B", []), ("A", [3]), ("B", [3]))
    in_time = earned(store, "markov-1", start=date(2026, 1, 10))
    assert in_time == pytest.approx({"Partners": 3 / 7, "Fairs": 12 / 7, "Radio": 6 / 7}, abs=1e-9)


def test_touches_after_the_report_ends_lose_nothing(store: Store) -> None:
    lived(store, ("AB", [5]), ("B", [5]), ("C", [5]), ("B", []), ("BC", []))
    then = earned(store, "markov-1", end=date(2026, 1, 9))
    assert then["Radio"] < 6 / 7
    lived(store, ("AB", [5]), ("B", [5]), ("C", [5]), ("B", []), ("BCCCCCCCCCCAABBAC", []))
    assert earned(store, "markov-1", end=date(2026, 1, 9)) == pytest.approx(then, abs=1e-12)
    assert earned(store, "markov-1") != pytest.approx(then, abs=1e-3)


@pytest.mark.parametrize("path", ["unique", "exposure", "first"])
def test_null_paths_are_walked_as_journeys_are(store: Store, path: str) -> None:
    """A>B, B and C sold; of two who bought nothing one saw B, then A long ago and B again."""
    lived(store, ("AAB", [9]), ("B", [9]), ("CC", [9]), ("BBB", []), ("ABAAB", []))
    plain = {"unique": "ABAAB", "exposure": "ABAB", "first": "AB"}[path]
    lived_so = earned(store, "markov-2", path=path)
    journeys = [["A", "A", "B"], ["B"], ["C", "C"]] if path == "unique" else [["A", "B"], ["B"], ["C"]]
    lost = [list("BBB" if path == "unique" else "B"), list(plain)]
    assert lived_so == pytest.approx(by_frames(2, journeys, lost), abs=1e-9)


def test_null_paths_have_the_windows_of_their_channels(store: Store) -> None:
    lived(store, ("AB", [9]), ("B", [9]), ("C", [9]), ("B", []), ("ABB", []))
    rules = replace(RULES, lookbacks={"partners": "1d"})
    told, _ = attribute(store, Question(models=("markov-1",), lookback="all"), rules, MODELS)
    found = dict(told.models["markov-1"].select("channel", "conversions").iter_rows())
    # A of the first is eight days before its order, A of the last two before its last touch: both are too old
    assert found == pytest.approx(by_frames(1, [["B"], ["B"], ["C"]], [["B"], ["B", "B"]]), abs=1e-9)


def by_frames(order: int, journeys: list[list[str]], lost: list[list[str]]) -> dict[str, float]:
    """The same of paths written down."""
    rows = [
        (n, n, 100 * n + place, place, 99, NAMES[letter], "", "", "", 10, "CNY", place + 1, len(path))
        for n, path in enumerate(journeys)
        for place, letter in enumerate(path)
    ]
    nulls = pl.DataFrame(
        [(n, NAMES[c]) for n, path in enumerate(lost) for c in path], schema=NULLS, orient="row"
    )
    credited = credit(pl.DataFrame(rows, schema=JOURNEYS, orient="row"), Markov(order, nulls))
    return dict(credited.group_by("channel").agg(pl.col("share").sum()).iter_rows())


def test_the_credit_of_a_few_customers_is_learnt_from_all(store: Store) -> None:
    lived(store, ("AB", [9]), ("B", [9, 10]), ("ABC", [9]), ("C", []), ("BA", []))
    question = Question(models=("markov-1", "markov-2", "shapley", "linear"), lookback="all")
    with store.read() as tx:
        whole = credits(tx, question, RULES, MODELS)
        for home in set(labels(store).values()):
            mine = credits(tx, question, RULES, MODELS, customers=[home])
            assert mine.equals(whole.filter(pl.col("customer") == home))
    for _, rows in whole.group_by("model"):
        assert rows["credit"].sum() == 40_000_000
        assert rows["share"].sum() == pytest.approx(4)


def test_forms_and_deals_are_stages_and_a_deal_is_no_touch(store: Store) -> None:
    """A first, C with the form that made a lead, B; then sales notes the deal, and C again."""
    lived(store, ("ACBxCA", [9]), C="form", x="deal")
    w = earned(store, "w")
    assert w == pytest.approx({"Partners": 0.3 + 0.05, "Radio": 0.3 + 0.05, "Fairs": 0.3}, abs=1e-9)
    full = earned(store, "full-path")
    assert full == pytest.approx({"Partners": 0.45, "Radio": 0.225 + 0.1, "Fairs": 0.225}, abs=1e-9)
    assert earned(store, "linear") == pytest.approx({"Partners": 0.4, "Radio": 0.4, "Fairs": 0.2}, abs=1e-9)


def test_models_take_figures_by_name(store: Store) -> None:
    lived(store, ("ABC", [9]))
    assert earned(store, "custom:50/30/20") == pytest.approx({"Partners": 0.5, "Fairs": 0.3, "Radio": 0.2})
    assert earned(store, "time-decay:1d") == pytest.approx(
        {"Partners": 1 / 7, "Fairs": 2 / 7, "Radio": 4 / 7}
    )
    with pytest.raises(ConfigError, match="no weights"):
        earned(store, "custom:50")
