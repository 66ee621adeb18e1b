"""From raw records to customers: what several records know together finds a further one, and says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.app.customers import Customers
from hub.app.hub import Hub
from hub.store.session import Store
from tests.factory import MATCHER, land, partition, resolver

WAYS = pytest.mark.parametrize("much", [(1, 0.0), (10_000, 1.0)], ids=["anew", "piece by piece"])

NAME, MAILBOX = {"full_name": "Quentin Featherstone"}, {"emails": ["q.featherstone@example.com"]}
HOME = {"street": "12 Orchard Lane", "city": "Bath", "postal_code": "02101"}
WRITER, PARCEL = {"id": "1", **NAME, **MAILBOX}, {"id": "2", **MAILBOX, **HOME}
CALLER = {"id": "3", **NAME, "street": "12 Orchard Lane", "city": "Bath"}
"""Like each of the two by one thing alone: a name, an address."""


@WAYS
def test_a_record_that_is_like_two_of_a_customer_is_the_customers(
    store: Store, much: tuple[int, float]
) -> None:
    worker = resolver(store, much=much)
    for rows, sizes in (
        ([WRITER, CALLER], [1, 1]),
        ([PARCEL, CALLER], [1, 1]),
        ([WRITER, PARCEL, CALLER], [3]),
        ([WRITER, CALLER], [1, 1]),  # without the record between them they are two again
    ):
        land(store, rows)
        worker.resolve()
        assert sorted(map(len, partition(store))) == sizes


@WAYS
def test_it_is_explained_by_what_they_know_together(store: Store, much: tuple[int, float]) -> None:
    land(store, [WRITER, PARCEL, CALLER])
    worker = resolver(store, much=much)
    worker.resolve()
    verbs = Customers(store, MATCHER, worker)
    (whole,) = verbs.search("featherstone")
    links = verbs.explain(whole.customer_id)
    assert all(link.weight >= link.threshold for link in links)
    (joined,) = [link for link in links if "+" in link.a + link.b]
    assert {joined.a, joined.b} == {"crm/customers/3", _both(joined.a, joined.b)}
    assert joined.weight == pytest.approx(joined.prior + sum(step["weight"] for step in joined.steps))
    assert {"given name", "family name"} < {step["name"] for step in joined.steps}
    assert verbs.explain_pair("crm/customers/1", "crm/customers/3") == joined


def test_why_not_is_told_by_all_that_two_customers_know(store: Store) -> None:
    land(store, [WRITER, PARCEL, {**CALLER, "full_name": "Rosalind Featherstone"}])
    worker = resolver(store)
    worker.resolve()
    verbs = Customers(store, MATCHER, worker)
    two = {row.members: row.customer_id for row in verbs.search("featherstone")}
    link = verbs.explain_pair(two[2], two[1])
    assert link.weight < link.threshold


def test_a_workspace_clustered_in_an_older_way_is_resolved_anew(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_DATABASE", database)
    file = tmp_path / "connectors.toml"
    file.write_text('[hub]\ndatabase = { env = "TEST_DATABASE" }\n')
    with monkeypatch.context() as older, Hub.open(file) as hub:
        older.setattr("hub.app.hub.CLUSTERING", 1)
        older.setattr("hub.core.cluster.piece.join_together", lambda *given: [])
        land(hub.store, [WRITER, PARCEL, CALLER])
        hub.resolve()
        assert len(partition(hub.store)) == 2
    for records in (3, 0):
        with Hub.open(file) as hub:
            assert hub.resolve().records == records
            assert len(partition(hub.store)) == 1


def _both(one: str, other: str) -> str:
    """The side of several records; they are named by intrinsic key."""
    several = one if "+" in one else other
    assert sorted(several.split(" + ")) == ["crm/customers/1", "crm/customers/2"]
    return several
