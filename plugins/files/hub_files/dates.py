"""Dates and times as people and programs write them, to ISO; one that can be read two ways is refused.

``03/04/2025`` is decided by ``date_order``, or by a part above 12; never by the rows around it.
A time without an offset is in the given zone; one that the clock change skips or repeats is taken
as before the change (``fold=0``).
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

from hub.errors import DataError

__all__ = ["birth", "day", "moment"]

NUMERIC = re.compile(r"(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})(?!\d)")
CHINESE = re.compile(r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]")
DAY_FIRST = re.compile(
    r"(?:[A-Za-z]{3,9},?\s+)?(\d{1,2})(?:st|nd|rd|th)?[\s-]+([A-Za-z]{3,9})\.?,?[\s-]+(\d{4})"
)
MONTH_FIRST = re.compile(r"(?:[A-Za-z]{6,9},?\s+)?([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?!-00:00)[+-]\d\d:\d\d", re.ASCII)
TIME = re.compile(
    r"[\s,T]*(?:at\s+)?(?P<before>上午|下午|中午|晚上|[AaPp]\.?[Mm]\.?)?\s*"
    r"(?P<hour>\d{1,2})[:时点](?P<minute>\d{2})分?(?::?(?P<second>\d{2})秒?(?:[.,](?P<part>\d{1,9}))?)?"
    r"\s*(?P<after>[AaPp]\.?[Mm]\.?)?\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?\s*"
)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DIGITS = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
NEVER = ("0000-00-00", "0001-01-01")
"""What databases and programs write for a time that is not known."""
PIVOT = 69
"""Two-digit years from here on are of the 1900s, as POSIX has it."""


def moment(text: str, zone: tzinfo, order: str) -> str:
    """A date and time as ISO 8601 with its offset, or nothing; ``text`` is never blank."""
    found = None
    digits = text.isdecimal()  # never for fromisoformat, which takes a time in ms for the year 1741
    if not digits:
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            pass
    if found is None:
        if text.startswith(NEVER):
            return ""
        found = _digits(text) if digits else _written(text, order)
    if not 1900 <= found.year < 2200:
        if text.startswith(NEVER):
            return ""
        raise DataError(f"{text!r} is in the year {found.year}, which cannot be")
    if found.tzinfo is None:
        found = found.replace(tzinfo=zone)
    elif ISO.fullmatch(text):
        return text  # it would be written the same again, at three times the cost
    return found.isoformat()


def day(text: str, order: str) -> str:
    """A calendar day as ISO 8601, as written: no time zone moves it."""
    return moment(text, UTC, order)[:10]


def birth(text: str, order: str) -> str:
    """A birth date as it was written, unless it can be read two ways; in ISO when ``order`` decides."""
    text = text.removesuffix(" 00:00:00").removesuffix("T00:00:00")
    if text.startswith(NEVER):
        return ""
    if text[4:5] == "-" or (found := NUMERIC.fullmatch(text)) is None:
        return text
    first, _, middle, last = found.groups()
    if len(first) == 4 or not order:
        _ordered(text, first, middle, last, order)  # refuses what is ambiguous
        return text
    year, month, of_month = _ordered(text, first, middle, last, order)
    if year > datetime.now(UTC).year:
        year -= 100
    return _date(text, year, month, of_month).isoformat()


def _digits(text: str) -> datetime:
    if len(text) in (10, 13):
        return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=int(text.ljust(13, "0")))
    try:
        return datetime.strptime(text, DIGITS[len(text)])  # noqa: DTZ007 - the caller gives it its zone
    except (KeyError, ValueError):
        raise _unreadable(text) from None


def _written(text: str, order: str) -> datetime:
    if found := NUMERIC.match(text):
        first, _, middle, last = found.groups()
        when = _date(text, *_ordered(text, first, middle, last, order))
    elif found := CHINESE.match(text):
        when = _date(text, *(int(part) for part in found.groups()))
    elif found := DAY_FIRST.match(text):
        when = _date(text, int(found[3]), _month(text, found[2]), int(found[1]))
    elif found := MONTH_FIRST.match(text):
        when = _date(text, int(found[3]), _month(text, found[1]), int(found[2]))
    else:
        raise _unreadable(text)
    rest = text[found.end() :]
    return _timed(text, when, rest) if rest.strip() else datetime(when.year, when.month, when.day)  # noqa: DTZ001


def _ordered(text: str, first: str, middle: str, last: str, order: str) -> tuple[int, int, int]:
    """Year, month and day of a date in numbers."""
    one, two, three = int(first), int(middle), int(last)
    if len(first) == 4:
        return one, two, three
    if len(first) == 3 or len(last) not in (2, 4):
        raise _unreadable(text)
    if order == "ymd" and len(last) == 2:
        return _century(one), two, three
    if order in ("dmy", "mdy"):
        of_month, month = (one, two) if order == "dmy" else (two, one)
        if month > 12:
            raise DataError(f'{text!r} has no month {month}, though date_order is "{order}"')
        return _century(three) if len(last) == 2 else three, month, of_month
    if len(last) == 4 and (one > 12 or two > 12 or one == two):
        return three, min(one, two), max(one, two)
    raise DataError(
        f"{text!r} can be read in more than one way; set date_order to "
        + ('"dmy" or "mdy"' if len(last) == 4 else '"ymd", "dmy" or "mdy"')
    )


def _timed(text: str, when: date, rest: str) -> datetime:
    found = TIME.fullmatch(rest)
    if found is None:
        raise _unreadable(text)
    hour = int(found["hour"])
    half = (found["after"] or found["before"] or "").casefold().replace(".", "")
    if half in ("pm", "下午", "晚上", "中午") and hour < 12 and not (half == "中午" and hour == 11):
        hour += 12
    elif half in ("am", "上午") and hour == 12:
        hour = 0
    part = (found["part"] or "0")[:6].ljust(6, "0")
    try:
        return datetime(
            when.year,
            when.month,
            when.day,
            hour,
            int(found["minute"]),
            int(found["second"] or 0),
            int(part),
            tzinfo=_zone(found["zone"]),
        )
    except ValueError:
        raise _unreadable(text) from None


def _zone(text: str | None) -> tzinfo | None:
    if not text:
        return None
    if text in ("Z", "UTC", "GMT"):
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:] if len(text) > 3 else 0)
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


def _month(text: str, name: str) -> int:
    try:
        return MONTHS.index(name[:3].casefold()) + 1
    except ValueError:
        raise _unreadable(text) from None


def _date(text: str, year: int, month: int, of_month: int) -> date:
    try:
        return date(year, month, of_month)
    except ValueError:
        raise _unreadable(text) from None


def _century(year: int) -> int:
    return year + (1900 if year >= PIVOT else 2000)


def _unreadable(text: str) -> DataError:
    return DataError(f"{text[:80]!r} is no date or time that can be read; write it like 2025-04-03 09:30")
