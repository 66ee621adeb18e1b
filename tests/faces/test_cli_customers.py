"""Searching, showing, explaining, merging, splitting and pinning."""

from __future__ import annotations

import pytest


@pytest.fixture
def resolved(both):
    both.hub("sync")
    return both


def test_search_finds_by_every_word(resolved):
    (found,) = resolved.told("customers", "search", "ann", "lee")["customers"]
    assert found["name"] == "Ann Lee"
    assert found["kind"] == "person"
    assert found["emails"] == ["ann.lee@gmail.com"]
    assert resolved.told("customers", "search", "ann", "ray") == {"customers": []}
    assert found["customer_id"] in resolved.hub("customers", "search", "lee").stdout
    assert "nobody was found" in resolved.hub("customers", "search", "zzz").stderr


def test_show_leads_every_value_back_to_a_record(resolved):
    told = resolved.told("customers", "show", resolved.customer("ann"))
    fields = told["profile"]["fields"]
    assert fields["full_name"]["value"] == "Ann Lee"
    assert fields["full_name"]["record"] in {"crm/customers/1", "crm/customers/2"}
    assert {one["record"] for one in told["records"]} >= {"crm/customers/1", "crm/customers/2"}
    assert [one["raw_record"] for one in told["timeline"]] == [
        "orders/orders/o1",
        "touches/interactions/t2",
        "touches/interactions/t1",
    ]
    assert [one["channel"] for one in told["timeline"]] == ["", "Email", "Paid Search"]
    assert told["orders"][0]["amount"] == 100.1
    shown = resolved.hub("customers", "show", told["customer_id"]).stdout
    assert "Paid Search" in shown
    assert "crm/customers/1" in shown


def test_explain_gives_the_links_of_a_customer_and_their_weights(resolved):
    links = resolved.told("customers", "explain", resolved.customer("ann"))["links"]
    assert links
    for link in links:
        assert link["weight"] == pytest.approx(link["prior"] + sum(step["weight"] for step in link["steps"]))
        assert link["same"] is (link["weight"] >= link["threshold"])
    assert (
        "before anything is compared" in resolved.hub("customers", "explain", resolved.customer("ann")).stdout
    )


def test_explain_of_two_says_why_not(resolved):
    told = resolved.told("customers", "explain", resolved.customer("ann"), "crm/customers/4")
    assert [link["same"] for link in told["links"]] == [False]


def test_merge_and_taking_it_back_leave_everything_as_it_was(resolved):
    bob, dora = resolved.customer("bob"), resolved.customer("dora@else.com")
    before = resolved.told("customers", "show", bob)
    dry = resolved.told("customers", "merge", bob, dora, "--dry-run")
    assert dry["merges"]
    assert resolved.customer("dora@else.com") == dora
    kept = resolved.told("customers", "merge", bob, dora, "--reason", "same passport", "--author", "me")[
        "customer_id"
    ]
    assert resolved.customer("dora@else.com") == kept == resolved.customer("bob@ray.org")
    (judged,) = resolved.told("review", "list")["judgements"]
    assert (judged["verdict"], judged["author"], judged["reason"]) == ("same", "me", "same passport")
    assert "crm/customers/3" in judged["sides"][0]
    assert "crm/customers/3" in resolved.hub("review", "list").stdout
    resolved.hub("review", "retract", str(judged["id"]))
    assert resolved.told("customers", "show", bob) == before
    assert resolved.customer("dora@else.com") == dora
    assert resolved.told("review", "list")["judgements"][0]["retracted_at"]


def test_merging_customers_of_different_names_takes_all_their_records_along(synced):
    synced.hub("customers", "merge", synced.customer("ann"), synced.customer("cy@fox.net"))
    assert synced.customer("cy@fox.net") == synced.customer("ann")


def test_merging_the_same_customer_twice_is_an_error(resolved):
    ann = resolved.customer("ann")
    assert "same customer already" in resolved.told("customers", "merge", ann, ann, code=2)["error"]["what"]


def test_split_moves_records_and_their_history(resolved):
    ann = resolved.customer("ann")
    told = resolved.told("customers", "split", ann, "crm/customers/2", "--reason", "a namesake")
    assert told["customer_id"] != ann
    assert told["splits"] == [{"customer": ann, "off": told["customer_id"]}]
    assert {one["customer_id"] for one in resolved.told("customers", "search", "ann")["customers"]} == {
        ann,
        told["customer_id"],
    }
    assert "judged apart" in resolved.hub("customers", "explain", "crm/customers/1", "crm/customers/2").stdout


def test_pin_holds_a_field(resolved):
    ann = resolved.customer("ann")
    resolved.hub("customers", "pin", ann, "full_name", "Dr. Ann Lee")
    resolved.hub("customers", "pin", ann, "emails", '["ann@new.org"]')
    fields = resolved.told("customers", "show", ann)["profile"]["fields"]
    assert fields["full_name"]["value"] == "Dr. Ann Lee"
    assert fields["emails"]["value"][0] == "ann@new.org"


def test_pin_refuses_a_value_the_field_cannot_hold(synced):
    ann = synced.customer("ann")
    told = synced.told("customers", "pin", ann, "addresses", "12 Long Street, Leeds", code=2)
    assert "an address is its parts" in str(told)
    synced.told("customers", "pin", ann, "birth_date", '["1980"]', code=2)
    synced.hub("customers", "pin", ann, "addresses", '{"street": "12 Long Street", "city": "Leeds"}')
    assert synced.told("customers", "show", ann)["profile"]["fields"]["city"]["value"] == "Leeds"


def test_pin_refuses_a_field_no_profile_has(synced):
    told = synced.told("customers", "pin", synced.customer("ann"), "ful_name", "x", code=2)
    assert "did you mean full_name?" in told["error"]["what"]


@pytest.mark.parametrize(
    "words",
    [
        ("show", "C0000000000000"),
        ("show", "nonsense"),
        ("explain", "C0000000000000"),
        ("merge", "C0000000000000", "C0000000000001"),
        ("split", "C0000000000000", "crm/customers/1"),
        ("pin", "C0000000000000", "full_name", "x"),
    ],
)
def test_no_such_customer_is_told_with_the_next_step(synced, words):
    told = synced.told("customers", *words, code=2)["error"]
    assert "there is no customer" in told["what"]
    assert "hub customers search" in told["step"]


def test_no_such_record_is_told_with_the_next_step(synced):
    told = synced.told("customers", "split", synced.customer("ann"), "crm/customers/99", code=2)["error"]
    assert "there is no record" in told["what"]
