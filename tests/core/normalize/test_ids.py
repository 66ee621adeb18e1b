from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.normalize import handle, national_id, tax_id


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("11010519491231002x", "11010519491231002X"),
        ("110105 19491231 002X", "11010519491231002X"),
        ("１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X"),
        ("078-05-1120", "078051120"),
        ("5304218", "5304218"),
    ],
)
def test_an_id_is_its_letters_and_digits(raw: str, expected: str):
    assert national_id(raw) == expected


@pytest.mark.parametrize(
    "raw", ["", "-", "N/A", "无", "000000000", "111-11-1111", "123456789", "XXXXXXXX", "12", "unknown"]
)
def test_placeholder_ids_are_never_kept(raw: str):
    assert national_id(raw) == ""
    assert tax_id(raw) == ""


def test_a_tax_id_is_its_letters_and_digits():
    assert tax_id("DE 123 456 788") == "DE123456788"
    assert tax_id("91110000ma01abcd2e") == "91110000MA01ABCD2E"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Twitter:@Alice", "twitter:alice"),
        ("wechat: Alice_01", "wechat:alice_01"),
        ("mastodon:@Alice@example.social", "mastodon:alice@example.social"),
        ("matrix:@alice:example.org", "matrix:alice:example.org"),
        ("https://www.linkedin.com/in/Alice/", "linkedin:alice"),
        ("https://x.com/alice?s=20", "x:alice"),
        ("@Alice", "alice"),
        ("twitter:", ""),
        ("twitter:@", ""),
        ("twitter:none", ""),
        ("", ""),
        ("无", ""),
    ],
)
def test_a_handle_is_network_and_name(raw: str, expected: str):
    assert handle(raw) == expected


@settings(max_examples=100)
@given(st.text(max_size=24))
def test_no_text_breaks_them_and_normalizing_twice_changes_nothing(raw: str):
    for normalize in (national_id, tax_id, handle):
        once = normalize(raw)
        assert normalize(once) == once
