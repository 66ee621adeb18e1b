"""Where one touch came from: its own words first, then its landing URL, click ids, referrer, kind.

The order in which evidence is believed: what the source itself names; ``utm_`` parameters of the
landing URL, field by field; the click id of an advertisement or a mailing; the referrer, unless it
is one of our own hosts or a payment page; the mark a social network leaves on shared links. A visit
with none of them is direct. Matching ignores case, what is kept is as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast
from urllib.parse import unquote_plus

from .rules import AI_MEDIUM, PAID, RULES, UNASSIGNED, Rule, first_match
from .sources import PAYMENT_HOSTS, site, under

__all__ = ["CLICK_IDS", "FIELDS", "PARAMETERS", "SHARE_IDS", "Origin", "channel", "host", "origin"]

FIELDS = (
    "channel",
    "source",
    "medium",
    "campaign",
    "term",
    "content",
    "click_ids",
    "referrer",
    "landing_url",
    "kind",
    "direction",
)
"""What is read of a touch; each may be missing."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The channel of a touch and the source, medium, campaign, term and content behind it."""

    channel: str
    source: str = ""
    medium: str = ""
    campaign: str = ""
    term: str = ""
    content: str = ""


class _Way(NamedTuple):
    source: str
    medium: str


PARAMETERS: Mapping[str, str] = {
    **{
        f"{family}_{name}": name
        for family in ("utm", "mtm", "pk")
        for name in ("source", "medium", "campaign")
    },
    **{f"{family}_content": "content" for family in ("utm", "mtm", "pk")},
    "utm_term": "term",
    "mtm_keyword": "term",
    "mtm_kwd": "term",
    "pk_keyword": "term",
    "pk_kwd": "term",
    "hmsr": "source",
    "hmpl": "campaign",
    "hmkw": "term",
    "hmci": "content",
}
"""Campaign parameters of a landing URL: the common ones, Matomo's (``mtm_``, ``pk_``) and Baidu's (``hm``)."""

CLICK_IDS: Mapping[str, _Way] = {
    "gclid": _Way("google", "cpc"),
    "gbraid": _Way("google", "cpc"),
    "wbraid": _Way("google", "cpc"),
    "gad_source": _Way("google", "cpc"),
    "gad_campaignid": _Way("google", "cpc"),
    "dclid": _Way("dv360", "cpm"),
    "msclkid": _Way("bing", "cpc"),
    "bd_vid": _Way("baidu", "cpc"),
    "qhclickid": _Way("360", "cpc"),
    "yclid": _Way("yandex", "cpc"),
    "gdt_vid": _Way("wechat", "cpc"),
    "ttclid": _Way("tiktok", "cpc"),
    "twclid": _Way("twitter", "cpc"),
    "li_fat_id": _Way("linkedin", "cpc"),
    "epik": _Way("pinterest", "cpc"),
    "sccid": _Way("snapchat", "cpc"),
    "rdt_cid": _Way("reddit", "cpc"),
    "ob_click_id": _Way("outbrain", "cpc"),
    "tblci": _Way("taboola", "cpc"),
    "mc_cid": _Way("mailchimp", "email"),
    "mc_eid": _Way("mailchimp", "email"),
    "_kx": _Way("klaviyo", "email"),
    "_hsenc": _Way("hubspot", "email"),
    "_hsmi": _Way("hubspot", "email"),
}
"""What a click id says when nothing else does; the first one present counts."""

SHARE_IDS: Mapping[str, _Way] = {
    "fbclid": _Way("facebook", "referral"),
    "igshid": _Way("instagram", "referral"),
    "igsh": _Way("instagram", "referral"),
}
"""Marks that organic links carry too: they name the network and are no proof that anyone paid."""

_KINDS: Mapping[str, str] = {
    "mail": "Email",
    "email": "Email",
    "call": "Phone",
    "phone": "Phone",
    "meeting": "Meeting",
    "sms": "SMS",
    **dict.fromkeys(("event", "fair", "store", "letter", "print", "tv", "radio", "offline"), "Offline"),
}
"""The channel of a touch that is no visit, unless its medium says that it was paid for (call tracking)."""

_NEVER_DIRECT = frozenset({"message", "chat", "mention", "comment", "note", "task", "deal", "spend", *_KINDS})
"""Kinds that do not come about by typing in an address: without evidence they are unassigned."""


def channel(touch: object, *, rules: Sequence[Rule] = (), own_hosts: Collection[str] = ()) -> str:
    """The channel of one touch; see ``origin``."""
    return origin(touch, rules=rules, own_hosts=own_hosts).channel


