"""Where the sender of a form came from: campaign tags, click ids, referrer and landing page."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from hub_webform.names import CLICK_IDS, TOUCH, UTM, folded
from hub_webform.payload import Payload, clean

__all__ = ["touch"]


def touch(payload: Payload, referer: str) -> tuple[dict[str, Any], set[str]]:
    """The touch's canonical fields, and the form fields they were read from.

    Hidden fields of the form speak first, then the landing page's address, then the page that holds
    the form, which browsers name in ``Referer``. Whoever speaks first speaks alone: tags of two visits
    never mix.
    """
    sent = {folded(name): payload.first([name]) for name in payload.fields}
    found = {key: next((sent[n] for n in names if sent.get(n)), "") for key, names in TOUCH.items()}
    found["landing_url"] = found["landing_url"] or referer
    places = (sent, _query(found["landing_url"]), _query(referer))
    tags = _first_with(places, tuple(UTM.values()))
    found |= {key: tags.get(name, "") for key, name in UTM.items()}
    known: dict[str, Any] = {key: value for key, value in found.items() if value}
    click_ids = _first_with(places, CLICK_IDS)
    read = {*UTM.values(), *CLICK_IDS, *(name for names in TOUCH.values() for name in names)}
    used = {name for name in payload.fields if folded(name) in read}
    return (known | {"click_ids": click_ids} if click_ids else known), used


def _first_with(places: tuple[dict[str, str], ...], names: tuple[str, ...]) -> dict[str, str]:
    """What the first place that knows any of ``names`` says about them."""
    said = ({name: place[name] for name in names if place.get(name)} for place in places)
    return next(filter(None, said), {})


def _query(url: str) -> dict[str, str]:
    """The query of an address, its first value for each name; empty for what is no address."""
    try:
        pairs = parse_qsl(urlsplit(url).query, max_num_fields=200)
    except ValueError:
        return {}
    return {folded(name): clean(value) for name, value in reversed(pairs)}
