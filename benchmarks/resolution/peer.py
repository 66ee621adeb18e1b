"""Asks Splink 5, in an environment of its own, what it does with the same rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from benchmarks.environment import Environment
from benchmarks.measure import alone

__all__ = ["SETTINGS", "SPLINK", "ask"]

SPLINK: Final = Environment(
    "splink", Path(__file__).with_name("constraints-splink.txt"), ("splink", "pyarrow")
)
SETTINGS: Final = {
    "guides": "Splink 5, set up as its guides show",
    "told": "Splink 5, told that contact points identify",
}
"""Two ways of setting it up (``with_splink``); the second knows more of the data than a guide can say."""


def ask(work: str, folder: Path, settings: str) -> dict[str, Any]:
    """What ``with_splink`` tells of its work."""
    return alone("benchmarks.resolution.with_splink", work, str(folder), settings, python=str(SPLINK.python))
