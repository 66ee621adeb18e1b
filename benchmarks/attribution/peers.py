"""Asks the two peers, in an environment of their own, what they do with the same visits."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from benchmarks.environment import Environment
from benchmarks.measure import alone

__all__ = ["PEERS", "ask"]

PEERS: Final = Environment(
    "attribution",
    Path(__file__).with_name("constraints-peers.txt"),
    ("ChannelAttribution", "marketing-attribution-models", "matplotlib", "polars", "pyarrow"),
)


def ask(peer: str, folder: Path, *works: str) -> dict[str, Any]:
    """What ``with_peers`` tells of its work."""
    return alone(
        "benchmarks.attribution.with_peers", peer, str(folder), ",".join(works), python=str(PEERS.python)
    )
