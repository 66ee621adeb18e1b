from __future__ import annotations

from decimal import Decimal

import pytest
from hub_files.numbers import amount
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import DataError


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("12.50", "12.50"),
        ("-3", "-3"),
        ("+3", "3"),
        ("1,234,567.80", "1234567.80"),
        ("12,34,567.80", "1234567.80"),
        ("¥1,234.50", "1234.50"),
        ("￥99", "99"),
        ("-$5.00", "-5.00"),
        ("$-5.00", "-5.00"),
        ("(12.50)", "-12.50"),
        ("12.50-", "-12.50"),
        ("100 元", "100"),
        ("CNY 100", "100"),
        ("US$5", "5"),
        ("5.00 EUR", "5.00"),
        ("１２３．５", "123.5"),
        ("1'234.50", "1234.50"),
        ("1\u00a0234.50", "1234.50"),
        ("−7", "-7"),
        ("1.5E+05", "150000"),
        (".5", ".5"),
    ],
)
def test_amounts_with_a_point_are_read(text, plain):
    assert amount(text, ".") == plain
    assert Decimal(plain) == Decimal(amount(text, "."))


@pytest.mark.parametrize(
    ("text", "plain"),
    [("12,50", "12.50"), ("1.234,50 €", "1234.50"), ("1.234", "1234"), ("-7", "-7"), ("1 234,5", "1234.5")],
)
def test_amounts_with_a_comma_are_read_when_the_file_says_so(text, plain):
    assert amount(text, ",") == plain


@pytest.mark.parametrize(
    "text", ["abc", "1,5", "1.2.3", "NaN", "inf", "--5", "12%", "1/2", "1,23,4", "5 apples", "-"]
)
def test_what_is_no_number_is_refused(text):
    with pytest.raises(DataError, match="is no number"):
        amount(text, ".")


def test_a_decimal_comma_that_was_not_announced_is_never_read_as_thousands():
    with pytest.raises(DataError, match='decimal = ","'):
        amount("12,5", ".")
    with pytest.raises(DataError, match=r'decimal = "\."'):
        amount("12.5", ",")


@settings(max_examples=100)
@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2), st.sampled_from(["", "¥", "$", "EUR "]))
def test_any_amount_written_with_separators_keeps_its_value(value, sign):
    assert Decimal(amount(f"{sign}{value:,.2f}", ".")) == value
    swapped = f"{value:,.2f}".translate(str.maketrans(",.", ".,"))
    assert Decimal(amount(sign + swapped, ",")) == value


@settings(max_examples=100)
@given(st.text(st.sampled_from("0123456789.,-+()eE ¥元'"), min_size=1, max_size=12), st.sampled_from(".,"))
def test_whatever_is_accepted_is_a_number(text, decimal):
    try:
        found = amount(text, decimal)
    except DataError:
        return
    assert Decimal(found).is_finite()
