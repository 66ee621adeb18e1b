"""The whole hub against live peers: a mailbox, an ERP, a web form over a socket and files become one truth."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from hub.app.hub import Hub
from hub.faces.web import application
from tests.peers import pymap
from tests.peers.mailserver import MailServer, a_mail
from tests.peers.tryton import ADMIN, COMPANIES, DATABASE, PEOPLE, SALES, Tryton
from tests.peers.tryton import tryton as tryton
from tests.workspace import Workspace

PULLED = """
[connectors.mail]
type = "email.imap"
host = "127.0.0.1"
port = {port}
ssl = false
username = "{user}"
password = {{ env = "LIVE_MAIL_PASSWORD" }}
own = ["shop.example"]
page_size = {page}

[connectors.erp]
type = "erp.tryton"
base_url = "{erp}"
database = "{database}"
username = "{admin}"
password = {{ env = "LIVE_ERP_PASSWORD" }}
page_size = {page}
sales = {sales}
"""
REST = """
[connectors.crm]
type = "files"
path = "crm.csv"
record = "customer"
key = "id"
fields = { full_name = "name", emails = "email", phones = "phone" }

[connectors.contact]
type = "webform.form"
"""
CRM = (
    "id,name,email,phone\n"
    "c1,Anna Schmidt,anna@example.de,\n"
    "c2,Wang Xiaoming,xiaoming@example.cn,13812345678\n"
    "c3,Nina Novak,nina@novak.example,\n"
)


@pytest.fixture(scope="module")
def mailserver() -> Iterator[MailServer]:
    with pymap.pymap() as running:
        yield running


@pytest.fixture
def workspace(
    tmp_path: Path, database: str, mailserver: MailServer, tryton: Tryton, monkeypatch: pytest.MonkeyPatch
) -> Workspace:
    """All four channels configured, the mailbox empty."""
    monkeypatch.setenv("LIVE_MAIL_PASSWORD", mailserver.password)
    monkeypatch.setenv("LIVE_ERP_PASSWORD", ADMIN[1])
    mailserver.clear()
    made = Workspace(tmp_path, database)
    made.write("crm.csv", CRM)
    configure(made, mailserver, tryton)
    return made


def configure(
    workspace: Workspace, mailserver: MailServer, tryton: Tryton, page: int = 100, sales: str = "true"
) -> None:
    told = {"port": mailserver.port, "user": mailserver.username, "erp": tryton.base_url, "page": page}
    workspace.configure(PULLED.format(**told, database=DATABASE, admin=ADMIN[0], sales=sales) + REST)


@contextmanager
def served(hub: Hub) -> Iterator[httpx.Client]:
    """The hub's web face on a real socket."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(application(hub), log_config=None, ws="none", lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            wait_until(lambda: server.started)
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            with httpx.Client(base_url=url, trust_env=False, timeout=20) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join(20)


def wait_until(happened: Callable[[], Any], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)


def next_second() -> None:
    """Past what was just written: a window ends at the full second of the source's clock."""
    time.sleep(1.05 - time.time() % 1)


def channels(hub: Hub, words: str) -> tuple[str, set[str]]:
    """The one customer found by ``words``, and the connectors it is made of."""
    (found,) = hub.customers.search(words)
    shown = hub.customers.show(found.customer_id)
    return found.customer_id, {record["connector"] for record in shown.records}


def test_four_live_channels_become_one_history_and_a_second_sync_writes_nothing(
    workspace: Workspace, mailserver: MailServer, tryton: Tryton
) -> None:
    mailserver.append(
        a_mail(1, "Anna Schmidt <anna@example.de>", Subject="Where is my order?"),
        a_mail(2, "Newsletter <news@list.example>", Subject="News", List_Id="<news.list.example>"),
    )
    mailserver.append(
        a_mail(3, "Shop <sales@shop.example>", To="Anna Schmidt <anna@example.de>", Subject="On its way"),
        folder="Sent",
    )
    first = workspace.sync()
    assert {name: run.error for name, run in first.items()} == dict.fromkeys(
        ("mail/messages", "erp/parties", "erp/sales", "crm/customers")
    )
    assert first["mail/messages"].counts.inserted == 3
    assert first["erp/sales"].counts.inserted == len([one for one in SALES if one["until"] != "draft"]) - 1
    assert {name: run.counts.written for name, run in workspace.sync().items()} == dict.fromkeys(first, 0)

    with workspace.open() as hub, served(hub) as client:
        hub.resolve()
        anna, joined = channels(hub, "anna@example.de")
        assert {"crm", "erp", "mail"} <= joined
        shown = hub.customers.show(anna, hub.channel_of)
        mails = [one for one in shown.timeline if one["kind"] == "mail"]
        assert {(one["title"], one["channel"]) for one in mails} == {
            ("Where is my order?", "Email"),
            ("On its way", "Email"),
        }
        ties_out(hub)

        form = {
            "submission_id": "f1", "name": "王小明", "email": "xiaoming@example.cn", "message": "请报价",
            "landing_url": "https://shop.example/?utm_source=baidu&utm_medium=cpc",
        }  # fmt: skip
        answer = client.post("/inbox/contact", json=form)
        assert (answer.status_code, answer.json()) == (200, {"status": "accepted", "received": 2})
        wait_until(lambda: hub.counts()["pending"] == 0)
        wang, joined = channels(hub, "xiaoming@example.cn")
        assert joined == {"crm", "erp", "contact"}
        (touch,) = [one for one in hub.customers.show(wang, hub.channel_of).timeline if one["kind"] == "form"]
        assert touch["channel"] == "Paid Search"
        assert client.post("/inbox/contact", json=form).json()["received"] == 2
        wait_until(lambda: hub.counts()["pending"] == 0)
        assert hub.counts()["interaction"] == 4, "the same post twice is one touch"

        health = client.get("/health")
        assert (health.status_code, health.json()["status"]) == (200, "ok")
        told = {one["name"]: one for one in health.json()["connectors"]}
        assert {name: one["status"] for name, one in told.items()} == {
            "mail": "done", "erp": "done", "crm": "done", "contact": "receiving"
        }  # fmt: skip
        assert all(one["rejects"] == 0 and one["records"] for one in told.values())


