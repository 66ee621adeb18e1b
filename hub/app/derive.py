"""Reads raw records for what they say: who (a source record) and what happened (a history row).

A customer record is its own source record. An event names its customer: by the source's own id
alone, and then it hangs on that very record, landed or not; or by identifiers, and then who sends
it is a source record of its own, a *party*, equal for equal identifiers, that is resolved like any
other. With both, the party carries the id as evidence that is as good as certain.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from pydantic_core import from_json, to_json

from hub.app.clock import as_micros
from hub.core.model import SourceRecord, record_key
from hub.core.normalize import Normalizer
from hub.store.history import (
    HISTORY,
    PendingRow,
    live_customers,
    put_history,
    referenced,
    resolved_records,
)
from hub.store.identity import SourceRow, mint
from hub.store.session import Transaction
from hub.store.streams import StreamRow

__all__ = ["Deriver", "derive", "micro_units"]

PARTY_FIELDS = ("full_name", "emails", "phones", "handles")
TOGETHER = 1000
"""Customer records normalized at once: few enough for a processor to keep what it reads of them near."""


class Deriver:
    """Derives with one normalizer; who is seen often is normalized once."""

    def __init__(self, normalizer: Normalizer) -> None:
        self.normalizer = normalizer
        self._party = lru_cache(maxsize=65536)(self._read_party)

    def customers(self, rows: Sequence[PendingRow]) -> dict[int, SourceRow]:
        """Customer records, normalized, by intrinsic key."""
        found: dict[int, SourceRow] = {}
        for at in range(0, len(rows), TOGETHER):
            some = rows[at : at + TOGETHER]
            records = self.normalizer.source_records(
                [_fields(raw) for raw in some],
                [raw.key for raw in some],
                [f"{raw.stream.connector}/{raw.stream.name}/{raw.source_id}" for raw in some],
            )
            for raw, record in zip(some, records, strict=True):
                stream = raw.stream
                row = SourceRow(raw.key, raw.id, stream.id, stream.makes_customers, record.dump())
                found[raw.key] = row
        return found

    def record_of(self, stream: StreamRow, fields: dict[str, Any]) -> int | None:
        """The source record an event hangs on; ``None`` when it names nobody."""
        ref = fields.get("customer_ref")
        if ref and stream.makes_customers and fields.keys().isdisjoint(PARTY_FIELDS):
            return record_key(*stream.customers, ref)  # most events name a customer who is known
        party = self.party(stream, fields)
        return None if party is None else party.record

    def party(self, stream: StreamRow, fields: dict[str, Any]) -> SourceRow | None:
        """Who an event is about, as far as itself can tell; ``None`` when it names nobody."""
        ref = fields.get("customer_ref", "")
        said = {name: value for name in PARTY_FIELDS if (value := fields.get(name))}
        if not ref and said.keys() <= {"full_name"}:
            return None
        connector, name = stream.customers
        if not said and stream.makes_customers:
            return self.stub(connector, name, ref)
        where = f"{connector}/{name}/{ref}" if ref else ""
        text = to_json(said).decode()
        return self._party(stream.connector, stream.name, stream.id, where, text, stream.makes_customers)

    def stub(self, connector: str, stream: str, source_id: str) -> SourceRow:
        """A customer of whom nothing is known but the id that events name."""
        key = record_key(connector, stream, source_id)
        content = SourceRecord(key, ref=f"{connector}/{stream}/{source_id}").dump()
        return SourceRow(key, None, 0, True, content)

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
    of_kind: dict[str, list[PendingRow]] = {kind: [] for kind in ("customer", *HISTORY)}
    for row in rows:
        of_kind[row.stream.kind].append(row)
    mine = of_kind["customer"]
    live = [row for row in mine if row.deleted_at is None]
    customers = deriver.customers(live)
    gone = {row.key: row for row in mine if row.deleted_at is not None}
    seen = {row.key: row.landed_at for row in live}
    parties: dict[int, tuple[StreamRow, dict[str, Any]]] = {}
    before: set[int] = set()
    for kind in HISTORY:
        facts: list[tuple[Any, ...]] = []
        mine = of_kind[kind]
        for row in mine:
            if row.deleted_at is None:
                fields = _fields(row)
                record = deriver.record_of(row.stream, fields) if kind != "spend" else None
                facts.append(_FACTS[kind](row.id, record, fields))
                if record is not None:
                    parties[record] = row.stream, fields
                    seen[record] = min(row.landed_at, seen.get(record, row.landed_at))
        if mine:
            before |= put_history(tx, kind, facts, [row.id for row in mine if row.deleted_at is not None])
    # a party that is known stays as it is: its key is a hash of all it says, or it is a landed customer
    known = resolved_records(tx, parties)
    mint(tx, {record: at for record, at in seen.items() if record not in known})
    loose = before - parties.keys() - customers.keys()
    held = referenced(tx, gone.keys() | loose)
    wanted: dict[int, SourceRow | None] = dict.fromkeys(loose - live_customers(tx, loose) - held)
    for key, row in gone.items():
        stays = key in held or key in parties
        wanted[key] = deriver.stub(row.stream.connector, row.stream.name, row.source_id) if stays else None
    wanted |= {
        key: deriver.party(*told) for key, told in parties.items() if key not in known and key not in gone
    }
    wanted |= customers
    return wanted, customers.keys() | gone.keys()


def micro_units(amount: Any) -> int:
    """Money as whole millionths; sources do not go below, and sums stay exact."""
    return int((Decimal(str(amount)) * 1_000_000).to_integral_value())


def _fields(raw: PendingRow) -> dict[str, Any]:
    return from_json(raw.body, cache_strings="keys")


def _moment(text: str) -> int:
    return as_micros(datetime.fromisoformat(text))


def _interaction(raw_id: int, record: int | None, fields: dict[str, Any]) -> tuple[Any, ...]:
    said = fields.get
    value = said("value")
    clicks = said("click_ids")  # their values stay in the raw record
    return (
        raw_id,
        record,
        _moment(fields["occurred_at"]),
        said("kind", "touch"),
        said("direction") or "",
        said("channel", ""),
        said("source", ""),
        said("medium", ""),
        said("campaign", ""),
        said("term", ""),
        said("content", ""),
        ",".join(sorted(clicks)) if clicks else "",
        said("referrer", ""),
        said("landing_url", ""),
        said("thread", ""),
        said("subject", ""),
        None if value is None else micro_units(value),
    )


def _order(raw_id: int, record: int | None, fields: dict[str, Any]) -> tuple[Any, ...]:
    return (
        raw_id,
        record,
        _moment(fields["ordered_at"]),
        fields.get("status", ""),
        micro_units(fields["amount"]),
        fields.get("currency", ""),
    )


def _spend(raw_id: int, _: None, fields: dict[str, Any]) -> tuple[Any, ...]:
    said = fields.get
    names = ("date", "channel", "source", "medium", "campaign")
    return raw_id, *[said(name, "") for name in names], micro_units(fields["amount"]), said("currency", "")


_FACTS: dict[str, Callable[[int, Any, dict[str, Any]], tuple[Any, ...]]] = {
    "interaction": _interaction,
    "order": _order,
    "spend": _spend,
}
