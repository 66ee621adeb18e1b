"""Resolving again, and training on a company's own records."""

from __future__ import annotations

import random

import pytest

from hub.app.hub import Hub
from hub.app.train import trained
from hub.core.match import Model
from hub.errors import ConfigError

GIVEN = "ann bob cyd dan eva fay gus hal ida jon kim leo mia ned ora pam ray sue tom una".split()
FAMILY = "lee fox ray day may hill wood lake ford bell cole dunn ellis frost grant hart".split()


def people(count):
    """Records of invented people, a third of them twice, with the mistakes people make."""
    dice = random.Random(7)
    rows = []
    for number in range(count):
        first, last = dice.choice(GIVEN), dice.choice(FAMILY)
        phone = f"+1 202 555 {dice.randrange(10_000):04}"
        mail = f"{first}.{last}{number}@mail{number % 7}.org"
        rows.append((first, last, mail, phone))
        if number % 3 == 0:
            rows.append((first, last + dice.choice(["", "e"]), dice.choice([mail, ""]), phone))
    return "id,first,last,email,phone\n" + "".join(f"{n},{','.join(row)}\n" for n, row in enumerate(rows))


@pytest.fixture
def peopled(both):
    both.write("crm-1.csv", people(240))
    both.hub("sync", "crm")
    return both


def test_a_dry_run_shows_the_report_and_keeps_nothing(peopled):
    before = peopled.told("export", "crosswalk", "-o", str(peopled.folder / "before.csv"))
    told = peopled.told("train", "--dry-run")
    assert told["adopted"] is False
    assert told["pairs"] > 80
    assert 40 < told["matches"] < 200
    assert {"comparison", "level", "before", "after", "m", "u"} == set(told["changes"][0])
    assert set(told["preview"]) >= {"merges", "splits"}
    after = peopled.told("export", "crosswalk", "-o", str(peopled.folder / "after.csv"))
    assert before["rows"] == after["rows"]
    assert (peopled.folder / "before.csv").read_bytes() == (peopled.folder / "after.csv").read_bytes()
    assert peopled.model() == Model.default()
    shown = peopled.hub("train", "--dry-run").stdout
    assert "candidate pairs" in shown
    assert "nothing was changed" in shown


def test_training_puts_the_model_in_force_and_does_what_the_preview_said(peopled):
    told = peopled.told("train", "--yes")
    assert told["adopted"] is True
    assert peopled.model().version == told["version"]
    assert told["resolved"]["records"] == 320
    again = peopled.told("resolve", "--full", "--dry-run")
    assert again["merges"] == again["splits"] == []


def test_the_preview_is_what_happens(peopled):
    def customers():
        path = peopled.folder / "x.csv"
        peopled.hub("export", "crosswalk", "-o", str(path))
        return {line.split(",")[0] for line in path.read_text().splitlines()[1:]}

    before = customers()
    told = peopled.told("train", "--yes")
    after = customers()
    assert before - after == {one["customer"] for one in told["preview"]["merges"]}
    assert after - before == {one["off"] for one in told["preview"]["splits"]}


def test_the_same_records_train_the_same_model(peopled):
    with Hub.open(peopled.config) as hub:
        assert trained(hub).model == trained(hub).model
        assert trained(hub, sample=250).report.pairs < trained(hub).report.pairs


def test_pairs_are_seen_once_however_many_records_are_read_at_a_time(peopled, monkeypatch):
    with Hub.open(peopled.config) as hub:
        whole = trained(hub)
        monkeypatch.setattr("hub.app.train.CHUNK", 30)
        assert trained(hub) == whole


def test_on_a_terminal_no_is_an_answer(peopled, monkeypatch):
    monkeypatch.setattr("hub.faces.cli.resolve.ask", lambda question: False)
    assert "nothing was changed" in peopled.hub("train").stdout
    assert "+" not in peopled.model().version


def test_too_few_records_are_not_trained_on(synced):
    assert "too few" in synced.told("train", code=2)["error"]["what"]
    with Hub.open(synced.config) as hub, pytest.raises(ConfigError):
        trained(hub)


def test_resolve_says_what_it_did_and_a_dry_run_keeps_nothing(both):
    both.hub("sync", "--no-resolve")
    dry = both.told("resolve", "--dry-run")
    assert (dry["records"], dry["dry_run"]) == (11, True)
    assert both.told("customers", "search", "lee") == {"customers": []}
    assert both.told("resolve")["records"] == 11
    assert both.told("resolve")["records"] == 0
    assert both.told("resolve", "--full")["records"] == 11
    assert "dry run" in both.hub("resolve", "--full", "--dry-run").stdout


def test_a_full_dry_run_tells_what_another_model_would_split(both):
    both.hub("sync")
    both.force(both.model(), link=100, review=90)
    told = both.told("resolve", "--full", "--dry-run")
    assert told["splits"]
    assert "splits off" in both.hub("resolve", "--full", "--dry-run").stdout


def test_the_report_shows_levels_rounds_and_what_there_was_to_choose_from(peopled):
    told = peopled.told("train", "--dry-run")
    assert len(told["curve"]) > 1
    assert [one["learnt"] for one in told["standings"]][-1] == "nothing"
    assert told["learnt"] in {one["learnt"] for one in told["standings"]}
    shown = peopled.hub("train", "--dry-run").stdout
    assert f"taken: {told['version']}" in shown
    assert "round by round" in shown
    assert "bits before" in shown


def test_merges_are_shown_by_the_names_of_customers(peopled):
    peopled.force(peopled.model(), link=5_000, review=4_000)
    peopled.hub("resolve", "--full")
    told = peopled.told("train", "--dry-run")
    first = told["preview"]["merges"][0]
    assert first["name"]
    assert first["into_name"]
    assert f"{first['name']} ({first['customer']}) merges into {first['into_name']}" in (
        peopled.hub("train", "--dry-run").stdout
    )


def test_training_again_on_the_same_records_changes_nothing_and_asks_nothing(peopled, monkeypatch):
    version = peopled.told("train", "--yes")["version"]
    monkeypatch.setattr("hub.faces.cli.resolve.ask", lambda question: pytest.fail(question))
    told = peopled.told("train")
    assert (told["version"], told["in_force"], told["adopted"]) == (version, True, False)
    assert "in force already" in peopled.hub("train").stdout


def test_where_training_would_not_pay_it_says_so_and_the_shipped_model_stays(both):
    rows = [f"{n},{a}{n},{b}{n * 7},,\n" for n, (a, b) in enumerate((a, b) for a in GIVEN for b in FAMILY)]
    both.write("crm-1.csv", "id,first,last,email,phone\n" + "".join(rows))
    both.hub("sync", "crm")
    told = both.told("train")
    assert (told["pays"], told["adopted"], told["learnt"]) == (False, False, "nothing")
    assert "training would not pay" in both.hub("train").stdout
    assert both.model() == Model.default()


def test_a_model_trained_before_gives_way_to_the_shipped_one_where_that_does_best(both):
    rows = [f"{n},{a}{n},{b}{n * 7},,\n" for n, (a, b) in enumerate((a, b) for a in GIVEN for b in FAMILY)]
    both.write("crm-1.csv", "id,first,last,email,phone\n" + "".join(rows))
    both.hub("sync", "crm")
    both.force(both.model(), link=100, review=90)
    told = both.told("train", "--dry-run")
    assert (told["pays"], told["in_force"]) == (False, False)
    assert "would take over again" in both.hub("train", "--dry-run").stdout
