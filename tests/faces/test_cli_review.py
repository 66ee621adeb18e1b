"""Reviewing: what is shown, decided, put off, accepted in bulk, listed and taken back."""

from __future__ import annotations

import pytest

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
    assert pair["why"] == "under the threshold"
    assert pair["because"].startswith(f"{pair['weight']:.1f} of the")
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


NOVAKS = """\
id,first,last,email,phone
1,Peter,Novak,,
2,Peter,Novak,,
3,Oswald,Peterson,,
4,Oswald,Peterson,,
"""


@pytest.fixture
def several(both):
    """Two pairs with a name in common and little else."""
    both.write("crm-1.csv", NOVAKS)
    both.hub("sync", "crm")
    return both


def test_skip_puts_a_pair_off_and_says_until_when(several):
    (pair, *_) = several.told("review")["pairs"]
    sides = pair["one"]["customer_id"], pair["other"]["record"]
    told = several.told("review", "skip", *sides, "--author", "ann", "--reason", "asked the shop")
    assert len(several.told("review")["pairs"]) == 1
    (listed,) = several.told("review", "list")["judgements"]
    assert (listed["id"], listed["verdict"], listed["author"]) == (told["id"], "skip", "ann")
    several.hub("review", "retract", str(told["id"]))
    assert len(several.told("review")["pairs"]) == 2
    assert "until its weight or a record of the two changes" in several.hub("review", "skip", *sides).stdout


def test_accept_shows_the_pairs_and_keeps_nothing_on_a_trial(several):
    shown = several.hub("review", "accept", "--above", "2", "--dry-run").stdout
    assert "Peter Novak" in shown
    assert "Oswald Peterson" in shown
    assert "2 pairs to accept (dry run: nothing was kept)" in shown
    assert several.told("review", "list") == {"judgements": []}


def test_accept_needs_somebody_to_ask_or_the_word_not_to(several):
    told = several.told("review", "accept", "--above", "2", code=2)["error"]
    assert "2 pairs would be accepted" in told["what"]
    assert "--yes" in told["step"]
    assert several.told("review", "list") == {"judgements": []}
    told = several.told("review", "accept", "--above", "2", "--yes", "--reason", "looked through them")
    assert told["accepted"] == 2
    assert several.told("review") == {"pairs": []}
    listed = several.told("review", "list")["judgements"]
    assert [(one["verdict"], one["reason"]) for one in listed] == [("same", "looked through them")] * 2


def test_accept_takes_the_best_up_to_its_limit_and_bits(several):
    best = several.told("review", "accept", "--above", "2.5", "--dry-run")["pairs"]
    assert [pair["one"]["name"] for pair in best] == ["Oswald Peterson"]
    assert len(several.told("review", "accept", "--above", "0", "--limit", "1", "--dry-run")["pairs"]) == 1
    assert several.told("review", "accept", "--above", "9")["pairs"] == []


def test_accept_asks_at_a_terminal(several, monkeypatch):
    asked = []

    def no(question, *, default=False):
        asked.append(question)
        return False

    monkeypatch.setattr("hub.faces.cli.review.at_terminal", lambda: True)
    monkeypatch.setattr("hub.faces.cli.review.ask", no)
    assert "nothing was decided" in several.hub("review", "accept", "--above", "2").stderr
    assert asked == ["Are these 2 pairs one customer each?"]
    assert several.told("review", "list") == {"judgements": []}


def test_several_are_taken_back_at_once(several):
    several.hub("review", "accept", "--above", "2", "--yes")
    told = several.told("review", "retract", "1", "2")
    assert told["retracted"] == [2, 1]
    assert len(several.told("review")["pairs"]) == 2


def test_records_of_one_customer_are_confirmed(synced):
    synced.hub("review", "same", "crm/customers/1", "crm/customers/2")
    (listed,) = synced.told("review", "list")["judgements"]
    assert listed["sides"] == [["crm/customers/1"], ["crm/customers/2"]]
    crm = "id,first,last,email,phone\n1,Ann,Lee,ann.lee@gmail.com,\n2,Zoe,Fox,zoe@fox.net,\n"
    synced.write("crm-1.csv", crm)
    synced.hub("sync", "crm")
    assert synced.customer("ann") == synced.customer("zoe")
