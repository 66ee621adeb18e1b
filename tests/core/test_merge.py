from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.merge import DEFAULTS, RULES, Member, Survivorship, check, dump, load, merge
from hub.core.model import Candidate, Profile, ProfileValue, SourceRecord
from hub.core.normalize import Normalizer
from hub.core.records import Customer
from hub.errors import ConfigError, PluginError

NORMALIZER = Normalizer("CN")


def member(key: int, at: int = 0, *, priority: int = 0, connector: str = "crm", **fields: Any) -> Member:
    record = NORMALIZER.source_record(fields, key=key)
    return Member(key, fields, record, connector, "customers", f"id-{key}", at, priority)


def profile(*members: Member, **options: Any) -> Profile:
    return merge("c-1", members, **options)


def shown(made: Profile) -> dict[str, Any]:
    return {field: value.value for field, value in made.fields.items()}


def test_one_record_is_shown_as_it_is() -> None:
    fields = {
        "full_name": "Alice Smith",
        "birth_date": "1980-02-03",
        "job_title": "CTO",
        "emails": ["Alice@Example.com"],
        "custom": {"tier": "gold", "score": 0, "open": False},
    }
    assert shown(profile(member(1, **fields))) == {
        **{field: fields[field] for field in ("full_name", "birth_date", "job_title", "emails")},
        "custom.tier": "gold",
        "custom.score": 0,
        "custom.open": False,
    }


def test_every_value_names_its_record_and_rule() -> None:
    made = profile(member(1, 10, job_title="CTO"), member(2, 20, job_title="CEO", connector="erp"))
    assert made.fields["job_title"] == ProfileValue(
        "CEO", "most-recent", "erp", "customers", "id-2", (("CTO", "crm", "customers", "id-1"),)
    )


@pytest.mark.parametrize(
    "nothing", ["", " ", "N/A", "\tNONE ", "unknown", "?", "无", "未知", "-", None, "Not  Specified"]
)
def test_what_says_nothing_is_not_shown(nothing: Any) -> None:
    made = profile(
        member(1, 10, job_title="CTO"), member(2, 20, job_title=nothing, full_name=nothing, city=nothing)
    )
    assert shown(made) == {"job_title": "CTO"}
    assert made.fields["job_title"].others == ()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("emails", ["test@test.com"]),
        ("phones", "13800138000"),
        ("birth_date", "1900-01-01"),
        ("national_id", "000000"),
    ],
)
def test_identifier_normalization_refused_is_not_shown(field: str, value: Any) -> None:
    assert shown(profile(member(1, full_name="张伟", **{field: value}))) == {"full_name": "张伟"}


OFFERED = [
    member(1, 10, priority=3, custom={"v": "oldest"}),
    member(2, 20, priority=2, custom={"v": "often"}),
    member(3, 30, priority=2, custom={"v": "OFTEN"}),
    member(4, 40, priority=1, custom={"v": "trusted"}),
    member(5, 50, priority=3, custom={"v": "the most complete"}),
    member(6, 60, priority=3, custom={"v": "newest"}),
]


@pytest.mark.parametrize(
    ("rule", "chosen"),
    [
        ("most-recent", "newest"),
        ("first-seen", "oldest"),
        ("most-frequent", "OFTEN"),
        ("source-priority", "trusted"),
        ("most-complete", "the most complete"),
        ("union", ["newest", "the most complete", "trusted", "OFTEN", "oldest"]),
    ],
)
def test_rule_chooses(rule: str, chosen: Any) -> None:
    made = profile(*OFFERED, choices={"custom": rule}).fields["custom.v"]
    assert (made.value, made.rule) == (chosen, rule)
    assert len(made.others) == 4


@pytest.mark.parametrize(
    "chain", [("most-recent", "first-seen"), ("union", "first-seen"), ("first-seen", "union")]
)
def test_a_rule_that_keeps_the_newest_first_leaves_the_others_of_its_chain_in_force(chain: Any) -> None:
    made = profile(*OFFERED, choices={"custom": chain}).fields["custom.v"].value
    assert made == "newest" if chain[0] == "most-recent" else made[0] == "oldest"


