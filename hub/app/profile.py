"""Builds the profiles of the customers a change touched, and names the merges and splits it made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import attrgetter

from hub.app.portrait import customer_row
from hub.app.recompute import Change
from hub.core.merge import DEFAULTS, RULES, Survivorship
from hub.core.model import SurvivorshipRule
from hub.store.identity import clusters_of, members_of, note_heirs, pins_of
from hub.store.profiles import CustomerRow, customer_rows, each_profile, member_rows, put_customers
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
        fresh = (
            customer_row(self.survivorship, label, list(its), pins) for label, its in groupby(rows, _CLUSTER)
        )
        return {row.cluster: row for row in fresh if row is not None}


_CLUSTER = attrgetter("cluster")


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
