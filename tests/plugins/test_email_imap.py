"""Reading a mailbox of a real server: every mail once, nothing changed in it, whatever happens meanwhile."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hub_email.folders import Folder, decode_name, encode_name, parse_list, sent_folder
from hub_email.imap import Imap, ImapSettings
from hub_email.mailbox import Mailbox, Opened, _groups
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import ConfigError, TransientError
from hub.plugin import Context, Json, Page, Window
from tests.peers import dovecot, pymap
from tests.peers.mailserver import MailServer, a_mail, free_port


@pytest.fixture(scope="module")
def running_pymap() -> Iterator[MailServer]:
    with pymap.pymap() as running:
        yield running


@pytest.fixture(scope="module")
def running_dovecot() -> Iterator[MailServer]:
    if dovecot.missing():
        pytest.skip(dovecot.missing())
    with dovecot.dovecot() as running:
        yield running


@pytest.fixture(params=["running_pymap", "running_dovecot"])
def server(request: pytest.FixtureRequest) -> MailServer:
    """Each of the two servers, emptied."""
    running: MailServer = request.getfixturevalue(request.param)
    running.clear()
    return running


def connector(server: MailServer, **more: object) -> Imap:
    more = {"own": ["shop.example"], **more}
    return Imap(ImapSettings.model_validate(server.settings(**more)), Context(name="support_mail"))


def read(source: Imap, cursor: Json = None, **window: Any) -> list[Page]:
    return list(source.streams()[0].read(source, Window(cursor=cursor, **window)))


def ids(pages: list[Page]) -> list[str]:
    return [record.id for page in pages for record in page.records]


def test_a_run_reads_on_where_the_last_one_ended(server: MailServer) -> None:
    server.append(*(a_mail(n) for n in range(5)))
    source = connector(server, page_size=2)
    source.check()
    first = read(source)
    assert ids(first) == [f"{n}@test" for n in range(5)]
    assert [len(page.records) for page in first] == [2, 2, 1]
    assert read(source, first[-1].cursor) == []
    assert ids(read(source, first[0].cursor)) == ["2@test", "3@test", "4@test"]
    server.append(a_mail(5))
    assert ids(read(source, first[-1].cursor)) == ["5@test"]
    assert len(ids(read(source, first[-1].cursor, full=True))) == 6


def test_mail_in_the_sent_folder_is_read_too_and_copies_share_an_id(server: MailServer) -> None:
    source = connector(server)
    sent = f'"{server.sent}"'
    out = a_mail(9, "Shop <sales@shop.example>", To="Ada <ada@example.com>")
    server.append(out)
    server.append(out, folder=sent)
    pages = read(source)
    assert ids(pages) == ["9@test", "9@test"]
    assert pages[0].records == pages[1].records
    record = pages[0].records[0]
    assert (record.direction, record.emails, record.full_name) == ("outbound", ["ada@example.com"], "Ada")
    assert set(pages[-1].cursor) == {"INBOX", sent.strip('"')}


def test_reading_marks_nothing_as_seen(server: MailServer) -> None:
    server.append(a_mail(1))
    read(connector(server))
    with server.client() as client:
        client.select("INBOX", readonly=True)
        assert client.search(None, "UNSEEN")[1] == [b"1"]


def test_a_mail_that_is_none_is_set_aside_and_its_neighbours_land(server: MailServer) -> None:
    server.append(a_mail(1), b"Subject: no sender, no date\r\n\r\nwhat?\r\n", a_mail(2))
    (page,) = read(connector(server))
    assert ids([page]) == ["1@test", "2@test"]
    (reject,) = page.rejected
    assert reject.source_id.startswith("INBOX/")
    assert "what?" in reject.raw


def test_a_mail_without_a_date_has_that_of_its_arrival(server: MailServer) -> None:
    server.append(b"From: a@example.com\r\nMessage-ID: <x@y>\r\n\r\nHi\r\n")
    assert read(connector(server))[0].records[0].occurred_at.isoformat() == "2025-03-04T00:00:00+00:00"


def test_mail_that_arrives_or_goes_during_a_run_costs_no_other(server: MailServer) -> None:
    server.append(*(a_mail(n) for n in range(6)))
    source = connector(server, page_size=2)
    pages = source.streams()[0].read(source, Window())
    seen = [next(pages)]
    with server.client() as client:
        client.select("INBOX")
        client.store("1,4", "+FLAGS", r"(\Deleted)")
        client.expunge()
    server.append(a_mail(6))
    seen += list(pages)
    later = read(source, seen[-1].cursor)
    with server.client() as client:
        client.select("INBOX", readonly=True)
        left = len(client.search(None, "ALL")[1][0].split())
    assert "6@test" not in ids(seen)
    assert ids(later) == ["6@test"]
    assert len(set(ids(seen + later))) >= left


def test_a_folder_numbered_anew_is_read_again(running_dovecot: MailServer) -> None:
    name = encode_name("客户来信").decode()
    with running_dovecot.client() as client:
        client.create(name)
    running_dovecot.append(a_mail(1), a_mail(2), folder=name)
    source = connector(running_dovecot, folders=["客户来信"])
    first = read(source)
    dovecot.renumber(running_dovecot, name)
    running_dovecot.append(a_mail(3), folder=name)
    second = read(source, first[-1].cursor)
    assert ids(second) == ["1@test", "2@test", "3@test"]
    before, after = (page.cursor["客户来信"]["uidvalidity"] for page in (first[-1], second[-1]))
    assert before != after
    assert read(source, second[-1].cursor) == []


def test_since_leaves_older_mail_unread(server: MailServer) -> None:
    server.append(a_mail(1), at=datetime(2024, 12, 30, tzinfo=UTC))
    server.append(a_mail(2))
    assert ids(read(connector(server, since="2025-01-15"))) == ["2@test"]


def test_a_refused_login_says_which_setting_and_not_the_password(server: MailServer) -> None:
    source = connector(server, password="Tr0ub4dor-wrong")
    with pytest.raises(ConfigError) as caught:
        source.check()
    assert "`username` or `password`" in caught.value.cause
    assert "Tr0ub4dor" not in f"{caught.value}{caught.value!r}{source.settings!r}"


def test_a_folder_that_is_not_there_is_named_with_those_that_are(server: MailServer) -> None:
    with pytest.raises(ConfigError, match="'Nowhere'") as caught:
        connector(server, folders=["INBOX", "Nowhere"]).check()
    assert "INBOX" in caught.value.step


def test_an_unreachable_server_is_a_transient_error() -> None:
    with pytest.raises(TransientError, match="no connection"):
        connector(MailServer(free_port(), "a@shop.example", "x")).check()


def test_a_silent_server_is_a_transient_error_after_the_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(TransientError, match=r"within 0\.3 s"):
            connector(MailServer(port, "a@shop.example", "x"), timeout=0.3).check()


def test_tls_asked_of_a_plain_server_is_a_configuration_error(server: MailServer) -> None:
    with pytest.raises(ConfigError, match="does not speak TLS") as caught:
        connector(server, ssl=True).check()
    assert "ssl = false" in caught.value.step


def test_a_line_cut_in_the_middle_is_transient_and_keeps_the_pages_before(server: MailServer) -> None:
    server.append(*(a_mail(n) for n in range(4)))
    with _cuttable(server.port) as (port, cut):
        source = connector(MailServer(port, server.username, server.password), page_size=2)
        pages = source.streams()[0].read(source, Window())
        first = next(pages)
        cut()
        with pytest.raises(TransientError, match="no connection"):
            next(pages)
    assert ids(read(connector(server), first.cursor)) == ["2@test", "3@test"]


class _cuttable:
    """A relay to a server whose line can be cut."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.ends: list[socket.socket] = []

    def __enter__(self) -> tuple[int, Any]:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.threads = [threading.Thread(target=self._accept, daemon=True)]
        self.threads[0].start()
        return self.listener.getsockname()[1], self._cut

    def _accept(self) -> None:
        near, _ = self.listener.accept()
        far = socket.create_connection(("127.0.0.1", self.target))
        self.ends += [near, far]
        for one, other in ((near, far), (far, near)):
            self.threads.append(threading.Thread(target=self._pump, args=(one, other), daemon=True))
            self.threads[-1].start()

    def _pump(self, one: socket.socket, other: socket.socket) -> None:
        try:
            while piece := one.recv(65536):
                other.sendall(piece)
        except OSError:
            return

    def _cut(self) -> None:
        for end in self.ends:
            end.shutdown(socket.SHUT_RDWR)

    def __exit__(self, *_: object) -> None:
        self.listener.close()
        for thread in list(self.threads):
            thread.join(5)
        for end in self.ends:
            end.close()