def test_a_plugin_s_rule_by_the_name_of_one_that_ranks_nothing_is_asked() -> None:
    rules = {**RULES, "most-recent": RULES["first-seen"]}
    made = profile(*OFFERED, choices={"custom": "most-recent"}, rules=rules).fields["custom.v"]
    assert made.value == "oldest"


def test_many_customers_are_merged_as_each_alone() -> None:
    told = [("c-1", OFFERED[:2], None), ("c-2", OFFERED[2:], {"job_title": "CTO"}), ("c-3", [], None)]
    rules = Survivorship()
    assert rules.merge_all(told) == [rules.merge(*one) for one in told]


def test_every_rule_of_the_hub_is_tried_above_and_every_default_is_one() -> None:
    assert set(RULES) == {
        "most-recent",
        "first-seen",
        "most-frequent",
        "source-priority",
        "most-complete",
        "union",
    }
    check(DEFAULTS)


def test_fields_with_a_choice_are_the_customer_fields() -> None:
    whole = {"addresses": {"street", "street_2", "city", "region", "postal_code", "country"}}
    whole |= {"full_name": {"full_name", "given_name", "family_name"}}
    covered = {part for field in DEFAULTS for part in whole.get(field, {field})}
    assert covered == Customer.model_fields.keys() - {"id", "modified_at", "consent"}


def test_later_rule_of_a_chain_decides_what_the_earlier_left_even() -> None:
    offered = [
        member(1, 10, priority=1, job_title="old, trusted"),
        member(2, 20, priority=1, job_title="new, trusted"),
        member(3, 30, priority=2, job_title="newest"),
    ]
    oldest_of_trusted = profile(*offered, choices={"job_title": ("source-priority", "first-seen")})
    assert oldest_of_trusted.fields["job_title"].value == "old, trusted"
    assert oldest_of_trusted.fields["job_title"].rule == "source-priority, first-seen"
    assert shown(profile(*offered, choices={"job_title": "source-priority"}))["job_title"] == "new, trusted"


def test_choice_of_one_custom_field_outranks_the_choice_for_all() -> None:
    made = profile(*OFFERED, choices={"custom": "most-recent", "custom.v": "first-seen"})
    assert made.fields["custom.v"].value == "oldest"


@pytest.mark.parametrize(
    ("first", "second"),
    [({"at": 2}, {"at": 1}), ({"priority": 1}, {"priority": 2}), ({"key": 1}, {"key": 2})],
)
@pytest.mark.parametrize("rule", RULES)
def test_ties_end_by_time_then_trust_then_key(
    first: dict[str, int], second: dict[str, int], rule: str
) -> None:
    if rule == "first-seen" and "at" in first:
        first, second = second, first
    one = member(first.get("key", 5), first.get("at", 0), priority=first.get("priority", 0), job_title="aa")
    two = member(
        second.get("key", 6), second.get("at", 0), priority=second.get("priority", 0), job_title="bb"
    )
    if first.get("key") is None:  # the earlier rank must win against the later ones
        one = one._replace(key=9)
    if "at" in first and rule != "source-priority":
        one = one._replace(priority=9)
    made = profile(two, one, choices={"job_title": rule}).fields["job_title"].value
    assert (made[0] if rule == "union" else made) == "aa"


def test_emails_and_phones_are_all_kept_newest_first() -> None:
    made = profile(
        member(1, 10, emails=["old@x.cn", "both@x.cn"], phones="139 1234 5678"),
        member(2, 20, emails=["new@x.cn", "Both@X.cn"], phones="020-81234567"),
    )
    assert made.fields["emails"].value == ["new@x.cn", "Both@X.cn", "old@x.cn"]
    assert made.fields["emails"].others == (
        ("Both@X.cn", "crm", "customers", "id-2"),
        ("old@x.cn", "crm", "customers", "id-1"),
    )
    assert made.fields["phones"].value == ["020-81234567", "139 1234 5678"]


@pytest.mark.parametrize("rule", [*RULES, ("source-priority", "most-recent")])
def test_no_rule_loses_an_email(rule: Any) -> None:
    made = profile(member(1, 1, emails=["a@x.cn"]), member(2, 2, emails=["b@x.cn"]), choices={"emails": rule})
    assert sorted(made.fields["emails"].value) == ["a@x.cn", "b@x.cn"]


