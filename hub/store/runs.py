"""Run history and leases: who is at work on what, and what became of every run.

A lease is a row with a heartbeat. Its holder names host, process and the process's start, so that
on the same host a killed holder is known to be dead at once; elsewhere silence decides.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import bindparam, insert, select, text, update

from hub.errors import HubError, Interrupted, LeaseHeld
from hub.store.landing import COUNTED, Counts
from hub.store.query import Query
from hub.store.session import Transaction
from hub.store.tables import leases, runs

__all__ = [
    "Lease",
    "acquire",
    "add_counts",
    "beat",
    "dead_holder",
    "end_run",
    "last_runs",
    "list_runs",
    "new_holder",
    "reap",
    "release",
    "start_run",
]

SILENCE = 120 * 1_000_000
"""Microseconds without a heartbeat after which a holder on another host counts as dead."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on ``name``, until released or silent for too long."""

    name: str
    holder: str


def new_holder() -> str:
    """A name for this process's claim: host, process id, process start, and a unique part."""
    pid = os.getpid()
    return f"{socket.gethostname()}:{pid}:{_started(pid)}:{uuid4().hex}"


def acquire(tx: Transaction, name: str, holder: str, now: int) -> Lease:
    """Take the lease, or raise ``LeaseHeld`` when its holder is alive."""
    row = dead_holder(tx, name, now)
    if row is not None:
        tx.execute(leases.delete().where(leases.c.name == name, leases.c.holder == row.holder))
        _interrupt(tx, row.run_id, now)
    tx.execute(
        text(
            "INSERT INTO leases (name, holder, heartbeat_at, run_id) VALUES (:name, :holder, :now, 0) "
            "ON CONFLICT (name) DO NOTHING"
        ),
        {"name": name, "holder": holder, "now": now},
    )
    if tx.scalar(select(leases.c.holder).where(leases.c.name == name)) != holder:
        raise LeaseHeld(f"another run took {name} at the same moment", where=name, step="let it finish")
    return Lease(name, holder)


def dead_holder(tx: Transaction, name: str, now: int) -> Any:
    """The row of a lease whose holder is no more, if any; raises ``LeaseHeld`` when its holder is alive."""
    row = _LEASE.one(tx, name=name)
    if row is None:
        return None
    held = _Held._make(row)
    if not _alive(held.holder, held.heartbeat_at, now):
        return held
    seconds = (now - held.heartbeat_at) / 1_000_000
    raise LeaseHeld(
        f"another run is at work on {name}",
        where=name,
        cause=f"process {held.holder.split(':')[1]} on {held.holder.split(':')[0]}, heard {seconds:.0f} s ago",
        step="let it finish, then run the command again",
    )


class _Held(NamedTuple):
    holder: str
    heartbeat_at: int
    run_id: int


_LEASE = Query(
    lambda among: select(leases.c.holder, leases.c.heartbeat_at, leases.c.run_id).where(
        leases.c.name == bindparam("name", "")
    )
)


def beat(tx: Transaction, lease: Lease, now: int) -> None:
    """Say that the holder is alive; raise ``Interrupted`` when the lease has passed to another."""
    kept = tx.execute(
        update(leases)
        .where(leases.c.name == lease.name, leases.c.holder == lease.holder)
        .values(heartbeat_at=now)
    )
    if kept.rowcount != 1:
        raise Interrupted(
            f"the lease on {lease.name} passed to another run",
            where=lease.name,
            cause="this process was silent for too long",
            step="nothing was lost; the other run goes on from the last checkpoint",
        )


def release(tx: Transaction, lease: Lease) -> None:
    """Give the lease back."""
    tx.execute(leases.delete().where(leases.c.name == lease.name, leases.c.holder == lease.holder))


def start_run(tx: Transaction, lease: Lease, connector: str, stream: str, now: int) -> int:
    """Open a run under the lease; returns its id."""
    number = tx.execute(
        insert(runs)
        .values(connector=connector, stream=stream, status="running", started_at=now)
        .returning(runs.c.id)
    ).scalar_one()
    tx.execute(
        update(leases)
        .where(leases.c.name == lease.name, leases.c.holder == lease.holder)
        .values(run_id=number)
    )
    return number


def add_counts(tx: Transaction, run_id: int, counts: Counts) -> None:
    """Add a page's counts to the run, in the page's own transaction."""
    more = {name: runs.c[name] + value for name, value in zip(COUNTED, counts.values(), strict=True) if value}
    if more:
        tx.execute(update(runs).where(runs.c.id == run_id).values(**more))


def end_run(tx: Transaction, run_id: int, now: int, error: HubError | None = None) -> None:
    """Close the run: done, or with what stopped it."""
    status = "done" if error is None else ("interrupted" if isinstance(error, Interrupted) else "failed")
    tx.execute(
        update(runs)
        .where(runs.c.id == run_id)
        .values(
            status=status,
            ended_at=now,
            error_kind="" if error is None else error.kind,
            error="" if error is None else str(error),
        )
    )


def reap(tx: Transaction, now: int) -> int:
    """Mark the runs of dead holders interrupted and free their leases; returns how many."""
    reaped = 0
    for row in tx.rows(select(leases)):
        if not _alive(row.holder, row.heartbeat_at, now):
            tx.execute(leases.delete().where(leases.c.name == row.name, leases.c.holder == row.holder))
            reaped += _interrupt(tx, row.run_id, now)
    held = select(leases.c.run_id)
    orphans = tx.rows(select(runs.c.id).where(runs.c.status == "running", runs.c.id.not_in(held)))
    return reaped + sum(_interrupt(tx, row.id, now) for row in orphans)


def list_runs(tx: Transaction, limit: int = 50, run_id: int | None = None) -> list[dict[str, Any]]:
    """The newest runs, or one."""
    query = select(runs).order_by(runs.c.id.desc()).limit(limit)
    if run_id is not None:
        query = query.where(runs.c.id == run_id)
    return [dict(row._mapping) for row in tx.rows(query)]


def last_runs(tx: Transaction) -> dict[str, list[dict[str, Any]]]:
    """The newest run of every stream, by connector."""
    newest = select(runs.c.connector, runs.c.stream, runs.c.id).order_by(runs.c.id)
    last = {(row.connector, row.stream): row.id for row in tx.rows(newest)}
    found: dict[str, list[dict[str, Any]]] = {}
    for row in tx.rows(select(runs).where(tx.among(runs.c.id, list(last.values()))).order_by(runs.c.stream)):
        found.setdefault(row.connector, []).append(dict(row._mapping))
    return found


def _interrupt(tx: Transaction, run_id: int, now: int) -> int:
    done = tx.execute(
        update(runs)
        .where(runs.c.id == run_id, runs.c.status == "running")
        .values(
            status="interrupted",
            ended_at=now,
            error_kind="interrupted",
            error="the process ended before its work did; the next run goes on from the last checkpoint",
        )
    )
    return done.rowcount


def _alive(holder: str, heartbeat_at: int, now: int) -> bool:
    host, pid, started, _ = holder.rsplit(":", 3)
    if host != socket.gethostname():
        return now - heartbeat_at < SILENCE
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return started == _started_now(int(pid))


@cache
def _started(pid: int) -> str:
    return _started_now(pid)


def _started_now(pid: int) -> str:
    """When a process began, in the kernel's ticks: a recycled process id is another process."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""  # no /proc on this system: the process id alone decides
    # a killed process that nobody has waited for is no longer at work
    return "" if fields[0] in "ZX" else fields[19]