def ties_out(hub: Hub) -> None:
    """Every order of the ERP hangs on its buyer, to the cent."""
    sold: dict[str, Decimal] = {}
    for one in SALES:
        if one["until"] in ("confirm", "cancel"):
            total = sum(Decimal(str(count)) * Decimal(price) for _, count, price in one["lines"])
            sold[one["party"]] = sold.get(one["party"], Decimal(0)) + total
    emails = {one["name"]: one["email"] for one in (*PEOPLE, *COMPANIES) if "email" in one}
    for name, amount in sold.items():
        customer, joined = channels(hub, emails[name])
        orders = hub.customers.show(customer).orders
        assert sum(Decimal(str(order["amount"])) for order in orders) == amount, name
        assert "erp" in joined


def test_between_two_syncs_only_what_changed_comes(
    workspace: Workspace, mailserver: MailServer, tryton: Tryton
) -> None:
    mailserver.append(*(a_mail(n) for n in range(3)))
    workspace.sync()
    with workspace.open() as hub:
        hub.resolve()
        anna, _ = channels(hub, "anna@example.de")
    (number,) = tryton.model("party.party.search", [["name", "=", "Anna Schmidt"]], 0, 1, None)
    tryton.model("party.party.write", [number], {"name": "Anna Schmidt-Weber"})
    ways = [["create", [{"type": "email", "value": "nina@novak.example"}]]]
    (made,) = tryton.model("party.party.create", [{"name": "Nina Novak", "contact_mechanisms": ways}])
    mailserver.append(a_mail(7, "Nina Novak <nina@novak.example>", Subject="Hello"))
    next_second()
    runs = {name: run.counts for name, run in workspace.sync().items()}
    assert (runs["erp/parties"].inserted, runs["erp/parties"].updated) == (1, 1)
    # what else was seen lay in the lookback: a fresh server's parties are minutes old
    assert runs["erp/parties"].written == 2
    assert runs["erp/sales"].written == 0
    assert (runs["mail/messages"].inserted, runs["mail/messages"].seen) == (1, 1)
    assert runs["crm/customers"].written == 0
    with workspace.open() as hub:
        hub.resolve()
        assert channels(hub, "nina@novak.example")[1] == {"crm", "erp", "mail"}
        assert channels(hub, "anna@example.de") == (anna, {"crm", "erp"})
    assert workspace.landed("erp", "parties")[str(number)]["full_name"] == "Anna Schmidt-Weber"
    tryton.model("party.party.delete", [made])
    tryton.model("party.party.write", [number], {"name": "Anna Schmidt"})
    next_second()
    gone = {name: run.counts for name, run in workspace.sync().items()}["erp/parties"]
    assert (gone.deleted, gone.updated) == (1, 1)
    with workspace.open() as hub:
        hub.resolve()
        assert channels(hub, "nina@novak.example")[1] == {"crm", "mail"}


@pytest.mark.parametrize("name", ["mail", "erp"])
def test_a_sync_killed_in_the_middle_goes_on_where_it_was(
    workspace: Workspace, mailserver: MailServer, tryton: Tryton, name: str
) -> None:
    stream = {"mail": "mail/messages", "erp": "erp/parties"}[name]
    mailserver.append(*(a_mail(n) for n in range(30)))
    made = tryton.model("party.party.create", [{"name": f"Crowd {n}"} for n in range(12)])
    next_second()
    configure(workspace, mailserver, tryton, page=1, sales="false")
    with workspace.open() as hub:
        hub.counts()
        child = workspace.start("sync", name, "--no-resolve")
        wait_until(lambda: hub.counts()["records"] > 3 or child.poll() is not None)
        child.send_signal(signal.SIGKILL)
        _, said = child.communicate()
    assert child.returncode == -signal.SIGKILL, said
    kept = len(workspace.landed(name))
    with workspace.open() as hub:
        (killed,) = [run for run in hub.runs() if run["connector"] == name]
        assert killed["status"] == "interrupted"
        assert killed["inserted"] == kept, "a page and its count commit together"
    rest = workspace.sync(name)[stream]
    assert rest.error is None
    assert rest.counts.unchanged <= 1, "read on, not all anew"
    assert rest.counts.inserted > 5, "it was killed in the middle"
    calm = Workspace(
        workspace.write("calm/x", "").parent, f"sqlite:///{workspace.folder / 'calm' / 'hub.db'}"
    )
    calm.write("crm.csv", CRM)
    configure(calm, mailserver, tryton, sales="false")
    calm.sync(name)
    assert workspace.landed(name) == calm.landed(name)
    assert workspace.sync(name)[stream].counts.written == 0
    tryton.model("party.party.delete", made)
