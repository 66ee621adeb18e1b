from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core import keys as numbers
from hub.core.block import KINDS, blocking_keys, candidate_pairs, in_order, key_columns, kind_of
from hub.core.columns import Hashed, of_records
from hub.core.keys import AS_SHIPPED, Limits, address_key, key, number
from hub.core.model import SourceRecord

PERSON = SourceRecord(
    1,
    given="michael",
    family="smith",
    emails=("mike@work.com",),
    phones=("+14155552671",),
    house="12",
    street="oak street",
    city="boston",
    postal_code="02101",
    national_id="1234567",
    birth_date="19800304",
)

words = st.text("abcdefg", max_size=4)
records = st.builds(
    SourceRecord,
    key=st.just(1),
    given=words,
    family=words,
    organization=st.lists(
        st.one_of(words, st.sampled_from(["foods", "trading", "北京", "科技"])), max_size=3
    ).map(" ".join),
    emails=st.lists(words.map(lambda w: f"{w}@x.com"), max_size=2, unique=True).map(tuple),
    phones=st.lists(st.text("0123456789", min_size=4, max_size=9), max_size=2, unique=True).map(tuple),
    birth_date=st.text("0123456789", max_size=8),
    national_id=st.text("0123456789", max_size=9),
    house=words,
    street=words,
    city=words,
    postal_code=words,
    ref=words,
    custom=st.lists(st.tuples(words, words), max_size=1).map(tuple),
)


def shared(a: SourceRecord, b: SourceRecord) -> set[str]:
    return {kind_of(k).name for k in set(blocking_keys(a)) & set(blocking_keys(b))}


def pairs_of(*found: SourceRecord) -> list[tuple[int, int]]:
    a, b, _ = candidate_pairs(*in_order(*key_columns(Hashed(of_records(found)))))
    return list(zip(a.tolist(), b.tolist(), strict=True))


@given(records)
@settings(max_examples=100)
def test_keys_are_sorted_unique_and_fit_a_positive_int64(record: SourceRecord) -> None:
    keys = blocking_keys(record)
    assert list(keys) == sorted(set(keys))
    assert all(0 < k < 2**63 for k in keys)


@given(records)
@settings(max_examples=50)
def test_keys_do_not_depend_on_the_record_key(record: SourceRecord) -> None:
    assert blocking_keys(record) == blocking_keys(record._replace(key=99))


def test_keys_are_the_same_in_every_version_of_the_hub() -> None:
    assert blocking_keys(SourceRecord(1, emails=("mike@work.com",))) == (204226548947483648,)


def test_the_kind_sits_in_the_low_bits() -> None:
    assert len(KINDS) == 17
    for place, kind in enumerate(KINDS):
        assert kind_of(key(place, "x")) is kind
        assert AS_SHIPPED.of(key(place, "x")) == kind.limit
        assert number(kind.name) == place


def test_the_place_of_a_part_matters() -> None:
    assert key(0, "a", "b") != key(0, "b", "a")


@pytest.mark.parametrize(
    ("kind", "other"),
    [
        ("email", SourceRecord(2, emails=("mike@work.com", "other@x.com"))),
        ("phone", SourceRecord(2, phones=("+14155552671",))),
        ("national id", SourceRecord(2, national_id="1234567")),
        ("address", SourceRecord(2, street="oak street", postal_code="02101")),
        ("house", SourceRecord(2, street="aok street", house="12", postal_code="02101")),
        ("birth date", SourceRecord(2, birth_date="19800304")),
        ("name and place", SourceRecord(2, family="smith", city="boston")),
        ("name and place", SourceRecord(2, given="michael", postal_code="02101")),
        ("name and number", SourceRecord(2, family="smith", phones=("+8614155552671",))),
        ("name", SourceRecord(2, given="smith", family="michael")),
        ("name", SourceRecord(2, given="m", family="s", emails=("michael.smith88@x.com",))),
        ("name, partly", SourceRecord(2, given="m", family="smith")),
        ("name, partly", SourceRecord(2, given="michael", family="smyth")),
        ("name, partly", SourceRecord(2, given="micheal", family="smith")),
    ],
)
def test_records_that_agree_there_share_a_key(kind: str, other: SourceRecord) -> None:
    assert kind in shared(PERSON, other)


@pytest.mark.parametrize("typo", ["1234576", "2134567", "1234507", "0234567"])
def test_an_id_with_a_mistyped_or_transposed_digit_still_shares_a_key(typo: str) -> None:
    other = SourceRecord(2, given="mick", birth_date="19800101", national_id=typo)
    assert shared(PERSON, other) & {"national id, partly"}


def test_chinese_names_share_their_characters_and_their_pinyin() -> None:
    han = SourceRecord(1, given="wei", family="zhang", han="张伟")
    assert "name" in shared(han, SourceRecord(2, given="wei", family="zhang"))
    assert len(set(blocking_keys(han)) & set(blocking_keys(han._replace(key=2)))) == len(blocking_keys(han))


