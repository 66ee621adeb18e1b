"""Keeps levels in their order: agreeing better is never worth less than agreeing worse.

What few pairs show may say otherwise. Neighbours that are out of order are taken together: they get one
ratio of odds, and together as many matches as before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from hub.core.match import Odds

__all__ = ["ORDERED", "in_order"]

ORDERED: Final[Mapping[str, tuple[str, ...]]] = {
    "given name": ("equal", "similar", "different"),
    "family name": ("equal", "similar", "different"),
    "birth date": ("equal", "one slip", "different"),
    "national id": ("equal", "one slip", "two slips", "different"),
    "tax id": ("equal", "one slip", "two slips", "different"),
    "email": ("equal", "similar", "different"),
    "phone": ("equal", "landline", "different"),
    "handle": ("equal", "different"),
    "address": ("door", "street", "street name", "different"),
    "postal code": ("equal", "nearly", "different"),
    "city": ("equal", "similar", "different"),
    "employer": ("equal", "similar", "different"),
    "organization": ("equal", "similar", "contained", "different"),
}
"""Levels of which each says more for a match than the next; the others have no place among them."""


def in_order(odds: Mapping[str, Mapping[str, Odds]]) -> dict[str, Mapping[str, Odds]]:
    """The odds with every level worth at least as much, against strangers, as the next one of its order."""
    ordered: dict[str, Mapping[str, Odds]] = {}
    for name, levels in odds.items():
        groups: list[list[str]] = []
        for level in ORDERED.get(name, ()):
            groups.append([level])
            while len(groups) > 1 and _ratio(levels, groups[-2]) < _ratio(levels, groups[-1]):
                groups[-2:] = [groups[-2] + groups[-1]]
        pooled = {level: _ratio(levels, group) for group in groups if len(group) > 1 for level in group}
        ordered[name] = {
            level: replace(o, m=pooled[level] * o.u) if level in pooled else o for level, o in levels.items()
        }
    return ordered


def _ratio(levels: Mapping[str, Odds], group: list[str]) -> float:
    return sum(levels[level].m for level in group) / sum(levels[level].u for level in group)
