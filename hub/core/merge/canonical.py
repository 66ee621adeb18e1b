"""A profile as text and back: equal profiles have equal bytes, so "the same" can be compared and hashed."""

from __future__ import annotations

import json
from typing import Any

from hub.core.model import Profile, ProfileValue

__all__ = ["dump", "load"]

Origin = tuple[str, str, str]

_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def dump(profile: Profile) -> str:
    """The profile as JSON with sorted keys; each record it leads back to is written once."""
    numbers: dict[Origin, int] = {}
    fields: dict[str, dict[str, Any]] = {}
    for field in sorted(profile.fields):
        shown = profile.fields[field]
        origin = (shown.connector, shown.stream, shown.source_id)
        number = numbers.setdefault(origin, len(numbers))
        fields[field] = {"value": shown.value, "rule": shown.rule, "origin": number}
        if shown.others:
            fields[field]["others"] = [
                (lost, numbers.setdefault((connector, stream, source_id), len(numbers)))
                for lost, connector, stream, source_id in shown.others
            ]
    return _ENCODER.encode(
        {
            "customer_id": profile.customer_id,
            "kind": profile.kind,
            "fields": fields,
            "members": profile.members,
            "origins": list(numbers),
        }
    )


def load(text: str) -> Profile:
    """The profile ``dump`` wrote."""
    whole: dict[str, Any] = json.loads(text)
    origins: dict[int, Origin] = {place: tuple(origin) for place, origin in enumerate(whole["origins"])}
    fields: dict[str, ProfileValue] = {}
    for field, shown in whole["fields"].items():
        others: list[tuple[Any, str, str, str]] = []
        for lost, number in shown.get("others", ()):
            others.append((lost, *origins[number]))
        origin = origins[shown["origin"]]
        fields[field] = ProfileValue(shown["value"], shown["rule"], *origin, others=tuple(others))
    return Profile(whole["customer_id"], whole["kind"], fields, tuple(whole["members"]))
