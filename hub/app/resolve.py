"""Resolves what has landed: source records, history rows, clusters, profiles.

One worker at a time, by the resolver's lease; syncs go on beside it. Little takes one transaction and
recomputes only the pieces it touches. Much goes stage by stage, each in transactions short enough for
a form post to wait for, and with a durable note of what is behind: read everything, then match, then
draw the customers. What stopped in between goes on there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence, Set
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace

from hub.app.clock import micros
from hub.app.derive import Deriver, derive
from hub.app.memory import give_back, uncollected
from hub.app.profile import Profiler
from hub.app.recompute import Change, put_wanted, recompute
from hub.core.match import Matcher
from hub.store.behind import (
    Outlook,
    all_unmatched,
    is_none_matched,
    matched,
    note_none_matched,
    note_unmatched,
    note_unshown,
    outlook,
    shown,
    some_unmatched,
    some_unshown,
    spell_out_unmatched,
    unmatched_count,
    unshown_count,
)
from hub.store.history import done, drop_indexes, make_indexes, pending_count, take_pending
from hub.store.identity import SourceRow, all_records, clear_derived, clusters_of, source_count
from hub.store.judgements import judgements_in_force
from hub.store.runs import acquire, beat, dead_holder, new_holder, release
from hub.store.session import Store, Transaction
from hub.store.streams import mark_all_pending, remember, remembered, trust
from hub.store.survivorship import note_version

__all__ = ["Resolved", "Resolver"]

Open = Callable[[], AbstractContextManager[Transaction]]

BATCH = 20_000
"""Records, or customers, a transaction: a form post waits no longer for the write lock than one of these takes."""
READING = 60_000
"""Raw records read in one transaction of a long resolution: keys are hashes, so each one writes every index all over."""
MUCH = 2_000, 0.15
"""From so many changed records on, and such a share of all, it is less work to match everything anew."""
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
    survivorship: str = ""
    """The choice of rules that profiles are drawn by; kept as a version when it changes."""
    sources: Sequence[str] = ()
    """Connectors in the order of trust."""
    batch: int = BATCH
    reading: int = READING
    much: tuple[int, float] = MUCH
    progress: Callable[[str, int, int], None] = field(default=lambda stage, done, total: None)
    """Told of long work: the stage, how much of it is done, and how much there is."""

    def resolve(self, *, full: bool = False, dry_run: bool = False) -> Resolved:
        """Resolve all that is pending; ``full`` rebuilds everything derived from the truth.

        With ``dry_run`` nothing is kept: it says what would change.
        """
        if not full and not dry_run and (little := self._little()) is not None:
            return little
        with self.store.write() as tx:
            lease = acquire(tx, LEASE, new_holder(), micros())

        @contextmanager
        def step() -> Iterator[Transaction]:
            with uncollected(), self.store.write(derived=True) as tx:
                tx.take_turn()
                beat(tx, lease, micros())
                yield tx

        try:
            if dry_run:
                return self._preview(full)
            with step() as tx:
                before = remembered(tx, SIGNATURE)
                if full or before not in ("", self.signature):
                    clear_derived(tx)
                    mark_all_pending(tx, None)
                if before != self.signature:
                    remember(tx, SIGNATURE, self.signature)
                    trust(tx, self.sources)
                    if self.survivorship:
                        note_version(tx, self.survivorship, micros())
                if pending_count(tx) > self.batch and not source_count(tx):
                    drop_indexes(tx)
            rules = before not in ("", self.signature)
            cause = "full" if full else "rules" if rules else self.profiler.cause
            worker = replace(self, profiler=self.profiler.because(cause))
            return worker._resolve(step, self.store.read)
        finally:
            with self.store.write() as tx:
                release(tx, lease)

    def rejudge(self, tx: Transaction, records: Collection[int]) -> Resolved:
        """Recompute the pieces of records whose judgements or pins changed."""
        tx.take_turn()
        change = recompute(tx, self.matcher, {}, judged_records=records)
        labels = _labels(tx, change, records)
        moves = self.profiler.update(tx, change, labels)
        return Resolved(0, len(labels), *moves)

    def _little(self) -> Resolved | None:
        """All that is pending, when it is little: an arrival takes one transaction. ``None`` when it is much."""
        with uncollected(), self.store.write(derived=True) as tx:
            tx.take_turn()
            found = outlook(tx, SIGNATURE, LEASE)
            if found.leased:
                dead_holder(tx, LEASE, micros())
            if found.remembered != self.signature or not self._is_little(found):
                return None
            return self._at_once(tx)

    def _is_little(self, found: Outlook) -> bool:
        return found.pending <= self.batch and not found.unmatched and not found.unshown

    def _resolve(self, step: Open, look: Open) -> Resolved:
        """Resolve what is pending: in one transaction when it is little, else in stages that each hold."""
        with step() as tx:
            found = outlook(tx, SIGNATURE, LEASE)
            if self._is_little(found):
                return self._at_once(tx)
        total = self._read(step, found.pending)
        give_back()
        total += self._match(step, look)
        give_back()
        while True:
            with step() as tx:
                labels = some_unshown(tx, self.batch)
                self.profiler.refresh(tx, labels)
                shown(tx, labels)
                behind = unshown_count(tx)
            total += Resolved(customers=len(labels))
            self.progress("customers", total.customers, total.customers + behind)
            if not behind:
                give_back()
                return total

    def _read(self, step: Open, pending: int) -> Resolved:
        """Derive all that is pending, and note what is behind it."""
        total = Resolved()
        with step() as tx:
            # nobody else writes source records meanwhile, and to look most of them up would read all they say
            present = all_records(tx) if self._is_much(tx, pending) else None
            if not source_count(tx):
                note_none_matched(tx)
            named = not is_none_matched(tx)
        while True:
            with step() as tx:
                count = self._read_some(tx, present, named=named)
                if last := count < self.reading:
                    make_indexes(tx)
            total += Resolved(count)
            self.progress("records", total.records, max(pending, total.records))
            if last:
                return total

    def _read_some(self, tx: Transaction, present: set[int] | None, *, named: bool) -> int:
        """Derive what is pending, as much as one transaction takes; ``present`` follows. Returns how much it was."""
        count, moved, written, touched = self._derive(tx, self.reading, present)
        if named:
            note_unmatched(tx, moved)
        note_unshown(tx, clusters_of(tx, touched).values())
        if present is not None:
            present.update(written)
            present.difference_update(moved.keys() - written.keys())
        return count

    def _at_once(self, tx: Transaction) -> Resolved:
        """All that is pending, in one transaction."""
        count, moved, written, touched = self._derive(tx, self.batch)
        if not count:
            return Resolved()
        if self._is_much(tx, len(moved)):
            from hub.app.rebuild import build, put

            change, labels = put(tx, build(tx, self.matcher), moved)
            labels |= set(clusters_of(tx, touched).values())
        else:
            change = recompute(tx, self.matcher, moved, rows=written)
            labels = _labels(tx, change, touched)
        moves = self.profiler.update(tx, change, labels)
        return Resolved(count, len(labels), *moves)

    def _derive(
        self, tx: Transaction, most: int, present: Set[int] | None = None
    ) -> tuple[int, dict[int, str], dict[int, SourceRow], Set[int]]:
        """Write what the oldest pending raw records say.

        Returns how many they were, the contents before of those that moved, the rows written, the records touched.
        """
        wanted, touched, taken = derive(tx, self.deriver, take_pending(tx, most), present)
        moved, written = put_wanted(tx, wanted, present)
        done(tx, taken)
        return len(taken), moved, written, touched

    def _match(self, step: Open, look: Open) -> Resolved:
        """Bring keys, edges and clusters up to date with the source records."""
        from hub.app.rebuild import build, put

        total, done = Resolved(), 0
        with look() as tx:
            much = self._is_much(tx, unmatched_count(tx))
        while much:
            with uncollected(), look() as tx:
                built = build(tx, self.matcher, self.progress)
            with step() as tx:
                if tuple(judgements_in_force(tx)) == built.judgements:  # else somebody judged meanwhile
                    change, labels = put(tx, built, all_unmatched(tx))
                    matched(tx)
                    note_unshown(tx, labels)
                    return Resolved(0, 0, *self.profiler.settle(tx, change))
        with step() as tx:
            spell_out_unmatched(tx)
        while True:
            with step() as tx:
                before = some_unmatched(tx, self.batch)
                change = recompute(tx, self.matcher, before)
                matched(tx, before)
                note_unshown(tx, _labels(tx, change))
                total += Resolved(0, 0, *self.profiler.settle(tx, change))
                behind = unmatched_count(tx)
            done += len(before)
            self.progress("matches", done, done + behind)
            if not behind:
                return total

    def _is_much(self, tx: Transaction, changed: int) -> bool:
        """Whether so many records changed that making everything anew is less work."""
        least, share = self.much
        return changed >= least and changed >= share * source_count(tx)

    def _preview(self, full: bool) -> Resolved:
        total = Resolved()
        try:
            with self.store.write() as tx:
                before = self.profiler.shown(tx) if full else {}
                if full:
                    clear_derived(tx)
                    mark_all_pending(tx, None)
                total = self._resolve(lambda: nullcontext(tx), lambda: nullcontext(tx))
                if full:
                    after = self.profiler.shown(tx)
                    total = Resolved(total.records, *self.profiler.difference(before, after))
                raise _Undo
        except _Undo:
            return total


def _labels(tx: Transaction, change: Change, touched: Collection[int] = ()) -> set[int]:
    """The clusters whose customer may look different after a change, or as raw data of ``touched`` changed."""
    labels = {*change.after.values(), *change.before.values()}
    return labels | set(clusters_of(tx, change.changed.union(touched) - change.after.keys()).values())
