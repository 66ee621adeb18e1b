"""The scheduler: on time, side by side, never ended by a failing job, stopped by a signal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from hub.app.hub import Hub
from hub.faces.scheduler import Scheduler

HUB = [sys.executable, "-c", "from hub.faces.cli import main; main()"]


@pytest.fixture
def scheduled(both):
    text = both.config.read_text()
    for name in ("crm", "orders"):
        text = text.replace(f"[connectors.{name}]\n", f'[connectors.{name}]\nschedule = "*/5 * * * *"\n')
    text = text.replace("[connectors.ads]\n", '[connectors.ads]\nenabled = false\nschedule = "* * * * *"\n')
    both.config.write_text(text)
    return both


def test_once_runs_every_scheduled_connector_and_resolves(scheduled):
    told = scheduled.told("scheduler", "--once")
    assert told == {"jobs": [{"name": name, "schedule": "*/5 * * * *"} for name in ("crm", "orders")]}
    assert {run["connector"] for run in scheduled.told("runs")["runs"]} == {"crm", "orders"}
    assert scheduled.told("customers", "search", "lee")["customers"]


def test_a_failing_job_is_told_and_the_others_run(scheduled):
    (scheduled.folder / "in" / "crm-1.csv").unlink()
    result = scheduled.hub("scheduler", "--once", code=5)
    assert "no file matches" in result.stderr
    assert scheduled.told("runs")["runs"][0]["connector"] == "orders"


def test_a_plugins_own_fault_is_told_and_returned(scheduled, monkeypatch):
    lines = []
    monkeypatch.setattr("hub.app.hub.Hub.sync", lambda *_, **__: 1 / 0)
    with Hub.open(scheduled.config) as hub:
        errors = Scheduler(hub, threading.Event(), lines.append).once()
    assert [error.kind for error in errors if error] == ["system", "system"]
    assert "ZeroDivisionError" in lines[0]


def test_nothing_scheduled_is_said(workspace):
    assert "nothing is scheduled" in workspace.hub("scheduler").stderr


def test_the_clock_runs_jobs_until_it_is_stopped(scheduled, monkeypatch):
    from apscheduler.triggers.interval import IntervalTrigger

    monkeypatch.setattr("hub.faces.scheduler.trigger", lambda *_: IntervalTrigger(seconds=1))
    stop, ran = threading.Event(), []

    with Hub.open(scheduled.config) as hub:
        work = Scheduler(hub, stop, lambda line: None)

        def job(name):
            ran.append(name)
            if ran.count("crm") >= 2 and "orders" in ran:
                stop.set()
            if name == "orders":
                raise RuntimeError("a job that raises")

        monkeypatch.setattr(work, "job", job)
        watchdog = threading.Timer(20, stop.set)
        watchdog.start()
        work.run()
        watchdog.cancel()
    assert ran.count("crm") >= 2


def test_sigterm_ends_a_real_scheduler_in_order(scheduled):
    process = subprocess.Popen(
        [*HUB, "--config", str(scheduled.config), "scheduler"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ),
    )  # fmt: skip
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("orders"):
                break
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        _, stderr = process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0, stderr
    assert "stopping" in stderr
