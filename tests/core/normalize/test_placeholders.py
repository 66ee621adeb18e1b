from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.normalize import fold, is_placeholder


@pytest.mark.parametrize("raw", ["", " ", "-", "--", "N/A", "n.a.", "None", "NULL", "unknown", "TEST", "test1", "xxx", "无", "無",
                                 "未知", "暂无", "没有", "不详", "测试", "ＮＵＬＬ", "/", "。"])  # fmt: skip
def test_what_says_nothing_is_a_placeholder_anywhere(raw: str):
    assert is_placeholder(raw)


@pytest.mark.parametrize("raw", ["Alice", "张伟", "42", "Tester & Sons", "Noel"])
def test_a_value_is_no_placeholder(raw: str):
    assert not is_placeholder(raw)


def test_real_names_are_spared_where_people_are_named():
    assert is_placeholder("na", "city")
    assert not is_placeholder("na", "given_name")
    assert not is_placeholder("Nan", "family_name")


@pytest.mark.parametrize(
    ("raw", "field"),
    [("客户", "full_name"), ("first name", "given_name"), ("个人", "organization"), ("1900-01-01", "birth_date"),
     ("138 0013 8000", "phones"), ("1111-1111", "national_id")],
)  # fmt: skip
def test_fields_have_placeholders_of_their_own(raw: str, field: str):
    assert is_placeholder(raw, field)
    assert not is_placeholder(raw, "job_title")


@given(st.text(max_size=20), st.sampled_from(["", "full_name", "phones", "city"]))
def test_no_text_breaks_it(raw: str, field: str):
    assert is_placeholder(raw, field) in (True, False)


@given(st.text(max_size=30))
def test_folding_twice_changes_nothing(raw: str):
    assert fold(fold(raw)) == fold(raw)