class _Searched:
    """A line to a server that answers every search with the same UIDs, asked for or not."""

    def __init__(self, answer: bytes) -> None:
        self.asked: list[str] = []
        self.answer = answer
        self.client = self

    def uid(self, command: str, criteria: str) -> tuple[str, list[bytes]]:
        self.asked.append(criteria)
        return "OK", [self.answer]

    def data(self, call: Any, what: str) -> list[bytes]:
        return call()[1]


def test_uids_a_server_names_unasked_are_left_out() -> None:
    line: Any = _Searched(b"3 7 12 8")
    assert Mailbox(line).uids(Opened("INBOX", 4, 1, 12), 7, None) == [8]
    assert Mailbox(line).uids(Opened("INBOX", 4, 1, None), 7, None) == [8, 12]
    assert Mailbox(line).uids(Opened("INBOX", 0, 1, 12), 7, None) == []


def test_a_large_folder_is_searched_in_slices_without_gaps() -> None:
    line: Any = _Searched(b"")
    Mailbox(line).uids(Opened("INBOX", 60_000, 1, 120_001), 0, date(2025, 1, 5))
    spans = ["UID 1:50000", "UID 50001:100000", "UID 100001:120000"]
    assert line.asked == [f"{span} SINCE 5-Jan-2025" for span in spans]


