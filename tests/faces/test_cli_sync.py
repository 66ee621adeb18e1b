"""Syncing, its exit codes, runs and rejects."""

from __future__ import annotations

import os
import signal

import pytest

from hub.errors import ConfigError, DataError, HubError, Interrupted, PluginError, TransientError
from hub.faces.cli.verdict import code_of
from hub.faces.stop import stopping


def test_sync_tells_every_stream_and_resolves(both):
    told = both.told("sync")
    assert [(one["connector"], one["new"], one["status"]) for one in told["streams"]] == [
        ("crm", 4, "done"),
        ("touches", 3, "done"),
        ("orders", 3, "done"),
        ("ads", 1, "done"),
    ]
    assert told["resolved"]["records"] == 11
    again = both.told("sync")
    assert [(one["new"], one["unchanged"]) for one in again["streams"]] == [(0, 0)] * 4
    assert again["resolved"]["records"] == 0


def test_sync_prints_a_line_for_each_stream(workspace):
    shown = workspace.hub("sync", "crm").stdout.splitlines()
    assert shown[0].startswith("crm/customers: done: 4 new, 0 changed, 0 unchanged, 0 deleted, 0 rejected (")
    assert shown[1].startswith("resolved 4 records: 3 customers")


def test_sync_of_named_connectors_leaves_the_others(workspace):
    told = workspace.told("sync", "ads", "orders", "--no-resolve")
    assert [one["connector"] for one in told["streams"]] == ["ads", "orders"]
    assert "resolved" not in told


def test_a_later_sync_tells_merges(synced):
    synced.write("crm-1.csv", "id,first,last,email,phone\n1,Ann,Lee,ann.lee@gmail.com,\n2,Ann,Lee,ann.lee@gmail.com,\n"
                 "3,Cy,Fox,cy@fox.net,+12025550102\n4,Cy,Fox,cy@fox.net,\n")  # fmt: skip
    told = synced.told("sync")
    assert told["streams"][0]["changed"] == 3
    assert len(told["resolved"]["merges"]) + len(told["resolved"]["splits"]) > 0


def test_a_rejected_record_makes_it_partial_and_its_neighbours_land(workspace):
    workspace.write(
        "orders.csv", "id,email,at,total\no1,ann.lee@gmail.com,2026-01-05,1.00\no2,bob@ray.org,never,2.00\n"
    )
    result = workspace.hub("sync", "orders", code=5)
    assert "1 new" in result.stdout
    assert "1 rejected" in result.stdout
    assert "hub rejects orders" in result.stderr
    (reject,) = workspace.told("rejects", "orders")["rejects"]
    assert reject["source_id"] == "o2"
    assert "never" in reject["reason"]
    assert "bob@ray.org" in reject["raw"]
    shown = workspace.hub("rejects").stdout
    assert "orders/orders" in shown
    assert "o2" in shown


def test_one_of_several_failing_is_partial_and_the_others_are_kept(workspace):
    (workspace.folder / "in" / "ads.csv").unlink()
    result = workspace.hub("sync", code=5)
    assert "ads/spend: failed" in result.stdout
    assert "no file matches" in result.stderr
    assert "resolved 10 records" in result.stdout


def test_when_all_fail_the_code_is_the_errors_own(workspace):
    (workspace.folder / "in" / "ads.csv").unlink()
    told = workspace.told("sync", "ads", code=2)
    assert told["streams"][0]["error"]["kind"] == "config"
    assert "no file matches" in told["streams"][0]["error"]["what"]


def test_an_unknown_connector_stops_before_anything_is_pulled(workspace):
    told = workspace.told("sync", "crm", "orderz", code=2)
    assert "did you mean orders?" in told["error"]["what"]
    assert workspace.told("runs") == {"runs": []}


def test_a_literal_secret_is_refused_with_the_next_step(workspace):
    text = workspace.config.read_text()
    workspace.config.write_text(
        f'{text}\n[connectors.mail]\ntype = "email.imap"\nhost = "h"\nusername = "u"\npassword = "hunter2"\n'
    )
    result = workspace.hub("sync", "mail", code=2)
    assert "must not be written" in result.stderr
    assert "next step" in result.stderr
    assert "hunter2" not in result.stdout + result.stderr


