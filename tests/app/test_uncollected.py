"""Cycles are left alone while plain values are made by the thousand, and looked for again afterwards."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from hub.app.uncollected import SELDOM, seldom_collected, uncollected


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    threshold = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield
    gc.enable()
    gc.set_threshold(*threshold)


def test_nothing_is_collected_inside_and_again_afterwards_even_when_the_block_raises():
    inside: list[bool] = []

    def fail() -> None:
        with uncollected():
            inside.append(gc.isenabled())
            raise ValueError("stopped")

    with pytest.raises(ValueError, match="stopped"):
        fail()
    assert (inside, gc.isenabled()) == ([False], True)


def test_where_nothing_was_collected_before_nothing_is_afterwards():
    gc.disable()
    with uncollected():
        assert not gc.isenabled()
    assert not gc.isenabled()


def test_cycles_are_looked_for_seldom_inside_and_as_often_as_before_afterwards_even_when_the_block_raises():
    inside: list[tuple[int, ...]] = []

    def fail() -> None:
        with seldom_collected():
            inside.append(gc.get_threshold())
            raise ValueError("stopped")

    with pytest.raises(ValueError, match="stopped"):
        fail()
    assert (inside, gc.get_threshold()) == ([(SELDOM, 10, 10)], (700, 10, 10))


def test_of_two_streams_read_at_a_time_the_one_that_began_first_sets_it_back():
    first, second = seldom_collected(), seldom_collected()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert gc.get_threshold() == (700, 10, 10)
    second.__exit__(None, None, None)
    assert gc.get_threshold() == (700, 10, 10)


@pytest.mark.parametrize("chosen", [(0, 10, 10), (SELDOM * 2, 10, 10)])
def test_who_has_cycles_looked_for_more_seldom_or_never_keeps_that(chosen: tuple[int, int, int]):
    gc.set_threshold(*chosen)
    with seldom_collected():
        assert gc.get_threshold() == chosen
    assert gc.get_threshold() == chosen
