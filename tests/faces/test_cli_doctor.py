"""The doctor: what it finds, what it advises, and that nothing broken stops it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from hub.app.hub import Hub
from hub.core.block import KINDS
from hub.faces.cli import cli


def found(told, section, level):
    return [one["what"] for one in told["findings"] if (one["section"], one["level"]) == (section, level)]


def test_a_healthy_workspace_is_fine(both):
    both.hub("sync")
    told = both.told("doctor")
    assert told["status"] == "fine"
    assert found(told, "database", "fine")[0].endswith("MB")
    assert "hub_test" not in str(told)
    assert any("5 customers" in what or "4 customers" in what for what in found(told, "identities", "fine"))
    assert "all is fine" in both.hub("doctor").stdout


def test_every_finding_but_the_fine_ones_has_a_next_step(workspace):
    workspace.write("orders.csv", "id,email,at,total\no1,,2026-01-05,1.00\no2,bob@ray.org,never,2.00\n")
    workspace.hub("sync", "crm", "orders", code=5)
    told = workspace.told("doctor")
    assert all(one["step"] for one in told["findings"] if one["level"] != "fine")
    notes = found(told, "flow", "note")
    assert any("orders had 1 record set aside" in what for what in notes)
    assert any("touches was never synced" in what for what in notes)
    assert any("1 event of nobody" in what for what in notes)


def test_what_waits_to_be_resolved_is_a_problem(workspace):
    workspace.hub("sync", "--no-resolve")
    told = workspace.told("doctor", code=5)
    assert any("11 landed records to be resolved" in what for what in found(told, "flow", "problem"))
    assert "1 problem" in workspace.hub("doctor", code=5).stdout


def test_a_resolution_that_was_stopped_halfway_is_a_problem(workspace):
    workspace.hub("sync", "--no-resolve")

    def stop(stage, done, total):
        if stage == "customers":
            raise KeyboardInterrupt

    with Hub.open(workspace.folder) as hub, pytest.raises(KeyboardInterrupt):
        replace(hub.resolver, batch=2, progress=stop).resolve()
    told = workspace.told("doctor", code=5)
    assert any("records and customers behind" in what for what in found(told, "flow", "problem"))
    workspace.hub("resolve")
    assert workspace.told("doctor")["status"] == "fine"


def test_a_failed_sync_is_a_problem_with_its_run(workspace):
    (workspace.folder / "in" / "ads.csv").unlink()
    workspace.hub("sync", code=5)
    told = workspace.told("doctor", code=5)
    (what,) = [what for what in found(told, "flow", "problem") if "ads" in what]
    assert "no file matches" in what


def test_a_configuration_that_cannot_be_read_is_a_finding_not_an_end(tmp_path):
    (tmp_path / "connectors.toml").write_text("[hub\n")
    result = CliRunner().invoke(cli, ["doctor", "--json", "--config", str(tmp_path)])
    assert result.exit_code == 5
    told = json.loads(result.stdout)
    assert "not TOML" in found(told, "configuration", "problem")[0]
    assert found(told, "plugins", "fine")


def test_settings_are_examined_without_asking_the_source(workspace):
    workspace.config.write_text(
        workspace.config.read_text()
        + '\n[connectors.bad]\ntype = "files"\npath = "x"\nrecord = "nonsense"\nkey = "id"\n'
    )
    (workspace.folder / "in" / "ads.csv").unlink()
    told = workspace.told("doctor", code=5)
    assert len(found(told, "configuration", "problem")) == 1
    assert "record" in found(told, "configuration", "problem")[0]


def test_connect_asks_the_sources(workspace):
    (workspace.folder / "in" / "ads.csv").unlink()
    workspace.hub("doctor")
    told = workspace.told("doctor", "--connect", code=5)
    assert "no file matches" in found(told, "configuration", "problem")[0]
    assert any("crm answers (customers)" in what for what in found(told, "configuration", "fine"))


def test_a_database_that_cannot_be_opened_is_a_finding(workspace):
    workspace.config.write_text(workspace.config.read_text().replace("hub.db", "gone/hub.db"))
    told = workspace.told("doctor", code=5)
    assert "cannot be opened" in found(told, "database", "problem")[0]


def test_a_damaged_database_is_a_finding(synced):
    file = synced.folder / "hub.db"
    import sqlite3

    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    body = bytearray(file.read_bytes())
    page = 4096
    for start in range(20 * page, len(body), page):
        body[start : start + page] = b"\xff" * page
    file.write_bytes(bytes(body))
    told = synced.told("doctor", code=5)
    assert found(told, "database", "problem")


def test_a_value_shared_by_too_many_is_named_with_its_kind(both):
    limit = next(kind.limit for kind in KINDS if kind.name == "phone")
    rows = "".join(f"{n},N{n:03}x,F{n:03}y,a{n}@b{n}.org,+1 202 555 0199\n" for n in range(limit + 2))
    both.write("crm-1.csv", "id,first,last,email,phone\n" + rows)
    both.hub("sync", "crm")
    told = both.told("doctor")
    assert any(
        what.startswith(f"phone +12025550199: {limit + 2:,} records share it")
        for what in found(told, "identities", "note")
    )


@pytest.mark.parametrize("connect", [(), ("--connect",)])
def test_a_plugin_that_breaks_while_examined_ends_nothing(workspace, monkeypatch, connect):
    def broken(*_args, **_kwargs):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("hub_files.connector.Files.check", broken)
    monkeypatch.setattr("hub_files.connector.Files.__init__", broken)
    told = workspace.told("doctor", *connect, code=5)
    assert any("ZeroDivisionError" in what for what in found(told, "configuration", "problem"))
    assert found(told, "database", "fine")


def test_the_guards_of_identities_are_told_at_length(both):
    both.hub("sync")
    told = both.told("doctor", "identities")["guards"]
    assert [guard["name"] for guard in told][:3] == ["role mailboxes", "placeholders", "generic values"]
    assert all(guard["what"] and guard["looked_at"] for guard in told)
    shown = both.hub("doctor", "identities").stdout
    assert all(f"{guard['name']}: {guard['count']}" in shown for guard in told)
    assert "Ann Lee" in shown
