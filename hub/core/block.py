"""Blocking keys: what two records must share at least one of to be compared at all.

Promises: keys are a pure function of the record alone; a key shared by more records than the limit
of its kind is generic and yields no candidates; narrow and broad keys are always given side by side,
never one because the other is full. One table of recipes says what keys are made of; it is followed
for one record and for columns of records alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from hub.core.keys import (
    AS_SHIPPED,
    KINDS,
    Kind,
    Limits,
    key,
    keys_of_columns,
    kind_of,
    letters,
    letters_of,
    number,
    numbers_of,
    words,
)

if TYPE_CHECKING:
    import polars as pl

    from hub.core.columns import Hashed
    from hub.core.keys import Keys, Numbers, Part, Rows
    from hub.core.model import SourceRecord

__all__ = ["KINDS", "Kind", "blocking_keys", "candidate_pairs", "in_order", "key_columns", "kind_of"]

RECIPES: Final = (
    # kind, then the features it is made of; one with "?" may be empty, and "=..." is a word that sets keys apart
    ("email", "emails"),
    ("phone", "phones"),
    ("handle", "handles"),
    ("custom", "custom"),
    ("national id", "national_id"),
    ("tax id", "tax_id"),
    ("reference", "ref"),
    ("address", "findable street", "code or house?", "city without code?"),
    ("organization", "organization of nobody"),
    ("national id, partly", "id start", "year or initial?", "=start"),  # a slip in one half leaves the other
    ("national id, partly", "id end", "year or initial?", "=end"),
    ("birth date", "birth_date"),
    ("birth date", "birth_date", "given start"),
    ("birth date", "birth_date", "family start"),
    ("name", "mailbox letters"),
    ("name", "han"),
    ("name", "letters"),
    ("name, partly", "sound", "other sound", "=sound"),
    ("name, partly", "family", "initial"),
    ("name, partly", "given", "family initials"),
    ("name, partly", "lone name"),
    ("name and place", "given word", "postal_code"),
    ("name and place", "family word", "postal_code"),
    ("name and place", "surname", "city"),
    ("house", "house", "postal_code"),
    ("name and number", "surname", "organization"),
    ("name and number", "surname", "last digits"),
)


class Recipe(NamedTuple):
    """One row of the table, read."""

    kind: int
    parts: tuple[str, ...]
    needed: tuple[str, ...]
    several: str
    """The part of which a record has several, if any."""


SEVERAL: Final = frozenset(("emails", "phones", "handles", "custom", "mailbox letters", "last digits"))
FIELDS: Final = frozenset(
    "given family han organization birth_date national_id tax_id ref house postal_code city".split()
)
"""Features that are a field as it is."""
LETTERS: Final = {"letters": 1, "mailbox letters": 5}
"""Features that are a hash of letters in any order, and how many there have to be: a short mailbox is no name."""


def _read(kind: str, *features: str) -> Recipe:
    parts = tuple(feature.rstrip("?") for feature in features)
    needed = tuple(feature for feature in features if not feature.endswith("?"))
    return Recipe(number(kind), parts, needed, next((part for part in parts if part in SEVERAL), ""))


_RECIPES: Final = tuple(_read(*row) for row in RECIPES)
_WORDS: Final = {part: part for recipe in _RECIPES for part in recipe.parts if part[0] == "="}


def blocking_keys(record: SourceRecord) -> tuple[int, ...]:
    """The keys of a record, sorted and without repeats, each a positive 63-bit integer."""
    texts, lists = _features(record)
    keys: set[int] = set()
    for kind, parts, needed, several in _RECIPES:
        if several:
            first = texts[parts[0]] if len(parts) > 1 else ""
            if first or len(parts) == 1:
                keys.update(
                    key(kind, first, text) if first else key(kind, text) for text in lists[several] if text
                )
        elif all(map(texts.__getitem__, needed)):
            keys.add(key(kind, *[texts[part] for part in parts]))
    return tuple(sorted(keys))


def _features(record: SourceRecord) -> tuple[Mapping[str, Part], Mapping[str, Sequence[Part]]]:
    """What recipes are made of: single parts, and those of which there may be several."""
    given, family = record.given, record.family
    number, half = record.national_id, len(record.national_id) // 2
    code, city = record.postal_code, record.city
    one, other = sorted((_sound(given), _sound(family))) if given and family else ("", "")
    texts = {
        **_WORDS,
        "given": given,
        "family": family,
        "han": record.han,
        "organization": record.organization,
        "birth_date": record.birth_date,
        "national_id": number,
        "tax_id": record.tax_id,
        "ref": record.ref,
        "house": record.house,
        "postal_code": code,
        "city": city,
        "findable street": record.street if code or city else "",
        "code or house": code or record.house,
        "city without code": "" if code else city,
        "organization of nobody": "" if given or family else record.organization,
        "id start": number[:half],
        "id end": number[half:],
        "year or initial": record.birth_date[:4] or given[:1],
        "given start": given[:3],
        "family start": family[:4],
        "letters": _spelt("letters", given + family) if given and family else 0,
        "sound": one,
        "other sound": other,
        "initial": given[:1],
        "family initials": family[:2],
        "lone name": "" if given and family else given or family,
        "given word": given if len(given) > 1 else "",
        "family word": family if len(family) > 1 else "",
        "surname": family or given,
    }
    lists = {
        "emails": record.emails,
        "phones": record.phones,
        "handles": record.handles,
        "custom": tuple(["\x1f".join(pair) for pair in record.custom]),
        "mailbox letters": [_spelt("mailbox letters", email.partition("@")[0]) for email in record.emails]
        if given or family
        else (),
        "last digits": tuple([phone[-7:] for phone in record.phones]),
    }
    return texts, lists


def key_columns(values: Hashed) -> tuple[Keys, Rows]:
    """The keys of many records (``core.columns``) and the row of each, in no order and with repeats."""
    import numpy as np

    texts, lists = _feature_columns(values)
    hashed = {name: _hashed(name, column) for name, column in texts.items()}
    hashed |= {name: values.text(name) for name in FIELDS}
    hashed |= {word: words(_alone(word)) for word in _WORDS}
    many = {name: (_hashed(name, column), rows) for name, (column, rows) in lists.items()}
    for name in SEVERAL - lists.keys():
        _, mixed, sizes, its = values.several(name)
        many[name] = (mixed, sizes), its
    found: list[Keys] = []
    rows: list[Rows] = []
    everyone = np.arange(values.records.height, dtype=np.uint32)
    for kind, parts, needed, several in _RECIPES:
        if several:
            mine, its = many[several]
            columns = [mine if part == several else _at(hashed[part], its) for part in parts]
        else:
            columns, its = [hashed[part] for part in parts], everyone
        live = np.ones(len(its), bool)
        for part, (_, sizes) in zip(parts, columns, strict=True):
            if part in needed:
                live &= sizes > 0
        at = np.flatnonzero(live).astype(np.uint32)
        found.append(keys_of_columns(kind, *[_at(column, at) for column in columns]))
        rows.append(its[at])
    return np.concatenate(found), np.concatenate(rows)


def candidate_pairs(keys: Keys, rows: Rows, limits: Limits = AS_SHIPPED) -> tuple[Rows, Rows, Keys]:
    """The pairs ``a < b`` of rows that share a live key, and the keys that are generic.

    ``keys`` and ``rows`` are ``in_order``.
    """
    import numpy as np

    starts = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]]) if len(keys) else np.zeros(0, np.int64)
    held = np.diff(np.r_[starts, len(keys)])
    most = np.array(limits.by_kind)[numbers_of(keys[starts])]
    live = (held > 1) & (held <= most)
    found: list[Keys] = []
    for count in np.unique(held[live]):
        first, second = np.triu_indices(int(count), 1)
        together = rows[starts[live & (held == count)][:, None] + np.arange(count)].astype(np.int64)
        found.append((together[:, first] << 32 | together[:, second]).ravel())
    pairs = np.sort(np.concatenate(found)) if found else np.zeros(0, np.int64)
    pairs = pairs[np.r_[True, pairs[1:] != pairs[:-1]]] if len(pairs) else pairs
    return (
        (pairs >> 32).astype(np.uint32),
        (pairs & 0xFFFF_FFFF).astype(np.uint32),
        keys[starts[held > most]],
    )


def _hashed(feature: str, column: pl.Series) -> tuple[Numbers, Numbers]:
    if feature not in LETTERS:
        return words(column)
    found, sizes = letters_of(column)
    return found, sizes * (sizes >= LETTERS[feature])


def _feature_columns(
    values: Hashed,
) -> tuple[Mapping[str, pl.Series], Mapping[str, tuple[pl.Series, Rows]]]:
    """The features of ``_features`` that are no field, as columns; of those there may be several of, with the row of each."""
    import polars as pl

    from hub.core.columns import NAMED, address_parts, mapped

    records = values.records
    given, family = pl.col("given"), pl.col("family")
    number, half = pl.col("national_id"), pl.col("national_id").str.len_chars() // 2
    nothing = pl.lit("")
    full = (given != "") & (family != "")
    texts = records.select(
        pl.when(NAMED).then(nothing).otherwise("organization").alias("organization of nobody"),
        number.str.slice(0, half).alias("id start"),
        number.str.slice(half).alias("id end"),
        pl.when(pl.col("birth_date") != "").then(pl.col("birth_date").str.slice(0, 4)).otherwise(given.str.slice(0, 1))
        .alias("year or initial"),
        given.str.slice(0, 3).alias("given start"),
        family.str.slice(0, 4).alias("family start"),
        pl.when(full).then(given + family).otherwise(nothing).alias("letters"),
        pl.when(full).then(given).otherwise(nothing).alias("sound"),
        pl.when(full).then(family).otherwise(nothing).alias("other sound"),
        given.str.slice(0, 1).alias("initial"),
        family.str.slice(0, 2).alias("family initials"),
        pl.when(full).then(nothing).when(given != "").then(given).otherwise(family).alias("lone name"),
        pl.when(given.str.len_chars() > 1).then(given).otherwise(nothing).alias("given word"),
        pl.when(family.str.len_chars() > 1).then(family).otherwise(nothing).alias("family word"),
        pl.when(family != "").then(family).otherwise(given).alias("surname"),
    )  # fmt: skip
    sounds = pl.DataFrame([mapped(texts["sound"], _sound), mapped(texts["other sound"], _sound)])
    texts = texts.with_columns(
        sounds.select(pl.min_horizontal("sound", "other sound")).to_series().alias("sound"),
        sounds.select(pl.max_horizontal("sound", "other sound")).to_series().alias("other sound"),
    )
    phones, _, _, called = values.several("phones")
    emails, _, _, written = values.several("emails")
    named = records.select(NAMED).to_series().gather(written)
    boxes = emails.filter(named).str.extract("^([^@]*)").fill_null("")
    lists = {
        "last digits": (phones.str.tail(7), called),
        "mailbox letters": (boxes, written[named.to_numpy()]),
    }
    return {column.name: column for column in (*texts, *address_parts(records))}, lists


def _at(column: tuple[Numbers, Numbers], rows: Rows) -> tuple[Numbers, Numbers]:
    """The hashes and sizes of some rows; a column of one value is the same in every row."""
    hashes, sizes = column
    if len(hashes) == 1:
        return hashes.repeat(len(rows)), sizes.repeat(len(rows))
    return hashes[rows], sizes[rows]


def _alone(word: str) -> pl.Series:
    import polars as pl

    return pl.Series([word])


def in_order(keys: Keys, rows: Rows) -> tuple[Keys, Rows]:
    """Keys and rows by key, then row, without repeats."""
    import numpy as np

    order = np.argsort(keys)
    keys, rows = keys[order], rows[order]
    # then by row within each key, as numbers that sort fast
    group = np.cumsum(np.r_[False, keys[1:] != keys[:-1]])
    both = np.sort(group << 32 | rows)
    kept = np.r_[True, both[1:] != both[:-1]] if len(both) else np.zeros(0, bool)
    return keys[kept], (both[kept] & 0xFFFF_FFFF).astype(np.uint32)


def _spelt(feature: str, text: str) -> int:
    """The letters in any order, if enough: a name equals its swapped form and the mailbox that spells it."""
    found, size = letters(text)
    return found if size >= LETTERS[feature] else 0


_SOUNDS: Final = str.maketrans("bpfvckgqjsxzdtlmnr", "111122222222334556", "aeiouyhw-' ")


@lru_cache(1 << 16)
def _sound(name: str) -> str:
    """The first letter and the classes of the consonants after it, repeats folded (after Soundex)."""
    classes = name[1:].translate(_SOUNDS)
    folded = "".join(c for i, c in enumerate(classes) if i == 0 or c != classes[i - 1])
    return name[:1] + folded[:4]
