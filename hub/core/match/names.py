"""How two personal names agree: one level for the given name, one for the family name.

Given and family are looked at together, because people swap them, write one script or the other,
and go by an English name beside a Chinese one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from rapidfuzz.distance import JaroWinkler

from hub.core.match.values import similar

__all__ = ["GIVEN_COMPATIBLE", "PINYIN", "Name", "NameBook", "Verdict", "family_han", "given_han"]

GIVEN_COMPATIBLE: Final = frozenset(
    {"equal", "homophone", "pinyin", "nickname", "initial", "part", "similar", "swapped", "swapped, short"}
)
"""Levels of the given name at which one person may carry both."""


class Name(NamedTuple):
    """The parts of a source record that make its personal name."""

    given: str
    middle: str
    family: str
    han: str


class Verdict(NamedTuple):
    """The level of the given and of the family name; empty where they cannot be compared."""

    given: str
    family: str


class NameBook:
    """What is known about names: who may be called what, and which are names at all."""

    def __init__(
        self, nicknames: Iterable[tuple[str, ...]], known: Iterable[str], chinese: Iterable[str]
    ) -> None:
        groups: dict[str, set[int]] = {}
        for place, group in enumerate(nicknames):
            for name in group:
                groups.setdefault(name, set()).add(place)
        self.nicknames = {name: frozenset(places) for name, places in groups.items()}
        """Name to the groups it belongs to."""
        self.known = frozenset(known)
        """Given names common enough that one is no misspelling of another."""
        self.chinese = frozenset(chinese)
        """Chinese family names in pinyin."""
        # people share the parts of their names far more often than whole names
        self._two_given = lru_cache(1 << 17)(self.compare_given)
        self._two_families = lru_cache(1 << 17)(self.compare_families)

    def compare(self, a: Name, b: Name) -> Verdict:
        """The levels of two names; the same for ``(b, a)``."""
        if a.given and a.family and b.given and b.family:
            straight = Verdict(self._given(a, b), self._family(a, b))
            if straight.family in ("different", "similar") and straight.given in ("different", "similar", ""):
                return self._crossed(a, b) or straight
            return straight
        # A lone name is taken for a given name by one source and for a family name by another.
        if _lone(a.given, a.family, b.family) or _lone(b.given, b.family, a.family):
            return Verdict("", "equal")
        if _lone(a.family, a.given, b.given) or _lone(b.family, b.given, a.given):
            return Verdict("equal", "")
        return Verdict(self._given(a, b), self._family(a, b))

    def _crossed(self, a: Name, b: Name) -> Verdict | None:
        """The verdict on two names that agree when the parts of one change places."""
        mine, yours = may_be_turned(_letters(a), b.family), may_be_turned(_letters(b), a.family)
        if mine and yours:
            return Verdict("swapped", "")
        if (mine and self._short(b.given, a.family)) or (yours and self._short(a.given, b.family)):
            return Verdict("swapped, short", "")
        return Verdict("half swapped", "") if mine or yours else None

    def _short(self, x: str, y: str) -> bool:
        """Whether one is the initial or a nickname of the other."""
        if len(x) == 1 or len(y) == 1:
            return x[0] == y[0]
        return not self.nicknames.get(x, _NONE).isdisjoint(self.nicknames.get(y, _NONE))

    def _given(self, a: Name, b: Name) -> str:
        x, y = a.given, b.given
        if not x or not y:
            return ""
        if x == y:
            if len(x) == 1:
                return "initial"
            if a.han and b.han:
                return "equal" if given_han(a.han) == given_han(b.han) else "homophone"
            return "pinyin" if a.han or b.han else "equal"
        if a.han and b.han:
            return "different"
        chinese = bool(a.han or b.han) or a.family in self.chinese or b.family in self.chinese
        return self._two_given(x, a.middle, y, b.middle, chinese)

    def compare_given(self, x: str, middle: str, y: str, other_middle: str, chinese: bool) -> str:
        """The level of two given names that are not equal; of bearers one of whom is Chinese or not."""
        if len(x) == 1 or len(y) == 1:
            return "initial" if x[0] == y[0] else "different"
        if self._short(x, y):
            return "nickname"
        if _shares_a_part(f"{x} {middle}" if middle else x, f"{y} {other_middle}" if other_middle else y):
            return "part"
        if chinese:
            # David Zhang may well be Zhang Wei: an English name says nothing about a Chinese one.
            pinyin = self._is_chinese(x) + self._is_chinese(y)
            if pinyin == 1 and not similar(x, y):
                return ""
            if pinyin == 2:  # one letter makes another name: Jing, Ying
                return "different"
        if x in self.known and y in self.known:
            return "different"
        return "similar" if similar(x, y) else "different"

    def _is_chinese(self, given: str) -> bool:
        return given not in self.nicknames and is_pinyin(given)

    def _family(self, a: Name, b: Name) -> str:
        x, y = a.family, b.family
        if not x or not y:
            return ""
        if x == y:
            if a.han and b.han and family_han(a.han) != family_han(b.han):
                return "homophone"
            return "equal"
        return self._two_families(x, y)

    def compare_families(self, x: str, y: str) -> str:
        """The level of two family names that are not equal."""
        if len(x) == 1 or len(y) == 1:
            return "initial" if x[0] == y[0] else "different"
        if x in self.chinese and y in self.chinese:
            return "different"
        if _shares_a_part(x, y, whole=True):
            return "part"
        if similar(x, y):
            return "similar"
        return "part" if _shares_a_part(x, y) else "different"


def given_han(name: str) -> str:
    """The given part of a Chinese name in characters."""
    return name[len(family_han(name)) :]


def family_han(name: str) -> str:
    """The family part of a Chinese name in characters."""
    return name[: 2 if len(name) > 2 and name[:2] in _COMPOUND else 1]


def is_pinyin(text: str) -> bool:
    """Whether the letters can be read as Chinese syllables."""
    return _PINYIN.fullmatch(text) is not None


def _lone(name: str, rest: str, other: str) -> bool:
    return bool(name) and not rest and name == other


def may_be_turned(x: str, y: str) -> bool:
    """Whether given names, run together, and a family name are one word that changed its place."""
    return x == y or (min(len(x), len(y)) >= 4 and JaroWinkler.similarity(x, y) >= 0.9)


def _letters(name: Name) -> str:
    """All given names run together: where a name is split into words is easily mistaken."""
    return name.given + name.middle.replace(" ", "")


def _shares_a_part(x: str, y: str, *, whole: bool = False) -> bool:
    """Whether two names, one of several words, share a word; ``whole``: all words of one of them."""
    several, others = _SPLIT.split(x), _SPLIT.split(y)
    if len(several) == len(others) == 1:
        return False
    words, others = (
        frozenset(w for w in ws if len(w) > 2 and w not in _PARTICLES) for ws in (several, others)
    )
    shared = words & others
    return bool(shared) and (not whole or shared in (words, others))


_NONE: Final[frozenset[int]] = frozenset()
_SPLIT: Final = re.compile(r"[\s\-']+")
_PARTICLES: Final = frozenset(
    "van von der den del della dos das los las ter ten zur bin ibn bint saint san abu".split()
)
"""Words of many family names that are shared by chance."""
_COMPOUND: Final = frozenset(
    "欧阳 司马 诸葛 上官 夏侯 东方 皇甫 尉迟 公孙 慕容 令狐 司徒 司空 轩辕 长孙 宇文 端木 南宫 百里 东郭 "
    "呼延 澹台 公冶 宗政 濮阳 淳于 单于 太叔 申屠 仲孙 钟离 闻人 赫连 独孤 第五 拓跋".split()
)
PINYIN: Final = (
    r"(?:(?:zh|ch|sh|[bpmfdtnlgkhjqxzcsryw])?"
    r"(?:iang|iong|uang|ang|eng|ing|ong|iao|ian|uai|uan|ai|ei|ao|ou|an|en|in|un|ia|ie|iu|ua|uo|ui|ue|ve|er|a|o|e|i|u|v)"
    r"[\s\-']*)+"
)
"""Chinese syllables in Latin letters."""
_PINYIN: Final = re.compile(PINYIN)
