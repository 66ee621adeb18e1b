from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hub.core.normalize import email, emails_in, mailbox_kind


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Alice@Example.COM", "alice@example.com"),
        ("  alice@example.com \n", "alice@example.com"),
        ("mailto:alice@example.com?subject=Hi", "alice@example.com"),
        ("Alice Smith <alice@example.com>", "alice@example.com"),
        ("alice@example.com.", "alice@example.com"),
        ("alice @ example . com", "alice@example.com"),
        ("ａｌｉｃｅ＠ｑｑ．ｃｏｍ", "alice@qq.com"),
        ("john.doe+shop@googlemail.com", "johndoe@gmail.com"),
        ("J.O.H.N@gmail.com", "john@gmail.com"),
        ("john.doe+shop@outlook.com", "john.doe@outlook.com"),
        ("john+shop@company.com", "john+shop@company.com"),
        ("john@protonmail.com", "john@proton.me"),
        ("john@me.com", "john@icloud.com"),
        ("12345678@qq.com", "12345678@qq.com"),
        ("a@münchen.de", "a@xn--mnchen-3ya.de"),
        ("用户@例子.公司", "用户@xn--fsqu00a.xn--55qx5d"),
    ],
)
def test_one_mailbox_has_one_spelling(raw: str, expected: str):
    assert email(raw) == expected


@pytest.mark.parametrize(
    "raw",
    ["", "alice", "@example.com", "alice@", "a@b", "a b@example.com", "a@b@", "a..b@example.com", "a@-x-.com",
     "x" * 65 + "@example.com", "+tag@gmail.com", "a@" + "é" * 70 + ".com", "a@" + "b." * 130 + "com", "a@..com"],
)  # fmt: skip
def test_what_is_no_address_is_nothing(raw: str):
    assert email(raw) == ""


@pytest.mark.parametrize(
    "raw",
    ["test@test.com", "none@none.com", "noreply@shop.com", "no-reply@shop.com", "do.not.reply@shop.com",
     "noreply-123@shop.com", "unknown@unknown.com", "n/a@x.com", "123@123.com", "a@a.com", "xxx@xxx.com", "joe@x.invalid",
     "mailer-daemon@x.com", "测试@x.com"],
)  # fmt: skip
def test_placeholder_mailboxes_are_never_kept(raw: str):
    assert email(raw) == ""
    assert mailbox_kind(raw) == "placeholder"


@pytest.mark.parametrize(
    "address",
    ["info@acme.com", "sales@acme.com", "sales.cn@acme.com", "sales-team@acme.com", "support2@acme.com", "客服@acme.com",
     "customer.service@acme.com", "kefu@acme.cn", "acme@acme.com", "hr@acme.com"],
)  # fmt: skip
def test_role_mailboxes_are_kept_and_told_apart(address: str):
    assert email(address) == address
    assert mailbox_kind(address) == "role"


@pytest.mark.parametrize(
    "address", ["alice@acme.com", "john.sales@acme.com", "12345@qq.com", "adminton@acme.com", "cn@acme.com"]
)
def test_other_mailboxes_are_personal(address: str):
    assert mailbox_kind(address) == "personal"


@pytest.mark.parametrize("nothing", ["", "alice", "@x.com"])
def test_no_address_stands_for_nobody(nothing: str):
    assert mailbox_kind(nothing) == "placeholder"


@pytest.mark.parametrize(
    "raw",
    ["b@x.com;a@x.com", "b@x.com, a@x.com", "A <a@x.com>, B <b@x.com>", "a@x.com b@x.com", "a@x.com / b@x.com", "a@x.com、b@x.com",
     "a@x.com;b@x.com;a@x.com;c"],
)  # fmt: skip
def test_several_addresses_in_one_text_are_all_found(raw: str):
    assert emails_in(raw) == ("a@x.com", "b@x.com")


def test_one_or_no_address_in_a_text_is_a_tuple_too():
    assert emails_in("a@x.com") == ("a@x.com",)
    assert emails_in("none") == ()


@settings(max_examples=100)
@example("ann.+shop@me.com")
@given(
    st.one_of(
        st.text(max_size=30), st.emails(), st.from_regex(r"[a-z.+]{1,8}@(gmail|me|qq)\.com", fullmatch=True)
    )
)
def test_normalizing_twice_changes_nothing(raw: str):
    once = email(raw)
    assert email(once) == once
    assert mailbox_kind(once) in ("personal", "role", "placeholder")
    assert emails_in(raw) == tuple(sorted(set(emails_in(raw))))
