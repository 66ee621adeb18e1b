"""Builds the profiles of the customers a change touched, and names the merges and splits it made."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic_core import from_json

from hub.app.clock import as_micros
from hub.app.recompute import Change
from hub.core.merge import DEFAULTS, RULES, Member, dump, merge
from hub.core.model import Profile, SourceRecord, SurvivorshipRule, public_id
from hub.store.identity import (
    clusters_of,
    first_seen_of,
    members_of,
    note_heirs,
    pins_of,
)
from hub.store.profiles import CustomerRow, MemberRow, customer_rows, each_profile, member_rows, put_customers
from hub.store.session import Transaction

__all__ = ["Profiler"]

Moves = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Profiler:
    """The survivorship in force."""

    rules: Mapping[str, SurvivorshipRule] = field(default_factory=lambda: RULES)
    choices: Mapping[str, str | Sequence[str]] = field(default_factory=lambda: DEFAULTS)

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
        rows = member_rows(tx, list(labels))
        records = [row.record for row in rows]
        seen = first_seen_of(tx, records)
        pins = pins_of(tx, records)
        by_label: dict[int, list[MemberRow]] = {}
        for row in rows:
            by_label.setdefault(row.cluster, []).append(row)
        return {
            label: self._customer(label, members, seen, pins)
            for label, members in by_label.items()
            if any(row.makes_customer for row in members)
        }

    def _customer(
        self,
        label: int,
        rows: Sequence[MemberRow],
        seen: Mapping[int, int],
        pins: Mapping[int, Mapping[str, str]],
    ) -> CustomerRow:
        anchor = min((seen[row.record], row.record) for row in rows if row.makes_customer)[1]
        pinned: dict[str, Any] = {}
        for row in rows:
            pinned.update({name: json.loads(value) for name, value in pins.get(row.record, {}).items()})
        profile = merge(
            public_id(anchor),
            [_member(row) for row in rows],
            rules=self.rules,
            choices=self.choices,
            pins=pinned,
        )
        name, words = _face(profile)
        shown = name or next((said.ref for row in rows if (said := _record(row)).ref), "")
        return CustomerRow(label, anchor, profile.kind, len(rows), shown, words, dump(profile))


def _member(row: MemberRow) -> Member:
    changed = as_micros(datetime.fromisoformat(row.version)) if row.version else row.landed_at
    return Member(
        key=row.record,
        fields=from_json(row.fields),
        record=_record(row),
        connector=row.connector,
        stream=row.stream,
        # a party has no raw record of its own; its id leads to the events that name it
        source_id=row.source_id or public_id(row.record),
        modified_at=changed,
        priority=row.priority,
    )


def _record(row: MemberRow) -> SourceRecord:
    return SourceRecord.load(row.record, row.content)


def _face(profile: Profile) -> tuple[str, str]:
    """A customer's name in a list, and the words searching finds it by."""
    said = {name: value.value for name, value in profile.fields.items()}
    lists = [value for name in ("emails", "phones", "handles") for value in said.get(name) or []]
    name = said.get("full_name") or said.get("organization") or (lists[0] if lists else "")
    words = [
        name,
        said.get("organization") or "",
        *lists,
        *(other[0] for other in _others(profile, "full_name")),
    ]
    return str(name), " ".join(str(word) for word in words if word).lower()


def _others(profile: Profile, name: str) -> tuple[Any, ...]:
    return profile.fields[name].others if name in profile.fields else ()


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
