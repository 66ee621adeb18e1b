"""Leaves the generic values of records out, as if they were missing: they are evidence neither for nor against.

A value is generic when its blocking key is, so that evidence and candidates read the same count.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Final

from hub.core.keys import address_key, key, keys_of_columns, number
from hub.core.model import SourceRecord

if TYPE_CHECKING:
    from hub.core.columns import Column, Hashed
    from hub.core.keys import Keys, Numbers

__all__ = ["evidence_keys", "live", "live_columns", "reference_key", "value_keys"]

_LISTS: Final = {"emails": number("email"), "phones": number("phone"), "handles": number("handle")}
_TEXTS: Final = {"national_id": number("national id"), "tax_id": number("tax id"), "ref": number("reference")}
_CUSTOM, _ORGANIZATION = number("custom"), number("organization")
_PLACE: Final = ("house", "street", "city", "postal_code")


def evidence_keys(record: SourceRecord) -> list[int]:
    """The keys of a record's values that count as missing when their key is generic."""
    return [*value_keys(record), reference_key(record.ref)] if record.ref else value_keys(record)


def value_keys(record: SourceRecord) -> list[int]:
    """The same without the id its source vouches for, which is compared with nothing but its like."""
    keys = [key(kind, value) for field, kind in _LISTS.items() for value in getattr(record, field)]
    if record.national_id:
        keys.append(key(_TEXTS["national_id"], record.national_id))
    if record.tax_id:
        keys.append(key(_TEXTS["tax_id"], record.tax_id))
    keys += [key(_CUSTOM, "\x1f".join(pair)) for pair in record.custom]
    if record.organization and not record.has_name:
        keys.append(key(_ORGANIZATION, record.organization))
    address = address_key(record.street, record.house, record.postal_code, record.city)
    return [*keys, address] if address else keys


def reference_key(ref: str) -> int:
    """The key of an id that a source vouches for."""
    return key(_TEXTS["ref"], ref)


def live(record: SourceRecord, generic: Collection[int]) -> SourceRecord:
    """The record without what it shares with too many; ``generic`` are keys, of it or of others."""
    if not generic:
        return record
    fresh: dict[str, object] = {}
    for field, kind in _LISTS.items():
        values: tuple[str, ...] = getattr(record, field)
        fresh[field] = tuple([value for value in values if key(kind, value) not in generic])
    fresh |= {field: "" for field, kind in _TEXTS.items() if key(kind, getattr(record, field)) in generic}
    fresh["custom"] = tuple(
        [pair for pair in record.custom if key(_CUSTOM, "\x1f".join(pair)) not in generic]
    )
    if not record.has_name and key(_ORGANIZATION, record.organization) in generic:
        fresh["organization"] = ""
    if address_key(record.street, record.house, record.postal_code, record.city) in generic:
        fresh |= dict.fromkeys(_PLACE, "")
    return record._replace(**fresh)  # pyright: ignore[reportArgumentType]


def live_columns(values: Hashed, generic: Keys) -> Hashed:
    """``live`` for many records (``core.columns``)."""
    import polars as pl

    from hub.core.columns import NAMED

    if not len(generic):
        return values
    full = pl.Series(generic).implode()

    def is_generic(kind: int, *parts: Numbers) -> Column:
        return pl.Series(keys_of_columns(kind, *parts)).is_in(full).to_numpy()

    crowded = {
        field: is_generic(kind, values.several(field)[1])
        for field, kind in {**_LISTS, "custom": _CUSTOM}.items()
    }
    blank = {field: is_generic(kind, values.text(field)) for field, kind in _TEXTS.items()}
    nobody = values.records.select(~NAMED).to_series().to_numpy()
    blank["organization"] = is_generic(_ORGANIZATION, values.text("organization")) & nobody
    blank |= dict.fromkeys(_PLACE, is_generic(number("address"), *values.address()))
    return values.without(_somewhere(blank), _somewhere(crowded))


def _somewhere(told: Mapping[str, Column]) -> dict[str, Column]:
    return {field: where for field, where in told.items() if where.any()}
