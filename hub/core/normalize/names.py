"""Names of people: given, middle and family, whatever the script, the order and the ornaments."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from hub.core.normalize.chinese import (
    LATIN_SURNAMES,
    han_runs,
    is_common_surname,
    is_pinyin,
    is_surname,
    pinyin,
    simplified,
    split_name,
    surname_rank,
    surname_reading,
    without_han,
)
from hub.core.normalize.placeholders import is_placeholder
from hub.core.normalize.text import fold, half_width, is_cjk

__all__ = ["PersonName", "person_name"]


class PersonName(NamedTuple):
    """The parts of one person's name, folded; ``han`` only where it was written in Chinese characters."""

    given: str = ""
    middle: str = ""
    family: str = ""
    han: str = ""


_TITLES = frozenset(
    "mr mrs ms miss mx dr prof professor sir madam dame lord lady rev reverend fr hon capt captain maj col gen sgt "
    "lt eng ing dipl mag herr frau doctor monsieur mme mlle sr sra srta senor senora dott dra mstr master".split()
)
_SUFFIXES = frozenset(
    "jr sr ii iii iv phd md dds esq esquire mba cpa msc bsc jnr snr 2nd 3rd 4th junior cfa pmp dphil".split()
)
_PARTICLES = frozenset(
    "van von der den de del della di da dos das do du la las le los bin ibn bint al el ben ter ten zu zum zur af av "
    "st saint san abu".split()
)
_DEGREES = re.compile(
    r"\b(?:ph\.?\s?d|m\.\s?d|m\.\s?b\.\s?a|d\.d\.s|[bm]\.\s?sc|d\.phil)\b\.?", re.IGNORECASE
)
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\"[^\"]*\"|«[^»]*»|“[^”]*”")
_NOISE = re.compile(r"[^\w\s,'\-·]+|_")
_QUOTES = dict.fromkeys(map(ord, "’‘ʼ`´"), "'")
_APOSTROPHE = re.compile(r"\b([OoDd]|Mc|mc|MC)[' ](?=\w{3})")
_HAN_TITLE = re.compile(
    "(?:先生|女士|小姐|太太|夫人|总经理|副总|经理|总监|总裁|董事长|主任|老师|教授|医生|大夫|博士|同学|老板|律师|会计|院长|校长|"
    "局长|处长|科长|部长|书记|厂长|店长|队长|主管|助理|师傅|阿姨|叔叔|同志|工程师|法师|收)$"
)
_HAN_SHORT_TITLES = frozenset("总工哥姐董")
_MAILBOX = re.compile(r"[^\s@]@[^\s@]+\.\w")
_TWO_WORDS = re.compile(r"([A-Za-z]{2,}) ([A-Za-z]+)")
_TELLING = _TITLES | _SUFFIXES | LATIN_SURNAMES
"""Words that make two plain words more than a given and a family name."""
_BRACKETS = re.compile(r"[()\[\]]")
_KANA = re.compile("[\u3040-\u30ff]")
_HANGUL = re.compile("[\uac00-\ud7af]")


def person_name(full: str = "", given: str = "", family: str = "") -> PersonName:
    """The name these three fields tell together; a field outranks ``full``."""
    if given and family:
        first, last = _plain_word(given), _plain_word(family)
        if first is None or last is None or (full and given.isupper()):
            return _name(full, given, family)
        return PersonName(first, "", last)
    if given or family or not (two := _TWO_WORDS.fullmatch(full)):
        return _name(full, given, family)
    first, last = full.lower().split(" ")
    if first in _TELLING or last in _TELLING or first == "ph" or two[1].isupper():  # "Ph D" is a degree
        return _name(full, "", "")
    return PersonName() if is_placeholder(first + last, "full_name") else PersonName(first, "", last)


@lru_cache(maxsize=1 << 15)
def _plain_word(word: str) -> str | None:
    """A word of Latin letters folded, or nothing where it is a placeholder; ``None`` where a name may not be so plain."""
    folded = word.lower()
    if not (word.isalpha() and word.isascii()) or folded in _TELLING:
        return None
    return "" if is_placeholder(folded, "given_name") else folded


