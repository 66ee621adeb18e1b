"""The table of comparisons: which fields are looked at, and at which level two records agree there.

A comparison answers ``None`` on missing values and on values that are generic: neither is evidence.
Every answer is symmetric, and depends on the two records, the model's lore and the generic keys alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from hub.core.keys import address_key, key, number
from hub.core.match.model import Model
from hub.core.match.names import Name, NameBook, Verdict, given_han
from hub.core.match.values import (
    address_level,
    date_level,
    is_landline,
    mailboxes_alike,
    number_level,
    organization_level,
)
from hub.core.model import SourceRecord

__all__ = ["COMPARED", "Compared", "Comparison", "Found", "Generic", "Level", "Lore"]

Parts = tuple[str, str, str, str]
Generic = Collection[int]
Found = tuple[str, float] | None
"""The level, and the share of people who have the value both have (0: as the level says)."""


@dataclass(frozen=True, slots=True)
class Level:
    """One answer of a comparison a plugin adds, and the centibits it is worth.

    ``alike`` says whether two unequal values are at this level; ``None`` means any that are left.
    """

    label: str
    weight: int
    alike: Callable[[str, str], bool] | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison a plugin adds: a custom field, and its levels from equal values downwards."""

    name: str
    field: str
    levels: tuple[Level, ...]

    def level(self, a: str, b: str) -> Level | None:
        """The first level that fits two values, in whichever order; ``None`` where none does."""
        if a == b:
            return self.levels[0]
        a, b = min(a, b), max(a, b)
        return next((level for level in self.levels[1:] if level.alike is None or level.alike(a, b)), None)


class Lore:
    """What comparisons ask the model: about names, mailboxes and how often a value occurs."""

    def __init__(self, model: Model) -> None:
        given = model.frequencies.get("given", {})
        book = NameBook.of(model.nicknames, given, model.frequencies.get("family_pinyin", {}))
        self.frequency = model.frequency
        self._roles, self._freemail, self._book = model.roles, model.freemail, book
        # Looked up for every pair, and there are far fewer values than pairs.
        self.names = lru_cache(1 << 16)(self._names)
        self.is_role = lru_cache(1 << 16)(self._is_role)
        self.domains = lru_cache(1 << 16)(self._domains)

    def _names(self, a: Parts, b: Parts) -> Verdict:
        return self._book.compare(Name(*a), Name(*b))

    def _is_role(self, email: str) -> bool:
        """Whether a mailbox belongs to a function: ``info``, ``sales.cn``, ``support2``, or the domain's own name."""
        local, _, domain = email.partition("@")
        if local in self._roles or local == domain.partition(".")[0]:
            return True
        words = _LETTERS.findall(local)
        if "".join(words) in self._roles:
            return True
        return bool(words) and words[0] in self._roles and all(w in self._roles or len(w) <= 3 for w in words)

    def _domains(self, emails: tuple[str, ...]) -> frozenset[str]:
        """The domains of an organization's own, where not anybody has a mailbox."""
        return frozenset(email.partition("@")[2] for email in emails) - self._freemail

    def is_organization(self, record: SourceRecord) -> bool:
        """Whether the record can only be an organization: it has its name and nothing personal."""
        return bool(
            record.organization
            and not (record.given or record.family)
            and not record.birth_date
            and not record.national_id
            and all(map(self.is_role, record.emails))
        )


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison of the hub's own: the fields it reads, and how it finds the level."""

    name: str
    fields: tuple[str, ...]
    level: Callable[[SourceRecord, SourceRecord, Lore, Generic], Found]


def _ref(a: SourceRecord, b: SourceRecord, lore: Lore, generic: Generic) -> Found:
    if not a.ref or a.ref != b.ref or (generic and key(_REF, a.ref) in generic):
        return None
    return "equal", 0


def _kind(a: SourceRecord, b: SourceRecord, lore: Lore, generic: Generic) -> Found:
    """A person and an organization are never the same customer."""
    if (a.organization and (b.given or b.family) and lore.is_organization(a)) or (
        b.organization and (a.given or a.family) and lore.is_organization(b)
    ):
        return "person and organization", 0
    return None


def _verdict(a: SourceRecord, b: SourceRecord, lore: Lore) -> Verdict:
    return lore.names((a.given, a.middle, a.family, a.han), (b.given, b.middle, b.family, b.han))


def _given(a: SourceRecord, b: SourceRecord, lore: Lore, generic: Generic) -> Found:
    if not (a.given or a.family) or not (b.given or b.family):
        return None
    level = _verdict(a, b, lore)[0]
    if level == "equal":
        if a.han and b.han:
            return level, lore.frequency("han_given", given_han(a.han))
        return level, lore.frequency("given", a.given or b.given)
    if level == "pinyin":
        return level, lore.frequency("given", a.given)
    if level == "swapped":  # a stranger may truly be called this way round
        return level, max(
            lore.frequency("given", a.family) * lore.frequency("family", a.given),
            lore.frequency("given", b.family) * lore.frequency("family", b.given),
        )
    return (level, 0) if level else None


def _family(a: SourceRecord, b: SourceRecord, lore: Lore, generic: Generic) -> Found:
    if not (a.given or a.family) or not (b.given or b.family):
        return None
    level = _verdict(a, b, lore)[1]
    if level == "equal":
        return level, lore.frequency("family", a.family or b.family)
    return (level, 0) if level else None


