"""The effect of a decision, the past of a customer and the log of ids, as the command line gives them."""

from __future__ import annotations

import json

import pytest

from hub.app.clock import as_datetime, micros


@pytest.fixture
def merged(synced):
    """Ann and Bob made one, on the embedded database."""
    synced.hub("customers", "merge", synced.customer("ann"), synced.customer("bob"))
    return synced


def test_a_dry_run_shows_fields_history_revenue_and_credit(synced):
    ann, bob = synced.customer("ann"), synced.customer("bob")
    shown = synced.hub("customers", "merge", ann, bob, "--dry-run").stdout
    for part in (
        f"{bob} merges into {ann}", "1 -> 2", "100.10 USD -> 150.35 USD", "bob@ray.org", "crm/customers/3",
        "credit of 2 channels changes under last-non-direct", "nothing was kept",
    ):  # fmt: skip
        assert part in shown
    assert synced.customer("bob") == bob


def test_after_the_fact_the_same_is_told_without_the_fields(synced):
    shown = synced.hub("customers", "merge", synced.customer("ann"), synced.customer("bob")).stdout
    assert "100.10 USD -> 150.35 USD" in shown
    assert "last-non-direct" in shown
    assert "field" not in shown


def test_the_model_of_the_effect_can_be_chosen_but_not_one_that_needs_all_journeys(synced):
    words = ("customers", "merge", synced.customer("ann"), synced.customer("bob"), "--dry-run")
    told = synced.told(*words, "--model", "first")
    assert told["credit"]["model"] == "first"
    assert "all journeys" in synced.told(*words, "--model", "markov-1", code=2)["error"]["what"]
    assert "did you mean linear" in synced.told(*words, "--model", "liner", code=2)["error"]["what"]


def test_no_credit_that_changes_is_said_so(synced):
    told = synced.hub(
        "customers", "merge", synced.customer("ann"), synced.customer("cy@fox.net"), "--dry-run"
    )
    assert "no channel's credit changes" in told.stdout


def test_events_are_listed_from_where_one_has_read(merged):
    ann = merged.customer("ann")
    (event,) = merged.told("customers", "events")["events"]
    assert {**event, "at": ""} == {
        "seq": 1, "at": "", "kind": "merge", "customer_id": event["customer_id"], "now": ann,
        "cause": "judgement 1",
    }  # fmt: skip
    merged.hub("review", "retract", "1")
    told = merged.told("customers", "events", "--since", "1")
    assert [(one["kind"], one["now"], one["cause"]) for one in told["events"]] == [
        ("split", event["customer_id"], "judgement 1 taken back")
    ]
    assert told["last"] == 2
    assert merged.told("customers", "events", "--limit", "1")["last"] == 1
    assert merged.told("customers", "events", "--since", "2") == {"events": [], "last": 2}
    assert "split" in merged.hub("customers", "events").stdout
    assert "nothing moved after 2" in merged.hub("customers", "events", "--since", "2").stderr


def test_events_are_exported_in_every_format(merged):
    for ending in ("csv", "jsonl", "parquet", "xlsx"):
        told = merged.told("export", "events", "-o", str(merged.folder / f"events.{ending}"))
        assert told["rows"] == 1
    (row,) = (json.loads(line) for line in (merged.folder / "events.jsonl").read_text().splitlines())
    (event,) = merged.told("customers", "events")["events"]
    assert {**row, "at": ""} == {**event, "at": ""}


def test_a_customer_is_shown_as_it_was_today(merged):
    today = as_datetime(micros()).date().isoformat()
    now = merged.told("customers", "show", merged.customer("bob"))
    then = merged.told("customers", "show", merged.customer("bob"), "--on", today)
    assert then["profile"] == now["profile"]
    assert {one["id"] for one in then["records"]} == {one["id"] for one in now["records"]}
    assert then["until"] is None
    shown = merged.hub("customers", "show", merged.customer("bob"), "--on", today).stdout
    assert "to this day" in shown
    assert "crm/customers/3" in shown
    error = merged.told("customers", "show", merged.customer("bob"), "--on", "2020-01-01", code=2)["error"]
    assert "did not know" in error["what"]
    assert today[:4] in error["step"]


def test_the_versions_of_the_rules_are_listed_with_what_they_changed(merged):
    today = as_datetime(micros()).date().isoformat()
    bob = merged.customer("bob")
    assert "as they ship" in merged.hub("customers", "rules").stdout
    assert ", by version 1 of the rules" in merged.hub("customers", "show", bob, "--on", today).stdout
    file = merged.folder / "connectors.toml"
    file.write_text(file.read_text() + '\n[hub.survivorship]\nfull_name = ["most-complete", "first-seen"]\n')
    merged.hub("resolve")
    newest, first = merged.told("customers", "rules")["versions"]
    assert (newest["version"], first["version"], first["changes"]) == (2, 1, [])
    assert newest["rules"]["full_name"] == ["most-complete", "first-seen"]
    assert "most-frequent" in merged.hub("customers", "rules").stdout
    assert merged.told("customers", "show", bob, "--on", today)["rules"] == 2


def test_a_pinned_field_is_let_go_again(synced):
    ann = synced.customer("ann")
    before = synced.told("customers", "show", ann)
    synced.hub("customers", "pin", ann, "full_name", "Dr. Ann Lee")
    held = synced.told("customers", "show", ann)["profile"]["fields"]["full_name"]
    assert (held["rule"], held["others"][0]["value"]) == ("pinned", "Ann Lee")
    told = synced.told("customers", "unpin", ann, "full_name")
    assert told["was"] == "Dr. Ann Lee"
    assert synced.told("customers", "show", ann) == before
    assert "is not pinned" in synced.told("customers", "unpin", ann, "full_name", code=2)["error"]["what"]


def test_a_pin_goes_with_the_merged_customer_and_is_let_go_there(synced):
    ann, bob = synced.customer("ann"), synced.customer("bob")
    synced.hub("customers", "pin", bob, "job_title", "Buyer")
    one = synced.told("customers", "merge", ann, bob)["customer_id"]
    assert synced.told("customers", "show", one)["profile"]["fields"]["job_title"]["value"] == "Buyer"
    synced.hub("customers", "unpin", ann, "job_title")
    assert "job_title" not in synced.told("customers", "show", one)["profile"]["fields"]
