from __future__ import annotations

import pytest
from hub_files import hub_connectors
from hub_files.settings import Settings
from pydantic import ValidationError

from hub.errors import ConfigError
from hub.plugin import Interaction


def test_plugin_brings_one_offline_connector():
    (files,) = hub_connectors()
    assert (files.type, files.offline) == ("files", True)


def test_the_example_of_the_design_reads_as_it_says(folder):
    folder.write(
        "exports/customers-1.csv",
        "id,first_name,surname,dob,email,email_2,street_number,address_1,Shoe size\n"
        "17,Ann,Lee,1990-01-02,a@x.com,ann@y.org,12,High Street,39\n",
    )
    reading = folder.read(
        "exports/customers-*.csv",
        fields={
            "given_name": "first_name",
            "family_name": "surname",
            "birth_date": "dob",
            "emails": ["email", "email_2"],
            "street": ["street_number", "address_1"],
        },
    )
    assert reading.one == {
        "id": "17",
        "given_name": "Ann",
        "family_name": "Lee",
        "birth_date": "1990-01-02",
        "emails": ["a@x.com", "ann@y.org"],
        "street": "12 High Street",
        "custom": {"Shoe size": "39"},
    }


def test_chinese_headers_map_and_stay_as_custom_names(folder):
    reading = folder.csv(
        "编号,姓名,手机,城市,备注\nK1,王伟,13912345678,上海,老客户\n",
        key="编号",
        fields={"full_name": "姓名", "phones": "手机", "city": "城市"},
    )
    assert reading.one == {
        "id": "K1",
        "full_name": "王伟",
        "phones": ["13912345678"],
        "city": "上海",
        "custom": {"备注": "老客户"},
    }


def test_headers_that_are_canonical_names_need_no_mapping(folder):
    reading = folder.csv("ID,Full Name,EMAILS,Postal Code\n1,Ann,a@x.com,10115\n", key="ID")
    assert reading.one == {"id": "1", "full_name": "Ann", "emails": ["a@x.com"], "postal_code": "10115"}


def test_a_mapping_wins_over_a_header_of_the_same_name(folder):
    reading = folder.csv("id,city,town\n1,a,b\n", fields={"city": "town"})
    assert reading.one == {"id": "1", "city": "b", "custom": {"city": "a"}}


def test_empty_cells_are_left_out_and_list_cells_skip_blanks(folder):
    reading = folder.csv("id,a,b,c\n1, ,x@y.z,\n", fields={"emails": ["a", "b"], "city": "c"})
    assert reading.one == {"id": "1", "emails": ["x@y.z"]}


def test_custom_consent_and_defaults_may_be_mapped(folder):
    reading = folder.csv(
        "id,shoe,news,sms,calls\n1,39,Yes,拒绝,\n",
        fields={
            "custom.size": "shoe",
            "consent.email": "news",
            "consent.sms": "sms",
            "consent.phone": "calls",
        },
        defaults={"country": "DE", "custom.origin": "shop"},
    )
    assert reading.one == {
        "id": "1",
        "consent": {"email": "granted", "sms": "denied"},
        "custom": {"size": "39", "origin": "shop"},
        "country": "DE",
    }


def test_a_consent_that_says_neither_yes_nor_no_is_rejected(folder):
    reading = folder.csv("id,news\n1,perhaps\n2,no\n", fields={"consent.email": "news"})
    assert reading.ids == ["2"]
    assert "'news'" in reading.reason
    assert "perhaps" in reading.reason


def test_a_default_fills_only_what_the_row_lacks(folder):
    reading = folder.csv("id,city\n1,\n2,Bonn\n", defaults={"city": "Berlin"})
    assert [record["city"] for record in reading.records] == ["Berlin", "Bonn"]


def test_composite_keys_are_joined_and_cannot_collide(folder):
    reading = folder.csv("shop,no\na,1\na|1,2\na,1|2\n", key=["shop", "no"])
    assert reading.ids == ["a|1", "a\\|1|2", "a|1\\|2"]
    assert reading.records[0]["custom"] == {"shop": "a", "no": "1"}


