"""The guards' own report: each says what it did, over what, with the most telling cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.app.customers import Customers
from hub.app.doctor import Guard, identities
from hub.app.doctor.bridges import bridges
from hub.app.review import Review
from hub.store.session import Store
from tests.factory import MATCHER, land, resolver

PHONE, OTHER_PHONE = "+12025550101", "+12025550102"
LEE, RAY = "lee@gmail.com", "ray@gmail.com"


def guards(store: Store, rows: Sequence[Mapping[str, Any]] = ()) -> dict[str, Guard]:
    """What the guards say of these customers, or of those that are here already."""
    if rows:
        land(store, rows)
        resolver(store).resolve()
    hub: Any = SimpleNamespace(
        store=store, matcher=MATCHER, config=SimpleNamespace(hub=SimpleNamespace(region="CN"))
    )
    return {guard.name: guard for guard in identities(hub)}


def test_role_mailboxes_are_counted_and_the_most_carried_are_named(store: Store) -> None:
    rows = [{"id": str(n), "full_name": f"N{n}x F{n}y", "emails": ["info@acme.com"]} for n in range(3)]
    said = guards(store, [*rows, {"id": "9", "emails": ["sales@fox.net", RAY]}])["role mailboxes"]
    assert said.count == 4
    assert said.looked_at == "all 4 records"
    assert said.rows == (
        {"mailbox": "info@acme.com", "records": 3}, {"mailbox": "sales@fox.net", "records": 1},
    )  # fmt: skip


def test_placeholders_are_counted_as_they_were_written_and_ids_stay_covered(store: Store) -> None:
    rows = [
        {"id": "1", "full_name": "Ann Lee", "phones": ["138-0013-8000"], "organization": "无"},
        {"id": "2", "full_name": "N/A", "emails": ["test@test.com", LEE], "phones": ["138-0013-8000"]},
        {"id": "3", "full_name": "Bob Ray", "national_id": "111111111111111111", "phones": [PHONE]},
    ]
    said = guards(store, rows)["placeholders"]
    assert said.count == 6
    assert said.rows[0] == {"field": "phones", "value": "138-0013-8000", "records": 2}
    assert {(row["field"], row["value"]) for row in said.rows} == {
        ("phones", "138-0013-8000"), ("organization", "无"), ("full_name", "N/A"),
        ("emails", "test@test.com"), ("national_id", "(covered)"),
    }  # fmt: skip


def test_generic_values_and_those_on_their_way_are_told_with_their_limits(store: Store) -> None:
    rows = [
        {"id": str(n), "full_name": f"N{n:03}x F{n:03}y", "phones": [PHONE, *([OTHER_PHONE] * (n < 101))]}
        for n in range(201)
    ]
    said = guards(store, rows)
    (full,) = (row for row in said["generic values"].rows if row["kind"] == "phone")
    assert full == {
        "kind": "phone", "limit": 200, "values": 1, "evidence": True, "most shared": "+12025550101: 201",
    }  # fmt: skip
    (near,) = (row for row in said["nearly generic values"].rows if row["kind"] == "phone")
    assert near["most shared"] == "+12025550102: 101"


def test_links_held_back_are_told_by_what_held_them(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {"id": "1", "full_name": "Ann Lee", "emails": [LEE], "phones": [PHONE]},
        {"id": "2", "full_name": "Bob Lee", "emails": [LEE]},
        {"id": "3", "emails": [LEE], "phones": [PHONE]},
        {"id": "4", "full_name": "Cy Fox", "emails": [RAY]},
        {"id": "5", "full_name": "Di Fox", "emails": [RAY]},
        {"id": "6", "emails": [RAY]},
    ]
    said = guards(store, rows)
    assert said["contradictions"].count == 1
    assert said["contradictions"].looked_at == "the 3 heaviest of 3 links between two customers"
    (row,) = said["contradictions"].rows
    assert "Bob Lee and Ann Lee" in row["because"]
    assert said["too close to call"].count == 2
    assert said["size cap"].count == said["kept apart"].count == 0


def test_households_that_strangers_would_not_explain_are_told(store: Store) -> None:
    home = {"street": "12 Oak Street", "city": "Boston", "postal_code": "02101", "phones": ["+16175550101"]}
    rows = [
        {"id": "1", "full_name": "Ann Peterson", **home},
        {"id": "2", "full_name": "Bob Peterson", **home},
    ]
    said = guards(store, rows)["households and colleagues"]
    assert said.count == 1
    (row,) = said.rows
    assert row["taken for"] == "household"
    assert row["bits"] < 4 <= row["bits against strangers"]


def test_a_link_that_alone_holds_two_halves_is_a_bridge(store: Store) -> None:
    rows = [
        {"id": "1", "full_name": "Ann Lee", "emails": [LEE]},
        {"id": "2", "emails": [LEE]},
        {"id": "3", "emails": [LEE], "phones": [PHONE]},
        {"id": "4", "phones": [PHONE]},
        {"id": "5", "phones": [PHONE], "handles": ["x:ann"]},
    ]
    said = guards(store, rows)
    assert said["bridges"].count == 0, "three share the mailbox and three the telephone"
    rows[2:3] = [{"id": "3", "emails": [LEE]}, {"id": "6", "emails": [LEE], "handles": ["x:lee"]}]
    rows[-2:] = [{"id": "4", "handles": ["x:lee"], "phones": [PHONE]}, {"id": "5", "phones": [PHONE]}]
    said = guards(store, rows)
    assert said["largest customers"].rows[0]["records"] == 6
    (row,) = said["bridges"].rows
    assert {row["one"], row["other"]} == {"crm/customers/4", "crm/customers/6"}
    assert sorted(row["halves"].split(" + ")) == ["2", "4"]
    review = Review(Customers(store, MATCHER, resolver(store)))
    review.same("crm/customers/1", "crm/customers/5")
    assert guards(store)["bridges"].count == 0, "a person holds them together as well"


def test_decisions_are_counted_by_verdict(store: Store) -> None:
    rows = [
        {"id": str(n), "full_name": name} for n, name in enumerate(["Peter Novak"] * 2 + ["Cy Fox", "Di Ray"])
    ]
    land(store, rows)
    worker = resolver(store)
    worker.resolve()
    review = Review(Customers(store, MATCHER, worker))
    review.skip("crm/customers/0", "crm/customers/1")
    _, effect = review.same("crm/customers/2", "crm/customers/3")
    review.retract([effect.judgement])
    said = guards(store)["people"]
    assert said.count == 1
    assert said.rows == (
        {"verdict": "same", "in force": 0, "taken back": 1}, {"verdict": "skip", "in force": 1, "taken back": 0},
    )  # fmt: skip


graphs = st.integers(1, 9).flatmap(
    lambda size: st.tuples(
        st.just(size),
        st.sets(
            st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)).filter(
                lambda pair: pair[0] < pair[1]
            )
        ),
    )
)


def reached(start: int, links: set[tuple[int, int]]) -> set[int]:
    found = {start}
    while more := {y for pair in links for x, y in (pair, pair[::-1]) if x in found} - found:
        found |= more
    return found


@given(graphs)
def test_bridges_are_the_links_without_which_their_ends_part(graph: tuple[int, set[tuple[int, int]]]) -> None:
    size, links = graph
    expected = {
        (a, b, len(reached(a, links - {(a, b)})), len(reached(b, links - {(a, b)})))
        for a, b in links
        if b not in reached(a, links - {(a, b)})
    }
    assert set(bridges(range(size), links)) == expected
