"""The table of comparisons: which fields are looked at, at which levels they may agree.

A comparison never answers on missing values, nor on values that are generic. Each is symmetric.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from rapidfuzz.distance import OSA, JaroWinkler

from hub.core.keys import address_key, key, number
from hub.core.match.model import Model
from hub.core.match.names import Name, NameBook, given_han, similar
from hub.core.model import SourceRecord

__all__ = ["Comparison", "Finding", "Level", "Lore", "findings"]


@dataclass(frozen=True, slots=True)
class Level:
    """One answer of a configured comparison, and the centibits it is worth.

    ``alike`` says whether two different values are at this level; ``None`` stands for equal values
    on the first level, and for whatever is left on the last.
    """

    label: str
    weight: int
    alike: Callable[[str, str], bool] | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison a plugin adds: a custom field and its levels, from equal to whatever is left."""

    name: str
    field: str
    levels: tuple[Level, ...]

    def level(self, a: str, b: str) -> Level | None:
        """The first level that fits two values; ``None`` where none does."""
        if a == b:
            return self.levels[0]
        for level in self.levels[1:]:
            if level.alike is None or level.alike(a, b):
                return level
        return None


class Finding(NamedTuple):
    """What one comparison found: its level, how rare the shared value is (0: as the level), the values."""

    comparison: str
    level: str
    share: float
    a: str
    b: str


class Lore:
    """What comparisons ask the model about names, mailboxes and frequencies."""

    def __init__(self, model: Model) -> None:
        chinese = model.frequencies.get("family_pinyin", {})
        self.book = NameBook.of(model.nicknames, model.frequencies.get("given", {}), chinese)
        self.names = lru_cache(1 << 17)(self.book.compare)
        self.roles = model.roles
        self.freemail = model.freemail
        self.frequency = model.frequency
        self.is_role = lru_cache(1 << 16)(self._is_role)
        self.domains = lru_cache(1 << 16)(self._domains)

    def _is_role(self, email: str) -> bool:
        return email.partition("@")[0] in self.roles

    def _domains(self, emails: tuple[str, ...]) -> frozenset[str]:
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


Generic = Collection[int]
Compare = Callable[[SourceRecord, SourceRecord, Lore, Generic], "list[Finding]"]


def findings(a: SourceRecord, b: SourceRecord, lore: Lore, generic: Generic) -> list[Finding]:
    """What every comparison has to say on two records, in the order of the table."""
    found: list[Finding] = []
    for compare in _TABLE:
        found += compare(a, b, lore, generic)
    return found


def _ref(a: SourceRecord, b: SourceRecord, lore: Lore, generic: Generic) -> list[Finding]:
    if a.ref and a.ref == b.ref and key(_REF, a.ref) not in generic:
        return [Finding("reference", "equal", 0, a.ref, b.ref)]
    return []


def _kind(a: SourceRecord, b: SourceRecord, lore: Lore, generic: Generic) -> list[Finding]:
    """A person and an organization are never the same customer."""
    if not (a.organization or b.organization):
        return []
    if (a.has_name and lore.is_organization(b)) or (b.has_name and lore.is_organization(a)):
        return [Finding("kind", "person and organization", 0, _shown(a), _shown(b))]
    return []


def _name(a: SourceRecord, b: SourceRecord, lore: Lore, generic: Generic) -> list[Finding]:
    if not (a.given or a.family) or not (b.given or b.family):
        return []
    given, family = lore.names(
        Name(a.given, a.middle, a.family, a.han), Name(b.given, b.middle, b.family, b.han)
    )
    found: list[Finding] = []
    if given:
        found.append(Finding("given name", given, _given_share(given, a, b, lore), a.given, b.given))
    if family:
        share = lore.frequency("family", a.family or b.family) if family == "equal" else 0
        found.append(Finding("family name", family, share, a.family, b.family))
    return found


def _given_share(level: str, a: SourceRecord, b: SourceRecord, lore: Lore) -> float:
    if level == "equal":
        if a.han and b.han:
            return lore.frequency("han_given", given_han(a.han))
        return lore.frequency("given", a.given or b.given)
    if level == "pinyin":
        return lore.frequency("given", a.given)
    if level == "swapped":
        # A stranger might truly be called this way round.
        return max(
            lore.frequency("given", a.family) * lore.frequency("family", a.given),
            lore.frequency("given", b.family) * lore.frequency("family", b.given),
        )
    return 0


