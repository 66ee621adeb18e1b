"""Draws the stored row of one customer from its records: the profile, its name, what searching reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic_core import from_json

from hub.app.clock import as_micros
from hub.core.merge import Member, Survivorship, displayed_name, dump
from hub.core.model import Profile, SourceRecord, public_id
from hub.store.profiles import CustomerRow, MemberRow

__all__ = ["customer_row"]

SEARCHED = ("full_name", "organization", "emails", "phones", "handles")
"""The fields searching reads; the first that is known names a customer in a list."""


def customer_row(
    survivorship: Survivorship,
    label: int,
    rows: Sequence[MemberRow],
    pins: Mapping[int, Mapping[str, str]],
) -> CustomerRow | None:
    """The customer these records are; ``None`` when none of them may make one."""
    makers = [(row.first_seen, row.record) for row in rows if row.makes_customer]
    if not makers:
        return None
    anchor = min(makers)[1]
    members = [_member(row) for row in rows]
    pinned = _pinned(rows, pins) if pins else None
    profile = survivorship.merge(public_id(anchor), members, pinned)
    name = _name(profile) or next((ref for member in members if (ref := member.record.ref)), "")
    words = _words(profile, members)
    return CustomerRow(label, anchor, profile.kind, len(rows), name, words, dump(profile))


def _pinned(rows: Iterable[MemberRow], pins: Mapping[int, Mapping[str, str]]) -> dict[str, Any]:
    """What people settled on for any of the records, by field."""
    said = (pins[row.record] for row in rows if row.record in pins)
    return {field: from_json(value) for its in said for field, value in its.items()}


def _member(row: MemberRow) -> Member:
    return Member(
        row.record,
        from_json(row.fields, cache_strings="keys"),  # of values few repeat
        SourceRecord.load(row.record, row.content),
        row.connector,
        row.stream,
        # a party has no raw record of its own; its id leads to the events that name it
        row.source_id or public_id(row.record),
        as_micros(datetime.fromisoformat(row.version)) if row.version else row.landed_at,
        row.priority,
    )


def _name(profile: Profile) -> str:
    """A customer's name in a list."""
    fields = profile.fields
    for field in SEARCHED:
        if field in fields and (values := _several(fields[field].value)):
            return str(values[0])
    return ""


def _words(profile: Profile, members: Iterable[Member]) -> str:
    """What searching finds a customer by: identifiers, and the name in every spelling and folded."""
    words: list[Any] = []
    for field in SEARCHED:
        if field in profile.fields:
            shown = profile.fields[field]
            words += _several(shown.value)
            if shown.others:
                words += [other[0] for other in shown.others]
    for _, fields, record, *_ in members:
        if record.has_name:
            words += displayed_name(fields), f"{record.given} {record.family}".strip(), record.han
    return " ".join(dict.fromkeys([str(word).lower() for word in words if word]))


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []
