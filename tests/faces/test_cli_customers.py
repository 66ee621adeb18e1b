"""Searching, showing, explaining, merging, splitting, pinning, and reviewing."""

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


HOUSE = """\
id,first,last,email,phone,birth
1,Ann,Lee,,+1 202 555 0101,
2,Anna,Lee,,+1 202 555 0101,
3,Bob,Ray,bob@ray.org,,1980-01-01
"""


@pytest.fixture
def doubtful(both):
    """Two records that are likely, but not certain, to be one customer."""
    both.write("crm-1.csv", HOUSE)
    for name in ("touches", "orders", "ads"):
        both.hub("connectors", "disable", name)
    both.hub("sync")
    weight = both.told("customers", "explain", "crm/customers/1", "crm/customers/2")["links"][0]["weight"]
    both.force(both.model(), link=weight + 1, review=weight - 1)
    both.hub("resolve", "--full")
    return both


def test_review_shows_the_possible_pairs_side_by_side(doubtful):
    (pair,) = doubtful.told("review")["pairs"]
    assert pair["why"] == "possible"
    assert {pair["one"]["record"], pair["other"]["record"]} == {"crm/customers/1", "crm/customers/2"}
    assert {pair["one"]["fields"]["given_name"], pair["other"]["fields"]["given_name"]} == {"Ann", "Anna"}
    shown = doubtful.hub("review").stdout
    assert f"hub review same {pair['one']['customer_id']} {pair['other']['customer_id']}" in shown


def test_review_same_makes_them_one_and_the_pair_is_decided(doubtful):
    (pair,) = doubtful.told("review")["pairs"]
    told = doubtful.told("review", "same", pair["one"]["customer_id"], pair["other"]["record"])
    assert told["customer_id"] in (pair["one"]["customer_id"], pair["other"]["customer_id"])
    assert doubtful.told("review") == {"pairs": []}
    assert len(doubtful.told("customers", "search", "lee")["customers"]) == 1


def test_review_apart_is_not_asked_again_until_it_is_taken_back(doubtful):
    doubtful.hub("review", "apart", "crm/customers/1", "crm/customers/2", "--reason", "sisters")
    assert doubtful.told("review") == {"pairs": []}
    assert "nothing to decide" in doubtful.hub("review").stderr
    (judged,) = doubtful.told("review", "list")["judgements"]
    assert judged["verdict"] == "apart"
    doubtful.hub("review", "retract", str(judged["id"]))
    assert len(doubtful.told("review")["pairs"]) == 1


def test_apart_outlives_a_full_rebuild_with_a_bolder_model(doubtful):
    doubtful.hub("review", "apart", "crm/customers/1", "crm/customers/2")
    doubtful.force(doubtful.model(), link=-100, review=-200)
    doubtful.hub("resolve", "--full")
    assert len(doubtful.told("customers", "search", "lee")["customers"]) == 2
    assert [pair["why"] for pair in doubtful.told("review")["pairs"]] == []


def test_review_apart_of_one_customer_points_at_split(synced):
    told = synced.told("review", "apart", "crm/customers/1", "crm/customers/2", code=2)["error"]
    assert "one customer" in told["what"]
    assert "hub customers split" in told["step"]


def test_judgements_that_contradict_are_brought_up(doubtful):
    doubtful.hub("review", "same", "crm/customers/1", "crm/customers/2")
    doubtful.judge("apart", "crm/customers/1", "crm/customers/2")
    doubtful.hub("resolve", "--full")
    assert [pair["why"] for pair in doubtful.told("review")["pairs"]] == ["contradicting judgements"]
    doubtful.hub("review", "apart", "crm/customers/1", "crm/customers/2")
    assert doubtful.told("review") == {"pairs": []}


def test_retract_of_what_was_never_judged_is_an_error(synced):
    assert "no judgement 7" in synced.told("review", "retract", "7", code=2)["error"]["what"]


def test_retract_twice_is_an_error(synced):
    synced.hub("customers", "merge", synced.customer("ann"), synced.customer("bob"))
    synced.hub("review", "retract", "1")
    assert "already" in synced.told("review", "retract", "1", code=2)["error"]["what"]
