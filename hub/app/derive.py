"""Reads raw records for what they say: who (a source record) and what happened (a history row).

A customer record is its own source record. An event names its customer: by the source's own id
alone, and then it hangs on that very record, landed or not; or by identifiers, and then who sends
it is a source record of its own, a *party*, equal for equal identifiers, that is resolved like any
other. With both, the party carries the id as evidence that is as good as certain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime
from decimal import Decimal
from functools import partial
from itertools import chain, groupby
from typing import Any, NamedTuple, TypeVar

from pydantic_core import from_json, to_json

from hub.app.clock import as_micros
from hub.core.model import SourceRecord, keys_under, public_id, record_key
from hub.core.normalize import Normalizer
from hub.errors import PluginError
from hub.store.history import (
    PendingRow,
    live_customers,
    put_history,
    referenced,
    resolved_records,
)
from hub.store.identity import SourceRow, mint
from hub.store.session import Transaction
from hub.store.streams import StreamRow

__all__ = ["Derived", "Deriver", "collision", "derive", "micro_units"]

PARTY_FIELDS = ("full_name", "emails", "phones", "handles")
TOGETHER = 1000
"""Records normalized at once: few enough for a processor to keep what it reads of them near."""

Column = list[Any]
"""One column of the rows of history: the raw records they come from, the source records they hang on, or what happened."""
LATEST = 1 << 63
"""Later than any time."""
_Row = TypeVar("_Row")


class Named(NamedTuple):
    """Whom an event names, and how."""

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
        records = self.normalizer.source_records(
            [_fields(raw) for raw in rows],
            [raw.key for raw in rows],
            [_reference(raw.stream.connector, raw.stream.name, raw.source_id) for raw in rows],
        )
        found: dict[int, SourceRow] = {}
        for raw, record in zip(rows, records, strict=True):
            stream = raw.stream
            if raw.key in found:
                raise collision(raw.key)
            found[raw.key] = SourceRow(raw.key, raw.id, stream.id, stream.makes_customers, record.dump())
        return found

    def parties(self, named: Mapping[int, Named]) -> dict[int, SourceRow]:
        """Who events are about, as far as they can tell themselves; whom placeholders name is nobody, and left out."""
        found: dict[int, SourceRow] = {}
        told: list[tuple[int, Named]] = []
        for key, one in named.items():
            if one.said:
                told.append((key, one))
            else:
                found[key] = self.stub(*one.stream.customers, one.ref)
        for some in _parts(told):
            records = self.normalizer.source_records(
                [from_json(one.said) for _, one in some],
                [key for key, _ in some],
                [_reference(*one.stream.customers, one.ref) for _, one in some],
            )
            for (key, (stream, ref, said)), record in zip(some, records, strict=True):
                if ref or record.emails or record.phones or record.handles:
                    found[key] = SourceRow(key, None, stream.id, stream.makes_customers, record.dump(), said)
        return found

    def stub(self, connector: str, stream: str, source_id: str) -> SourceRow:
        """A customer of whom nothing is known but the id that events name."""
        key = record_key(connector, stream, source_id)
        content = SourceRecord(key, ref=_reference(connector, stream, source_id)).dump()
        return SourceRow(key, None, 0, True, content)


class Derived(NamedTuple):
    """What some raw records come to."""

    wanted: dict[int, SourceRow | None]
    """The source records there should be, and those there should not."""
    touched: Set[int]
    """The customers whose raw data changed."""
    taken: dict[int, int]
    """The raw records, and the revision of each."""


class _Events(NamedTuple):
    """What live raw records of one kind say, in columns."""

    raw: Column
    hung: Column | None
    """The source record each hangs on, where it names anybody; no such column where none of the kind does."""
    facts: list[Column]
    named: dict[int, Named]
    seen: dict[int, int]
    """When each of those was first named."""
    tombs: list[int]
    """Raw records of the kind that are deleted."""

    def columns(self, nobody: Set[int]) -> list[Column]:
        """History as its table has it; what names ``nobody`` hangs on nothing."""
        if self.hung is None:
            return [self.raw, *self.facts]
        hung = [None if key in nobody else key for key in self.hung] if nobody else self.hung
        return [self.raw, hung, *self.facts]


class _Read(NamedTuple):
    """What was read of raw records, part by part."""

    taken: dict[int, int]
    customers: dict[int, SourceRow]
    gone: dict[int, PendingRow]
    """Deleted customer records, by intrinsic key."""
    events: dict[str, list[_Events]]
    seen: dict[int, int]
    """When each source record that is told of was first told of."""


def derive(
    tx: Transaction, deriver: Deriver, parts: Iterable[Sequence[PendingRow]], present: Set[int] | None = None
) -> Derived:
    """Write the history rows of raw records, part by part; say which source records there should be.

    ``present`` are all source records, where they are at hand; without it, those that matter are looked up.
    """
    taken, customers, gone, events, seen = _read(deriver, parts, present or frozenset())
    named = {key: one for some in events.values() for its in some for key, one in its.named.items()}
    # a party that is known stays as it is: its key is a hash of all it says, or it is a landed customer;
    # of those present none was named
    known = resolved_records(tx, named) if present is None else set[int]()
    parties = deriver.parties({key: one for key, one in named.items() if key not in known})
    somebody = known | parties.keys()
    nobody = named.keys() - somebody
    before: set[int] = set()
    for kind, some in events.items():
        columns = zip(*[its.columns(nobody) for its in some], strict=True)
        tombs = [number for its in some for number in its.tombs]
        before |= put_history(tx, kind, [list(chain.from_iterable(column)) for column in columns], tombs)
    mint(tx, {key: at for key, at in seen.items() if key not in known and key not in nobody})
    loose = before - somebody - customers.keys()
    held = referenced(tx, gone.keys() | loose)
    wanted: dict[int, SourceRow | None] = dict.fromkeys(loose - live_customers(tx, loose) - held)
    for key, row in gone.items():
        stays = key in held or key in somebody
        wanted[key] = deriver.stub(row.stream.connector, row.stream.name, row.source_id) if stays else None
    wanted |= {key: party for key, party in parties.items() if key not in gone}
    wanted |= customers
    return Derived(wanted, customers.keys() | gone.keys(), taken)


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


def _read(deriver: Deriver, parts: Iterable[Sequence[PendingRow]], known: Set[int]) -> _Read:
    """Take raw records apart, while those of a part are near; of the ``known`` no more is told than what hangs on them."""
    taken: dict[int, int] = {}
    customers: dict[int, SourceRow] = {}
    gone: dict[int, PendingRow] = {}
    events: dict[str, list[_Events]] = {}
    times: list[dict[int, int]] = []
    for part in parts:
        taken |= {row.id: row.revision for row in part}
        of_kind: dict[str, list[PendingRow]] = {}
        for row in part:
            of_kind.setdefault(row.stream.kind, []).append(row)
        sent = of_kind.pop("customer", [])
        live = [row for row in sent if row.deleted_at is None]
        fresh = deriver.customers(live)
        for key in customers.keys() & fresh.keys():
            raise collision(key)
        customers |= fresh
        gone |= {row.key: row for row in sent if row.deleted_at is not None}
        times.append({row.key: row.landed_at for row in live})
        for kind, its in of_kind.items():
            found = _events(kind, its, known)
            events.setdefault(kind, []).append(found)
            times.append(found.seen)
    return _Read(taken, customers, gone, events, _earliest(times))


def _events(kind: str, rows: Sequence[PendingRow], known: Set[int]) -> _Events:
    """What raw records of a kind say."""
    tombs = [row.id for row in rows if row.deleted_at is not None]
    live = [row for row in rows if row.deleted_at is None] if tombs else rows
    said = [_fields(row) for row in live]
    fields = set[str]().union(*said)
    raw = [row.id for row in live]
    facts = [_column(column, said, fields) for column in _TOLD[kind]]
    if kind == "spend":
        return _Events(raw, None, facts, {}, {}, tombs)
    hung, named = _whom(live, said, known)
    seen: dict[int, int] = {}
    for row, key in zip(live, hung, strict=True):
        if key in named and row.landed_at < seen.get(key, LATEST):
            seen[key] = row.landed_at
    return _Events(raw, hung, facts, named, seen, tombs)


def _earliest(times: Iterable[dict[int, int]]) -> dict[int, int]:
    """Of each key the earliest time."""
    first: dict[int, int] = {}
    for its in times:
        first |= {key: at for key, at in its.items() if at < first.get(key, LATEST)}
    return first


def _whom(
    rows: Sequence[PendingRow], said: Sequence[dict[str, Any]], known: Set[int]
) -> tuple[list[int | None], dict[int, Named]]:
    """The source record that each event hangs on, if it names anybody, and who those are but for the ``known``."""
    hung: list[int | None] = []
    who: dict[int, Named] = {}
    for stream, run in groupby(zip(rows, said, strict=True), lambda event: event[0].stream):
        own = keys_under(*stream.customers)
        party = keys_under("party", stream.connector, stream.name, str(stream.makes_customers))
        reference = partial(_reference, *stream.customers)
        for _, fields in run:
            ref, text = fields.get("customer_ref", ""), ""
            told = {}
            if not fields.keys().isdisjoint(PARTY_FIELDS):  # most events name a customer who is known
                told = {name: value for name in PARTY_FIELDS if (value := fields.get(name))}
            if not ref and told.keys() <= {"full_name"}:
                hung.append(None)
                continue
            if told or not stream.makes_customers:
                text = to_json(told).decode()
                key = party(f"{reference(ref)}\x1f{text}")
            else:
                key = own(ref)
            hung.append(key)
            if key not in who and key not in known:
                who[key] = Named(stream, ref, text)
    return hung, who


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


def _column(told: _Told, said: Sequence[dict[str, Any]], fields: Set[str]) -> Column:
    """One column of the history of some events, which have these ``fields`` between them."""
    field, missing, read = told
    if field not in fields:
        return [missing] * len(said)
    if read is None:
        return [fields.get(field, missing) for fields in said]
    return [read(fields[field]) if field in fields else missing for fields in said]


class _Told(NamedTuple):
    """What a column of history has: a field of the event, or what stands for it where that is not said."""

    field: str
    missing: Any = ""
    read: Callable[[Any], Any] | None = None


_TOLD: dict[str, list[_Told]] = {
    "interaction": [
        _Told("occurred_at", read=_moment),
        _Told("kind", "touch"),
        *map(_Told, ("direction", "channel", "source", "medium", "campaign", "term", "content")),
        _Told("click_ids", read=lambda clicks: ",".join(sorted(clicks))),  # their values stay in the raw record
        *map(_Told, ("referrer", "landing_url", "thread", "subject")),
        _Told("value", None, micro_units),
    ],
    "order": [
        _Told("ordered_at", read=_moment), _Told("status"), _Told("amount", read=micro_units), _Told("currency"),
    ],
    "spend": [
        *map(_Told, ("date", "channel", "source", "medium", "campaign")),
        _Told("amount", read=micro_units),
        _Told("currency"),
    ],
}  # fmt: skip
"""By kind, in the order of its table, after the raw record and the source record an event hangs on."""