@lru_cache(maxsize=1 << 15)
def _name(full: str, given: str, family: str) -> PersonName:
    """The uncommon case: several words, marks, titles, other scripts, fields that are missing."""
    full, given, family = _said(full, "full_name"), _said(given, "given_name"), _said(family, "family_name")
    if is_cjk(family + given):
        return _eastern(f"{family} {given}".strip(), of_given=not family)
    if is_cjk(full):
        return _eastern(full)
    if given and family:
        return _of_fields(_latin_words(given), _latin_words(family))
    parsed = _western(full) if full else PersonName()
    if given:
        return _of_fields(_latin_words(given), parsed.family.split())
    if not family:
        return parsed
    alone = _family_alone(family)
    if parsed.given in ("", alone.family):
        return alone._replace(given=alone.given or parsed.family)
    return parsed._replace(family=alone.family)


def _said(raw: str, field: str) -> str:
    """The text of a field, unless it says nothing or is no name at all."""
    if not raw:
        return ""
    text = half_width(raw).strip()
    if not any(map(str.isalpha, text)) or ("@" in text and _MAILBOX.search(text)):
        return ""
    return "" if is_placeholder(text, field) else text


# Latin and other alphabets


def _western(text: str) -> PersonName:
    """A full name in one field: "Family, Given", or words in an order that has to be told."""
    stripped = _without_asides(text)
    chunks = [_latin_words(chunk) for chunk in stripped.split(",")]
    chunks = [chunk for chunk in chunks if any(fold(word) not in _SUFFIXES for word in chunk)]
    if not chunks:
        return PersonName()
    if len(chunks) > 1:
        return _of_fields(chunks[1], chunks[0])
    words = chunks[0]
    if len(words) == 1:
        word = _chinese_vowel(fold(words[0])).replace("-", " ")
        titled = any(fold(word) in _TITLES for word in _NOISE.sub(" ", stripped).split()[:1])
        return PersonName(family=word) if titled else PersonName(given=word)
    return _ordered(words)


def _latin_words(text: str) -> list[str]:
    """The words that name somebody, in their own spelling; hyphens kept, titles and suffixes gone."""
    if _is_plain(text):
        found = _APOSTROPHE.sub(r"\1", _without_asides(text)).split()
    else:
        text = _without_asides(text.translate(_QUOTES))
        text = _NOISE.sub(" ", _APOSTROPHE.sub(r"\1", text))
        found = [word.strip("-·").replace("'", "") for word in text.replace(",", " ").split()]
        found = [word for word in found if word and not word.isdecimal()]
    start, end = 0, len(found)
    while start < end and fold(found[start]) in _TITLES:
        start += 1
    while end > start + 1 and fold(found[end - 1]) in _SUFFIXES:
        end -= 1
    return found[start:end]


def _without_asides(text: str) -> str:
    """Without what stands in brackets or quotes, and without academic degrees."""
    if not _is_plain(text):
        text = _ASIDE.sub(" ", text)
    elif "ph" not in text.lower():
        return text
    return _DEGREES.sub(" ", text)


def _is_plain(text: str) -> bool:
    """Whether it is Latin letters and blanks alone, which most names are."""
    return text.isascii() and text.replace(" ", "").isalpha()


def _ordered(words: list[str]) -> PersonName:
    """Which of several words is the family name: capitals, Chinese surnames, particles, else the last."""
    shouted = [word.isupper() and (len(word) > 2 or surname_rank(word.lower()) is not None) for word in words]
    if any(shouted) and not all(shouted):
        count = sum(shouted)
        if all(shouted[-count:]):
            return _of_fields(words[:-count], words[-count:])
        if all(shouted[:count]) and not words[-1].isupper():
            return _of_fields(words[count:], words[:count])
    folded = [_chinese_vowel(fold(word).replace("-", "")) for word in words]
    first, last = surname_rank(folded[0]), surname_rank(folded[-1])
    if first is not None and not all(map(is_pinyin, folded[1:])):
        first = None
    if last is not None and not all(map(is_pinyin, folded[:-1])):
        last = None
    if first is not None and (last is None or first <= last):
        return _of_fields(words[1:], words[:1])
    if last is None:
        for place, word in enumerate(words[1:-1], start=1):
            if fold(word) in _PARTICLES:
                return _of_fields(words[:place], words[place:])
    return _of_fields(words[:-1], words[-1:])


