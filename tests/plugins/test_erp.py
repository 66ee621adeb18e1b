"""``erp.tryton`` against a real Tryton 8.2, and against a hand-made server of the older URL generation."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hub_erp.connector import Tryton, TrytonSettings
from hub_erp.parties import customer
from hub_erp.sales import order
from hub_erp.tagged import decoded, encoded
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from hub.errors import ConfigError, DataError, HubError, PluginError, TransientError
from hub.plugin import Context, Customer, Page, Window
from tests.peers.scripted import Asked, Told, scripted
from tests.peers.tryton import ADMIN, COMPANIES, DATABASE, INTERN, PEOPLE, SALES
from tests.peers.tryton import Tryton as Server
from tests.peers.tryton import tryton as tryton

SOON = timedelta(seconds=5)


@contextmanager
def connected(base_url: str, user: tuple[str, str] = ADMIN, **more: Any) -> Iterator[Tryton]:
    told = {"base_url": base_url, "database": DATABASE, "username": user[0], "password": user[1], **more}
    connector = Tryton(TrytonSettings(**told), Context("erp", timezone="Asia/Shanghai"))
    try:
        yield connector
    finally:
        connector.close()


def pages(connector: Tryton, stream: str, window: Window) -> Iterator[Page]:
    (declared,) = [one for one in connector.streams() if one.name == stream]
    return declared.read(connector, window)


def records(found: Iterator[Page] | list[Page]) -> dict[str, Any]:
    return {one.id: one for page in found for one in map(page.shape, page.records)}  # type: ignore[arg-type]


def pull(
    server: Server, stream: str = "parties", window: Window | None = None, **more: Any
) -> dict[str, Any]:
    with connected(server.base_url, **more) as connector:
        return records(pages(connector, stream, window or Window()))


def since(connector: Tryton, began: datetime) -> Window:
    return Window(since=began, until=connector.clock() + SOON)


def server_now(server: Server) -> datetime:
    """After everything written so far, before everything written later, by the server's own clock."""
    (made,) = server.model("party.category.create", [{"name": f"clock {datetime.now(UTC)}"}])
    (row,) = server.model("party.category.read", [made], ["create_date"])
    return decoded(row["create_date"]) + timedelta(microseconds=1)


def party_id(server: Server, name: str) -> int:
    return server.model("party.party.search", [["name", "=", name]], 0, 1, None)[0]


# --- the real Tryton ---------------------------------------------------------------------------------


def test_check_passes_with_the_right_settings_and_the_clock_is_the_servers(tryton: Server) -> None:
    with connected(tryton.base_url) as connector:
        connector.check()
        assert abs(connector.clock() - datetime.now(UTC)) < timedelta(seconds=5)
        assert connector.clock().microsecond == 0


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"user": ("admin", "no-such-password")}, "password"),
        ({"user": ("nobody", "no-such-password")}, "username"),
        ({"database": "nope"}, "database"),
        ({"user": INTERN}, "groups"),
    ],
)
def test_check_says_which_setting_is_wrong(tryton: Server, wrong: dict[str, Any], word: str) -> None:
    with connected(tryton.base_url, **wrong) as connector, pytest.raises(ConfigError) as caught:
        connector.check()
    assert word in str(caught.value)
    assert "no-such-password" not in str(caught.value)


def test_every_party_comes_with_its_contacts_except_our_own_company(tryton: Server) -> None:
    found = pull(tryton)
    names = {one.full_name or one.organization: one for one in found.values()}
    assert {one["name"] for one in (*PEOPLE, *COMPANIES)} <= set(names)
    assert "Our Own Company" not in names
    wang, anna, acme = names["王小明"], names["Anna Schmidt"], names["ACME GmbH"]
    assert (wang.emails, wang.phones) == (["xiaoming@example.cn"], ["+86 138 1234 5678"])
    assert (wang.full_name, wang.city, wang.country) == ("王小明", "上海", "CN")
    assert anna.phones == ["+49 30 1234567"]
    assert names["Zoë O'Neil"].handles == ["skype:zoe.oneil"]
    assert (acme.organization, acme.full_name, acme.tax_id) == ("ACME GmbH", "", "DE136695976")
    assert all(one.modified_at.tzinfo for one in found.values())


