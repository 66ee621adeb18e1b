"""Pulling records over REST into the store, beside httpx and sqlite3 alone doing only what they must.

A server in a process of its own answers pages of 1,000 customers over loopback. The hub pulls them with
the connector below: validated, hashed, checkpointed, a transaction a page. The peer decodes, hashes
and upserts the same rows with nothing between. Budget: 20,000 records a CPU second, memory flat below
150 MB. ``python -m benchmarks.pull [--records N]``
"""

from __future__ import annotations

import argparse
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from pydantic import BaseModel, HttpUrl
from pydantic_core import from_json, to_json

from benchmarks.measure import alone, peak_mb, show, spending, tell
from hub.plugin import Connector, Customer, Page, Window, hookimpl, stream
from hub.rest import Client, by_keyset

__all__ = ["People", "hub_connectors", "main"]

PAGE = 1000
ROUNDS = 3


class People(Connector):
    """The connector under test, as an author would write it."""

    type = "pull.people"

    class Settings(BaseModel):
        model_config = {"extra": "forbid"}
        base_url: HttpUrl

    @stream(Customer, mode="window")
    def customers(self, window: Window) -> Iterator[Page]:
        with Client(self.settings.base_url) as api:
            pages = by_keyset(
                lambda after: api.get("/people", after=after, limit=PAGE),
                key=lambda row: row["id"],
                start=window.resume,
            )
            for rows, after in pages:
                yield Page(rows, resume=after, shape=_customer)


def _customer(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"], "modified_at": row["updated_at"], "given_name": row["first_name"],
        "family_name": row["last_name"], "emails": row["email"], "phones": row["phone"],
        "organization": row["company"], "job_title": row["title"], "street": row["street"], "city": row["city"],
        "postal_code": row["zip"], "country": row["country"], "custom": {"stage": row["stage"], "notes": row["notes"]},
    }  # fmt: skip


@hookimpl
def hub_connectors() -> Iterable[type[Connector]]:
    return [People]


# ---- what is measured, each in a process of its own ----


def hub(url: str, folder: Path) -> None:
    """Sync twice: all new, then all unchanged; plugins and schema are ready before the clock starts."""
    from hub.app.hub import Hub
    from hub.app.plugins import Plugins

    config = folder / "connectors.toml"
    config.write_text(f'[connectors.crm]\ntype = "pull.people"\nbase_url = "{url}"\n')
    point = EntryPoint(name="pull", value="benchmarks.pull", group="hub")
    peaks: list[float] = []
    with Hub.open(config, Plugins([point])) as opened:
        assert opened.check("crm") == ["customers"]
        assert not opened.runs()
        with spending() as first:
            (run,) = opened.sync(progress=lambda *_: peaks.append(peak_mb()))
        peak = peak_mb()
        with spending() as again:
            (second,) = opened.sync(full=True)
    assert run.error is None, run.error
    assert second.error is None, second.error
    assert second.counts.unchanged == run.counts.inserted
    early = peaks[len(peaks) // 10]
    tell(records=run.counts.inserted, first=first, again=again, early=early, peak=peak)


def peer(url: str, folder: Path) -> None:
    """Decode, hash, upsert and checkpoint; nothing else."""
    database = sqlite3.connect(folder / "peer.db", isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("CREATE TABLE record (id TEXT PRIMARY KEY, hash BLOB, body TEXT) WITHOUT ROWID")
    database.execute("CREATE TABLE checkpoint (name TEXT PRIMARY KEY, at TEXT)")
    upsert = (
        "INSERT INTO record VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE "
        "SET hash = excluded.hash, body = excluded.body WHERE hash <> excluded.hash"
    )
    after, records = "", 0
    with spending() as spent, httpx.Client() as client:
        while rows := from_json(client.get(f"{url}/people", params={"after": after, "limit": PAGE}).content):
            bodies = [(row["id"], to_json(row)) for row in rows]
            after = rows[-1]["id"]
            database.execute("BEGIN")
            database.executemany(
                upsert, [(id, blake2b(body, digest_size=16).digest(), body.decode()) for id, body in bodies]
            )
            database.execute("INSERT OR REPLACE INTO checkpoint VALUES ('people', ?)", (after,))
            database.execute("COMMIT")
            records += len(rows)
    tell(records=records, first=spent, peak=peak_mb())


# ---- the source ----


def serve(records: int) -> None:
    """Answer pages made beforehand, so that the source costs nothing while the clock runs."""
    pages = {_id(start): to_json([_person(n) for n in range(start, min(start + PAGE, records))])
             for start in range(0, records, PAGE)}  # fmt: skip

    class People(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            after = parse_qs(urlsplit(self.path).query).get("after", [""])[0]
            body = pages.get(_id(int(after) + 1 if after else 0), b"[]")
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            self.wfile.write(head.encode() + body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), People)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


def _id(number: int) -> str:
    return f"{number:09d}"


def _person(number: int) -> dict[str, Any]:
    return {
        "id": _id(number), "updated_at": f"2026-0{number % 9 + 1}-{number % 28 + 1:02d}T10:{number % 60:02d}:00Z",
        "first_name": f"Given{number % 997}", "last_name": f"Family{number % 4999}",
        "email": f"person{number}@example{number % 211}.com", "phone": f"+49 30 {number:09d}",
        "company": f"Company {number % 3001} GmbH", "title": "Purchasing", "street": f"{number % 300} Long Street",
        "city": f"City {number % 89}", "zip": f"{number % 99999:05d}", "country": "DE",
        "stage": ("lead", "customer", "former")[number % 3], "notes": "met at the fair; " * (number % 5),
    }  # fmt: skip


@contextmanager
def _serving(records: int) -> Iterator[str]:
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.pull", "serve", "--records", str(records)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
    finally:
        server.terminate()
        server.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", nargs="?", choices=["hub", "peer", "serve"])
    parser.add_argument("url", nargs="?", default="")
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--records", type=int, default=100_000)
    given = parser.parse_args()
    if given.work == "serve":
        serve(given.records)
    elif given.work:
        {"hub": hub, "peer": peer}[given.work](given.url, given.folder)
    else:
        compare(given.records)


def compare(records: int) -> None:
    """Both works by turns, and the table."""
    peers, hubs = [], []
    with _serving(records) as url:
        for _ in range(ROUNDS):  # by turns, so that both meet the same machine
            for work, told in (("peer", peers), ("hub", hubs)):
                with tempfile.TemporaryDirectory() as folder:
                    told.append(alone("benchmarks.pull", work, url, folder))
    assert {told["records"] for told in peers + hubs} == {records}
    rows: list[tuple[object, ...]] = [("", "CPU s", "records/CPU s", "wall s", "MB at a tenth", "peak MB")]
    for name, runs, part in (
        ("httpx + sqlite3 (peer)", peers, "first"),
        ("hub, all new", hubs, "first"),
        ("hub, all unchanged", hubs, "again"),
    ):
        best = min(runs, key=lambda told: told[part]["cpu"])
        cpu, wall = best[part]["cpu"], best[part]["wall"]
        memory = (
            (f"{best.get('early', best['peak']):.0f}", f"{best['peak']:.0f}") if part == "first" else ("", "")
        )
        rows.append((name, cpu, f"{records / cpu:,.0f}", wall, *memory))
    rows.append(("budget", "", ">= 20,000", "", "", "< 150"))
    show(f"pull {records:,} records over REST into SQLite, best of {ROUNDS}", rows)


if __name__ == "__main__":
    main()