@pytest.mark.parametrize(
    ("listed", "chosen"),
    [
        ([Folder("INBOX"), Folder("Outbox", flags=frozenset({"\\sent"})), Folder("Sent")], "Outbox"),
        ([Folder("INBOX"), Folder("Sent Items"), Folder("Sent")], "Sent"),
        ([Folder("INBOX"), Folder("INBOX.Sent", ".")], "INBOX.Sent"),
        ([Folder("INBOX"), Folder("已发送")], "已发送"),
        ([Folder("Sent", flags=frozenset({"\\noselect"}))], ""),
    ],
)
def test_the_folder_of_sent_mail_is_found_by_mark_then_by_name(listed: list[Folder], chosen: str) -> None:
    assert sent_folder(listed) == chosen


def test_folder_names_come_quoted_bare_or_as_literals() -> None:
    lines = [
        b'(\\HasNoChildren \\Sent) "/" "Sent \\"old\\""',
        b'(\\NoSelect) "." INBOX',
        (b'() "/" {8}', b"a\\b&AOk-"),
        b"",
        b'() NIL "&XfJT0ZAB-"',
    ]
    found = parse_list(lines)
    assert [folder.name for folder in found] == ['Sent "old"', "INBOX", "a\\bé", "已发送"]
    assert [folder.is_selectable for folder in found] == [True, False, True, True]


def test_broken_folder_names_are_shown_as_they_are() -> None:
    assert decode_name(b"R&D") == "R&D"
    assert decode_name(b"&A-x") == "&A-x"
    assert decode_name("Entwürfe".encode()) == "Entwürfe"


@settings(max_examples=100, deadline=None)
@given(name=st.text(st.characters(codec="utf-8"), max_size=20))
def test_a_folder_name_survives_modified_utf_7(name: str) -> None:
    assert decode_name(encode_name(name)) == name


@settings(max_examples=60, deadline=None)
@given(sizes=st.lists(st.integers(0, 40 * 1024 * 1024), max_size=20))
def test_mails_are_fetched_in_groups_that_fit_in_memory(sizes: list[int]) -> None:
    groups = list(_groups(list(enumerate(sizes))))
    assert [uid for group in groups for uid in group] == list(range(len(sizes)))
    assert all(len(group) == 1 or sum(sizes[uid] for uid in group) <= 16 * 1024 * 1024 for group in groups)