def _of_fields(given: list[str], family: list[str]) -> PersonName:
    """Given and family words in their fields, joined and folded."""
    first = [fold(word) for word in given]
    last = _chinese_vowel(" ".join(fold(word).replace("-", " ").strip() for word in family))
    if not last:
        names = [name for part in first for name in part.split("-") if name]
        return PersonName(names[0], " ".join(names[1:])) if names else PersonName()
    if not first:
        return PersonName(family=last)
    joined = "".join(first).replace("-", "")
    chinese = surname_rank(last) is not None
    if (
        not chinese
        and len(first) == 1
        and surname_rank(joined) is not None
        and is_pinyin(last.replace(" ", ""))
    ):
        return PersonName(_chinese_vowel(last.replace(" ", "")), "", joined)
    if chinese and all(is_pinyin(word, syllable=True) for part in first for word in part.split("-")):
        return PersonName(_chinese_vowel(joined), "", last)
    names = [name for part in first for name in part.split("-") if name]
    return PersonName(names[0], " ".join(names[1:]), last) if names else PersonName(family=last)


def _family_alone(text: str) -> PersonName:
    """A family name without a given one, or a whole name where only the family name was asked for."""
    words = _latin_words(text)
    folded = [fold(word).replace("-", "") for word in words]
    chinese = len(words) > 1 and all(is_pinyin(word) for word in folded)
    if "," in text or (chinese and any(surname_rank(word) is not None for word in folded)):
        return _western(text)
    return _of_fields([], words)


def _chinese_vowel(word: str) -> str:
    """The vowel of 吕 is written lü, lv, lyu or lu; one of them for all."""
    return "lu" if word in ("lv", "lyu") else word


# Chinese, Japanese, Korean


def _eastern(text: str, *, of_given: bool = False) -> PersonName:
    """A name with Chinese, Japanese or Korean characters, and perhaps a Latin one beside it."""
    if _KANA.search(text):
        return _family_first(text, syllable=False)
    if _HANGUL.search(text):
        return _family_first(text, syllable=not of_given)
    runs = [run for run in map(_untitled, han_runs(simplified(text.replace("·", " ")))) if run]
    aside = without_han(text).strip()
    beside = _latin_words(_BRACKETS.sub(" ", aside)) if aside else []
    if not runs:
        return _ordered(beside) if len(beside) > 1 else PersonName(*map(fold, beside))
    family, given = _han_parts(runs, foreign="·" in text)
    if of_given and len(runs) == 1 and not is_surname(family):
        family, given = "", family + given
    first, last = pinyin(given), surname_reading(family)
    middle = _not_said(beside, {first, last, first + last, last + first}) if beside else ""
    if middle and not first:
        first, _, middle = middle.partition(" ")
    elif middle and not last and surname_rank(middle) is not None:
        last, middle = middle, ""
    return PersonName(first, middle, last, family + given if family and given else "")


def _not_said(beside: list[str], known: set[str]) -> str:
    """What the Latin words beside a Chinese name add to its readings."""
    latin = [fold(word).replace("-", "") for word in beside]
    return "" if "".join(latin) in known else " ".join(word for word in latin if word not in known)


def _han_parts(runs: list[str], *, foreign: bool) -> tuple[str, str]:
    """(family, given) of the runs of characters as written, family name usually first."""
    if len(runs) == 1:
        return split_name(runs[0])
    if foreign:
        return runs[-1], "".join(runs[:-1])
    if not is_surname(runs[0]) and is_surname(runs[-1]):
        return runs[-1], "".join(runs[:-1])
    if all(len(run) == 1 for run in runs):
        return split_name("".join(runs))
    return runs[0], "".join(runs[1:])


def _untitled(run: str) -> str:
    """Without what people are called: 张先生, 李总, 小王."""
    bare = _HAN_TITLE.sub("", run)
    if len(bare) == 2:
        if bare[1] in _HAN_SHORT_TITLES:
            return bare[0]
        if bare[0] in "小老" and is_common_surname(bare[1]):
            return bare[1]
    return bare


def _family_first(text: str, *, syllable: bool) -> PersonName:
    """A name in kana or hangul, kept in its letters, the family name first (one ``syllable`` of it)."""
    words = [fold(word) for word in _NOISE.sub(" ", text).replace("·", " ").replace(",", " ").split()]
    if len(words) == 1 and syllable and 1 < len(words[0]) <= 4:
        words = [words[0][0], words[0][1:]]
    if len(words) < 2:
        return PersonName(*words)
    return PersonName("".join(words[1:]), "", words[0])
