"""What raw records say: history rows in table order, and only the source records nobody knows yet."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import Any

import pytest
from sqlalchemy import select, update

from hub.app.derive import Deriver, Named, derive
from hub.app.sync import Told
from hub.core.normalize import Normalizer
from hub.errors import PluginError
from hub.store.history import HISTORY, done, pending_count, take_pending
from hub.store.identity import SourceRow, first_seen_of, put_source_records
from hub.store.session import Store
from hub.store.streams import mark_all_pending
from hub.store.tables import pending, raw_records, record_ids
from tests.factory import Listed, a_stream, land, resolver, sync

WHEN = "2026-03-02T08:00:00.000001+08:00"
MICROS = 1_772_409_600_000_001


def resolve(store: Store) -> dict[int, SourceRow | None]:
    """Derive all that is pending, and keep it."""
    with store.write() as tx:
        found = derive(tx, Deriver(Normalizer("CN")), take_pending(tx, 1000))
        put_source_records(tx, found.wanted)
        done(tx, found.taken)
    return found.wanted


@pytest.mark.parametrize("between", [True, False], ids=["one after the other", "together"])
@pytest.mark.parametrize("at_hand", [1, 1000], ids=["in two parts", "in one"])
def test_two_records_that_come_to_one_key_are_refused_and_not_taken_for_one(
    store: Store, monkeypatch: pytest.MonkeyPatch, between: bool, at_hand: int
) -> None:
    monkeypatch.setattr("hub.store.history.AT_HAND", at_hand)
    monkeypatch.setattr("hub.app.arrange.keys_under", lambda *names: lambda source_id: 42)
    land(store, [{"id": "a", "full_name": "Zhang Wei"}])
    if between:
        resolver(store).resolve()
    land(store, [{"id": "b", "full_name": "Bob Miller"}], name="erp")
    with pytest.raises(PluginError, match="intrinsic key 42"):
        resolver(store).resolve()


@pytest.mark.parametrize("most", [0, 1, 3, 6, 7, 8])
def test_the_oldest_are_taken_however_many_statements_it_takes(
    store: Store, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    land(store, [{"id": f"{number}", "full_name": "Zhang Wei"} for number in range(7)])
    monkeypatch.setattr("hub.store.history.TOGETHER", 3)
    monkeypatch.setattr("hub.store.history.AT_HAND", 2)
    with store.read() as tx:
        parts = [[row.source_id for row in part] for part in take_pending(tx, most)]
    assert [*chain.from_iterable(parts)] == [*"0123456"][:most]
    assert all(0 < len(part) <= 2 for part in parts)


@pytest.mark.parametrize("at_hand", [1, 1000], ids=["in two parts", "in one"])
def test_a_customer_known_from_events_was_first_seen_when_the_first_of_them_landed(
    store: Store, monkeypatch: pytest.MonkeyPatch, at_hand: int
) -> None:
    monkeypatch.setattr("hub.store.history.AT_HAND", at_hand)
    for name in ("web", "app"):
        visit = {"id": "v", "occurred_at": WHEN, "kind": "visit", "customer_ref": "9"}
        stream = a_stream("interaction", [visit])
        sync(store, Listed(name, [stream]), stream, told=Told(name, ("crm", "customers")))
    (record,) = resolve(store)
    with store.read() as tx:
        one, other = [at for (at,) in tx.rows(select(raw_records.c.landed_at).order_by(raw_records.c.id))]
        assert one < other
        assert first_seen_of(tx, [record]) == {record: one}


def only_row(store: Store, kind: str) -> dict[str, Any]:
    with store.read() as tx:
        (row,) = tx.rows(select(HISTORY[kind]))
    found = dict(row._mapping)
    found.pop("raw_id")
    found.pop("record", None)
    return found


@pytest.mark.parametrize(
    ("kind", "amount", "when"),
    [("interaction", "value", "occurred_at"), ("order", "amount", "ordered_at"), ("spend", "amount", "date")],
)
def test_every_field_lands_in_the_column_of_its_name(store: Store, kind: str, amount: str, when: str) -> None:
    said = {
        name: f"its {name}"
        for name in HISTORY[kind].columns.keys()
        if name not in ("raw_id", "record", "at", "date", "direction", "click_ids", amount)
    }
    more = (
        {"direction": "outbound", "click_ids": {"wbraid": "2", "gclid": "1"}} if kind == "interaction" else {}
    )
    moment = "2026-03-02" if kind == "spend" else WHEN
    land(store, [{"id": "1", "customer_ref": "7", when: moment, amount: "-1.000001", **said, **more}], kind)
    resolve(store)
    expected = {
        **said,
        **more,
        amount: -1_000_001,
        **({"date": moment} if kind == "spend" else {"at": MICROS}),
    }
    if more:
        expected["click_ids"] = "gclid,wbraid"
    assert only_row(store, kind) == expected


def test_an_event_wants_nobody_who_is_known_already(store: Store) -> None:
    order = {"ordered_at": WHEN, "amount": "1"}
    land(store, [{"id": "7", "full_name": "Ann Miller"}])
    land(
        store, [{"id": "a", "customer_ref": "7", **order}, {"id": "b", "customer_ref": "8", **order}], "order"
    )
    assert len(resolve(store)) == 2
    land(
        store,
        [
            {"id": "a", "customer_ref": "7", **order, "status": "paid"},
            {"id": "b", "customer_ref": "8", **order},
            {"id": "c", "customer_ref": "8", **order},
            {"id": "d", "customer_ref": "7", "emails": ["ann@x.org"], **order},
        ],
        "order",
    )
    (fresh,) = resolve(store).values()
    assert fresh is not None
    assert "ann@x.org" in fresh.content


@pytest.mark.parametrize("reading", [1, 1000], ids=["in a part of its own each", "together"])
def test_a_long_resolution_reads_who_events_are_about_once_and_not_with_each_part(
    store: Store, monkeypatch: pytest.MonkeyPatch, reading: int
) -> None:
    told: list[int] = []
    parties = Deriver.parties

    def seen(deriver: Deriver, named: dict[int, Named]) -> dict[int, SourceRow]:
        told.extend(named)
        return parties(deriver, named)

    monkeypatch.setattr(Deriver, "parties", seen)
    land(store, [{"id": "7", "full_name": "Ann Miller"}])
    names = ({"customer_ref": "7"}, {"emails": ["bob@x.org"]}, {"customer_ref": "8"})
    visits = [{"id": f"{n}", "occurred_at": WHEN, "kind": "visit", **names[n % 3]} for n in range(9)]
    land(store, visits, "interaction")
    worker = resolver(store, batch=2, much=(1, 0.0))
    replace(worker, reading=reading).resolve()
    assert len(told) == len(set(told)) == (2 if reading == 1 else 3)
    with store.read() as tx:
        records = [record for (record,) in tx.rows(select(HISTORY["interaction"].c.record))]
    assert sorted(map(records.count, set(records))) == [3, 3, 3]


def test_an_event_that_names_placeholders_alone_hangs_on_nobody(store: Store) -> None:
    visits = [
        {"id": name, "emails": [mailbox], "full_name": "Ann", "occurred_at": WHEN}
        for name, mailbox in (("a", "n/a"), ("b", "ann@x.org"), ("c", "unknown"))
    ]
    land(store, visits, "interaction")
    (ann,) = resolve(store)
    for _ in range(2):  # and so it does when all is derived anew
        with store.write() as tx:
            query = select(HISTORY["interaction"].c.record).order_by(HISTORY["interaction"].c.raw_id)
            assert [row.record for row in tx.rows(query)] == [None, ann, None]
            assert [row.record for row in tx.rows(select(record_ids.c.record))] == [ann]
            mark_all_pending(tx, None)
        assert resolve(store) == {}


def test_an_event_that_changes_whom_it_names_leaves_nobody_behind(store: Store) -> None:
    order = {"ordered_at": WHEN, "amount": "1"}
    land(store, [{"id": "a", "customer_ref": "8", **order}], "order")
    (old,) = resolve(store)
    land(store, [{"id": "a", "emails": ["ann@x.org"], **order}], "order")
    wanted = resolve(store)
    assert wanted.pop(old) is None
    assert len(wanted) == 1
    assert only_row(store, "order")["amount"] == 1_000_000


def test_all_that_is_derived_anew_from_the_same_records_wants_nothing(store: Store) -> None:
    event = {"id": "v", "customer_ref": "8", "occurred_at": WHEN}
    land(store, [event], "interaction")
    assert resolve(store)
    before = only_row(store, "interaction")
    with store.write() as tx:
        mark_all_pending(tx, None)
    assert resolve(store) == {}
    assert only_row(store, "interaction") == before


def test_a_revision_that_lands_meanwhile_stays_pending(store: Store) -> None:
    land(store, [{"id": "1", "full_name": "Ann"}, {"id": "2", "full_name": "Bob"}])
    with store.write() as tx:
        ((one, other),) = take_pending(tx, 1000)
        tx.execute(update(pending).where(pending.c.raw_id == one.id).values(revision=2))
        done(tx, {one.id: 1, other.id: 1})
        assert pending_count(tx) == 1
        done(tx, {one.id: 3})
        assert pending_count(tx) == 0
