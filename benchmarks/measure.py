"""Measures work in CPU seconds and peak memory, and prints what was measured beside its budget.

CPU seconds are the fair figure on a machine others use too. Whatever is measured runs in a process of
its own (``alone``), so that neither the peak memory nor the imports of another work count for it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

__all__ = ["Spent", "alone", "peak_mb", "resident_mb", "show", "spending", "tell"]


@dataclass(slots=True)
class Spent:
    """What a piece of work took; filled in when it ends."""

    cpu: float = 0.0
    wall: float = 0.0


@contextmanager
def spending() -> Iterator[Spent]:
    """Measure the block: the CPU seconds of all threads of this process, and the time that passed."""
    spent = Spent()
    cpu, wall = time.process_time(), time.perf_counter()
    yield spent
    spent.cpu, spent.wall = time.process_time() - cpu, time.perf_counter() - wall


def peak_mb() -> float:
    """The most memory this process ever held, in megabytes (not inherited from its parent, unlike ru_maxrss)."""
    status = Path("/proc/self/status")
    if not status.exists():
        import resource

        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
    return _said(status, "VmHWM")


def resident_mb() -> float:
    """The memory this process holds now, in megabytes; 0 where the system does not say."""
    status = Path("/proc/self/status")
    return _said(status, "VmRSS") if status.exists() else 0.0


def alone(module: str, *arguments: str, python: str = sys.executable) -> Any:
    """Run ``python -m module arguments`` by itself; the JSON it told on its last line.

    Another ``python`` finds this repository's modules too, but none of its packages.
    """
    done = subprocess.run(
        [python, "-m", module, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    return json.loads(done.stdout.splitlines()[-1])


def tell(**facts: Any) -> None:
    """Hand facts to the process that called ``alone``."""
    print(
        json.dumps({name: asdict(fact) if isinstance(fact, Spent) else fact for name, fact in facts.items()})
    )


def show(title: str, rows: Sequence[Sequence[object]]) -> None:
    """Print a table: the first column to the left, the others to the right."""
    texts = [[f"{cell:,.2f}" if isinstance(cell, float) else str(cell) for cell in row] for row in rows]
    widths = [max(len(row[place]) for row in texts) for place in range(len(texts[0]))]
    print(title)
    for first, *others in texts:
        cells = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        print("  " + "  ".join([first.ljust(widths[0]), *cells]).rstrip(), flush=True)


def _said(status: Path, name: str) -> float:
    line = next(line for line in status.read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) * 1024 / 1e6
