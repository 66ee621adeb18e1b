"""What blocking keys are made of: the features of one record, and those of many as columns of hashes.

The two agree: a column holds the hashes that ``keys.key`` takes of each record's features, 0 where one is empty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from hub.core.keys import letters, letters_of, word, words
from hub.core.organization import called

if TYPE_CHECKING:
    import polars as pl

    from hub.core.columns import Hashed
    from hub.core.keys import Numbers, Part, Rows
    from hub.core.model import SourceRecord

__all__ = ["SEVERAL", "feature_columns", "features"]

SEVERAL: Final = frozenset(
    ("emails", "phones", "handles", "custom", "last digits", "mailbox letters", "organization words", "organization domain")
)  # fmt: skip
FIELDS: Final = tuple(
    "given family han organization birth_date national_id tax_id ref house postal_code city".split()
)
"""Features that are a field as it is."""
APART: Final = ("=start", "=end", "=sound")
"""Features that are a word, the same for every record: they set keys apart."""
MAILBOX: Final = 5
"""Bytes of letters a mailbox must have: a shorter one is no name."""


_NO_ORGANIZATION: Final = called("")
_APART: Final = {name: name for name in APART}


def features(record: SourceRecord) -> tuple[Mapping[str, Part], Mapping[str, Sequence[Part]]]:
    """Those a record has one of, and those of which there may be several."""
    given, family = record.given, record.family
    number, half = record.national_id, len(record.national_id) // 2
    code, city = record.postal_code, record.city
    one, other = sorted((_sound(given), _sound(family))) if given and family else ("", "")
    parts = called(record.organization) if record.names_organization else _NO_ORGANIZATION
    texts: dict[str, Part] = {
        **_APART,
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
        "given start": given[:3],
        "family start": family[:4],
        "initial": given[:1],
        "family initials": family[:2],
        "findable street": record.street if code or city else "",
        "code or house": code or record.house,
        "city without code": "" if code else city,
        "organization of nobody": "" if given or family else record.organization,
        "organization letters": letters("".join(parts.told))[0] if parts.told else 0,
        "organization core": parts.core,
        "id start": number[:half],
        "id end": number[half:],
        "year or initial": record.birth_date[:4] or given[:1],
        "letters": letters(given + family)[0] if given and family else 0,
        "sound": one,
        "other sound": other,
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
        "mailbox letters": [_spelt(email.partition("@")[0]) for email in record.emails]
        if given or family
        else (),
        "last digits": tuple([phone[-7:] for phone in record.phones]),
        "organization words": parts.own,
        "organization domain": tuple([email.partition("@")[2] for email in record.emails])
        if parts.own
        else (),
    }
    return texts, lists


def feature_columns(values: Hashed) -> tuple[Mapping[str, Numbers], Mapping[str, tuple[Numbers, Rows]]]:
    """``features`` of many records; of those there may be several of, with the row of each."""
    import numpy as np

    fields = {name: values.text(name) for name in FIELDS}
    given, family, organization = fields["given"], fields["family"], fields["organization"]
    organizations = values.coded("organization")
    nobody, full = (given | family) == 0, (given > 0) & (family > 0)
    street, house, city = values.address()
    one, other = _sounds(values)

    def start(field: str, size: int) -> Numbers:
        return values.coded(field).of(_start, size)

    texts = fields | {name: np.full(len(given), word(name), np.uint64) for name in APART}
    texts |= {
        "given start": start("given", 3),
        "family start": start("family", 4),
        "initial": start("given", 1),
        "family initials": start("family", 2),
        "findable street": street,
        "code or house": house,
        "city without code": city,
        "organization of nobody": np.where(nobody, organization, 0),
        "organization letters": np.where(nobody, organizations.of(_letters_of_name), 0),
        "organization core": np.where(nobody, organizations.of(_core_of_name), 0),
        "id start": values.coded("national_id").of(_first_half),
        "id end": values.coded("national_id").of(_second_half),
        "year or initial": _either(start("birth_date", 4), start("given", 1)),
        "letters": np.where(
            full, values.coded("given").of(letters_of) + values.coded("family").of(letters_of), 0
        ),
        "sound": np.where(full, one, 0),
        "other sound": np.where(full, other, 0),
        "lone name": np.where(full, 0, _either(given, family)),
        "given word": values.coded("given").of(_words),
        "family word": values.coded("family").of(_words),
        "surname": _either(family, given),
    }
    phones, _, called = values.several("phones")
    emails, _, written = values.several("emails")
    personal = ~nobody[written]
    boxes = emails.filter(personal).str.splitn("@", 2).struct.field("field_0")
    own, named = organizations.several(_own_words, words)
    of_organization = (nobody & (organization > 0))[written]
    domains = emails.filter(of_organization).str.splitn("@", 2).struct.field("field_1").fill_null("")
    lists = {name: values.several(name)[1:] for name in ("emails", "phones", "handles", "custom")} | {
        "last digits": (words(phones.str.tail(7)), called),
        "mailbox letters": (letters_of(boxes, MAILBOX), written[personal]),
        "organization words": (own[nobody[named]], named[nobody[named]]),
        "organization domain": (words(domains), written[of_organization]),
    }
    return texts, lists


def _either(one: Numbers, other: Numbers) -> Numbers:
    import numpy as np

    return np.where(one > 0, one, other)


def _start(texts: pl.Series, size: int) -> Numbers:
    return words(texts.str.head(size))


def _first_half(texts: pl.Series) -> Numbers:
    return words(texts.str.head(texts.str.len_chars() // 2))


def _second_half(texts: pl.Series) -> Numbers:
    return words(texts.str.slice(texts.str.len_chars() // 2))


def _words(texts: pl.Series) -> Numbers:
    """The hashes of those texts that are more than an initial."""
    import numpy as np

    return np.where(texts.str.len_chars().to_numpy() > 1, words(texts), 0)


def _letters_of_name(names: pl.Series) -> Numbers:
    import polars as pl

    return letters_of(pl.Series(["".join(called(name).told) for name in names], dtype=pl.String))


def _core_of_name(names: pl.Series) -> Numbers:
    import polars as pl

    return words(pl.Series([called(name).core for name in names], dtype=pl.String))


def _own_words(name: str) -> tuple[str, ...]:
    return called(name).own


def _sounds(values: Hashed) -> tuple[Numbers, Numbers]:
    """The hashes of how the two names of each record sound, in the order of the sounds."""
    import numpy as np

    given, family = values.coded("given"), values.coded("family")
    one: Numbers = given.of(_sounding)
    other: Numbers = family.of(_sounding)
    in_order = given.of(_sounding_in_order) < family.of(_sounding_in_order)
    return np.where(in_order, one, other), np.where(in_order, other, one)


def _sounding(names: pl.Series) -> Numbers:
    return words(_sounds_of(names))


def _sounding_in_order(names: pl.Series) -> Numbers:
    return _sounds_of(names).rank("dense").to_numpy()


def _sounds_of(names: pl.Series) -> pl.Series:
    import polars as pl

    return pl.Series([_sound(name) for name in names], dtype=pl.String)


def _spelt(mailbox: str) -> int:
    """The letters in any order, if enough: a name equals its swapped form and the mailbox that spells it."""
    found, size = letters(mailbox)
    return found if size >= MAILBOX else 0


_SOUNDS: Final = str.maketrans("bpfvckgqjsxzdtlmnr", "111122222222334556", "aeiouyhw-' ")


@lru_cache(1 << 16)
def _sound(name: str) -> str:
    """The first letter and the classes of the consonants after it, repeats folded (after Soundex)."""
    classes = name[1:].translate(_SOUNDS)
    folded = "".join(c for i, c in enumerate(classes) if i == 0 or c != classes[i - 1])
    return name[:1] + folded[:4]
