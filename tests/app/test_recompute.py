"""Any order, same result: random histories against a brute-force oracle over the final records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

import hub.app.rebuild as rebuild
import hub.app.recompute as engine
from hub.core.block import blocking_keys, kind_of
from hub.core.cluster import IDENTICAL, cluster, judged
from hub.core.match import evidence_keys
from hub.core.model import Judgement, SourceRecord, public_id
from hub.store.identity import SourceRow, clear_derived, judge, judgements_of, retract
from hub.store.schema import prepare
from hub.store.session import Store
from hub.store.tables import edges, judgement_sides, judgements
from tests.factory import MATCHER, crowd, labels, partition, quick

K = 2
"""So small that values go generic, and live again, all the time."""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('recompute') / 'hub.db'}")
    quick(store)
    prepare(store)
    yield store
    store.close()


@pytest.fixture(autouse=True)
def low_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    crowd(monkeypatch, K)


people = st.builds(
    SourceRecord,
    key=st.just(0),
    given=st.sampled_from(["", "wei", "bob", "robert", "ann"]),
    family=st.sampled_from(["", "zhang", "miller"]),
    emails=st.sampled_from(
        [(), ("zw@acme.com",), ("bm@x.org",), ("info@acme.com",), ("bm@x.org", "zw@acme.com")]
    ),
    phones=st.sampled_from([(), ("+8613912345678",), ("+15551234567",)]),
    birth_date=st.sampled_from(["", "19800304", "19810304"]),
    national_id=st.sampled_from(["", "110101198003041234"]),
    middle=st.just(""),
    han=st.sampled_from(["", "", "张伟"]),
    organization=st.sampled_from(["", "", "acme"]),
    handles=st.sampled_from([(), (), ("x:bob",)]),
    tax_id=st.just(""),
    house=st.sampled_from(["", "12"]),
    street=st.sampled_from(["", "", "oak street"]),
    city=st.sampled_from(["", "", "boston"]),
    region=st.just(""),
    postal_code=st.sampled_from(["", "", "02101"]),
    country=st.just(""),
    ref=st.sampled_from(["", "", "crm/customers/1"]),
    custom=st.just(()),
)
records = st.integers(1, 9)
operations = st.one_of(
    st.tuples(st.just("put"), records, people),
    st.tuples(st.just("put"), records, people),
    st.tuples(st.just("put"), records, people),
    st.tuples(st.just("delete"), records),
    st.tuples(st.just("same"), records, records),
    st.tuples(st.just("same"), records, records),
    st.tuples(
        st.just("apart"), st.sets(records, min_size=1, max_size=3), st.sets(records, min_size=1, max_size=3)
    ),
    st.tuples(st.just("retract"), st.integers(0, 5)),
)
histories = st.lists(st.lists(operations, min_size=1, max_size=6), min_size=1, max_size=12)


def as_row(record: SourceRecord) -> SourceRow:
    return SourceRow(record.key, None, 0, True, record.dump())


def apply(
    store: Store, batch: list[Any], at: int, made: list[int], *, anew: bool
) -> dict[int, SourceRecord | None]:
    """One batch of operations in one transaction; what became of the records it names.

    With ``anew`` everything is made anew in columns, else only what the batch touches.
    """
    put: dict[int, SourceRecord | None] = {}
    touched: set[int] = set()
    with store.write() as tx:
        for operation in batch:
            match operation:
                case ("put", key, content):
                    put[key] = content._replace(key=key)
                case ("delete", key):
                    put[key] = None
                case ("same", a, b) if a != b:
                    made.append(judge(tx, "same", {a: 0, b: 1}, author="", reason="", at=at))
                    touched |= {a, b}
                case ("apart", left, right) if not left & right:
                    sides = dict.fromkeys(left, 0) | dict.fromkeys(right, 1)
                    made.append(judge(tx, "apart", sides, author="", reason="", at=at))
                    touched |= left | right
                case ("retract", place) if place < len(made):
                    number = made[place]
                    sides = tx.rows(
                        select(judgement_sides.c.record).where(judgement_sides.c.judgement_id == number)
                    )
                    touched |= {row.record for row in sides}
                    retract(tx, [number], at)
        wanted = {key: None if one is None else as_row(one) for key, one in put.items()}
        moved, written = engine.put_wanted(tx, wanted)
        if anew:
            rebuild.put(tx, rebuild.build(tx, MATCHER), moved)
        else:
            engine.recompute(tx, MATCHER, moved, rows=written, judged_records=touched)
    return put


def oracle(final: dict[int, SourceRecord], said: list[Judgement]) -> tuple[dict[Any, int], dict[int, int]]:
    """All pairs, one clustering of the whole graph: what any history must end up with."""
    voice = echoes(final, {record for one in said for record, _ in one.sides})
    keys = {
        key: {k for k in blocking_keys(one) if key not in voice or kind_of(k).name == "reference"}
        for key, one in final.items()
    }
    every = {key: set(evidence_keys(one)) for key, one in final.items()}
    held: dict[int, int] = {}
    for mine in keys.values():
        for key in mine:
            held[key] = held.get(key, 0) + 1
    generic = {key for key, count in held.items() if count > K}
    found: dict[Any, int] = {}
    for a, b in combinations(sorted(final), 2):
        if voice.get(b) == a:
            found[a, b] = IDENTICAL
            continue
        shared = keys[a] & keys[b]
        if not shared - generic:
            continue
        weight = MATCHER.weight(final[a], final[b], (every[a] | every[b]) & generic)
        if weight >= MATCHER.model.review:
            found[a, b] = weight
    homes = cluster(
        sorted(final),
        [(a, b, weight) for (a, b), weight in found.items()],
        judged(said, final.keys()),
        link=MATCHER.model.link,
        trait=lambda key: MATCHER.trait(final[key]),
        contradict=lambda a, b: MATCHER.contradicts(final[a], final[b]),
        forgive=lambda clashes, left, right: MATCHER.forgives(
            [(final[a], final[b]) for a, b in clashes], [final[a] for a in left], [final[b] for b in right]
        ),
    ).labels
    return found, dict(homes)


def echoes(final: dict[int, SourceRecord], private: set[int]) -> dict[int, int]:
    """Echo to voice, found the long way: the first record that says the very same and tells enough."""
    found: dict[int, int] = {}
    for a, b in combinations(sorted(final.keys() - private), 2):
        one, other = (final[key]._replace(key=0, ref="") for key in (a, b))
        if one == other and b not in found and MATCHER.weight(one, other) >= MATCHER.model.link:
            found[b] = a
    return found


def wipe(store: Store) -> None:
    with store.write() as tx:
        clear_derived(tx)
        tx.execute(judgement_sides.delete())
        tx.execute(judgements.delete())


def play(store: Store, history: list[list[Any]], anew: Sequence[bool] = (False,)) -> None:
    wipe(store)
    final: dict[int, SourceRecord] = {}
    made: list[int] = []
    for at, batch in enumerate(history):
        for key, one in apply(store, batch, at, made, anew=anew[at % len(anew)]).items():
            final.pop(key, None)
            if one is not None:
                final[key] = one
        with store.read() as tx:
            said = judgements_of(tx, list(range(1, 10)))
            stored = {(row.a, row.b): row.weight for row in tx.rows(select(edges)) if row.a < row.b}
        wanted, homes = oracle(final, said)
        assert stored == wanted
        assert labels(store) == homes
        for one in said:
            sides = [(homes[record], side) for record, side in one.sides if record in homes]
            if one.verdict == "apart":
                assert all(home != other for (home, x), (other, y) in combinations(sides, 2) if x != y)


@settings(
    max_examples=100,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking a history takes longer than reading it
    suppress_health_check=list(HealthCheck),
)
@given(history=histories, anew=st.lists(st.booleans(), min_size=1, max_size=3))
def test_any_history_ends_where_one_batch_over_the_final_records_does(
    small: Store, history: Any, anew: list[bool]
) -> None:
    play(small, history, anew)


def _flaw_no_flips(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = engine._change_keys

    def broken(*args: Any) -> Any:
        return replace(whole(*args), flipped=set())

    monkeypatch.setattr(engine, "_change_keys", broken)


def _flaw_seeds_are_dirty_only(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = engine._change_edges

    def broken(*args: Any) -> set[int]:
        whole(*args)
        return set()

    monkeypatch.setattr(engine, "_change_edges", broken)


def _flaw_partners_of_judgements_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine._Judgements, "named_with", lambda self, records: set())


def _flaw_full_keys_give_candidates(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = engine.holders

    def broken(tx: Any, keys: Any, limit: Any) -> Any:
        return {key: set(sorted(held)[:K]) for key, held in whole(tx, keys, limit).items()}

    monkeypatch.setattr(engine, "holders", broken)


@pytest.mark.parametrize(
    "flaw",
    [
        _flaw_no_flips,
        _flaw_seeds_are_dirty_only,
        _flaw_partners_of_judgements_forgotten,
        _flaw_full_keys_give_candidates,
    ],
)
def test_each_known_flaw_is_caught_by_random_histories(
    small: Store, monkeypatch: pytest.MonkeyPatch, flaw: Any
) -> None:
    flaw(monkeypatch)

    @settings(
        max_examples=500,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(history=histories)
    def search(history: Any) -> None:
        play(small, history)

    with pytest.raises(AssertionError):
        search()


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
