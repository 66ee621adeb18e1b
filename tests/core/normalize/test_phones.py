from __future__ import annotations

import re

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.normalize import phone, phones_in
from hub.core.normalize.placeholders import is_dummy_digits


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


def spelt(digits: str) -> st.SearchStrategy[str]:
    """The digits behind a plus, with what people put between them; brackets go around some of them."""
    gaps = st.lists(st.sampled_from(["", "", "", " ", "-", ".", "(", ")"]), min_size=13, max_size=13)
    return gaps.map(lambda marks: "+" + "".join(d + mark for d, mark in zip(digits, marks, strict=False)))


@settings(max_examples=300)
@given(
    st.tuples(st.sampled_from(["1", "86"]), st.text("0123456789", min_size=8, max_size=12))
    .map("".join)
    .flatmap(spelt)
)
def test_a_number_with_its_country_is_what_the_library_says_of_it(raw: str):
    assert phone(raw, "AU") == by_library(raw)


def by_library(raw: str) -> str:
    """The library's word, without the fast path before it."""
    if mobile := re.fullmatch(r"\+86(1[3-9]\d{9})", re.sub(r"[ ().-]", "", raw)):
        return "" if is_dummy_digits(mobile[1]) else f"+86{mobile[1]}"
    try:
        parsed = phonenumbers.parse(re.sub(r"\(0\)", "", raw), None)
    except phonenumbers.NumberParseException:
        return ""
    number = str(parsed.national_number)
    if len(re.sub(r"\D", "", raw)) < 7 or is_dummy_digits(number):
        return ""
    if not (phonenumbers.is_possible_number(parsed) or phonenumbers.is_valid_number(parsed)):
        return ""
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
