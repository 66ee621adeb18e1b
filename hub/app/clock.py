"""Reads the wall clock, once for the whole hub, as the store keeps time."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

__all__ = ["as_datetime", "as_micros", "iso", "micros"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def micros() -> int:
    """Microseconds since 1970, UTC, now."""
    return time.time_ns() // 1000


def as_micros(moment: datetime) -> int:
    """An aware datetime as microseconds since 1970, UTC, exactly."""
    return (moment - EPOCH) // MICROSECOND


def as_datetime(at: int) -> datetime:
    """Microseconds since 1970 as an aware datetime in UTC."""
    return datetime.fromtimestamp(at // 1_000_000, UTC).replace(microsecond=at % 1_000_000)


def iso(moment: datetime) -> str:
    """UTC as text of one width, so that it sorts as time does."""
    at = moment.astimezone(UTC) if moment.utcoffset() else moment
    day = (at.year, at.month, at.day, at.hour, at.minute, at.second, at.microsecond)
    return "%04d-%02d-%02dT%02d:%02d:%02d.%06d+00:00" % day  # noqa: UP031 (half the time of isoformat)
