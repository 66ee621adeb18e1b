"""What people may hold a field of a profile at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from hub.core.merge.offers import ADDRESS, SEVERAL
from hub.errors import ConfigError

__all__ = ["check_pin"]


def check_pin(field: str, value: Any) -> None:
    """Raise ``ConfigError`` unless the field can hold the value.

    That is a text or a number, of several-valued fields also a list, and of addresses their parts; an
    empty text hides a field.
    """
    listed = field in SEVERAL and type(value) is list
    several = cast("list[Any]", value if listed else [value])
    fits = _is_address if field == "addresses" else _is_plain
    if value != "" and not all(map(fits, several)):
        raise ConfigError(
            f"{field} cannot be held at {value!r}",
            where="pin",
            cause="an address is its parts, by name"
            if field == "addresses"
            else "it is neither a text nor a number",
            step=f'write it like {{"street": "12 Long Street", "city": "Leeds"}}, with any of {", ".join(ADDRESS)}'
            if field == "addresses"
            else "write a text",
        )


def _is_plain(value: Any) -> bool:
    return isinstance(value, (str, int, float))


def _is_address(value: Any) -> bool:
    if not isinstance(value, Mapping):
        return False
    parts = cast("Mapping[str, Any]", value)
    return (
        bool(parts) and parts.keys() <= set(ADDRESS) and all(isinstance(part, str) for part in parts.values())
    )
