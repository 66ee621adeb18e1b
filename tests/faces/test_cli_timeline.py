"""A customer's history, as the command line gives it."""

from __future__ import annotations


def test_a_timeline_is_shown_with_its_figures(synced):
    ann = synced.customer("ann")
    lines = synced.hub("customers", "timeline", ann).stdout.splitlines()
    assert lines[0].split()[:3] == ["at", "kind", "channel"]
    assert [line.split()[2] for line in lines[1:4]] == ["order", "form", "visit"]
    assert lines[-3].startswith("first seen 2026-01-01 10:00:00")
    assert lines[-2].startswith("1 order, the last ")
    assert "spent 100.10 USD; 100.10 USD an order" in lines[-2]
    assert lines[-1] == "touches by Email 1, Paid Search 1"


def test_a_timeline_is_filtered(synced):
    ann = synced.customer("ann")
    told = synced.told(
        "customers", "timeline", ann, "--kind", "form", "--kind", "order", "--to", "2026-01-04", "--threads"
    )
    assert [one["kind"] for one in told["timeline"]] == ["form"]
    assert told["behaviour"]["frequency"] == 1
    assert synced.told("customers", "timeline", ann, "nothing")["timeline"] == []
    assert "nothing of that kind" in synced.hub("customers", "timeline", ann, "--channel", "TV").stderr
    assert (
        "ends before it begins"
        in synced.hub(
            "customers", "timeline", ann, "--from", "2026-02-01", "--to", "2026-01-01", code=2
        ).stderr
    )


def test_a_customer_is_shown_with_the_same_figures(synced):
    ann = synced.customer("ann")
    assert (
        synced.told("customers", "show", ann)["behaviour"]
        == synced.told("customers", "timeline", ann)["behaviour"]
    )
    assert "touches by Email 1, Paid Search 1" in synced.hub("customers", "show", ann).stdout
