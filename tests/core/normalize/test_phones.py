from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hub.core.normalize import phone, phones_in
from hub.core.normalize.phones import _by_library


@pytest.mark.parametrize(
    "raw",
    ["13912345678", "139 1234 5678", "139-1234-5678", "+86 139 1234 5678", "0086-13912345678", "86 13912345678",
     "１３９１２３４５６７８", "(+86)13912345678", "tel:13912345678", "手机：13912345678", "٠٠٨٦١٣٩١٢٣٤٥٦٧٨"],
)  # fmt: skip
@pytest.mark.parametrize("region", ["CN", "US", "DE"])
def test_a_chinese_mobile_is_the_same_in_any_spelling_and_region(raw: str, region: str):
    assert phone(raw, region) == "+8613912345678"


@pytest.mark.parametrize(
    "raw",
    ["(415) 555-2671", "415.555.2671", "4155552671", "1-415-555-2671", "+1 415 555 2671", "14155552671",
     "415-555-2671 x123", "415-555-2671 ext. 9", "415/555-2671", "001 415 555 2671"],
)  # fmt: skip
def test_an_american_number_is_the_same_in_any_spelling(raw: str):
    assert phone(raw, "US") == "+14155552671"


@pytest.mark.parametrize(
    ("raw", "region", "expected"),
    [
        ("010-62345678", "CN", "+861062345678"),
        ("0755-88886666转8001", "CN", "+8675588886666"),
        ("400-800-1234", "CN", "+864008001234"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("+44 (0)20 7946 0958", "US", "+442079460958"),
        ("0044 20 7946 0958", "CN", "+442079460958"),
        ("447911123456", "US", "+447911123456"),
        ("02 9999 1234", "AU", "+61299991234"),
        ("030/123456", "DE", "+4930123456"),
        ("6234 5678", "HK", "+85262345678"),
        ("139 1234 5678", "US", "+8613912345678"),
    ],
)
def test_other_numbers_are_read_by_region(raw: str, region: str, expected: str):
    assert phone(raw, region) == expected


@pytest.mark.parametrize(
    "raw",
    ["13800138000", "11111111111", "12345678", "00000000000", "1234567890", "123456789", "9876543210", "5555555555",
     "+86 138 0013 8000", "99999999", "13900000000", "", "-", "无", "N/A", "123", "alice", "+", "+999999999999999999999999", "+49 1234567890"],
)  # fmt: skip
@pytest.mark.parametrize("region", ["CN", "US", "DE"])
def test_placeholders_and_fragments_are_never_kept(raw: str, region: str):
    assert phone(raw, region) == ""


def test_a_local_number_without_its_area_code_is_nothing():
    assert phone("88886666", "CN") == ""
    assert phone("555-2671", "US") == ""


def test_an_unknown_region_still_reads_international_numbers():
    assert phone("+14155552671", "ZZ") == "+14155552671"
    assert phone("020 7946 0958", "ZZ") == ""


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("13912345678 / 13912345679", ("+8613912345678", "+8613912345679")),
        ("13912345679;13912345678", ("+8613912345678", "+8613912345679")),
        ("13912345678、010-62345678", ("+861062345678", "+8613912345678")),
        ("13912345678/13912345679", ("+8613912345678", "+8613912345679")),
        ("13912345678 or 13800138000", ("+8613912345678",)),
        ("13912345678", ("+8613912345678",)),
        ("none", ()),
    ],
)
def test_several_numbers_in_one_text_are_all_found(raw: str, expected: tuple[str, ...]):
    assert phones_in(raw, "CN") == expected


@settings(max_examples=100)
@given(
    st.one_of(st.text(max_size=20), st.text("0123456789+-() x/", max_size=18)),
    st.sampled_from(["US", "CN", "GB", "AU", "ZZ"]),
)
def test_no_text_breaks_it_and_normalizing_twice_changes_nothing(raw: str, region: str):
    once = phone(raw, region)
    assert not once or (once[0] == "+" and once[1:].isascii() and once[1:].isdecimal())
    assert phone(once, region) == once
    assert list(phones_in(raw, region)) == sorted(set(phones_in(raw, region)))


@settings(max_examples=300)
@example("+86 21 1234(0)5678")
@given(
    st.from_regex(r"\+(?:1|86)[ .-]?\(?[0-9]{1,4}\)?(?:[ .-]?[0-9]){6,9}", fullmatch=True)
    | st.from_regex(r"\+(?:1|86)[0-3]{2}[0-9]{8,9}", fullmatch=True)
)
def test_a_number_with_its_country_is_what_the_library_says_of_it(raw: str):
    assert phone(raw, "AU") == _by_library(raw, "AU")
