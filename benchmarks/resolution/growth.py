"""How the cost of a record grows with the number of records: keys to clusters, at each power of ten.

Budget: no more than 1.3 times per tenfold.
"""

from __future__ import annotations

import math
from pathlib import Path

from benchmarks import measure
from benchmarks.resolution.batch import READ, measured
from benchmarks.resolution.rows import lay_out

__all__ = ["show"]


def show(folder: Path, upto: int) -> None:
    """Print the curve: 10,000, 100,000, ... and ``upto`` itself."""
    sizes = [10**power for power in range(4, 9) if 10**power < upto] + [upto]
    rows: list[tuple[object, ...]] = [
        ("records", "CPU s", "µs a record", "per tenfold", "peak MB", "F1 as shipped")
    ]
    before = (0, 0.0)
    for size in sizes:
        place = folder / f"growth-{size}"
        lay_out(place, size)
        told = measured(place)
        cpu = sum(spent["cpu"] for stage, spent in told["stages"].items() if stage != READ)
        each = cpu / size
        tenfold = (each / before[1]) ** (1 / math.log10(size / before[0])) if before[0] else None
        rows.append(
            (
                f"{size:,}",
                cpu,
                f"{each * 1e6:.1f}",
                "" if tenfold is None else f"x {tenfold:.2f}",
                f"{told['peak_mb']:.0f}",
                f"{told['shipped'][2]:.4f}",
            )
        )
        before = size, each
    rows.append(("budget", "", "", "<= x 1.30", "", ""))
    measure.show("keys to clusters as the records grow", rows)
