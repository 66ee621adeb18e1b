"""Mailed reports, through a real SMTP server on loopback: what is sent, when, to whom, and what goes wrong."""

from __future__ import annotations

import socket
import threading
import zipfile
from collections.abc import Iterator
from datetime import date
from email import message_from_bytes, policy
from email.message import EmailMessage
from io import BytesIO
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from hub.app.clock import micros
from hub.app.hub import Hub
from hub.app.reports.send import days_of
from hub.errors import TransientError
from hub.faces.scheduler import Scheduler
from hub.store.runs import acquire, new_holder, release

PASSWORD = "tea-and-more"
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # on loopback


class Mailbox:
    """What a server took; it refuses one address, and any sender while it is closed."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.closed = ""

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.closed:
            return self.closed
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address.startswith("nobody"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 OK"


@pytest.fixture
def server() -> Iterator[tuple[Mailbox, int]]:
    """A server on a free port that asks for a login."""
    mailbox = Mailbox()

    def login(server: SMTP, session: Any, envelope: Any, mechanism: str, told: Any) -> AuthResult:
        known = isinstance(told, LoginPassword) and (told.login, told.password) == (b"hub", PASSWORD.encode())
        return AuthResult(success=known, handled=False)

    with socket.create_server(("127.0.0.1", 0)) as free:  # the controller cannot say which port it was given
        port = free.getsockname()[1]
    controller = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=port,
        authenticator=login,
        auth_required=True,
        auth_require_tls=False,
    )
    controller.start()
    yield mailbox, port
    controller.stop()


def configured(workspace: Any, port: int, report: str = "", password: str = PASSWORD) -> Any:
    (workspace.folder / "password.txt").write_text(password)
    workspace.config.write_text(
        workspace.config.read_text()
        + f"""
[mail]
host = "127.0.0.1"
port = {port}
security = "none"
username = "hub"
password = {{ file = "password.txt" }}
sender = "hub@tea.example"

[reports.monthly]
to = ["ceo@tea.example", "cmo@tea.example"]
schedule = "0 8 1 * *"
models = ["linear", "markov-1"]
{report}
"""
    )
    return workspace


@pytest.fixture
def february(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the third of February, so that the last whole month is January."""
    monkeypatch.setattr("hub.app.hub.micros", lambda: 1_770_105_600_000_000)


@pytest.mark.usefixtures("february")
def test_a_report_arrives_with_its_figures_its_chart_its_page_and_its_workbook(both, server):
    mailbox, port = server
    configured(both, port, 'lang = "zh"\ntitle = "茶店月报"')
    both.hub("sync")
    told = both.told("report", "send", "monthly")
    assert (told["from"], told["until"]) == ("2026-01-01", "2026-01-31")
    (mail,) = mailbox.mails
    assert mail["Subject"] == "茶店月报 · 2026-01-01 至 2026-01-31"
    assert mail["To"] == "ceo@tea.example, cmo@tea.example"
    assert mail["Message-ID"].endswith("@tea.example>")
    plain, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert html is not None
    total = both.told("attribution", "--from", "2026-01-01", "--to", "2026-01-31")["totals"]["value"]
    assert f"{total:,.2f}" in plain.get_content()
    assert "付费搜索" in plain.get_content()
    assert f"{total:,.2f}" in html.get_content()
    pictures = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert pictures[0].get_payload(decode=True).startswith(b"\x89PNG")
    assert pictures[0]["Content-ID"].strip("<>") in html.get_content()
    page, workbook = mail.iter_attachments()
    assert page.get_filename() == "report-2026-01-01-2026-01-31.html"
    assert "茶店月报" in page.get_content()
    assert zipfile.is_zipfile(BytesIO(workbook.get_content()))


@pytest.mark.usefixtures("february")
def test_the_scheduler_sends_once_for_each_period_and_tries_again_what_failed(both, server, monkeypatch):
    mailbox, port = server
    configured(both, port, "attach = []")
    both.hub("sync")
    mailbox.closed = "451 come back later"
    lines: list[str] = []
    with Hub.open(both.config) as hub:
        work = Scheduler(hub, threading.Event(), lines.append)
        assert work.mails == {"monthly": "0 8 1 * *"}
        error = work.mail("monthly")
        assert isinstance(error, TransientError)
        assert "451" in lines[-1]
        mailbox.closed = ""
        assert work.mail("monthly") is None
        assert lines[-1] == "report monthly: sent to ceo@tea.example, cmo@tea.example"
        assert work.mail("monthly") is None
        assert len(mailbox.mails) == 1
        monkeypatch.setattr("hub.app.hub.micros", lambda: 1_772_524_800_000_000)  # the third of March
        assert work.once() == [None]
        assert len(mailbox.mails) == 2
        monkeypatch.setattr(hub, "send_report", lambda *_, **__: 1 / 0)
        assert work.mail("monthly").kind == "system"
    assert not list(mailbox.mails[0].iter_attachments())


