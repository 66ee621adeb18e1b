from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from math import isclose
from random import Random

import pytest

from hub.core.match import Matcher, Model
from hub.core.model import SourceRecord
from hub.core.train import Report, train

MODEL = Model.default()
Pair = tuple[SourceRecord, SourceRecord]


def people(random: Random, count: int, *, rewritten: float) -> Iterator[Pair]:
    """Pairs of records of one person each; a share of their ids is written anew in the second."""
    for _ in range(count):
        a = SourceRecord(
            1,
            given="".join(random.choices("bdklmnrst", k=5)),
            family="".join(random.choices("bdklmnrst", k=6)),
            birth_date=str(random.randint(19400101, 19991231)),
            national_id=str(random.randint(10**8, 10**9 - 1)),
        )
        number = str(random.randint(10**8, 10**9 - 1)) if random.random() < rewritten else a.national_id
        yield a, a._replace(key=2, national_id=number)


def strangers(pairs: list[Pair]) -> list[Pair]:
    return [(a, b) for (a, _), (b, _) in pairwise(pairs)]


def trained(rewritten: float, **counted: dict[str, int]) -> tuple[Model, Report, list[Pair]]:
    pairs = list(people(Random(7), 1_500, rewritten=rewritten))
    apart = strangers(pairs)
    model, report = train(MODEL, pairs + apart, apart, counted)
    return model, report, pairs


def test_ids_that_are_often_rewritten_come_to_weigh_less_against() -> None:
    model, report, _ = trained(0.4)
    before, after = (m.odds["national id"]["different"].m for m in (MODEL, model))
    assert before < 0.1 < 0.3 < after < 0.4
    change = next(c for c in report.changes if (c.comparison, c.level) == ("national id", "different"))
    assert (change.before.m, change.after.m) == (before, after)
    assert change.weight_after > change.weight_before


def test_the_share_of_matches_is_found_without_labels() -> None:
    _, report, pairs = trained(0.4)
    assert report.pairs == 2 * len(pairs) - 1
    assert isclose(report.matches, len(pairs), rel_tol=0.02)


def test_each_round_explains_the_pairs_at_least_as_well() -> None:
    _, report, _ = trained(0.4)
    assert all(later >= earlier - 0.01 for earlier, later in pairwise(report.curve))
    assert report.curve[-1] > report.curve[0]


def test_training_is_deterministic_whatever_the_order_of_the_pairs() -> None:
    pairs = list(people(Random(7), 200, rewritten=0.3))
    apart = strangers(pairs)
    there = train(MODEL, pairs + apart, apart, {"given": {"bob": 3, "al": 900}})
    back = train(
        MODEL, [*reversed(apart), *reversed(pairs)], reversed(apart), {"given": {"al": 900, "bob": 3}}
    )
    assert there == back
    assert there[0].dump() == back[0].dump()


def test_no_data_changes_nothing_but_the_name() -> None:
    model, report = train(MODEL, [], [], {})
    assert replace(model, version="", about="", odds={}) == replace(MODEL, version="", about="", odds={})
    for name, level in ((c.comparison, c.level) for c in report.changes):
        assert isclose(model.odds[name][level].m, MODEL.odds[name][level].m)
        assert isclose(model.odds[name][level].u, MODEL.odds[name][level].u)
    assert report.matches == report.pairs == 0


def test_little_data_moves_the_model_little() -> None:
    pairs = list(people(Random(7), 3, rewritten=1.0))
    model, _ = train(MODEL, pairs, [], {})
    weights = [Matcher(m).weight(*pairs[0]) for m in (MODEL, model)]
    assert abs(weights[1] - weights[0]) < 50


def test_the_version_names_the_content() -> None:
    one, _, _ = trained(0.4)
    two, _, _ = trained(0.1)
    assert one.version != two.version
    assert one.version.startswith(f"{MODEL.version}+")
    assert MODEL.version in one.about


