"""A profile as text and back: equal profiles have equal bytes, so "the same" can be compared and hashed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from pydantic_core import from_json, to_json

from hub.core.model import Profile, ProfileValue

__all__ = ["dump", "load"]

Origin = tuple[str, str, str]


def dump(profile: Profile) -> str:
    """The profile as JSON with sorted keys; each record it leads back to is written once."""
    numbers = _Numbers()
    fields = {field: _written(profile.fields[field], numbers) for field in sorted(profile.fields)}
    whole = {
        "customer_id": profile.customer_id,
        "fields": fields,
        "kind": profile.kind,
        "members": profile.members,
        "origins": list(numbers),
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


class _Numbers(dict[Origin, int]):
    """The number of each origin, in the order they are asked for."""

    def __missing__(self, origin: Origin) -> int:
        self[origin] = number = len(self)
        return number


def _written(shown: ProfileValue, numbers: _Numbers) -> dict[str, Any]:
    """One field, its keys sorted."""
    origin = numbers[shown.connector, shown.stream, shown.source_id]
    value = _ordered(shown.value)
    if not shown.others:
        return {"origin": origin, "rule": shown.rule, "value": value}
    others = [(_ordered(other[0]), numbers[other[1:]]) for other in shown.others]
    return {"origin": origin, "others": others, "rule": shown.rule, "value": value}


def _ordered(value: Any) -> Any:
    """The same JSON value with the keys of its objects sorted, however deep they lie."""
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple):
        return [_ordered(one) for one in cast("Sequence[Any]", value)]
    if isinstance(value, Mapping):
        known = cast("Mapping[str, Any]", value)
        return {name: _ordered(known[name]) for name in sorted(known)}
    return value
