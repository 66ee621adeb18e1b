from __future__ import annotations

from itertools import pairwise
from math import isclose, log2

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.match import Model, Odds
from hub.core.model import SourceRecord
from hub.core.train import ORDERED, in_order, train

MODEL = Model.default()
LEVELS = [(name, level) for name, levels in ORDERED.items() for level in levels]
shares = st.floats(1e-6, 1.0)
WORDS = ("ann", "anne", "bob", "bobo", "xiu", "")
DATES = ("19800101", "19800102", "19810101", "19991231", "")
CITIES = ("berlin", "berlim", "oslo", "")


def weight(odds: Odds) -> float:
    return log2(odds.m / odds.u)


def is_ordered(model: Model) -> bool:
    return all(
        weight(model.odds[name][better]) >= weight(model.odds[name][worse]) - 1e-9
        for name, levels in ORDERED.items()
        for better, worse in pairwise(levels)
    )


def test_every_ordered_level_is_one_the_model_has_and_the_shipped_model_is_in_order():
    assert all(level in MODEL.odds[name] for name, level in LEVELS)
    assert is_ordered(MODEL)
    assert in_order(MODEL.odds) == MODEL.odds


@settings(max_examples=50)
@given(st.lists(st.tuples(shares, shares), min_size=len(LEVELS), max_size=len(LEVELS)))
def test_whatever_the_odds_better_agreement_is_worth_no_less_and_matches_stay_as_many(drawn):
    odds = {name: dict(levels) for name, levels in MODEL.odds.items()}
    for (name, level), (m, u) in zip(LEVELS, drawn, strict=True):
        odds[name][level] = Odds(m, u)
    ordered = in_order(odds)
    for name, levels in ORDERED.items():
        weights = [weight(ordered[name][level]) for level in levels]
        assert all(better >= worse - 1e-9 for better, worse in pairwise(weights))
        before, after = (sum(one[name][level].m for level in levels) for one in (odds, ordered))
        assert isclose(before, after)
        assert all(ordered[name][level].u == odds[name][level].u for level in levels)


records = st.builds(
    lambda given, family, born, city: SourceRecord(1, given=given, family=family, birth_date=born, city=city),
    st.sampled_from(WORDS), st.sampled_from(WORDS), st.sampled_from(DATES), st.sampled_from(CITIES),
)  # fmt: skip
pairs = st.lists(st.tuples(records, records), max_size=12)


@settings(max_examples=50, deadline=None)
@given(pairs, pairs, st.integers(1, 400))
def test_a_trained_model_is_in_order_whatever_it_was_trained_on(candidates, apart, times):
    model, _ = train(MODEL, candidates * times, apart * times, {"city": {"berlin": times}})
    assert is_ordered(model)