def _birth_date(a: SourceRecord, b: SourceRecord, lore: Lore, generic: Generic) -> list[Finding]:
    if a.birth_date and b.birth_date:
        level = _date_level(a.birth_date, b.birth_date)
        return [Finding("birth date", level, 0, a.birth_date, b.birth_date)]
    return []


def _national_id(a: SourceRecord, b: SourceRecord, lore: Lore, generic: Generic) -> list[Finding]:
    return _number("national id", _NATIONAL_ID, a.national_id, b.national_id, generic)


def _tax_id(a: SourceRecord, b: SourceRecord, lore: Lore, generic: Generic) -> list[Finding]:
    return _number("tax id", _TAX_ID, a.tax_id, b.tax_id, generic)


def _number(name: str, kind: int, x: str, y: str, generic: Generic) -> list[Finding]:
    if not x or not y:
        return []
    if x == y and generic and key(kind, x) in generic:
        return []
    return [Finding(name, _number_level(x, y), 0, x, y)]


def _email(a: SourceRecord, b: SourceRecord, lore: Lore, generic: Generic) -> list[Finding]:
    if not a.emails or not b.emails:
        return []
    shared = [email for email in a.emails if email in b.emails]
    live = [email for email in shared if key(_EMAIL, email) not in generic] if generic else shared
    for email in live:
        if not lore.is_role(email):
            return [Finding("email", "equal", 0, email, email)]
    if live:
        # A function's mailbox is the company's: it says nothing about which person wrote.
        if a.has_name != b.has_name:
            return []
        level = "role" if a.has_name else "role, nobody named"
        return [Finding("email", level, 0, live[0], live[0])]
    if shared:
        return []
    x, y = (tuple(email for email in emails if not lore.is_role(email)) for emails in (a.emails, b.emails))
    if not x or not y:
        return []
    if not (a.has_name and b.has_name) and any(_mailboxes_alike(p, q) for p in x for q in y):
        return [Finding("email", "similar", 0, x[0], y[0])]
    return [Finding("email", "different", 0, x[0], y[0])]


def _phone(a: SourceRecord, b: SourceRecord, lore: Lore, generic: Generic) -> list[Finding]:
    if not a.phones or not b.phones:
        return []
    shared = [phone for phone in a.phones if phone in b.phones]
    if not shared:
        return [Finding("phone", "different", 0, a.phones[0], b.phones[0])]
    live = [phone for phone in shared if key(_PHONE, phone) not in generic] if generic else shared
    if not live:
        return []
    for phone in live:
        if not _is_landline(phone):
            return [Finding("phone", "equal", 0, phone, phone)]
    return [Finding("phone", "landline", 0, live[0], live[0])]


def _handle(a: SourceRecord, b: SourceRecord, lore: Lore, generic: Generic) -> list[Finding]:
    if not a.handles or not b.handles:
        return []
    shared = [handle for handle in a.handles if handle in b.handles]
    live = [handle for handle in shared if key(_HANDLE, handle) not in generic] if generic else shared
    if live:
        return [Finding("handle", "equal", 0, live[0], live[0])]
    if shared:
        return []
    networks = {handle.partition(":")[0] for handle in a.handles}
    if networks.isdisjoint(handle.partition(":")[0] for handle in b.handles):
        return []
    return [Finding("handle", "different", 0, a.handles[0], b.handles[0])]


def _address(a: SourceRecord, b: SourceRecord, lore: Lore, generic: Generic) -> list[Finding]:
    if not (a.street or a.postal_code or a.city) or not (b.street or b.postal_code or b.city):
        return []
    if generic and a.street and b.street:
        mine = address_key(a.street, a.house, a.postal_code, a.city)
        if mine in generic and mine == address_key(b.street, b.house, b.postal_code, b.city):
            return []
    level = _address_level(a.house, a.street, a.postal_code, a.city, b.house, b.street, b.postal_code, b.city)
    if not level:
        return []
    share = lore.frequency("city", a.city) if level == "city" else 0
    return [Finding("address", level, share, _shown_address(a), _shown_address(b))]


def _organization(a: SourceRecord, b: SourceRecord, lore: Lore, generic: Generic) -> list[Finding]:
    people = a.has_name or b.has_name
    name = "employer" if people else "organization"
    x, y = a.organization, b.organization
    if x and y:
        if x == y and generic and key(_ORGANIZATION, x) in generic:
            return []
        return [Finding(name, _organization_level(x, y), 0, x, y)]
    if a.emails and b.emails:
        shared = lore.domains(a.emails) & lore.domains(b.emails)
        if shared and not any(email in b.emails for email in a.emails):
            domain = min(shared)
            return [Finding(name, "domain", 0, domain, domain)]
    return []