def test_a_round_taken_up_again_reads_the_rest_and_nothing_twice(tryton: Server) -> None:
    with connected(tryton.base_url, page_size=2) as connector:
        found = list(pages(connector, "parties", Window()))
        assert len(found) > 3
        assert found[0].total == len(records(found)) + 1  # our own company is counted, not read
        rest = list(pages(connector, "parties", Window(resume=found[1].resume)))
    assert records(found[2:]) == records(rest)
    assert set(records(found[:2])).isdisjoint(records(rest))


def test_only_the_renamed_party_comes(tryton: Server) -> None:
    began = server_now(tryton)
    number = party_id(tryton, "Anna Schmidt")
    tryton.model("party.party.write", [number], {"name": "Anna Schmidt-Weber"})
    with connected(tryton.base_url) as connector:
        found = records(pages(connector, "parties", since(connector, began)))
        later = records(pages(connector, "parties", since(connector, server_now(tryton))))
    assert {key: one.full_name for key, one in found.items()} == {str(number): "Anna Schmidt-Weber"}
    assert later == {}
    tryton.model("party.party.write", [number], {"name": "Anna Schmidt"})


def test_a_party_comes_when_only_what_hangs_on_it_changed(tryton: Server) -> None:
    number = party_id(tryton, "李雷")
    for model, values in [
        ("party.contact_mechanism", {"party": number, "type": "email", "value": "lilei@example.cn"}),
        ("party.address", {"party": number, "city": "天津", "sequence": 99}),
        ("party.identifier", {"party": number, "type": "cn_ric", "code": "110101199003074514"}),
    ]:
        began = server_now(tryton)
        tryton.model(f"{model}.create", [values])
        with connected(tryton.base_url) as connector:
            found = records(pages(connector, "parties", since(connector, began)))
        assert list(found) == [str(number)]
    assert found[str(number)].emails == ["lilei@example.cn"]
    assert found[str(number)].national_id == "110101199003074514"
    assert found[str(number)].custom["addresses"] == [{"city": "天津"}]


def test_deleted_parties_are_named_wherever_their_ids_lie(tryton: Server) -> None:
    made = tryton.model("party.party.create", [{"name": f"Passing {n}"} for n in range(9)])
    began = server_now(tryton)
    gone = [made[1], made[4], made[5], made[8]]
    tryton.model("party.party.delete", gone)
    with connected(tryton.base_url) as connector:
        window = since(connector, began)
        found = [one for page in pages(connector, "parties", window) for one in page.deleted]
        full = [one for page in pages(connector, "parties", Window(full=True)) for one in page.deleted]
    assert found == [str(one) for one in gone]
    assert full == []
    tryton.model("party.party.delete", [one for one in made if one not in gone])


def test_an_archived_party_still_comes_and_says_so(tryton: Server) -> None:
    (number,) = tryton.model("party.party.create", [{"name": "Archived"}])
    tryton.model("party.party.write", [number], {"active": False})
    assert pull(tryton)[str(number)].custom["inactive"] is True


def test_sales_tie_out_with_what_was_sold(tryton: Server) -> None:
    found = pull(tryton, "sales")
    sold = [one for one in SALES if one["until"] in ("confirm", "cancel")]
    amounts = [sum(Decimal(str(n)) * Decimal(price) for _, n, price in one["lines"]) for one in sold]
    buyers = [str(party_id(tryton, one["party"])) for one in sold]
    by_id = sorted(found.values(), key=lambda one: int(one.id))
    assert [one.amount for one in by_id] == amounts
    assert [one.customer_ref for one in by_id] == buyers
    assert [one.status for one in by_id] == ["processing", "processing", "processing", "cancelled"]
    assert {one.currency for one in by_id} == {"EUR"}
    for one in by_id:
        assert sum(line.amount for line in one.lines) == one.amount
    assert [(line.product, line.quantity) for line in by_id[1].lines] == [("Consulting", 1), ("Widget", 3)]
    assert abs(by_id[0].ordered_at - datetime.now(UTC)) < timedelta(days=400)


def test_drafts_come_when_they_are_asked_for(tryton: Server) -> None:
    found = pull(tryton, "sales", exclude_states=[], sale_amount="untaxed")
    assert {"draft", "quotation"} <= {one.status for one in found.values()}