def test_organizations_share_their_name() -> None:
    assert "organization" in shared(
        SourceRecord(1, organization="acme"), SourceRecord(2, organization="acme", city="x")
    )


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("name", {"organization": "acme foods"}, {"organization": "foods acme"}),
        ("name", {"organization": "data soft"}, {"organization": "datasoft"}),
        ("name", {"organization": "acme foods"}, {"organization": "acme trading"}),
        ("name", {"organization": "上海泰恒物流"}, {"organization": "泰恒科技"}),
        ("name and place", {"organization": "acme oak", "city": "rome"}, {"organization": "acme elm", "city": "rome"}),
        ("name and place", {"organization": "acme oak", "postal_code": "1"}, {"organization": "acme", "postal_code": "1"}),
        ("name and number", {"organization": "acme oak", "house": "7"}, {"organization": "the acme", "house": "7"}),
        ("name and number", {"organization": "acme", "emails": ("a@acme.com",)}, {"organization": "x", "emails": ("b@acme.com",)}),
    ],
)  # fmt: skip
def test_organizations_share_a_key_by_their_own_words(
    kind: str, one: dict[str, Any], other: dict[str, Any]
) -> None:
    a, b = SourceRecord(1, **one), SourceRecord(2, **other)
    assert kind in shared(a, b)
    assert kind not in shared(a._replace(given="ann"), b)


def test_handles_references_tax_ids_and_custom_values_are_keys() -> None:
    record = SourceRecord(
        1, handles=("x:mike",), ref="crm/customers/7", tax_id="DE1", custom=(("loyalty", "9"),)
    )
    assert shared(record, record._replace(key=2)) == {"handle", "reference", "tax id", "custom"}


def test_a_party_of_a_mail_has_the_one_key_it_needs() -> None:
    assert len(blocking_keys(SourceRecord(1, emails=("mike@work.com",)))) == 1
    assert len(blocking_keys(SourceRecord(1, ref="crm/customers/7"))) == 1


def test_nothing_known_gives_no_keys() -> None:
    assert blocking_keys(SourceRecord(1)) == ()
    assert address_key("", "12", "02101", "boston") == 0
    assert address_key("oak street", "12", "", "boston") != 0


def test_a_full_record_keeps_its_keys_few() -> None:
    assert len(blocking_keys(PERSON)) <= 18


def test_candidates_are_pairs_in_order_and_only_once() -> None:
    pairs = pairs_of(PERSON, PERSON._replace(key=2), SourceRecord(3, emails=("mike@work.com",)))
    assert pairs == [(0, 1), (0, 2), (1, 2)]


def test_a_key_over_its_limit_yields_no_candidates_and_is_told() -> None:
    switchboard = number("phone")
    many = KINDS[switchboard].limit + 1
    keys, rows = np.full(many, key(switchboard, "+1")), np.arange(many, dtype=np.uint32)
    a, _, generic = candidate_pairs(keys, rows)
    assert (len(a), generic.tolist()) == (0, [key(switchboard, "+1")])
    a, _, generic = candidate_pairs(keys[1:], rows[1:])
    assert (len(a), len(generic)) == ((many - 1) * (many - 2) // 2, 0)


def test_a_limit_that_is_chosen_holds_for_its_kind_alone() -> None:
    chosen = Limits.but({"phone": 3})
    for phones, others, pairs in ((3, 3, 6), (4, 4, 6)):
        keys = np.r_[
            np.full(others, key(number("email"), "a@b.org")), np.full(phones, key(number("phone"), "+1"))
        ]
        rows = np.r_[np.arange(others), 10 + np.arange(phones)].astype(np.uint32)
        a, _, generic = candidate_pairs(*in_order(keys, rows), chosen)
        assert (len(a), len(generic)) == (pairs, int(phones > 3))
    assert chosen.of(key(number("tax id"), "x")) == AS_SHIPPED.of(key(number("tax id"), "x"))


@given(st.lists(records, max_size=6))
@settings(max_examples=50)
def test_candidates_are_all_pairs_that_share_a_live_key(found: list[SourceRecord]) -> None:
    keys = [set(blocking_keys(record)) for record in found]
    expected = {(a, b) for b in range(len(keys)) for a in range(b) if keys[a] & keys[b]}
    assert set(pairs_of(*found)) == expected


@given(st.lists(records, max_size=6))
@settings(max_examples=100)
def test_columns_of_records_have_the_keys_of_each_record(found: list[SourceRecord]) -> None:
    keys, rows = in_order(*key_columns(Hashed(of_records(found))))
    expected = sorted((key, row) for row, record in enumerate(found) for key in blocking_keys(record))
    assert list(zip(keys.tolist(), rows.tolist(), strict=True)) == expected


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 40), st.integers(0, 8)), max_size=60))
def test_keys_with_their_first_bits_in_common_come_in_order_too(found: list[tuple[int, int, int]]) -> None:
    held = [(start << 60 | end, row) for start, end, row in found]
    keys, rows = (
        np.array([pair[at] for pair in held], kind) for at, kind in enumerate((np.int64, np.uint32))
    )
    assert list(zip(*(column.tolist() for column in in_order(keys, rows)), strict=True)) == sorted(set(held))


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), min_size=1))
def test_a_column_of_texts_hashes_like_each_text(texts: list[str]) -> None:
    hashes = numbers.words(pl.Series(texts, dtype=pl.String))
    assert [int(found) & (2**63 - 32) for found in hashes * np.uint64(0x9E37_79B9_7F4A_7C15)] == [
        key(0, text) for text in texts
    ]
    assert [found > 0 for found in hashes.tolist()] == [text != "" for text in texts]
