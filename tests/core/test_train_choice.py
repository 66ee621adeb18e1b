from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from hub.core.match import Model
from hub.core.model import SourceRecord
from hub.core.train import Standing, best, proposals, standings, train

MODEL = Model.default()
Pair = tuple[SourceRecord, SourceRecord]


def namesakes(random: Random, count: int) -> list[Pair]:
    """Pairs of different people who have one of few names, and live anywhere."""
    names = [
        (given, family)
        for given in ("james", "mary", "john", "linda")
        for family in ("smith", "brown", "jones")
    ]
    found: list[Pair] = []
    for _ in range(count):
        (one, house), (other, place) = ((random.choice(names), random.choice("abcdefgh") * 4) for _ in "ab")
        found.append(
            (
                SourceRecord(1, given=one[0], family=one[1], city=house),
                SourceRecord(2, given=other[0], family=other[1], city=place),
            )
        )
    return found


def linking(at: int) -> Model:
    return replace(MODEL, link=at)


def alike(pairs: list[Pair]) -> list[Pair]:
    return [(a, b) for a, b in pairs if (a.given, a.family, a.city) == (b.given, b.family, b.city)]


def test_links_as_many_as_strangers_make_are_put_down_to_chance():
    apart = namesakes(Random(1), 12_000)
    linked = alike(apart)
    assert len(linked) > 100
    trained, _ = train(MODEL, [], apart, {})
    eager, strict = standings((linking(-2_000), linking(2_000)), linked, apart, len(apart), trained)
    assert (strict.links, strict.f1) == (0, 0.0)
    assert eager.links == len(linked)
    assert eager.by_chance > 0.8 * eager.links


def test_links_beyond_what_strangers_make_are_taken_for_matches():
    apart = namesakes(Random(1), 6_000)
    linked = alike(apart) * 40
    trained, _ = train(MODEL, [], apart, {})
    eager, strict = standings((linking(-2_000), linking(2_000)), linked, apart, len(apart), trained)
    assert eager.by_chance < 0.2 * eager.links
    assert eager.f1 > 0.8 > strict.f1


def test_standings_do_not_depend_on_the_order_of_the_pairs():
    apart = namesakes(Random(1), 2_000)
    pairs = alike(apart) + apart[:200]
    trained, _ = train(MODEL, pairs, apart, {"given": {"mary": 500}})
    models = (trained, MODEL)
    there = standings(models, pairs, apart, 1e5, trained)
    assert standings(models, pairs[::-1], apart, 1e5, trained) == there


def home(given: str, key: int) -> SourceRecord:
    return SourceRecord(
        key, given=given, family="okonkwo", house="1", street="elm road", postal_code="12345", city="town"
    )


def test_pairs_that_may_be_of_one_household_tell_nothing():
    pairs = [(home("mary", 1), home("john", 2))] * 50
    named = standings((linking(-5_000), linking(400)), pairs, [], 1e6, MODEL)
    assert [one.links for one in named] == [0, 0]


def test_no_pairs_tell_nothing():
    assert standings((MODEL, MODEL), [], [], 0, MODEL) == (Standing(0, 0, 0.0),) * 2


def test_the_first_of_the_best_is_taken_and_the_last_when_too_little_is_known():
    good, even, bad = Standing(100, 1, 0.99), Standing(100, 1, 0.9902), Standing(80, 1, 0.9)
    assert best((good, even, bad)) == 0
    assert best((bad, even, good)) == 1
    assert best((Standing(15, 0, 1.0), Standing(15, 0, 0.9))) == 1
    assert best((Standing(90, 85, 0.3), Standing(0, 0, 0.0))) == 1


@pytest.mark.parametrize(
    ("matches", "total", "rise"),
    [(1_000, 1e6, 400), (1_000, 1e7, 171), (1_000, 1e9, 0), (0, 0, 0), (0, 1e6, 0), (10, 10, 0)],
)
def test_where_records_are_few_a_match_is_likelier_within_bounds(matches, total, rise):
    fitted, report = train(MODEL, [], [], {})
    choice = proposals(MODEL, fitted, replace(report, matches=float(matches)), total)
    assert choice[-1].model == MODEL
    assert choice[1 if rise else 0].model == fitted
    risen = {one.model.prior["strangers"] - MODEL.prior["strangers"] for one in choice}
    assert risen == ({0, rise} if rise else {0})
    assert len({one.name for one in choice}) == len(choice) == (5 if rise else 3)


def test_the_careful_proposal_keeps_how_strangers_agree_and_how_common_names_are():
    apart = namesakes(Random(1), 6_000)
    fitted, report = train(MODEL, alike(apart), apart, {"given": {"mary": 90_000}})
    careful = proposals(MODEL, fitted, report, 0)[1].model
    assert careful.frequencies == MODEL.frequencies != fitted.frequencies
    assert careful.prior == MODEL.prior
    for name, levels in MODEL.odds.items():
        assert [o.u for o in careful.odds[name].values()] == [o.u for o in levels.values()]
    assert careful.version not in (MODEL.version, fitted.version)
