"""Shapley values against their definition: every coalition, up to twelve channels, and sums over subsets at twenty."""

from __future__ import annotations

from itertools import combinations
from math import factorial

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.attribution import MODELS, credit
from hub.core.journeys import JOURNEYS

NAMES = [f"channel {number:02}" for number in range(20)]


def walked(paths: list[list[int]], values: list[int]) -> pl.DataFrame:
    rows = [
        (
            number,
            number,
            100 * number + place,
            place,
            1000,
            NAMES[code],
            "",
            "",
            "",
            value,
            "CNY",
            place + 1,
            len(path),
        )
        for number, (path, value) in enumerate(zip(paths, values, strict=True))
        for place, code in enumerate(path)
    ]
    return pl.DataFrame(rows, schema=JOURNEYS, orient="row")


def by_definition(sets: list[frozenset[int]], values: list[int], players: int) -> list[float]:
    """phi_c = sum over S without c of |S|!(n-|S|-1)!/n! (v(S+c) - v(S)), every coalition in turn."""

    def v(coalition: frozenset[int]) -> int:
        return sum(value for found, value in zip(sets, values, strict=True) if found <= coalition)

    earned = [0.0] * players
    for size in range(players):
        weight = factorial(size) * factorial(players - size - 1) / factorial(players)
        for chosen in map(frozenset, combinations(range(players), size)):
            without = v(chosen)
            for one in range(players):
                if one not in chosen:
                    earned[one] += weight * (v(chosen | {one}) - without)
    return earned


def over_subsets(sets: list[frozenset[int]], values: list[int], players: int) -> np.ndarray:
    """The same by the sum over subsets of every coalition at once (Yates)."""
    v = np.zeros(1 << players)
    np.add.at(v, [sum(1 << code for code in found) for found in sets], values)
    for one in range(players):
        halves = v.reshape(-1, 2, 1 << one)
        halves[:, 1] += halves[:, 0]
    sizes = np.zeros(1 << players, np.int64)
    for one in range(players):
        sizes.reshape(-1, 2, 1 << one)[:, 1] += 1
    weights = np.array(
        [factorial(s) * factorial(players - s - 1) / factorial(players) for s in range(players)]
    )
    earned = []
    for one in range(players):
        halves, counted = v.reshape(-1, 2, 1 << one), sizes.reshape(-1, 2, 1 << one)
        earned.append(((halves[:, 1] - halves[:, 0]) * weights[counted[:, 0]]).sum())
    return np.array(earned)


def shared(paths: list[list[int]], values: list[int], column: str) -> list[float]:
    found = credit(walked(paths, values), MODELS["shapley"]).group_by("channel").agg(pl.col(column).sum())
    earned = dict(found.iter_rows())
    return [earned.get(name, 0.0) for name in NAMES]


@settings(max_examples=25, deadline=None)
@given(
    players=st.integers(1, 7),
    paths=st.lists(st.lists(st.integers(0, 6), min_size=1, max_size=8), min_size=1, max_size=8),
)
def test_shares_are_those_of_every_coalition(players: int, paths: list[list[int]]) -> None:
    paths = [[code % players for code in path] for path in paths]
    expected = by_definition([frozenset(path) for path in paths], [1] * len(paths), players)
    assert shared(paths, [1] * len(paths), "share")[:players] == pytest.approx(expected, abs=1e-9)


def test_twelve_channels_by_every_coalition_and_twenty_by_sums_over_subsets() -> None:
    random = np.random.default_rng(11)
    for players, count in ((12, 25), (20, 3000)):
        paths = [random.integers(0, players, random.integers(1, 15)).tolist() for _ in range(count)]
        values = random.integers(1, 10**9, count).tolist()
        sets = [frozenset(path) for path in paths]
        means = [by_definition, over_subsets] if players == 12 else [over_subsets]
        for way in means:
            assert shared(paths, [1] * count, "share")[:players] == pytest.approx(
                way(sets, [1] * count, players), abs=1e-9
            )
            expected = way(sets, values, players)
            assert shared(paths, values, "credit")[:players] == pytest.approx(expected, abs=count, rel=1e-12)


def test_a_channel_gets_its_part_once_however_often_it_was_met() -> None:
    credited = credit(walked([[0, 0, 1, 0]], [90]), MODELS["shapley"])
    assert credited["share"].to_list() == pytest.approx([1 / 6, 1 / 6, 1 / 2, 1 / 6])
