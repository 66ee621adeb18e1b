"""Form posts: who sent them and where they came from, in every encoding a browser or a server uses."""

from __future__ import annotations

import hmac
import json
import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest
from hub_webform.form import Form, FormSettings
from hub_webform.payload import Refused
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.plugin import Context, Customer, Interaction, Page, Post, Window

AT = datetime(2025, 3, 4, 5, 6, 7, tzinfo=UTC)
URLENCODED = "application/x-www-form-urlencoded"


def form(**more: Any) -> Form:
    return Form(FormSettings.model_validate(more), Context(name="contact"))


def pages(source: Form, post: Post) -> dict[str, list[Page]]:
    return {one.name: list(one.read(source, Window(post=post))) for one in source.streams()}


def post(fields: dict[str, str] | bytes, kind: str = URLENCODED, at: datetime = AT, **headers: str) -> Post:
    body = fields if isinstance(fields, bytes) else urlencode(fields).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Post(body, kind, {"content-type": kind, **named}, received_at=at)


def landed(source: Form, sent: Post) -> tuple[Customer | None, Interaction]:
    found = pages(source, sent)
    (submission,) = found["submissions"][0].records
    people = [record for page in found["people"] for record in page.records]
    return (people[0] if people else None), submission


def test_a_post_becomes_a_person_and_a_submission_under_one_id() -> None:
    person, submission = landed(
        form(form="Demo request"),
        post(
            {
                "submission_id": "u-1",
                "Your-Name": "Ada",
                "email": "ada@example.com",
                "message": "Hi",
                "Budget": "9k",
            }
        ),
    )
    assert person
    assert (person.id, person.full_name, person.emails) == ("u-1", "Ada", ["ada@example.com"])
    assert (submission.id, submission.customer_ref) == ("u-1", "u-1")
    assert (submission.kind, submission.direction, submission.occurred_at) == ("form", "inbound", AT)
    assert (submission.subject, submission.body) == ("Demo request", "Hi")
    assert submission.custom == {"Budget": "9k", "form": "Demo request"}
    assert person.custom == {"Budget": "9k"}


def test_chinese_fields_are_known_by_their_usual_names() -> None:
    person, submission = landed(
        form(),
        post(
            {
                "姓名": "张伟",
                "邮箱": "zw@example.cn",
                "手机": "13912345678",
                "公司": "某某公司",
                "微信": "zw88",
                "留言": "你好",
            }
        ),
    )
    assert person
    assert (person.full_name, person.emails, person.phones) == ("张伟", ["zw@example.cn"], ["13912345678"])
    assert (person.organization, person.handles, submission.body) == ("某某公司", ["wechat:zw88"], "你好")


def test_the_admins_mapping_goes_before_the_usual_names() -> None:
    own = {
        "emails": ["work", "home"],
        "full_name": "who",
        "consent.marketing": "news",
        "organization": "name",
    }
    person, _ = landed(
        form(fields=own),
        post(
            {
                "who": "Ada",
                "work": "a@x.example",
                "home": "b@x.example",
                "name": "ACME",
                "news": "on",
                "email": "c@x",
            }
        ),
    )
    assert person
    assert (person.full_name, person.organization) == ("Ada", "ACME")
    assert person.emails == ["a@x.example", "b@x.example"]
    assert person.consent == {"marketing": "granted"}
    assert person.custom == {"email": "c@x"}


def test_a_post_that_names_nobody_lands_unattached_and_whole() -> None:
    person, submission = landed(form(), post({"country": "DE", "rating": "5", "email": ""}))
    assert person is None
    assert submission.customer_ref == ""
    assert submission.custom == {"country": "DE", "rating": "5", "email": "", "form": "contact"}


def test_multipart_posts_keep_name_and_size_of_files() -> None:
    body = (
        b'--B\r\nContent-Disposition: form-data; name="email"\r\n\r\nada@example.com\r\n'
        b'--B\r\nContent-Disposition: form-data; name="cv"; filename="C:\\me\\\xe7\xae\x80\xe5\x8e\x86.pdf"\r\n'
        b"Content-Type: application/pdf\r\n\r\n\x00\xff%PDF\r\n--B--\r\n"
    )
    person, submission = landed(form(), post(body, "multipart/form-data; boundary=B"))
    assert person
    assert person.emails == ["ada@example.com"]
    assert submission.custom["files"] == [{"field": "cv", "name": "简历.pdf", "size": 6}]


def test_json_posts_and_beacons_are_read() -> None:
    body = json.dumps(
        {"contact": {"email": "a@x.example"}, "tags": ["a", "b"], "rows": [{"n": 1}], "phone": 13912345678}
    )
    source = form(fields={"emails": "contact.email"})
    for kind in (
        "application/json; charset=utf-8",
        "text/plain;charset=UTF-8",
        "application/vnd.api+json",
        "",
    ):
        person, submission = landed(source, post(body.encode(), kind))
        assert person
        assert (person.emails, person.phones) == (["a@x.example"], ["13912345678"])
        assert submission.custom == {"tags": ["a", "b"], "rows": [{"n": 1}], "form": "contact"}


def test_gbk_posts_are_read_declared_or_not() -> None:
    raw = b"name=" + quote_plus("张伟".encode("gbk")).encode()
    for sent in (post(raw), post(raw, URLENCODED + "; charset=gbk"), post(raw + b"&_charset_=gbk")):
        person, _ = landed(form(), sent)
        assert person
        assert person.full_name == "张伟"


