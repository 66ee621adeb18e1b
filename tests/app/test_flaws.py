"""The random histories are proven able to fail: each known flaw, planted, is found by a few of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hub.store.schema import prepare
from hub.store.session import Store
from tests.app.flaws import FLAWS, GRADED, PIECES, Flaw, Stage, different_grades, vetoing
from tests.app.histories import QUICK, History, histories, play, search, small_world

EXAMPLES = 1500


@pytest.fixture(scope="module")
def memory() -> Iterator[Store]:
    store = Store("sqlite://")
    prepare(store)
    yield store
    store.close()


@pytest.mark.parametrize("flaw", FLAWS, ids=lambda flaw: flaw.__name__)
def test_each_known_flaw_is_caught_by_random_histories(
    memory: Store, monkeypatch: pytest.MonkeyPatch, flaw: Flaw
) -> None:
    small_world(monkeypatch, flaw.cap)
    stage = Stage(monkeypatch)
    flaw.plant(stage)
    stage.watch()
    matcher = flaw.matcher(stage)

    def one(history: History) -> None:
        play(memory, history, matcher=matcher, veto=flaw.veto, one_batch=flaw.one_batch)

    with pytest.raises(flaw.shown_by):
        search(flaw.histories, one, EXAMPLES, fixed=True)


def test_the_special_domain_is_sound_where_nothing_is_planted(
    memory: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_world(monkeypatch)
    stage = Stage(monkeypatch)
    vetoing(stage)
    stage.watch()
    search(
        GRADED,
        lambda history: play(memory, history, matcher=QUICK, veto=different_grades),
        150,
    )


def test_one_batch_and_the_oracle_are_the_same_measure(
    memory: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_world(monkeypatch)

    def both(history: History) -> None:
        play(memory, history, matcher=QUICK, one_batch="pieces")
        play(memory, history, matcher=QUICK, one_batch="anew")

    search(histories(PIECES), both, 60)