def test_names_common_in_the_data_weigh_less_and_the_table_stays_small() -> None:
    model, _, _ = trained(0.1, family={"nowak": 4_000, "smith": 10, "once": 1})
    assert model.frequency("family", "nowak") > 0.2
    assert model.frequency("family", "smith") < MODEL.frequency("family", "smith")
    assert "once" not in model.frequencies["family"]
    assert model.frequencies["given"] == MODEL.frequencies["given"]
    assert model.frequencies["family"].keys() >= MODEL.frequencies["family"].keys()
    nowak = SourceRecord(1, given="jan", family="nowak")
    assert Matcher(model).weight(nowak, nowak) < Matcher(MODEL).weight(nowak, nowak)


def test_strangers_who_often_agree_lower_the_weight_of_agreeing() -> None:
    pairs = list(people(Random(7), 300, rewritten=0.0))
    twins = [(a, b._replace(birth_date=a.birth_date)) for a, b in strangers(pairs)]
    model, _ = train(MODEL, [], twins, {})
    assert model.odds["birth date"]["equal"].u > 10 * MODEL.odds["birth date"]["equal"].u


def test_matches_among_random_pairs_are_not_taken_for_strangers() -> None:
    pairs = list(people(Random(7), 300, rewritten=0.0))
    model, _ = train(MODEL, [], pairs, {})
    assert model.odds["national id"]["equal"].u < 2 * MODEL.odds["national id"]["equal"].u


def neighbours(count: int, *, same_name: bool) -> list[Pair]:
    """Pairs of records at one door and of one family name: of one person, or of two."""
    pairs: list[Pair] = []
    for a, b in people(Random(7), count, rewritten=0.0):
        home = {"house": "1", "street": a.family, "postal_code": a.national_id[:5], "national_id": ""}
        given = a.given if same_name else a.given[::-1] + "x"
        pairs.append((a._replace(**home), b._replace(given=given, birth_date="", **home)))
    return pairs


@pytest.mark.parametrize(("same_name", "most"), [(True, 600), (False, -300)])
def test_the_prior_of_households_follows_the_data_within_bounds(same_name: bool, most: int) -> None:
    for count in (100, 1_000, 60_000):
        model, _ = train(MODEL, neighbours(count, same_name=same_name), [], {})
        moved = model.prior["household"] - MODEL.prior["household"]
        assert 0 < abs(moved) <= abs(most)
        assert (moved > 0) is same_name
        assert count < 60_000 or moved == most
        assert model.prior["strangers"] == MODEL.prior["strangers"]


def test_households_are_not_taken_for_what_matches_look_like() -> None:
    matches = list(people(Random(8), 100, rewritten=0.0))
    model, report = train(MODEL, matches + neighbours(5_000, same_name=False), [], {})
    before, after = (m.odds["given name"]["different"].m for m in (MODEL, model))
    assert after <= before
    assert 100 < report.matches < 1_000


def test_a_comparison_does_not_vote_on_its_own_pairs() -> None:
    same, other = (
        [
            (a._replace(national_id="", birth_date=""), b._replace(national_id="", birth_date=""))
            for a, b in ps
        ]
        for ps in (list(people(Random(7), 400, rewritten=0.0)), list(people(Random(9), 400, rewritten=0.0)))
    )
    model, _ = train(MODEL, same + other, [], {})
    for level, odds in MODEL.odds["given name"].items():
        assert isclose(model.odds["given name"][level].m, odds.m)


def test_what_only_some_values_can_show_is_left_alone() -> None:
    pairs = [
        (SourceRecord(1, given="j", family=a.family, birth_date=a.birth_date, national_id=a.national_id), b)
        for a, b in people(Random(7), 500, rewritten=0.0)
    ]
    model, _ = train(MODEL, pairs, pairs, {})
    for name, level in (("given name", "initial"), ("given name", "pinyin"), ("phone", "landline")):
        assert model.odds[name][level] == MODEL.odds[name][level]
