"""Which survivorship rules were in force when, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from hub.app.hub import Hub
from hub.core.merge import DEFAULTS
from hub.store.streams import remember
from tests.factory import land

Open = Callable[..., Hub]
CONNECTORS = '[connectors.erp]\ntype = "files"\n[connectors.shop]\ntype = "files"\n'


@pytest.fixture
def opened(tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens the workspace on a day, with some lines in ``[hub]``."""
    monkeypatch.setenv("TEST_DATABASE", database)

    def on(day: int, hub: str = "") -> Hub:
        at = datetime(2026, 3, day, 12, tzinfo=UTC)
        monkeypatch.setattr("hub.app.clock.time.time_ns", lambda: int(at.timestamp()) * 1_000_000_000)
        file = tmp_path / "connectors.toml"
        file.write_text(f'{CONNECTORS}[hub]\ndatabase = {{ env = "TEST_DATABASE" }}\n{hub}\n')
        return Hub.open(file)

    return on


def test_the_first_version_is_what_is_in_force_at_the_first_resolution(opened: Open) -> None:
    with opened(1) as hub:
        assert hub.customers.survivorship() == []
        hub.resolve()
        (one,) = hub.customers.survivorship()
    assert (one.version, one.since[:10], one.changes, one.sources) == (1, "2026-03-01", [], [])
    assert one.rules == {field: [rule] for field, rule in DEFAULTS.items()}


def test_another_choice_is_another_version_that_says_what_changed(opened: Open) -> None:
    chosen = '[hub.survivorship]\nfull_name = ["most-complete", "most-recent"]\n"custom.tier" = "first-seen"'
    for day, lines in (
        (1, ""),
        (2, chosen),
        (3, f"{chosen}\n[hub.limits]\nphone = 9"),
        (4, 'sources = ["shop", "erp"]'),
    ):
        with opened(day, lines) as hub:
            hub.resolve()
            hub.resolve(full=True)
            versions = hub.customers.survivorship()
    assert [(one.version, one.since[:10]) for one in versions] == [
        (3, "2026-03-04"), (2, "2026-03-02"), (1, "2026-03-01"),
    ]  # fmt: skip
    name = {"before": ["most-frequent"], "now": ["most-complete", "most-recent"]}
    assert versions[1].changes == [
        {"field": "custom.tier", "before": [], "now": ["first-seen"]},
        {"field": "full_name", **name},
    ]
    assert [(one["field"], one["now"]) for one in versions[0].changes] == [
        ("custom.tier", []),
        ("full_name", ["most-frequent"]),
        ("sources", ["shop", "erp"]),
    ]


def test_another_order_of_trust_is_in_force_with_its_version_before_the_next_sync(opened: Open) -> None:
    by_trust = '[hub.survivorship]\njob_title = "source-priority"'
    titles: list[str] = []
    for day, order in ((1, '["erp", "shop"]'), (2, '["shop", "erp"]'), (3, '["shop"]')):
        with opened(day, f"sources = {order}\n{by_trust}") as hub:
            if day == 1:
                for name, title in (("erp", "Chemist"), ("shop", "Baker")):
                    land(hub.store, [{"id": "1", "emails": ["a@lee.org"], "job_title": title}], name=name)
            hub.resolve()
            (row,) = hub.customers.search("a@lee.org")
            titles.append(hub.customers.show(row.customer_id).profile["fields"]["job_title"]["value"])
    assert titles == ["Chemist", "Baker", "Baker"]


def test_a_former_state_says_by_which_version_it_was_drawn(opened: Open) -> None:
    with opened(1) as hub:
        with hub.store.write() as tx:
            remember(tx, "past since", "0")
        land(hub.store, [{"id": "1", "full_name": "Ann Lee"}])
        hub.resolve()
        (row,) = hub.customers.search("ann")
    with opened(5, '[hub.survivorship]\nfull_name = "most-recent"') as hub:
        hub.resolve()
        told = [hub.customers.show_on(row.customer_id, date(2026, 3, day)) for day in (1, 4, 5, 9)]
    assert [(one.rules, one.profile["fields"]["full_name"]["rule"]) for one in told] == [
        (1, "most-frequent"), (1, "most-frequent"), (2, "most-recent"), (2, "most-recent"),
    ]  # fmt: skip


def test_a_dry_run_is_no_version(opened: Open) -> None:
    with opened(1) as hub:
        hub.resolve(dry_run=True)
        hub.resolve(full=True, dry_run=True)
        assert hub.customers.survivorship() == []
