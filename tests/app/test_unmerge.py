"""Merge and split, through the whole hub on both databases: previewed to the cent, undone without a trace."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.workspace import Workspace

CONNECTORS = """
[connectors.crm]
type = "files"
path = "crm.csv"
record = "customer"
key = "id"
[connectors.crm.fields]
full_name = "name"
emails = "email"
phones = "phone"
city = "city"

[connectors.visits]
type = "files"
path = "visits.jsonl"
record = "interaction"
key = "id"
customers = "crm"
[connectors.visits.fields]
customer_ref = "who"
occurred_at = "at"
kind = "kind"
source = "source"
medium = "medium"

[connectors.shop]
type = "files"
path = "orders.csv"
record = "order"
key = "id"
customers = "crm"
[connectors.shop.fields]
customer_ref = "who"
ordered_at = "at"
amount = "total"
currency = "currency"
"""
PEOPLE = {
    "1": ("Zhang Wei", "zw@acme.com", "13912345678", "Shanghai"),
    "2": ("Zhang Wei", "zw@acme.com", "13912345678", ""),
    "3": ("Bob Miller", "bm@x.org", "", "Leeds"),
    "4": ("Carla Stone", "cs@y.org", "", ""),
    "5": ("Dmitri Volkov", "dv@z.org", "", ""),
}
VISITS = [
    ("v1", "1", "2026-01-02T09:00:00Z", "google", "cpc"),
    ("v2", "3", "2026-01-03T09:00:00Z", "newsletter", "email"),
    ("v3", "2", "2026-01-04T09:00:00Z", "facebook.com", "social"),
    ("v4", "4", "2026-01-05T09:00:00Z", "bing", "organic"),
]
ORDERS = [
    ("o1", "1", "2026-01-06T09:00:00Z", "100.01", "CNY"),
    ("o2", "3", "2026-01-07T09:00:00Z", "33.34", "CNY"),
    ("o3", "2", "2026-01-08T09:00:00Z", "7.00", "EUR"),
    ("o4", "5", "2026-01-09T09:00:00Z", "0.02", "CNY"),
]
MODELS = "first,last,last-non-direct,linear,position,time-decay"


def tell(workspace: Workspace, people: Mapping[str, tuple[str, ...]] = PEOPLE) -> None:
    """Write the files, and sync."""
    lines = ["id,name,email,phone,city", *(",".join((key, *fields)) for key, fields in people.items())]
    workspace.write("crm.csv", "\n".join(lines) + "\n")
    names = ("id", "who", "at", "source", "medium")
    visits = [json.dumps({**dict(zip(names, visit, strict=True)), "kind": "visit"}) for visit in VISITS]
    workspace.write("visits.jsonl", "\n".join(visits) + "\n")
    workspace.write("orders.csv", "\n".join(["id,who,at,total,currency", *map(",".join, ORDERS)]) + "\n")
    workspace.command("sync")


@pytest.fixture(scope="module")
def beginning() -> Callable[[Path, str], None]:
    """Every test begins after a first sync."""
    return lambda folder, database: tell(opened(folder, database))


@pytest.fixture
def shop(tmp_path: Path, database: str) -> Workspace:
    return opened(tmp_path, database)


def opened(folder: Path, database: str) -> Workspace:
    workspace = Workspace(folder, database)
    workspace.configure(CONNECTORS, 'timezone = "Asia/Shanghai"\nregion = "CN"\ncurrency = "CNY"')
    return workspace


def one(shop: Workspace, words: str) -> str:
    """The id of the one customer found by ``words``."""
    (found,) = shop.told("customers", "search", words)["customers"]
    return found["customer_id"]


def everything(shop: Workspace) -> dict[str, Any]:
    """Who is who, every profile and timeline, totals, and what each model says."""
    ids = sorted(
        one["customer_id"] for one in shop.told("customers", "search", "o", "--limit", "99")["customers"]
    )
    with shop.open() as hub:
        crosswalk = hub.crosswalk()
    return {
        "customers": {one: shop.told("customers", "show", one) for one in ids},
        "crosswalk": crosswalk,
        "attribution": shop.told("attribution", "--model", MODELS),
    }


def earned(shop: Workspace, model: str) -> dict[str, int]:
    """What each channel earned in the hub's own currency, in cents of a cent."""
    rows = shop.told("attribution", "--model", model)["models"][model]
    return {row["channel"]: round(row["value"] * 10_000) for row in rows}


