"""The default channel rules of GA4 as a table, and the rules an admin puts before them.

One row is one way into a channel: all its patterns must match in full, in any case; the first row
that matches wins. The rows are those Google documents for manually tagged traffic
(support.google.com/analytics/answer/9756891, in the version that has "Paid Other" and puts
"Referral" before "Email"); rules that need Google's own ad platforms are left out. "AI Assistant" is
the one later row: since May 2026 GA4 gives a visit that an AI assistant referred the medium
``ai-assistant`` and this channel.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from hub.errors import ConfigError

__all__ = ["AI_MEDIUM", "DIRECT", "PAID", "RULES", "UNASSIGNED", "Rule", "custom_rules", "first_match"]

DIRECT = "Direct"
UNASSIGNED = "Unassigned"


@dataclass(frozen=True, slots=True)
class Rule:
    """A channel and the patterns that lead to it, by field."""

    channel: str
    patterns: tuple[tuple[str, re.Pattern[str]], ...]

    def matches(self, facts: Mapping[str, str]) -> bool:
        """Whether every pattern matches its fact."""
        return all(pattern.fullmatch(facts.get(field, "")) for field, pattern in self.patterns)


def first_match(facts: Mapping[str, str], rules: Iterable[Rule]) -> str:
    """The channel of the first rule that matches, or an empty text."""
    return next((rule.channel for rule in rules if rule.matches(facts)), "")


def _rule(channel: str, /, **patterns: str) -> Rule:
    compiled = ((field, re.compile(text, re.IGNORECASE | re.DOTALL)) for field, text in patterns.items())
    return Rule(channel, tuple(compiled))


PAID = r".*cp.*|ppc|retargeting|paid.*"
AI_MEDIUM = "ai-assistant"
_SHOP = r".*(([^a-df-z]|^)shop|shopping).*"
_EMAIL = r"email|e-mail|e_mail|e mail"

RULES: tuple[Rule, ...] = (
    _rule(DIRECT, source=r"\(direct\)", medium=r"\(not set\)|\(none\)"),
    _rule("Cross-network", campaign=r".*cross-network.*"),
    _rule("Paid Shopping", site="shopping", medium=PAID),
    _rule("Paid Shopping", campaign=_SHOP, medium=PAID),
    _rule("Paid Search", site="search", medium=PAID),
    _rule("Paid Social", site="social", medium=PAID),
    _rule("Paid Video", site="video", medium=PAID),
    _rule("Display", medium=r"display|banner|expandable|interstitial|cpm"),
    _rule("Paid Other", medium=PAID),
    _rule("Organic Shopping", site="shopping"),
    _rule("Organic Shopping", campaign=_SHOP),
    _rule("Organic Social", site="social"),
    _rule("Organic Social", medium=r"social|social-network|social-media|sm|social network|social media"),
    _rule("Organic Video", site="video"),
    _rule("Organic Video", medium=r".*video.*"),
    _rule("Organic Search", site="search"),
    _rule("Organic Search", medium=r"organic"),
    _rule("AI Assistant", medium=AI_MEDIUM),
    _rule("Referral", medium=r"referral|app|link"),
    _rule("Email", source=_EMAIL),
    _rule("Email", medium=_EMAIL),
    _rule("Affiliates", medium=r"affiliate"),
    _rule("Audio", medium=r"audio"),
    _rule("SMS", source=r"sms"),
    _rule("SMS", medium=r"sms"),
    _rule("Mobile Push", medium=r".*push|.*(mobile|notification).*"),
    _rule("Mobile Push", source=r"firebase"),
)

_CONDITIONS = frozenset("campaign channel content direction kind medium referrer site source term".split())
"""What an admin's rule may ask about; ``referrer`` is its host, ``site`` is search, social, video, shopping, ai."""


def custom_rules(configured: Iterable[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """The rules of an admin: ``{name = "Partners", source = ["acme", "partner-*"], medium = "link"}``.

    ``name`` is the channel; every other key is a condition with one pattern or several, of which one
    must match; ``*`` and ``?`` stand for any text and any sign.
    """
    return tuple(_custom_rule(number, row) for number, row in enumerate(configured, start=1))


def _custom_rule(number: int, row: Mapping[str, Any]) -> Rule:
    where = f"channel rule {number}"
    name = str(row.get("name") or "").strip()
    conditions = {field: wanted for field, wanted in row.items() if field != "name"}
    if not name:
        raise ConfigError("the rule has no name", where=where, step='add name = "the channel it leads to"')
    if not conditions:
        raise ConfigError(
            f"the rule {name!r} has no condition, so it would take every touch",
            where=where,
            step=f"add at least one of {', '.join(sorted(_CONDITIONS))}",
        )
    for field, wanted in conditions.items():
        if field not in _CONDITIONS:
            raise ConfigError(
                f"{field!r} is nothing a channel rule can ask about",
                where=where,
                cause="a misspelt key",
                step=f"use {', '.join(sorted(_CONDITIONS))}",
            )
        if not _globs(wanted):
            raise ConfigError(
                f"the condition {field!r} of the rule {name!r} is neither a text nor a list of texts",
                where=where,
                step=f'write {field} = "pattern" or {field} = ["one", "another"]',
            )
    return _rule(name, **{field: "|".join(_globs(wanted)) for field, wanted in conditions.items()})


def _globs(wanted: object) -> list[str]:
    """The patterns as regular expressions; none when the value is not made of texts."""
    texts: list[Any] = [wanted]
    if isinstance(wanted, (list, tuple)):
        texts = [*cast("Iterable[Any]", wanted)]
    return [fnmatch.translate(text.strip()) for text in texts if isinstance(text, str)]
