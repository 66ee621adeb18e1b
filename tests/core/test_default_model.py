"""What the shipped model reaches on a generated population, keys to clusters, at its own threshold."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations

import pytest

from benchmarks.datasets import Labelled
from benchmarks.population import population
from hub.core.block import blocking_keys, candidate_pairs, in_order, key_columns
from hub.core.columns import Hashed, of_records
from hub.core.match import Matcher, Model
from hub.core.model import SourceRecord, record_key
from hub.core.normalize import Normalizer

ROWS = 3_000
Pair = tuple[int, int]


@pytest.fixture(scope="module")
def rows() -> list[Labelled]:
    return population(ROWS)


@pytest.fixture(scope="module")
def weighed(rows: list[Labelled]) -> tuple[list[SourceRecord], list[tuple[int, Pair]]]:
    normalizer, matcher = Normalizer(), Matcher(Model.default())
    records = [normalizer.source_record(row.fields, key=record_key(row.id)) for row in rows]
    a, b, _ = candidate_pairs(*in_order(*key_columns(Hashed(of_records(records)))))
    pairs = list(zip(a.tolist(), b.tolist(), strict=True))
    return records, [(matcher.weight(records[a], records[b]), (a, b)) for a, b in pairs]


def same_person(rows: list[Labelled]) -> set[Pair]:
    places: dict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        places[row.person].append(place)
    return {pair for its in places.values() for pair in combinations(its, 2)}


def clustered(records: list[SourceRecord], weighed: list[tuple[int, Pair]]) -> set[Pair]:
    """Pairs in one cluster: greedy by weight, refusing contradictions between the sides."""
    matcher = Matcher(Model.default())
    home = {place: [place] for place in range(len(records))}
    for weight, (a, b) in sorted(weighed, reverse=True):
        left, right = home[a], home[b]
        if weight < matcher.model.link or left is right:
            continue
        if any(matcher.contradicts(records[x], records[y]) for x in left for y in right):
            continue
        left.extend(right)
        home.update(dict.fromkeys(right, left))
    return {pair for members in home.values() for pair in combinations(sorted(members), 2)}


def test_merges_are_nearly_always_right_and_most_that_can_be_told_are_made(
    rows: list[Labelled], weighed: tuple[list[SourceRecord], list[tuple[int, Pair]]]
) -> None:
    truth, found = same_person(rows), clustered(*weighed)
    assert len(truth & found) / len(found) >= 0.995
    assert len(truth & found) / len(truth) >= 0.58


def test_pairs_that_share_no_key_would_hardly_ever_link(
    rows: list[Labelled], weighed: tuple[list[SourceRecord], list[tuple[int, Pair]]]
) -> None:
    records, pairs = weighed
    matcher, candidates = Matcher(Model.default()), {pair for _, pair in pairs}
    missed = [(records[a], records[b]) for a, b in same_person(rows) - candidates]
    lost = [pair for pair in missed if matcher.weight(*pair) >= matcher.model.link]
    assert len(missed) > 100
    assert not lost


def test_most_true_pairs_below_the_threshold_are_kept_for_review(
    rows: list[Labelled], weighed: tuple[list[SourceRecord], list[tuple[int, Pair]]]
) -> None:
    truth, model = same_person(rows), Model.default()
    possible = [pair in truth for weight, pair in weighed[1] if model.review <= weight < model.link]
    assert sum(possible) / len(possible) > 0.5


def one_customer(a: dict[str, object], b: dict[str, object]) -> bool:
    normalizer, matcher = Normalizer("CN"), Matcher(Model.default())
    x, y = (normalizer.source_record(fields, key=key) for key, fields in enumerate((a, b), start=1))
    shared = set(blocking_keys(x)) & set(blocking_keys(y))
    return bool(shared) and matcher.weight(x, y) >= matcher.model.link and not matcher.contradicts(x, y)


SPELLINGS = (
    {"full_name": "张伟"},
    {"full_name": "張偉"},
    {"full_name": "Zhang Wei"},
    {"full_name": "Wei ZHANG"},
    {"given_name": "Wei", "family_name": "Zhang"},
    {"given_name": "伟", "family_name": "张"},
)
IDENTIFIERS = (
    ({"phones": ["13912345678"]}, {"phones": ["+86 139 1234 5678"]}),
    ({"emails": ["88886666@qq.com"]}, {"emails": ["88886666@QQ.com"]}),
    ({"national_id": "11010119800307123X"}, {"national_id": "11010119800307123x"}),
    (
        {"street": "广东省深圳市南山区科技中路12号", "postal_code": "518000"},
        {"street": "科技中路12号", "city": "深圳", "postal_code": "518000"},
    ),
)


@pytest.mark.parametrize("also", IDENTIFIERS)
@pytest.mark.parametrize(("one", "other"), [*combinations(SPELLINGS, 2)])
def test_a_chinese_name_in_any_spelling_is_one_person_with_one_identifier_more(
    one: dict[str, object], other: dict[str, object], also: tuple[dict[str, object], dict[str, object]]
) -> None:
    mine, yours = also
    assert one_customer(one | mine, other | yours)
    assert not one_customer(one, other)


@pytest.mark.parametrize("city", ["北京", "深圳市", "Shanghai"])
def test_two_of_one_common_chinese_name_in_one_city_are_not_one_without_more(city: str) -> None:
    for one in SPELLINGS:
        for other in SPELLINGS:
            assert not one_customer({**one, "city": city}, {**other, "city": city})
