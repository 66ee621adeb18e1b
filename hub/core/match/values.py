"""How two known values of a field agree, as the label of a level; every answer is symmetric."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import OSA, JaroWinkler

__all__ = [
    "POCKET",
    "TOLD_APART",
    "address_level",
    "date_level",
    "is_landline",
    "joined_street",
    "mailboxes_alike",
    "number_level",
    "similar",
    "streets_contained",
]

_CACHED: Final = 1 << 16


def similar(x: str, y: str) -> bool:
    """Whether one word may be a misspelling of the other."""
    shorter = min(len(x), len(y))
    if shorter < 4:
        return shorter == 3 and OSA.distance(x, y) == 1
    return JaroWinkler.similarity(x, y) >= 0.88 or OSA.distance(x, y) <= 1 + (shorter >= 8)


@lru_cache(_CACHED)
def date_level(x: str, y: str) -> str:
    """The level of two dates, as YYYYMMDD."""
    if x == y:
        return "equal"
    same_year, same_month, same_day = x[:4] == y[:4], x[4:6] == y[4:6], x[6:] == y[6:]
    if same_year and x[4:6] == y[6:] and x[6:] == y[4:6]:
        return "day and month swapped"
    if OSA.distance(x, y) == 1:
        return "one slip"
    return "two parts" if same_year + same_month + same_day == 2 else "different"


@lru_cache(_CACHED)
def number_level(x: str, y: str) -> str:
    """The level of two ids: a slip is one character wrong, missing, added or transposed."""
    if x == y:
        return "equal"
    slips = OSA.distance(x, y, score_cutoff=2)
    if slips == 1:
        return "one slip"
    return "two slips" if slips == 2 and min(len(x), len(y)) >= 7 else "different"


@lru_cache(_CACHED)
def mailboxes_alike(x: str, y: str) -> bool:
    """Whether two addresses have one local part at two domains, or one slip between them."""
    (x_box, _, x_domain), (y_box, _, y_domain) = x.partition("@"), y.partition("@")
    if x_box == y_box:
        return len(x_box) >= 6
    return x_domain == y_domain and min(len(x_box), len(y_box)) >= 6 and OSA.distance(x_box, y_box) == 1


Address = tuple[str, str, str, str]
"""House, street, postal code, city."""


@lru_cache(_CACHED)
def address_level(x: Address, y: Address, towns: frozenset[str] = frozenset()) -> tuple[str, str]:
    """What two addresses both know ("address", "postal code" or "city"), and the level at which they agree there.

    Where only a postal code or a city is known on both sides, that is a comparison of its own: agreeing
    there is all that could be asked, while two full addresses that agree no further mostly differ. One
    of the known ``towns`` is no misspelling of another. Empty where nothing compares.
    """
    (house, street, code, city), (house_b, street_b, code_b, city_b) = x, y
    both_streets, both_codes, both_cities = (
        bool(street and street_b),
        bool(code and code_b),
        bool(city and city_b),
    )
    same_street = both_streets and _streets_alike(street, street_b)
    same_house = bool(house) and house == house_b
    same_code = both_codes and code == code_b
    near_code = both_codes and not same_code and OSA.distance(code, code_b) == 1
    same_city = both_cities and (
        city == city_b or (not (city in towns and city_b in towns) and similar(city, city_b))
    )
    if same_street and same_house:
        far = (both_codes or both_cities) and not (same_code or same_city)
        return "address", "house and street" if far else "door"
    if same_street:
        near = same_code or (same_city and (near_code or not both_codes))
        return "address", "street" if near else "street name"
    if same_house and (same_code or (near_code and same_city)):
        return "address", "house and postal code"
    town = "" if not same_city else "city" if city == city_b else "similar city"
    if both_streets:
        if same_code:
            return "address", "postal code"
        return "address", "nearly the postal code" if near_code and town else town or "different"
    if both_codes:
        if same_code:
            return "postal code", "equal"
        return "postal code", "nearly" if near_code and town else town or "different"
    if both_cities:
        return "city", {"": "different", "city": "equal", "similar city": "similar"}[town]
    return "", ""


_MOBILE: Final = {
    # country code to what its mobile numbers begin with, where the numbering plan tells them apart
    "+86": ("13", "14", "15", "16", "17", "18", "19"),
    "+44": ("7",),
    "+61": ("4", "5"),
    "+49": ("15", "16", "17"),
    "+33": ("6", "7"),
    "+34": ("6", "7"),
    "+39": ("3",),
    "+81": ("70", "80", "90"),
    "+82": ("10",),
    "+852": ("5", "6", "7", "9"),
    "+886": ("9",),
    "+65": ("8", "9"),
    "+91": ("6", "7", "8", "9"),
}


TOLD_APART: Final = f"^(?:{'|'.join(re.escape(code) for code in _MOBILE)})"
"""The beginning of numbers that tell a pocket from a household or an office."""
POCKET: Final = (
    "^(?:" + "|".join(f"{re.escape(code)}(?:{'|'.join(first)})" for code, first in _MOBILE.items()) + ")"
)
"""The beginning of those of pockets among them."""


@lru_cache(_CACHED)
def is_landline(phone: str) -> bool:
    """Whether a household or an office answers, not a pocket; ``False`` where the number cannot tell."""
    return re.match(TOLD_APART, phone) is not None and re.match(POCKET, phone) is None


@lru_cache(_CACHED)
def _streets_alike(x: str, y: str) -> bool:
    if x == y or streets_contained(x, y):
        return True
    return (
        JaroWinkler.similarity(x, y) >= 0.9
        or OSA.normalized_similarity(joined_street(x), joined_street(y)) >= 0.85
    )


def streets_contained(x: str, y: str) -> bool:
    """Whether all words of one street, more than one, are among the other's."""
    words, others = frozenset(x.split()), frozenset(y.split())
    return len(words) > 1 and len(others) > 1 and (words <= others or others <= words)


def joined_street(street: str) -> str:
    """The words of a street, each once, in one order and run together."""
    return "".join(sorted(set(street.split())))
