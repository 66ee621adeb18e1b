"""Searches, shows, explains, merges, splits and pins customers."""

from __future__ import annotations

from hub.faces.cli.customers.decide import author_of, decided, merge, question_of, said_why, split, weighed
from hub.faces.cli.customers.events import events
from hub.faces.cli.customers.group import customers
from hub.faces.cli.customers.look import explain, search, show
from hub.faces.cli.customers.pins import pin, unpin
from hub.faces.cli.customers.plain import profile_plain
from hub.faces.cli.customers.rules import rules
from hub.faces.cli.customers.timeline import timeline

__all__ = [
    "author_of",
    "customers",
    "decided",
    "events",
    "explain",
    "merge",
    "pin",
    "profile_plain",
    "question_of",
    "rules",
    "said_why",
    "search",
    "show",
    "split",
    "timeline",
    "unpin",
    "weighed",
]
