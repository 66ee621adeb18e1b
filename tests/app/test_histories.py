"""Any order, same result: thousands of random histories against a brute-force oracle over the final records."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator

import pytest

from hub.store.schema import prepare
from hub.store.session import Store
from tests.app.histories import CAP, QUICK, History, histories, play, search, small_world

MORE = float(os.environ.get("HUB_HISTORIES", "1"))
"""How many times as many histories as usual."""

PIECES, ANEW, MIXED = (False,), (True,), (False, True, False)
OFTEN = {
    "key went generic": 1.5,
    "key went live": 0.6,
    "judgement in force": 1.0,
    "echo appeared": 0.5,
    "echo spoke again": 0.2,
    "echo judged": 0.1,
    "echo changed its voice": 0.02,
    "judged record spoken for again": 0.02,
    "voice deleted": 0.004,
    "record deleted": 0.5,
    "record back again": 0.1,
    "tie of weights": 0.6,
    "edge under the link": 0.8,
    "joined by what is known together": 0.06,
    "link held back": 0.6,
}
"""What a history has in it at least, on average: less would prove little. About a third of what they have, as chance has it."""


@pytest.fixture(scope="module")
def memory() -> Iterator[Store]:
    store = Store("sqlite://")
    prepare(store)
    yield store
    store.close()


def play_many(store: Store, examples: int, *anew: tuple[bool, ...]) -> Counter[str]:
    """Play so many random histories; what happened in them."""
    tally: Counter[str] = Counter()

    def one(history: History) -> None:
        play(store, history, matcher=QUICK, tally=tally)
        tally["histories"] += 1

    search(histories(*anew), one, int(examples * MORE))
    assert tally["histories"] >= int(examples * MORE)
    return tally


def test_any_history_ends_where_one_batch_over_the_final_records_does(
    memory: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_world(monkeypatch)
    # of one search alone, what is rare has a third of its mean at times, and three times it at others
    tally = sum((play_many(memory, 450, PIECES) for _ in range(3)), Counter[str]())
    rare = {what: tally[what] for what, often in OFTEN.items() if tally[what] < often * tally["histories"]}
    assert not rare, f"histories too tame to prove much, of {tally['histories']}: {rare}"


def test_any_history_does_where_a_cluster_may_not_grow_large(
    memory: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_world(monkeypatch, CAP)
    play_many(memory, 400, PIECES)


def test_it_does_not_matter_which_batches_are_made_anew_in_columns(
    memory: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_world(monkeypatch)
    play_many(memory, 130, MIXED, (*PIECES, *MIXED), ANEW)


def test_nor_where_a_cluster_may_not_grow_large(memory: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    small_world(monkeypatch, CAP)
    play_many(memory, 60, MIXED)


def test_any_history_does_on_both_databases(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    small_world(monkeypatch)
    play_many(store, 40, PIECES, MIXED)