@pytest.mark.usefixtures("february")
def test_a_report_whose_sender_died_before_it_was_noted_is_sent_again_once(both, server, monkeypatch):
    mailbox, port = server
    configured(both, port, "attach = []")
    both.hub("sync")
    with Hub.open(both.config) as hub:
        work = Scheduler(hub, threading.Event(), lambda _: None)
        with monkeypatch.context() as killed:
            killed.setattr("hub.app.reports.send.remember", lambda *_: 1 / 0)
            assert work.mail("monthly").kind == "system"
        assert len(mailbox.mails) == 1
        assert [work.mail("monthly"), work.mail("monthly")] == [None, None]
    assert len(mailbox.mails) == 2


@pytest.mark.usefixtures("february")
def test_while_one_scheduler_sends_a_report_another_does_not(both, server):
    mailbox, port = server
    configured(both, port, "attach = []")
    both.hub("sync")
    with Hub.open(both.config) as hub:
        work = Scheduler(hub, threading.Event(), lambda _: None)
        with hub.store.write() as tx:
            lease = acquire(tx, "report monthly", new_holder(), micros())
        assert work.mail("monthly") is None
        assert not mailbox.mails
        with hub.store.write() as tx:
            release(tx, lease)
        assert work.mail("monthly") is None
    assert len(mailbox.mails) == 1


@pytest.mark.usefixtures("february")
def test_those_who_took_a_report_do_not_get_it_again_for_an_address_that_was_refused(synced, server):
    mailbox, port = server
    configured(synced, port, "attach = []")
    synced.config.write_text(synced.config.read_text().replace("ceo@", "nobody@"))
    with Hub.open(synced.config) as hub:
        work = Scheduler(hub, threading.Event(), lambda _: None)
        assert "nobody@tea.example" in work.mail("monthly").what
        assert work.mail("monthly") is None
    assert len(mailbox.mails) == 1


def test_what_goes_wrong_is_told_without_the_password(synced, server):
    mailbox, port = server
    assert "no mail server" in told(synced, "[reports.monthly]\nto = ['a@b.c']\n", port=None)["what"]
    configured(synced, port, password="wrong-secret")
    error = synced.told("report", "send", "monthly", code=2)["error"]
    assert "535" in error["what"]
    assert "wrong-secret" not in str(error)
    (synced.folder / "password.txt").write_text(PASSWORD)
    assert "there is no report named 'montly' (did you mean monthly?)" in str(
        synced.told("report", "send", "montly", code=2)
    )
    text = synced.config.read_text()
    synced.config.write_text(text.replace("ceo@", "nobody@"))
    error = synced.told("report", "send", "monthly", code=2)["error"]
    assert (error["what"], error["cause"]) == (
        "the mail server takes no mail for nobody@tea.example",
        "the others have it",
    )
    assert len(mailbox.mails) == 1
    synced.config.write_text(text.replace("ceo@", "nobody@").replace("cmo@", "nobody-else@"))
    assert "nobody-else@" in synced.told("report", "send", "monthly", code=2)["error"]["what"]
    synced.config.write_text(text.replace(f"port = {port}", "port = 1"))
    assert "cannot be reached" in synced.told("report", "send", "monthly", code=3)["error"]["what"]
    synced.config.write_text(text.replace('security = "none"', 'security = "starttls"'))
    assert "cannot be used as configured" in synced.told("report", "send", "monthly", code=2)["error"]["what"]
    synced.config.write_text(text.replace('{ file = "password.txt" }', '"literal"'))
    assert "literal" not in str(
        synced.told("report", "send", "monthly", code=2)["error"]["what"].replace("a literal", "")
    )
    assert synced.told("report", "send", "monthly", "--dry-run")["to"] == [
        "ceo@tea.example",
        "cmo@tea.example",
    ]


def told(workspace: Any, report: str, port: int | None) -> Any:
    text = workspace.config.read_text()
    workspace.config.write_text(f"{text}\n{report}")
    try:
        return workspace.told("report", "send", "monthly", code=2)["error"]
    finally:
        workspace.config.write_text(text)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('[reports.x]\nto = ["a b@c"]', "to"),
        ("[reports.x]\nto = []", "to"),
        ('[reports.x]\nto = ["a@b.c"]\nschedule = "soon"', "schedule: 'soon'"),
        ('[reports.x]\nto = ["a@b.c"]\nperiod = "year"', "period"),
        ('[reports.x]\nto = ["a@b.c"]\nattach = ["pdf"]', "attach"),
        ("[reports]\nx = 1", "must be a table"),
    ],
)
def test_a_wrong_report_is_told_when_the_configuration_is_read(workspace, table, said):
    workspace.config.write_text(f"{workspace.config.read_text()}\n{table}\n")
    error = workspace.told("report", "lag", code=2)["error"]
    assert said in error["what"] + error["where"]


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("day", date(2026, 3, 3), date(2026, 3, 3)),
        ("week", date(2026, 2, 23), date(2026, 3, 1)),
        ("month", date(2026, 2, 1), date(2026, 2, 28)),
        ("quarter", date(2025, 10, 1), date(2025, 12, 31)),
    ],
)
def test_a_period_is_the_last_whole_one(period, first, last):
    assert days_of(period, date(2026, 3, 4)) == (first, last)
