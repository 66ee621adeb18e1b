"""What a change of source records does to clusters, case by case; test_histories.py has all the others."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from sqlalchemy import select

import hub.app.rebuild as rebuild
import hub.app.recompute as engine
from hub.core.cluster import IDENTICAL
from hub.core.match import evidence_keys
from hub.core.model import SourceRecord, public_id
from hub.store.identity import SourceRow
from hub.store.judgements import judge, retract
from hub.store.session import Store
from hub.store.tables import edges
from tests.factory import MATCHER, crowd, labels, partition

K = 2
"""So small that values go generic, and live again, all the time."""


@pytest.fixture(autouse=True)
def low_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    crowd(monkeypatch, K)


def as_row(record: SourceRecord) -> SourceRow:
    return SourceRow(record.key, None, 0, True, record.dump())


def put(store: Store, wanted: Mapping[int, SourceRow | None]) -> engine.Change:
    with store.write() as tx:
        moved, written = engine.put_wanted(tx, wanted)
        return engine.recompute(tx, MATCHER, moved, rows=written)


def test_a_value_that_turns_generic_lets_go_of_what_it_had_joined(store: Store) -> None:
    def rows(count: int) -> dict[int, SourceRow | None]:
        return {
            key: as_row(SourceRecord(key, phones=("+8613912345678",), country=f"c{key}"))
            for key in range(1, count + 1)
        }

    put(store, rows(2))
    assert partition(store) == {frozenset({1, 2})}
    put(store, rows(3))
    assert partition(store) == {frozenset({1}), frozenset({2}), frozenset({3})}
    put(store, {3: None})
    assert partition(store) == {frozenset({1, 2})}


@pytest.mark.parametrize("anew", [False, True])
def test_a_telephone_of_five_hundred_people_joins_nobody(
    store: Store, monkeypatch: pytest.MonkeyPatch, anew: bool
) -> None:
    monkeypatch.undo()  # the limits as they ship

    def arrive(first: int, last: int) -> None:
        rows = {
            key: as_row(SourceRecord(key, phones=("+8613912345678",), country=f"{key}"))
            for key in range(first, last + 1)
        }
        with store.write() as tx:
            moved, written = engine.put_wanted(tx, rows)
            if anew:
                rebuild.put(tx, rebuild.build(tx, MATCHER), moved)
            else:
                engine.recompute(tx, MATCHER, moved, rows=written)

    arrive(1, 150)
    assert len(partition(store)) == 1, "150 records that say nothing else that is compared are one customer's"
    arrive(151, 500)
    assert len(partition(store)) == 500


def test_a_key_that_turns_generic_lets_go_only_of_those_who_share_no_other(store: Store) -> None:
    zhang = SourceRecord(0, given="wei", family="zhang", postal_code="100020", birth_date="19800101")
    put(store, {key: as_row(zhang._replace(key=key, middle=f"{key}")) for key in (1, 2)})
    put(store, {3: as_row(zhang._replace(key=3, birth_date=""))})
    assert any({1, 2} <= one for one in partition(store)), "their birth date still brings them together"
    put(store, {4: as_row(SourceRecord(4, given="weimin", family="zhanglin", birth_date="19800101"))})
    assert not any({1, 2} <= one for one in partition(store)), "now nothing does"
    put(store, {3: None})
    assert any({1, 2} <= one for one in partition(store)), "their names do again"


@pytest.mark.parametrize("anew", [False, True])
def test_what_a_judgement_excuses_it_excuses_in_all_who_look_alike(store: Store, anew: bool) -> None:
    bob = SourceRecord(0, given="bob", family="miller")
    records = (
        SourceRecord(4, given="wei"),
        bob._replace(key=5, postal_code="02101"),
        SourceRecord(6, given="robert", family="miller", postal_code="02101"),
        bob._replace(key=8),
    )
    put(store, {record.key: as_row(record) for record in records})
    assert partition(store) == {frozenset({4}), frozenset({5, 6}), frozenset({8})}
    with store.write() as tx:
        judge(tx, "same", {4: 0, 6: 1, 8: 1}, author="", reason="", at=1)
        if anew:
            rebuild.put(tx, rebuild.build(tx, MATCHER), {})
        else:
            engine.recompute(tx, MATCHER, {}, judged_records=(4, 6, 8))
    assert partition(store) == {frozenset({4, 5, 6}), frozenset({8})}, "5 is called as 8, whom 4 may be with"


def test_an_unchanged_record_touches_nothing(store: Store) -> None:
    row = {1: as_row(SourceRecord(1, emails=("a@b.org",)))}
    put(store, row)
    assert put(store, row) == engine.Change()
    assert labels(store) == {1: 1}


def test_public_ids_are_permanent_names_of_keys() -> None:
    from hub.core.model import key_of_public_id

    assert key_of_public_id(public_id(2**63 - 1)) == 2**63 - 1
    assert key_of_public_id(public_id(0).upper()) == 0
    assert key_of_public_id("no id at all") is None


@pytest.mark.parametrize("anew", [False, True])
def test_a_customer_sent_five_hundred_times_is_one_and_keeps_its_values(
    store: Store, monkeypatch: pytest.MonkeyPatch, anew: bool
) -> None:
    monkeypatch.undo()  # the limits as they ship
    zhang = SourceRecord(0, given="wei", family="zhang", phones=("+8613912345678",), emails=("zw@qq.com",))

    def write(rows: Mapping[int, SourceRow | None]) -> None:
        with store.write() as tx:
            moved, written = engine.put_wanted(tx, rows)
            if anew:
                rebuild.put(tx, rebuild.build(tx, MATCHER), moved)
            else:
                engine.recompute(tx, MATCHER, moved, rows=written)

    write({key: as_row(zhang._replace(key=key, ref=f"crm/people/{key}")) for key in range(2, 602)})
    assert [len(one) for one in partition(store)] == [600]
    write({1: as_row(SourceRecord(1, given="wei", family="zhang", phones=zhang.phones, city="beijing"))})
    assert [len(one) for one in partition(store)] == [601], "the number still tells who calls"
    write({2: None, 3: as_row(zhang._replace(key=3, given="fang"))})
    assert sorted(len(one) for one in partition(store)) == [1, 599], "another speaks for them now"


def test_identical_records_can_be_kept_apart(store: Store) -> None:
    wei = SourceRecord(0, given="wei", family="zhang", emails=("zw@qq.com",))
    put(store, {key: as_row(wei._replace(key=key)) for key in (1, 2, 3, 4)})
    assert partition(store) == {frozenset({1, 2, 3, 4})}
    with store.write() as tx:
        number = judge(tx, "apart", {1: 0, 2: 1}, author="", reason="", at=1)
        engine.recompute(tx, MATCHER, {}, judged_records=[1, 2])
    assert not any({1, 2} <= one for one in partition(store))
    with store.write() as tx:
        retract(tx, [number], 2)
        engine.recompute(tx, MATCHER, {}, judged_records=[1, 2])
    assert partition(store) == {frozenset({1, 2, 3, 4})}


def test_a_voice_that_a_judgement_names_hands_its_echoes_to_the_next(store: Store) -> None:
    wei = SourceRecord(0, given="wei", family="zhang", emails=("zw@qq.com",))
    put(store, {key: as_row(wei._replace(key=key)) for key in (1, 2, 3)})
    put(store, {4: as_row(SourceRecord(4, given="bob", family="miller"))})
    with store.write() as tx:
        judge(tx, "apart", {1: 0, 4: 1}, author="", reason="", at=1)
        engine.recompute(tx, MATCHER, {}, judged_records=[1, 4])
        found = {(row.a, row.b) for row in tx.rows(select(edges)) if row.weight == IDENTICAL}
    assert found == {(2, 3), (3, 2)}


def test_an_echo_is_weighed_again_when_what_it_says_becomes_generic(store: Store) -> None:
    wei = SourceRecord(0, given="wei", family="zhang", phones=("+8613912345678",))
    sent = SourceRecord(9, given="wei", phones=("+15551234567",), ref="crm/people/1")
    put(
        store, {1: as_row(wei._replace(key=1)), 2: as_row(wei._replace(key=2, ref=sent.ref)), 9: as_row(sent)}
    )
    put(store, {key: as_row(wei._replace(key=key, given=f"name {key}")) for key in range(10, 10 + K)})
    known = wei._replace(key=2, ref=sent.ref)
    generic = {evidence_keys(wei)[0]}
    assert MATCHER.weight(known, sent, generic) != MATCHER.weight(known, sent)
    with store.read() as tx:
        (weight,) = (row.weight for row in tx.rows(select(edges)) if (row.a, row.b) == (2, 9))
    assert weight == MATCHER.weight(known, sent, generic)


@pytest.mark.parametrize("anew", [False, True])
def test_identical_records_of_one_id_are_bound_by_one_edge(
    store: Store, monkeypatch: pytest.MonkeyPatch, anew: bool
) -> None:
    monkeypatch.undo()  # the limits as they ship
    wei = SourceRecord(0, given="wei", family="zhang", emails=("zw@qq.com",), ref="crm/people/1")
    with store.write() as tx:
        moved, written = engine.put_wanted(tx, {key: as_row(wei._replace(key=key)) for key in (1, 2)})
        if anew:
            rebuild.put(tx, rebuild.build(tx, MATCHER), moved)
        else:
            engine.recompute(tx, MATCHER, moved, rows=written)
    with store.read() as tx:
        assert [tuple(row) for row in tx.rows(select(edges).order_by(edges.c.a))] == [
            (1, 2, IDENTICAL),
            (2, 1, IDENTICAL),
        ]
