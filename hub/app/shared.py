"""Names the value that records share when they share a blocking key."""

from __future__ import annotations

from hub.core.block import kind_of
from hub.core.match.live import live
from hub.core.model import SourceRecord

__all__ = ["shared_value"]


def shared_value(key: int, record: SourceRecord) -> str:
    """Which of a record's values a blocking key stands for, with its kind; ids stay covered."""
    kind = kind_of(key)
    if not kind.evidence:
        return f"{kind.name} ({kind.made_of})"
    without = live(record, {key})
    for field in ("emails", "phones", "handles"):
        gone = set(getattr(record, field)) - set(getattr(without, field))
        if gone:
            return f"{kind.name} {gone.pop()}"
    if record.organization != without.organization:
        return f"{kind.name} {record.organization}"
    if record.street != without.street:
        return f"{kind.name} {' '.join(filter(None, (record.house, record.street, record.postal_code, record.city)))}"
    if record.custom != without.custom:
        return " = ".join((set(record.custom) - set(without.custom)).pop())
    return f"{kind.name} (covered)"
