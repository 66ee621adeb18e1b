"""Cycles are left alone while plain values are made by the thousand; what was freed does not stay with the process."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

from hub.app.memory import SELDOM, give_back, seldom_collected, uncollected


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    threshold = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield
    gc.enable()
    gc.set_threshold(*threshold)


@pytest.mark.parametrize(
    ("block", "look", "within", "without"),
    [
        (uncollected, gc.isenabled, False, True),
        (seldom_collected, gc.get_threshold, (SELDOM, 10, 10), (700, 10, 10)),
    ],
)
def test_cycles_are_looked_for_never_or_seldom_inside_and_as_before_afterwards_even_when_the_block_raises(
    block: Callable[[], AbstractContextManager[None]], look: Callable[[], Any], within: Any, without: Any
):
    seen: list[Any] = []

    def fail() -> None:
        with block():
            seen.append(look())
            raise ValueError("stopped")

    with pytest.raises(ValueError, match="stopped"):
        fail()
    assert (seen, look()) == ([within], without)


def test_where_nothing_was_collected_before_nothing_is_afterwards():
    gc.disable()
    with uncollected():
        assert not gc.isenabled()
    assert not gc.isenabled()


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


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="only glibc keeps what is freed")
def test_what_was_freed_is_the_systems_again():
    pieces = [bytearray(100_000) for _ in range(2_000)]  # too small to be the system's own each
    del pieces[:-1]
    kept = _resident()
    give_back()
    assert _resident() < kept - 100_000_000


def test_where_the_library_cannot_be_asked_nothing_is(monkeypatch: pytest.MonkeyPatch):
    asked: list[None] = []
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(ctypes, "CDLL", asked.append)
    give_back()
    assert asked == []


def _resident() -> int:
    """Bytes of memory the process has."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096
