"""Merge the records of one customer into one profile, every value leading back to its record."""

from __future__ import annotations

from hub.core.merge.canonical import dump, load
from hub.core.merge.offers import Member, displayed_name
from hub.core.merge.pins import check_pin
from hub.core.merge.profile import Survivorship, check, merge
from hub.core.merge.rules import DEFAULTS, RULES

__all__ = [
    "DEFAULTS",
    "RULES",
    "Member",
    "Survivorship",
    "check",
    "check_pin",
    "displayed_name",
    "dump",
    "load",
    "merge",
]
