"""Records that say the very same: one of them, the voice, speaks for all, and the others are its echoes.

A thousand re-sends of one customer would else make the customer's own values generic. An echo holds no blocking
keys but its own id's; it is bound to its voice, the record of the smallest intrinsic key, by an edge that is
certain. Records that a judgement names speak for themselves, so that two identical ones can be kept apart; so do
those of which not enough is known to tell one customer from another.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Final

from hub.core.keys import KINDS, key, keys_of_columns, kind_of, number, numbers_of, word
from hub.core.model import SourceRecord

if TYPE_CHECKING:
    from hub.core.columns import Hashed
    from hub.core.keys import Keys, Rows

__all__ = [
    "echo_key",
    "echo_keys",
    "is_echo_key",
    "is_kept_by_echoes",
    "kept_by_echoes",
    "voices",
    "without_echoes",
]

ECHO: Final = number("echo")
REFERENCE: Final = number("reference")
TEXTS: Final = (
    "given", "family", "middle", "han", "organization", "birth_date", "national_id", "tax_id", "house", "street",
    "city", "region", "postal_code", "country",
)  # fmt: skip
"""All a record says, but whose id it carries."""
LISTS: Final = ("emails", "phones", "handles", "custom")
_PLACES: Final = {field: word(f"echo of {field}") | 1 for field in (*TEXTS, *LISTS)}
_WHOLE: Final = 0xFFFF_FFFF_FFFF_FFFF


def echo_key(record: SourceRecord) -> int:
    """The key that records saying the very same share; 0 where one says too little to be anybody."""
    reached = record.emails or record.phones or record.handles or record.custom
    if not (reached or record.national_id or record.tax_id or record.birth_date):
        named = record.given or record.family
        placed = record.street or record.postal_code or record.city
        if not ((named and record.organization) or ((named or record.organization) and placed)):
            return 0
    mixed = 0
    for field in TEXTS:
        if text := getattr(record, field):
            mixed += _PLACES[field] * word(text)
    for field in LISTS:
        for value in getattr(record, field):
            mixed += _PLACES[field] * word("\x1f".join(value) if field == "custom" else value)
    return key(ECHO, mixed & _WHOLE)


def echo_keys(values: Hashed) -> Keys:
    """``echo_key`` of every one of many records (``core.columns``)."""
    import numpy as np
    import polars as pl

    records = values.records
    mixed = np.zeros(records.height, np.uint64)
    for field in TEXTS:
        mixed += values.text(field) * np.uint64(_PLACES[field])
    for field in LISTS:
        mixed += values.together(field) * np.uint64(_PLACES[field])
    named, employed = pl.any_horizontal(pl.col("given", "family") != ""), pl.col("organization") != ""
    placed = pl.any_horizontal(pl.col("street", "postal_code", "city") != "")
    reached = pl.any_horizontal(
        *(pl.col(field).list.len() > 0 for field in LISTS),
        pl.col("national_id", "tax_id", "birth_date") != "",
    )
    telling = (
        records.select(reached | (named & employed) | ((named | employed) & placed)).to_series().to_numpy()
    )
    keys = keys_of_columns(ECHO, mixed)
    return np.where(telling, keys, 0)


def is_echo_key(key: int) -> bool:
    """Whether a key is one of those that records saying the very same share; it makes no candidates."""
    return kind_of(key) is KINDS[ECHO]


def without_echoes(keys: Keys, rows: Rows) -> tuple[Keys, Rows]:
    """Keys and their rows without those that records saying the very same share."""
    others = numbers_of(keys) != ECHO
    return keys[others], rows[others]


def kept_by_echoes(keys: Iterable[int]) -> tuple[int, ...]:
    """Those of a record's keys that it holds even when another speaks for it."""
    return tuple([one for one in keys if kind_of(one) in (KINDS[REFERENCE], KINDS[ECHO])])


def is_kept_by_echoes(keys: Keys) -> Rows:
    """Which of many blocking keys a record holds even when another speaks for it."""
    return numbers_of(keys) == REFERENCE


def voices(records: Collection[int], private: Collection[int]) -> Mapping[int, int]:
    """Echo to voice, among records that say the very same; ``private`` ones speak for themselves."""
    voice, *echoes = sorted(set(records).difference(private)) or [0]
    return dict.fromkeys(echoes, voice)
