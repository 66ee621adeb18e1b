"""Reads raw records for what they say: who (a source record) and what happened (a history row).

A customer record is its own source record. An event names its customer: by the source's own id
alone, and then it hangs on that very record, landed or not; or by identifiers, and then who sends
it is a source record of its own, a *party*, equal for equal identifiers, that is resolved like any
other. With both, the party carries the id as evidence that is as good as certain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from pydantic_core import from_json, to_json

from hub.app.clock import as_micros
from hub.core.model import SourceRecord, public_id, record_key
from hub.core.normalize import Normalizer
from hub.errors import PluginError
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

__all__ = ["Deriver", "collision", "derive", "micro_units"]

PARTY_FIELDS = ("full_name", "emails", "phones", "handles")
TOGETHER = 1000
"""Records normalized at once: few enough for a processor to keep what it reads of them near."""

Fact = tuple[Any, ...]
"""A row of history: the raw record it comes from, the source record it hangs on, and what happened."""
_Row = TypeVar("_Row")


class Named(NamedTuple):
    """Whom an event names, and how."""

    key: int
    """Intrinsic key of the source record the event hangs on."""
    stream: StreamRow
    ref: str
    """The source's own id of the customer."""
    said: str
    """What the event says of them beside that, as JSON text; empty when it is nothing."""


class Deriver:
    """Derives source records with one normalizer."""

    def __init__(self, normalizer: Normalizer) -> None:
        self.normalizer = normalizer

    def customers(self, rows: Sequence[PendingRow]) -> dict[int, SourceRow]:
        """Customer records, normalized, by intrinsic key."""
        found: dict[int, SourceRow] = {}
        for some in _parts(rows):
            records = self.normalizer.source_records(
                [_fields(raw) for raw in some],
                [raw.key for raw in some],
                [_reference(raw.stream.connector, raw.stream.name, raw.source_id) for raw in some],
            )
            for raw, record in zip(some, records, strict=True):
                stream = raw.stream
                row = SourceRow(raw.key, raw.id, stream.id, stream.makes_customers, record.dump())
                if raw.key in found:
                    raise collision(raw.key)
                found[raw.key] = row
        return found

    def parties(self, named: Iterable[Named]) -> dict[int, SourceRow]:
        """Who events are about, as far as they can tell themselves; whom placeholders name is nobody, and left out."""
        found: dict[int, SourceRow] = {}
        told: list[Named] = []
        for one in named:
            if one.said:
                told.append(one)
            else:
                found[one.key] = self.stub(*one.stream.customers, one.ref)
        for some in _parts(told):
            records = self.normalizer.source_records(
                [from_json(one.said) for one in some],
                [one.key for one in some],
                [_reference(*one.stream.customers, one.ref) for one in some],
            )
            for one, record in zip(some, records, strict=True):
                if one.ref or record.emails or record.phones or record.handles:
                    stream = one.stream
                    row = SourceRow(one.key, None, stream.id, stream.makes_customers, record.dump(), one.said)
                    found[one.key] = row
        return found

    def stub(self, connector: str, stream: str, source_id: str) -> SourceRow:
        """A customer of whom nothing is known but the id that events name."""
        key = record_key(connector, stream, source_id)
        content = SourceRecord(key, ref=_reference(connector, stream, source_id)).dump()
        return SourceRow(key, None, 0, True, content)


def derive(
    tx: Transaction, deriver: Deriver, rows: Sequence[PendingRow]
) -> tuple[dict[int, SourceRow | None], set[int]]:
    """Write the history rows; say which source records there should be, and whose raw data changed."""
    of_kind: dict[str, list[PendingRow]] = {kind: [] for kind in ("customer", *HISTORY)}
    for row in rows:
        of_kind[row.stream.kind].append(row)
    sent = of_kind.pop("customer")
    live = [row for row in sent if row.deleted_at is None]
    customers = deriver.customers(live)
    gone = {row.key: row for row in sent if row.deleted_at is not None}
    seen = {row.key: row.landed_at for row in live}
    facts: dict[str, list[Fact]] = {kind: [] for kind in HISTORY}
    named: dict[int, Named] = {}
    for kind, its in of_kind.items():
        for row in its:
            if row.deleted_at is None:
                fields = _fields(row)
                who = _named(row.stream, fields) if kind != "spend" else None
                facts[kind].append(_FACTS[kind](row.id, None if who is None else who.key, fields))
                if who is not None:
                    named[who.key] = who
                    seen[who.key] = min(row.landed_at, seen.get(who.key, row.landed_at))
    # a party that is known stays as it is: its key is a hash of all it says, or it is a landed customer
    known = resolved_records(tx, named)
    parties = deriver.parties([one for key, one in named.items() if key not in known])
    somebody = known | parties.keys()
    nobody = named.keys() - somebody
    before: set[int] = set()
    for kind, its in of_kind.items():
        if its:
            told = [(fact[0], None, *fact[2:]) if fact[1] in nobody else fact for fact in facts[kind]]
            before |= put_history(tx, kind, told, [row.id for row in its if row.deleted_at is not None])
    mint(tx, {key: at for key, at in seen.items() if key not in known and key not in nobody})
    loose = before - somebody - customers.keys()
    held = referenced(tx, gone.keys() | loose)
    wanted: dict[int, SourceRow | None] = dict.fromkeys(loose - live_customers(tx, loose) - held)
    for key, row in gone.items():
        stays = key in held or key in somebody
        wanted[key] = deriver.stub(row.stream.connector, row.stream.name, row.source_id) if stays else None
    wanted |= {key: party for key, party in parties.items() if key not in gone}
    wanted |= customers
    return wanted, customers.keys() | gone.keys()


def collision(key: int) -> PluginError:
    """Two landed records whose names come to one key: neither may pass for the other."""
    return PluginError(
        f"two landed records have the intrinsic key {key}",
        where=public_id(key),
        cause="a hash collision, about one in ten million hubs of a million records",
        step="find the connectors of both by this id, and rename one of the two",
    )


def micro_units(amount: Any) -> int:
    """Money as whole millionths; sources do not go below, and sums stay exact."""
    return int((Decimal(str(amount)) * 1_000_000).to_integral_value())


def _named(stream: StreamRow, fields: dict[str, Any]) -> Named | None:
    """Whom an event names, if anybody."""
    ref = fields.get("customer_ref", "")
    said = {}
    if not fields.keys().isdisjoint(PARTY_FIELDS):  # most events name a customer who is known
        said = {name: value for name in PARTY_FIELDS if (value := fields.get(name))}
    if not ref and said.keys() <= {"full_name"}:
        return None
    if not said and stream.makes_customers:
        return Named(record_key(*stream.customers, ref), stream, ref, "")
    text = to_json(said).decode()
    makes = str(stream.makes_customers)
    key = record_key("party", stream.connector, stream.name, makes, _reference(*stream.customers, ref), text)
    return Named(key, stream, ref, text)


def _reference(connector: str, stream: str, source_id: str) -> str:
    """A source's own id as evidence, equal wherever it is named; empty without one."""
    return f"{connector}/{stream}/{source_id}" if source_id else ""


def _parts(rows: Sequence[_Row]) -> Iterator[Sequence[_Row]]:
    """Rows by so many as are normalized at once."""
    return (rows[at : at + TOGETHER] for at in range(0, len(rows), TOGETHER))


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


_FACTS: dict[str, Callable[[int, Any, dict[str, Any]], Fact]] = {
    "interaction": _interaction,
    "order": _order,
    "spend": _spend,
}
