"""Customers' values as JSON and as text."""

from __future__ import annotations

from typing import Any

__all__ = ["joined", "profile_plain"]


def profile_plain(profile: dict[str, Any]) -> dict[str, Any]:
    """A stored profile with the record of every value written out."""
    names = ["/".join(part for part in origin if part) for origin in profile["origins"]]
    fields = {
        name: {
            "value": one["value"],
            "rule": one["rule"],
            "record": names[one["origin"]],
            "others": [{"value": lost, "record": names[origin]} for lost, origin in one.get("others", ())],
        }
        for name, one in profile["fields"].items()
    }
    return {"kind": profile["kind"], "fields": fields}


def joined(value: Any) -> str:
    """A value in one line."""
    if isinstance(value, dict):
        return ", ".join(
            f"{key}: {inner}" if not isinstance(inner, dict) else str(inner) for key, inner in value.items()
        )
    if isinstance(value, list | tuple):
        return "; ".join(joined(one) for one in value)
    return str(value)
