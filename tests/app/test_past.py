"""What a customer was on a date, as the hub knew it then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from hub.app.attribution import Rules
from hub.app.customers import Customers, Former
from hub.core.model import public_id, record_key
from hub.errors import NotFound
from hub.store.session import Store
from hub.store.streams import remember
from tests.factory import MATCHER, land, resolver

ZHANG = {"full_name": "Zhang Wei", "emails": ["zw@acme.com"]}
BOB = {"full_name": "Bob Miller"}


def ident(key: str) -> str:
    return public_id(record_key("crm", "customers", key))


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch, store: Store) -> Callable[[str], None]:
    """Sets the clock of the hub, which was installed on new year's day."""

    def set_clock(text: str) -> None:
        at = datetime.fromisoformat(text).replace(tzinfo=UTC)
        monkeypatch.setattr("hub.app.clock.time.time_ns", lambda: int(at.timestamp()) * 1_000_000_000)

    with store.write() as tx:
        remember(tx, "past since", str(int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000))
    return set_clock


def verbs(store: Store) -> Customers:
    worker = resolver(store)
    worker.resolve()
    return Customers(store, MATCHER, worker, Rules("CNY", "Asia/Shanghai"))


def city(former: Former) -> str | None:
    shown = former.profile["fields"].get("city")
    return shown and shown["value"]


def names(former: Former) -> set[str]:
    return {one["record"] for one in former.records}


def test_a_profile_is_shown_as_it_was_at_the_end_of_a_day(store: Store, on: Callable[[str], None]) -> None:
    for day, place in (("02-01", "Shanghai"), ("02-10", "Ningbo"), ("02-20", "Xi'an")):
        on(f"2026-{day}T12:00:00")
        land(store, [{"id": "1", **ZHANG, "city": place}])
        verbs(store)
    tell = verbs(store).show_on
    assert [city(tell(ident("1"), date(2026, 2, day))) for day in (1, 9, 10, 19, 20, 28)] == [
        "Shanghai", "Shanghai", "Ningbo", "Ningbo", "Xi'an", "Xi'an",
    ]  # fmt: skip
    middle, last = tell(ident("1"), date(2026, 2, 15)), tell(ident("1"), date(2026, 2, 21))
    assert (middle.since[:10], middle.until and middle.until[:10]) == ("2026-02-10", "2026-02-20")
    assert (last.since[:10], last.until) == ("2026-02-20", None)


def test_a_day_ends_in_the_time_zone_of_the_workspace(store: Store, on: Callable[[str], None]) -> None:
    on("2026-02-01T00:00:00")
    land(store, [{"id": "1", **ZHANG, "city": "Shanghai"}])
    verbs(store)
    on("2026-02-10T16:30:00")  # half past midnight of the next day in Shanghai
    land(store, [{"id": "1", **ZHANG, "city": "Ningbo"}])
    tell = verbs(store).show_on
    assert city(tell(ident("1"), date(2026, 2, 10))) == "Shanghai"
    assert city(tell(ident("1"), date(2026, 2, 11))) == "Ningbo"


def test_both_ids_lead_to_the_merged_customer_only_while_it_was_one(
    store: Store, on: Callable[[str], None]
) -> None:
    on("2026-02-01T00:00:00")
    land(store, [{"id": "1", **ZHANG}, {"id": "2", **BOB}])
    hub = verbs(store)
    on("2026-02-10T00:00:00")
    kept, effect = hub.merge(ident("1"), ident("2"))
    on("2026-02-20T00:00:00")
    hub.take_back(effect.judgement)
    for day, each in ((5, 1), (15, 2), (25, 1)):
        one, other = (hub.show_on(ident(key), date(2026, 2, day)) for key in "12")
        assert len(one.records) == len(other.records) == each
        assert (one.customer_id == other.customer_id) is (each == 2)
    assert hub.show_on(ident("2"), date(2026, 2, 15)).customer_id == kept
    assert names(hub.show_on(ident("2"), date(2026, 2, 15))) == {"crm/customers/1", "crm/customers/2"}


def test_a_customer_that_was_gone_is_not_shown_for_the_time(store: Store, on: Callable[[str], None]) -> None:
    for day, rows in (("01", [{"id": "1", **ZHANG}]), ("10", []), ("20", [{"id": "1", **ZHANG}])):
        on(f"2026-02-{day}T00:00:00")
        land(store, [*rows, {"id": "2", **BOB}])
        verbs(store)
    tell = verbs(store).show_on
    assert names(tell(ident("1"), date(2026, 2, 5))) == {"crm/customers/1"}
    with pytest.raises(NotFound, match="is gone"):
        tell(ident("1"), date(2026, 2, 15))
    assert names(tell(ident("1"), date(2026, 2, 25))) == {"crm/customers/1"}


def test_the_id_of_a_record_that_went_leads_to_its_customer_then_and_later(
    store: Store, on: Callable[[str], None]
) -> None:
    on("2026-02-01T00:00:00")
    land(store, [{"id": "1", **ZHANG}, {"id": "2", **ZHANG}])
    verbs(store)
    on("2026-02-10T00:00:00")
    land(store, [{"id": "2", **ZHANG}])
    tell = verbs(store).show_on
    assert names(tell(ident("1"), date(2026, 2, 5))) == {"crm/customers/1", "crm/customers/2"}
    assert names(tell(ident("1"), date(2026, 2, 15))) == {"crm/customers/2"}


def test_a_customer_known_from_orders_alone_names_them(store: Store, on: Callable[[str], None]) -> None:
    on("2026-02-01T00:00:00")
    order = {"id": "o", "emails": ["a@b.org"], "ordered_at": "2026-01-02T00:00:00Z", "amount": "1"}
    land(store, [order], "order")
    hub = verbs(store)
    (row,) = hub.search("a@b.org")
    former = hub.show_on(row.customer_id, date(2026, 2, 2))
    assert [one["record"] for one in former.records] == [row.customer_id]
    assert former.profile["origins"] == [["crm", "orders", "o"]]


def test_before_anybody_knew_is_told_with_the_day_to_ask_for(store: Store, on: Callable[[str], None]) -> None:
    on("2026-02-01T00:00:00")
    land(store, [{"id": "1", **ZHANG}])
    hub = verbs(store)
    with pytest.raises(NotFound, match="did not know") as raised:
        hub.show_on(ident("1"), date(2026, 1, 20))
    assert "2026-02-01" in raised.value.step
    with pytest.raises(NotFound, match="there is no customer"):
        hub.show_on(ident("9"), date(2026, 2, 20))
    with store.write() as tx:  # a hub that was upgraded after it had customers
        remember(tx, "past since", str(int(datetime(2026, 2, 15, tzinfo=UTC).timestamp()) * 1_000_000))
    with pytest.raises(NotFound, match="does not remember"):
        hub.show_on(ident("1"), date(2026, 2, 10))
    assert hub.show_on(ident("1"), date(2026, 2, 20)).since[:10] == "2026-02-15"
