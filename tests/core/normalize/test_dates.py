from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.normalize import birth_date, is_ambiguous_date


@pytest.mark.parametrize(
    "raw",
    ["1980-03-14", "1980/3/14", "1980.03.14", "19800314", "1980年3月14日", "1980 年 3 月 14 号", "１９８０年３月１４日",
     "14 Mar 1980", "14. März 1980", "14-Mar-1980", "March 14, 1980", "Mar 14th 1980", "14/03/1980", "03/14/1980", "14.3.1980",
     "14031980", "1980-03-14T00:00:00Z", "1980-03-14 12:30", " 1980-03-14 "],
)  # fmt: skip
def test_one_day_has_one_spelling(raw: str):
    assert birth_date(raw) == "19800314"


@pytest.mark.parametrize("raw", ["03/04/1980", "3.4.1980", "3-4-1980", "03/04/1980 00:00"])
def test_day_and_month_are_not_guessed(raw: str):
    assert birth_date(raw) == ""
    assert is_ambiguous_date(raw)


@pytest.mark.parametrize(
    "raw", ["04/04/1980", "13/04/1980", "04/13/1980", "1980-03-04", "", "00/04/1980", "13/14/1980"]
)
def test_what_can_be_told_is_not_ambiguous(raw: str):
    assert not is_ambiguous_date(raw)


def test_equal_day_and_month_decide():
    assert birth_date("04/04/1980") == "19800404"


@pytest.mark.parametrize("raw", ["1980-00-00", "31/04/1980", "29/02/1981", "30/02/1980", "4 Foo 1980", "1700-01-02",
                                 "14/03/80", "28887", "3.5", "yesterday", "", "0", "00000000", "19800000", "Foo 4 1980"])  # fmt: skip
def test_impossible_days_and_bare_numbers_are_nothing(raw: str):
    assert birth_date(raw) == ""


@pytest.mark.parametrize(
    "raw", ["19801332", "1980-13-32", "1980/13/32", "1980年13月32日", "1980-13-32T00:00:00Z"]
)
def test_a_mistyped_date_with_the_year_in_front_stays_comparable(raw: str):
    assert birth_date(raw) == "19801332"


def test_leap_days_exist():
    assert birth_date("29/02/2000") == "20000229"
    assert birth_date("29/02/1900") == ""


@pytest.mark.parametrize(
    "raw", ["1900-01-01", "1970-01-01", "0000-00-00", "9999-12-31", "1899-12-30", "0001-01-01", "19000101"]
)
def test_placeholder_dates_are_never_kept(raw: str):
    assert birth_date(raw) == ""


@settings(max_examples=100)
@given(st.dates(date(1900, 1, 2), date(2100, 12, 31)))
def test_every_day_reads_the_same_in_every_unambiguous_form(day: date):
    compact = day.strftime("%Y%m%d")
    if compact != "19700101":
        forms = ("%Y%m%d", "%Y-%m-%d", "%Y/%m/%d", "%d %b %Y", "%B %d, %Y", "%Y年%m月%d日")
        assert {birth_date(day.strftime(form)) for form in forms} == {compact}


@settings(max_examples=100)
@given(st.one_of(st.text(max_size=20), st.text("0123456789-/. ", max_size=12)))
def test_no_text_breaks_it_and_normalizing_twice_changes_nothing(raw: str):
    once = birth_date(raw)
    assert birth_date(once) == once
    assert not (once and is_ambiguous_date(raw))
