"""Records that arrive one by one in a large workspace: how long until each is resolved, committed.

The hub syncs and resolves a file of customers, then takes more of them through an inbox: 2,000 single ones,
each landed and resolved in transactions of its own, then 1,000 in one post. SQLite as the store opens it:
WAL, landing with synchronous FULL, so that a commit waits for the disk and no answered post is lost when the
power fails; resolving with NORMAL, whose commit does not: what a power loss takes back of that is made again.
Budget at a million: clusters p50 1 ms, p99 5 ms, with the profile p50 2 ms; 1,000 at once 1 s.
Splink's ``predict_between`` finds edges only: it updates no cluster, and keeps nothing.
``python -m benchmarks.resolution.arrivals FOLDER`` is the part that runs by itself.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, Final

from benchmarks import measure
from benchmarks.measure import alone, peak_mb, spending, tell
from benchmarks.resolution.peer import ask
from benchmarks.resolution.rows import lay_out
from hub.plugin import Connector, Customer, Page, Window, hookimpl, stream

__all__ = ["Arrivals", "hub_connectors", "show"]

SINGLE: Final = 2_000
TOGETHER: Final = 1_000
COMMITS: Final = 300
CONFIG: Final = """
[hub]
region = "CN"

[connectors.people]
type = "files"
path = "people.jsonl"
record = "customer"
key = "id"

[connectors.door]
type = "resolution.arrivals"
"""


class Arrivals(Connector):
    """An inbox that takes customers as a list of JSON objects."""

    type = "resolution.arrivals"

    @stream(Customer, mode="inbox")
    def customers(self, window: Window) -> Iterator[Page]:
        from pydantic_core import from_json

        assert window.post is not None
        yield Page(from_json(window.post.body))


@hookimpl
def hub_connectors() -> Iterable[type[Connector]]:
    return [Arrivals]


def show(folder: Path, size: int, *, peer: bool) -> None:
    """Build the workspace, let the records arrive, and print how long each took."""
    lay_out(folder, size, SINGLE + 1 + TOGETHER)
    (folder / "connectors.toml").write_text(CONFIG, encoding="utf-8")
    told = alone("benchmarks.resolution.arrivals", str(folder))
    waits = told["waits"]
    whole = [sum(parts) for parts in zip(waits["land"], waits["resolve"], strict=True)]
    clusters = [a - b for a, b in zip(waits["resolve"], waits["profile"], strict=True)]
    rows: list[tuple[object, ...]] = [
        ("milliseconds", "p50", "p99", "longest", "budget"),
        ("clusters updated, committed", *_spread(clusters), "p50 1, p99 5"),
        ("... and the profile", *_spread(waits["resolve"]), "p50 2"),
        ("... and landed", *_spread(whole), ""),
        ("one row into an empty database, for comparison", *_spread(told["commits"]), ""),
        (f"{TOGETHER:,} in one post: resolved", told["together"]["wall"] * 1000, "", "", "1,000"),
        ("... and landed", (told["together"]["wall"] + told["landed"]["wall"]) * 1000, "", "", ""),
    ]
    if peer:
        found = ask("arrivals", folder, "told")["waits"]
        rows.append(("Splink's predict_between, one record, 20 times", *_spread(found), ""))
    built = told["built"]
    measure.show(
        f"{SINGLE:,} arrivals, one by one, at {size:,} records (built in {built['cpu']:.0f} CPU s); SQLite, "
        f"{told['journal']}, landed with synchronous {told['modes'][0]}, resolved with {told['modes'][1]}; "
        f"{told['cpu'] / SINGLE * 1000:.2f} CPU ms and {told['commits_each']:.0f} commits an arrival, peak {told['peak_mb']:.0f} MB",
        rows,
    )


def _spread(waits: Sequence[float]) -> tuple[float, float, float]:
    """Median, 99th percentile and maximum, in milliseconds."""
    ordered = sorted(wait * 1000 for wait in waits)
    return ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)], ordered[-1]


class _Clocked:
    """A profiler that notes how long drawing profiles takes."""

    def __init__(self, profiler: Any) -> None:
        self.profiler = profiler
        self.spent = 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.profiler, name)

    def update(self, *arguments: Any) -> Any:
        began = time.perf_counter()
        moves = self.profiler.update(*arguments)
        self.spent += time.perf_counter() - began
        return moves


def _measure(folder: Path) -> None:
    from sqlalchemy import text

    from hub.app.hub import Hub
    from hub.app.plugins import Plugins
    from hub.plugin import Post
    from hub.store.session import Transaction

    points = [
        EntryPoint("files", "hub_files", "hub"),
        EntryPoint("arrivals", "benchmarks.resolution.arrivals", "hub"),
    ]
    lines = (folder / "fresh.jsonl").read_bytes().splitlines()
    posts = [Post(b"[" + line + b"]") for line in lines[: SINGLE + 1]]
    waits: dict[str, list[float]] = {"land": [], "resolve": [], "profile": []}
    commits, commit = [0], Transaction.commit

    def count(tx: Transaction) -> None:
        commits[0] += 1
        commit(tx)

    with Hub.open(folder / "connectors.toml", Plugins(points)) as hub:
        with spending() as built:
            (run,) = hub.sync(["people"])
            assert run.error is None, run.error
            hub.resolve()
        profiler = _Clocked(hub.resolver.profiler)
        resolver = replace(hub.resolver, profiler=profiler)
        hub.receive("door", posts[0])  # the first loads what the others find loaded
        resolver.resolve()
        Transaction.commit = count  # pyright: ignore[reportAttributeAccessIssue]
        with spending() as spent:
            for post in posts[1:]:
                began = time.perf_counter()
                hub.receive("door", post)
                landed = time.perf_counter()
                profiler.spent = 0.0
                resolver.resolve()
                waits["resolve"].append(time.perf_counter() - landed)
                waits["land"].append(landed - began)
                waits["profile"].append(profiler.spent)
        each = commits[0] / SINGLE
        with spending() as landed_together:
            hub.receive("door", Post(b"[" + b",".join(lines[SINGLE + 1 :]) + b"]"))
        with spending() as together:
            resolver.resolve()
        modes: list[str] = []
        for derived in (False, True):
            with hub.store.write(derived=derived) as tx:
                modes.append(("OFF", "NORMAL", "FULL", "EXTRA")[tx.scalar(text("PRAGMA synchronous"))])
                journal = tx.scalar(text("PRAGMA journal_mode")).upper()
        assert not hub.rejects(limit=1)
    tell(
        built=built, waits=waits, cpu=spent.cpu, commits_each=each, landed=landed_together, together=together,
        modes=modes, journal=journal, peak_mb=peak_mb(), commits=_commits(folder),
    )  # fmt: skip


def _commits(folder: Path) -> list[float]:
    """What this disk takes to keep one row, in the same mode."""
    database = sqlite3.connect(folder / "commits.db", isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE kept (number INTEGER PRIMARY KEY)")
    waits: list[float] = []
    for number in range(COMMITS):
        began = time.perf_counter()
        database.execute("INSERT INTO kept VALUES (?)", (number,))
        waits.append(time.perf_counter() - began)
    database.close()
    return waits


if __name__ == "__main__":
    _measure(Path(sys.argv[1]))
