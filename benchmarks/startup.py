"""How long ``hub --help`` takes: median of five, after one to warm the disk. Budget: 0.4 s."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.measure import show

__all__ = ["main"]

COMMAND = (Path(sys.executable).with_name("hub"), "--help")
TIMES = 5


def main() -> None:
    _run()
    runs = [_run() for _ in range(TIMES)]
    cpu, wall = (statistics.median(column) for column in zip(*runs, strict=True))
    show(
        "hub --help",
        [("", "CPU s", "wall s", "budget"), (f"median of {TIMES}", f"{cpu:.3f}", f"{wall:.3f}", "<= 0.4")],
    )


def _run() -> tuple[float, float]:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(COMMAND, stdout=subprocess.DEVNULL, check=True)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


if __name__ == "__main__":
    main()
