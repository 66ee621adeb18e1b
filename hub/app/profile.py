"""Builds the profiles of the customers a change touched, and names the merges and splits it made.

A customer that is shown differently from now on leaves a former state behind, and an id that leads
elsewhere from now on an event, in the transaction that changes what is shown: never none, never two.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from copy import copy
from itertools import groupby
from operator import attrgetter

from hub.app.clock import micros
from hub.app.moves import moves, returns
from hub.app.portrait import anchor_of, draw
from hub.app.recompute import Change
from hub.core.merge import DEFAULTS, RULES, Survivorship
from hub.core.model import SurvivorshipRule, public_id
from hub.store.events import log
from hub.store.identity import anchors_of, members_of, note_heirs
from hub.store.past import keep_former
from hub.store.pins import pins_of
from hub.store.profiles import (
    CustomerRow,
    MemberRow,
    customer_rows,
    each_profile,
    member_rows,
    put_customers,
    shown_anchors,
)
from hub.store.session import Transaction

__all__ = ["Profiler"]

Moves = tuple[tuple[str, str], ...]
Clusters = Sequence[tuple[int, Sequence[MemberRow]]]


class Profiler:
    """Makes profiles by the survivorship in force."""

    def __init__(
        self,
        rules: Mapping[str, SurvivorshipRule] = RULES,
        choices: Mapping[str, str | Sequence[str]] = DEFAULTS,
    ) -> None:
        self.survivorship = Survivorship(rules, choices)
        self.cause = "data"
        """Why customers change, as events tell it."""
        self.watch: Callable[[Change], None] = lambda change: None
        """Told of every change before its customers are drawn."""

    def because(self, cause: str, watch: Callable[[Change], None] | None = None) -> Profiler:
        """The same profiler, at work for another cause."""
        other = copy(self)
        other.cause = cause
        other.watch = watch or self.watch
        return other

    def settle(self, tx: Transaction, change: Change) -> tuple[Moves, Moves]:
        """Note where the ids of vanished records lead; the merges and splits a change made."""
        labels = {*change.after.values(), *change.before.values()}
        return self._settle(tx, change, shown_anchors(tx, labels), anchors_of(tx, labels))

    def refresh(self, tx: Transaction, labels: Collection[int]) -> None:
        """Rebuild the customers of these clusters, and drop those of clusters that are no more."""
        self._draw(tx, _clusters(member_rows(tx, labels)), customer_rows(tx, labels))

    def update(self, tx: Transaction, change: Change, labels: Collection[int]) -> tuple[Moves, Moves]:
        """Settle a change and refresh the clusters ``labels``, its own among them, each read once."""
        clusters, stored = _clusters(member_rows(tx, labels)), customer_rows(tx, labels)
        fresh = {label: anchor for label, its in clusters if (anchor := anchor_of(its)) is not None}
        moves = self._settle(tx, change, {label: row.anchor for label, row in stored.items()}, fresh)
        self._draw(tx, clusters, stored)
        return moves

    def _settle(
        self, tx: Transaction, change: Change, old: Mapping[int, int], fresh: Mapping[int, int]
    ) -> tuple[Moves, Moves]:
        self.watch(change)
        note_heirs(tx, _heirs(change, old, fresh))
        return _moves(change, old, fresh)

    def _draw(self, tx: Transaction, clusters: Clusters, stored: Mapping[int, CustomerRow]) -> None:
        """Draw the customers of whole clusters, and write what differs from those stored."""
        pins = pins_of(tx, [row.record for _, rows in clusters for row in rows])
        fresh = {row.cluster: row for row in draw(self.survivorship, clusters, pins)}
        self._note(tx, stored, fresh)
        changed = [row for label, row in fresh.items() if stored.get(label) != row]
        put_customers(tx, changed, stored.keys() - fresh.keys())

    def _note(
        self, tx: Transaction, stored: Mapping[int, CustomerRow], fresh: Mapping[int, CustomerRow]
    ) -> None:
        """Keep what is about to be shown differently, and how ids move by it."""
        at = micros()
        replaced = [row for label, row in stored.items() if not row.looks_like(fresh.get(label))]
        if replaced:
            keep_former(tx, replaced, until=at)
            log(tx, moves(tx, replaced, fresh), at=at, cause=self.cause)
        if len(stored) < len(fresh):
            log(
                tx,
                returns(tx, [row for label, row in fresh.items() if label not in stored]),
                at=at,
                cause=self.cause,
            )

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


def _clusters(rows: Iterable[MemberRow]) -> Clusters:
    """The rows of each cluster, which come one cluster after another."""
    return [(label, list(its)) for label, its in groupby(rows, attrgetter("cluster"))]


def _heirs(change: Change, old: Mapping[int, int], fresh: Mapping[int, int]) -> dict[int, int]:
    """For records that are gone, a record of the customer that has what was left of theirs."""
    left: dict[int, list[int]] = {}
    for record, label in change.after.items():
        if record in change.before and label in fresh:
            left.setdefault(change.before[record], []).append(fresh[label])
    heirs: dict[int, int] = {}
    for record in change.before.keys() - change.after.keys():
        label = change.before[record]
        if label in fresh and label in old:
            heirs[record] = fresh[label]
        elif label in left:
            heirs[record] = min(left[label])
    return heirs


def _moves(change: Change, old: Mapping[int, int], fresh: Mapping[int, int]) -> tuple[Moves, Moves]:
    before, after = set(old.values()), set(fresh.values())
    merges: set[tuple[str, str]] = set()
    splits: set[tuple[str, str]] = set()
    went = {
        (change.before[record], label) for record, label in change.after.items() if record in change.before
    }
    for before_label, label in went | {(label, label) for label in old}:  # a cluster may show another id, too
        was, now = old.get(before_label), fresh.get(label)
        if was is None or now is None or was == now:
            continue
        if was not in after:
            merges.add((public_id(was), public_id(now)))
        elif now not in before:
            splits.add((public_id(was), public_id(now)))
    return tuple(sorted(merges)), tuple(sorted(splits))
