"""What every reader yields: a row's cells, or a row that is set aside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

__all__ = ["Bad", "Rows"]


@dataclass(frozen=True, slots=True)
class Bad:
    """A row no record can be made of."""

    line: int
    reason: str
    raw: str
    cells: Any = None
    """What could be read of it, to tell whose row it was; ``None`` when that is unknown."""


class Rows(Protocol):
    """The rows of one open file, read once."""

    @property
    def line(self) -> int:
        """The number of the present row, counted as an editor or a spreadsheet counts."""
        ...

    @property
    def size(self) -> int:
        """How many characters of a text were read so far; 0 where rows come in batches anyway."""
        ...

    @property
    def raw(self) -> str:
        """The present row as it stands in the file, to be shown."""
        ...

    def __iter__(self) -> Iterator[Any | Bad]:
        """Sequences of text under fixed columns, or mappings of column to value."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...
