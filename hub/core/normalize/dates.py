"""Birth dates: many spellings, one ``YYYYMMDD``; a day that could be a month is not guessed."""

from __future__ import annotations

import re
from functools import lru_cache

from hub.core.normalize.placeholders import is_placeholder
from hub.core.normalize.text import fold, half_width

__all__ = ["birth_date", "is_ambiguous_date"]

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january janvier januar enero", "feb february fevrier februar febrero",
            "mar march mars marz marzo", "apr april avril abril", "may mai mayo", "jun june juin juni junio",
            "jul july juillet juli julio", "aug august aout agosto",
            "sep sept september septembre septiembre", "oct october octobre oktober octubre okt",
            "nov november novembre noviembre", "dec december decembre dezember diciembre dez",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_CLOCK = re.compile(r"[t ]\s*\d{1,2}:\d{2}.*$")
_YEAR_FIRST = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号號]?")
_YEAR_LAST = re.compile(r"(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4})")
_DAY_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[\s.\-/]+([^\W\d_]+)[\s.,\-/]+(\d{4})")
_MONTH_DAY = re.compile(r"([^\W\d_]+)[\s.\-/]+(\d{1,2})(?:st|nd|rd|th)?[\s.,\-/]+(\d{4})")


@lru_cache(maxsize=1 << 16)
def birth_date(raw: str) -> str:
    """``YYYYMMDD``, or nothing when it cannot be told for sure.

    With a plausible year in front it stays as written even where the calendar has no such day: a
    mistyped date is still worth comparing.
    """
    text = _CLOCK.sub("", fold(half_width(raw)).strip())
    found = _eight_digits(text) if len(text) == 8 and text.isdecimal() else _separated(text)
    return "" if is_placeholder(found, "birth_date") else found


def is_ambiguous_date(raw: str) -> bool:
    """Whether day and month could be either way round, as in ``03/04/1980``."""
    text = _CLOCK.sub("", fold(half_width(raw)).strip())
    match = _YEAR_LAST.fullmatch(text)
    if not match:
        return False
    first, second = int(match[1]), int(match[2])
    return first != second and 1 <= first <= 12 and 1 <= second <= 12


def _eight_digits(text: str) -> str:
    return _year_first(text) or _year_last(int(text[:2]), int(text[2:4]), int(text[4:]))


def _separated(text: str) -> str:
    if match := _YEAR_FIRST.fullmatch(text):
        return _year_first("".join(f"{int(part):02}" for part in match.groups()))
    if match := _YEAR_LAST.fullmatch(text):
        return _year_last(int(match[1]), int(match[2]), int(match[3]))
    if match := _DAY_MONTH.fullmatch(text):
        return _calendar(int(match[3]), _MONTHS.get(match[2], 0), int(match[1]))
    if match := _MONTH_DAY.fullmatch(text):
        return _calendar(int(match[3]), _MONTHS.get(match[1], 0), int(match[2]))
    return ""


def _year_first(digits: str) -> str:
    return str(int(digits)) if 1880 <= int(digits[:4]) <= 2100 and not digits.endswith("0000") else ""


def _year_last(first: int, second: int, year: int) -> str:
    if first > 12 or first == second:
        return _calendar(year, second, first)
    return _calendar(year, first, second) if second > 12 else ""


def _calendar(year: int, month: int, day: int) -> str:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    longest = 31 if month in (1, 3, 5, 7, 8, 10, 12) else 30 if month != 2 else 29 if leap else 28
    if not (1880 <= year <= 2100 and 1 <= month <= 12 and 1 <= day <= longest):
        return ""
    return f"{year:04}{month:02}{day:02}"
