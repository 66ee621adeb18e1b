from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from hub.core.plain import plain_customer
from hub.core.records import Customer

ANN = {"emails": ["ann@x.com", "a@x.com"], "id": "1", "full_name": 'Ann "张" Lee\n', "city": "São Paulo"}


def test_a_customer_of_texts_alone_is_plain():
    assert plain_customer({**ANN, "full_name": "Ann \\ 张"}) == (
        '{"id":"1","full_name":"Ann \\\\ 张","emails":["ann@x.com","a@x.com"],"city":"São Paulo"}'.encode()
    )


def test_what_validation_would_change_or_refuse_is_not_plain():
    changed = (
        {},
        {"id": ""},
        {"id": "1"},
        {"city": "x"},
        {"id": 1, "city": "x"},
        {"id": "1" * 513, "city": "x"},
    )
    for fields in (*changed, ANN, {"id": "1", "emails": "a@x.com"}, {"id": "1", "shoe_size": "43"}):
        assert plain_customer(fields) is None


_TEXT = st.text(
    st.characters() | st.sampled_from('\x00\x1c\x1f\x85\xa0\u200b\u3000 "\\\n\ud800é张'), max_size=4
)
_VALUE = _TEXT | st.lists(_TEXT, max_size=3) | st.none() | st.integers() | st.lists(st.integers(), max_size=2)
_NAMES = st.sampled_from(
    ["id", "full_name", "city", "tax_id", "emails", "phones", "custom", "consent", "shoe_size"]
)


@settings(max_examples=1000)
@given(
    st.dictionaries(_NAMES, st.sampled_from(["Ann", "x y", ["a", "b"], ["c"]]) | _VALUE, max_size=5), _TEXT
)
def test_a_plain_customer_is_written_as_the_validated_one(fields: dict[str, Any], named: str):
    fields = {**fields, "id": named or "1"}
    written = plain_customer(fields)
    if written is None:
        return
    try:
        validated = Customer.model_validate(fields)
    except ValidationError as error:
        raise AssertionError("what is refused was taken for plain") from error
    assert written == validated.__pydantic_serializer__.to_json(validated, exclude_defaults=True)
