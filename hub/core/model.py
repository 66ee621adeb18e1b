"""The nouns the core's stages hand to each other; every one is a value, none knows where it is stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from itertools import compress
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from pydantic_core import from_json, to_json

if TYPE_CHECKING:
    import polars as pl

__all__ = [
    "AttributionModel",
    "Candidate",
    "Judgement",
    "Profile",
    "ProfileValue",
    "SourceRecord",
    "SurvivorshipRule",
    "Verdict",
    "key_of_public_id",
    "keys_under",
    "public_id",
    "record_key",
]

Verdict = Literal["same", "apart"]

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no letter looks like another


_PAIRS = [one + other for one in ALPHABET for other in ALPHABET]


def record_key(*parts: str) -> int:
    """The intrinsic key of a record: 63 bits of a hash over what names it, never an arrival number.

    Everything that must not depend on arrival order (tie-breaks, argument order, cluster labels,
    public ids) hangs on this key. Two of a million keys collide with a chance below 1e-7.
    """
    digest = blake2b("\x1f".join(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def keys_under(*parts: str) -> Callable[[str], int]:
    """``record_key`` for many records that share all parts but the last."""
    shared = blake2b("".join(f"{part}\x1f" for part in parts).encode(), digest_size=8)

    def key(last: str) -> int:
        whole = shared.copy()
        whole.update(last.encode())
        return int.from_bytes(whole.digest(), "big") >> 1

    return key


def public_id(key: int) -> str:
    """The permanent id a record mints, as customers show it: ``C`` and 13 characters."""
    two = _PAIRS
    high = f"C{ALPHABET[key >> 60]}{two[key >> 50 & 1023]}{two[key >> 40 & 1023]}"
    return f"{high}{two[key >> 30 & 1023]}{two[key >> 20 & 1023]}{two[key >> 10 & 1023]}{two[key & 1023]}"


def key_of_public_id(shown: str) -> int | None:
    """The record key inside a customer id, or ``None`` for text that is none."""
    text = shown.strip().lower()
    if len(text) != 14 or text[0] != "c" or any(letter not in ALPHABET for letter in text[1:]):
        return None
    key = 0
    for letter in text[1:]:
        key = key << 5 | ALPHABET.index(letter)
    return key if key < 1 << 63 else None


class SourceRecord(NamedTuple):
    """A customer as one record knows it, normalized: what keys and weights are computed from.

    Empty means unknown, and unknown never counts as agreement or disagreement. Tuples are sorted
    and without repeats, so equal content is equal.
    """

    key: int
    given: str = ""
    """Folded Latin, lower case; pinyin without tones for a Chinese name."""
    family: str = ""
    middle: str = ""
    han: str = ""
    """The name in simplified Chinese characters, family name first; empty when written in Latin."""
    organization: str = ""
    """Folded, without its legal form."""
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    """E.164."""
    handles: tuple[str, ...] = ()
    birth_date: str = ""
    """YYYYMMDD."""
    national_id: str = ""
    tax_id: str = ""
    house: str = ""
    """House number or what stands for it."""
    street: str = ""
    """Street words, folded and expanded, without the house number."""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""
    """ISO 3166 alpha-2, lower case, where it could be told."""
    ref: str = ""
    """The id its source vouches for, as ``connector/stream/id``; equal refs are the same customer."""
    custom: tuple[tuple[str, str], ...] = ()
    """Values of custom fields that a configured comparison reads, as (field, value)."""

    @property
    def has_name(self) -> bool:
        """Whether a personal name is known."""
        return bool(self.given or self.family)

    @property
    def names_organization(self) -> bool:
        """Whether an organization is named, and nobody who works there."""
        return bool(self.organization and not (self.given or self.family))

    def dump(self) -> str:
        """What is known, as JSON of one form: equal content is equal text. The key stays outside."""
        values = self[1:]
        return to_json(dict(compress(zip(_CONTENT, values), values))).decode()  # noqa: B905 (an eighth of it)

    @classmethod
    def load(cls, key: int, text: str) -> SourceRecord:
        """The record ``dump`` wrote."""
        known: dict[str, Any] = from_json(text, cache_strings="keys")
        for name in _TUPLES:
            if name in known:
                known[name] = tuple(known[name])
        if "custom" in known:
            known["custom"] = tuple((name, value) for name, value in known["custom"])
        return cls._make((key, *(_UNKNOWN | known).values()))  # half the time that keywords take


_CONTENT = SourceRecord._fields[1:]
_TUPLES = ("emails", "phones", "handles")
_UNKNOWN = dict(zip(_CONTENT, SourceRecord(0)[1:], strict=True))


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a person decided about records, by their intrinsic keys.

    ``same``: the records of side 0 and those of side 1 are one customer. ``apart``: a split group; no two keys
    on different sides ever share a cluster. ``at`` decides between contradicting ones (newest first).
    """

    id: int
    verdict: Verdict
    sides: tuple[tuple[int, int], ...]
    """(record key, side)"""
    author: str = ""
    reason: str = ""
    at: int = 0
    """Microseconds since 1970, UTC."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One value one source record offers for a profile field, with what survivorship rules weigh."""

    value: Any
    key: int
    """The intrinsic key of the source record that offers it."""
    connector: str
    stream: str
    source_id: str
    modified_at: int
    """Microseconds since 1970, UTC: when the source last changed it, else when it first landed."""
    priority: int = 0
    """Place of the connector in the configured order of trust; lower is more trusted."""


SurvivorshipRule = Callable[[list[Candidate]], list[Candidate]]
"""Orders candidates, best first; the first one is shown, the others stay visible with their origin."""


class ProfileValue(NamedTuple):
    """A value on a profile and its provenance: the rule that chose it and the record it came from."""

    value: Any
    rule: str
    connector: str
    stream: str
    source_id: str
    others: tuple[Any, ...] = ()
    """The losing values with their origin, as (value, connector, stream, source id)."""


class Profile(NamedTuple):
    """One customer: the surviving value of every field, each leading back to its raw record."""

    customer_id: str
    kind: Literal["person", "organization"]
    fields: Mapping[str, ProfileValue] = MappingProxyType({})
    members: tuple[int, ...] = ()


AttributionModel: TypeAlias = "Callable[[pl.DataFrame], pl.Series]"
"""Shares of credit for the rows of a journeys frame (see ``core.journeys``), summing to 1 a conversion."""