@pytest.mark.parametrize(
    ("field", "older", "newer"),
    [
        ("emails", ["Zhang.Wei@Gmail.com", "z@x.cn"], ["zhangwei+shop@gmail.com", "Z <Z@x.cn>"]),
        ("emails", ["a@x.cn", "b@x.cn"], ["ｂ@x.cn", "mailto:A@x.cn"]),
        ("phones", ["139 1234 5678", "020-81234567"], ["+86-13912345678", "(020) 8123 4567"]),
        ("phones", ["13912345678", "+44 20 7946 0958"], ["0086 139 1234 5678", "+44 (0)20 7946 0958"]),
        ("handles", ["mastodon:@Alice@x.social", "wechat:bob"], ["Mastodon:alice@x.social", "WeChat:Bob"]),
        ("birth_date", "1980-02-03", "19800203"),
        ("organization", "Acme GmbH", "ACME"),
        ("full_name", "Wei Zhang", "ZHANG Wei"),
        ("job_title", "Sales  Director", "sales director"),
    ],
)
def test_equal_values_count_once_and_show_as_last_written(field: str, older: Any, newer: Any) -> None:
    one, two = member(1, 10, **{field: older}), member(2, 20, **{field: newer})
    made = profile(one, two).fields[field]
    assert made.value == newer
    others = [lost for lost, *_ in made.others]
    assert others == (newer[1:] if isinstance(newer, list) else [])
    assert made.source_id == "id-2"


def test_several_addresses_in_one_text_are_shown_apart() -> None:
    assert profile(member(1, emails=["a@x.cn; b@x.cn"])).fields["emails"].value == ["a@x.cn", "b@x.cn"]


def test_frequency_counts_records_and_not_spellings() -> None:
    made = profile(
        member(1, 10, full_name="Wei Zhang"),
        member(2, 20, full_name="Zhang Wei"),
        member(3, 30, full_name="Zhang Wie"),
    )
    assert made.fields["full_name"].value == "Zhang Wei"


@pytest.mark.parametrize(
    ("parts", "full"),
    [
        ({"given_name": "伟", "family_name": "张"}, "张伟"),
        ({"given_name": "Wei", "family_name": "Zhang"}, "Wei Zhang"),
        ({"given_name": "Wei"}, "Wei"),
        ({"family_name": "欧阳"}, "欧阳"),
        ({"full_name": "Dr. W. Zhang", "given_name": "Wei", "family_name": "Zhang"}, "Dr. W. Zhang"),
    ],
)
def test_full_name_is_put_together_from_its_parts(parts: dict[str, str], full: str) -> None:
    assert shown(profile(member(1, **parts))) == {**parts, "full_name": full}


def test_name_is_never_mixed_from_two_records() -> None:
    made = profile(
        member(1, 10, given_name="Bob", family_name="Smith"),
        member(2, 20, given_name="Robert", family_name="Smythe"),
        member(3, 30, full_name="Bob Smith"),
    )
    assert shown(made) == {"full_name": "Bob Smith", "given_name": "Bob", "family_name": "Smith"}
    assert made.fields["full_name"].source_id == "id-3"
    assert made.fields["given_name"].source_id == "id-1"


def test_address_is_never_mixed_from_two_records() -> None:
    made = profile(
        member(1, 10, street="12 Smith St", city="Leeds", postal_code="LS1 4AP"),
        member(2, 20, street="7 High Street", city="York"),
    )
    fields = shown(made)
    assert fields["addresses"] == [
        {"street": "7 High Street", "city": "York"},
        {"street": "12 Smith St", "city": "Leeds", "postal_code": "LS1 4AP"},
    ]
    assert {part: fields.get(part) for part in ("street", "city", "postal_code")} == {
        "street": "7 High Street",
        "city": "York",
        "postal_code": None,
    }


def test_address_that_only_repeats_a_part_of_another_is_not_kept() -> None:
    made = profile(
        member(1, 10, street="中山路12号", city="上海", country="中国"),
        member(2, 20, city="上海市"),
        member(3, 30, street="中山路 12 号", city="上海市"),
    )
    assert [address["street"] for address in made.fields["addresses"].value] == ["中山路12号"]
    assert made.fields["city"].source_id == "id-1"


