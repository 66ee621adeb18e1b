"""A profile as text and back: equal profiles have equal bytes, so "the same" can be compared and hashed."""

from __future__ import annotations

from typing import Any, cast

from pydantic_core import from_json, to_json

from hub.core.model import Profile, ProfileValue

__all__ = ["dump", "load"]

Origin = tuple[str, str, str]


def dump(profile: Profile) -> str:
    """The profile as JSON with sorted keys; each record it leads back to is written once."""
    origins: dict[Origin, int] = {}
    fields: dict[str, dict[str, Any]] = {}
    for field, shown in sorted(profile.fields.items()):
        value, rule, connector, stream, source_id, others = shown
        origin = origins.setdefault((connector, stream, source_id), len(origins))
        plain = value if isinstance(value, str) else _ordered(value)
        if others:
            lost = [(_ordered(one[0]), origins.setdefault(one[1:], len(origins))) for one in others]
            fields[field] = {"origin": origin, "others": lost, "rule": rule, "value": plain}
        else:
            fields[field] = {"origin": origin, "rule": rule, "value": plain}
    whole = {
        "customer_id": profile.customer_id,
        "fields": fields,
        "kind": profile.kind,
        "members": profile.members,
        "origins": list(origins),
    }
    return to_json(whole, fallback=str).decode()


def load(text: str) -> Profile:
    """The profile ``dump`` wrote."""
    whole: dict[str, Any] = from_json(text)
    origins: dict[int, Origin] = {place: tuple(origin) for place, origin in enumerate(whole["origins"])}
    fields: dict[str, ProfileValue] = {}
    for field, shown in whole["fields"].items():
        others: list[tuple[Any, str, str, str]] = []
        for lost, number in shown.get("others", ()):
            others.append((lost, *origins[number]))
        origin = origins[shown["origin"]]
        fields[field] = ProfileValue(shown["value"], shown["rule"], *origin, others=tuple(others))
    return Profile(whole["customer_id"], whole["kind"], fields, tuple(whole["members"]))


def _ordered(value: Any) -> Any:
    """The same JSON value with the keys of its objects sorted, however deep they lie."""
    if isinstance(value, list):
        listed = cast("list[Any]", value)
        return [one if isinstance(one, str) else _ordered(one) for one in listed]
    if isinstance(value, dict):
        known = cast("dict[str, Any]", value)
        return {name: _ordered(known[name]) for name in sorted(known)}
    return value