def test_a_sale_that_falls_back_to_draft_is_taken_away(tryton: Server) -> None:
    (number,) = tryton.model("sale.sale.search", [["state", "=", "cancelled"]], 0, 1, None)
    began = server_now(tryton)
    tryton.model("sale.sale.draft", [number])
    with connected(tryton.base_url) as connector:
        found = list(pages(connector, "sales", since(connector, began)))
    assert [one for page in found for one in page.deleted] == [str(number)]
    assert records(found) == {}
    tryton.model("sale.sale.cancel", [number])


def test_without_sales_there_is_one_stream(tryton: Server) -> None:
    with connected(tryton.base_url, sales=False) as connector:
        assert [one.name for one in connector.streams()] == ["parties"]


def test_a_session_the_server_ended_is_opened_again(tryton: Server) -> None:
    with connected(tryton.base_url, page_size=3) as connector:
        reading = pages(connector, "parties", Window())
        first = next(reading)
        connector._open()._ask("common.db.logout", ())
        assert len(records([first, *reading])) >= len(PEOPLE) + len(COMPANIES)


def test_nothing_is_lost_when_parties_change_come_and_go_between_pages(tryton: Server) -> None:
    made = tryton.model("party.party.create", [{"name": f"Busy {n}"} for n in range(12)])
    held: dict[str, Customer] = {}
    began = None
    with connected(tryton.base_url, page_size=4) as connector:
        for turn in range(3):
            until = server_now(tryton)
            for n, page in enumerate(pages(connector, "parties", Window(since=began, until=until))):
                held |= records([page])
                held = {key: one for key, one in held.items() if key not in page.deleted}
                if turn < 2:
                    tryton.model(
                        "party.party.write", [made[(5 * n + turn) % 12]], {"name": f"Busy {turn}.{n}"}
                    )
                    made[n % 12 : n % 12 + 1] = tryton.model("party.party.copy", [made[n % 12]], {})
                    tryton.model("party.contact_mechanism.create", [mail(made[3], f"m{turn}{n}@x.example")])
                    spare = tryton.model("party.party.create", [{"name": "Brief"}, {"name": "Lasting"}])
                    tryton.model("party.party.delete", spare[:1])
            began = until
        assert held == records(pages(connector, "parties", Window()))


def mail(number: int, address: str) -> dict[str, Any]:
    return {"party": number, "type": "email", "value": address}


# --- an older Tryton, made by hand -------------------------------------------------------------------

STAMP = {"__class__": "datetime", "year": 2020, "month": 2, "day": 3} | dict.fromkeys(
    ("hour", "minute", "second", "microsecond"), 4
)
OLD_PARTY = {"id": 7, "name": "Old Friend", "active": True, "lang.code": "de", "create_date": STAMP}
OLD_PARTY |= {"write_date": None, "replaced_by": None, "code": "7", "tax_identifier.code": None}
OLD_ADDRESS = {"id": 1, "party": 7, "street": "Weg 1\nHinterhaus", "city": "Ulm", "zip": "89073"}
OLD_ADDRESS |= {"subdivision.name": None, "country.code": "DE", "active": True}
OLD_TABLES: dict[str, list[dict[str, Any]]] = {
    "party.party": [OLD_PARTY],
    "party.address": [OLD_ADDRESS],
    "party.contact_mechanism": [{"id": 1, "party": 7, "type": "fax", "value": "1", "active": True}],
    "party.identifier": [],
    "company.company": [],
}


