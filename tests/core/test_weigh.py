from __future__ import annotations

from itertools import combinations
from random import Random

import numpy as np
import pytest

from hub.core.columns import Hashed, of_records, to_records
from hub.core.match import Matcher, Model, evidence_keys
from hub.core.match.comparisons import address, name
from hub.core.match.weigh import Weigher
from hub.core.match.weigh_addresses import Addresses
from hub.core.match.weigh_names import Names
from hub.core.model import SourceRecord

MATCHER = Matcher(Model.default())
POOL = {
    "given": ("", "wei", "bob", "robert", "ann", "w", "wie", "elizabeth", "elisabeth"),
    "family": ("", "zhang", "miller", "wei", "ann", "mi ller", "robert", "muller"),
    "middle": ("", "", "bob"),
    "han": ("", "", "张伟", "张威", "欧阳伟"),
    "organization": (
        "",
        "",
        "acme",
        "acme trading",
        "trading acme",
        "acme foods",
        "泰恒科技",
        "北京泰恒科技",
    ),
    "emails": ((), ("zw@acme.com",), ("bm@x.org",), ("info@acme.com",), ("bm@x.org", "zw@acme.com")),
    "phones": ((), ("+8613912345678",), ("+15551234567",), ("+15551234567", "+8613912345678")),
    "handles": ((), ("x:bob",), ("x:ann",), ("y:bob",)),
    "birth_date": ("", "19800304", "19810304", "19800403"),
    "national_id": ("", "110101198003041234", "110101198003041235"),
    "tax_id": ("", "", "DE123456789", "DE123456788"),
    "house": ("", "12", "13"),
    "street": (
        "",
        "oak street",
        "oak",
        "street oak",
        "oak street north",
        "elm road",
        "oak streat",
        "oakstreet",
    ),
    "city": ("", "boston", "bostan", "berlin", "london", "hangzhou", "guangzhou"),
    "postal_code": ("", "02101", "02102", "9999"),
    "ref": ("", "", "crm/customers/1"),
}

OF_COMPANIES = ("organization", "tax_id", "emails", "phones", "house", "street", "city")


@pytest.fixture(scope="module")
def people() -> list[SourceRecord]:
    dice = Random(1)
    return [
        SourceRecord(key, **{field: dice.choice(values) for field, values in POOL.items()})  # pyright: ignore[reportArgumentType]
        for key in range(150)
    ] + [
        SourceRecord(key, **{field: dice.choice(POOL[field]) for field in OF_COMPANIES})  # pyright: ignore[reportArgumentType]
        for key in range(150, 200)
    ]


@pytest.fixture(scope="module")
def pairs(people: list[SourceRecord]) -> tuple[np.ndarray, np.ndarray]:
    both = np.array(list(combinations(range(len(people)), 2)), np.uint32)
    return both[:, 0], both[:, 1]


@pytest.mark.parametrize(("columns", "compare"), [(Names, name), (Addresses, address)])
def test_parts_in_columns_are_worth_what_two_records_are(people, pairs, columns, compare) -> None:
    a, b = pairs
    totals = np.zeros((3, len(a)), np.int64)
    columns(MATCHER, Hashed(of_records(people))).weigh(totals, a, b)
    one_by_one = [
        MATCHER.worth(compare(people[x], people[y], MATCHER.lore)) for x, y in zip(a, b, strict=True)
    ]
    assert totals.T.tolist() == [list(worth) for worth in one_by_one]


@pytest.mark.parametrize("least", [None, 0, 400])
def test_only_pairs_that_cannot_reach_the_least_weight_may_be_told_less(people, pairs, least) -> None:
    a, b = pairs
    weights = Weigher(MATCHER, Hashed(of_records(people)), np.zeros(0, np.int64)).weigh(a, b, least).tolist()
    exact = [MATCHER.weight(people[x], people[y]) for x, y in zip(a, b, strict=True)]
    if least is None:
        assert weights == exact
    else:
        assert [max(weight, least - 1) for weight in weights] == [max(weight, least - 1) for weight in exact]
        assert weights != exact


def test_names_in_columns_contradict_where_two_records_do(people, pairs) -> None:
    a, b = pairs
    clash = Names(MATCHER, Hashed(of_records(people))).contradict(a, b).tolist()
    bare = [
        SourceRecord(one.key, given=one.given, family=one.family, middle=one.middle, han=one.han)
        for one in people
    ]
    assert clash == [MATCHER.contradicts(bare[x], bare[y]) for x, y in zip(a, b, strict=True)]
    assert any(clash)


def test_records_come_back_from_columns_as_they_were(people: list[SourceRecord]) -> None:
    told = [one._replace(custom=(("tier", "gold"), ("vip", "yes"))) for one in people]
    assert list(to_records(of_records(told))) == told


def test_what_clusters_know_together_never_weighs_more_than_is_said_beforehand(people) -> None:
    dice = Random(2)
    kinds = [range(150), range(150), range(150, len(people)), range(len(people))]
    sides = [
        [dice.sample(kind, dice.choice((1, 2, 3))) for kind in (kinds[place % 4],) * 2]
        for place in range(200)
    ]
    pairs = [[(x, y) for x in left for y in right] for left, right in sides]
    a, b = np.array([pair for its in pairs for pair in its], np.int64).T
    starts = np.cumsum([0, *map(len, pairs)])[:-1]
    generic = sorted({key for one in people[:3] for key in evidence_keys(one)})
    weigher = Weigher(MATCHER, Hashed(of_records(people)), np.array(generic, np.int64))
    most = weigher.most_together(a, b, starts).tolist()
    exact = [
        MATCHER.weight_together([people[x] for x in left], [people[y] for y in right], set(generic))
        for left, right in sides
    ]
    assert all(told >= weight for told, weight in zip(most, exact, strict=True))
    near = sum(told == weight for told, weight in zip(most, exact, strict=True))
    assert near > len(sides) / 3, "and mostly that much, or it would say nothing"
