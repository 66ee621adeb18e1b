"""The review queue: why each pair waits, in which order, and what becomes of what people decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from hub.app.customers import Customers
from hub.app.review import OpenPair, Review
from hub.errors import ConfigError
from hub.store.session import Store
from tests.factory import MATCHER, land, resolver

PHONE, OTHER_PHONE = "+12025550101", "+12025550102"
LEE, RAY = "lee@gmail.com", "ray@gmail.com"
NOVAKS = [{"id": "1", "full_name": "Peter Novak"}, {"id": "2", "full_name": "Peter Novak"}]
"""A name in common and nothing else: 2 bits of the 4 a link takes."""
CROWD = [{"id": str(100 + n), "full_name": f"N{n:03}x F{n:03}y", "phones": [OTHER_PHONE]} for n in range(201)]


def reviewed(store: Store, rows: Sequence[Mapping[str, Any]]) -> Review:
    """The review of what becomes of these customers, landed beside or over what is there."""
    land(store, rows)
    worker = resolver(store)
    worker.resolve()
    return Review(Customers(store, MATCHER, worker))


def whys(review: Review) -> list[tuple[str, set[str]]]:
    return [(pair.why, _records(pair)) for pair in review.pairs()]


def _records(pair: OpenPair) -> set[str]:
    return {side.record.removeprefix("crm/customers/") for side in (pair.one, pair.other)}


def test_a_pair_under_the_threshold_says_how_much_is_missing(store: Store) -> None:
    (pair,) = reviewed(store, NOVAKS).pairs()
    assert pair.why == "under the threshold"
    assert pair.because == "2.0 of the 4.0 bits a link takes"
    assert _records(pair) == {"1", "2"}


def test_a_mailbox_two_people_share_is_too_close_to_call_and_names_the_rival(store: Store) -> None:
    rows = [
        {"id": "1", "full_name": "Ann Lee", "emails": [LEE]},
        {"id": "2", "full_name": "Bob Lee", "emails": [LEE]},
        {"id": "3", "emails": [LEE]},
    ]
    first, second = reviewed(store, rows).pairs()
    assert (first.why, second.why) == ("too close to call", "too close to call")
    assert "Ann Lee and Bob Lee" in first.because
    by_record = {side.record: side.customer_id for pair in (first, second) for side in (pair.one, pair.other)}
    rival = "crm/customers/2" if "1" in _records(first) else "crm/customers/1"
    assert first.rivals == (by_record[rival],)


def test_a_link_to_a_record_of_somebody_of_another_name_is_held_back(store: Store) -> None:
    rows = [
        {"id": "1", "full_name": "Ann Lee", "emails": [LEE], "phones": [PHONE]},
        {"id": "2", "full_name": "Bob Lee", "emails": [LEE]},
        {"id": "3", "emails": [LEE], "phones": [PHONE]},
    ]
    (pair,) = reviewed(store, rows).pairs()
    assert (pair.why, _records(pair)) == ("held back", {"2", "3"})
    assert pair.because == "their records name Bob Lee and Ann Lee, who are clearly two people"


def test_a_link_between_a_person_and_an_organization_is_held_back(store: Store) -> None:
    rows = [
        {"id": "1", "organization": "Acme Ltd", "phones": [PHONE]},
        {"id": "2", "full_name": "Bob Ray", "phones": [PHONE], "emails": [RAY]},
        {"id": "3", "phones": [PHONE], "emails": [RAY]},
    ]
    (pair,) = reviewed(store, rows).pairs()
    assert (pair.why, _records(pair)) == ("held back", {"1", "3"})
    assert pair.because == "one of the two is a person, and the other an organization"


def test_a_link_that_would_make_a_customer_too_large_is_held_back(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.core.cluster.groups.SIZE_CAP", 2)
    rows = [
        {"id": str(n), "full_name": "Ann Lee", "emails": [LEE], "handles": [f"x:ann{n}"]} for n in range(3)
    ]
    (pair,) = reviewed(store, rows).pairs()
    assert pair.why == "held back"
    assert pair.because.startswith("together they are more than")


def test_a_pair_whose_evidence_is_generic_names_the_value_and_what_it_would_be_worth(store: Store) -> None:
    shared = [{**row, "phones": [OTHER_PHONE]} for row in NOVAKS]
    shared[1]["emails"] = ["petnov@ray.org"]
    (pair,) = reviewed(store, [*shared, *CROWD]).pairs()
    assert pair.why == "generic value"
    assert pair.because.startswith(
        "phone +12025550102 is shared by more than 200 records, so it is no evidence"
    )
    assert whys(reviewed(store, shared)) == [], "with the crowd gone it is evidence, and links"


def test_customers_that_were_one_until_the_data_changed_are_asked_about(store: Store) -> None:
    rows = [
        {"id": "1", "full_name": "Peter Novak", "emails": [LEE]},
        {"id": "2", "full_name": "Peter Novak", "emails": [LEE]},
    ]
    assert whys(reviewed(store, rows)) == []
    review = reviewed(store, [rows[0], {**rows[1], "emails": [RAY]}])
    (pair,) = review.pairs()
    assert pair.why == "evidence gone"
    assert pair.because.startswith("they were one customer until the data changed; now")
    review.apart("crm/customers/1", "crm/customers/2")
    assert whys(review) == []


def test_customers_that_were_one_and_have_nothing_in_common_any_more_are_asked_about_too(
    store: Store,
) -> None:
    reviewed(store, [{"id": "1", "full_name": "Ann Lee", "emails": [LEE]}, {"id": "2", "emails": [LEE]}])
    review = reviewed(
        store, [{"id": "1", "full_name": "Ann Lee", "emails": [LEE]}, {"id": "2", "emails": [RAY]}]
    )
    assert whys(review) == [("evidence gone", {"1", "2"})]


def test_a_split_by_a_person_is_no_evidence_gone(store: Store) -> None:
    rows = [{"id": str(n), "full_name": "Ann Lee", "emails": [LEE]} for n in (1, 2)]
    review = reviewed(store, rows)
    (found,) = review.customers.search("ann")
    review.customers.split(found.customer_id, ["crm/customers/2"])
    assert whys(review) == []


def test_a_newcomer_that_links_what_people_keep_apart_contradicts_a_judgement(store: Store) -> None:
    rows = [
        {"id": "1", "full_name": "Ann Lee", "emails": [LEE]},
        {"id": "2", "full_name": "Ann Lee", "phones": [PHONE]},
    ]
    review = reviewed(store, [*rows, *({**row, "id": str(3 + n)} for n, row in enumerate(NOVAKS))])
    review.apart("crm/customers/1", "crm/customers/2")
    review = reviewed(
        store,
        [*rows, {"id": "5", "full_name": "Ann Lee", "emails": [LEE], "phones": [PHONE]},
         *({**row, "id": str(3 + n)} for n, row in enumerate(NOVAKS))],
    )  # fmt: skip
    first, second = review.pairs()
    assert first.why == "contradicts a judgement"
    assert "5" in _records(first)
    assert second.why == "under the threshold"


def test_who_keeps_two_apart_is_not_asked_again_for_a_newcomer_that_merely_resembles(store: Store) -> None:
    rows = [{**NOVAKS[0], "emails": [LEE]}, NOVAKS[1]]
    review = reviewed(store, rows)
    assert len(whys(review)) == 1
    review.apart("crm/customers/1", "crm/customers/2")
    review = reviewed(store, [*rows, {"id": "3", "full_name": "Peter Novak", "emails": [LEE]}])
    assert whys(review) == [], "3 is one with 1, and resembles 2 as much as 1 does"


def test_a_merge_taken_back_is_no_evidence_gone(store: Store) -> None:
    review = reviewed(store, NOVAKS)
    _, effect = review.same("crm/customers/1", "crm/customers/2")
    review.retract([effect.judgement])
    assert [why for why, _ in whys(review)] == ["under the threshold"]


def bought(store: Store, review: Review, customer: str, count: int) -> None:
    """Have a customer of that id have so many orders."""
    order = {"customer_ref": customer, "ordered_at": "2026-03-02T00:00:00Z", "amount": "1"}
    land(store, [{**order, "id": str(n)} for n in range(count)], "order")
    review.customers.resolver.resolve()


def test_nearness_and_what_is_behind_a_pair_bring_it_forward(store: Store) -> None:
    smiths = [{"id": f"s{n}", "full_name": "John Smith", "city": "Boston"} for n in (1, 2)]
    review = reviewed(store, [*NOVAKS, *smiths])
    near, far = {"s1", "s2"}, {"1", "2"}
    assert [records for _, records in whys(review)] == [near, far], "3.6 bits before 2.1"
    bought(store, review, "1", 1)
    assert [records for _, records in whys(review)] == [near, far], "0.9 of 2 before 0.5 of 3"
    bought(store, review, "1", 3)
    assert [records for _, records in whys(review)] == [far, near], "0.5 of 5 before 0.9 of 2"
    assert max(pair.one.orders + pair.other.orders for pair in review.pairs()) == 3


def test_a_pair_put_off_comes_back_when_its_weight_changes(store: Store) -> None:
    review = reviewed(store, NOVAKS)
    number = review.skip("crm/customers/1", "crm/customers/2", author="ann", reason="asked the shop")
    assert whys(review) == []
    review = reviewed(store, NOVAKS)
    assert whys(review) == [], "the same data again is nothing new"
    (listed,) = review.judgements()
    assert (listed["id"], listed["verdict"], listed["author"]) == (number, "skip", "ann")
    assert listed["sides"] in (
        [["crm/customers/1"], ["crm/customers/2"]],
        [["crm/customers/2"], ["crm/customers/1"]],
    )
    review = reviewed(store, [NOVAKS[0], {**NOVAKS[1], "birth_date": "1980-02-03"}])
    assert len(whys(review)) == 1


def test_a_pair_put_off_comes_back_when_a_record_of_either_customer_arrives(store: Store) -> None:
    rows = [{**NOVAKS[0], "emails": [LEE]}, {**NOVAKS[1], "emails": [RAY]}]
    review = reviewed(store, rows)
    waiting = len(review.pairs())
    assert waiting == 1
    review.skip("crm/customers/1", "crm/customers/2")
    assert review.pairs() == []
    assert len(reviewed(store, [*rows, {"id": "3", "emails": [LEE]}]).pairs()) == 1


def test_a_pair_put_off_outlives_a_full_rebuild_and_is_back_when_taken_back(store: Store) -> None:
    review = reviewed(store, NOVAKS)
    number = review.skip("crm/customers/1", "crm/customers/2")
    review.customers.resolver.resolve(full=True)
    assert whys(review) == []
    review.retract([number])
    assert len(whys(review)) == 1
    with pytest.raises(ConfigError, match="taken back already"):
        review.retract([number])


def test_a_skip_joins_and_parts_nobody(store: Store) -> None:
    review = reviewed(store, NOVAKS)
    before = {row.customer_id for row in review.customers.search("novak")}
    review.skip("crm/customers/1", "crm/customers/2")
    review.customers.resolver.resolve(full=True)
    assert {row.customer_id for row in review.customers.search("novak")} == before
    assert len(before) == 2


def test_nothing_can_be_put_off_between_strangers(store: Store) -> None:
    review = reviewed(store, [NOVAKS[0], {"id": "2", "full_name": "Ann Lee"}])
    with pytest.raises(ConfigError, match="nothing is to be decided"):
        review.skip("crm/customers/1", "crm/customers/2")


def test_contradicting_judgements_come_first_and_can_be_put_off(store: Store) -> None:
    from hub.store.judgements import judge

    smiths = [{"id": f"s{n}", "full_name": "John Smith", "city": "Boston"} for n in (1, 2)]
    review = reviewed(store, [*NOVAKS, *smiths])
    review.same("crm/customers/1", "crm/customers/2")
    with store.write() as tx:
        from hub.core.model import record_key

        sides = {record_key("crm", "customers", "1"): 0, record_key("crm", "customers", "2"): 1}
        judge(tx, "apart", sides, author="", reason="", at=1)
        review.customers.resolver.rejudge(tx, list(sides))
    bought(store, review, "s1", 9)
    assert [why for why, _ in whys(review)] == ["contradicting judgements", "under the threshold"]
    review.skip("crm/customers/1", "crm/customers/2")
    assert [why for why, _ in whys(review)] == ["under the threshold"]


def test_bulk_accepting_takes_what_only_the_threshold_keeps_apart(store: Store) -> None:
    rows = [
        *NOVAKS,
        {"id": "s1", "full_name": "John Smith", "city": "Boston"},
        {"id": "s2", "full_name": "John Smith", "city": "Boston"},
        {"id": "a", "full_name": "Ann Lee", "emails": [LEE]},
        {"id": "b", "full_name": "Bob Lee", "emails": [LEE]},
        {"id": "c", "emails": [LEE]},
    ]
    review = reviewed(store, rows)
    assert [_records(pair) for pair in review.acceptable(3, 10)] == [{"s1", "s2"}]
    pairs = review.acceptable(2, 10)
    assert [_records(pair) for pair in pairs] == [{"s1", "s2"}, {"1", "2"}]
    assert len(review.acceptable(2, 1)) == 1
    done = review.accept(pairs, author="ann", reason="looked through")
    assert len(done.pairs) == 2
    assert done.resolved.customers == 4
    assert {why for why, _ in whys(review)} == {"too close to call"}
    assert [(one["verdict"], one["author"], one["reason"]) for one in review.judgements()] == [
        ("same", "ann", "looked through")
    ] * 2
    assert review.accept(pairs).pairs == (), "they are decided"


def test_bulk_accepting_joins_nobody_in_a_chain(store: Store) -> None:
    rows = [{"id": str(n), "full_name": "Peter Novak"} for n in range(3)]
    review = reviewed(store, rows)
    assert len(review.pairs()) == 3
    assert len(review.acceptable(0, 10)) == 1


def test_several_judgements_are_taken_back_together(store: Store) -> None:
    smiths = [{"id": f"s{n}", "full_name": "John Smith", "city": "Boston"} for n in (1, 2)]
    review = reviewed(store, [*NOVAKS, *smiths])
    review.same("crm/customers/1", "crm/customers/2")
    review.skip("crm/customers/s1", "crm/customers/s2")
    assert whys(review) == []
    review.retract([one["id"] for one in review.judgements()])
    assert len(whys(review)) == 2
    with pytest.raises(ConfigError, match="no judgement 99"):
        review.retract([99])


DRIFT = [
    {"id": "1", "full_name": "Ann Lee", "emails": [LEE]},
    {"id": "2", "full_name": "Ann Lee", "emails": [LEE]},
]
DRIFTED = [DRIFT[0], {"id": "2", "full_name": "Berta Novak", "emails": [RAY]}]


def test_a_link_without_a_judgement_is_judged_again_when_the_data_drifts(store: Store) -> None:
    assert len(reviewed(store, DRIFT).customers.search("")) == 1
    assert len(reviewed(store, DRIFTED).customers.search("")) == 2


def test_a_confirmed_link_outlives_drift_in_the_data_until_it_is_taken_back(store: Store) -> None:
    review = reviewed(store, DRIFT)
    shown, effect = review.same("crm/customers/1", "crm/customers/2", author="ann")
    assert [row.customer_id for row in review.customers.search("")] == [shown]
    review = reviewed(store, DRIFTED)
    assert [row.customer_id for row in review.customers.search("")] == [shown]
    review.customers.resolver.resolve(full=True)
    assert len(review.customers.search("")) == 1
    review.retract([effect.judgement])
    assert len(review.customers.search("")) == 2


def test_a_judged_pair_outlives_drift_in_the_data(store: Store) -> None:
    review = reviewed(store, NOVAKS)
    review.same("crm/customers/1", "crm/customers/2")
    review = reviewed(store, [NOVAKS[0], {"id": "2", "full_name": "Berta Ray"}])
    assert len(review.customers.search("")) == 1
