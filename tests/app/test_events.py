"""How ids moved is logged once for each move, and what customers were is kept, on both databases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from hub.app.customers import Customers
from hub.core.match import Matcher, Model
from hub.core.model import public_id, record_key
from hub.store.events import each_event
from hub.store.session import Store
from hub.store.tables import customer_history, customer_history_members, customers
from tests.factory import MATCHER, land, resolver

ZHANG = {"full_name": "Zhang Wei", "emails": ["zw@acme.com"]}
BOB = {"full_name": "Bob Miller", "emails": ["bm@x.org"]}


def rows(**people: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"id": key, **fields} for key, fields in people.items()]


def ident(key: str) -> str:
    """The permanent id of a record of the crm."""
    return public_id(record_key("crm", "customers", key))


def logged(store: Store) -> list[tuple[str, str, str, str]]:
    """Every event: kind, the id that moved, where it leads now, cause."""
    with store.read() as tx:
        return [
            (one.kind, public_id(one.was), public_id(one.now) if one.now is not None else "", one.cause)
            for one in each_event(tx)
        ]


def former(store: Store) -> list[tuple[str, str, int]]:
    """Every former state: the id, the name, how many records."""
    with store.read() as tx:
        found = tx.rows(select(customer_history).order_by(customer_history.c.id))
        parts = tx.rows(select(customer_history_members))
    assert sum(row.members for row in found) == len(parts)
    return [(public_id(row.record), row.name, row.members) for row in found]


def verbs_of(store: Store) -> Customers:
    worker = resolver(store)
    worker.resolve()
    return Customers(store, MATCHER, worker)


@pytest.mark.parametrize("much", [(1, 0.0), (1000, 1.0)], ids=["anew", "piece by piece"])
def test_customers_seen_for_the_first_time_leave_no_event_and_no_past(
    store: Store, much: tuple[int, float]
) -> None:
    land(store, rows(a=ZHANG, b=ZHANG, c=BOB))
    resolver(store, 2, much).resolve()
    assert (logged(store), former(store)) == ([], [])
    land(store, rows(a=ZHANG, b=ZHANG, c=BOB))
    resolver(store, 2, much).resolve()
    assert (logged(store), former(store)) == ([], [])


def test_merge_and_split_by_people_are_logged_with_their_judgement(store: Store) -> None:
    land(store, rows(a=ZHANG, b=BOB))
    verbs = verbs_of(store)
    kept, _ = verbs.merge(ident("a"), ident("b"))
    (lost,) = {ident("a"), ident("b")} - {kept}
    verbs.split(kept, [f"crm/customers/{'a' if lost == ident('a') else 'b'}"])
    assert logged(store) == [
        ("merge", lost, kept, "judgement 1"),
        ("split", kept, lost, "judgement 2"),
    ]
    assert former(store)[-1][::2] == (kept, 2)
    assert len(former(store)) == 3, "two that became one, and the one that became two"


@pytest.mark.parametrize("much", [(1, 0.0), (1000, 1.0)], ids=["anew", "piece by piece"])
@pytest.mark.parametrize("batch", [1, 1000])
def test_merge_and_split_by_data_are_logged(store: Store, batch: int, much: tuple[int, float]) -> None:
    land(store, rows(a=ZHANG))
    resolver(store, batch, much).resolve()
    land(store, rows(a=ZHANG, b=BOB))
    resolver(store, batch, much).resolve()
    assert logged(store) == []
    land(store, rows(a=ZHANG, b={**ZHANG, "phones": ["13912345678"]}))
    resolver(store, batch, much).resolve()
    assert logged(store) == [("merge", ident("b"), ident("a"), "data")]
    land(store, rows(a=ZHANG, b=BOB))
    resolver(store, batch, much).resolve()
    assert logged(store)[1:] == [("split", ident("a"), ident("b"), "data")]


def test_records_that_change_customers_are_a_move_when_both_go_on(store: Store) -> None:
    land(store, rows(a=ZHANG, b=BOB))
    resolver(store).resolve()
    land(store, rows(a=ZHANG, b=BOB, c=ZHANG))
    resolver(store).resolve()
    land(store, rows(a=ZHANG, b=BOB, c=BOB))
    resolver(store).resolve()
    assert logged(store) == [("move", ident("a"), ident("b"), "data")]


def test_a_customer_whose_records_go_is_gone_and_may_come_back(store: Store) -> None:
    land(store, rows(a=ZHANG, b=BOB))
    resolver(store).resolve()
    land(store, rows(b=BOB))
    resolver(store).resolve()
    assert logged(store) == [("gone", ident("a"), "", "data")]
    land(store, rows(a=ZHANG, b=BOB))
    resolver(store).resolve()
    resolver(store).resolve()
    assert logged(store)[1:] == [("back", ident("a"), ident("a"), "data")]


def test_the_id_of_a_record_that_goes_leads_to_what_is_left_of_its_customer(store: Store) -> None:
    land(store, rows(a=ZHANG))
    resolver(store).resolve()
    land(store, rows(a=ZHANG, b=ZHANG))
    resolver(store).resolve()
    land(store, rows(b=ZHANG))
    resolver(store).resolve()
    assert logged(store) == [("merge", ident("a"), ident("b"), "data")]
    assert Customers(store, MATCHER, resolver(store)).show(ident("a")).customer_id == ident("b")


class Stopped(Exception):
    """Ends a resolution in the middle of a stage."""


@pytest.mark.parametrize("stage", ["records", "matches", "customers"])
def test_a_resolution_that_stops_in_any_stage_logs_each_move_once(store: Store, stage: str) -> None:
    people = {letter: {"full_name": f"{name} Stone", "emails": [f"{name}@x.org"]} for letter, name in NAMES}
    land(store, rows(**people))
    resolver(store).resolve()
    land(store, rows(**{letter: people["abc"[number % 3]] for number, letter in enumerate(people)}))

    def stop(now: str, done: int, total: int) -> None:
        if now == stage:
            raise Stopped

    with pytest.raises(Stopped):
        replace(resolver(store, 2), progress=stop).resolve()
    resolver(store, 2).resolve()
    resolver(store, 2).resolve()
    told = logged(store)
    assert sorted(was for kind, was, _, _ in told) == sorted(map(ident, "def"))
    assert {kind for kind, *_ in told} == {"merge"}


NAMES = [("a", "Ann"), ("b", "Boris"), ("c", "Carla"), ("d", "Dmitri"), ("e", "Eugenia"), ("f", "Felix")]


def test_a_preview_logs_nothing(store: Store) -> None:
    land(store, rows(a=ZHANG, b=BOB))
    verbs = verbs_of(store)
    verbs.merge(ident("a"), ident("b"), dry_run=True)
    verbs.resolver.resolve(full=True, dry_run=True)
    assert (logged(store), former(store)) == ([], [])


def test_the_log_replayed_gives_the_ids_that_are_shown(store: Store) -> None:
    """What somebody downstream would do with it: start from a list of ids, and follow."""
    land(
        store,
        rows(
            **{key: ZHANG if key in "ab" else BOB if key in "cd" else {"full_name": "Eve"} for key in "abcde"}
        ),
    )
    verbs = verbs_of(store)

    def shown() -> set[str]:
        with store.read() as tx:
            return {public_id(row.anchor) for row in tx.rows(select(customers))}

    known = shown()
    bob, eve = verbs.search("bob")[0].customer_id, verbs.search("eve")[0].customer_id
    verbs.merge(bob, eve)
    verbs.merge(verbs.search("zhang")[0].customer_id, eve)
    verbs.split(verbs.search("zhang")[0].customer_id, ["crm/customers/a", "crm/customers/d"])
    land(store, rows(a=ZHANG, b=BOB, e=BOB))
    verbs.resolver.resolve()
    for kind, was, now, _ in logged(store):
        if kind in ("merge", "gone"):
            known.discard(was)
        if kind in ("merge", "split", "back"):
            known.add(now)
    assert known == shown()


def test_a_rebuild_logs_what_really_changed_and_nothing_else(store: Store) -> None:
    land(store, rows(a=ZHANG, b=ZHANG, c=BOB, d={**BOB, "emails": []}))
    resolver(store).resolve()
    before = logged(store), former(store)
    resolver(store).resolve(full=True)
    assert (logged(store), former(store)) == before == ([], [])
    strict = Matcher(replace(Model.default(), link=2000))
    worker = resolver(store)
    replace(worker, matcher=strict).resolve(full=True)
    assert logged(store) == [("split", min(ident("a"), ident("b")), max(ident("a"), ident("b")), "full")]
    assert [(name, members) for _, name, members in former(store)] == [("Zhang Wei", 2)]
    worker.resolve(full=True)
    assert [one[0] for one in logged(store)] == ["split", "merge"]
