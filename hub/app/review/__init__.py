"""Brings before people the pairs the hub will not decide alone, and keeps what they decide."""

from __future__ import annotations

from hub.app.review.shown import OpenPair, Side
from hub.app.review.verbs import Review
from hub.app.review.waiting import WINDOW

__all__ = ["WINDOW", "OpenPair", "Review", "Side"]
