"""How many records may share a value before it is generic, as the configuration says, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hub.app.doctor.values import generic_values
from hub.app.hub import Hub
from tests.factory import land, partition

Open = Callable[[str], Hub]


@pytest.fixture
def opened(tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens the workspace with some limits."""
    monkeypatch.setenv("TEST_DATABASE", database)

    def with_limits(limits: str) -> Hub:
        file = tmp_path / "connectors.toml"
        file.write_text(
            f'[hub]\ndatabase = {{ env = "TEST_DATABASE" }}\nregion = "CN"\n[hub.limits]\n{limits}\n'
        )
        return Hub.open(file)

    return with_limits


def callers(count: int) -> list[dict[str, object]]:
    """So many records of one name on one telephone, of which nothing else agrees."""
    towns = ("Beijing", "Shanghai", "Wuhan", "Chengdu", "Harbin")
    return [
        {"id": str(n), "full_name": "张伟", "phones": ["13912345678"], "city": town}
        for n, town in enumerate(towns[:count])
    ]


@pytest.mark.parametrize("much", [(1, 0.0), (10_000, 1.0)], ids=["anew", "piece by piece"])
def test_a_limit_of_three_lets_three_share_a_telephone_and_not_four(
    opened: Open, much: tuple[int, float]
) -> None:
    with opened("phone = 3") as hub:
        worker = replace(hub.resolver, much=much)
        for count, customers in ((1, 1), (2, 1), (3, 1), (4, 4), (5, 5), (3, 1), (4, 4)):
            land(hub.store, callers(count))
            worker.resolve()
            assert len(partition(hub.store)) == customers, count


def test_a_changed_limit_has_what_was_linked_judged_again(opened: Open) -> None:
    for limits, customers in (("", 1), ("phone = 3", 4), ("phone = 3\nemail = 3", 4), ("phone = 4", 1)):
        with opened(limits) as hub:
            land(hub.store, callers(4))
            hub.resolve()
            assert len(partition(hub.store)) == customers, limits
    with opened("phone = 3") as hub:
        hub.resolve()
        assert {one["cause"] for one in hub.customers.events(since=6)} == {"rules"}


def test_one_has_a_kind_of_value_never_bring_two_together(opened: Open) -> None:
    with opened("phone = 1") as hub:
        land(hub.store, callers(2))
        hub.resolve()
        assert len(partition(hub.store)) == 2


def test_all_who_ask_about_evidence_go_by_the_limit_in_force(opened: Open) -> None:
    with opened("phone = 3") as hub:
        land(hub.store, [{**row, "city": "Wuhan", "handles": [f"x:{row['id']}"]} for row in callers(4)])
        hub.resolve()
        told = hub.customers.explain_pair("crm/customers/0", "crm/customers/1")
        assert "phone" not in {step["name"] for step in told.steps}
        (reason,) = {pair.because for pair in hub.review.pairs()}
        assert reason.startswith("phone +8613912345678 is shared by more than 3 records")
        with hub.store.read() as tx:
            generic, _ = generic_values(tx, hub.matcher.limits)
        assert [(row["kind"], row["limit"], row["values"]) for row in generic.rows] == [("phone", 3, 1)]
    with opened("phone = 4") as hub:
        hub.resolve()
        told = hub.customers.explain_pair("crm/customers/0", "crm/customers/1")
        assert "phone" in {step["name"] for step in told.steps}
