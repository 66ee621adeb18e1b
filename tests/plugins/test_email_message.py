"""What one mail says: who touched whom and when, however broken the mail is."""

from __future__ import annotations

import re
from base64 import b64encode
from datetime import UTC, datetime
from email.message import EmailMessage
from time import process_time

import pytest
from hub_email.address import is_no_reply, is_own, parse_addresses
from hub_email.charset import decode, header_text
from hub_email.html import html_to_text
from hub_email.message import Reading, interactions, mail_date
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import DataError
from hub.plugin import Interaction

READING = Reading(own=("support@shop.example", "@shop.cn"), timezone="Asia/Shanghai")
ARRIVED = datetime(2025, 3, 4, 5, 6, tzinfo=UTC)


def mail(*headers: str, body: bytes = b"Hello", encoding: str = "utf-8") -> bytes:
    return "\r\n".join(headers).encode(encoding) + b"\r\n\r\n" + body


def only(raw: bytes, reading: Reading = READING) -> Interaction:
    (found,) = interactions(raw, reading, arrived=ARRIVED)
    return found


def inbound(*headers: str, body: bytes = b"Hello", encoding: str = "utf-8") -> Interaction:
    usual = ["From: Alice <alice@example.com>", "To: support@shop.example", "Message-ID: <m1@example.com>"]
    named = {line.partition(":")[0].lower() for line in headers}
    kept = [line for line in usual if line.partition(":")[0].lower() not in named]
    return only(mail(*kept, *headers, body=body, encoding=encoding))


def test_inbound_mail_touches_its_sender() -> None:
    found = inbound("Date: Mon, 3 Mar 2025 10:00:00 +0800", "Subject: Re: Price?", "Reply-To: a2@example.com")
    assert (found.id, found.kind, found.direction) == ("m1@example.com", "mail", "inbound")
    assert (found.full_name, found.emails) == ("Alice", ["alice@example.com"])
    assert found.occurred_at == datetime(2025, 3, 3, 2, tzinfo=UTC)
    assert (found.source, found.medium, found.channel) == ("email", "email", "")
    assert (found.subject, found.custom["subject_base"]) == ("Re: Price?", "Price?")
    assert found.custom["reply_to"] == ["a2@example.com"]
    assert (found.body, found.thread) == ("Hello", "m1@example.com")


def test_outbound_mail_touches_each_customer_it_goes_to() -> None:
    found = interactions(
        mail(
            "From: Shop <sales@shop.cn>",
            'To: "Lovelace, Ada" <Ada@Example.com>, colleague@shop.cn',
            "Cc: bob@example.com, ada@example.com",
            "Message-ID: <out@shop.cn>",
        ),
        READING,
        arrived=ARRIVED,
    )
    assert [(one.id, one.full_name, one.emails) for one in found] == [
        ("out@shop.cn", "Lovelace, Ada", ["Ada@Example.com"]),
        ("out@shop.cn#bob@example.com", "", ["bob@example.com"]),
    ]
    assert {one.direction for one in found} == {"outbound"}


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        (["List-Id: <news.example.com>"], "list"),
        (["Precedence: bulk"], "list"),
        (["Auto-Submitted: auto-replied"], "auto"),
        (["Return-Path: <>"], "auto"),
        (["From: MAILER-DAEMON@mx.example.com"], "no-reply"),
        (["From: Shop <no-reply@example.com>"], "no-reply"),
        (["From: bounce+17=x@example.com"], "no-reply"),
        (["From: Boss <boss@shop.cn>"], "own"),
        (["From: undisclosed"], "none-named"),
    ],
)
def test_mail_of_lists_robots_and_ourselves_makes_no_customer(headers: list[str], reason: str) -> None:
    found = inbound(*headers)
    assert (found.emails, found.full_name, found.custom["no_customer"]) == ([], "", reason)


def test_auto_submitted_no_is_written_by_a_person() -> None:
    assert inbound("Auto-Submitted: no").emails == ["alice@example.com"]


def test_thread_is_the_root_of_the_references() -> None:
    assert inbound("References: <root@x>\r\n <mid@x>", "In-Reply-To: <mid@x>").thread == "root@x"
    assert inbound("In-Reply-To: <mid@x>").thread == "mid@x"


@pytest.mark.parametrize(
    ("subject", "base"),
    [
        ("回复：转发: 报价", "报价"),
        ("RE: Fwd: AW: Price", "Price"),
        ("Re[2]: Price", "Price"),
        ("Reform: the plan", "Reform: the plan"),
    ],
)
def test_reply_marks_are_stripped_from_the_subject_base_only(subject: str, base: str) -> None:
    found = inbound(f"Subject: {subject}")
    assert (found.subject, found.custom["subject_base"]) == (subject, base)


