"""Phone numbers as E.164. The commonest spellings take a fast path; a library reads the rest."""

from __future__ import annotations

import re
from functools import lru_cache

from hub.core.normalize.placeholders import is_dummy_digits
from hub.core.normalize.text import half_width

__all__ = ["phone", "phones_in"]

_EXTENSION = re.compile(
    r"\s*(?:,|;|x|ext\.?|extension|#|转|轉|分机|分機|內線|内线)\s*[:.]?\s*\d{1,6}\s*$", re.IGNORECASE
)
_CN_MOBILE = re.compile(r"(?:(?:\+|00)?86)?(1[3-9]\d{9})", re.ASCII)
_CN_GROUPS = re.compile(r"1[3-9]\d[ -]\d{4}[ -]\d{4}")
_US = re.compile(r"(?:(?:\+|00|011)?1)?([2-9]\d{2}[2-9]\d{6})", re.ASCII)
# what the library itself would say of them: it looks at the length alone where the country is given
_WHOLE = re.compile(r"\+(1(?=[2-9]\d{9}$)|86(?=(?:10|[2-9]\d)\d{8,9}$))(\d+)", re.ASCII)
_PLAIN = re.compile(r" *\+[\d .-]*(?:\(\d{2,}\))?[\d .-]*", re.ASCII)
_FILLERS = str.maketrans("", "", " -().\u00a0\t\u2013\u2014\u2010\u2011/")
_SEPARATOR = re.compile(r"[;；,，、|\n]+|\s+(?:or|and)\s+|或|\s/\s|(?<=\d{7})/(?=[+\d(]{7})")
_LABEL = re.compile(r"^[^\d+(]+")
_DIGIT = re.compile(r"\d")
_TRUNK_ZERO = re.compile(r"\(0\)")


def phone(raw: str, region: str = "US") -> str:
    """E.164, without extension; nothing for what is no full number, or a placeholder."""
    text = raw if raw.isascii() else _DIGIT.sub(lambda digit: str(int(digit[0])), half_width(raw))
    digits = text.replace(" ", "").replace("-", "")  # the fillers of most
    if not digits.removeprefix("+").isdecimal():
        digits = text.translate(_FILLERS)
        if not digits.removeprefix("+").isdecimal():
            text = _EXTENSION.sub("", _LABEL.sub("", text))
            digits = text.translate(_FILLERS)
    if region == "CN" or digits.startswith(("+86", "0086", "86")):
        if mobile := _CN_MOBILE.fullmatch(digits):
            return _international("+86", mobile[1])
    elif region == "US" and (number := _US.fullmatch(digits)):
        if _looks_chinese(text, digits):
            return _international("+86", digits)
        return _international("+1", number[1])
    if (whole := _WHOLE.fullmatch(digits)) and (digits == text or _PLAIN.fullmatch(text)):
        return _international("+" + whole[1], whole[2])
    return _by_library(text, region)


def phones_in(raw: str, region: str = "US") -> tuple[str, ...]:
    """Every number in a text that may hold several, sorted."""
    if len(raw) <= 16 and raw.isascii():
        one = phone(raw, region)
        return (one,) if one else ()
    text = half_width(raw)
    return tuple(sorted({found for part in _SEPARATOR.split(text) if (found := phone(part, region))}))


def _international(code: str, number: str) -> str:
    return "" if is_dummy_digits(number) else code + number


def _looks_chinese(text: str, digits: str) -> bool:
    """Whether eleven digits from 1 are rather a Chinese mobile than an American number with its 1."""
    if len(digits) != 11 or not _CN_MOBILE.fullmatch(digits):
        return False
    return _CN_GROUPS.fullmatch(text.strip()) is not None or (text == digits and not _is_valid("+" + digits))


@lru_cache(maxsize=1 << 14)
def _is_valid(number: str) -> bool:
    import phonenumbers

    return phonenumbers.is_valid_number(phonenumbers.parse(number))


@lru_cache(maxsize=1 << 14)
def _by_library(text: str, region: str) -> str:
    bare = _TRUNK_ZERO.sub("", text) if text.lstrip().startswith(("+", "00")) else text
    digits = bare.translate(_FILLERS)
    if sum(character.isdecimal() for character in digits) < 7 or is_dummy_digits(digits.lstrip("+")):
        return ""
    if digits.startswith("00") and (found := _parsed("+" + digits[2:], None)):
        return found
    if found := _parsed(bare, region):
        return found
    if mobile := _CN_MOBILE.fullmatch(digits):
        return _international("+86", mobile[1])
    return _parsed("+" + digits, None) if digits.isdecimal() and digits[0] != "0" else ""


def _parsed(number: str, region: str | None) -> str:
    """What the library makes of it, unless it lacks its area code."""
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return ""
    whole = region is not None and number.lstrip(" (").startswith(("+", "0"))
    complete = whole and (
        phonenumbers.is_possible_number_with_reason(parsed) == phonenumbers.ValidationResult.IS_POSSIBLE
    )
    if not complete and not phonenumbers.is_valid_number(parsed):
        return ""
    if is_dummy_digits(str(parsed.national_number)):
        return ""
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
