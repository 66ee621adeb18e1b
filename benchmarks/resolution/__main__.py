"""The command: which parts to run, and how large."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks.environment import Missing
from benchmarks.rates import RATES
from benchmarks.resolution import __doc__ as purpose
from benchmarks.resolution import arrivals, batch, growth
from benchmarks.resolution.peer import SPLINK

PARTS = ("batch", "arrivals", "growth")


def main() -> None:
    parser = argparse.ArgumentParser(
        "python -m benchmarks.resolution", description=purpose, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "parts", nargs="*", metavar="batch | arrivals | growth", help="all, unless some are named"
    )
    parser.add_argument("--size", type=int, default=100_000, help="records (100,000)")
    parser.add_argument("--without-peer", action="store_true", help="leave Splink out")
    given = parser.parse_args()
    if unknown := set(given.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    parts = given.parts or PARTS
    print("the population, and how often each thing happens in it:")
    for what, share in RATES.items():
        print(f"  {share:4.0%} {what}")
    peer = not given.without_peer and bool({"batch", "arrivals"} & set(parts)) and _has_peer()
    with tempfile.TemporaryDirectory() as place:
        if "batch" in parts:
            print()
            batch.show(Path(place) / "batch", given.size, peer=peer)
        if "arrivals" in parts:
            for size in sorted({min(100_000, given.size), given.size}):
                print()
                arrivals.show(Path(place) / f"arrivals-{size}", size, peer=peer)
        if "growth" in parts:
            print()
            growth.show(Path(place), given.size)


def _has_peer() -> bool:
    try:
        SPLINK.install()
    except Missing as missing:
        print(f"\nWithout Splink: {missing}")
        return False
    return True


if __name__ == "__main__":
    main()
