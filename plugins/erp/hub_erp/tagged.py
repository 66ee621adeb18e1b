"""The values JSON has no word for, as Tryton writes them: ``{"__class__": "Decimal", "decimal": "1.50"}``.

Times come without a zone and are UTC, so that is what they become here.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

__all__ = ["decoded", "encoded"]

CLOCK = ("hour", "minute", "second", "microsecond")
DAY = ("year", "month", "day")


def decoded(value: Any) -> Any:
    """The value with every tagged object in it made what it stands for; a broken one stays as it is."""
    if isinstance(value, list):
        return [decoded(one) for one in value]
    if not isinstance(value, dict):
        return value
    read = READERS.get(value.get("__class__", ""))
    if read is None:
        return {name: decoded(one) for name, one in value.items()}
    try:
        return read(value)
    except (KeyError, TypeError, ValueError, ArithmeticError, binascii.Error):
        return value


def encoded(value: Any) -> Any:
    """A value of a search, ready for JSON."""
    if isinstance(value, list | tuple):
        return [encoded(one) for one in value]
    if isinstance(value, datetime):
        moment = value.astimezone(UTC)
        return {"__class__": "datetime", **{name: getattr(moment, name) for name in (*DAY, *CLOCK)}}
    return value


READERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "datetime": lambda tagged: datetime(*(tagged[name] for name in (*DAY, *CLOCK)), tzinfo=UTC),
    "date": lambda tagged: date(*(tagged[name] for name in DAY)),
    "time": lambda tagged: time(*(tagged[name] for name in CLOCK)),
    "timedelta": lambda tagged: timedelta(seconds=tagged["seconds"]),
    "Decimal": lambda tagged: Decimal(tagged["decimal"]),
    "bytes": lambda tagged: base64.b64decode(tagged["base64"]),
}