def origin(touch: object, *, rules: Sequence[Rule] = (), own_hosts: Collection[str] = ()) -> Origin:
    """Where a touch (a mapping, or anything with these attributes) came from, and the channel that makes it.

    The admin's ``rules`` come first; then a channel the source itself names is kept as it is; then the
    kind of a touch that is no visit decides; then the default rules. ``own_hosts`` and everything under
    them are no referrers, nor is the host of the landing page. A ``spend`` row that names a source
    but no medium was paid for, so its medium is read as cpc.
    """
    named = {name: _text(_value(touch, name)) for name in FIELDS if name != "click_ids"}
    tags, clicked = _parameters(named["landing_url"])
    told = {
        name: named[name] or tags.get(name, "")
        for name in ("source", "medium", "campaign", "term", "content")
    }
    ids = clicked | _click_ids(_value(touch, "click_ids"))
    kind = named["kind"].lower()
    referrer = _outside(host(named["referrer"]), {host(named["landing_url"]), *own_hosts})
    way = _way(_Way(told["source"], told["medium"]), ids, referrer, kind)
    facts = {
        **named,
        **told,
        "kind": kind,
        "referrer": referrer,
        "source": way.source or "(not set)",
        "medium": way.medium or "(not set)",
    }
    known = site(way.source)
    facts["site"] = known.category if known else ""
    by_kind = "" if _PAID.fullmatch(way.medium) else _KINDS.get(kind, "")
    decided = (
        first_match(facts, rules) or named["channel"] or by_kind or first_match(facts, RULES) or UNASSIGNED
    )
    return Origin(decided, way.source, way.medium, told["campaign"], told["term"], told["content"])


_PAID = re.compile(PAID, re.IGNORECASE)


def _way(told: _Way, ids: Collection[str], referrer: str, kind: str) -> _Way:
    """Source and medium, from the first evidence there is."""
    click = next((way for name, way in CLICK_IDS.items() if name in ids), None)
    if click and told.source.lower() in ("", click.source) and told.medium.lower() in ("", click.medium):
        return _Way(told.source or click.source, told.medium or click.medium)
    if kind == "spend" and told.source and not told.medium:
        return _Way(told.source, "cpc")
    if told.source or told.medium:
        return told
    if referrer:
        known = site(referrer)
        if known and known.category == "search":
            return _Way(known.name, "organic")
        return _Way(referrer, AI_MEDIUM if known and known.category == "ai" else "referral")
    share = next((way for name, way in SHARE_IDS.items() if name in ids), None)
    return share or (_Way("", "") if kind in _NEVER_DIRECT else _Way("(direct)", "(none)"))


def host(url: str) -> str:
    """The host of a URL in lower case without ``www.``; empty where there is none."""
    found = _HOST.match(url)
    return found[1].lower().rstrip(".").removeprefix("www.") if found else ""


_HOST = re.compile(
    r"\s*(?:(?:[a-z][a-z0-9+.\-]*:)?//(?:[^/?#@]*@)?|(?=[^/?#:@\s]+\.))(\[[^\]]*\]|[^/?#:\s]+)", re.IGNORECASE
)


def _outside(referrer: str, own: Iterable[str]) -> str:
    """The referrer, unless it is us or a payment page."""
    ours = frozenset(name.lower().removeprefix("www.") for name in own if name)
    return "" if under(referrer, ours | PAYMENT_HOSTS) else referrer


def _parameters(url: str) -> tuple[dict[str, str], set[str]]:
    """Campaign fields of a URL's query (first value wins, the fragment is ignored), and its click ids."""
    tags: dict[str, str] = {}
    clicked: set[str] = set()
    for pair in url.partition("#")[0].partition("?")[2].split("&"):
        name, _, raw = pair.partition("=")
        name = name.lower().removeprefix("amp;")
        if name in PARAMETERS:
            tags[PARAMETERS[name]] = tags.get(PARAMETERS[name]) or _decoded(raw)
        elif raw and (name in CLICK_IDS or name in SHARE_IDS):
            clicked.add(name)
    return tags, clicked


def _decoded(raw: str) -> str:
    """Percent-decoded once; what is no UTF-8 is read as GB 18030, as older Chinese sites write it."""
    try:
        return unquote_plus(raw, errors="strict").strip()
    except UnicodeDecodeError:
        return unquote_plus(raw, encoding="gb18030", errors="replace").strip()


def _click_ids(value: Any) -> set[str]:
    """The names of click ids, from a list of names, names joined by commas, or a mapping to their values."""
    if isinstance(value, Mapping):
        names: Iterable[Any] = [name for name, text in cast("Mapping[Any, Any]", value).items() if text]
    else:
        names = value.split(",") if isinstance(value, str) else value or ()
    return {str(name).strip().lower() for name in names}


def _value(touch: object, name: str) -> Any:
    if isinstance(touch, Mapping):
        return cast("Mapping[str, Any]", touch).get(name)
    return getattr(touch, name, None)


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()
