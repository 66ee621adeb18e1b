"""Builds the profiles of the customers a change touched, and names the merges and splits it made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from pydantic_core import from_json

from hub.app.clock import as_micros
from hub.app.recompute import Change
from hub.core.merge import DEFAULTS, RULES, Member, Survivorship, displayed_name, dump
from hub.core.model import Profile, SourceRecord, SurvivorshipRule, public_id
from hub.store.identity import clusters_of, members_of, note_heirs, pins_of
from hub.store.profiles import CustomerRow, MemberRow, customer_rows, each_profile, member_rows, put_customers
from hub.store.session import Transaction

__all__ = ["Profiler"]

Moves = tuple[tuple[str, str], ...]


class Profiler:
    """Makes profiles by the survivorship in force."""

    def __init__(
        self,
        rules: Mapping[str, SurvivorshipRule] = RULES,
        choices: Mapping[str, str | Sequence[str]] = DEFAULTS,
    ) -> None:
        self.survivorship = Survivorship(rules, choices)

    def refresh(self, tx: Transaction, change: Change, touched: set[int]) -> tuple[int, Moves, Moves]:
        """Rebuild the customers whose members, or whose members' raw data, changed."""
        labels = set(change.after.values()) | set(change.before.values())
        labels |= set(clusters_of(tx, list(touched | change.changed)).values())
        old = customer_rows(tx, list(labels))
        fresh = self._build(tx, labels)
        put_customers(tx, fresh.values(), [label for label in old if label not in fresh])
        note_heirs(tx, _heirs(change, old, fresh))
        return len(labels), *_moves(change, old, fresh)

    def shown(self, tx: Transaction) -> dict[str, frozenset[int]]:
        """The records under each customer id."""
        rows = {row.cluster: shown for shown, row in each_profile(tx)}
        members = members_of(tx, list(rows))
        return {shown: frozenset(members[label]) for label, shown in rows.items()}

    @staticmethod
    def difference(
        before: Mapping[str, frozenset[int]], after: Mapping[str, frozenset[int]]
    ) -> tuple[int, Moves, Moves]:
        """What a rebuild changed: customers, merges, splits."""
        home = {record: shown for shown, members in after.items() for record in members}
        was = {record: shown for shown, members in before.items() for record in members}
        merges = {
            (shown, home[record])
            for shown, members in before.items()
            if shown not in after
            for record in members
            if record in home
        }
        splits = {
            (was[record], shown)
            for shown, members in after.items()
            if shown not in before
            for record in members
            if record in was
        }
        changed = sum(1 for shown in before.keys() | after.keys() if before.get(shown) != after.get(shown))
        return changed, tuple(sorted(merges)), tuple(sorted(splits))

    def _build(self, tx: Transaction, labels: set[int]) -> dict[int, CustomerRow]:
        rows = member_rows(tx, labels)
        pins = pins_of(tx, [row.record for row in rows])
        fresh = (self._customer(label, list(its), pins) for label, its in groupby(rows, _CLUSTER))
        return {row.cluster: row for row in fresh if row is not None}

    def _customer(
        self, label: int, rows: Sequence[MemberRow], pins: Mapping[int, Mapping[str, str]]
    ) -> CustomerRow | None:
        """The customer these records are; ``None`` when none of them may make one."""
        makers = [(row.first_seen, row.record) for row in rows if row.makes_customer]
        if not makers:
            return None
        anchor = min(makers)[1]
        members = [_member(row) for row in rows]
        pinned = _pinned(rows, pins) if pins else None
        profile = self.survivorship.merge(public_id(anchor), members, pinned)
        name = _name(profile) or next((ref for member in members if (ref := member.record.ref)), "")
        words = _words(profile, members)
        return CustomerRow(label, anchor, profile.kind, len(rows), name, words, dump(profile))


_CLUSTER = attrgetter("cluster")


def _pinned(rows: Iterable[MemberRow], pins: Mapping[int, Mapping[str, str]]) -> dict[str, Any]:
    """What people settled on for any of the records, by field."""
    said = (pins[row.record] for row in rows if row.record in pins)
    return {field: from_json(value) for its in said for field, value in its.items()}


def _member(row: MemberRow) -> Member:
    return Member(
        row.record,
        from_json(row.fields),
        SourceRecord.load(row.record, row.content),
        row.connector,
        row.stream,
        # a party has no raw record of its own; its id leads to the events that name it
        row.source_id or public_id(row.record),
        as_micros(datetime.fromisoformat(row.version)) if row.version else row.landed_at,
        row.priority,
    )


NAMES = ("full_name", "organization")
LISTED = ("emails", "phones", "handles")


def _name(profile: Profile) -> str:
    """A customer's name in a list."""
    fields = profile.fields
    for field in (*NAMES, *LISTED):
        if field in fields and (values := _several(fields[field].value)):
            return str(values[0])
    return ""


def _words(profile: Profile, members: Iterable[Member]) -> str:
    """What searching finds a customer by: identifiers, and the name in every spelling and folded."""
    words: list[Any] = []
    for field in (*NAMES, *LISTED):
        if shown := profile.fields.get(field):
            words += _several(shown.value)
            words += [other[0] for other in shown.others]
    for _, fields, record, *_ in members:
        if record.has_name:
            words += displayed_name(fields), f"{record.given} {record.family}".strip(), record.han
    return " ".join(dict.fromkeys([str(word).lower() for word in words if word]))


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []


def _heirs(
    change: Change, old: Mapping[int, CustomerRow], fresh: Mapping[int, CustomerRow]
) -> dict[int, int]:
    """For records that are gone, a record of the customer that has what was left of theirs."""
    left: dict[int, list[int]] = {}
    for record, label in change.after.items():
        if record in change.before and label in fresh:
            left.setdefault(change.before[record], []).append(fresh[label].anchor)
    heirs: dict[int, int] = {}
    for record in change.before.keys() - change.after.keys():
        label = change.before[record]
        if label in fresh and label in old:
            heirs[record] = fresh[label].anchor
        elif label in left:
            heirs[record] = min(left[label])
    return heirs


def _moves(
    change: Change, old: Mapping[int, CustomerRow], fresh: Mapping[int, CustomerRow]
) -> tuple[Moves, Moves]:
    shown_before = {row.customer_id for row in old.values()}
    shown_after = {row.customer_id for row in fresh.values()}
    merges: set[tuple[str, str]] = set()
    splits: set[tuple[str, str]] = set()
    for record, label in change.after.items():
        was = old.get(change.before.get(record, -1))
        now = fresh.get(label)
        if was is None or now is None or was.customer_id == now.customer_id:
            continue
        if was.customer_id not in shown_after:
            merges.add((was.customer_id, now.customer_id))
        elif now.customer_id not in shown_before:
            splits.add((was.customer_id, now.customer_id))
    return tuple(sorted(merges)), tuple(sorted(splits))
