"""The same rows in random orders and batches of random sizes: the same keys, edges and clusters each time.

Every order goes from posts to clusters as in real life: a batch of 1 to 5,000 records is received, then
resolved, by making everything anew where it is a good part of what there is, else piece by piece. What is
compared is all that says who is who, down to the weight of every edge, with what one batch of everything gives.
(Which of a customer's permanent ids is shown is its earliest record's, so that alone depends on the order.)

Usage: python -m benchmarks.orders [--size 100000] [--orders 5]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import EntryPoint
from pathlib import Path
from random import Random
from typing import Final

from benchmarks.measure import alone, show, spending, tell
from benchmarks.population import population
from hub.app.resolve import MUCH
from hub.store.session import Store
from hub.store.tables import blocking_keys, clusters, edges

__all__ = ["Ended", "main", "played"]

SEED: Final = 20261123
LARGEST: Final = 5_000
"""Records a batch."""
CONFIG: Final = '[hub]\nregion = "CN"\n\n[connectors.door]\ntype = "resolution.arrivals"\n'


@dataclass(frozen=True, slots=True)
class Ended:
    """What an order came to."""

    batches: int
    anew: int
    """Batches after which everything was made anew."""
    edges: int
    customers: int
    digest: str
    """Of every row of keys, edges and clusters."""


def main() -> None:
    parser = argparse.ArgumentParser("python -m benchmarks.orders", description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=20_000, help="records (20,000)")
    parser.add_argument("--orders", type=int, default=5, help="random orders (5)")
    given = parser.parse_args()
    rows: list[tuple[object, ...]] = [
        ("order", "batches", "of them anew", "edges", "clusters", "CPU s", "digest")
    ]
    digests: list[str] = []
    for order in range(given.orders + 1):
        with tempfile.TemporaryDirectory() as folder:
            told = alone("benchmarks.orders", folder, str(given.size), str(order))
        ended = Ended(**told["ended"])
        digests.append(ended.digest)
        name = f"order {order}" if order else "all at once"
        counts = (f"{count:,}" for count in (ended.batches, ended.anew, ended.edges, ended.customers))
        rows.append((name, *counts, f"{told['spent']['cpu']:.0f}", ended.digest[:12]))
    show(f"the same {given.size:,} records in {given.orders} orders", rows)
    if len(set(digests)) > 1:
        sys.exit("THE ORDER MATTERED")
    print("every order ended with the very same keys, edges and clusters")


def played(folder: Path, size: int, order: int) -> Ended:
    """Let so many rows arrive in one of the random orders, 0 all at once, in a workspace made in ``folder``."""
    from hub.app.hub import Hub
    from hub.app.plugins import Plugins
    from hub.plugin import Post

    (folder / "connectors.toml").write_text(CONFIG, encoding="utf-8")
    lines = [json.dumps({"id": row.id, **row.fields}, ensure_ascii=False) for row in population(size, SEED)]
    much = min(MUCH[0], size // 20), MUCH[1]
    batches = anew = arrived = 0
    points = [EntryPoint("arrivals", "benchmarks.resolution.arrivals", "hub")]
    with Hub.open(folder / "connectors.toml", Plugins(points)) as hub:
        resolver = replace(hub.resolver, much=much)
        for some in _batches(lines, Random(order)) if order else [lines]:
            hub.receive("door", Post(("[" + ",".join(some) + "]").encode()))
            resolver.resolve()
            arrived += len(some)
            batches += 1
            anew += len(some) >= much[0] and len(some) >= much[1] * arrived
        assert not hub.rejects(limit=1)
        return Ended(batches, anew, *_derived(hub.store))


def _batches(lines: Sequence[str], random: Random) -> Iterator[list[str]]:
    """All lines in random order, in batches as likely of a few as of a few hundred or thousand."""
    left = random.sample(lines, len(lines))
    largest = min(LARGEST, len(lines) // 3)
    while left:
        size = round(largest ** random.random())
        yield left[:size]
        left = left[size:]


def _derived(store: Store) -> tuple[int, int, str]:
    """How many edges and clusters there are, and a digest of all that says who is who."""
    digest = hashlib.sha256()
    counts: list[int] = []
    with store.read() as tx:
        for table in (blocking_keys, edges, clusters):
            columns = ", ".join(column.name for column in table.columns)
            cursor = tx.cursor().execute(f"SELECT {columns} FROM {table.name} ORDER BY {columns}")
            counts.append(0)
            for row in cursor:
                counts[-1] += 1
                digest.update(repr(tuple(row)).encode())
        customers = tx.cursor().execute("SELECT count(DISTINCT cluster) FROM clusters").fetchone()[0]
    return counts[1] // 2, customers, digest.hexdigest()


def _measure(folder: Path, size: int, order: int) -> None:
    with spending() as spent:
        ended = played(folder, size, order)
    tell(ended=asdict(ended), spent=spent)


if __name__ == "__main__":
    if len(sys.argv) == 4 and not sys.argv[1].startswith("-"):
        _measure(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