def test_a_sync_that_would_delete_much_stops_and_asks(synced):
    rows = "".join(f"{n},A,B,a{n}@b.org,\n" for n in range(20))
    synced.write("crm-1.csv", "id,first,last,email,phone\n" + rows)
    synced.hub("sync", "crm")
    synced.write("crm-1.csv", "id,first,last,email,phone\n1,Ann,Lee,ann@lee.org,\n")
    stopped = synced.hub("sync", "crm", code=2)
    assert "--accept-deletes" in stopped.stderr
    told = synced.told("sync", "crm", "--accept-deletes")
    assert told["streams"][0]["deleted"] == 19


def test_nothing_enabled_is_said_and_no_error(workspace):
    for name in ("crm", "touches", "orders", "ads"):
        workspace.hub("connectors", "disable", name)
    assert "no enabled connector" in workspace.hub("sync").stderr


def test_a_failing_resolution_keeps_what_the_streams_told(workspace, monkeypatch):
    def away(*_args, **_kwargs):
        raise TransientError("the database is busy")

    monkeypatch.setattr("hub.app.hub.Hub.resolve", away)
    told = workspace.told("sync", code=5)
    assert len(told["streams"]) == 4
    assert told["error"]["kind"] == "transient"


def test_runs_lists_the_newest_first_and_show_gives_one_whole(both):
    both.hub("sync", "crm", "ads", "--no-resolve")
    told = both.told("runs")["runs"]
    assert [(run["connector"], run["new"], run["status"]) for run in told] == [
        ("ads", 1, "done"),
        ("crm", 4, "done"),
    ]
    assert both.told("runs", "--limit", "1")["runs"] == told[:1]
    one = both.told("runs", "show", str(told[1]["id"]))
    assert one["connector"] == "crm"
    assert one["rejects"] == []
    assert "crm/customers" in both.hub("runs").stdout


def test_runs_show_lists_what_the_run_set_aside(workspace):
    workspace.write("orders.csv", "id,email,at,total\no2,bob@ray.org,never,2.00\n")
    run = workspace.told("sync", "orders", "ads", code=5)["streams"][0]["run"]
    assert [one["source_id"] for one in workspace.told("runs", "show", str(run))["rejects"]] == ["o2"]
    assert workspace.told("runs", "show", str(run + 1))["rejects"] == []
    assert "o2" in workspace.hub("runs", "show", str(run)).stdout


def test_there_is_no_such_run(workspace):
    assert "no run 99" in workspace.told("runs", "show", "99", code=2)["error"]["what"]


def test_rejects_of_an_unknown_connector_are_an_error_not_an_empty_list(workspace):
    assert workspace.told("rejects") == {"rejects": []}
    assert "did you mean orders?" in workspace.told("rejects", "orderz", code=2)["error"]["what"]


@pytest.mark.parametrize(
    ("errors", "rejected", "code"),
    [
        ([], 0, 0),
        ([None, None], 0, 0),
        ([None], 3, 5),
        ([None, ConfigError("x")], 0, 5),
        ([ConfigError("x")], 0, 2),
        ([TransientError("x")], 2, 3),
        ([TransientError("x"), ConfigError("y")], 0, 2),
        ([PluginError("x"), ConfigError("y")], 0, 4),
        ([Interrupted("x")], 0, 3),
        ([DataError("x")], 0, 5),
    ],
)
def test_one_exit_code_for_work_on_several(errors: list[HubError | None], rejected, code):
    assert code_of(errors, rejected) == code


def test_a_signal_asks_for_an_end_once_and_the_second_interrupt_is_obeyed_at_once():
    told = []
    with stopping(lambda: told.append("asked")) as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.wait(2)
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert told == ["asked"]
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_a_stopped_sync_ends_at_its_page_and_the_next_one_goes_on(workspace, monkeypatch):
    from hub.plugin import Page

    def page(**told):
        os.kill(os.getpid(), signal.SIGTERM)
        return Page(**told)

    with monkeypatch.context() as patched:
        patched.setattr("hub_files.connector.Page", page)
        stopped = workspace.told("sync", code=3)
    assert [(one["connector"], one["status"]) for one in stopped["streams"]] == [("crm", "interrupted")]
    assert "resolved" not in stopped
    told = workspace.told("sync")["streams"]
    assert [(one["new"], one["status"]) for one in told] == [
        (4, "done"),
        (3, "done"),
        (3, "done"),
        (1, "done"),
    ]
