"""What a long resolution is behind: noted by name, or as a whole while a first one reads."""

from __future__ import annotations

import pytest

from hub.store.behind import (
    all_unmatched,
    among_unmatched,
    is_none_matched,
    matched,
    note_none_matched,
    some_unmatched,
    spell_out_unmatched,
    unmatched_count,
)
from hub.store.identity import all_records, write_clusters
from hub.store.session import Store
from tests.factory import land, resolver, stop

PEOPLE = [
    {"id": str(n), "full_name": name} for n, name in enumerate(("Zhang Wei", "Bob Miller", "Ann Smith"))
]


@pytest.fixture
def read(store: Store) -> Store:
    """A store whose first resolution stopped when it had read."""
    land(store, PEOPLE)
    stop(resolver(store, 2), lambda stage, done: (stage, done) == ("records", len(PEOPLE)))
    return store


def test_while_a_first_resolution_reads_every_record_is_behind_and_none_is_named(read: Store) -> None:
    with read.read() as tx:
        every = all_records(tx)
        assert unmatched_count(tx) == len(every) == len(PEOPLE)
        assert among_unmatched(tx, every) == every
        assert some_unmatched(tx, 10) == {}
        assert all_unmatched(tx) == set()


def test_a_record_that_came_into_a_cluster_meanwhile_is_behind_all_the_same(read: Store) -> None:
    with read.write() as tx:
        one, *_ = all_records(tx)
        write_clusters(tx, {one: one}, [])
        assert all_unmatched(tx) == {one}


@pytest.mark.parametrize("gone", [False, True], ids=["it is there", "it is gone"])
def test_spelled_out_each_record_is_named_once_also_one_in_a_cluster(read: Store, gone: bool) -> None:
    with read.write() as tx:
        every = all_records(tx)
        one = max(every) + 1 if gone else max(every)
        write_clusters(tx, {one: one}, [])
        for _ in range(2):
            spell_out_unmatched(tx)
            assert some_unmatched(tx, 10) == dict.fromkeys(every | {one}, "")
            assert not is_none_matched(tx)
            assert unmatched_count(tx) == len(every | {one})


def test_what_is_matched_is_forgotten_however_it_was_noted(read: Store) -> None:
    with read.write() as tx:
        note_none_matched(tx)
        matched(tx)
        assert unmatched_count(tx) == 0
        assert not is_none_matched(tx)
