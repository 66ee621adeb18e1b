"""What a walk looks up, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

import hub.app.walk as walk
from hub.core.match import evidence_keys, reference_key
from hub.core.model import SourceRecord
from hub.store.identity import edges_around, write_edges
from hub.store.judgements import judge
from hub.store.session import Store, Transaction
from tests.factory import MATCHER

SHOP, MAIL = "shop/customers/1", "mail/people/1"
ANN, TOO, BOB = (
    SourceRecord(1, emails=("ann@example.com",), ref=SHOP),
    SourceRecord(2, phones=("+15551234567",), ref=SHOP),
    SourceRecord(3, emails=("bob@example.com",), ref=MAIL),
)


def book(tx: Transaction, records: Iterable[SourceRecord]) -> walk.Book:
    found = walk.Book(tx, MATCHER)
    found.known = {record.key: record for record in records}
    return found


def test_an_id_is_looked_up_where_two_have_it_and_nowhere_else(store: Store) -> None:
    with store.read() as tx:
        some = book(tx, (ANN, TOO, BOB))
        assert some.evidence((1, 2)) == {*evidence_keys(ANN), *evidence_keys(TOO)}
        assert some.evidence((1, 3)) == {*evidence_keys(ANN), *evidence_keys(BOB)} - {
            *map(reference_key, (SHOP, MAIL))
        }
        assert some.evidence((3,)) == {*evidence_keys(BOB)} - {reference_key(MAIL)}


@pytest.mark.parametrize("start", [{1}, {4}, {1, 2, 3, 4}, {1, 5}, {9}])
def test_a_walk_over_edges_ends_where_no_more_lead_on(store: Store, start: set[int]) -> None:
    chain = {(1, 2): 500, (2, 3): 300, (3, 4): 500, (5, 6): 500}
    ways = {(*way, weight) for (a, b), weight in chain.items() for way in ((a, b), (b, a))}
    pieces = ({1, 2, 3, 4}, {5, 6})
    with store.write() as tx:
        write_edges(tx, chain, ())
        found = edges_around(tx, start)
    assert {*found} == {way for way in ways for piece in pieces if piece & start and way[0] in piece}


def test_nobody_asks_about_judgements_where_nobody_judged(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[int]] = []
    monkeypatch.setattr(walk, "judgements_of", lambda tx, records: asked.append(records) or [])
    with store.write() as tx:
        walk.Judgements(tx, book(tx, (ANN,))).named_with({1})
        assert asked == []
        judge(tx, "same", {1: 0, 2: 1}, author="", reason="", at=1)
        walk.Judgements(tx, book(tx, (ANN,))).named_with({1})
    assert asked == [[1]]
