"""Leaves the generic values of records out, as if they were missing: they are evidence neither for nor against.

A value is generic when its blocking key is, so that evidence and candidates read the same count.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from hub.core.keys import address_key, key, keys_of_columns, number
from hub.core.model import SourceRecord

if TYPE_CHECKING:
    import polars as pl

    from hub.core.columns import Hashed
    from hub.core.keys import Keys, Numbers, Rows

__all__ = ["evidence_keys", "live", "live_columns"]

_LISTS: Final = {"emails": number("email"), "phones": number("phone"), "handles": number("handle")}
_TEXTS: Final = {"national_id": number("national id"), "tax_id": number("tax id"), "ref": number("reference")}
_CUSTOM, _ORGANIZATION = number("custom"), number("organization")
_PLACE: Final = ("house", "street", "city", "postal_code")


def evidence_keys(record: SourceRecord) -> list[int]:
    """The keys of a record's values that count as missing when their key is generic."""
    keys = [key(kind, value) for field, kind in _LISTS.items() for value in getattr(record, field)]
    keys += [key(kind, value) for field, kind in _TEXTS.items() if (value := getattr(record, field))]
    keys += [key(_CUSTOM, "\x1f".join(pair)) for pair in record.custom]
    if record.organization and not record.has_name:
        keys.append(key(_ORGANIZATION, record.organization))
    address = address_key(record.street, record.house, record.postal_code, record.city)
    return [*keys, address] if address else keys


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

    records = values.records
    if not len(generic):
        return values
    full = pl.Series(generic).implode()

    def is_generic(kind: int, *parts: Numbers) -> pl.Series:
        return pl.Series(keys_of_columns(kind, *parts)).is_in(full)

    fresh: list[pl.Series] = []
    for field, kind in {**_LISTS, "custom": _CUSTOM}.items():
        told, hashes, rows = values.several(field)
        crowded = is_generic(kind, hashes)
        if crowded.any():
            fresh.append(_kept(records[field], told.filter(~crowded), rows[~crowded.to_numpy()]))
    blank = {field: is_generic(kind, values.text(field)) for field, kind in _TEXTS.items()}
    nobody = records.select(~NAMED).to_series()
    blank["organization"] = is_generic(_ORGANIZATION, values.text("organization")) & nobody
    blank |= dict.fromkeys(_PLACE, is_generic(number("address"), *values.address()))
    fresh += [records[field].set(where, "") for field, where in blank.items() if where.any()]
    return values.but(fresh)


def _kept(column: pl.Series, values: pl.Series, rows: Rows) -> pl.Series:
    """A list column with these values alone, each of a row."""
    import polars as pl

    left = pl.DataFrame({"row": rows, column.name: values})
    lists = left.group_by("row", maintain_order=True).agg(column.name)
    every = pl.DataFrame({"row": pl.int_range(len(column), dtype=pl.UInt32, eager=True)})
    whole = every.join(lists, on="row", how="left", maintain_order="left")
    return whole.select(pl.col(column.name).fill_null(pl.lit([], pl.List(pl.String)))).to_series()