def test_gbk_mail_without_a_declared_charset_is_read() -> None:
    found = inbound(
        "From: 张伟 <zw@example.com>", "Subject: 询价", body="你好，价格".encode("gbk"), encoding="gbk"
    )
    assert (found.full_name, found.subject, found.body) == ("张伟", "询价", "你好，价格")


def test_gb2312_mail_with_a_character_outside_it_is_read() -> None:
    found = inbound(
        "Content-Type: text/plain; charset=gb2312",
        "Content-Transfer-Encoding: 8bit",
        body="朱镕基".encode("gbk"),
    )
    assert found.body == "朱镕基"


def test_an_encoded_word_cut_inside_a_character_is_joined() -> None:
    raw = "联系方式".encode("gbk")
    first, second = b64encode(raw[:3]).decode(), b64encode(raw[3:]).decode()
    assert header_text(f"=?gb2312?B?{first}?=\r\n =?gb2312?B?{second}?=") == "联系方式"


def test_unknown_charset_and_undecodable_words_do_not_raise() -> None:
    assert header_text("=?x-klingon?Q?caf=C3=A9?= =?utf-8?B?!!!?=").startswith("café")
    assert decode("naïve café".encode("latin-1"), "us-ascii") == "naïve café"
    assert decode(b"\\x41", "unicode_escape") == "\\x41"


@pytest.mark.parametrize(
    "date", ["", "Date: nonsense", "Date: Mon, 32 Foo 2025", "Date: 1 Jan 1800 00:00:00 +0000"]
)
def test_a_mail_without_a_usable_date_happened_when_it_arrived(date: str) -> None:
    assert inbound(*filter(None, [date])).occurred_at == ARRIVED


def test_a_date_later_than_the_arrival_is_not_believed() -> None:
    assert inbound("Date: Mon, 3 Mar 2099 10:00:00 +0000").occurred_at == ARRIVED


def test_without_arrival_the_last_hop_dates_the_mail() -> None:
    raw = mail("From: a@example.com", "Received: from x by y; Tue, 4 Mar 2025 09:00:00 +0000")
    (found,) = interactions(raw, READING)
    assert found.occurred_at == datetime(2025, 3, 4, 9, tzinfo=UTC)


def test_a_naive_date_is_read_in_the_mailbox_timezone() -> None:
    assert mail_date("Mon, 3 Mar 2025 10:00:00", "Asia/Shanghai") == datetime(2025, 3, 3, 2, tzinfo=UTC)
    assert mail_date("Mon, 3 Mar 2025 10:00:00 -0000", "Asia/Shanghai") == datetime(
        2025, 3, 3, 10, tzinfo=UTC
    )


def test_a_mail_that_nothing_dates_is_refused() -> None:
    with pytest.raises(DataError, match="no readable date"):
        interactions(mail("From: a@example.com"), READING)


def test_bytes_that_are_no_mail_are_refused() -> None:
    with pytest.raises(DataError, match="no mail"):
        interactions(b"\x00\x01 not a mail", READING, arrived=ARRIVED)


def test_a_mail_without_an_id_gets_one_from_its_content_not_its_journey() -> None:
    one = only(mail("From: a@example.com", "Subject: Hi", body=b"Text\n"))
    same = only(
        mail("Received: by x; y", "X-UID: 7", "From: a@example.com", "Subject: Hi", body=b"Text\r\n\r\n")
    )
    other = only(mail("From: a@example.com", "Subject: Hi", body=b"Other"))
    assert one.id == same.id
    assert one.id.startswith("sha256-")
    assert one.id != other.id


def test_a_long_body_is_cut_at_a_character_and_noted() -> None:
    reading = Reading(own=(), max_body=10)
    found = only(
        mail("From: a@example.com", "Content-Type: text/plain; charset=utf-8", body="你好世界".encode()),
        reading,
    )
    assert (found.body, found.custom["body_bytes"]) == ("你好世", 12)


def test_attachments_are_named_and_plain_text_goes_before_html() -> None:
    built = EmailMessage()
    built["From"], built["Message-ID"] = "a@example.com", "<x@y>"
    built.set_content("plain words")
    built.add_alternative("<p>html words</p>", subtype="html")
    built.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="报价单.pdf")
    built.add_attachment("the wrong text", filename="notes.txt")
    found = only(built.as_bytes())
    assert found.body == "plain words"
    assert found.custom["attachments"] == ["报价单.pdf", "notes.txt"]


def test_a_forwarded_mail_is_an_attachment_not_the_body() -> None:
    inner, outer = EmailMessage(), EmailMessage()
    inner["From"] = "victim@example.org"
    inner.set_content("inner words")
    outer["From"] = "a@example.com"
    outer.set_content("outer words")
    outer.add_attachment(inner)
    found = only(outer.as_bytes())
    assert (found.body, found.emails) == ("outer words", ["a@example.com"])
    assert found.custom["attachments"] == ["message"]


