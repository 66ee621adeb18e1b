"""When to ask again: how often, how long in all, and what the other side said about it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

__all__ = ["Retry", "named_wait", "parse_http_date"]

BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that may pass by themselves."""

UNDONE = frozenset({425, 429, 503})
"""Those of them that say the request was not carried out, so that even a write may be sent again."""


@dataclass(frozen=True, slots=True)
class Retry:
    """A budget: at most ``tries`` requests and ``total`` seconds of waiting for one answer."""

    tries: int = 5
    total: float = 60.0
    base: float = 0.5
    cap: float = 20.0

    def pause(self, failures: int) -> float:
        """Seconds before the next try: doubling, capped, and jittered so that clients spread out."""
        ceiling = min(self.cap, self.base * 2 ** (failures - 1))
        return random.uniform(ceiling / 2, ceiling)


def named_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds the other side asks us to wait, from ``Retry-After`` or a rate limit's reset time.

    Dates are read against the answer's own ``Date``, so a wrong clock here does no harm.
    """
    for name in ("retry-after", "x-ratelimit-reset"):
        text = headers.get(name, "").strip()
        if text:
            now = parse_http_date(headers.get("date", "")) or datetime.now(UTC)
            seconds = _seconds(text, now)
            if seconds is not None:
                return max(0.0, seconds)
    return None


def parse_http_date(text: str) -> datetime | None:
    """``Sun, 06 Nov 1994 08:49:37 GMT`` as a time with a zone, or ``None``."""
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _seconds(text: str, now: datetime) -> float | None:
    """Seconds, seconds since 1970, an HTTP date or an ISO date: all are met in the wild."""
    if text.isascii() and text.replace(".", "", 1).isdigit():
        number = float(text)
        return number - now.timestamp() if number > 1e8 else number
    moment = parse_http_date(text)
    if moment is None:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return None
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()
