"""Touches and orders kept as columns: whatever happens to the history, reading them is reading every row anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.app.attribution import Question, Rules, attribute, keep
from hub.app.attribution import columns as room
from hub.app.attribution.columns import Columns, orders, touches
from hub.app.customers import Customers
from hub.core.attribution import MODELS
from hub.core.channels import custom_rules
from hub.core.model import public_id, record_key
from hub.errors import ConfigError
from hub.store.columns import KEPT, blocks, forget_blocks, kept_upto, stale
from hub.store.session import Store
from tests.factory import MATCHER, land, resolver

RULES = Rules("CNY", "Asia/Shanghai")
RENAMED = Rules("CNY", "Asia/Shanghai", custom_rules([{"name": "Ours", "source": "crm"}]))
QUESTION = Question(models=("linear", "markov-1"), lookback="all")
Rows = list[tuple[Any, ...]]


def unfolded(found: Columns) -> Rows:
    """Every row with all that is known of it."""
    return sorted(found.whole().rows())


def visits(told: Mapping[str, tuple[str, int, str]]) -> list[dict[str, Any]]:
    return [
        {
            "id": key, "customer_ref": who, "occurred_at": f"2026-01-{day:02}T09:00:00Z", "kind": "visit", "source": source,
            "medium": "cpc", "direction": "outbound" if source == "fax" else None,
        }
        for key, (who, day, source) in sorted(told.items())
    ]  # fmt: skip


def sales(told: Mapping[str, tuple[str, int]]) -> list[dict[str, Any]]:
    return [
        {"id": key, "customer_ref": who, "ordered_at": f"2026-01-{day:02}T10:00:00Z", "amount": "10"}
        for key, (who, day) in sorted(told.items())
    ]


def people(told: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"id": key, "full_name": "Ann Miller", "emails": [mail]} for key, mail in sorted(told.items())]


def read(store: Store) -> tuple[Rows, Rows]:
    """Touches and orders."""
    with store.read() as tx:
        return unfolded(touches(tx)), unfolded(orders(tx))


def read_anew(store: Store) -> tuple[Rows, ...]:
    with store.read() as tx:
        return tuple(unfolded(room._read_all(kept, kept.rows(tx))) for kept in KEPT.values())


def told(store: Store, rules: Rules) -> dict[str, Any]:
    return attribute(store, QUESTION, rules, MODELS)[0].plain()


def merge(store: Store, one: str, other: str) -> None:
    """Judge that two customer records are of one customer, where both are there."""
    a, b = (public_id(record_key("crm", "customers", key)) for key in (one, other))
    try:
        Customers(store, MATCHER, resolver(store), RULES, lambda: MODELS).merge(a, b)
    except ConfigError:
        pass  # one of them is not there, or they are one already


@pytest.fixture(scope="module")
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One database for all examples: each begins with what the one before left behind."""
    from hub.store.schema import prepare

    store = Store(f"sqlite:///{tmp_path_factory.mktemp('touches') / 'hub.db'}")
    prepare(store)
    yield store
    store.close()


