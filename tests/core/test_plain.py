from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from hub.core.plain import plain
from hub.core.records import KINDS, Customer, Interaction, Record

ANN = {"emails": ["ann@x.com", "a@x.com"], "id": "1", "full_name": 'Ann "张" Lee\n', "city": "São Paulo"}


def test_a_customer_of_texts_alone_is_plain():
    assert plain(Customer, {**ANN, "full_name": "Ann \\ 张"}) == (
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
        assert plain(Customer, fields) is None


_TEXT = st.text(
    st.characters() | st.sampled_from('\x00\x1c\x1f\x85\xa0\u200b\u3000 "\\\n\ud800é张'), max_size=4
)
_VALUE = _TEXT | st.lists(_TEXT, max_size=3) | st.none() | st.integers() | st.lists(st.integers(), max_size=2)
_NAMES = st.sampled_from(
    ["id", "full_name", "city", "tax_id", "emails", "phones", "custom", "consent", "shoe_size"]
)


def validated(kind: type[Record], fields: dict[str, Any]) -> bytes | None:
    """What validating a record and writing it gives; ``None`` for one that is refused."""
    try:
        record = kind.model_validate(fields)
    except ValidationError:
        return None
    return record.__pydantic_serializer__.to_json(record, exclude_defaults=True)


@settings(max_examples=1000)
@given(
    st.dictionaries(_NAMES, st.sampled_from(["Ann", "x y", ["a", "b"], ["c"]]) | _VALUE, max_size=5), _TEXT
)
def test_a_plain_customer_is_written_as_the_validated_one(fields: dict[str, Any], named: str):
    fields = {**fields, "id": named or "1"}
    written = plain(Customer, fields)
    assert written is None or written == validated(Customer, fields)


VISIT = {"id": "v1", "occurred_at": "2026-03-02T08:00:00+08:00", "kind": "visit", "emails": ["ann@x.com"]}


def test_an_interaction_of_texts_at_a_time_is_plain():
    assert plain(Interaction, {**VISIT, "occurred_at": "2024-02-29T23:59:59+00:00"}) == (
        b'{"id":"v1","emails":["ann@x.com"],"occurred_at":"2024-02-29T23:59:59Z","kind":"visit"}'
    )
    more = {**VISIT, "customer_ref": "7", "source": "google"}
    assert plain(Interaction, more) == validated(Interaction, more) is not None


def test_what_happened_at_no_time_or_is_more_than_text_is_not_plain():
    changed: tuple[dict[str, Any], ...] = (
        {"occurred_at": "2026-02-29T08:00:00+08:00"},
        {"occurred_at": "2026-03-02T08:00:00"},
        {"occurred_at": "2026-03-02 08:00:00+08:00"},
        {"occurred_at": "2026-03-02T24:00:00+08:00"},
        {"occurred_at": "0999-03-02T08:00:00+08:00"},
        {"occurred_at": "1000-01-01T00:00:00+08:00"},
        {"occurred_at": "8999-12-31T23:00:00-05:00"},
        {"occurred_at": "2026-03-02T08:00:00-00:00"},
        {"occurred_at": 1_772_409_600},
        {"kind": "touch"},
        {"value": "1.50"},
        {"direction": "inbound"},
        {"click_ids": {"gclid": "1"}},
        {"modified_at": "2026-03-02T08:00:00+08:00"},
    )
    for more in changed:
        assert plain(Interaction, {**VISIT, **more}) is None
    assert plain(Interaction, {"id": "v1", "kind": "visit"}) is None
    for kind in KINDS.values():
        if kind not in (Customer, Interaction):
            assert plain(kind, VISIT) is None


_NUMBER = st.integers(0, 99).map("{:02}".format)
_MOMENTS = st.builds(
    "{}{}-{}-{}{}{}:{}:{}{}{}{}".format,
    _NUMBER, _NUMBER, _NUMBER | st.just("02"), _NUMBER | st.just("29"), st.sampled_from("Tt "), _NUMBER | st.just("23"),
    _NUMBER, _NUMBER | st.just("60"), st.sampled_from(["", "", ".5", ".000001"]), st.sampled_from("+-"),
    st.sampled_from(["00:00", "08:00", "23:59", "24:00", "0800", "08:60", "05:30:15"]),
) | st.datetimes(timezones=st.timezones(), allow_imaginary=False).map(lambda at: at.replace(microsecond=0).isoformat())  # fmt: skip


@settings(max_examples=2000)
@given(
    _MOMENTS,
    st.dictionaries(
        st.sampled_from(["kind", "source", "subject", "emails", "full_name"]),
        st.just("touch") | _VALUE,
        max_size=2,
    ),
)
def test_a_plain_interaction_is_written_as_the_validated_one(moment: str, fields: dict[str, Any]):
    fields = {"id": "v1", "occurred_at": moment, **fields}
    written = plain(Interaction, fields)
    assert written is None or written == validated(Interaction, fields)
