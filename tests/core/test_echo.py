from __future__ import annotations

from itertools import combinations
from random import Random

import pytest

from hub.core.columns import Hashed, of_records
from hub.core.echo import echo_key, echo_keys, kept_by_echoes, voices
from hub.core.keys import kind_of
from hub.core.match import Matcher, Model
from hub.core.model import SourceRecord
from tests.core import test_weigh

POOL = {**test_weigh.POOL, "region": ("", "", "bavaria"), "country": ("", "", "de")}
ZHANG = SourceRecord(
    1, given="wei", family="zhang", phones=("+8613912345678",), city="beijing", ref="crm/people/1"
)


@pytest.fixture(scope="module")
def people() -> list[SourceRecord]:
    dice = Random(2)
    known = [
        dict.fromkeys(POOL, ()) | {field: dice.choice(values) for field, values in POOL.items()}
        for _ in range(300)
    ]
    few = [{field: one[field] for field in dice.sample(sorted(one), 3)} for one in known]
    return [SourceRecord(key, **one) for key, one in enumerate([*known, *few])]  # pyright: ignore[reportArgumentType]


def test_only_records_that_say_the_very_same_share_an_echo_key(people: list[SourceRecord]) -> None:
    keys = {one: echo_key(one) for one in people if echo_key(one)}
    ann = next(iter(keys))
    keys |= {
        one: echo_key(one) for field in ("region", "country") if (one := ann._replace(**{field: "elsewhere"}))
    }
    for one, other in combinations(keys, 2):
        assert (keys[one] == keys[other]) == (one._replace(key=0, ref="") == other._replace(key=0, ref=""))


def test_whose_id_a_record_carries_is_not_what_it_says() -> None:
    assert (
        echo_key(ZHANG)
        == echo_key(ZHANG._replace(key=2, ref="shop/people/9"))
        != echo_key(ZHANG._replace(city=""))
    )


def test_columns_have_the_keys_of_their_records(people: list[SourceRecord]) -> None:
    told = [one._replace(custom=(("tier", "gold"),)) if one.key % 7 == 0 else one for one in people]
    assert echo_keys(Hashed(of_records(told))).tolist() == [echo_key(one) for one in told]


def test_every_record_that_tells_one_customer_from_another_has_an_echo_key(
    people: list[SourceRecord],
) -> None:
    matcher = Matcher(Model.default())
    telling = [one for one in people if matcher.identifies(one)]
    assert len(telling) > 100
    assert all(map(echo_key, telling))
    assert not echo_key(SourceRecord(1, given="john", family="smith")), "a name alone is nobody's"


def test_the_smallest_record_speaks_for_all_but_those_that_speak_for_themselves() -> None:
    assert voices({5, 3, 9, 4}, private={3}) == {5: 4, 9: 4}
    assert voices({5}, private=()) == voices({5, 3}, private={3, 5}) == {}


def test_an_echo_keeps_the_keys_of_its_own_id_alone() -> None:
    from hub.core.block import blocking_keys

    kept = kept_by_echoes([*blocking_keys(ZHANG), echo_key(ZHANG)])
    assert {kind_of(key).name for key in kept} == {"reference", "echo"}
