"""Blocking keys: what two records must share at least one of to be compared at all.

Promises: keys are a pure function of the record alone; a key shared by more records than the limit
of its kind is generic and yields no candidates; narrow and broad keys are always given side by side,
never one because the other is full. One table of recipes says what keys are made of; it is followed
for one record and for columns of records alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from hub.core.features import SEVERAL, feature_columns, features
from hub.core.keys import (
    AS_SHIPPED,
    KINDS,
    Kind,
    Limits,
    key,
    keys_of_columns,
    kind_of,
    number,
    numbers_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.core.columns import Hashed
    from hub.core.keys import Keys, Rows
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
    ("name", "organization letters"),  # in any order, with and without spaces
    ("name", "organization core"),
    ("name and place", "city", "organization words"),
    ("name and place", "postal_code", "organization words"),
    ("name and number", "house", "organization words"),
    ("name and number", "organization domain"),
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
    needed: frozenset[str]
    several: str
    """The part of which a record has several, if any."""


def _read(kind: str, *features: str) -> Recipe:
    parts = tuple(feature.rstrip("?") for feature in features)
    needed = frozenset(feature for feature in features if not feature.endswith("?"))
    return Recipe(number(kind), parts, needed, next((part for part in parts if part in SEVERAL), ""))


_RECIPES: Final = tuple(_read(*row) for row in RECIPES)


def blocking_keys(record: SourceRecord) -> tuple[int, ...]:
    """The keys of a record, sorted and without repeats, each a positive 63-bit integer."""
    texts, lists = features(record)
    unknown = {name for name, text in texts.items() if not text}
    keys: set[int] = set()
    for kind, parts, needed, several in _RECIPES:
        if several:
            if not (told := lists[several]):
                continue
            if len(parts) == 1:
                keys.update([key(kind, text) for text in told if text])
            elif first := texts[parts[0]]:
                keys.update([key(kind, first, text) for text in told if text])
        elif needed.isdisjoint(unknown):
            keys.add(key(kind, *[texts[part] for part in parts]))
    return tuple(sorted(keys))


def key_columns(values: Hashed) -> tuple[Keys, Rows]:
    """The keys of many records (``core.columns``) and the row of each, in no order and with repeats."""
    import numpy as np

    found: list[Keys] = [np.zeros(0, np.int64)]
    rows: list[Rows] = [np.zeros(0, np.uint32)]
    for first, part in values.parts():
        for keys, its in _each_recipe(part):
            found.append(keys)
            rows.append(its + np.uint32(first))
    return np.concatenate(found), np.concatenate(rows)


def _each_recipe(values: Hashed) -> Iterator[tuple[Keys, Rows]]:
    """The keys of each recipe and their rows."""
    import numpy as np

    texts, lists = feature_columns(values)
    everyone = np.arange(values.records.height, dtype=np.uint32)
    for kind, parts, needed, several in _RECIPES:
        if several:
            mine, its = lists[several]
            columns = {part: mine if part == several else texts[part][its] for part in parts}
        else:
            columns, its = {part: texts[part] for part in parts}, everyone
        at = np.flatnonzero(np.logical_and.reduce([columns[part] > 0 for part in needed]))
        yield keys_of_columns(kind, *[column[at] for column in columns.values()]), its[at]


def candidate_pairs(keys: Keys, rows: Rows, limits: Limits = AS_SHIPPED) -> tuple[Rows, Rows, Keys]:
    """The pairs ``a < b`` of rows that share a live key, and the keys that are generic.

    ``keys`` and ``rows`` are ``in_order``.
    """
    import numpy as np

    starts = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]]) if len(keys) else np.zeros(0, np.int64)
    held = np.diff(np.r_[starts, len(keys)])
    most = np.array(limits.by_kind)[numbers_of(keys[starts])]
    live = np.flatnonzero((held > 1) & (held <= most))
    found: list[Keys] = []
    for count in np.unique(held[live]):
        first, second = np.triu_indices(int(count), 1)
        together = rows[starts[live[held[live] == count]][:, None] + np.arange(count)].astype(np.int64)
        found.append((together[:, first] << 32 | together[:, second]).ravel())
    pairs = np.sort(np.concatenate(found)) if found else np.zeros(0, np.int64)
    pairs = pairs[np.r_[True, pairs[1:] != pairs[:-1]]] if len(pairs) else pairs
    return (
        (pairs >> 32).astype(np.uint32),
        (pairs & 0xFFFF_FFFF).astype(np.uint32),
        keys[starts[held > most]],
    )


def in_order(keys: Keys, rows: Rows) -> tuple[Keys, Rows]:
    """Keys and rows by key, then row, without repeats."""
    import numpy as np

    if not len(keys):
        return keys, rows
    # by their first bits, each beside its place: numbers sort several times as fast as places do
    place = (1 << len(keys).bit_length()) - 1
    packed = keys & ~place
    packed |= np.arange(len(keys))
    packed.sort()
    packed &= place
    order = packed.astype(np.uint32)
    del packed  # every one of these columns takes as much room as the keys
    ranked = np.sort(keys)
    changes = ranked[1:] != ranked[:-1]
    # few keys have their first bits in common and are not equal: those once more, by the whole key
    alike = np.flatnonzero(changes & (ranked[1:] & ~place == ranked[:-1] & ~place))
    low = np.unique(ranked[alike] & ~place)
    starts = np.searchsorted(ranked, low)
    counts = np.searchsorted(ranked, low | place, side="right") - starts
    at = np.repeat(starts - np.cumsum(counts) + counts, counts)
    at += np.arange(len(at))
    order[at] = order[at][np.argsort(keys[order[at]], kind="stable")]
    rows = rows[order]
    del order
    # then by row within each key, as numbers that sort fast
    both = np.cumsum(np.r_[False, changes])
    both <<= 32
    both |= rows
    del rows
    both.sort()
    kept = np.r_[True, both[1:] != both[:-1]]
    both &= 0xFFFF_FFFF
    return ranked[kept], both.astype(np.uint32)[kept]
