"""What records offer for the fields of a profile, equal values together.

Values are shown as some record wrote them and told equal by how they were normalized. What is empty
or a placeholder, and an email, phone, id or birth date that normalization could make nothing of, is no
offer; the raw record keeps it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast

from hub.core.merge.rules import form
from hub.core.model import SourceRecord

__all__ = ["ADDRESS", "SEVERAL", "Groups", "Member", "Offer", "displayed_name", "grouped", "offers"]

ADDRESS = ("street", "street_2", "city", "region", "postal_code", "country")
SEVERAL = ("addresses", "emails", "handles", "phones")
"""The fields of which a profile keeps every value."""
DENIED, GRANTED = "denied", "granted"

_ADDRESS = frozenset(ADDRESS)
_BLOCKS = _ADDRESS | {"full_name", "given_name", "family_name", "id", "modified_at", "customer_ref"}
"""What is read as a whole, and what is no field of a customer."""
_LISTS = (list, tuple)
_PLACEHOLDERS = frozenset(
    "- -- --- . ? n/a na nil none null unknown undefined not specified 无 無 未知 暂无 暫無 没有 不详 未填写 无名".split()
) | {"not specified", "no name"}
_NOTHING = frozenset(letter for said in _PLACEHOLDERS for letter in (said[0], said[0].upper()))
"""What placeholders begin with, as few values do."""


class Member(NamedTuple):
    """One record of the customer: as it landed, as it was normalized, and where it came from."""

    key: int
    """The intrinsic key of the record."""
    fields: Mapping[str, Any]
    """Canonical customer fields as landed."""
    record: SourceRecord
    """The same normalized; tells which written values are equal."""
    connector: str
    stream: str
    source_id: str
    modified_at: int
    """Microseconds since 1970, UTC: when the source last changed it, else when it first landed."""
    priority: int = 0
    """Place of the connector in the configured order of trust; lower is more trusted."""


Offer = tuple[Hashable, Any, Member]
"""What makes a value equal to others, the value, and the record that offers it."""
Found = tuple[str, Hashable, Any]
"""A field, what makes the value equal to others, and the value."""
Groups = dict[Hashable, list[Offer]]
"""Equal offers of one field, by what makes them equal, in the order of the members."""


def offers(members: Sequence[Member], *, named: bool) -> dict[str, list[Offer]]:
    """Every field some member offers values for; members come newest first and stay in that order.

    Beside records that name a person (``named``), a company's name or a note in the name's place names nobody.
    """
    found: dict[str, list[Offer]] = {}
    for member in members:
        for field, equal_by, value in _offered(member, named):
            if field in found:
                found[field].append((equal_by, value, member))
            else:
                found[field] = [(equal_by, value, member)]
    return found


def grouped(offered: Sequence[Offer]) -> Groups:
    """The offers of one field, equal ones together."""
    groups: Groups = {}
    for offer in offered:
        groups.setdefault(offer[0], []).append(offer)
    return groups


def displayed_name(fields: Mapping[str, Any]) -> str:
    """The full name as written, or put together from its parts: family first and unspaced in Chinese."""
    if "full_name" in fields and (full := _text(fields["full_name"])):
        return full
    given, family = _text(fields.get("given_name")), _text(fields.get("family_name"))
    if not (given and family):
        return given or family
    both = given + family
    return f"{family}{given}" if not both.isascii() and _HAN.search(both) else f"{given} {family}"


_HAN = re.compile(r"[㐀-䶿一-鿿豈-﫿\U00020000-\U0003ffff]")


def _offered(member: Member, named: bool) -> Iterator[Found]:
    """The values of one record."""
    fields, record = member.fields, member.record
    if (record.has_name or not named) and (name := displayed_name(fields)) and not _is_placeholder(name):
        yield "full_name", _name_form(record) or _folded(name), name
    if not _ADDRESS.isdisjoint(fields) and (parts := _address(fields)):
        yield "addresses", _place(parts, record), parts
    for field, value in fields.items():
        if field in _BLOCKS:
            continue
        if read := _READERS.get(field):
            yield from read(field, value, record)
        elif not _is_empty(value):  # no canonical name, so it belongs with the custom ones
            yield f"custom.{field}", _folded(value), value


def _name_form(record: SourceRecord) -> Hashable:
    if record.has_name:
        return (record.given, record.middle, record.family, record.han)
    return record.organization


def _address(fields: Mapping[str, Any]) -> dict[str, str]:
    """A record's address as one value: mixed from several, its parts would name no place at all."""
    return {
        part: text
        for part in ADDRESS
        if part in fields and (text := _text(fields[part])) and not _is_placeholder(text)
    }


