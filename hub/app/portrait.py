"""Draws the stored rows of customers from their records: the profile, its name, what searching reads.

Many at a time, step by step: a processor does one step for a hundred customers in well below the time
that it takes when every customer calls for all of them in turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from pydantic_core import from_json

from hub.app.clock import as_micros
from hub.core.merge import Member, Survivorship, displayed_name, dump
from hub.core.model import ProfileValue, SourceRecord, public_id
from hub.store.profiles import CustomerRow, MemberRow

__all__ = ["anchor_of", "draw"]

AT_ONCE = 100
"""Customers drawn together: enough to stay at one step, and few enough to be still at hand at the next."""

SEARCHED = ("full_name", "organization", "emails", "phones", "handles")
"""The fields searching reads; the first that is known names a customer in a list."""


def anchor_of(rows: Iterable[MemberRow]) -> int | None:
    """The earliest record that may make a customer, whose id the customer shows."""
    return min([(row.first_seen, row.record) for row in rows if row.makes_customer], default=(0, None))[1]


def draw(
    survivorship: Survivorship,
    clusters: Iterable[tuple[int, Sequence[MemberRow]]],
    pins: Mapping[int, Mapping[str, str]],
) -> Iterator[CustomerRow]:
    """The customers these clusters of records are, but for those in which no record may make one."""
    left = iter(clusters)
    while some := list(islice(left, AT_ONCE)):
        yield from _drawn(survivorship, some, pins)


def _drawn(
    survivorship: Survivorship,
    clusters: Iterable[tuple[int, Sequence[MemberRow]]],
    pins: Mapping[int, Mapping[str, str]],
) -> Iterator[CustomerRow]:
    made = [(label, anchor, rows) for label, rows in clusters if (anchor := anchor_of(rows)) is not None]
    members = [[_member(row) for row in rows] for _, _, rows in made]
    profiles = survivorship.merge_all(
        [
            (public_id(anchor), its, _pinned(rows, pins) if pins else None)
            for (_, anchor, rows), its in zip(made, members, strict=True)
        ]
    )
    shown = [[profile.fields[field] for field in SEARCHED if field in profile.fields] for profile in profiles]
    names = [_name(*known) for known in zip(shown, members, strict=True)]
    words = [_words(*known) for known in zip(shown, members, strict=True)]
    texts = [dump(profile) for profile in profiles]
    for (label, anchor, rows), profile, *told in zip(made, profiles, names, words, texts, strict=True):
        yield CustomerRow(label, anchor, profile.kind, len(rows), *told)


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


def _name(shown: Iterable[ProfileValue], members: Iterable[Member]) -> str:
    """A customer's name in a list; of one that tells none, what a source calls it."""
    said = next((values[0] for one in shown if (values := _several(one.value))), "")
    return str(said) or next((ref for member in members if (ref := member.record.ref)), "")


def _words(shown: Iterable[ProfileValue], members: Iterable[Member]) -> str:
    """What searching finds a customer by: identifiers, and the name in every spelling and folded."""
    said: list[Any] = []
    for one in shown:
        said += _several(one.value)
        if one.others:
            said += [other[0] for other in one.others]
    for member in members:
        record = member.record
        if record.has_name:
            said += displayed_name(member.fields), f"{record.given} {record.family}".strip(), record.han
    return " ".join(dict.fromkeys([str(word).lower() for word in said if word]))


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []
