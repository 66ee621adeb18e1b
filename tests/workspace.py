"""A workspace for tests of the whole hub: a folder, its ``connectors.toml``, and ``hub`` to be called in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from sqlalchemy import select, true

from hub.app.hub import Hub
from hub.app.sync import StreamRun
from hub.faces.cli import cli
from hub.store.streams import last_state
from hub.store.tables import raw_records, streams

ROOT = Path(__file__).parents[1]
MEASURED = """
import json, resource, sys
from pathlib import Path
from hub.app.hub import Hub
with Hub.open(sys.argv[1]) as hub:
    (run,) = hub.sync()
status = Path("/proc/self/status")  # ru_maxrss would be that of the tests: a child inherits it
lines = status.read_text().splitlines() if status.exists() else []
peaks = [int(line.split()[1]) for line in lines if line.startswith("VmHWM")]
peak = (peaks or [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss])[0] // 1024
counts = run.counts
print(json.dumps({"error": str(run.error or ""), "inserted": counts.inserted, "rejected": counts.rejected, "peak_mb": peak}))
"""
PROGRAM = [sys.executable, "-c", "from hub.faces.cli import main; main()"]


class Workspace:
    """One folder and one database; the database's address comes by reference, as it must."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder = folder
        self.file = folder / "connectors.toml"
        self.write("database.txt", database)
        self.configure("")

    def configure(self, connectors: str, hub: str = 'timezone = "Asia/Shanghai"\nregion = "CN"') -> None:
        """Write the configuration anew."""
        self.write("connectors.toml", f'[hub]\ndatabase = {{ file = "database.txt" }}\n{hub}\n{connectors}')

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a file of the folder."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def write_large(self, name: str, before: bytes, after: bytes) -> Path:
        """Write a file with 200 MB without a line end in its middle."""
        path = self.folder / name
        with path.open("wb") as file:
            file.write(before)
            for _ in range(200):
                file.write(b"x" * 1_000_000)
            file.write(after)
        return path

    def open(self) -> Hub:
        """The hub itself."""
        return Hub.open(self.folder)

    def sync(self, *names: str, **more: Any) -> dict[str, StreamRun]:
        """Pull through the hub; the runs by their streams."""
        with self.open() as hub:
            return {f"{run.connector}/{run.stream}".rstrip("/"): run for run in hub.sync(names, **more)}

    def command(self, *words: str, code: int = 0) -> Result:
        """Call ``hub``; the exit code is part of every test."""
        result = CliRunner().invoke(cli, ["--config", str(self.file), *words])
        assert result.exit_code == code, (result.exit_code, result.stdout, result.stderr, result.exception)
        return result

    def told(self, *words: str, code: int = 0) -> Any:
        """Call it with ``--json``."""
        return json.loads(self.command(*words, "--json", code=code).stdout)

    def start(self, *words: str, path: Path | None = None) -> subprocess.Popen[str]:
        """Call ``hub`` in a process of its own; ``path`` is searched for plugins first."""
        places = [str(place) for place in (path, ROOT) if place is not None]
        return subprocess.Popen(
            [*PROGRAM, "--config", str(self.file), *words], cwd=self.folder, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(places)},
        )  # fmt: skip

    def measured(self) -> dict[str, Any]:
        """Sync in a process of its own and see how much memory it took at most."""
        done = subprocess.run(
            [sys.executable, "-c", MEASURED, str(self.folder)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(done.stdout)

    def landed(self, connector: str, stream: str = "") -> dict[str, Mapping[str, Any]]:
        """The live records of a stream, of a connector's only one if none is named, by their ids."""
        query = (
            select(raw_records.c.source_id, raw_records.c.body)
            .join(streams, streams.c.id == raw_records.c.stream_id)
            .where(streams.c.connector == connector, raw_records.c.deleted_at.is_(None))
            .where(streams.c.name == stream if stream else true())
        )
        with self.open() as hub, hub.store.read() as tx:
            return {row.source_id: json.loads(row.body) for row in tx.rows(query)}

    def state(self, connector: str) -> dict[str, Any]:
        """How far the only stream of a connector has been read."""
        with self.open() as hub, hub.store.read() as tx:
            found = tx.scalar(select(streams.c.id).where(streams.c.connector == connector))
            return {} if found is None else last_state(tx, found)

    def rejects(self, *names: str) -> list[dict[str, Any]]:
        """What was set aside, newest first."""
        with self.open() as hub:
            return hub.rejects(names)
