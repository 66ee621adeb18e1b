"""What the shipped model reaches on a generated population, keys to clusters, at its own threshold."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations

import pytest

from benchmarks.datasets import Labelled
from benchmarks.population import population
from hub.core.block import candidate_pairs, key_columns
from hub.core.columns import of_records
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
    a, b, _ = candidate_pairs(*key_columns(of_records(records)))
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