_TABLE: Final[tuple[Compare, ...]] = (
    _ref,
    _kind,
    _name,
    _birth_date,
    _national_id,
    _tax_id,
    _email,
    _phone,
    _handle,
    _address,
    _organization,
)

_REF, _NATIONAL_ID, _TAX_ID = number("reference"), number("national id"), number("tax id")
_EMAIL, _PHONE, _HANDLE = number("email"), number("phone"), number("handle")
_ORGANIZATION = number("organization")


@lru_cache(1 << 16)
def _date_level(x: str, y: str) -> str:
    if x == y:
        return "equal"
    if x[:4] == y[:4] and x[4:6] == y[6:8] and x[6:8] == y[4:6]:
        return "day and month swapped"
    return "one slip" if OSA.distance(x, y) == 1 else "different"


@lru_cache(1 << 16)
def _number_level(x: str, y: str) -> str:
    if x == y:
        return "equal"
    return "one slip" if OSA.distance(x, y) == 1 else "different"


@lru_cache(1 << 16)
def _mailboxes_alike(x: str, y: str) -> bool:
    (x_box, _, x_domain), (y_box, _, y_domain) = x.partition("@"), y.partition("@")
    if x_box == y_box:
        return len(x_box) >= 6
    return x_domain == y_domain and min(len(x_box), len(y_box)) >= 6 and OSA.distance(x_box, y_box) == 1


@lru_cache(1 << 17)
def _address_level(
    house: str, street: str, code: str, city: str, house_b: str, street_b: str, code_b: str, city_b: str
) -> str:
    """How far down, from the door to the city, two addresses agree; empty where nothing compares."""
    same_code = bool(code) and code == code_b
    same_city = bool(city and city_b) and (city == city_b or similar(city, city_b))
    same_house = bool(house) and house == house_b
    same_street = bool(street and street_b) and _streets_alike(street, street_b)
    near = same_code or same_city
    known_far = not near and bool((code and code_b) or (city and city_b))
    if same_street and same_house:
        return "house and street" if known_far else "door"
    if same_street and near:
        return "street"
    if same_house and same_code:
        return "house and postal code"
    if same_street:
        return "street name"
    if same_code:
        return "postal code"
    if same_city:
        return "city"
    compared = (code and code_b) or (city and city_b) or (street and street_b)
    return "different" if compared else ""


@lru_cache(1 << 16)
def _streets_alike(x: str, y: str) -> bool:
    if x == y:
        return True
    words, others = set(x.split()), set(y.split())
    if len(words) > 1 and len(others) > 1 and (words <= others or others <= words):
        return True
    joined, other = "".join(sorted(words)), "".join(sorted(others))
    return JaroWinkler.similarity(x, y) >= 0.9 or OSA.normalized_similarity(joined, other) >= 0.85


@lru_cache(1 << 16)
def _organization_level(x: str, y: str) -> str:
    if x == y:
        return "equal"
    words, others = set(x.split()), set(y.split())
    shorter = min(words, others, key=len)
    if shorter and max(map(len, shorter)) >= 4 and (words < others or others < words):
        return "similar"
    return "similar" if min(len(x), len(y)) >= 5 and JaroWinkler.similarity(x, y) >= 0.93 else "different"


_LANDLINE_COUNTRIES: Final = {
    # country code to what its mobile numbers begin with, where the numbering plan tells them apart
    "+86": ("13", "14", "15", "16", "17", "18", "19"),
    "+44": ("7",),
    "+61": ("4", "5"),
    "+49": ("15", "16", "17"),
    "+33": ("6", "7"),
    "+34": ("6", "7"),
    "+39": ("3",),
    "+81": ("70", "80", "90"),
    "+82": ("10",),
    "+852": ("5", "6", "7", "9"),
    "+886": ("9",),
    "+65": ("8", "9"),
    "+91": ("6", "7", "8", "9"),
}


@lru_cache(1 << 16)
def _is_landline(phone: str) -> bool:
    """Whether a household or an office, not a pocket, answers; ``False`` where the number cannot tell."""
    for digits in (3, 4):
        mobile = _LANDLINE_COUNTRIES.get(phone[:digits])
        if mobile is not None:
            return not phone[digits:].startswith(mobile)
    return False


def _shown(record: SourceRecord) -> str:
    return record.han or " ".join(filter(None, (record.given, record.family))) or record.organization


def _shown_address(record: SourceRecord) -> str:
    return ", ".join(
        filter(None, (f"{record.house} {record.street}".strip(), record.postal_code, record.city))
    )
