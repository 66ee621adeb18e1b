"""Postal addresses: house number apart from street, city, region and country each in one spelling."""

from __future__ import annotations

import re
from functools import lru_cache
from string import ascii_lowercase, ascii_uppercase
from typing import NamedTuple

from hub.core.normalize.chinese import simplified
from hub.core.normalize.placeholders import is_placeholder
from hub.core.normalize.places import city as city_name
from hub.core.normalize.places import country as country_code
from hub.core.normalize.places import region as region_name
from hub.core.normalize.text import alnum, fold, half_width, is_cjk

__all__ = ["Address", "address", "postal_code"]


class Address(NamedTuple):
    """One postal address in comparable parts; units inside a house are left out."""

    house: str = ""
    street: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""


_STREET_WORDS = {
    short: long
    for long, shorts in {
        "street": "st str strt", "road": "rd", "avenue": "av ave aven avn", "drive": "dr drv", "lane": "ln",
        "court": "ct crt", "place": "pl plc", "crescent": "cres cr crs", "circuit": "cct cir circ", "circle": "crcl",
        "terrace": "ter tce terr", "boulevard": "blvd bvd boul", "highway": "hwy hwe", "parade": "pde prde",
        "parkway": "pkwy pky", "square": "sq", "close": "cl", "grove": "gr gve grv", "gardens": "gdns gdn",
        "heights": "hts", "expressway": "expy", "freeway": "fwy", "trail": "trl", "turnpike": "tpke", "alley": "aly",
        "esplanade": "esp", "mount": "mt", "building": "bldg", "platz": "pl.", "strasse": "strasze",
    }.items()
    for short in shorts.split()
}  # fmt: skip
_ORDINALS = {
    word: f"{place}{'st' if place == 1 else 'nd' if place == 2 else 'rd' if place == 3 else 'th'}"
    for place, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(), start=1
    )
}
_BESIDE = frozenset("between btwn near opposite opp behind".split())
"""What begins a note on how to find the house."""
_DIRECTIONS = {"n": "north", "s": "south", "e": "east", "w": "west"}
_NUMBER = r"\d+[a-z]?(?:-\d+[a-z]?)?"
_UNITS = frozenset(
    "unit apt apartment flat suite ste level lvl floor fl room rm shop lot villa block blk".split()
)
_UNIT = re.compile(
    rf"\b(?:{'|'.join(sorted(_UNITS))})\b\.?\s*#?\s*(?:\d+[a-z]?|[a-z])\b[,\s/]*|#\s*\w+[,\s]*"
)
_PLAIN_HOUSE = re.compile(r"[0-9]+[A-Za-z]?")
_PLAIN_ROAD = re.compile(r"[a-z]+(?: [a-z]+)*")
_LEADING = re.compile(rf"(?:no\.?\s*)?(?:{_NUMBER}\s*/\s*)?({_NUMBER})(?:[\s,]+|$)(.*)", re.DOTALL)
_TRAILING = re.compile(rf"(.*?[^\d\s,])[\s,]+({_NUMBER})$", re.DOTALL)
_NUMBERED_ROADS = frozenset("highway hwy route rte rt county interstate box".split())
_PO_BOX = re.compile(r"\b(?:p\.?\s?o\.?|post(?:al)?(?:\s+office)?)\s*box\s*(\w+)")
_WORD = re.compile(r"[^\W_]+")

_CN_PARTS = re.compile(
    "(?:中国)?(?P<region>[^省市区县路街号]{2,8}?(?:省|自治区|特别行政区))?"
    "(?P<city>(?:北京|上海|天津|重庆)(?=[^市路街号]{1,4}区)|[^市区县路街号]{2,7}?(?:市|自治州|地区|盟))?"
    "(?:[^区县市路街号]{1,6}?(?:(?<![小社园校景厂])区|县|旗|市))?"
    "(?:[^路街号镇乡]{1,6}?(?:街道|镇|乡))?"
    r"(?P<street>[^\d]*)(?:(?P<house>(?:\d+弄)?\d+(?:[-之]\d+)?[a-z]?)号(?!楼))?(?P<unit>.*)"
)
_CN_ASIDE = re.compile(r"[\s,.;、。()（）]+")
_DIGITS = re.compile(r"\d+[a-z]?")
_UPPER = str.maketrans(ascii_lowercase, ascii_uppercase)
_ZIP4 = re.compile(r"(\d{5})-\d{4}")


