"""Blocking keys: what two records must share at least one of to be compared at all.

Promises: keys are a pure function of the record alone; a key shared by more records than the limit
of its kind is generic and yields no candidates; narrow and broad keys are always given side by side,
never one because the other is full.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from hub.core.keys import KINDS, Kind, address_key, key, kind_of, limit, number

if TYPE_CHECKING:
    import polars as pl

    from hub.core.model import SourceRecord

__all__ = ["KINDS", "Kind", "blocking_keys", "candidate_pairs", "kind_of", "limit"]


(
    _EMAIL, _PHONE, _HANDLE, _NATIONAL_ID, _TAX_ID, _REF, _ORGANIZATION, _CUSTOM,
    _ID_PART, _BIRTH, _NAME, _NAME_PART, _NAME_PLACE, _HOUSE, _NAME_NUMBER,
) = map(
    number,
    (
        "email", "phone", "handle", "national id", "tax id", "reference", "organization", "custom",
        "national id, partly", "birth date", "name", "name, partly", "name and place", "house",
        "name and number",
    ),
)  # fmt: skip


def blocking_keys(record: SourceRecord) -> tuple[int, ...]:
    """The keys of a record, sorted and without repeats, each a positive 63-bit integer."""
    keys = set(evidence_keys(record))
    given, family = record.given, record.family
    if record.national_id:
        keys.update(_id_parts(record))
    if record.birth_date:
        keys.update(key(_BIRTH, record.birth_date, part) for part in {"", given[:3], family[:4]})
    if given or family:
        keys.update(_name_keys(record))
        keys.update(_name_place_keys(record))
    if record.house and record.postal_code:
        keys.add(key(_HOUSE, record.house, record.postal_code))
    return tuple(sorted(keys))


def evidence_keys(record: SourceRecord) -> list[int]:
    """The keys of values that are evidence by themselves: those a comparison asks about being generic."""
    keys = [key(_EMAIL, email) for email in record.emails]
    keys += [key(_PHONE, phone) for phone in record.phones]
    keys += [key(_HANDLE, handle) for handle in record.handles]
    keys += [key(_CUSTOM, name, value) for name, value in record.custom]
    if record.national_id:
        keys.append(key(_NATIONAL_ID, record.national_id))
    if record.tax_id:
        keys.append(key(_TAX_ID, record.tax_id))
    if record.ref:
        keys.append(key(_REF, record.ref))
    address = address_key(record.street, record.house, record.postal_code, record.city)
    if address:
        keys.append(address)
    if record.organization and not (record.given or record.family):
        keys.append(key(_ORGANIZATION, record.organization))
    return keys


def candidate_pairs(keys: pl.DataFrame) -> pl.DataFrame:
    """The pairs ``(a, b)``, ``a < b``, of records that share a key which is not generic.

    ``keys`` has the columns ``key`` and ``record``, one row for each key of each record.
    """
    import polars as pl

    limits = pl.lit(pl.Series("limit", [kind.limit for kind in KINDS], dtype=pl.UInt32))
    live = (
        keys.lazy()
        .with_columns(
            held=pl.len().over("key"),
            limit=limits.gather((pl.col("key") % 16).cast(pl.UInt32)),
        )
        .filter((pl.col("held") > 1) & (pl.col("held") <= pl.col("limit")))
        .select("key", "record")
    )
    return (
        live.join(live, on="key", suffix="_b")
        .filter(pl.col("record") < pl.col("record_b"))
        .select(a="record", b="record_b")
        .unique()
        .sort("a", "b")
        .collect()
    )


def _name_keys(record: SourceRecord) -> set[int]:
    given, family = record.given, record.family
    keys = {key(_NAME, letters) for letters in _mailbox_letters(record.emails)}
    if record.han:
        keys.add(key(_NAME, record.han))
    if given and family:
        keys.add(key(_NAME, _letters(given + family)))
        keys.add(key(_NAME_PART, "sound", *sorted((_sound(given), _sound(family)))))
        keys.add(key(_NAME_PART, family, given[0]))
        keys.add(key(_NAME_PART, given, family[:2]))
    else:
        keys.add(key(_NAME_PART, given or family))
    return keys


def _name_place_keys(record: SourceRecord) -> set[int]:
    given, family = record.given, record.family
    keys: set[int] = set()
    if record.postal_code:
        keys.update(key(_NAME_PLACE, name, record.postal_code) for name in (given, family) if len(name) > 1)
    surname = family or given
    if record.city:
        keys.add(key(_NAME_PLACE, surname, record.city))
    if record.organization:
        keys.add(key(_NAME_NUMBER, surname, record.organization))
    keys.update(key(_NAME_NUMBER, surname, phone[-7:]) for phone in record.phones)
    return keys


def _id_parts(record: SourceRecord) -> set[int]:
    """A slip inside one half of an id leaves the other half as it was."""
    number, half = record.national_id, len(record.national_id) // 2
    hint = record.birth_date[:4] or record.given[:1]
    return {key(_ID_PART, "start", number[:half], hint), key(_ID_PART, "end", number[half:], hint)}


def _mailbox_letters(emails: tuple[str, ...]) -> set[str]:
    """What mailboxes spell, long enough to be a name."""
    spelt = (_letters(email.partition("@")[0]) for email in emails)
    return {letters for letters in spelt if len(letters) >= 5}


@lru_cache(1 << 16)
def _letters(text: str) -> str:
    """The letters in any order: a name equals its swapped form and the mailbox that spells it."""
    return "".join(sorted(filter(str.isalpha, text)))


_SOUNDS: Final = str.maketrans("bpfvckgqjsxzdtlmnr", "111122222222334556", "aeiouyhw-' ")


@lru_cache(1 << 16)
def _sound(name: str) -> str:
    """The first letter and the classes of the consonants after it, repeats folded (after Soundex)."""
    classes = name[1:].translate(_SOUNDS)
    folded = "".join(c for i, c in enumerate(classes) if i == 0 or c != classes[i - 1])
    return name[:1] + folded[:4]
