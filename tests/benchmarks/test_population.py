"""The generated population is the same every time, and has in it what makes people hard to tell apart."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from random import Random

import pytest
from rapidfuzz.distance import Levenshtein

from benchmarks import population as made
from benchmarks.datasets import Labelled
from benchmarks.population import population
from benchmarks.rates import RATES

ROWS = 4000
SCRIPT = "from benchmarks.population import population; print(population(300, seed=3))"


@pytest.fixture(scope="module")
def rows() -> list[Labelled]:
    return population(ROWS, seed=3)


def values(row: Labelled, field: str) -> list[str]:
    found = row.fields.get(field, [])
    return [found] if isinstance(found, str) else [str(one) for one in found]  # type: ignore[union-attr]


def people_by(rows: Iterable[Labelled], field: str) -> dict[str, set[str]]:
    """Who says each value of a field, companies left out."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for value in values(row, field) if row.person.startswith("p") else ():
            found[value.replace(" ", "").replace("-", "")].add(row.person)
    return found


def test_the_same_seed_gives_the_same_rows_in_any_process():
    told = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True,
            check=True,
        ).stdout
        for seed in (1, 2)
    }
    assert told == {f"{population(300, seed=3)}\n".encode()}


def test_it_has_as_many_rows_as_asked_for_each_with_a_name_of_its_own(rows: list[Labelled]):
    assert len({row.id for row in rows}) == len(rows) == ROWS
    assert len(population(1)) == 1


def test_no_two_people_share_a_mailbox_of_their_own_but_colleagues_share_a_role_mailbox(rows: list[Labelled]):
    sharing = {mailbox for mailbox, people in people_by(rows, "emails").items() if len(people) > 1}
    assert sharing
    assert {mailbox.partition("@")[0] for mailbox in sharing} <= {"info", "sales"}


def test_people_share_a_telephone_at_home_or_at_work(rows: list[Labelled]):
    assert any(len(people) > 1 for people in people_by(rows, "phones").values())


def test_a_household_shares_a_roof(rows: list[Labelled]):
    assert any(len(people) > 1 for people in people_by(rows, "street").values())


def test_some_people_have_moved(rows: list[Labelled]):
    codes: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        codes[row.person].update(values(row, "postal_code"))
    assert any(len(found) > 1 for person, found in codes.items() if person.startswith("p"))


def test_some_people_have_a_second_mailbox_at_work_or_elsewhere(rows: list[Labelled]):
    firms = {
        mailbox.partition("@")[2] for row in rows if row.person[0] == "c" for mailbox in values(row, "emails")
    }
    work: dict[str, set[str]] = defaultdict(set)
    free: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for mailbox in values(row, "emails"):
            name, _, domain = mailbox.partition("@")
            if domain in (*made.FREE, *made.HAN_FREE):
                free[row.person].add(mailbox)
            elif domain in firms and name not in ("info", "sales", "office"):
                work[row.person].add(mailbox)
    assert work.keys() & free.keys()
    apart = [
        (a, b) for boxes in free.values() for a in boxes for b in boxes if Levenshtein.distance(a, b) > 2
    ]
    assert apart


def test_a_chinese_name_comes_in_characters_and_in_pinyin(rows: list[Labelled]):
    said: dict[str, set[bool]] = defaultdict(set)
    for row in rows:
        for name in values(row, "full_name"):
            said[row.person].add(name.isascii())
    assert any(len(ways) == 2 for ways in said.values())


def test_a_typo_is_as_frequent_as_its_rate():
    random = Random(1)
    typos = sum(
        made._typed(random, "margaret", "a typo in the given name") != "margaret" for _ in range(20_000)
    )
    assert typos / 20_000 == pytest.approx(RATES["a typo in the given name"], abs=0.006)


def test_every_rate_that_is_printed_is_one_that_is_used(monkeypatch: pytest.MonkeyPatch):
    used: set[str] = set()

    class Watched(dict[str, float]):
        def __getitem__(self, what: str) -> float:
            used.add(what)
            return super().__getitem__(what)

    monkeypatch.setattr(made, "RATES", Watched(RATES))
    population(1000)
    assert used == RATES.keys()
    assert all(0 < share < 1 for share in RATES.values())
