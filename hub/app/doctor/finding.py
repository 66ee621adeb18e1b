"""What the doctor says: findings on the workspace, and what each guard of identities did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["Finding", "Guard", "Level"]

Level = Literal["fine", "note", "problem"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: in order, worth knowing, or a problem."""

    section: str
    level: Level
    what: str
    step: str = ""


@dataclass(frozen=True, slots=True)
class Guard:
    """One guard against joining who should not be joined, and its work."""

    name: str
    count: int
    what: str
    """What it counts, as it would be said after the number."""
    looked_at: str
    """What that was counted over."""
    rows: tuple[dict[str, Any], ...] = ()
    """The most telling cases, all with the same names."""
