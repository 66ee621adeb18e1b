"""The table of comparisons: which fields are looked at, and at which level two records agree there.

A comparison finds nothing on missing values; generic ones are taken out before (``match.live``).
Every finding is symmetric, and depends on the fields the comparison reads and the model's lore alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, NamedTuple

from hub.core.match.model import Model
from hub.core.match.names import Name, NameBook, given_han
from hub.core.match.organizations import organization_level
from hub.core.match.values import (
    address_level,
    date_level,
    is_landline,
    mailboxes_alike,
    number_level,
)
from hub.core.model import SourceRecord

__all__ = [
    "COMPARISONS",
    "FIELDS",
    "READS",
    "Agreement",
    "Comparison",
    "Found",
    "Level",
    "Lore",
    "Reads",
    "birth_date",
    "kind",
    "name",
    "national_id",
    "reference",
]  # fmt: skip

Parts = tuple[str, str, str, str]
Agreement = tuple[str, str, float]
"""A comparison, its level, and the share of people with the value both have (0: as the level says)."""
Found = tuple[Agreement, ...]
"""What comparing found; nothing on missing and on generic values."""


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
        book = NameBook(model.nicknames, given, model.frequencies.get("family_pinyin", {}))
        self.frequency = model.frequency
        self.towns = frozenset(model.frequencies.get("city", {}))
        self.freemail, self.book, self._roles = model.freemail, book, model.roles
        # Looked up for every pair, and there are far fewer values than pairs.
        self.names = lru_cache(1 << 16)(self._names)
        self.is_role = lru_cache(1 << 16)(self._is_role)
        self.domains = lru_cache(1 << 16)(self._domains)

    def _names(self, a: Parts, b: Parts) -> Found:
        x, y = Name(*a), Name(*b)
        given, family = self.book.compare(x, y)
        found: list[Agreement] = []
        if given:
            found.append(("given name", given, self._given_share(given, x, y)))
        if family:
            share = self.frequency("family", x.family or y.family) if family == "equal" else 0
            found.append(("family name", family, share))
        return tuple(found)

    def _given_share(self, level: str, a: Name, b: Name) -> float:
        if level in ("equal", "pinyin"):
            if a.han and b.han and a.given == b.given:
                return self.frequency("han_given", given_han(a.han))
            return self.frequency("given", a.given if a.given in (b.given, b.family) else b.given)
        if level == "swapped":  # a stranger may truly be called this way round
            return max(
                self.frequency("given", a.family) * self.frequency("family", a.given),
                self.frequency("given", b.family) * self.frequency("family", b.given),
            )
        return 0

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
        return frozenset(email.partition("@")[2] for email in emails) - self.freemail

    def is_organization(self, record: SourceRecord) -> bool:
        """Whether the record can only be an organization: it has its name and nothing personal."""
        return bool(
            record.organization
            and not (record.given or record.family)
            and not record.birth_date
            and not record.national_id
            and all(map(self.is_role, record.emails))
        )


Compare = Callable[[SourceRecord, SourceRecord, Lore], Found]


def reference(a: SourceRecord, b: SourceRecord, lore: Lore) -> Found:
    """Whether one source vouches that the two are one customer; two ids say nothing."""
    return _found("reference", "equal") if a.ref and a.ref == b.ref else ()


def kind(a: SourceRecord, b: SourceRecord, lore: Lore) -> Found:
    """Whether one is a person and the other an organization, which are never the same customer."""
    if (a.organization and (b.given or b.family) and lore.is_organization(a)) or (
        b.organization and (a.given or a.family) and lore.is_organization(b)
    ):
        return _found("kind", "person and organization")
    return ()


def name(a: SourceRecord, b: SourceRecord, lore: Lore) -> Found:
    """How two personal names agree, where both are known."""
    if not (a.given or a.family) or not (b.given or b.family):
        return ()
    return lore.names((a.given, a.middle, a.family, a.han), (b.given, b.middle, b.family, b.han))


def birth_date(a: SourceRecord, b: SourceRecord, lore: Lore) -> Found:
    """How two birth dates agree, where both are known."""
    if not a.birth_date or not b.birth_date:
        return ()
    return _found("birth date", date_level(a.birth_date, b.birth_date))


def national_id(a: SourceRecord, b: SourceRecord, lore: Lore) -> Found:
    """How two national ids agree, where both are known."""
    if not a.national_id or not b.national_id:
        return ()
    return _found("national id", number_level(a.national_id, b.national_id))


def _tax_id(a: SourceRecord, b: SourceRecord, lore: Lore) -> Found:
    if not a.tax_id or not b.tax_id:
        return ()
    level = number_level(a.tax_id, b.tax_id)
    if level == "equal" and not (a.given or a.family or b.given or b.family):
        level = "equal, nobody named"  # people may give their company's; it has one of its own, whatever it is called
    return _found("tax id", level)


def _email(a: SourceRecord, b: SourceRecord, lore: Lore) -> Found:
    if not a.emails or not b.emails:
        return ()
    a_named, b_named = bool(a.given or a.family), bool(b.given or b.family)
    shared = _shared(a.emails, b.emails)
    if shared:
        if not all(map(lore.is_role, shared)):
            return _found("email", "equal")
        # The mailbox of a function is the company's: it says nothing about which person wrote.
        if a_named != b_named:
            return ()
        return _found("email", "role" if a_named else "role, nobody named")
    mine = [email for email in a.emails if not lore.is_role(email)]
    yours = [email for email in b.emails if not lore.is_role(email)]
    if not mine or not yours:
        return ()
    if not (a_named and b_named) and any(mailboxes_alike(x, y) for x in mine for y in yours):
        return _found("email", "similar")
    return _found("email", "different")


def _phone(a: SourceRecord, b: SourceRecord, lore: Lore) -> Found:
    if not a.phones or not b.phones:
        return ()
    shared = _shared(a.phones, b.phones)
    if not shared:
        return _found("phone", "different")
    return _found("phone", "landline" if all(map(is_landline, shared)) else "equal")


def _handle(a: SourceRecord, b: SourceRecord, lore: Lore) -> Found:
    if not a.handles or not b.handles:
        return ()
    if _shared(a.handles, b.handles):
        return _found("handle", "equal")
    networks = {handle.partition(":")[0] for handle in a.handles}
    if networks.isdisjoint(handle.partition(":")[0] for handle in b.handles):
        return ()
    return _found("handle", "different")


def address(a: SourceRecord, b: SourceRecord, lore: Lore) -> Found:
    if not (a.postal_code or a.city or a.street) or not (b.postal_code or b.city or b.street):
        return ()
    x, y = (a.house, a.street, a.postal_code, a.city), (b.house, b.street, b.postal_code, b.city)
    known, level = address_level(x, y, lore.towns)
    if level == "city" or (known, level) == ("city", "equal"):
        return ((known, level, lore.frequency("city", a.city)),)
    return _found(known, level) if known else ()


def _organization(a: SourceRecord, b: SourceRecord, lore: Lore) -> Found:
    """Whom people work for, or which organizations these are: one comparison each."""
    nobody = not (a.given or a.family or b.given or b.family)
    if a.organization and b.organization:
        level = organization_level(a.organization, b.organization)
        level = level if nobody else _AS_EMPLOYER[level]
    elif a.emails and b.emails and not _shared(a.emails, b.emails):
        domains = lore.domains(a.emails)
        if not domains or domains.isdisjoint(lore.domains(b.emails)):
            return ()
        level = "domain"
    else:
        return ()
    return _found("organization" if nobody else "employer", level)


def _domain(a: SourceRecord, b: SourceRecord, lore: Lore) -> Found:
    """Whether two organizations have a domain of their own in common, where they share no mailbox."""
    if not (a.names_organization and b.names_organization and a.emails and b.emails) or _shared(
        a.emails, b.emails
    ):
        return ()
    return () if lore.domains(a.emails).isdisjoint(lore.domains(b.emails)) else _found("domain", "equal")


@cache
def _found(comparison: str, level: str) -> Found:
    return ((comparison, level, 0),)


def _shared(mine: tuple[str, ...], yours: tuple[str, ...]) -> list[str]:
    return [value for value in mine if value in yours]


_AS_EMPLOYER: Final = {
    "equal": "equal", "equal, short": "equal", "similar": "similar", "contained": "similar", "partly": "different",
    "different": "different",
}  # fmt: skip
"""What the names of organizations say of people who work there."""
_LETTERS: Final = re.compile(r"[^\W\d_]+")

COMPARISONS: Final[tuple[Compare, ...]] = (
    reference, kind, name, birth_date, national_id, _tax_id, _email, _phone, _handle, address, _organization, _domain,
)  # fmt: skip
"""In the order explanations show them."""


class Reads(NamedTuple):
    """What a comparison depends on, for comparing many pairs with few calls."""

    fields: tuple[str, ...]
    """Fields of a record, and whether it is ``named``."""
    telling: tuple[str, ...] = ()
    """Those of which both records must know one, if not any of ``fields``."""
    alike: str = ""
    """The column that says all of a single value that matters beside an equal one; else empty."""
    unlike: str = ""
    """... beside another one."""
    equal: str = ""
    """The column of single values of which two find nothing unless they are equal."""


READS: Final[Mapping[Compare, tuple[Reads, ...]]] = {
    reference: (Reads(("ref",), equal="ref"),),
    birth_date: (Reads(("birth_date",)),),
    national_id: (Reads(("national_id",)),),
    _tax_id: (Reads(("tax_id", "named"), ("tax_id",)),),
    _email: (Reads(("emails", "named"), ("emails",), "mailbox", "mailbox of no likeness"),),
    _phone: (Reads(("phones",), (), "phone", "phone"),),
    _handle: (Reads(("handles",), (), "network", "network"),),
    _organization: (
        Reads(("organization", "named"), ("organization",)),
        Reads(("emails", "named"), ("domains",), "bearer of domain", "bearer of domain", "domain"),
    ),
    _domain: (Reads(("emails", "organization alone"), ("domains of organizations",), equal="domain"),),
}
"""What is read of a pair: by the first row of which both know enough.

Of ``named`` ones, only whether there is a personal name; of an ``organization alone``, whether one is named and
nobody. Names and addresses are compared part by part instead.
"""

FIELDS: Final = {
    "reference": ("ref",),
    "kind": ("organization", "han", "given", "family"),
    "given name": ("given", "middle", "family", "han"),
    "family name": ("family", "han"),
    "birth date": ("birth_date",),
    "national id": ("national_id",),
    "tax id": ("tax_id",),
    "email": ("emails",),
    "phone": ("phones",),
    "handle": ("handles",),
    "address": ("house", "street", "postal_code", "city"),
    "postal code": ("postal_code", "city"),
    "city": ("city",),
    "employer": ("organization", "emails"),
    "organization": ("organization", "emails"),
    "domain": ("emails",),
}
"""What each comparison reads."""
