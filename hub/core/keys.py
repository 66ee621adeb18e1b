"""Blocking keys as numbers: the table of their kinds, and the hash that turns values into keys.

Shared by the stages that make keys (block) and that ask whether a value's key is generic (match).
The numbers are stored, so the table's order and the hash are part of every database. Each is made for
one value and for a column of values; the two give the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

    Numbers = np.ndarray[tuple[int], np.dtype[np.uint64]]
    Keys = np.ndarray[tuple[int], np.dtype[np.int64]]
    Rows = np.ndarray[tuple[int], np.dtype[np.uint32]]
    """Places in a frame of source records."""

Part = str | int

__all__ = [
    "AS_SHIPPED",
    "KINDS",
    "LAYOUT",
    "Kind",
    "Limits",
    "Part",
    "address_key",
    "key",
    "keys_of_columns",
    "kind_of",
    "letters",
    "letters_of",
    "mixed",
    "number",
    "numbers_of",
    "word",
    "words",
]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of blocking key: what it is made of, and from how many holders on it says nothing, unless told otherwise."""

    name: str
    made_of: str
    limit: int
    evidence: bool = False
    """Whether comparisons read the same key, so that a generic value is also no evidence."""


KINDS: Final = (
    Kind("email", "an e-mail address", 200, evidence=True),
    Kind("phone", "a phone number", 200, evidence=True),
    Kind("handle", "a handle on a network", 200, evidence=True),
    Kind("national id", "a national id", 200, evidence=True),
    Kind("tax id", "a tax id", 200, evidence=True),
    Kind("reference", "the id its source vouches for", 1_000_000, evidence=True),
    Kind("address", "street and postal code, or street, house and city", 100, evidence=True),
    Kind("organization", "an organization's name", 100, evidence=True),
    Kind("custom", "a configured field of the company's own", 200, evidence=True),
    Kind("national id, partly", "half a national id, and the birth year or the initial", 30),
    Kind("birth date", "birth date, alone or with a name", 30),
    Kind("name", "all letters of the name in any order, or of the mailbox that spells it", 15),
    Kind("name, partly", "the sound of the name, or one name and the start of the other", 6),
    Kind("name and place", "one name and the city or postal code", 20),
    Kind("house", "house number and postal code", 40),
    Kind("name and number", "family name, and the organization or the end of the phone number", 40),
    Kind("echo", "all that is known, to the letter", 1_000_000_000),
)
"""The place in this table is the low five bits of a key; it is part of every stored key."""
LAYOUT: Final = 5
"""Counts the changes of what keys are made of, normalized values among them, and of who holds them: stored ones of another layout are made anew."""

_NUMBERS: Final = {kind.name: place for place, kind in enumerate(KINDS)}
_MASK: Final = 0x7FFF_FFFF_FFFF_FFE0
_WHOLE: Final = 0xFFFF_FFFF_FFFF_FFFF
# odd numbers without a pattern: one for each place of a part, two for the words of a text
_FIRST: Final = 0x9E37_79B9_7F4A_7C15
_SECOND: Final = 0xC2B2_AE3D_27D4_EB4F
_THIRD: Final = 0x1656_67B1_9E37_79F9
_SIZE: Final = 0xD6E8_FEB8_6659_FD93
_EIGHT: Final = 0xFF51_AFD7_ED55_8CCD


_KIND: Final = 31
"""The bits of a key that tell its kind."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many records may hold a key before it is generic, by the place of its kind in the table."""

    by_kind: tuple[int, ...] = tuple([kind.limit for kind in KINDS])

    @classmethod
    def but(cls, chosen: Mapping[str, int]) -> Limits:
        """The limits of the table, but for the kinds named."""
        return cls(tuple([chosen.get(kind.name, kind.limit) for kind in KINDS]))

    def of(self, key: int) -> int:
        """The limit of a key's kind."""
        return self.by_kind[key & _KIND]


AS_SHIPPED: Final = Limits()


def number(name: str) -> int:
    """The place of a kind in the table."""
    return _NUMBERS[name]


def kind_of(key: int) -> Kind:
    """The kind of a blocking key."""
    return KINDS[key & _KIND]


def numbers_of(keys: Keys) -> Keys:
    """The places of the kinds of many keys."""
    return keys & _KIND


