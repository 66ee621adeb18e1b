"""Reads raw records for what they say: who (a source record) and what happened (a history row).

A customer record is its own source record. An event names its customer: by the source's own id
alone, and then it hangs on that very record, landed or not; or by identifiers, and then who sends
it is a source record of its own, a *party*, equal for equal identifiers, that is resolved like any
other. With both, the party carries the id as evidence that is as good as certain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from pydantic_core import from_json, to_json

from hub.app.clock import as_micros
from hub.core.model import SourceRecord, record_key
from hub.core.normalize import Normalizer
from hub.store.history import HISTORY, PendingRow, live_customers, put_history, records_of_raw, referenced
from hub.store.identity import SourceRow, mint, source_rows
from hub.store.session import Transaction

__all__ = ["Derived", "Deriver", "derive", "micro_units"]

PARTY_FIELDS = ("full_name", "emails", "phones", "handles")


@dataclass(frozen=True, slots=True)
class Derived:
    """What one live raw record says; ``row`` is of the table of its kind, ``source`` is who it is about."""

    source: SourceRow | None
    row: dict[str, Any] | None = None


class Deriver:
    """Derives with one normalizer; who is seen often is normalized once."""

    def __init__(self, normalizer: Normalizer) -> None:
        self.normalizer = normalizer
        self._party = lru_cache(maxsize=65536)(self._read_party)
        self.stub = lru_cache(maxsize=65536)(self._stub)

    def derive(self, raw: PendingRow) -> Derived:
        """What a live raw record says."""
        fields: dict[str, Any] = from_json(raw.body)
        if raw.kind == "customer":
            return Derived(self._customer(raw, fields))
        row = _ROWS[raw.kind](fields)
        row["raw_id"] = raw.id
        if raw.kind == "spend":
            return Derived(None, row)
        source = self._party_of(raw, fields)
        row["record"] = None if source is None else source.record
        return Derived(source, row)

    def _stub(self, connector: str, stream: str, source_id: str) -> SourceRow:
        """A customer of whom nothing is known but the id that events name."""
        key = record_key(connector, stream, source_id)
        content = SourceRecord(key, ref=f"{connector}/{stream}/{source_id}").dump()
        return SourceRow(key, None, 0, True, content)

    def _customer(self, raw: PendingRow, fields: dict[str, Any]) -> SourceRow:
        ref = f"{raw.connector}/{raw.stream}/{raw.source_id}"
        content = self.normalizer.source_record(fields, key=raw.key, ref=ref).dump()
        return SourceRow(raw.key, raw.id, raw.stream_id, raw.makes_customers, content)

    def _party_of(self, raw: PendingRow, fields: dict[str, Any]) -> SourceRow | None:
        ref = fields.get("customer_ref", "")
        connector, stream = raw.customers
        named = any(fields.get(name) for name in PARTY_FIELDS[1:])
        if not named and not ref:
            return None
        if not named and raw.makes_customers and not fields.get("full_name"):
            return self.stub(connector, stream, ref)
        said = {name: fields[name] for name in PARTY_FIELDS if fields.get(name)}
        where = f"{connector}/{stream}/{ref}" if ref else ""
        text = to_json(said).decode()
        return self._party(raw.connector, raw.stream, raw.stream_id, where, text, raw.makes_customers)

    def _read_party(
        self, connector: str, stream: str, stream_id: int, ref: str, said: str, makes_customer: bool
    ) -> SourceRow | None:
        key = record_key("party", connector, stream, str(makes_customer), ref, said)
        record = self.normalizer.source_record(from_json(said), key=key, ref=ref)
        if not (ref or record.emails or record.phones or record.handles):
            return None  # placeholders only: nobody
        return SourceRow(key, None, stream_id, makes_customer, record.dump(), said)


def derive(
    tx: Transaction, deriver: Deriver, rows: Sequence[PendingRow]
) -> tuple[dict[int, SourceRow | None], set[int]]:
    """Write the history rows; say which source records there should be, and whose raw data changed."""
    before = records_of_raw(tx, [row.id for row in rows if row.kind in ("interaction", "order")])
    said = {row.id: deriver.derive(row) for row in rows if not row.deleted}
    for kind in HISTORY:
        mine = [row for row in rows if row.kind == kind]
        fresh = [said[row.id].row for row in mine if row.id in said]
        put_history(tx, kind, [row for row in fresh if row is not None], [r.id for r in mine if r.deleted])
    mint(tx, _first_sight(rows, said))
    wanted: dict[int, SourceRow | None] = {}
    parties = {one.source.record: one.source for one in said.values() if one.source and one.row is not None}
    customers = {row.key: said[row.id].source for row in rows if row.kind == "customer" and row.id in said}
    gone = {row.key: row for row in rows if row.kind == "customer" and row.deleted}
    loose = set(before.values()) - parties.keys() - customers.keys()
    held = referenced(tx, list(gone.keys() | loose))
    landed = live_customers(tx, list(parties.keys() | loose))
    for key in loose - landed.keys() - held:
        wanted[key] = None
    for key, row in gone.items():
        stays = key in held or key in parties
        wanted[key] = deriver.stub(row.connector, row.stream, row.source_id) if stays else None
    stored = source_rows(tx, [key for key in parties if key in landed])
    for key, party in parties.items():
        # a landed customer is itself, however many events name it; before it is resolved, a stub
        if key not in gone and (key not in landed or key not in stored):
            wanted[key] = party
    wanted.update(customers)
    return wanted, customers.keys() | gone.keys()


def _first_sight(rows: Sequence[PendingRow], said: Mapping[int, Derived]) -> dict[int, int]:
    """When each record named by these raw records was first seen: the landing of the first of them."""
    seen: dict[int, int] = {}
    for row in rows:
        one = said.get(row.id)
        if one is not None and one.source is not None:
            record = one.source.record
            seen[record] = min(row.landed_at, seen.get(record, row.landed_at))
    return seen


def micro_units(amount: Any) -> int:
    """Money as whole millionths; sources do not go below, and sums stay exact."""
    return int((Decimal(str(amount)) * 1_000_000).to_integral_value())


def _moment(text: str) -> int:
    return as_micros(datetime.fromisoformat(text))


def _interaction(fields: dict[str, Any]) -> dict[str, Any]:
    said = fields.get
    value = said("value")
    return {
        "at": _moment(fields["occurred_at"]),
        "kind": said("kind", "touch"),
        "direction": said("direction") or "",
        **{name: said(name, "") for name in _TOUCH},
        "click_ids": ",".join(sorted(said("click_ids", {}))),  # their values stay in the raw record
        "value": None if value is None else micro_units(value),
    }


_TOUCH = (
    "channel", "source", "medium", "campaign", "term", "content", "referrer", "landing_url", "thread", "subject",
)  # fmt: skip


def _order(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "at": _moment(fields["ordered_at"]),
        "status": fields.get("status", ""),
        "amount": micro_units(fields["amount"]),
        "currency": fields.get("currency", ""),
    }


def _spend(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: fields.get(name, "") for name in ("date", "channel", "source", "medium", "campaign")},
        "amount": micro_units(fields["amount"]),
        "currency": fields.get("currency", ""),
    }


_ROWS = {"interaction": _interaction, "order": _order, "spend": _spend}
