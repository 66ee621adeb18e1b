"""Survivorship rules: which of the values several records offer for one field is shown.

A rule gets candidates newest first (then most trusted, then by record key) and sorts them stably, so
that every tie ends the same way and rules can be chained: in ``source-priority, most-recent`` the
second decides only what the first left even.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from hub.core.model import Candidate, SurvivorshipRule

__all__ = ["AS_THEY_COME", "DEFAULTS", "RULES", "UNION", "form"]

UNION = "union"


def _most_recent(candidates: list[Candidate]) -> list[Candidate]:
    return sorted(candidates, key=lambda one: -one.modified_at)


def _first_seen(candidates: list[Candidate]) -> list[Candidate]:
    return sorted(candidates, key=lambda one: one.modified_at)


def _most_frequent(candidates: list[Candidate]) -> list[Candidate]:
    records: dict[str, set[int]] = {}
    for one in candidates:
        records.setdefault(form(one.value), set()).add(one.key)
    return sorted(candidates, key=lambda one: -len(records[form(one.value)]))


def _source_priority(candidates: list[Candidate]) -> list[Candidate]:
    return sorted(candidates, key=lambda one: one.priority)


def _most_complete(candidates: list[Candidate]) -> list[Candidate]:
    return sorted(candidates, key=lambda one: _fullness(one.value), reverse=True)


def _union(candidates: list[Candidate]) -> list[Candidate]:
    return list(candidates)


RULES: Mapping[str, SurvivorshipRule] = {
    "first-seen": _first_seen,
    "most-complete": _most_complete,
    "most-frequent": _most_frequent,
    "most-recent": _most_recent,
    "source-priority": _source_priority,
    UNION: _union,
}
"""The rules of the hub by name; plugins bring further ones. ``union`` keeps every value, newest first."""

AS_THEY_COME = (_most_recent, _union)
"""The rules that leave candidates which come newest first as they are."""

DEFAULTS: Mapping[str, str | Sequence[str]] = {
    "addresses": UNION,
    "birth_date": "most-frequent",
    "custom": "most-recent",
    "emails": UNION,
    "full_name": "most-frequent",
    "gender": "most-frequent",
    "handles": UNION,
    "job_title": "most-recent",
    "language": "most-recent",
    "national_id": "most-frequent",
    "organization": "most-recent",
    "phones": UNION,
    "tax_id": "most-frequent",
}
"""The rule of every field that has a choice; ``custom`` stands for each ``custom.NAME`` not named itself.

The parts of a name go with ``full_name`` and the parts of an address with ``addresses``: taken field
by field they could make a person or a street that no record ever knew. Emails, phones, handles and
addresses are all kept whatever the rule; it decides which is first. Consent has no choice.
"""


def form(value: Any) -> str:
    """A text that is equal for equal values of any JSON type."""
    return (
        value
        if isinstance(value, str)
        else json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    )


def _fullness(value: Any) -> tuple[int, int]:
    """How many parts say something, then how much they say."""
    parts = [form(part) for part in _parts(value) if part]
    return len(parts), sum(len(part) for part in parts)


def _parts(value: Any) -> Iterable[Any]:
    return cast("dict[str, Any]", value).values() if isinstance(value, dict) else [value]