keys, refs, days = st.sampled_from("pqrstuvw"), st.sampled_from(["1", "2", "3", "9"]), st.integers(1, 5)
changes = st.one_of(
    st.tuples(
        st.just("interaction"),
        st.dictionaries(keys, st.tuples(refs, days, st.sampled_from(["google", "crm", "fax"]))).map(visits),
    ),
    st.tuples(
        st.just("customer"),
        st.dictionaries(st.sampled_from("123"), st.sampled_from(["ann@x.org", "am@y.org", "m@z.org"])).map(
            people
        ),
    ),
    st.tuples(st.just("order"), st.dictionaries(st.sampled_from("ab"), st.tuples(refs, days)).map(sales)),
    st.tuples(st.just("merge"), st.sampled_from([("1", "2"), ("2", "3")])),
    st.tuples(st.just("keep"), st.integers(1, 4)),
    st.tuples(st.just("rebuild"), st.none()),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(steps=st.lists(changes, min_size=2, max_size=8))
def test_a_report_after_any_changes_is_the_one_computed_anew(
    shared: Store, steps: list[tuple[str, Any]]
) -> None:
    for name, what in steps:
        if name == "keep":
            keep(shared, block=what)
        elif name == "merge":
            merge(shared, *what)
        elif name == "rebuild":
            resolver(shared).resolve(full=True)
        else:
            land(shared, what, name)
            resolver(shared).resolve()
        assert read(shared) == read_anew(shared)
    refreshed = [told(shared, rules) for rules in (RULES, RENAMED)]
    with shared.write() as tx:
        for kind in KEPT:
            forget_blocks(tx, kind)
    assert refreshed == [told(shared, rules) for rules in (RULES, RENAMED)]


KINDS = pytest.mark.parametrize("kind", KEPT)


def begun(store: Store) -> None:
    """Four visits and four orders of two customers, each kept in two blocks."""
    land(store, people({"1": "ann@x.org", "2": "am@y.org"}))
    land(
        store,
        visits({"p": ("1", 1, "google"), "q": ("1", 2, "crm"), "r": ("2", 1, "crm"), "s": ("2", 2, "bing")}),
        "interaction",
    )
    land(store, sales({"p": ("1", 1), "q": ("1", 2), "r": ("2", 1), "s": ("2", 2)}), "order")
    resolver(store).resolve()
    keep(store, block=2)
    with store.read() as tx:
        for kind in KEPT:
            assert [len(room._unpacked(block).rows) for block in blocks(tx, kind)] == [2, 2]
            assert stale(tx, kind) == []


def behind(store: Store) -> list[int]:
    """How many touches and how many orders are stale."""
    with store.read() as tx:
        return [len(stale(tx, kind)) for kind in KEPT]


def counted(store: Store) -> list[int]:
    return [len(rows) for rows in read(store)]


def test_what_arrives_after_the_blocks_makes_nothing_stale(store: Store) -> None:
    begun(store)
    land(store, [*visits({"t": ("1", 3, "bing")})], "interaction", name="site")
    land(store, [*sales({"t": ("1", 3)})], "order", name="site")
    resolver(store).resolve()
    assert behind(store) == [0, 0]
    assert counted(store) == [5, 5]
    assert read(store) == read_anew(store)


def test_a_merge_makes_stale_the_history_of_who_moved_and_no_other(store: Store) -> None:
    begun(store)
    merge(store, "1", "2")
    assert behind(store) == [2, 2]
    assert all(len({customer for _, customer, *_ in rows}) == 1 for rows in read(store))
    assert read(store) == read_anew(store)


def test_an_interaction_that_changed_or_went_is_stale(store: Store) -> None:
    begun(store)
    land(
        store,
        visits({"p": ("1", 1, "google"), "q": ("1", 5, "crm"), "r": ("2", 1, "crm")}),
        "interaction",
    )
    resolver(store).resolve()
    assert behind(store) == [2, 0]
    assert counted(store) == [3, 4]
    assert read(store) == read_anew(store)


def test_an_order_that_changed_or_went_is_stale(store: Store) -> None:
    begun(store)
    land(store, sales({"p": ("1", 1), "q": ("9", 2), "r": ("2", 1)}), "order")
    resolver(store).resolve()
    assert behind(store) == [0, 2]
    assert counted(store) == [4, 3]
    assert read(store) == read_anew(store)


def test_blocks_are_made_anew_when_as_much_is_stale(store: Store) -> None:
    begun(store)
    merge(store, "1", "2")
    keep(store, block=2)
    assert behind(store) == [0, 0]
    assert read(store) == read_anew(store)


@KINDS
def test_blocks_of_another_form_are_not_read_and_made_anew(
    store: Store, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    begun(store)
    monkeypatch.setattr(room, "FORM", room.FORM + 1)
    monkeypatch.setattr(room, "_unpacked", None)
    assert read(store) == read_anew(store)
    keep(store, block=2)
    with store.read() as tx:
        assert kept_upto(tx, kind, room.FORM) is not None
        assert kept_upto(tx, kind, room.FORM - 1) is None


@KINDS
def test_little_is_not_kept(store: Store, kind: str) -> None:
    begun(store)
    with store.write() as tx:
        forget_blocks(tx, kind)
    keep(store)
    with store.read() as tx:
        assert blocks(tx, kind) == []