def test_address_with_a_street_comes_before_a_newer_one_without() -> None:
    made = profile(member(1, 10, street="12 Smith St", city="Leeds"), member(2, 20, city="York"))
    assert shown(made)["city"] == "Leeds"
    assert made.fields["addresses"].value[1] == {"city": "York"}


@pytest.mark.parametrize(
    ("stated", "shown_as"),
    [
        (["granted", "denied"], "denied"),
        (["denied", "granted"], "denied"),
        (["granted", "Granted "], "granted"),
        (["granted", ""], "granted"),
        (["granted", "revoked"], "denied"),
        (["granted", "yes"], "denied"),
    ],
)
def test_most_restrictive_consent_wins(stated: list[str], shown_as: str) -> None:
    members = [
        member(key, key, consent={"email": value, "Email ": value}) for key, value in enumerate(stated)
    ]
    made = profile(*members, choices={"consent": "most-recent"})
    assert shown(made) == {"consent.email": shown_as}
    assert made.fields["consent.email"].rule == "most-restrictive"


def test_consent_is_settled_purpose_by_purpose_and_shows_who_granted() -> None:
    made = profile(
        member(1, 10, consent={"email": "denied", "phone": "granted"}),
        member(2, 20, consent={"email": "granted"}),
    )
    assert shown(made) == {"consent.email": "denied", "consent.phone": "granted"}
    assert made.fields["consent.email"].source_id == "id-1"
    assert made.fields["consent.email"].others == (("granted", "crm", "customers", "id-2"),)


def test_custom_fields_and_unknown_ones_are_merged_key_by_key() -> None:
    made = profile(
        member(1, 10, custom={"tier": "gold", "tags": ["a", "b"]}),
        member(2, 20, custom={"tier": ""}, loyalty=7),
    )
    assert shown(made) == {"custom.tier": "gold", "custom.tags": ["a", "b"], "custom.loyalty": 7}


@pytest.mark.parametrize(
    ("records", "kind"),
    [
        ([{"organization": "Acme GmbH"}], "organization"),
        ([{"full_name": "上海某某有限公司"}], "organization"),
        ([{"organization": "Acme GmbH", "full_name": "Alice Smith"}], "person"),
        ([{"organization": "Acme GmbH"}, {"full_name": "Alice Smith"}], "person"),
        ([{"organization": "Acme GmbH"}, {"birth_date": "1980-02-03"}], "person"),
        ([{"emails": ["a@x.cn"]}], "person"),
    ],
)
def test_kind_follows_from_what_is_known(records: list[dict[str, Any]], kind: str) -> None:
    assert profile(*(member(key, **fields) for key, fields in enumerate(records))).kind == kind


def test_organization_is_displayed_by_its_name() -> None:
    made = profile(member(1, organization="Acme GmbH"))
    assert made.fields["full_name"] == made.fields["organization"]
    both = profile(member(1, organization="Acme GmbH"), choices={"organization": "union"})
    assert (both.fields["organization"].value, both.fields["full_name"].value) == (["Acme GmbH"], "Acme GmbH")


def test_company_name_in_the_names_place_does_not_rename_a_person() -> None:
    made = profile(member(1, 10, full_name="Alice Smith"), member(2, 20, full_name="Acme GmbH"))
    assert made.fields["full_name"].value == "Alice Smith"


def test_pinned_value_outranks_every_rule_and_shows_what_it_replaced() -> None:
    made = profile(
        member(1, 10, job_title="CTO"), member(2, 20, job_title="CEO"), pins={"job_title": "Owner"}
    )
    assert made.fields["job_title"] == ProfileValue(
        "Owner",
        "pinned",
        "",
        "",
        "",
        (("CEO", "crm", "customers", "id-2"), ("CTO", "crm", "customers", "id-1")),
    )


def test_pinned_email_comes_first_and_the_rest_stay() -> None:
    offered = member(1, emails=["a@x.cn", "b@x.cn"])
    assert shown(profile(offered, pins={"emails": "b@x.cn"}))["emails"] == ["b@x.cn", "a@x.cn"]
    made = profile(offered, pins={"emails": ["new@x.cn"]}).fields["emails"]
    assert made.value == ["new@x.cn", "a@x.cn", "b@x.cn"]
    assert [lost for lost, *_ in made.others] == ["a@x.cn", "b@x.cn"]