def test_an_interaction_takes_constants_click_ids_and_direction(folder):
    reading = folder.csv(
        "id,when,phone,gclid,way\n1,2025-04-03 09:30,139,XYZ,呼入\n",
        record="interaction",
        fields={"occurred_at": "when", "phones": "phone", "click_ids.gclid": "gclid", "direction": "way"},
        defaults={"kind": "call", "channel": "Phone"},
    )
    assert reading.one == {
        "id": "1",
        "occurred_at": "2025-04-03T09:30:00+08:00",
        "phones": ["139"],
        "click_ids": {"gclid": "XYZ"},
        "direction": "inbound",
        "kind": "call",
        "channel": "Phone",
    }


def test_spend_without_a_key_is_known_by_day_and_campaign(folder):
    folder.write("ads.csv", "Date,Source,Medium,Campaign,Amount\n2025-04-03,google,cpc,brand,12.50\n")
    reading = folder.read("ads.csv", record="spend", key=[])
    assert reading.one == {
        "id": "2025-04-03||google|cpc|brand",
        "date": "2025-04-03",
        "source": "google",
        "medium": "cpc",
        "campaign": "brand",
        "amount": "12.50",
    }


def test_repeated_and_blank_headers_keep_their_columns(folder):
    reading = folder.csv("id,note,note,\n1,a,b,c\n")
    assert reading.one["custom"] == {"note": "a", "note (2)": "b", "column 4": "c"}


def test_an_unknown_field_names_the_nearest_right_one():
    with pytest.raises(
        ValidationError, match="'famly_name' is no field of a customer; did you mean 'family_name'"
    ):
        Settings(path="a.csv", record="customer", key="id", fields={"famly_name": "x"})


def test_a_field_of_another_kind_is_refused():
    with pytest.raises(ValidationError, match="no field of a customer"):
        Settings(path="a.csv", record="customer", key="id", fields={"click_ids.gclid": "x"})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"key": []}, "key is missing"),
        ({"fields": {"id": "x"}}, "comes from the setting key"),
        ({"encoding": "klingon"}, "no known encoding"),
        ({"delimiter": "::"}, "one character"),
        ({"timezone": "Mars/Olympus"}, "no time zone"),
        ({"colour": "red"}, "colour"),
        ({"defaults": {"citty": "x"}}, "did you mean 'city'"),
    ],
)
def test_wrong_settings_say_what_is_wrong(settings, message):
    with pytest.raises(ValidationError, match=message):
        Settings(**{"path": "a.csv", "record": "customer", "key": "id", **settings})


@pytest.mark.parametrize("name", ["rows.csv", "rows.jsonl"])
def test_a_mapped_column_that_is_not_there_names_the_nearest(folder, name):
    folder.write(name, '{"id": 1, "surname": "x"}\n' if name.endswith("l") else "id,surname\n1,x\n")
    connector = folder.connector(name, fields={"family_name": "Surnam"})
    with pytest.raises(ConfigError) as caught:
        connector.check()
    message = str(caught.value)
    assert "no column 'Surnam'; did you mean 'surname'" in message
    assert name in message
    assert "'id', 'surname'" in message
    assert "fields.family_name" in message
    with pytest.raises(ConfigError):
        folder.read(name, fields={"family_name": "Surnam"})


def test_a_key_column_that_is_not_there_is_an_error(folder):
    folder.write("a.csv", "number,name\n1,x\n")
    with pytest.raises(ConfigError, match="no column 'id'") as caught:
        folder.connector().check()
    assert "correct key" in caught.value.step


def test_a_kind_whose_required_field_no_column_gives_is_an_error(folder):
    folder.write("a.csv", "id,total\n1,2\n")
    with pytest.raises(ConfigError, match="no column gives ordered_at"):
        folder.connector(record="order", fields={"amount": "total"}).check()


def test_the_stream_is_named_after_the_kind(folder):
    (stream,) = folder.connector(record="interaction", brake=0.5).streams()
    assert (stream.name, stream.kind, stream.mode) == ("interactions", Interaction, "snapshot")
    assert (stream.customers, stream.brake) == ("", 0.5)
    assert [folder.connector(record=kind).streams()[0].name for kind in ("customer", "order", "spend")] == [
        "customers",
        "orders",
        "spend",
    ]