def address(
    street: str = "",
    street_2: str = "",
    city: str = "",
    region: str = "",
    postal_code: str = "",
    country: str = "",
) -> Address:
    """All parts normalized; the second line speaks where the first names no street."""
    house, road, found_city, found_region = (
        _lines(street, street_2) if street or street_2 else ("", "", "", "")
    )
    return Address(
        house,
        road,
        city_name(city) if city else found_city,
        region_name(region) if region else found_region,
        _postal_code(postal_code) if postal_code else "",
        country_code(country) if country else "",
    )


def postal_code(raw: str) -> str:
    """Letters and digits alone, upper case; a ZIP+4 as its ZIP."""
    if raw.isascii() and raw.isalnum():
        return "" if _is_dummy_code(raw) else raw.upper()
    text = half_width(raw).strip()
    if match := _ZIP4.fullmatch(text):
        text = match[1]
    found = alnum(text).translate(_UPPER)
    return "" if _is_dummy_code(found) else found


def _is_dummy_code(code: str) -> bool:
    if code.isdecimal():
        return (
            code in ("123456", "12345678") or not code.strip("0") or (len(code) > 3 and not code.strip("9"))
        )
    return is_placeholder(code, "postal_code")


_postal_code = postal_code


def _lines(first: str, second: str) -> tuple[str, str, str, str]:
    house, road, city, region = _line(first)
    if second and not road:
        other_house, road, other_city, other_region = _line(second)
        house, city, region = house or other_house, city or other_city, region or other_region
    return house, road, city, region


def _line(text: str) -> tuple[str, str, str, str]:
    """(house, street, city, region) of one line."""
    house, _, road = text.partition(" ")
    if _PLAIN_HOUSE.fullmatch(house) and (plain := _plain_street(road)):
        return house.lower(), plain, "", ""  # as most are written; what follows would come to the same
    if not text or (not text[0].isdigit() and is_placeholder(text, "street")):
        return "", "", "", ""
    if is_cjk(text):
        return _chinese(text)
    house, road = _western(fold(half_width(text)).strip())
    return house, road, "", ""


def _western(text: str) -> tuple[str, str]:
    if box := _PO_BOX.search(text):
        return box[1], "po box"
    bare = _UNIT.sub(" ", text).strip(" ,/") if not text[:1].isdigit() or not text.isalnum() else text
    match = _LEADING.fullmatch(bare)
    if match and match[2]:
        return match[1], _street(match[2])
    if match:
        return match[1] if match[1].strip("0") else "", ""
    match = _TRAILING.fullmatch(bare)
    if match and not _NUMBERED_ROADS.intersection(_WORD.findall(match[1])[-1:]):
        return match[2], _street(match[1])
    return "", _street(bare)


@lru_cache(maxsize=1 << 14)
def _plain_street(raw: str) -> str:
    """The street, where there are words that name nothing else."""
    text = raw.lower()
    plain = _PLAIN_ROAD.fullmatch(text) and "box" not in text and _UNITS.isdisjoint(text.split())
    return _street(text) if plain else ""


@lru_cache(maxsize=1 << 14)
def _street(text: str) -> str:
    found = _WORD.findall(text.replace("'", ""))
    beside = next((place for place, word in enumerate(found) if place and word in _BESIDE), None)
    found = found[:beside]
    last = len(found) - 1
    for place, word in enumerate(found):
        if place == 0 and last > 0 and word == "st":
            found[place] = "saint"
        elif place and word in _STREET_WORDS:
            found[place] = _STREET_WORDS[word]
        elif place < last and word in _ORDINALS:
            found[place] = _ORDINALS[word]
        elif place in (0, last) and last > 0 and word in _DIRECTIONS:
            found[place] = _DIRECTIONS[word]
        elif len(word) > 5 and word.endswith("str"):
            found[place] = word + "asse"
    return " ".join(found)


def _chinese(text: str) -> tuple[str, str, str, str]:
    tight = _CN_ASIDE.sub("", simplified(fold(half_width(text))))
    match = _CN_PARTS.fullmatch(tight)
    parts = (
        match.groupdict("") if match else {"street": tight, "house": "", "unit": "", "region": "", "city": ""}
    )
    house = "-".join(_DIGITS.findall(parts["house"] or parts["unit"]))
    city, region = parts["city"], parts["region"]
    return house, parts["street"], city_name(city) if city else "", region_name(region) if region else ""
