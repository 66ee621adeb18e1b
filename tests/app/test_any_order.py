"""From landing to profiles, in any order and batching: the same customers, profiles and history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import inspect, select

from hub.app.customers import Customers
from hub.store.behind import unmatched_count, unshown_count
from hub.store.identity import clear_derived
from hub.store.schema import prepare
from hub.store.session import Store
from hub.store.tables import (
    blocking_keys,
    clusters,
    customers,
    edges,
    interactions,
    metadata,
    orders,
    raw_records,
    source_records,
    streams,
)
from tests.factory import MATCHER, a_stream, crowd, land, resolver, stop, sync
from tests.factory import Listed as Connector

DERIVED = (source_records, blocking_keys, edges, clusters, interactions, orders)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('order') / 'hub.db'}")
    prepare(store)
    yield store
    store.close()


NAMES = ["", "Zhang Wei", "张伟", "Bob Miller", "Robert Miller", "Ann Miller"]
EMAILS = [[], ["zw@acme.com"], ["bm@x.org"], ["info@acme.com"], ["zw@acme.com", "bm@x.org"]]
PHONES = [[], ["13912345678"], ["+1 202 555 0143"]]
who = {
    "full_name": st.sampled_from(NAMES),
    "emails": st.sampled_from(EMAILS),
    "phones": st.sampled_from(PHONES),
}
person = st.fixed_dictionaries(who)
event = st.fixed_dictionaries({**who, "customer_ref": st.sampled_from(["", "", "1", "2", "99"])})
worlds = st.fixed_dictionaries(
    {
        "customer": st.dictionaries(st.sampled_from("123456"), person, max_size=6),
        "order": st.dictionaries(st.sampled_from("abcd"), event, max_size=4),
        "interaction": st.dictionaries(st.sampled_from("pqrs"), event, max_size=4),
    }
)
SPOKEN_FOR = {
    "full_name": "Robert Miller",
    "emails": ["zw@acme.com", "bm@x.org"],
    "phones": ["13912345678"],
}
kinds = st.sampled_from(["customer", "order", "interaction"])


def rows(kind: str, world: dict[str, Any]) -> list[dict[str, Any]]:
    more = {
        "customer": {},
        "order": {"ordered_at": "2026-03-02T00:00:00Z", "amount": "1.50"},
        "interaction": {"occurred_at": "2026-03-01T00:00:00Z", "kind": "form"},
    }[kind]
    return [{"id": key, **fields, **more} for key, fields in sorted(world[kind].items())]


def state(store: Store) -> dict[str, Any]:
    """Everything derived, with arrival numbers replaced by what they name."""
    with store.read() as tx:
        names = {row.id: row.key for row in tx.rows(select(raw_records.c.id, raw_records.c.key))}
        homes = {row.id: f"{row.connector}/{row.name}" for row in tx.rows(select(streams))}
        told: dict[str, Any] = {}
        for table in DERIVED:
            found = [dict(row._mapping) for row in tx.rows(select(table))]
            for row in found:
                if row.get("raw_id") is not None:
                    row["raw_id"] = names[row["raw_id"]]
                if "stream_id" in row:
                    row["stream_id"] = homes.get(row["stream_id"])
            told[table.name] = sorted(found, key=repr)
        told["members"] = sorted((row.cluster, row.members, row.kind) for row in tx.rows(select(customers)))
    return told


def empty(store: Store) -> None:
    with store.write() as tx:
        clear_derived(tx)
        for table in reversed(metadata.sorted_tables):
            if table.name not in ("counters", "meta"):
                tx.execute(table.delete())


@settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@example(
    # the party of "s" speaks for customer 4, goes in one part of a long resolution, and 4 changes in the next
    before=[
        {
            "customer": {"4": SPOKEN_FOR, **{key: {} for key in "135"}},
            "interaction": {},
            "order": {
                "a": {"full_name": "Zhang Wei", "emails": ["info@acme.com"]},
                "c": {"emails": ["zw@acme.com"]},
                "d": {"emails": ["bm@x.org"]},
            },
        },
        {
            "customer": {},
            "interaction": {
                "p": {"full_name": "Zhang Wei", "emails": ["info@acme.com"]},
                "q": {"emails": ["info@acme.com"]},
                "r": {"customer_ref": "2"},
                "s": SPOKEN_FOR,
            },
            "order": {},
        },
    ],
    final={
        "customer": {"4": {"emails": ["bm@x.org"]}},
        "interaction": {"r": {"phones": ["+1 202 555 0143"]}},
        "order": {"a": {"phones": ["13912345678"]}},
    },
    order=["interaction", "order", "customer"],
    batch=6,
    pauses=[False, False, False, True, False, False, False, False, False],
    much=(1000, 0.5),
)
@given(
    before=st.lists(worlds, max_size=2),
    final=worlds,
    order=st.permutations(["customer", "order", "interaction"]),
    batch=st.integers(1, 7),
    pauses=st.lists(st.booleans(), min_size=9, max_size=9),
    much=st.sampled_from([(1, 0.0), (3, 0.5), (1000, 0.5)]),
)
def test_any_order_and_batching_of_landing_gives_what_one_batch_gives(
    small: Store,
    monkeypatch: pytest.MonkeyPatch,
    before: Any,
    final: Any,
    order: Any,
    batch: int,
    pauses: Any,
    much: Any,
) -> None:
    with monkeypatch.context() as patched:
        crowd(patched, 2)
        empty(small)
        worker = resolver(small, batch, much)
        resolve = iter(pauses)
        for world in [*before, final]:
            for kind in order:
                land(small, rows(kind, world), kind)
                if next(resolve):
                    worker.resolve()
        worker.resolve()
        wandered = state(small)
        empty(small)
        for kind in ("customer", "interaction", "order"):
            land(small, rows(kind, final), kind)
        resolver(small, 1000).resolve()
        straight = state(small)
    assert wandered == straight


def book(store: Store) -> Any:
    """All that a merge and a split could leave traces in, to the byte."""
    with store.read() as tx:
        shown = [tuple(row) for row in tx.rows(select(customers).order_by(customers.c.cluster))]
    ids = [row[1] for row in shown]
    return shown, ids, state(store)


def test_merge_then_split_gives_the_very_same_bytes(store: Store) -> None:
    land(
        store,
        [
            {"id": "1", "full_name": "Zhang Wei", "emails": ["zw@acme.com"]},
            {"id": "2", "full_name": "Bob Miller"},
        ],
    )
    land(
        store,
        [{"id": "o", "customer_ref": "2", "ordered_at": "2026-03-02T00:00:00Z", "amount": "3"}],
        "order",
    )
    worker = resolver(store)
    worker.resolve()
    verbs = Customers(store, MATCHER, worker)
    before = book(store)
    zhang, bob = verbs.search("zhang")[0].customer_id, verbs.search("bob")[0].customer_id
    timeline = verbs.show(bob)
    merged, _ = verbs.merge(zhang, bob, author="test")
    assert verbs.show(bob).customer_id == verbs.show(zhang).customer_id == merged
    assert len(verbs.show(zhang).orders) == 1, "the order moved with its record"
    verbs.split(merged, ["crm/customers/2"], author="test")
    assert book(store) == before
    assert verbs.show(bob) == timeline


def test_a_preview_of_a_merge_keeps_nothing(store: Store) -> None:
    land(store, [{"id": "1", "full_name": "Zhang Wei"}, {"id": "2", "full_name": "Bob Miller"}])
    worker = resolver(store)
    worker.resolve()
    verbs = Customers(store, MATCHER, worker)
    before = book(store)
    one, other = (row.customer_id for row in verbs.search(""))
    _, told = verbs.merge(one, other, dry_run=True)
    assert told.merges
    assert book(store) == before


def test_a_split_stays_split_when_the_same_or_changed_data_comes_again(store: Store) -> None:
    rows = [{"id": str(n), "full_name": "Zhang Wei", "emails": ["zw@acme.com"]} for n in (1, 2, 3)]
    land(store, rows)
    worker = resolver(store)
    worker.resolve()
    verbs = Customers(store, MATCHER, worker)
    (whole,) = verbs.search("zhang")
    verbs.split(whole.customer_id, ["crm/customers/3"])
    assert len(verbs.search("zhang")) == 2
    land(store, [*rows[:2], {**rows[2], "city": "Shanghai"}])
    worker.resolve()
    assert len(verbs.search("zhang")) == 2
    worker.resolve(full=True)
    assert len(verbs.search("zhang")) == 2
    assert verbs.show(whole.customer_id).customer_id == whole.customer_id


def test_an_id_once_given_out_resolves_after_merge_split_and_deletion(store: Store) -> None:
    land(store, [{"id": "1", "full_name": "Zhang Wei", "emails": ["zw@acme.com"]}])
    worker = resolver(store)
    worker.resolve()
    verbs = Customers(store, MATCHER, worker)
    first = verbs.search("zhang")[0].customer_id
    land(store, [{"id": str(n), "full_name": "Zhang Wei", "emails": ["zw@acme.com"]} for n in (1, 2)])
    worker.resolve()
    assert [row.customer_id for row in verbs.search("zhang")] == [first]
    land(store, [{"id": "2", "full_name": "Zhang Wei", "emails": ["zw@acme.com"]}])
    worker.resolve()
    second = verbs.search("zhang")[0].customer_id
    assert second != first
    assert verbs.show(first).customer_id == second


def test_a_household_and_a_shared_mailbox_join_nobody(store: Store) -> None:
    home = {
        "family_name": "Miller",
        "street": "12 Oak Street",
        "city": "Springfield",
        "postal_code": "62701",
        "phones": ["+1 217 555 0143"],
    }
    land(
        store,
        [
            {"id": "1", "given_name": "Ann", **home},
            {"id": "2", "given_name": "Bob", **home},
            {"id": "3", "full_name": "Carol Jones", "emails": ["info@acme.com"]},
            {"id": "4", "full_name": "David Smith", "emails": ["info@acme.com"]},
            {"id": "5", "full_name": "李雷", "phones": ["13800138000"]},
            {"id": "6", "full_name": "韩梅梅", "phones": ["13800138000"]},
        ],
    )
    worker = resolver(store)
    worker.resolve()
    assert len(Customers(store, MATCHER, worker).search("")) == 6


def test_interactions_that_may_make_no_customer_join_one_that_is_known(store: Store) -> None:
    from hub.app.sync import Told

    stream = a_stream(
        "interaction", [{"id": "m", "emails": ["zw@acme.com"], "occurred_at": "2026-03-01T00:00:00Z"}]
    )
    sync(
        store,
        Connector("mail", [stream]),
        stream,
        told=Told("mail", ("mail", "customers"), makes_customers=False),
    )
    worker = resolver(store)
    worker.resolve()
    verbs = Customers(store, MATCHER, worker)
    assert verbs.search("") == []
    land(store, [{"id": "1", "full_name": "Zhang Wei", "emails": ["zw@acme.com"]}])
    worker.resolve()
    (found,) = verbs.search("")
    assert len(verbs.show(found.customer_id).timeline) == 1


def test_orders_hang_on_a_customer_that_lands_later(store: Store) -> None:
    land(
        store,
        [{"id": "o", "customer_ref": "7", "ordered_at": "2026-03-02T00:00:00Z", "amount": "3"}],
        "order",
    )
    worker = resolver(store)
    worker.resolve()
    verbs = Customers(store, MATCHER, worker)
    (stub,) = verbs.search("")
    land(store, [{"id": "7", "full_name": "Zhang Wei"}])
    worker.resolve()
    (found,) = verbs.search("zhang")
    assert found.customer_id == stub.customer_id
    assert len(verbs.show(found.customer_id).orders) == 1
    land(store, [])
    worker.resolve()
    assert [row.customer_id for row in verbs.search("")] == [stub.customer_id], "its orders still name it"


@pytest.mark.parametrize("much", [(1, 0.0), (1000, 1.0)], ids=["anew", "piece by piece"])
@pytest.mark.parametrize("stage", ["records", "matches", "customers"])
def test_a_resolution_that_stops_in_any_stage_is_finished_by_the_next(
    store: Store, stage: str, much: tuple[int, float]
) -> None:
    first = [{"id": str(n), "full_name": NAMES[n], "emails": EMAILS[1]} for n in range(1, 6)]
    then = [{"id": str(n), "full_name": NAMES[6 - n], "emails": EMAILS[n % 3]} for n in range(2, 6)]
    visits = [{"id": f"v{n}", "occurred_at": "2026-03-01T00:00:00Z", "emails": EMAILS[1]} for n in range(3)]

    land(store, first)
    resolver(store).resolve()
    land(store, then)
    land(store, visits, "interaction")
    stop(resolver(store, 2, much), lambda now, done: now == stage)
    resolver(store, 2, much).resolve()
    finished = state(store)
    resolver(store).resolve(full=True)
    assert state(store) == finished


@pytest.mark.parametrize("much", [(1, 0.0), (1000, 1.0)], ids=["anew", "piece by piece"])
@pytest.mark.parametrize("stage", ["records", "matches", "customers"])
def test_a_first_resolution_that_stops_in_any_stage_is_finished_by_the_next(
    store: Store, stage: str, much: tuple[int, float]
) -> None:
    first = [{"id": str(n), "full_name": NAMES[n], "emails": EMAILS[1]} for n in range(1, 6)]
    then = [{"id": str(n), "full_name": NAMES[6 - n], "emails": EMAILS[n % 3]} for n in range(3, 6)]
    visits = [
        {"id": f"v{n}", "occurred_at": "2026-03-01T00:00:00Z", "emails": EMAILS[n % 4]} for n in range(6)
    ]

    land(store, first)
    land(store, visits, "interaction")
    made = indexes(store)
    stop(resolver(store, 2, much), lambda now, done: now == stage and done > 0)
    with store.read() as tx:
        assert unmatched_count(tx) + unshown_count(tx), "it is known to be behind"
    land(store, then)
    land(store, visits[2:], "interaction")
    resolver(store, 2, much).resolve()
    finished = state(store)
    assert indexes(store) == made != {}, "history is found by whom it is of"
    with store.read() as tx:
        assert unmatched_count(tx) == unshown_count(tx) == 0
    resolver(store).resolve(full=True)
    assert state(store) == finished


@pytest.mark.parametrize("much", [(1, 0.0), (1000, 1.0)], ids=["anew", "piece by piece"])
def test_a_later_part_of_a_long_resolution_knows_whom_earlier_ones_made_and_took_away(
    store: Store, much: tuple[int, float]
) -> None:
    def visits(*whom: str) -> list[dict[str, Any]]:
        when = "2026-03-01T00:00:00Z"
        return [{"id": f"v{n}", "occurred_at": when, "customer_ref": ref} for n, ref in enumerate(whom)]

    def resolved() -> dict[str, Any]:
        resolver(store, 2, much).resolve()
        found = state(store)
        resolver(store).resolve(full=True)
        assert state(store) == found
        return found

    people = [{"id": str(n), "full_name": NAMES[n], "emails": EMAILS[1]} for n in range(1, 6)]
    land(store, people)
    land(store, visits("1", "5", "99"), "interaction")
    contents = {row["content"] for row in resolved()["source_records"]}
    assert len(contents) == 6, "each says what it said, and 99 is known by that name alone"
    land(store, people[:1])
    land(store, visits("3", "1", "3", "4"), "interaction")
    hung = {row["record"] for row in resolved()["interactions"]}
    assert None not in hung
    assert len(hung) == 3, "whom events name is there, landed or not"


def test_a_first_resolution_makes_the_indexes_of_history_once_all_is_read(store: Store) -> None:
    visits = [{"id": f"v{n}", "occurred_at": "2026-03-01T00:00:00Z", "emails": EMAILS[1]} for n in range(6)]
    land(store, visits, "interaction")
    made = indexes(store)
    seen: list[dict[str, list[str]]] = []

    def look(stage: str, done: int, total: int) -> None:
        if stage == "records":
            seen.append(indexes(store))

    replace(resolver(store, 2), progress=look).resolve()
    assert seen == [{}] * 3 + [made]
    assert made == {"interactions": ["record"], "orders": ["record"]}
    land(store, [{"id": str(n), "full_name": NAMES[n]} for n in range(1, 6)])
    del seen[:]
    replace(resolver(store, 2), progress=look).resolve()
    assert seen == [made] * 3, "later ones leave them as they are"


def test_an_arrival_does_not_go_through_all_records_to_count_them(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    land(store, [{"id": "1", "full_name": "Zhang Wei"}])
    resolver(store).resolve()
    land(store, [{"id": "1", "full_name": "Zhang Wei"}, {"id": "2", "full_name": "Bob Miller"}])
    counted: list[object] = []
    monkeypatch.setattr("hub.app.resolve.source_count", counted.append)
    assert resolver(store).resolve().records == 1
    assert counted == []


def indexes(store: Store) -> dict[str, list[str]]:
    """The columns that tables of history have an index on."""
    with store.engine.connect() as connection:
        looked = inspect(connection)
        found = {name: looked.get_indexes(name) for name in ("interactions", "orders", "spend")}
        return {name: [str(one["column_names"][0]) for one in its] for name, its in found.items() if its}


FOLLOWS = {
    "clusters.cluster": "is who is who",
    "customers.cluster": "is drawn anew for every cluster that changes",
    "customers.anchor": "is drawn anew with it",
    "unshown.cluster": "says which of them are still to be drawn",
    "record_ids.heir": "leads from the id of a record that is gone",
}
"""Every column that names a customer, and how it follows a merge and a split. All else hangs on source records."""


def test_every_table_that_refers_to_customers_follows_a_merge_and_a_split(store: Store) -> None:
    telling = ("cluster", "customer", "anchor", "heir", "profile_id")
    naming = {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if column.name.removesuffix("_id") in telling
        or any(key.column.table is customers for key in column.foreign_keys)
    }
    assert naming == FOLLOWS.keys()

    land(store, [{"id": "1", "full_name": "Zhang Wei"}, {"id": "2", "full_name": "Bob Miller"}])
    worker = resolver(store)
    worker.resolve()
    verbs = Customers(store, MATCHER, worker)
    merged, _ = verbs.merge(*(verbs.search(name)[0].customer_id for name in ("zhang", "bob")))
    for split in (False, True):
        if split:
            verbs.split(merged, ["crm/customers/2"])
        with store.read() as tx:
            homes = {row.record: row.cluster for row in tx.rows(select(clusters))}
            drawn = {row.cluster: row.anchor for row in tx.rows(select(customers))}
        assert set(homes.values()) == drawn.keys()
        assert len(drawn) == 1 + split
        assert all(homes[anchor] == label for label, anchor in drawn.items())
