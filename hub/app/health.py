"""Tells whether data is flowing, connector by connector."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hub.app.clock import as_datetime, iso
from hub.app.config import ConnectorConfig
from hub.store.runs import last_runs
from hub.store.session import Transaction
from hub.store.streams import stream_counts, stream_rows

__all__ = ["health"]


def health(tx: Transaction, connectors: Iterable[ConnectorConfig], now: int) -> dict[str, Any]:
    """What became of the last syncs, how much there is, and how long ago anything came."""
    last, counts, rows = last_runs(tx), stream_counts(tx), stream_rows(tx)
    told: list[dict[str, Any]] = []
    for conn in connectors:
        mine = [counts.get(row.id, (0, 0, None)) for row in rows if row.connector == conn.name]
        runs = last.get(conn.name, [])
        ended = [run["ended_at"] or run["started_at"] for run in runs]
        changed = [at for _, _, at in mine if at is not None]
        moment = max(ended or changed, default=None)
        status = next((run["status"] for run in runs if run["status"] != "done"), "done" if runs else "")
        told.append(
            {
                "name": conn.name,
                "type": conn.type,
                "enabled": conn.enabled,
                "last_run": None if moment is None else iso(as_datetime(moment)),
                "status": status or ("receiving" if changed else "never ran"),
                "records": sum(live for live, _, _ in mine),
                "rejects": sum(bad for _, bad, _ in mine),
                "lag_seconds": None if moment is None else (now - moment) // 1_000_000,
            }
        )
    bad = any(one["enabled"] and one["status"] in ("failed", "interrupted") for one in told)
    return {"status": "degraded" if bad else "ok", "connectors": told}