class OldTryton:
    """Serves ``/crm/`` only; ``trouble`` may answer a call in its place."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.logins = 0
        self.trouble: Callable[[str, int], Told | None] = lambda method, nth: None

    def __call__(self, asked: Asked) -> Told:
        if asked.path != "/crm/":
            return Told(raw=b"not found", status=404)
        method, params = asked.json["method"], asked.json["params"]
        self.calls.append(method)
        if method == "common.db.logout":
            return Told({"id": 1, "result": None})
        trouble = self.trouble(method, self.calls.count(method))
        if trouble is not None:
            return trouble
        if method == "common.db.login":
            self.logins += 1
            return Told(
                {"id": 1, "result": [3, f"token-{self.logins}"] if params[1]["password"] == "p" else False}
            )
        session = base64.b64decode(asked.headers["authorization"].removeprefix("Session ")).decode()
        if session != f"u:3:token-{self.logins}":
            return Told({"id": 1, "error": ["NotLogged", ""]})
        return Told({"id": 1, "result": self.result(method, params)})

    def result(self, method: str, params: list[Any]) -> Any:
        model, _, verb = method.removeprefix("model.").rpartition(".")
        if verb == "get_preferences":
            return {"language": "en", "company": 1}
        rows = OLD_TABLES.get(model, [])
        if verb == "fields_get":
            return {name.partition(".")[0]: {} for row in rows or [{"id": 0, "party": 0}] for name in row}
        if verb == "search_count":
            return len(rows)
        beyond = next((clause[2] for clause in params[0] if clause[0] == "id"), 0)
        return [row for row in rows if row["id"] > beyond]


@pytest.fixture
def old() -> Iterator[tuple[OldTryton, Tryton]]:
    peer = OldTryton()
    with (
        scripted(peer) as base_url,
        connected(base_url, ("u", "p"), sales=False) as connector,
    ):
        yield peer, connector


def test_the_older_url_generation_and_its_field_names_are_understood(old: tuple[OldTryton, Tryton]) -> None:
    (found,) = records(pages(old[1], "parties", Window())).values()
    assert (found.full_name, found.street, found.street_2) == ("Old Friend", "Weg 1", "Hinterhaus")
    assert (found.postal_code, found.country, found.language) == ("89073", "DE", "de")
    assert found.modified_at == datetime(2020, 2, 3, 4, 4, 4, 4, tzinfo=UTC)
    assert found.custom["contacts"] == [{"type": "fax", "value": "1"}]


def test_a_server_that_is_no_tryton_is_a_config_error() -> None:
    with scripted(lambda asked: Told(status=404)) as base_url, connected(base_url) as connector:
        with pytest.raises(ConfigError, match="no Tryton"):
            connector.check()


def test_an_old_servers_refused_login_is_a_config_error(old: tuple[OldTryton, Tryton]) -> None:
    connector = Tryton(
        old[1].settings.model_copy(
            update={
                "password": TrytonSettings.model_validate(
                    {"base_url": "x", "database": "x", "username": "x", "password": "wrong"}
                ).password
            }
        ),
        Context("erp"),
    )
    with pytest.raises(ConfigError, match="refused the login"):
        connector.check()
    connector.close()


def error(name: str, words: object) -> Told:
    return Told({"id": 1, "error": [name, words]})


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        (error("UserError", ["You are not allowed to access Party.", "", None]), ConfigError),
        (error("'sale.sale'", "Traceback: p4ssw0rd"), PluginError),
        (error("ConcurrencyException", "Records have been modified"), TransientError),
        (error("(sqlite3.OperationalError) database is locked", "Traceback"), TransientError),
        (Told({"id": 1, "odd": 1}), PluginError),
        (Told(status=500, raw=b"oops"), TransientError),
        (Told(raw=b'{"id": 1, "result": [{"na'), TransientError),
        (Told(raw=b'{"id": 1', cut=True), TransientError),
    ],
)
def test_errors_are_told_apart(
    old: tuple[OldTryton, Tryton], told: Told, kind: type[HubError], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    old[0].trouble = lambda method, nth: told if method.endswith("search_count") else None
    with pytest.raises(kind) as caught:
        list(pages(old[1], "parties", Window()))
    assert type(caught.value) is kind or issubclass(type(caught.value), kind)
    assert "p4ssw0rd" not in str(caught.value)


def test_an_answer_broken_once_is_asked_for_again(old: tuple[OldTryton, Tryton]) -> None:
    def trouble(method: str, nth: int) -> Told | None:
        return (
            Told(raw=b'{"id": 1, "resu') if method == "model.party.party.search_read" and nth == 1 else None
        )

    old[0].trouble = trouble
    assert list(records(pages(old[1], "parties", Window()))) == ["7"]


@pytest.mark.parametrize(
    "forgot", [Told(status=401, raw=b""), error("NotLogged", ""), Told(status=403, raw=b"")]
)
def test_a_forgotten_session_is_opened_again_once(old: tuple[OldTryton, Tryton], forgot: Told) -> None:
    peer, connector = old
    peer.trouble = lambda method, nth: forgot if method.endswith("search_count") and nth == 1 else None
    assert list(records(pages(connector, "parties", Window()))) == ["7"]
    assert peer.logins == 2
    peer.trouble = lambda method, nth: forgot if method.endswith("search_count") else None
    with pytest.raises(ConfigError):
        list(pages(connector, "parties", Window()))
    assert peer.logins == 3


def test_where_deletions_are_not_logged_the_rest_is_read_and_the_admin_is_told() -> None:
    told: list[str] = []
    peer = OldTryton()
    peer.trouble = lambda method, nth: error("'ir.model.log'", "") if "ir.model.log" in method else None
    with scripted(peer) as base_url:
        given_ = TrytonSettings.model_validate(
            {"base_url": base_url, "database": "crm", "username": "u", "password": "p"}
        )
        connector = Tryton(given_, Context("erp", progress=told.append))
        window = Window(since=datetime(2020, 1, 1, tzinfo=UTC), until=datetime(2021, 1, 1, tzinfo=UTC))
        assert list(records(pages(connector, "parties", window))) == ["7"]
        connector.close()
    assert "--full" in told[0]


# --- values ------------------------------------------------------------------------------------------


@given(st.datetimes(timezones=st.just(UTC)))
@settings(max_examples=50)
def test_a_time_survives_the_way_to_tryton_and_back(moment: datetime) -> None:
    assert decoded(encoded([moment])) == [moment]


@pytest.mark.parametrize(
    ("tagged", "value"),
    [
        ({"__class__": "Decimal", "decimal": "1.50"}, Decimal("1.50")),
        ({"__class__": "date", "year": 2024, "month": 2, "day": 29}, date(2024, 2, 29)),
        ({"__class__": "timedelta", "seconds": 1.5}, timedelta(seconds=1.5)),
        ({"__class__": "bytes", "base64": "aGk=\n"}, b"hi"),
        ({"a": [{"__class__": "Decimal", "decimal": "2"}]}, {"a": [Decimal(2)]}),
        ({"__class__": "date", "year": 2023, "month": 2, "day": 29}, None),
        ({"__class__": "Decimal", "decimal": "many"}, None),
        ({"__class__": "bytes"}, None),
        ({"__class__": "novelty", "x": 1}, None),
    ],
)
def test_tagged_values_become_values_and_broken_ones_stay(tagged: dict[str, Any], value: object) -> None:
    assert decoded(tagged) == (tagged if value is None else value)


BLANK = {"id": 1, "name": "X", "write_date": datetime(2024, 1, 1, tzinfo=UTC)}
BLANK |= {"contact_mechanisms": [], "addresses": [], "identifiers": []}


def test_a_party_is_an_organization_by_setting_by_field_or_by_tax_number() -> None:
    vat = [{"type": "eu_vat", "code": "DE1"}]
    person = [{"type": "cn_ric", "code": "110101"}]
    for row, kind, organization in [
        ({}, "guess", False),
        ({}, "organizations", True),
        ({"identifiers": vat}, "guess", True),
        ({"identifiers": vat}, "people", False),
        ({"identifiers": vat, "is_person": True}, "guess", False),
        ({"is_person": False}, "guess", True),
        ({"identifiers": person}, "guess", False),
    ]:
        assert bool(customer({**BLANK, **row}, kind).organization) is organization, (row, kind)


SALE = {
    "id": 1,
    "party": 7,
    "state": "done",
    "total_amount": Decimal(3),
    "lines": [],
    "sale_date": date(2024, 5, 2),
}


@pytest.mark.parametrize(
    ("created", "ordered"),
    [
        (datetime(2024, 5, 1, 17, tzinfo=UTC), "2024-05-02T01:00:00+08:00"),
        (datetime(2024, 5, 9, 17, tzinfo=UTC), "2024-05-02T00:00:00+08:00"),
    ],
)
def test_an_order_has_the_hour_it_was_written_down_if_that_was_on_its_day(
    created: datetime, ordered: str
) -> None:
    row = {**SALE, "create_date": created, "write_date": None}
    made = order(row, "total", ZoneInfo("Asia/Shanghai"))
    assert made.ordered_at == datetime.fromisoformat(ordered)


def test_a_sale_without_an_amount_is_refused_alone() -> None:
    with pytest.raises((ValidationError, DataError)):
        order(
            {**SALE, "total_amount": None, "create_date": BLANK["write_date"], "write_date": None},
            "total",
            ZoneInfo("UTC"),
        )


def test_the_password_is_not_shown() -> None:
    told = TrytonSettings.model_validate(
        {"base_url": "http://x", "database": "d", "username": "u", "password": "canary"}
    )
    assert "canary" not in repr(told) + told.model_dump_json()