def test_pinned_empty_text_hides_a_field() -> None:
    made = profile(member(1, job_title="CTO"), pins={"job_title": ""}).fields["job_title"]
    assert (made.value, made.others) == ("", (("CTO", "crm", "customers", "id-1"),))


def test_pinned_full_name_drops_the_parts_of_the_other_name() -> None:
    offered = member(1, given_name="伟", family_name="张")
    assert shown(profile(offered, pins={"full_name": "张玮"})) == {"full_name": "张玮"}


def test_pinned_parts_make_the_full_name() -> None:
    offered = member(1, given_name="伟", family_name="张")
    made = profile(offered, pins={"given_name": "玮", "family_name": "张"})
    assert shown(made) == {"full_name": "张玮", "given_name": "玮", "family_name": "张"}


def test_pinned_address_is_the_first_and_its_parts_are_shown() -> None:
    made = profile(member(1, street="12 Smith St", city="Leeds"), pins={"addresses": {"city": "York"}})
    assert shown(made)["city"] == "York"
    assert "street" not in made.fields
    assert made.fields["addresses"].value == [{"city": "York"}, {"street": "12 Smith St", "city": "Leeds"}]


def test_pin_holds_for_a_field_no_record_knows() -> None:
    assert shown(profile(member(1, full_name="张伟"), pins={"custom.tier": "gold"}))["custom.tier"] == "gold"


def test_pinned_field_kept_by_union_shows_each_lost_value_once() -> None:
    made = profile(*OFFERED[:3], choices={"custom": "union"}, pins={"custom.v": "x"}).fields["custom.v"]
    assert [lost for lost, *_ in made.others] == ["OFTEN", "oldest"]


def test_rule_of_a_plugin_is_used_by_name() -> None:
    def alphabetical(candidates: list[Candidate]) -> list[Candidate]:
        return sorted(candidates, key=lambda one: one.value)

    made = profile(
        member(1, 1, job_title="b"), member(2, 2, job_title="a"), member(3, 3, job_title="c"),
        rules={**RULES, "alphabetical": alphabetical}, choices={"job_title": "alphabetical"},
    )  # fmt: skip
    assert [made.fields["job_title"].value, *(one[0] for one in made.fields["job_title"].others)] == [
        "a",
        "b",
        "c",
    ]


def test_rule_of_a_plugin_may_bear_the_name_consent_goes_by() -> None:
    rules = {**RULES, "most-restrictive": RULES["first-seen"]}
    made = profile(
        member(1, 1, organization="Bolt", consent={"email": "denied"}),
        member(2, 2, organization="Acme", consent={"email": "granted"}),
        rules=rules, choices={"organization": "most-restrictive"},
    )  # fmt: skip
    assert shown(made) | {"full_name": ""} == {
        "full_name": "",
        "organization": "Bolt",
        "consent.email": "denied",
    }


def test_more_custom_fields_than_are_remembered_go_by_their_rule() -> None:
    older = member(1, 1, custom={f"n{number}": "older" for number in range(1100)})
    newer = member(2, 2, custom={f"n{number}": "newer" for number in range(1100)})
    made = Survivorship(choices={"custom": "first-seen", "custom.n1050": "most-recent"})
    for _ in range(2):
        found = shown(made.merge("c-1", [older, newer]))
        assert (found.pop("custom.n1050"), set(found.values())) == ("newer", {"older"})


def test_rule_that_drops_candidates_loses_nothing() -> None:
    made = profile(
        member(1, 1, job_title="a"), member(2, 2, job_title="b"),
        rules={"none": lambda candidates: []}, choices={"job_title": "none"},
    )  # fmt: skip
    assert made.fields["job_title"].value == "b"
    assert [one[0] for one in made.fields["job_title"].others] == ["a"]


def test_rule_that_invents_or_breaks_is_the_plugins_fault() -> None:
    def invent(candidates: list[Candidate]) -> list[Candidate]:
        return [replace(candidates[0], value="made up")]

    def breaks(candidates: list[Candidate]) -> list[Candidate]:
        raise ZeroDivisionError

    for rule in (invent, breaks):
        with pytest.raises(PluginError, match="survivorship rule 'odd'"):
            profile(*OFFERED, rules={"odd": rule}, choices={"custom": "odd"})


