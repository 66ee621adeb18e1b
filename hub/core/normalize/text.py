"""Folding: one spelling for what people write in many.

``fold`` is the ground every other file stands on: lower case, Latin without diacritics, Cyrillic
and Greek in Latin letters, full-width as half-width. Scripts it knows nothing about stay as they are.
"""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import normalize

__all__ = ["alnum", "fold", "half_width", "is_cjk", "words"]

_CYRILLIC = dict(
    zip(
        "абвгдежзийклмнопрстуфхцчшщъыьэюяёєіїґў",
        "a b v g d e zh z i i k l m n o p r s t u f kh ts ch sh shch - y - e yu ya e e i i g u".split(),
        strict=True,
    )
)
_GREEK = dict(
    zip(
        "αβγδεζηθικλμνξοπρσςτυφχψω",
        "a v g d e z i th i k l m n x o p r s s t y f ch ps o".split(),
        strict=True,
    )
)
_LATIN = {
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ħ": "h", "ı": "i",
    "ŋ": "n", "ŧ": "t", "ə": "a", "’": "'", "‘": "'", "`": "'", "´": "'", "ʼ": "'", "–": "-", "—": "-",
    "‐": "-", "‑": "-", "−": "-", "“": '"', "”": '"', "・": "·", "•": "·",
}  # fmt: skip
_LETTERS = str.maketrans(
    _LATIN | {letter: latin.replace("-", "") for letter, latin in (_CYRILLIC | _GREEK).items()}
)
_MARKS = re.compile("[\u0300-\u036f\u00ad\u200b-\u200f\u2060\ufeff]")
_WORD = re.compile(r"[^\W_]+")
_NOT_ALNUM = re.compile(r"[\W_]+")
_STILL = re.compile("[0-9a-z \u4e00-\u9fff]*")
"""Chinese as most write it: nothing in it folds."""
_CJK = re.compile("[\u3005\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af\U00020000-\U0003ffff]")


def fold(text: str) -> str:
    """Lower case, without diacritics; applying it again changes nothing."""
    if text.isascii():
        return text.lower()
    return text if _STILL.fullmatch(text) else _fold(text)


def half_width(text: str) -> str:
    """The same text with full-width letters, digits and punctuation as half-width ones."""
    return text if text.isascii() else normalize("NFKC", text)


def words(text: str) -> list[str]:
    """Folded runs of letters and digits; apostrophes join (``O'Brien`` is one word)."""
    return _WORD.findall(fold(text).replace("'", ""))


def alnum(text: str) -> str:
    """Letters and digits alone, folded."""
    folded = fold(text).replace(" ", "")
    return folded if folded.isalnum() else _NOT_ALNUM.sub("", folded)


def is_cjk(text: str) -> bool:
    """Whether any Chinese, Japanese or Korean character is in it."""
    return not text.isascii() and _CJK.search(text) is not None


@lru_cache(maxsize=1 << 15)
def _fold(text: str) -> str:
    for _ in range(4):  # folding may bring out what folds again; twice is the most seen
        plain = normalize("NFKD", text.lower()).translate(_LETTERS)
        text, before = normalize("NFKC", _MARKS.sub("", plain)).lower(), text
        if text == before:
            break
    return text