def _place(parts: Mapping[str, str], record: SourceRecord) -> Hashable:
    known = (record.house, record.street, record.city, record.region, record.postal_code, record.country)
    if not any(known):
        known = ("", *(_folded(parts.get(part, "")) for part in ADDRESS if part != "street_2"))
    return (*known, _folded(parts["street_2"]) if "street_2" in parts else "")


def _identifiers(field: str, value: Any, record: SourceRecord) -> list[Found]:
    """Each address, number or handle, as written where that can be told."""
    listed = cast("Sequence[Any]", value) if isinstance(value, _LISTS) else (value,)
    known: tuple[str, ...] = getattr(record, field)
    if len(listed) == len(known) == 1 and (text := _text(listed[0])):
        return [(field, known[0], text)]
    written = [text for one in listed if (text := _text(one))]
    return [(field, one, text) for one, text in _paired(written, known, _SAME[field])]


def _vouched(field: str, value: Any, record: SourceRecord) -> list[Found]:
    """A value normalization could make something of."""
    known = getattr(record, field)
    return [(field, known, value)] if known and _says_something(value) else []


def _scalar(field: str, value: Any, record: SourceRecord) -> list[Found]:
    known = record.organization if field == "organization" else ""
    return [(field, known or _folded(value), value)] if _says_something(value) else []


def _custom(_field: str, value: Any, _record: SourceRecord) -> list[Found]:
    return [
        (f"custom.{name}", _folded(one), one) for name, one in _mapping(value).items() if not _is_empty(one)
    ]


def _consent(_field: str, value: Any, _record: SourceRecord) -> list[Found]:
    """Whatever is not plainly granted is not granted."""
    stated = {purpose: verdict for purpose, one in _mapping(value).items() if (verdict := _text(one))}
    verdicts = {purpose: GRANTED if one.casefold() == GRANTED else DENIED for purpose, one in stated.items()}
    return [(f"consent.{purpose.strip().casefold()}", one, one) for purpose, one in verdicts.items()]


def _paired(
    written: list[str], known: tuple[str, ...], fits: Callable[[str, str], bool]
) -> list[tuple[str, str]]:
    """What normalization made of it, and what was written."""
    pairs = [(next((one for one in known if fits(value, one)), ""), value) for value in written]
    unseen = [one for one in known if one not in {found for found, _ in pairs}]
    if len(unseen) == 1 and sum(not found for found, _ in pairs) == 1:
        return [(found or unseen[0], value) for found, value in pairs]
    # Several in one text, or written in a way not recognized: shown as normalized.
    return [*((found, value) for found, value in pairs if found), *((one, one) for one in unseen)]


def _same_email(written: str, known: str) -> bool:
    written = unicodedata.normalize("NFKC", written).strip().casefold()
    if written == known:
        return True
    local, _, domain = written.rpartition("<")[2].removeprefix("mailto:").rstrip("> .").rpartition("@")
    known_local, _, known_domain = known.rpartition("@")
    bare = local.partition("+")[0].replace(".", "").strip()
    return domain == known_domain and bare == known_local.partition("+")[0].replace(".", "")


def _same_phone(written: str, known: str) -> bool:
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", written)).lstrip("0")
    return len(digits) > 4 and known.endswith(digits)


def _same_handle(written: str, known: str) -> bool:
    return written.replace(":@", ":").strip().lstrip("@").casefold() == known.casefold()


_SAME: Mapping[str, Callable[[str, str], bool]] = {
    "emails": _same_email,
    "phones": _same_phone,
    "handles": _same_handle,
}
"""Whether a written value is the one normalization made that of."""

_READERS: Mapping[str, Callable[[str, Any, SourceRecord], list[Found]]] = {
    **dict.fromkeys(_SAME, _identifiers),
    **dict.fromkeys(("birth_date", "national_id", "tax_id"), _vouched),
    **dict.fromkeys(("gender", "job_title", "language", "organization"), _scalar),
    "custom": _custom,
    "consent": _consent,
}
"""What a record offers for a field, from the value it holds there."""


def _folded(value: Any) -> str:
    return " ".join(form(value).casefold().split())


def _says_something(value: Any) -> bool:
    return not (_is_empty(value) or _is_placeholder(value))


def _is_empty(value: Any) -> bool:
    if isinstance(value, str):
        return not value or value.isspace()
    return not value and (value is None or value == [] or value == {})


def _is_placeholder(value: Any) -> bool:
    text = value if isinstance(value, str) else form(value)
    if text.lstrip()[:1] not in _NOTHING:
        return False
    return len(text) < 20 and " ".join(text.casefold().split()) in _PLACEHOLDERS


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else "" if value is None else form(value)


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
