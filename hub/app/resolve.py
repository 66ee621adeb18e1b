"""Resolves what has landed: source records, history rows, clusters, profiles, in one transaction a batch.

One worker at a time, by the resolver's lease; syncs go on beside it. An arrival, an update, a
deletion and a judgement all take this path and recompute only the pieces they touch.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from hub.app.clock import micros
from hub.app.derive import Deriver, derive
from hub.app.profile import Profiler
from hub.app.recompute import Change, recompute
from hub.core.match import Matcher
from hub.store.history import done, pending_count, take_pending
from hub.store.identity import clear_derived
from hub.store.runs import acquire, beat, new_holder, release
from hub.store.session import Store, Transaction
from hub.store.streams import mark_all_pending, remember, remembered

__all__ = ["Resolved", "Resolver"]

BATCH = 20_000
"""Raw records a transaction: a form post waits no longer for the write lock than one of these takes."""
LEASE = "resolve"
SIGNATURE = "derived with"


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a resolution did."""

    records: int = 0
    """Raw records it went through."""
    customers: int = 0
    """Customers made, changed or gone."""
    merges: tuple[tuple[str, str], ...] = ()
    """(customer id that vanished, customer id that now has its records)"""
    splits: tuple[tuple[str, str], ...] = ()
    """(customer id, customer id that some of its records now show)"""

    def __add__(self, other: Resolved) -> Resolved:
        return Resolved(
            self.records + other.records,
            self.customers + other.customers,
            self.merges + other.merges,
            self.splits + other.splits,
        )


class _Undo(Exception):
    """Raised to roll a preview back."""


@dataclass(frozen=True, slots=True)
class Resolver:
    """Everything a resolution needs, made once."""

    store: Store
    deriver: Deriver
    matcher: Matcher
    profiler: Profiler
    signature: str = ""
    """What derived tables depend on beside the landed data; when it changes, they are rebuilt."""
    batch: int = BATCH
    progress: Callable[[int, int], None] = field(default=lambda done, total: None)

    def resolve(self, *, full: bool = False, dry_run: bool = False) -> Resolved:
        """Resolve all that is pending; ``full`` rebuilds everything derived from the truth.

        With ``dry_run`` nothing is kept: it says what would change.
        """
        with self.store.write() as tx:
            lease = acquire(tx, LEASE, new_holder(), micros())
        try:
            if dry_run:
                return self._preview(full)
            total = Resolved()
            with self.store.write() as tx:
                before = remembered(tx, SIGNATURE)
                if full or before not in ("", self.signature):
                    clear_derived(tx)
                    mark_all_pending(tx, None)
                if before != self.signature:
                    remember(tx, SIGNATURE, self.signature)
                waiting = pending_count(tx)
            while True:
                with _uncollected(), self.store.write() as tx:
                    beat(tx, lease, micros())
                    step = self.one_batch(tx, self.batch)
                total += step
                self.progress(total.records, max(waiting, total.records))
                if step.records < self.batch:
                    return total
        finally:
            with self.store.write() as tx:
                release(tx, lease)

    def one_batch(self, tx: Transaction, most: int) -> Resolved:
        """Resolve the oldest pending raw records inside a transaction of the caller's."""
        rows = take_pending(tx, most)
        if not rows:
            return Resolved()
        wanted, touched = derive(tx, self.deriver, rows)
        change = recompute(tx, self.matcher, wanted)
        done(tx, rows)
        resolved = self.profiler.refresh(tx, change, touched)
        return Resolved(len(rows), *resolved)

    def rejudge(self, tx: Transaction, records: Collection[int]) -> tuple[Change, Resolved]:
        """Recompute the pieces of records whose judgements or pins changed."""
        change = recompute(tx, self.matcher, {}, judged_records=records)
        return change, Resolved(0, *self.profiler.refresh(tx, change, set(records)))

    def _preview(self, full: bool) -> Resolved:
        total = Resolved()
        try:
            with self.store.write() as tx:
                before = self.profiler.shown(tx) if full else {}
                if full:
                    clear_derived(tx)
                    mark_all_pending(tx, None)
                while (step := self.one_batch(tx, self.batch)).records:
                    total += step
                if full:
                    total = Resolved(
                        total.records, *self.profiler.difference(before, self.profiler.shown(tx))
                    )
                raise _Undo
        except _Undo:
            return total


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep Python from looking for reference cycles in a batch of plain values, a third of its time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
