"""Carries a change of source records through keys, edges and clusters, touching only what it must.

The result after any order and batching of changes is that of one batch over the final records.
That holds because keys and weights are pure functions of records and of which keys are generic,
because every record whose keys change their live or generic state counts as changed, and because
every connected piece that holds a changed record, or an end of a changed edge, is clustered anew.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import combinations

from hub.app.walk import Book, Judgements, pieces
from hub.core.block import blocking_keys
from hub.core.cluster import IDENTICAL
from hub.core.echo import echo_key, is_echo_key, kept_by_echoes, voices
from hub.core.match import Matcher, evidence_keys
from hub.core.model import SourceRecord
from hub.store.behind import among_unmatched
from hub.store.identity import (
    SourceRow,
    clusters_of,
    edges_of,
    holders,
    put_source_records,
    source_rows,
    write_clusters,
    write_edges,
    write_keys,
)
from hub.store.judgements import judgements_of
from hub.store.session import Transaction

__all__ = ["Change", "put_wanted", "recompute"]

Pair = tuple[int, int]
_NOBODY: frozenset[int] = frozenset()
_ALL = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Change:
    """What a recomputation did, for whoever keeps profiles or shows a preview."""

    before: Mapping[int, int] = field(default_factory=dict[int, int])
    """Record to its cluster before, of every record whose cluster changed or that is gone."""
    after: Mapping[int, int] = field(default_factory=dict[int, int])
    """Record to its cluster after, of every record whose cluster changed or that is new."""
    changed: frozenset[int] = frozenset()
    """Records whose normalized content changed."""


def put_wanted(
    tx: Transaction, wanted: Mapping[int, SourceRow | None]
) -> tuple[dict[int, str], dict[int, SourceRow]]:
    """Make the stored source records ``wanted`` (``None``: gone).

    Returns the content before of every record whose content changed, empty for a new one; and the rows written.
    """
    stored = source_rows(tx, list(wanted))
    changed = {key: row for key, row in wanted.items() if row != stored.get(key)}
    put_source_records(tx, changed)
    before = {key: stored[key].content if key in stored else "" for key in changed}
    moved = {
        key: text for key, text in before.items() if (row := changed[key]) is None or row.content != text
    }
    return moved, {key: row for key, row in changed.items() if row is not None}


def recompute(
    tx: Transaction,
    matcher: Matcher,
    before: Mapping[int, str],
    *,
    rows: Mapping[int, SourceRow] | None = None,
    judged_records: Collection[int] = (),
) -> Change:
    """Make all that follows from source records agree with them again.

    ``before`` has the content before of every record whose content changed, empty for a new one; ``rows``
    are stored rows at hand. ``judged_records`` are named by a judgement that was just made or retracted.
    """
    book = _Book(tx)
    book.take(rows or {})
    book.need(before)
    gone = [record for record in before if record not in book.known]
    echoes = _find_echoes(tx, matcher, before, judged_records, book)
    state = _change_keys(tx, matcher, before, echoes, book)
    dirty = set(before) | echoes.moved | state.flipped
    ends = _change_edges(tx, matcher, before, dirty, echoes, state, book)
    seeds = dirty | ends | set(judged_records)
    return _change_clusters(tx, matcher, seeds, gone, frozenset(before), book)


class _Book(Book):
    """Records and the keys they hold, made once."""

    def __init__(self, tx: Transaction) -> None:
        super().__init__(tx)
        self.keys: dict[int, tuple[int, ...]] = {}

    def keys_of(self, record: int, *, echo: bool = False) -> tuple[int, ...]:
        """The keys the record holds: all of them, or those left to an echo."""
        keys = self.keys.get(record)
        if keys is None:
            keys = self.keys[record] = _keys(self.known[record])
        return kept_by_echoes(keys) if echo else keys


def _keys(record: SourceRecord) -> tuple[int, ...]:
    own = echo_key(record)
    return (*blocking_keys(record), own) if own else blocking_keys(record)


@dataclass(frozen=True, slots=True)
class _Echoes:
    """Who speaks for whom among the records that say what a changed one says, or said."""

    was: Mapping[int, int] = field(default_factory=dict[int, int])
    """Echo to voice, before."""
    now: Mapping[int, int] = field(default_factory=dict[int, int])
    """Echo to voice."""
    looked: frozenset[int] = frozenset()
    """All that were looked at."""
    held: Mapping[int, set[int]] = field(default_factory=dict[int, set[int]])
    """The keys all of one group hold, and who held them before."""

    @property
    def turned(self) -> set[int]:
        """Those that speak for themselves now and did not, or did and do not."""
        return self.now.keys() ^ self.was.keys()

    @property
    def moved(self) -> set[int]:
        """Those, and the ones another speaks for than did: a voice that a judgement names hands over."""
        return {echo for echo in {*self.now, *self.was} if self.now.get(echo) != self.was.get(echo)}


def _find_echoes(
    tx: Transaction, matcher: Matcher, texts: Mapping[int, str], judged_records: Collection[int], book: _Book
) -> _Echoes:
    """Look at every group of identical records that a change or a judgement touches."""
    book.need(judged_records)
    old = {record: echo_key(SourceRecord.load(record, text)) for record, text in texts.items() if text}
    new = {
        record: echo_key(book.known[record]) for record in {*texts, *judged_records} if record in book.known
    }
    keys = {*old.values(), *new.values()} - {0}
    held = holders(tx, keys, lambda key: _ALL)
    known = {key: held.get(key, set[int]()) for key in keys}
    groups = {key: set(its) for key, its in known.items()}
    for record in texts:
        groups.get(old.get(record, 0), set[int]()).discard(record)
        groups.get(new.get(record, 0), set[int]()).add(record)
    looked = {record for found in (known, groups) for its in found.values() if len(its) > 1 for record in its}
    if not looked:
        return _Echoes(held=known)
    # what others still change in a long resolution is looked at when its turn comes
    later = among_unmatched(tx, looked - texts.keys())
    looked -= later
    book.need(looked)
    was = {a: b for a, b, weight in edges_of(tx, list(looked)) if weight == IDENTICAL and b < a}
    private = {record for one in judgements_of(tx, list(looked)) for record, _ in one.sides}
    now: dict[int, int] = {}
    for its in groups.values():
        found = voices(its - later, private)
        if found and matcher.identifies(book.known[min(found)]):
            now |= found
    return _Echoes(was, now, frozenset(looked), known)


@dataclass(frozen=True, slots=True)
class _Keys:
    """The keys this change touches, after it."""

    holders: dict[int, set[int]]
    flipped: set[int]
    """Records that hold a key whose generic state changed."""


def _change_keys(
    tx: Transaction, matcher: Matcher, texts: Mapping[int, str], echoes: _Echoes, book: _Book
) -> _Keys:
    limit = matcher.limits.of
    added: list[Pair] = []
    removed: list[Pair] = []
    all_keys: set[int] = set()
    for record in texts.keys() | echoes.turned:
        new = book.keys_of(record, echo=record in echoes.now) if record in book.known else ()
        old: tuple[int, ...] = ()
        if record not in texts:
            old = book.keys_of(record, echo=record in echoes.was)
        elif text := texts[record]:
            old = _keys(SourceRecord.load(record, text))
            old = kept_by_echoes(old) if record in echoes.was else old
        all_keys.update(new, old)
        added += [(key, record) for key in new if key not in old]
        removed += [(key, record) for key in old if key not in new]
    before = {**holders(tx, all_keys - echoes.held.keys(), limit), **echoes.held}
    write_keys(tx, added, removed)
    after = {key: set(held) for key, held in before.items()}
    for key, record in added:
        if key in after:
            after[key].add(record)
        else:
            after[key] = {record}
    unknown: set[int] = set()
    for key, record in removed:
        if len(before.get(key, ())) > limit(key):
            unknown.add(key)  # which of its many holders were read says nothing of the others
        else:
            after[key].discard(record)
    if unknown:
        reread = holders(tx, unknown, limit)
        after.update((key, reread.get(key, set())) for key in unknown)
    flipped: set[int] = set()
    for key, held in before.items():
        was, is_ = len(held) > limit(key), len(after[key]) > limit(key)
        if was != is_:
            flipped |= after[key] if was else held
    return _Keys(after, flipped - texts.keys() - echoes.turned)


def _change_edges(
    tx: Transaction,
    matcher: Matcher,
    texts: Mapping[int, str],
    dirty: set[int],
    echoes: _Echoes,
    state: _Keys,
    book: _Book,
) -> set[int]:
    """Derive every edge of the dirty records anew; the ends of those that changed."""
    limit = matcher.limits.of
    book.need(dirty)
    present = dirty & book.known.keys()
    old = [record for record in dirty if texts.get(record, "known")]
    stored = {(min(a, b), max(a, b)): weight for a, b, weight in edges_of(tx, old)}
    # pairs of a voice and its echo, where no change comes near them
    certain = {
        pair for pair, weight in stored.items() if weight == IDENTICAL and not echoes.looked & set(pair)
    }
    quiet = echoes.now.keys() | {echo for _, echo in certain}
    mine = {
        key
        for record in present
        for key in book.keys_of(record, echo=record in quiet)
        if not is_echo_key(key)
    }
    known = state.holders
    unread = mine - known.keys()
    if unread:
        known.update(holders(tx, unread, limit))
    pairs: set[Pair] = set()
    full: set[int] = set()
    for key in mine:
        held = known.get(key, _NOBODY)  # of a record still to come in a long resolution
        if len(held) > limit(key):
            full.add(key)
        elif len(held) > 1:
            together = combinations(sorted(held), 2)
            if held <= present:
                pairs.update(together)
            else:
                pairs.update(pair for pair in together if pair[0] in present or pair[1] in present)
    compared = {record for pair in pairs for record in pair}
    book.need(compared)
    if not compared <= book.known.keys():  # keys may outlive their record while a long resolution goes on
        pairs = {pair for pair in pairs if book.known.keys() >= set(pair)}
        compared &= book.known.keys()
    values = {record: evidence_keys(book.known[record]) for record in compared}
    theirs = {key for its in values.values() for key in its} - mine
    known.update(holders(tx, theirs - known.keys(), limit))
    full |= {key for key in theirs if len(known.get(key, _NOBODY)) > limit(key)}
    crowded = {record: full.intersection(its) for record, its in values.items()}
    fresh: dict[Pair, int] = {}
    for a, b in pairs:
        weight = matcher.weight(book.known[a], book.known[b], crowded[a] | crowded[b])
        if weight >= matcher.model.review:
            fresh[a, b] = weight
    fresh |= dict.fromkeys(certain, IDENTICAL)
    fresh |= {(v, e): IDENTICAL for e, v in echoes.now.items() if e in dirty or v in dirty}
    put = {pair: weight for pair, weight in fresh.items() if stored.get(pair) != weight}
    gone = [pair for pair in stored if pair not in fresh]
    write_edges(tx, put, gone)
    return {record for pair in (*put, *gone) for record in pair}


def _change_clusters(
    tx: Transaction,
    matcher: Matcher,
    seeds: set[int],
    gone: Collection[int],
    changed: frozenset[int],
    book: _Book,
) -> Change:
    """Cluster every piece a seed lies in anew, and write the rows that differ."""
    judgements = Judgements(tx, book)
    # a record that came or went may change which records a judgement joins
    seeds = seeds | judgements.named_with(seeds)
    book.need(seeds)
    labels: dict[int, int] = {}
    for piece in pieces(tx, matcher, seeds, judgements, book):
        labels |= piece.labels
    before = clusters_of(tx, [*labels, *gone])
    after = {record: label for record, label in labels.items() if before.get(record) != label}
    write_clusters(tx, after, gone)
    was = {record: before[record] for record in (*after, *gone) if record in before}
    return Change(was, after, changed)
