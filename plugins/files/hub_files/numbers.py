"""Amounts as people write them, to plain decimal text; one that can be read two ways is refused."""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import category, normalize

from hub.errors import DataError

__all__ = ["amount"]

PLAIN = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)
CODE = re.compile(
    r"^[A-Z]{1,3}(?=[\s\d.,$+-])|(?<=[\s\d.,])[A-Z]{3}$|[元圆円]$|^(?:人民币|kr\.?)|(?:kr\.?|zł)$"
)
DROP = {ord(char): None for char in "'’` \u00a0\u202f\u2009\t"}
"""Apostrophes and the spaces between groups of thousands."""


def amount(text: str, decimal: str) -> str:
    """``text`` as digits with an optional sign and point; ``decimal`` is the mark the file uses."""
    if decimal == "." and PLAIN.fullmatch(text):
        return text
    clean = normalize("NFKC", text).strip().replace("−", "-")
    negative = clean.startswith("(") and clean.endswith(")")
    if negative:
        clean = clean[1:-1]
    sign = ""
    for _ in range(2):  # the sign stands before or behind the currency: -¥5, ¥-5
        clean = CODE.sub("", "".join(char for char in clean if category(char) != "Sc").strip()).strip()
        if clean[:1] in ("-", "+") and not sign:
            sign, clean = clean[0], clean[1:]
    if clean.endswith("-") and not sign:
        sign, clean = "-", clean[:-1]
    clean = clean.translate(DROP)
    if not _shape(decimal).fullmatch(clean):
        raise DataError(f"{text[:80]!r} is no number{_hint(clean, decimal)}")
    clean = clean.replace("," if decimal == "." else ".", "").replace(",", ".")
    if "e" in clean.lower():
        clean = f"{_decimal(clean):f}"
    return f"-{clean}" if (sign == "-") != negative else clean


def _decimal(text: str) -> object:
    from decimal import Decimal

    return Decimal(text)


@lru_cache
def _shape(decimal: str) -> re.Pattern[str]:
    group, point = (",", r"\.") if decimal == "." else (r"\.", ",")
    whole = rf"(?:\d+|[1-9]\d{{0,2}}(?:{group}\d{{2,3}})*{group}\d{{3}})"
    return re.compile(rf"{whole}(?:{point}\d*)?(?:[eE][+-]?\d{{1,2}})?|{point}\d+", re.ASCII)


def _hint(clean: str, decimal: str) -> str:
    other = "," if decimal == "." else "."
    return f'; is decimal = "{other}" meant?' if _shape(other).fullmatch(clean) else ""
