"""Identifiers that are compared as wholes: national ids, tax ids, handles on networks."""

from __future__ import annotations

import re
from string import ascii_lowercase, ascii_uppercase

from hub.core.normalize.placeholders import is_placeholder
from hub.core.normalize.text import alnum, half_width

__all__ = ["handle", "national_id", "tax_id"]

_SHORTEST = 4
_UPPER = str.maketrans(ascii_lowercase, ascii_uppercase)
_PROFILE_URL = re.compile(r"https?://(?:www\.|m\.)?([\w-]+)(?:\.[\w-]+)+/(?:in/|u/|user/|@)?([^/?#]+)")
_HEAD = re.compile(r"^(?:[\W_]*:)?\W*")


def national_id(raw: str) -> str:
    """Letters and digits alone, upper case."""
    if raw.isascii() and raw.isalnum():
        found = raw.upper()
    else:
        found = alnum(raw).translate(_UPPER)
    return "" if len(found) < _SHORTEST or is_placeholder(found, "national_id") else found


def tax_id(raw: str) -> str:
    """As a national id: letters and digits alone, upper case."""
    return national_id(raw)


def handle(raw: str) -> str:
    """``network:handle`` in lower case, without a leading @; a profile's URL becomes the same."""
    text = half_width("".join(half_width(raw).lower().split()))
    if not text[:1].isalnum():
        text = _HEAD.sub("", text)
    if url := _PROFILE_URL.match(text):
        text = f"{url[1]}:{url[2]}"
    network, colon, name = text.rpartition(":") if text.count(":") == 1 else text.partition(":")
    if not colon:
        network, name = "", text
    name = name.lstrip("@")
    if is_placeholder(name, "handles") or not name:
        return ""
    return f"{alnum(network)}:{name}" if network else name