def test_unknown_rule_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"did you mean most-recent\?"):
        check({"emails": ("source-priority", "most-recnt")})
    with pytest.raises(ConfigError, match="custom"):
        profile(*OFFERED, choices={"custom": "x"})


def test_empty_customer_has_an_empty_profile() -> None:
    assert profile() == Profile("c-1", "person")


def test_merging_edits_nothing_it_is_given() -> None:
    fields = {
        "emails": ["a@x.cn"],
        "custom": {"tags": ["x"]},
        "consent": {"email": "granted"},
        "city": "York",
    }
    before = json.dumps(fields)
    offered = [member(1, 1, **fields), member(2, 2, **fields)]
    profile(*offered, pins={"emails": ["b@x.cn"]})
    assert json.dumps(fields) == before


def test_custom_value_kept_as_a_list_is_not_taken_for_several() -> None:
    made = profile(member(1, 1, custom={"tags": ["a"]}), member(2, 2, custom={"tags": ["b"]})).fields[
        "custom.tags"
    ]
    assert (made.value, [lost for lost, *_ in made.others]) == (["b"], [["a"]])


TEXTS = st.sampled_from(
    ["", "N/A", "a", "A", "b", "bb", "张伟", "張偉", "Zhang Wei", "wei zhang", "Acme GmbH", "无"]
)
EMAILS = st.lists(
    st.sampled_from(["a@x.cn", "A@x.cn", "b@x.cn", "a.b@gmail.com", "ab+c@gmail.com", "no", "test@test.com"]),
    max_size=3,
)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "full_name": TEXTS,
        "given_name": TEXTS,
        "family_name": TEXTS,
        "organization": TEXTS,
        "job_title": TEXTS,
        "birth_date": st.sampled_from(["1980-02-03", "19800203", "1900-01-01", "?", "1981-01-01"]),
        "emails": EMAILS,
        "phones": st.lists(
            st.sampled_from(["13912345678", "+86 139 1234 5678", "13800138000", "x"]), max_size=2
        ),
        "handles": st.sampled_from(["wechat:a", ["WeChat:A", "wechat:b"], []]),
        "street": TEXTS,
        "city": st.sampled_from(["上海", "上海市", "York", ""]),
        "country": st.sampled_from(["CN", "中国", "GB"]),
        "consent": st.dictionaries(
            st.sampled_from(["email", "Email", "phone"]),
            st.sampled_from(["granted", "denied", "GRANTED", "?", ""]),
        ),
        "custom": st.dictionaries(
            st.sampled_from(["tier", "tags"]),
            st.one_of(TEXTS, st.integers(0, 2), st.lists(TEXTS, max_size=2)),
        ),
        "extra": st.one_of(st.none(), st.booleans(), TEXTS),
    },
)


@st.composite
def customers(draw: st.DrawFn) -> list[Member]:
    keys = draw(st.lists(st.integers(0, 50), max_size=5, unique=True))
    return [
        member(key, draw(st.integers(0, 2)), priority=draw(st.integers(0, 1)), **draw(FIELDS)) for key in keys
    ]


PINS = st.dictionaries(
    st.sampled_from(
        ["full_name", "given_name", "emails", "custom.tier", "addresses", "city", "consent.email"]
    ),
    st.sampled_from(["", "pinned"]),
    max_size=2,
).map(
    lambda pins: {
        field: {"city": "pinned"} if field == "addresses" else value for field, value in pins.items()
    }
)
CHOICES = st.dictionaries(
    st.sampled_from(sorted(DEFAULTS)),
    st.one_of(
        st.sampled_from(sorted(RULES)), st.lists(st.sampled_from(sorted(RULES)), min_size=1, max_size=3)
    ),
    max_size=3,
)


@settings(max_examples=60, deadline=None)
@given(st.data(), customers(), CHOICES, PINS)
def test_any_order_gives_the_same_bytes(
    data: st.DataObject, members: list[Member], choices: Mapping[str, Any], pins: Mapping[str, Any]
) -> None:
    shuffled = data.draw(st.permutations(members))
    once = dump(profile(*members, choices=choices, pins=pins))
    assert dump(profile(*shuffled, choices=choices, pins=pins)) == once
    assert dump(load(once)) == once


