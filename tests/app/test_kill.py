"""Killed at any instant, a sync loses nothing and doubles nothing, and leaves no run running."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from sqlalchemy import select

from hub.store.runs import list_runs
from hub.store.session import Store
from hub.store.tables import clusters, pending, raw_records, rejects

KILLS = 50
"""On each database: a hundred in all."""

CHILD = """
import sys
from datetime import datetime, timezone
from hub.app.sync import Told, sync_stream
from hub.plugin import Page
from hub.store.schema import prepare
from hub.store.session import Store
from tests.factory import Listed, a_stream, quick, resolver

def read(window):
    after = window.resume or 0
    while after < 400:
        rows = [{"id": str(n), "full_name": f"Person {n}", "emails": [f"p{n % 90}@acme.com"]} for n in range(after + 1, after + 9)]
        rows.append({"id": f"bad {after}", "emails": 7})
        after += 8
        yield Page(rows, resume=after)

store = Store(sys.argv[1])
quick(store)
prepare(store)
print("up", flush=True)
stream = a_stream("customer", read, mode="window")
connector = Listed("crm", [stream])
run = sync_stream(store, connector, stream, Told("crm", ("crm", "customers")))
if run.error is not None:
    print(run.error, flush=True)
    sys.exit(3)
resolver(store, batch=64).resolve()
sys.exit(0)
"""


def start(database: str) -> subprocess.Popen[str]:
    root = Path(__file__).parents[2]
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, database], cwd=root, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stdout.readline() == "up\n"
    return child


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
    store: Store, tmp_path: Path
) -> None:
    chance = random.Random(7)
    url = store.engine.url.render_as_string(hide_password=False)
    killed = finished = 0
    while killed < KILLS:
        child = start(url)
        time.sleep(chance.uniform(0.0, 0.25))
        if child.poll() is None:
            os.kill(child.pid, signal.SIGKILL)
            killed += 1
        else:
            finished += child.returncode == 0
        child.communicate()
    child = start(url)
    said, _ = child.communicate()
    assert child.returncode == 0, said
    calm = Store(f"sqlite:///{tmp_path / 'calm.db'}")
    child = start(str(calm.engine.url))
    child.communicate()
    assert truth(store) == truth(calm)
    assert len(truth(calm)["landed"]) == 400
    assert truth(calm)["pending"] == 0
    with store.read() as tx:
        runs = list_runs(tx, limit=1000)
    assert {run["status"] for run in runs} <= {"done", "interrupted"}
    assert sum(run["inserted"] for run in runs) == 400, "every record was counted once"
    calm.close()
