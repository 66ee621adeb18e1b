"""Killed at any instant, a sync loses nothing and doubles nothing, and leaves no run running."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from hub.store.runs import list_runs
from hub.store.session import Store
from hub.store.tables import clusters, pending, raw_records, rejects

KILLS = 50
"""On each database: a hundred in all."""

NURSERY = """
import os
import sys
from hub.app.sync import Told, sync_stream
from hub.plugin import Page
from hub.store.schema import prepare
from hub.store.session import Store
from tests.factory import Listed, a_stream, resolver
from tests.quickly import quickly

quickly()

def read(window):
    after = window.resume or 0
    while after < 400:
        rows = [{"id": str(n), "full_name": f"Person {n}", "emails": [f"p{n % 90}@acme.com"]} for n in range(after + 1, after + 9)]
        rows.append({"id": f"bad {after}", "emails": 7})
        after += 8
        yield Page(rows, resume=after)

def work(database):
    store = Store(database)
    prepare(store)
    stream = a_stream("customer", read, mode="window")
    connector = Listed("crm", [stream])
    run = sync_stream(store, connector, stream, Told("crm", ("crm", "customers")))
    if run.error is not None:
        raise run.error
    resolver(store, batch=64).resolve()

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work(line.strip())
            code = 0
        finally:
            os._exit(code)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""Imports everything once, then forks a process for every database address it is told."""


@pytest.fixture
def nursery() -> Iterator[subprocess.Popen[str]]:
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", NURSERY], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip
    yield process
    process.communicate()


def run(nursery: subprocess.Popen[str], database: str, kill_after: float | None = None) -> int:
    """The exit code of one whole sync and resolution; -9 when it was killed before its end."""
    assert nursery.stdin is not None
    assert nursery.stdout is not None
    nursery.stdin.write(f"{database}\n")
    nursery.stdin.flush()
    child = int(nursery.stdout.readline())
    if kill_after is not None:
        time.sleep(kill_after)
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    return int(nursery.stdout.readline())


def truth(store: Store) -> dict[str, Any]:
    with store.read() as tx:
        return {
            "landed": [
                tuple(row)
                for row in tx.rows(
                    select(
                        raw_records.c.source_id,
                        raw_records.c.hash,
                        raw_records.c.body,
                        raw_records.c.revision,
                    ).order_by(raw_records.c.source_id)
                )
            ],
            "rejects": sorted((row.source_id, row.reason) for row in tx.rows(select(rejects))),
            "clusters": sorted(tuple(row) for row in tx.rows(select(clusters))),
            "pending": len(tx.rows(select(pending))),
        }


def test_sigkills_at_random_instants_leave_what_an_undisturbed_run_leaves(
    store: Store, tmp_path: Path, nursery: subprocess.Popen[str]
) -> None:
    chance = random.Random(7)
    url = store.engine.url.render_as_string(hide_password=False)
    killed = 0
    while killed < KILLS:
        killed += run(nursery, url, chance.uniform(0.0, 0.3)) == -signal.SIGKILL
    assert run(nursery, url) == 0
    calm = Store(f"sqlite:///{tmp_path / 'calm.db'}")
    assert run(nursery, str(calm.engine.url)) == 0
    assert truth(store) == truth(calm)
    assert len(truth(calm)["landed"]) == 400
    assert truth(calm)["pending"] == 0
    with store.read() as tx:
        runs = list_runs(tx, limit=1000)
    assert {told["status"] for told in runs} <= {"done", "interrupted"}
    assert sum(told["inserted"] for told in runs) == 400, "every record was counted once"
    calm.close()