@settings(max_examples=60, deadline=None)
@given(st.lists(customers(), max_size=4), CHOICES)
def test_survivorship_made_once_merges_each_customer_as_if_it_were_the_only_one(
    several: list[list[Member]], choices: Mapping[str, Any]
) -> None:
    made = Survivorship(choices=choices)
    together = [dump(made.merge("c-1", members)) for members in several]
    assert together == [dump(profile(*members, choices=choices)) for members in several]


@settings(max_examples=60, deadline=None)
@given(customers(), CHOICES)
def test_a_profile_is_json_with_sorted_keys(members: list[Member], choices: Mapping[str, Any]) -> None:
    text = dump(profile(*members, choices=choices))
    assert text == json.dumps(json.loads(text), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def test_keys_are_sorted_however_deep_they_lie() -> None:
    deep = {"z": [{"b": 1, "a": {"d": None, "c": True}}], "k": 10**25}
    text = dump(profile(member(1, custom={"deep": deep})))
    assert '{"k":10000000000000000000000000,"z":[{"a":{"c":true,"d":null},"b":1}]}' in text
    assert shown(load(text)) == {"custom.deep": deep}


@settings(max_examples=60, deadline=None)
@given(customers(), CHOICES)
def test_a_profile_reads_back_equal(members: list[Member], choices: Mapping[str, Any]) -> None:
    made = profile(*members, choices=choices)
    assert load(dump(made)) == made


@settings(max_examples=60, deadline=None)
@given(customers(), CHOICES)
def test_every_value_is_one_the_named_record_holds(members: list[Member], choices: Mapping[str, Any]) -> None:
    by_id = {one.source_id: one for one in members}
    for field, value in profile(*members, choices=choices).fields.items():
        several = field in ("addresses", "emails", "handles", "phones") or "union" in value.rule
        first = value.value[0] if several and isinstance(value.value, list) else value.value
        for held, source_id in [(first, value.source_id), *((one[0], one[3]) for one in value.others)]:
            assert holds(by_id[source_id], field, held), (field, held)


def holds(one: Member, field: str, value: Any) -> bool:
    fields = one.fields
    if field.startswith("consent."):
        stated = [text for purpose, text in fields["consent"].items() if purpose.lower() == field[8:]]
        return any((text.lower() == "granted") == (value == "granted") for text in stated if text)
    if field.startswith("custom."):
        held = [fields.get("custom", {}).get(field[7:]), fields.get(field[7:])]
        return value in held
    if field == "addresses":
        return value == {part: fields[part] for part in ("street", "city", "country") if part in value}
    if field in ("emails", "phones", "handles"):
        written = fields.get(field, [])
        written = [written] if isinstance(written, str) else written
        return value in written or value in getattr(one.record, field)
    if field == "full_name":
        given, family = fields.get("given_name", ""), fields.get("family_name", "")
        return value in (
            *(fields.get("full_name"), fields.get("organization")),
            *(given, family, f"{given} {family}", f"{family}{given}"),
        )
    return value == fields.get(field)


@settings(max_examples=60, deadline=None)
@given(customers(), customers())
def test_consent_never_widens_by_merging(members: list[Member], others: Sequence[Member]) -> None:
    keys = {one.key for one in members}
    joined = profile(*members, *(one for one in others if one.key not in keys))
    for field, value in profile(*members).fields.items():
        if field.startswith("consent.") and value.value != "granted":
            assert joined.fields[field].value != "granted"


@settings(max_examples=60, deadline=None)
@given(customers(), CHOICES)
def test_no_email_or_phone_is_lost(members: list[Member], choices: Mapping[str, Any]) -> None:
    made = profile(*members, choices=choices)
    for field in ("emails", "phones", "handles"):
        known: set[str] = {value for one in members for value in getattr(one.record, field)}
        values = made.fields[field].value if field in made.fields else []
        assert len(values) == len(known)
        assert set(getattr(NORMALIZER.source_record({field: values}, key=0), field)) == known


def test_record_that_was_not_normalized_still_merges() -> None:
    bare = Member(
        1, {"full_name": "Alice", "street": "x", "emails": ["a@x.cn"]}, SourceRecord(1), "c", "s", "i", 0
    )
    assert shown(profile(bare)) == {"full_name": "Alice", "street": "x", "addresses": [{"street": "x"}]}