def test_html_only_mail_becomes_readable_text() -> None:
    html = b"<html><head><style>p{}</style><body><p>Dear&nbsp;shop,<br>price\nplease</p><script>x()</script>"
    assert inbound("Content-Type: text/html", body=html).body == "Dear shop,\nprice please"


def test_truncated_multipart_still_gives_its_text() -> None:
    body = b"--b\r\nContent-Type: text/plain\r\n\r\nfirst part\r\n--b\r\nContent-Type: application/pdf\r\n\r\nJVB"
    assert inbound("Content-Type: multipart/mixed; boundary=b", body=body).body == "first part"


def test_deeply_nested_mail_is_refused_not_crashed_on() -> None:
    levels = b"".join(
        b"--%d\r\nContent-Type: multipart/mixed; boundary=%d\r\n\r\n" % (n, n + 1) for n in range(3000)
    )
    with pytest.raises(DataError, match="cannot be parsed"):
        interactions(
            mail("From: a@example.com", "Content-Type: multipart/mixed; boundary=0", body=levels), READING
        )


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("Team: a@example.com, B <b@example.com>;", [("", "a@example.com"), ("B", "b@example.com")]),
        ("undisclosed-recipients:;", []),
        ("a@example.com (Alice)", [("Alice", "a@example.com")]),
        ('"alice@example.com" <alice@example.com>', [("", "alice@example.com")]),
        ("'Alice' <a@example.com>", [("Alice", "a@example.com")]),
        ('"Say \\"hi\\"" <a@example.com>', [('Say "hi"', "a@example.com")]),
        ('"unclosed <a@example.com>', [("", "a@example.com")]),
        ("=?utf-8?Q?M=C3=BCller,_J?= <j@example.com>", [("Müller, J", "j@example.com")]),
        ("a@example.com; b@example.com", [("", "a@example.com"), ("", "b@example.com")]),
    ],
)
def test_addresses_are_read_as_people_write_them(header: str, names: list[tuple[str, str]]) -> None:
    assert [(one.name, one.email) for one in parse_addresses(header)] == names


def test_own_is_an_address_a_tagged_address_or_a_domain() -> None:
    own = ["Me@a.example", "b.example"]
    assert is_own("me+x@A.example", own)
    assert is_own("any@mail.b.example", own)
    assert not is_own("you@a.example", own)
    assert not is_own("me@notb.example", own)


def test_a_bouncer_is_a_person() -> None:
    assert not is_no_reply("bouncer@club.example")
    assert is_no_reply("orders-noreply@example.com")
    assert is_no_reply("do_not_reply@example.com")


@pytest.mark.parametrize("hostile", ["<!--" * 60_000, "<a " * 80_000, "<![x", "&" * 200_000, "<" * 200_000])
def test_hostile_html_is_read_in_little_time(hostile: str) -> None:
    began = process_time()
    html_to_text(hostile)
    assert process_time() - began < 5


@pytest.mark.parametrize(
    "hostile", ['\\"' * 50_000, "(" * 100_000, "<" * 100_000, "=?" * 50_000, "a" * 100_000]
)
def test_hostile_address_headers_are_read_in_little_time(hostile: str) -> None:
    began = process_time()
    parse_addresses(hostile)
    assert process_time() - began < 5


HEADERS = st.sampled_from(["From", "To", "Cc", "Date", "Subject", "Message-ID", "Content-Type", "References"])
NOISE = st.binary(max_size=60).map(lambda raw: raw.replace(b"\r", b" ").replace(b"\n", b" "))
SEEDS = st.sampled_from(
    [
        b"a@example.com",
        b"=?gbk?B?",
        b'"x',
        b"multipart/mixed; boundary=b",
        b"text/html; charset=hz",
        b"<a@b>",
        b"; name*=x'",
    ]
)


@settings(max_examples=100, deadline=None)
@given(
    lines=st.lists(st.tuples(HEADERS, st.lists(NOISE | SEEDS, max_size=4)), max_size=8),
    body=st.binary(max_size=200),
)
def test_any_bytes_become_storable_records_or_a_data_error(
    lines: list[tuple[str, list[bytes]]], body: bytes
) -> None:
    head = b"\n".join(name.encode() + b": " + b"".join(values) for name, values in lines)
    try:
        found = interactions(head + b"\n\n" + body, READING, arrived=ARRIVED)
    except DataError:
        return
    for one in found:
        text = one.model_dump_json()
        text.encode("utf-8")
        assert not re.search(r"(?<!\\)\\u0000", text)
        assert one.occurred_at.tzinfo
