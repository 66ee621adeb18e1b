from __future__ import annotations

import string
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.model import SourceRecord
from hub.core.normalize import Normalizer
from hub.errors import PluginError


def test_a_customer_becomes_a_source_record():
    record = Normalizer("US").source_record(
        {
            "given_name": "Ann",
            "family_name": "O'Neil",
            "organization": "Acme, Inc.",
            "emails": ["B@x.com", "a@x.com", "b@x.com", "test@test.com"],
            "phones": "(415) 555-2671; 1234567890",
            "handles": ["Twitter:@Ann"],
            "birth_date": "1980-03-04",
            "national_id": "078-05-1120",
            "tax_id": "DE 123 456 788",
            "street": "12 Smith St",
            "city": "St. Louis",
            "region": "Missouri",
            "postal_code": "63101-1234",
            "country": "USA",
            "shoe_size": 43,
        },
        key=7,
        ref="crm/customers/1",
    )
    assert record == SourceRecord(
        key=7,
        given="ann",
        family="oneil",
        organization="acme",
        emails=("a@x.com", "b@x.com"),
        phones=("+14155552671",),
        handles=("twitter:ann",),
        birth_date="19800304",
        national_id="078051120",
        tax_id="DE123456788",
        house="12",
        street="smith street",
        city="saint louis",
        region="mo",
        postal_code="63101",
        country="us",
        ref="crm/customers/1",
    )


def test_an_event_names_its_customer_by_the_same_fields():
    record = Normalizer("CN").source_record(
        {"full_name": "張偉", "phones": ["13912345678"], "occurred_at": "2026-01-01T00:00:00Z"}, key=1
    )
    assert (record.given, record.family, record.han) == ("wei", "zhang", "张伟")
    assert record.phones == ("+8613912345678",)


def test_nothing_known_is_an_empty_record():
    assert Normalizer().source_record({}, key=1) == SourceRecord(key=1)
    blank = {
        "full_name": "N/A",
        "emails": ["-"],
        "phones": ["无"],
        "handles": ["none"],
        "street": "-",
        "organization": "无",
    }
    assert Normalizer().source_record(blank, key=1) == SourceRecord(key=1)


def test_an_organization_in_the_name_is_no_person():
    record = Normalizer().source_record({"full_name": "华为技术有限公司"}, key=1)
    assert (record.organization, record.has_name, record.han) == ("华为技术", False, "")
    kept = Normalizer().source_record({"full_name": "Acme Ltd", "organization": "Acme Holding"}, key=1)
    assert kept.organization == "acme holding"


def test_a_region_in_lower_case_is_the_region():
    assert Normalizer("gb").source_record({"phones": ["020 7946 0958"]}, key=1).phones == ("+442079460958",)


def test_cleaners_of_plugins_see_the_raw_text_first():
    normalizer = Normalizer(
        cleaners={
            "emails": lambda raw: raw.replace(" at ", "@"),
            "city": str.title,
            "full_name": lambda raw: raw[4:],
        }
    )
    record = normalizer.source_record({"emails": ["ann at x.com"], "full_name": "KD: Ann Lee"}, key=1)
    assert record.emails == ("ann@x.com",)
    assert record.given == "ann"


def test_a_failing_cleaner_is_named_without_the_value():
    normalizer = Normalizer(cleaners={"city": lambda raw: str(int(raw))})
    with pytest.raises(PluginError, match="city") as caught:
        normalizer.source_record({"city": "Secretville"}, key=1)
    assert "Secretville" not in str(caught.value)


def test_compared_custom_fields_are_kept_sorted_wherever_they_stand():
    normalizer = Normalizer(compared=["tier", "loyalty_no"])
    expected = (("loyalty_no", "a 1"), ("loyalty_no", "b2"), ("tier", "3"))
    assert (
        normalizer.source_record({"custom": {"loyalty_no": ["B2", " A  1", "n/a"], "tier": 3}}, key=1).custom
        == expected
    )
    assert (
        normalizer.source_record({"custom.loyalty_no": ["b2", "a 1"], "tier": 3.0}, key=1).custom == expected
    )
    assert normalizer.source_record({"custom": None, "tier": True}, key=1).custom == ()
    assert Normalizer().source_record({"custom": {"tier": "3"}}, key=1).custom == ()


def test_numbers_are_read_as_what_they_spell():
    record = Normalizer().source_record(
        {"birth_date": 19800304, "national_id": 5304218.0, "phones": [4155552671], "postal_code": 2222}, key=1
    )
    assert (record.birth_date, record.national_id, record.phones, record.postal_code) == (
        "19800304",
        "5304218",
        ("+14155552671",),
        "2222",
    )


_FIELDS = (
    "full_name given_name family_name birth_date national_id tax_id organization emails phones handles street street_2 city "
    "region postal_code country custom"
).split()
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=16),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["tier", "x"]), inner, max_size=2)
    ),
    max_leaves=4,
)


@settings(max_examples=100)
@given(st.dictionaries(st.sampled_from(_FIELDS), _JSON, max_size=8))
def test_no_json_breaks_it_and_tuples_are_sorted_sets(fields: dict[str, Any]):
    record = Normalizer("CN", compared=["tier"]).source_record(fields, key=1)
    for values in (record.emails, record.phones, record.handles, record.custom):
        assert list(values) == sorted(set(values))


_VALUES = st.sampled_from(
    ["Ann", "Lee", "Acme Ltd", "张伟", "华为技术有限公司", "a@x.com; b@x.com", "415 555 2671", "12 Smith St", "n/a", "19800304"]
)  # fmt: skip


@settings(max_examples=200)
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(_FIELDS), _VALUES | st.lists(_VALUES, max_size=2) | _JSON, max_size=8
        ),
        max_size=7,
    ),
    st.sampled_from([{}, {"full_name": str.upper, "emails": lambda raw: raw.replace("x", "y")}]),
)
def test_many_records_are_read_as_each_of_them_is(many: list[dict[str, Any]], cleaners: dict[str, Any]):
    normalizer = Normalizer("US", cleaners, compared=["tier"])
    keys, refs = list(range(len(many))), [f"crm/customers/{place}" for place in range(len(many))]
    assert normalizer.source_records(many, keys, refs) == [
        normalizer.source_record(fields, key=key, ref=ref)
        for fields, key, ref in zip(many, keys, refs, strict=True)
    ]


@settings(max_examples=50)
@given(
    st.permutations(["a@x.com", "b@x.com", "c@x.com"]), st.text(string.ascii_letters, min_size=3, max_size=8)
)
def test_the_order_of_values_does_not_matter(emails: list[str], name: str):
    one = Normalizer().source_record({"emails": emails, "family_name": name}, key=1)
    assert one == Normalizer().source_record({"emails": sorted(emails), "family_name": name.upper()}, key=1)
