"""From raw records to clusters: what many share joins nobody, and no cluster holds two who are clearly two."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from hub.app.customers import Customers
from hub.core.cluster import Judged, cluster
from hub.store.session import Store
from hub.store.tables import edges
from tests.factory import MATCHER, labels, land, partition, resolver

FAMILIES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔"
GIVENS = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚"
SWITCHBOARD = "010 6552 9988"
WAYS = pytest.mark.parametrize("much", [(1, 0.0), (10_000, 1.0)], ids=["anew", "piece by piece"])


def callers(count: int) -> list[dict[str, object]]:
    """So many people, each of another name, on one telephone."""
    names = [family + name for name in GIVENS for family in FAMILIES][:count]
    return [{"id": f"c{n}", "full_name": name, "phones": [SWITCHBOARD]} for n, name in enumerate(names)]


@WAYS
def test_five_hundred_people_on_one_telephone_are_five_hundred_customers(
    store: Store, much: tuple[int, float]
) -> None:
    land(store, callers(500))
    resolver(store, much=much).resolve()
    assert len(partition(store)) == 500
    with store.read() as tx:
        assert not tx.rows(select(edges).where(edges.c.weight >= MATCHER.model.link))


@WAYS
def test_what_a_telephone_had_joined_comes_apart_when_everybody_has_it(
    store: Store, much: tuple[int, float]
) -> None:
    two = [
        {"id": "1", "full_name": "张伟", "phones": [SWITCHBOARD], "city": "Beijing"},
        {"id": "2", "full_name": "张伟", "phones": [SWITCHBOARD], "organization": "Acme"},
    ]
    worker = resolver(store, much=much)
    land(store, two)
    worker.resolve()
    assert sorted(map(len, partition(store))) == [2], "a rare number and the same name"
    land(store, [*two, *callers(250)])
    worker.resolve()
    assert len(partition(store)) == 252, "everybody's number and a name that many bear"
    land(store, two)
    worker.resolve()
    assert sorted(map(len, partition(store))) == [2], "rare again"


def test_a_record_like_both_sides_does_not_join_what_people_keep_apart(store: Store) -> None:
    rows = [
        {"id": str(n), "full_name": "Zhang Wei", "emails": ["zw@acme.com"], "city": city}
        for n, city in enumerate(("Beijing", "Shanghai", "Wuhan"), 1)
    ]
    land(store, rows[:2])
    worker = resolver(store)
    worker.resolve()
    verbs = Customers(store, MATCHER, worker)
    (whole,) = verbs.search("zhang")
    verbs.split(whole.customer_id, ["crm/customers/2"])
    apart = set(labels(store))
    land(store, rows)
    worker.resolve()
    homes = labels(store)
    assert len({homes[record] for record in apart}) == 2
    assert len(partition(store)) == 2, "the third is with one of them"


@WAYS
def test_a_mailbox_of_a_person_and_a_firm_makes_them_not_one_customer(
    store: Store, much: tuple[int, float]
) -> None:
    home = {"phones": ["+1 217 555 0143"], "street": "12 Oak Street", "postal_code": "62701"}
    land(
        store,
        [
            {"id": "1", "full_name": "Bob Miller", "emails": ["sales@acme.com"], **home},
            {"id": "2", "organization": "Acme Ltd", "emails": ["sales@acme.com"], **home},
            {"id": "3", "emails": ["sales@acme.com"], **home},
        ],
    )
    resolver(store, much=much).resolve()
    homes = labels(store)
    verbs = Customers(store, MATCHER, resolver(store))
    assert len({*homes.values()}) > 1
    assert verbs.search("miller")[0].customer_id != verbs.search("acme")[0].customer_id


pairs = st.tuples(st.integers(1, 9), st.integers(1, 9)).filter(lambda pair: pair[0] < pair[1])


@settings(max_examples=300)
@given(
    links=st.dictionaries(pairs, st.integers(4, 9).map(lambda bits: bits * 100), max_size=25),
    vetoes=st.frozensets(pairs, max_size=8),
    sides=st.dictionaries(st.integers(1, 9), st.integers(0, 1)),
)
def test_no_cluster_holds_a_pair_that_contradicts_itself_or_was_judged_apart(
    links: dict[tuple[int, int], int], vetoes: frozenset[tuple[int, int]], sides: dict[int, int]
) -> None:
    found = cluster(
        range(1, 10),
        [(a, b, weight) for (a, b), weight in links.items()],
        Judged(apart={1: sides}),
        link=400,
        trait=lambda record: record,
        contradict=lambda a, b: (min(a, b), max(a, b)) in vetoes,
    ).labels
    for a, b in combinations(range(1, 10), 2):
        if found[a] == found[b]:
            assert (a, b) not in vetoes
            assert sides.get(a) is None or sides.get(b) is None or sides[a] == sides[b]