def test_the_touch_is_read_from_hidden_fields_first() -> None:
    _, submission = landed(
        form(),
        post(
            {
                "email": "a@x.example",
                "utm_source": "google",
                "utm_medium": "cpc",
                "referrer": "https://www.google.com/",
                "landing_url": "https://shop.example/?utm_source=old&utm_campaign=old&gclid=G1",
            },
            referer="https://shop.example/contact?utm_source=older&fbclid=F",
        ),
    )
    assert (submission.source, submission.medium, submission.campaign) == ("google", "cpc", "")
    assert submission.click_ids == {"gclid": "G1"}
    assert submission.referrer == "https://www.google.com/"
    assert submission.custom == {"form": "contact"}


def test_without_hidden_fields_the_page_that_holds_the_form_tells_the_touch() -> None:
    page = "https://shop.example/contact?UTM_Source=bing&utm_term=a+b&utm_content=c&msclkid=M&li_fat_id=L"
    _, submission = landed(form(), post({"email": "a@x.example"}, referer=page))
    assert (submission.source, submission.term, submission.content) == ("bing", "a b", "c")
    assert submission.click_ids == {"msclkid": "M", "li_fat_id": "L"}
    assert submission.landing_url == page


def test_an_address_that_is_none_costs_nothing() -> None:
    _, submission = landed(form(), post({"email": "a@x.example", "landing_url": "http://[bad?utm_source=x"}))
    assert submission.landing_url == "http://[bad?utm_source=x"


def test_one_submission_sent_twice_has_one_id() -> None:
    sent = {"email": "a@x.example", "message": "Hi"}

    def id_of(fields: dict[str, str], seconds: int = 0, **headers: str) -> str:
        return landed(form(), post(fields, at=AT + timedelta(seconds=seconds), **headers))[1].id

    assert id_of(sent) == id_of(sent, 30) == id_of(dict(reversed(sent.items())))
    assert id_of(sent) != id_of(sent, 60)
    assert id_of(sent) != id_of(sent | {"message": "Ho"})
    assert id_of(sent, 900, idempotency_key="k-1") == "k-1"
    assert id_of(sent | {"submission_id": "s-1"}, idempotency_key="k-1") == "s-1"
    assert id_of(sent | {"submission_id": "x" * 900}) == id_of(sent | {"submission_id": "x" * 900}, 900)


def test_a_filled_honeypot_lands_nothing_and_is_kept_once() -> None:
    found = pages(form(), post({"email": "bot@x.example", "website_url": "http://spam"}))
    assert found["people"] == []
    (page,) = found["submissions"]
    assert page.records == ()
    assert [("honeypot" in one.reason, "spam" in one.raw) for one in page.rejected] == [(True, True)]
    assert landed(form(honeypot=""), post({"email": "a@x.example", "website_url": "http://me"}))[0]


def test_a_form_with_a_secret_takes_only_what_it_signed() -> None:
    source = form(secret="s3cret-value")
    body = b"email=a%40x.example"
    signature = hmac.new(b"s3cret-value", body, sha256).hexdigest()
    assert landed(source, post(body, x_signature=f"sha256={signature}"))[0]
    for wrong in ("", "sha256=" + "0" * 64, "sha256=é"):
        with pytest.raises(Refused) as caught:
            landed(source, post(body, x_signature=wrong))
        assert caught.value.http_status == 401
        assert "s3cret" not in str(caught.value)
    with pytest.raises(Refused):
        landed(source, post(body + b"&x=1", x_signature=f"sha256={signature}"))
    assert "s3cret" not in repr(source.settings)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"email": ', "application/json", 400),
        (b'["a"]', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"\xff\xfe{", "application/json", 400),
        (b"--B\r\nbroken", "multipart/form-data; boundary=B", 400),
        (b"", "multipart/form-data", 400),
        (b"", URLENCODED, 400),
        (b"&".join(b"f%d=1" % n for n in range(600)), URLENCODED, 400),
        (b"<xml/>", "application/xml", 415),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(body: bytes, kind: str, status: int) -> None:
    with pytest.raises(Refused) as caught:
        landed(form(), post(body, kind))
    assert caught.value.http_status == status
    assert caught.value.what


def test_a_stream_read_without_a_post_has_nothing() -> None:
    source = form()
    assert [list(one.read(source, Window())) for one in source.streams()] == [[], []]
    assert {one.mode for one in source.streams()} == {"inbox"}


KINDS = st.sampled_from([URLENCODED, "application/json", "multipart/form-data; boundary=B", "text/plain", ""])
BODIES = st.binary(max_size=80) | st.sampled_from(
    [b"a=%00&b=%ff%fe&utm_source=%", b'{"a": "\\ud800\\u0000", "email": true}', b"--B\r\n\r\n--B--\r\n"]
)


@settings(max_examples=100, deadline=None)
@given(body=BODIES, kind=KINDS, referer=st.text(max_size=30))
def test_any_post_lands_storable_or_is_refused(body: bytes, kind: str, referer: str) -> None:
    try:
        person, submission = landed(
            form(), post(body, kind, referer=referer.encode("utf-8", "replace").decode())
        )
    except Refused:
        return
    for record in filter(None, [person, submission]):
        assert not re.search(r"(?<!\\)\\u0000", record.model_dump_json())


@settings(max_examples=60, deadline=None)
@given(
    fields=st.dictionaries(
        st.text("abcdé张_- ", min_size=1), st.text(max_size=20).filter(lambda t: "\0" not in t)
    )
)
def test_no_field_is_ever_dropped(fields: dict[str, str]) -> None:
    named = {name.strip(): value for name, value in fields.items() if name.strip()}
    _, submission = landed(
        form(),
        post({"x": "1"} | {key: value.encode("utf-8", "replace").decode() for key, value in named.items()}),
    )
    assert set(named) <= set(submission.custom)