def previewed(effect: Mapping[str, Any]) -> dict[str, int]:
    """By how much each channel's credit in the hub's own currency moves, in cents of a cent."""
    return {
        row["channel"]: round(row["after"] * 10_000) - round(row["before"] * 10_000)
        for row in effect["credit"]["channels"]
        if row["currency"] == "CNY"
    }


def difference(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    moved = {name: after.get(name, 0) - before.get(name, 0) for name in before.keys() | after.keys()}
    return {name: amount for name, amount in moved.items() if amount}


def test_merge_and_its_retraction_leave_profiles_timelines_totals_and_credit_as_they_were(
    shop: Workspace,
) -> None:
    before = everything(shop)
    bob, zhang = one(shop, "bob"), one(shop, "zhang")
    shop.command("customers", "merge", bob, zhang)
    assert everything(shop) != before
    assert one(shop, "bob") == one(shop, "zhang")
    shop.command("review", "retract", "1")
    assert everything(shop) == before
    assert (one(shop, "bob"), one(shop, "zhang")) == (bob, zhang)


def test_merge_and_split_leave_profiles_timelines_totals_and_credit_as_they_were(shop: Workspace) -> None:
    before = everything(shop)
    kept = shop.told("customers", "merge", one(shop, "bob"), one(shop, "zhang"))["customer_id"]
    told = shop.told("customers", "split", kept, "crm/customers/3")
    assert told["taken_back"] == [1]
    assert everything(shop) == before
    assert shop.told("attribution", "--model", MODELS)["totals"] == before["attribution"]["totals"]


@pytest.mark.parametrize("model", ["last-non-direct", "linear", "position"])
def test_a_preview_of_a_merge_is_what_then_happens(shop: Workspace, model: str) -> None:
    bob, zhang = one(shop, "bob"), one(shop, "zhang")
    before = everything(shop), earned(shop, model)
    preview = shop.told("customers", "merge", zhang, bob, "--dry-run", "--model", model)
    assert (everything(shop), earned(shop, model)) == before, "nothing is kept"
    real = shop.told("customers", "merge", zhang, bob, "--model", model)
    assert {**preview, "dry_run": False, "judgement": real["judgement"]} == real
    assert previewed(real) == difference(before[1], earned(shop, model)) != {}
    after = shop.told("customers", "show", zhang)
    (kept,) = [one for one in real["changes"] if one["customer_id"] == after["customer_id"]]
    assert kept["after"] == {
        "records": 3, "moments": len(after["timeline"]), "orders": len(after["orders"]),
        "revenue": {"CNY": 133.35, "EUR": 7.0},
    }  # fmt: skip
    assert after["profile"]["fields"]["emails"]["value"] == ["zw@acme.com", "bm@x.org"] or kept["fields"]
    for field in kept["fields"]:
        assert after["profile"]["fields"][field["field"]]["value"] == field["after"] != field["before"]
    (gone,) = [one for one in real["changes"] if one["customer_id"] != after["customer_id"]]
    assert (gone["after"]["records"], gone["after"]["revenue"]) == (0, {})
    assert sum(one["before"]["orders"] for one in real["changes"]) == kept["after"]["orders"]


def test_a_preview_of_a_split_is_what_then_happens(shop: Workspace) -> None:
    zhang = one(shop, "zhang")
    before = everything(shop), earned(shop, "linear")
    words = ("customers", "split", zhang, "crm/customers/2", "--model", "linear")
    preview = shop.told(*words, "--dry-run")
    assert (everything(shop), earned(shop, "linear")) == before
    real = shop.told(*words)
    assert {**preview, "dry_run": False, "judgement": real["judgement"]} == real
    assert previewed(real) == difference(before[1], earned(shop, "linear")) != {}
    parts = {one["customer_id"]: one for one in real["changes"]}
    assert {one["after"]["records"] for one in parts.values()} == {1}
    assert [one["before"]["records"] for one in real["changes"]] == [2, 0]
    for shown, part in parts.items():
        told = shop.told("customers", "show", shown)
        assert (len(told["timeline"]), len(told["orders"])) == (
            part["after"]["moments"],
            part["after"]["orders"],
        )


def test_a_preview_of_review_same_keeps_nothing_either(shop: Workspace) -> None:
    before = everything(shop)
    told = shop.told("review", "same", one(shop, "bob"), one(shop, "zhang"), "--dry-run")
    assert told["merges"]
    assert everything(shop) == before
    assert shop.told("review", "list") == {"judgements": []}


def test_third_customers_that_change_by_a_split_are_named(shop: Workspace) -> None:
    """Freed from the one it was judged to be, a record goes back to whom its data say it is."""
    zhang, carla = one(shop, "zhang"), one(shop, "carla")
    shop.command("customers", "split", zhang, "crm/customers/2")
    second = (
        {row["customer_id"] for row in shop.told("customers", "search", "zhang")["customers"]} - {zhang}
    ).pop()
    merged = shop.told("customers", "merge", carla, second)["customer_id"]
    tell(shop, {**PEOPLE, "6": ("Zhang Wei", "zw@acme.com", "13912345678", "Ningbo")})
    told = shop.told("customers", "split", merged, "crm/customers/4", "--dry-run")
    touched = {one["customer_id"] for one in told["changes"]}
    assert touched >= {carla, second} - {merged}
    real = shop.told("customers", "split", merged, "crm/customers/4")
    assert real["changes"] == told["changes"]


def test_a_split_stays_split_after_the_same_data_a_full_rerun_and_changed_data(shop: Workspace) -> None:
    zhang = one(shop, "zhang")
    shop.command("customers", "split", zhang, "crm/customers/2")

    def parts() -> set[str]:
        found = shop.told("customers", "search", "zhang")["customers"]
        assert [row["records"] for row in found] == [1, 1]
        return {row["customer_id"] for row in found}

    split = parts()
    assert zhang in split
    after = everything(shop)
    shop.command("sync", "--full")
    assert everything(shop) == after
    shop.command("resolve", "--full")
    assert everything(shop) == after
    tell(shop, {**PEOPLE, "2": ("Zhang Wei", "zw@acme.com", "13912345678", "Shanghai")})
    assert parts() == split
    tell(shop, {key: PEOPLE["1"] if key == "2" else fields for key, fields in PEOPLE.items()})
    assert parts() == split, "not even when they say the very same"


def test_ids_of_merged_and_split_customers_resolve_for_ever(shop: Workspace) -> None:
    ids = [one(shop, name) for name in ("zhang", "bob", "carla", "dmitri")]
    shop.command("customers", "merge", ids[0], ids[1])
    shop.command("customers", "merge", ids[2], ids[3])
    last = shop.told("customers", "merge", ids[1], ids[3])["customer_id"]
    assert {shop.told("customers", "show", one)["customer_id"] for one in ids} == {last}
    shop.command("resolve", "--full")
    assert {shop.told("customers", "show", one)["customer_id"] for one in ids} == {last}
    for number in ("3", "2", "1"):
        shop.command("review", "retract", number)
    assert [shop.told("customers", "show", one)["customer_id"] for one in ids] == ids


def test_a_merge_is_not_taken_back_before_a_later_one_that_was_made_of_it(shop: Workspace) -> None:
    before = everything(shop)
    shop.command("customers", "merge", one(shop, "bob"), one(shop, "zhang"))
    shop.command("customers", "merge", one(shop, "carla"), one(shop, "zhang"))
    merged = everything(shop)
    error = shop.told("review", "retract", "1", code=2)["error"]
    assert "judgement 1 cannot be taken back before 2" in error["what"]
    assert error["step"] == "hub review retract 2, then hub review retract 1"
    assert everything(shop) == merged
    shop.command("review", "retract", "2")
    shop.command("review", "retract", "1")
    assert everything(shop) == before


def test_a_split_across_a_later_merge_keeps_what_that_says_of_the_others(shop: Workspace) -> None:
    zhang = one(shop, "zhang")
    shop.command("customers", "merge", one(shop, "bob"), zhang)
    merged = shop.told("customers", "merge", one(shop, "carla"), zhang)["customer_id"]
    told = shop.told("customers", "split", merged, "crm/customers/3")
    assert told["taken_back"] == [1, 2]
    assert one(shop, "carla") == one(shop, "zhang") != one(shop, "bob")
    shop.command("resolve", "--full")
    assert one(shop, "carla") == one(shop, "zhang") != one(shop, "bob")


def test_a_split_taken_back_puts_in_force_what_it_had_taken_back(shop: Workspace) -> None:
    zhang = one(shop, "zhang")
    shop.command("customers", "merge", one(shop, "bob"), zhang)
    merged = shop.told("customers", "merge", one(shop, "carla"), zhang)["customer_id"]
    before = everything(shop)
    number = shop.told("customers", "split", merged, "crm/customers/3")["judgement"]
    shop.command("review", "retract", str(number))
    assert everything(shop) == before
    force = [row["id"] for row in shop.told("review", "list")["judgements"] if row["retracted_at"] is None]
    assert sorted(force) == [1, 2]
