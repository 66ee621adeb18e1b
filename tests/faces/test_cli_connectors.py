"""Listing, adding, enabling, disabling and checking connectors."""

from __future__ import annotations

import tomllib

import pytest

ADD = (
    "connectors",
    "add",
    "extra",
    "files",
    "--set",
    "path=in/crm-*.csv",
    "--set",
    "record=customer",
    "--set",
    "key=id",
)
MAIL = (
    "connectors",
    "add",
    "mail",
    "email.imap",
    "--set",
    "host=imap.example.com",
    "--set",
    "username=me@example.com",
)


def tables(workspace):
    return tomllib.loads(workspace.config.read_text(encoding="utf-8"))["connectors"]


def test_list_tells_type_schedule_last_run_and_status(both):
    both.hub("sync", "crm", "--no-resolve")
    told = {one["name"]: one for one in both.told("connectors", "list")["connectors"]}
    assert told["crm"]["type"] == "files"
    assert told["crm"]["enabled"] is True
    assert told["crm"]["status"] == "done"
    assert told["crm"]["last_run"]
    assert told["crm"]["schedule"] == ""
    assert told["ads"]["status"] == "never ran"
    assert "on demand" in both.hub("connectors", "list").stdout


def test_list_still_names_the_connectors_while_the_database_is_away(workspace):
    text = workspace.config.read_text().replace("hub.db", "gone/hub.db")
    workspace.config.write_text(text)
    told = workspace.told("connectors", "list", code=2)
    assert [one["name"] for one in told["connectors"]] == ["crm", "touches", "orders", "ads"]
    assert {one["status"] for one in told["connectors"]} == {"unknown"}


def test_add_appends_a_table_and_keeps_the_rest(workspace):
    before = workspace.config.read_text()
    told = workspace.told(
        *ADD,
        "--set",
        "fields.emails=['email', 'phone']",
        "--set",
        "max_line=5000",
        "--set",
        "fields.custom.a.b=x",
    )
    assert told["waiting"] == []
    assert workspace.config.read_text().startswith(before)
    assert tables(workspace)["extra"] == {
        "type": "files", "path": "in/crm-*.csv", "record": "customer", "key": "id", "max_line": 5000,
        "fields": {"emails": ["email", "phone"], "custom.a.b": "x"},
    }  # fmt: skip


def test_add_takes_text_as_text_where_text_is_wanted(workspace):
    workspace.hub(*ADD[:-1], "key=007")
    workspace.hub(
        "connectors", "add", "other", *ADD[3:], "--set", "sheet=2026", "--set", "schedule=*/5 * * * *"
    )
    assert tables(workspace)["extra"]["key"] == "007"
    assert tables(workspace)["other"]["sheet"] == "2026"
    assert tables(workspace)["other"]["schedule"] == "*/5 * * * *"


def test_add_takes_a_secret_by_reference_before_it_is_there(workspace, monkeypatch):
    monkeypatch.delenv("NO_SUCH_PASSWORD", raising=False)
    told = workspace.told(*MAIL, "--set", "password=env:NO_SUCH_PASSWORD")
    assert "NO_SUCH_PASSWORD" in told["waiting"][0]
    assert tables(workspace)["mail"]["password"] == {"env": "NO_SUCH_PASSWORD"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((*MAIL, "--set", "password=hunter2"), "secret"),
        (MAIL, "password"),
        ((*ADD, "--set", "pat=x"), "did you mean path?"),
        ((*ADD, "--set", "format=pdf"), "format"),
        ((*ADD, "--set", "brake=much"), "brake"),
        ((*ADD, "--set", "loose"), "no setting"),
        ((*ADD, "--set", "=x"), "no setting"),
        ((*ADD, "--set", "path.x=y"), "no table"),
        (("connectors", "add", "crm", *ADD[3:]), "already"),
        (("connectors", "add", "no good", *ADD[3:]), "cannot name"),
        (("connectors", "add", "extra", "fils"), "did you mean files?"),
        ((*ADD, "--set", "schedule=often"), "schedule"),
    ],
)
def test_add_checks_before_it_writes(workspace, words, said):
    before = workspace.config.read_bytes()
    told = workspace.told(*words, code=2)["error"]
    assert said in told["what"]
    assert "hunter2" not in str(told)
    assert workspace.config.read_bytes() == before


def test_add_asks_on_a_terminal_for_what_is_missing_and_never_for_the_secret_itself(workspace, monkeypatch):
    monkeypatch.setattr("hub.faces.cli.connectors._at_terminal", lambda: True)
    words = ("connectors", "add", "mail", "email.imap")
    shown = workspace.hub(*words, typed="imap.example.com\nme@example.com\nenv:MAIL\n")
    assert "still to do" in shown.stdout
    assert tables(workspace)["mail"]["host"] == "imap.example.com"
    assert tables(workspace)["mail"]["password"] == {"env": "MAIL"}
    refused = workspace.hub("connectors", "add", "two", *words[3:], typed="h\nu\nhunter2\n", code=2)
    assert "nothing was written" in refused.stderr
    assert "two" not in tables(workspace)


def test_disable_and_enable_turn_a_connector_off_and_on(workspace):
    assert workspace.told("connectors", "disable", "ads") == {"name": "ads", "enabled": False}
    assert tables(workspace)["ads"]["enabled"] is False
    workspace.hub("sync", "--no-resolve")
    status = {one["name"]: one["status"] for one in workspace.told("connectors", "list")["connectors"]}
    assert status["ads"] == "never ran"
    workspace.hub("connectors", "enable", "ads")
    assert tables(workspace)["ads"]["enabled"] is True


@pytest.mark.parametrize("verb", ["enable", "disable", "check"])
def test_an_unknown_connector_is_met_with_the_nearest(workspace, verb):
    told = workspace.told("connectors", verb, "orderz", code=2)
    assert "did you mean orders?" in told["error"]["what"]


def test_check_says_ok_with_the_streams(workspace):
    told = workspace.told("connectors", "check", "crm")
    assert told == {"checks": [{"name": "crm", "ok": True, "streams": ["customers"]}]}
    assert "crm: ok (customers)" in workspace.hub("connectors", "check", "crm").stdout


def test_check_of_one_that_cannot_sync_says_why(workspace):
    (workspace.folder / "in" / "ads.csv").unlink()
    told = workspace.told("connectors", "check", "ads", code=2)
    assert "ads.csv" in str(told["error"])


def test_check_of_all_goes_on_past_the_one_that_fails(workspace):
    (workspace.folder / "in" / "ads.csv").unlink()
    told = workspace.told("connectors", "check", code=5)
    assert [one["ok"] for one in told["checks"]] == [True, True, True, False]
