"""W, full path and weights of one's own: who stands at which stage, and what happens where stages fall together."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.attribution import MODELS, with_figures, with_stages
from hub.core.journeys import JOURNEYS
from hub.errors import ConfigError

DAY = 86_400_000_000


def journey(*days: int, sold: int = 100, customer: int = 1, conversion: int = 1) -> pl.DataFrame:
    """One journey with touches on these days."""
    rows = [
        (
            conversion,
            customer,
            place,
            day * DAY,
            sold * DAY,
            f"channel {place}",
            "",
            "",
            "",
            10,
            "CNY",
            place + 1,
            len(days),
        )
        for place, day in enumerate(days)
    ]
    return pl.DataFrame(rows, schema=JOURNEYS, orient="row")


def at(*events: tuple[int, str], customer: int = 1) -> pl.DataFrame:
    rows = [(customer, day * DAY, kind) for day, kind in events]
    return pl.DataFrame(rows, schema={"customer": pl.Int64, "at": pl.Int64, "kind": pl.String}, orient="row")


def shares(model: str, journeys: pl.DataFrame) -> list[float]:
    return MODELS[model](journeys).to_list()


FIVE = (0, 10, 20, 30, 40)


@pytest.mark.parametrize(
    ("model", "stages", "expected"),
    [
        ("w", [(10, "form"), (30, "deal")], [0.3, 0.3, 0.05, 0.3, 0.05]),
        ("full-path", [(10, "form"), (30, "deal")], [0.225, 0.225, 0.1, 0.225, 0.225]),
        ("w", [(15, "lead"), (39, "quote")], [0.3, 0.3, 0.05, 0.3, 0.05]),  # the last touch before the stage
        ("w", [(0, "form"), (30, "deal")], [0.6, 0.1 / 3, 0.1 / 3, 0.3, 0.1 / 3]),  # first and lead fall together
        ("w", [(0, "form"), (0, "deal")], [0.9, 0.025, 0.025, 0.025, 0.025]),
        ("full-path", [(40, "form"), (40, "deal")], [0.225, 0.1 / 3, 0.1 / 3, 0.1 / 3, 0.675]),
        ("w", [(10, "form")], [3 / 7, 3 / 7, 1 / 21, 1 / 21, 1 / 21]),  # no deal is known
        ("w", [], [0.75, 0.0625, 0.0625, 0.0625, 0.0625]),
        ("w", [(-5, "form"), (30, "deal")], [3 / 7, 1 / 21, 1 / 21, 3 / 7, 1 / 21]),  # a lead before its first touch
        ("full-path", [], [0.225 / 0.55, 0.1 / 3 / 0.55, 0.1 / 3 / 0.55, 0.1 / 3 / 0.55, 0.225 / 0.55]),
    ],
)  # fmt: skip
def test_stages_have_what_the_model_gives_them(model, stages, expected) -> None:
    assert shares(model, with_stages(journey(*FIVE), at(*stages))) == pytest.approx(expected, abs=1e-12)


def test_without_a_rest_the_stages_share_its_part() -> None:
    staged = with_stages(journey(0, 10, 20), at((10, "form"), (20, "deal")))
    assert shares("w", staged) == pytest.approx([1 / 3] * 3, abs=1e-12)
    assert shares("full-path", staged) == pytest.approx([0.25, 0.25, 0.5], abs=1e-12)
    assert shares("w", with_stages(journey(7), at((7, "form")))) == [1.0]


def test_a_lead_is_made_once_and_a_deal_is_the_latest_before_its_conversion() -> None:
    events = at((10, "form"), (20, "form"), (12, "deal"), (30, "deal"), (120, "deal"))
    staged = with_stages(journey(*FIVE), events)
    assert staged.select("lead_at", "deal_at").unique().rows() == [(10 * DAY, 30 * DAY)]
    both = pl.concat([journey(5, 6), journey(11, 13, sold=15, conversion=2)])
    assert with_stages(both, events)["deal_at"].to_list() == [30 * DAY] * 2 + [12 * DAY] * 2


def test_stages_are_of_their_own_customer() -> None:
    staged = with_stages(journey(*FIVE), at((10, "form"), (20, "deal"), customer=2))
    assert staged.select("lead_at", "deal_at").unique().rows() == [(None, None)]


def test_the_lead_is_not_looked_for_after_the_conversion() -> None:
    late = with_stages(journey(0, 10, 20), at((200, "form")))
    assert shares("w", late) == pytest.approx(shares("w", journey(0, 10, 20)))


@settings(max_examples=60, deadline=None)
@given(
    days=st.lists(st.integers(0, 90), min_size=1, max_size=8),
    stages=st.lists(st.tuples(st.integers(-5, 99), st.sampled_from(["form", "deal", "mail"])), max_size=5),
)
def test_shares_sum_to_one_wherever_the_stages_are(days, stages) -> None:
    staged = with_stages(journey(*sorted(days)), at(*stages))
    for model in ("w", "full-path"):
        found = shares(model, staged)
        assert sum(found) == pytest.approx(1, abs=1e-12)
        assert min(found) >= 0
        assert shares(model, staged.reverse()) == pytest.approx(found[::-1], abs=1e-12)


@pytest.mark.parametrize(
    ("name", "days", "expected"),
    [
        ("custom:40/20/40", FIVE, [0.4, 0.2 / 3, 0.2 / 3, 0.2 / 3, 0.4]),
        ("custom:1/2/5", (0, 1), [1 / 6, 5 / 6]),
        ("custom:0/1/0", (0, 1), [0.5, 0.5]),
        ("custom:0/1/0", (0, 1, 2), [0, 1, 0]),
        ("custom:3/0/0", (0,), [1.0]),
        ("time-decay:1d", (99, 100), [1 / 3, 2 / 3]),
        ("time-decay:24h", (99, 100), [1 / 3, 2 / 3]),
        ("time-decay:2w", (86, 100), [1 / 3, 2 / 3]),
    ],
)
def test_a_model_takes_figures(name, days, expected) -> None:
    model = with_figures(name)
    assert model is not None
    assert model(journey(*days)).to_list() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    "name",
    ["custom:", "custom:1/2", "custom:1/2/x", "custom:-1/1/1", "custom:0/0/0", "custom:inf/1/1", "custom:nan/1/1",
     "time-decay:", "time-decay:0d", "time-decay:7", "time-decay:7y"],
)  # fmt: skip
def test_figures_that_make_no_sense_are_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=r"no half-life|no weights"):
        with_figures(name)


@pytest.mark.parametrize("name", ["custom", "linear", "linear:3", "markov-1:2"])
def test_other_names_take_no_figures(name: str) -> None:
    assert with_figures(name) is None
