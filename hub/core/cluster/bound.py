"""What judgements bind: pairs that belong together and groups that do not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from hub.core.model import Judgement

__all__ = ["Judged", "judged"]


@dataclass(frozen=True, slots=True)
class Judged:
    """The judgements that bind some records, in the form the piece function reads."""

    same: tuple[tuple[int, int], ...] = ()
    """Pairs that belong together, newest judgement first."""
    one: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = ()
    """The records of the two sides of each such judgement: they do not contradict each other."""
    apart: Mapping[int, Mapping[int, int]] | None = None
    """Split group to (record to side)."""

    @property
    def binds_nobody(self) -> bool:
        """Whether nobody said anything of these records."""
        return not self.same and not self.apart


def judged(judgements: Iterable[Judgement], present: Collection[int]) -> Judged:
    """Read judgements as pairs that must link and groups that must not, among records ``present``.

    *Same* joins its two sides by the smallest record present on each, so that it outlives the
    deletion of single records; a side of which nothing is present makes it inert for the while.
    """
    same: list[tuple[int, int]] = []
    sides: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
    apart: dict[int, dict[int, int]] = {}
    for one in sorted(judgements, key=lambda one: (-one.at, -one.id)):
        if one.verdict == "apart":
            apart[one.id] = dict(one.sides)
            continue
        left = tuple(key for key, side in one.sides if side == 0 and key in present)
        right = tuple(key for key, side in one.sides if side == 1 and key in present)
        if left and right:
            same.append((min(left), min(right)))
            sides.append((left, right))
    return Judged(tuple(same), tuple(sides), apart)