def key(kind: int, first: Part, second: Part = "", third: Part = "") -> int:
    """A positive 63-bit key: up to three parts, each known by its place, and the kind in the low bits.

    A number is the hash of a part already.
    """
    mixed = _FIRST * (first if isinstance(first, int) else word(first))
    if second:
        mixed += _SECOND * (second if isinstance(second, int) else word(second))
    if third:
        mixed += _THIRD * (third if isinstance(third, int) else word(third))
    return mixed & _MASK | kind


def keys_of_columns(kind: int, *parts: Numbers) -> Keys:
    """``key`` for every row of up to three parts, each as ``words`` hashed it."""
    import numpy as np

    return (mixed(*parts) & np.uint64(_MASK) | np.uint64(kind)).view(np.int64)


def mixed(first: Numbers, *others: Numbers) -> Numbers:
    """One hash for every row of up to three parts, each known by its place; an empty one adds nothing."""
    import numpy as np

    whole = first * np.uint64(_FIRST)
    for place, part in zip((_SECOND, _THIRD), others, strict=False):
        whole += part * np.uint64(place)
    return whole


def address_key(street: str, house: str, postal_code: str, city: str) -> int:
    """The key of an address as evidence, or 0 where too little of it is known."""
    if street and postal_code:
        return key(_NUMBERS["address"], street, postal_code)
    if street and city:
        return key(_NUMBERS["address"], street, house, city)
    return 0


@lru_cache(1 << 17)
def word(text: str) -> int:
    """A hash of a text: its length, then eight bytes at a time, so that ``words`` can do the same."""
    data = text.encode()
    mixed = len(data) * _SIZE & _WHOLE
    for eight in memoryview(data.ljust(len(data) + 7 & ~7, b"\0")).cast("Q"):
        mixed = (mixed ^ eight) * _EIGHT & _WHOLE
        mixed ^= mixed >> 29
    mixed = mixed * _SIZE & _WHOLE
    return mixed ^ mixed >> 32


def words(texts: pl.Series) -> Numbers:
    """The hashes of a column of texts without nulls; 0 where one is empty."""
    import numpy as np

    every = texts.str.len_bytes().to_numpy()
    told = np.flatnonzero(every)
    sizes = every[told].astype(np.uint64)
    data = _joined(texts) + bytes(8)
    starts = np.cumsum(sizes, dtype=np.uint64) - sizes
    eights = np.ndarray((len(data) - 7,), "<u8", data, strides=(1,))  # the eight bytes from each byte on
    kept = np.array([(1 << 8 * count) - 1 for count in range(9)], np.uint64)
    mixed = sizes * np.uint64(_SIZE)
    rows, at = np.arange(len(sizes)), 0
    while len(rows):
        left = sizes[rows] - np.uint64(at)
        eight = eights[starts[rows] + np.uint64(at)] & kept[np.minimum(left, 8)]
        stirred = (mixed[rows] ^ eight) * np.uint64(_EIGHT)
        mixed[rows] = stirred ^ stirred >> np.uint64(29)
        rows, at = rows[left > 8], at + 8
    mixed *= np.uint64(_SIZE)
    hashes = np.zeros(len(every), np.uint64)
    hashes[told] = mixed ^ mixed >> np.uint64(32)
    return hashes


_LETTER: Final = tuple(
    word(f"letter {code}") if code >= 128 or chr(code).isalpha() else 0 for code in range(256)
)
"""What each byte adds to the hash of letters: nothing, where it is no part of a letter."""


@lru_cache(1 << 17)
def letters(text: str) -> tuple[int, int]:
    """A hash of the letters of a text in any order, and their size in bytes; ``letters_of`` does the same."""
    added = [adds for byte in text.encode() if (adds := _LETTER[byte])]
    return sum(added) & _WHOLE, len(added)


def letters_of(texts: pl.Series, least: int = 1) -> Numbers:
    """The hashes of the letters of a column of texts without nulls; 0 where they are fewer bytes than ``least``."""
    import numpy as np

    sizes = texts.str.len_bytes().to_numpy().astype(np.int64)
    ends = np.cumsum(sizes)
    adds = np.array(_LETTER, np.uint64)[np.frombuffer(_joined(texts), np.uint8)]

    def within(some: np.ndarray[Any, Any]) -> Numbers:
        # running sums wrap around alike at both ends
        until = np.r_[np.uint64(0), np.cumsum(some, dtype=np.uint64)]
        return until[ends] - until[ends - sizes]

    return within(adds) * (within(adds > 0) >= least)


def _joined(texts: pl.Series) -> bytes:
    import polars as pl

    return texts.str.join("").cast(pl.Binary).item() if len(texts) else b""
