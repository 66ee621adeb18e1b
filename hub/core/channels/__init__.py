"""Source, medium, click ids and referrer of a touch -> the channel it came by."""

from .evidence import FIELDS, Origin, channel, origin
from .frames import classify, decided, evidence, numbered, origins
from .rules import DIRECT, RULES, UNASSIGNED, Rule, custom_rules
from .sources import SITES, Site, site

__all__ = [
    "DIRECT",
    "FIELDS",
    "RULES",
    "SITES",
    "UNASSIGNED",
    "Origin",
    "Rule",
    "Site",
    "channel",
    "classify",
    "custom_rules",
    "decided",
    "evidence",
    "numbered",
    "origin",
    "origins",
    "site",
]