def _birth_date(a: SourceRecord, b: SourceRecord, lore: Lore, generic: Generic) -> Found:
    if not a.birth_date or not b.birth_date:
        return None
    return date_level(a.birth_date, b.birth_date), 0


def _national_id(a: SourceRecord, b: SourceRecord, lore: Lore, generic: Generic) -> Found:
    if not a.national_id or not b.national_id:
        return None
    level = number_level(a.national_id, b.national_id)
    if level == "equal" and generic and key(_NATIONAL_ID, a.national_id) in generic:
        return None
    return level, 0


def _tax_id(a: SourceRecord, b: SourceRecord, lore: Lore, generic: Generic) -> Found:
    if not a.tax_id or not b.tax_id:
        return None
    level = number_level(a.tax_id, b.tax_id)
    if level == "equal" and generic and key(_TAX_ID, a.tax_id) in generic:
        return None
    return level, 0


def _email(a: SourceRecord, b: SourceRecord, lore: Lore, generic: Generic) -> Found:
    if not a.emails or not b.emails:
        return None
    a_named, b_named = bool(a.given or a.family), bool(b.given or b.family)
    shared = _shared(a.emails, b.emails)
    if shared:
        live = [email for email in shared if key(_EMAIL, email) not in generic] if generic else shared
        if any(not lore.is_role(email) for email in live):
            return "equal", 0
        # The mailbox of a function is the company's: it says nothing about which person wrote.
        if not live or a_named != b_named:
            return None
        return ("role" if a_named else "role, nobody named"), 0
    mine = [email for email in a.emails if not lore.is_role(email)]
    yours = [email for email in b.emails if not lore.is_role(email)]
    if not mine or not yours:
        return None
    if not (a_named and b_named) and any(mailboxes_alike(x, y) for x in mine for y in yours):
        return "similar", 0
    return "different", 0


def _phone(a: SourceRecord, b: SourceRecord, lore: Lore, generic: Generic) -> Found:
    if not a.phones or not b.phones:
        return None
    shared = _shared(a.phones, b.phones)
    if not shared:
        return "different", 0
    live = [phone for phone in shared if key(_PHONE, phone) not in generic] if generic else shared
    if not live:
        return None
    return ("landline" if all(map(is_landline, live)) else "equal"), 0


def _handle(a: SourceRecord, b: SourceRecord, lore: Lore, generic: Generic) -> Found:
    if not a.handles or not b.handles:
        return None
    shared = _shared(a.handles, b.handles)
    if shared:
        live = [handle for handle in shared if key(_HANDLE, handle) not in generic] if generic else shared
        return ("equal", 0) if live else None
    networks = {handle.partition(":")[0] for handle in a.handles}
    if networks.isdisjoint(handle.partition(":")[0] for handle in b.handles):
        return None
    return "different", 0


def _address(a: SourceRecord, b: SourceRecord, lore: Lore, generic: Generic) -> Found:
    mine, yours = (a.house, a.street, a.postal_code, a.city), (b.house, b.street, b.postal_code, b.city)
    if mine == _NOWHERE or yours == _NOWHERE:
        return None
    if generic and a.street and b.street:
        place = address_key(a.street, a.house, a.postal_code, a.city)
        if place in generic and place == address_key(b.street, b.house, b.postal_code, b.city):
            return None
    level = address_level(mine, yours)
    if level == "city":
        return level, lore.frequency("city", a.city)
    return (level, 0) if level else None


def _employer(a: SourceRecord, b: SourceRecord, lore: Lore, generic: Generic) -> Found:
    if not (a.given or a.family or b.given or b.family):
        return None
    return _company(a, b, lore, generic)


def _organization(a: SourceRecord, b: SourceRecord, lore: Lore, generic: Generic) -> Found:
    if a.given or a.family or b.given or b.family:
        return None
    return _company(a, b, lore, generic)


def _company(a: SourceRecord, b: SourceRecord, lore: Lore, generic: Generic) -> Found:
    if a.organization and b.organization:
        level = organization_level(a.organization, b.organization)
        if level == "equal" and generic and key(_ORGANIZATION, a.organization) in generic:
            return None
        return level, 0
    if a.emails and b.emails and not _shared(a.emails, b.emails):
        domains = lore.domains(a.emails)
        if domains and domains & lore.domains(b.emails):
            return "domain", 0
    return None


def _shared(mine: tuple[str, ...], yours: tuple[str, ...]) -> list[str]:
    return [value for value in mine if value in yours]


_REF, _NATIONAL_ID, _TAX_ID = number("reference"), number("national id"), number("tax id")
_EMAIL, _PHONE, _HANDLE = number("email"), number("phone"), number("handle")
_ORGANIZATION = number("organization")
_NOWHERE: Final = ("", "", "", "")
_LETTERS: Final = re.compile(r"[^\W\d_]+")

COMPARED: Final = (
    Compared("reference", ("ref",), _ref),
    Compared("kind", ("organization", "han", "given", "family"), _kind),
    Compared("given name", ("given", "middle", "family", "han"), _given),
    Compared("family name", ("family",), _family),
    Compared("birth date", ("birth_date",), _birth_date),
    Compared("national id", ("national_id",), _national_id),
    Compared("tax id", ("tax_id",), _tax_id),
    Compared("email", ("emails",), _email),
    Compared("phone", ("phones",), _phone),
    Compared("handle", ("handles",), _handle),
    Compared("address", ("house", "street", "postal_code", "city"), _address),
    Compared("employer", ("organization", "emails"), _employer),
    Compared("organization", ("organization", "emails"), _organization),
)
"""In the order explanations show them."""
