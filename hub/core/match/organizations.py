"""How the names of two organizations agree: word by word, for they are cut short, abbreviated and turned round."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from rapidfuzz.distance import OSA

from hub.core.match.values import similar
from hub.core.organization import called

__all__ = ["organization_level"]

ABBREVIATED: Final = 4
"""Letters from which on the beginning of a word may stand for it."""


@lru_cache(1 << 16)
def organization_level(x: str, y: str) -> str:
    """The level of two normalized names; symmetric.

    ``equal`` names have the same words in whatever order and spacing, wherever a Chinese one says it is; they are
    ``equal, short`` where a single word is all there is. Of ``similar`` ones every word is a spelling of one of the
    other's, of ``contained`` ones every word of the shorter. ``partly`` the same are those that share a word of
    their own and go on differently, as sisters do.
    """
    a, b = called(min(x, y)), called(max(x, y))
    elsewhere = bool(a.town and b.town) and a.town != b.town
    if sorted(a.told) == sorted(b.told) or "".join(a.told) == "".join(b.told):
        if elsewhere:
            return "partly"
        return "equal" if max(len(a.told), len(b.told)) > 1 else "equal, short"
    mine, yours, shared = _left_over(a.told, b.told, frozenset(a.own) | frozenset(b.own))
    if not mine and not yours and not elsewhere:
        return "similar"
    if _runs_alike("".join(a.told), "".join(b.told)) and not elsewhere:
        return "similar"
    if not shared:
        return "different"
    return "contained" if not (mine and yours) and not elsewhere else "partly"


def _left_over(
    x: tuple[str, ...], y: tuple[str, ...], own: frozenset[str]
) -> tuple[list[str], list[str], bool]:
    """The words of each that the other has in no spelling; and whether they share an own one."""
    mine, yours, shared = list(x), list(y), False
    for alike in (str.__eq__, _alike):
        for word in tuple(mine):
            found = next((other for other in yours if alike(word, other)), None)
            if found is not None:
                mine.remove(word)
                yours.remove(found)
                shared = shared or (word in own and found in own)
    return mine, yours, shared


def _alike(x: str, y: str) -> bool:
    """Whether one word is the other misspelt or cut short; two characters apart, Chinese names are two names."""
    if not (x.isascii() and y.isascii()):
        return False
    shorter, longer = sorted((x, y), key=len)
    return (len(shorter) >= ABBREVIATED and longer.startswith(shorter)) or similar(x, y)


def _runs_alike(x: str, y: str) -> bool:
    """Whether two names are one slip apart, spaces aside."""
    return x.isascii() and y.isascii() and min(len(x), len(y)) > 7 and OSA.distance(x, y, score_cutoff=1) <= 1
