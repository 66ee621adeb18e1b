"""Carries a change of source records through keys, edges and clusters, touching only what it must.

The result after any order and batching of changes is that of one batch over the final records.
That holds because keys and weights are pure functions of records and of which keys are generic, because
every record of which a value becomes generic, or live again, counts as changed, and every pair that shares
another such key is looked at, and because every connected piece that holds a changed record, or an end of a
changed edge, is clustered anew.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass, field
from itertools import combinations

from hub.app.derive import collision
from hub.app.walk import Book, Judgements, pieces
from hub.core.block import blocking_keys
from hub.core.cluster import IDENTICAL
from hub.core.echo import echo_key, is_echo_key, kept_by_echoes, voices
from hub.core.keys import kind_of
from hub.core.match import Matcher
from hub.core.model import SourceRecord
from hub.store.behind import among_unmatched
from hub.store.identity import (
    SourceRow,
    clusters_of,
    edges_of,
    held_keys,
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
Keys = tuple[int, ...]


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
    tx: Transaction, wanted: Mapping[int, SourceRow | None], present: Set[int] | None = None
) -> tuple[dict[int, str], dict[int, SourceRow]]:
    """Make the stored source records ``wanted`` (``None``: gone).

    ``present`` are all source records, where they are at hand. Returns the content before of every record whose
    content changed, empty for a new one; and the rows written.
    """
    stored = source_rows(tx, list(wanted) if present is None else wanted.keys() & present)
    changed = {key: row for key, row in wanted.items() if row != stored.get(key)}
    for key in changed.keys() & stored.keys():
        its, row = stored[key].raw_id, changed[key]
        if its is not None and row is not None and row.raw_id not in (None, its):
            raise collision(key)
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
    book = _Book(tx, matcher)
    book.take({record: row.content for record, row in (rows or {}).items()})
    book.need(before)
    gone = [record for record in before if record not in book.known]
    was = {record: _keys(SourceRecord.load(record, text)) if text else () for record, text in before.items()}
    is_ = [book.keys_of(record) for record in before if record in book.known]
    book.look_up(key for keys in (*was.values(), *is_) for key in keys)
    echoes = _find_echoes(tx, matcher, was, judged_records, book)
    turned = _change_keys(tx, was, echoes, book)
    # what a value says of its holders changes with it; any other key only decides who is compared
    evidence = {record for key, held in turned.items() if kind_of(key).evidence for record in held}
    dirty = set(before) | echoes.moved | evidence | _spoken_for(tx, evidence, book)
    ends = _change_edges(tx, matcher, before, dirty, turned, echoes, book)
    seeds = dirty | ends | set(judged_records)
    return _change_clusters(tx, matcher, seeds, gone, frozenset(before), book)


class _Book(Book):
    """Records with the keys they hold, each made once."""

    def __init__(self, tx: Transaction, matcher: Matcher) -> None:
        super().__init__(tx, matcher)
        self.keys: dict[int, Keys] = {}

    def keys_of(self, record: int, *, echo: bool = False) -> Keys:
        """The keys the record holds: all of them, or those left to an echo."""
        keys = self.keys.get(record)
        if keys is None:
            keys = self.keys[record] = _keys(self.known[record])
        return kept_by_echoes(keys) if echo else keys


def _keys(record: SourceRecord) -> Keys:
    """The keys of a record; the last may be the one it shares with those that say the very same."""
    own = echo_key(record)
    return (*blocking_keys(record), own) if own else blocking_keys(record)


def _own(keys: Keys) -> int:
    """The key shared with those that say the very same, or 0."""
    return keys[-1] if keys and is_echo_key(keys[-1]) else 0


@dataclass(frozen=True, slots=True)
class _Echoes:
    """Who speaks for whom among the records that say what a changed one says, or said."""

    was: Mapping[int, int] = field(default_factory=dict[int, int])
    """Echo to voice, before."""
    now: Mapping[int, int] = field(default_factory=dict[int, int])
    """Echo to voice."""
    looked: frozenset[int] = frozenset()
    """All that were looked at."""

    @property
    def turned(self) -> set[int]:
        """Those that speak for themselves now and did not, or did and do not."""
        return self.now.keys() ^ self.was.keys()

    @property
    def moved(self) -> set[int]:
        """Those, and the ones another speaks for than did: a voice that a judgement names hands over."""
        return {echo for echo in {*self.now, *self.was} if self.now.get(echo) != self.was.get(echo)}


def _find_echoes(
    tx: Transaction, matcher: Matcher, was: Mapping[int, Keys], judged_records: Collection[int], book: _Book
) -> _Echoes:
    """Look at every group of identical records that a change or a judgement touches."""
    book.need(judged_records)
    old = {record: _own(keys) for record, keys in was.items()}
    new = {record: _own(book.keys_of(record)) for record in {*was, *judged_records} if record in book.known}
    keys = {*old.values(), *new.values()} - {0}
    book.look_up(keys)
    concerned = {record for its in (old, new) for record, own in its.items() if own}
    if len(concerned.union(*[book.held[key] for key in keys])) < 2:  # as nearly always
        return _Echoes()
    known = {key: book.held[key] for key in keys}
    groups = {key: set(its) for key, its in known.items()}
    for record in was:
        groups.get(old[record], set[int]()).discard(record)
        groups.get(new.get(record, 0), set[int]()).add(record)
    looked = {record for found in (known, groups) for its in found.values() if len(its) > 1 for record in its}
    if not looked:
        return _Echoes()
    # what others still change in a long resolution is looked at when its turn comes
    later = among_unmatched(tx, looked - was.keys())
    looked -= later
    book.need(looked)
    voice_of = {a: b for a, b, weight in edges_of(tx, list(looked)) if weight == IDENTICAL and b < a}
    private = {record for one in judgements_of(tx, list(looked)) for record, _ in one.sides}
    now: dict[int, int] = {}
    for its in groups.values():
        found = voices(its - later, private)
        if found and matcher.identifies(book.known[min(found)]):
            now |= found
    return _Echoes(voice_of, now, frozenset(looked))


def _spoken_for(tx: Transaction, voices: Collection[int], book: _Book) -> set[int]:
    """The echoes of some records that may have pairs of their own, by the id each keeps: they say what their voice says."""
    if not voices:
        return set()
    echoes = {b for a, b, weight in edges_of(tx, voices) if weight == IDENTICAL and a < b}
    book.need(echoes)
    kept = {
        echo: [key for key in book.keys_of(echo, echo=True) if not is_echo_key(key)]
        for echo in echoes & book.known.keys()
    }
    book.look_up(key for keys in kept.values() for key in keys)
    return {echo for echo, keys in kept.items() if any(len(book.held[key]) > 1 for key in keys)}


def _change_keys(
    tx: Transaction, was: Mapping[int, Keys], echoes: _Echoes, book: _Book
) -> Mapping[int, set[int]]:
    """Write the keys that changed; those that are generic now and were not, or were and are not, and who holds them."""
    added: list[Pair] = []
    removed: list[Pair] = []
    # not what an echo kept: in a long resolution its voice may have gone before it, and nothing tells that it was one
    stored = held_keys(tx, [(key, record) for record, keys in was.items() for key in keys])
    for record in was.keys() | echoes.turned:
        new = book.keys_of(record, echo=record in echoes.now) if record in book.known else ()
        if record in was:
            old: Collection[int] = [key for key in was[record] if (key, record) in stored]
        else:
            old = book.keys_of(record, echo=record in echoes.was)
        added += [(key, record) for key in new if key not in old]
        removed += [(key, record) for key in old if key not in new]
    changed = {key for key, _ in (*added, *removed)}
    book.look_up(changed)
    before = {key: book.held[key] for key in changed}
    write_keys(tx, added, removed)
    # which of the many holders of a generic key were read says nothing of the others
    unknown = {key for key, _ in removed if book.is_generic(key)}
    after = {key: set(held) for key, held in before.items() if key not in unknown}
    for key, record in removed:
        if key in after:
            after[key].discard(record)
    for key, record in added:
        if key in after:
            after[key].add(record)
    book.held = {key: held for key, held in (book.held | after).items() if key not in unknown}
    book.look_up(unknown)
    turned: dict[int, set[int]] = {}
    for key, held in before.items():
        limit = book.limit(key)
        if (len(held) > limit) != (len(book.held[key]) > limit):
            turned[key] = min(held, book.held[key], key=len)
    return turned


def _change_edges(
    tx: Transaction,
    matcher: Matcher,
    texts: Mapping[int, str],
    dirty: set[int],
    turned: Mapping[int, set[int]],
    echoes: _Echoes,
    book: _Book,
) -> set[int]:
    """Derive anew every edge of the dirty records, and those that turned keys decide on; the ends of changed ones."""
    book.need(dirty)
    present = dirty & book.known.keys()
    old = {record for record in dirty if texts.get(record, "known")}
    edges = {_in_order(a, b): weight for a, b, weight in edges_of(tx, old.union(*turned.values()))}
    swayed = _swayed(edges, dirty, turned, book)
    stored = {pair: weight for pair, weight in edges.items() if pair in swayed or not dirty.isdisjoint(pair)}
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
    book.look_up(mine)
    pairs = {pair for pair, live in swayed.items() if live}
    for key in mine:
        held = book.held[key]
        if len(held) > 1 and not book.is_generic(key):
            if held <= present:
                pairs.update(combinations(sorted(held), 2))
            else:
                pairs.update(
                    _in_order(record, other) for record in held & present for other in held if other != record
                )
    fresh = _weigh(matcher, pairs, book)
    fresh |= dict.fromkeys(certain, IDENTICAL)
    fresh |= {(v, e): IDENTICAL for e, v in echoes.now.items() if e in dirty or v in dirty}
    put = {pair: weight for pair, weight in fresh.items() if stored.get(pair) != weight}
    gone = [pair for pair in stored if pair not in fresh]
    write_edges(tx, put, gone)
    return {record for pair in (*put, *gone) for record in pair}


def _swayed(
    edges: Mapping[Pair, int], dirty: set[int], turned: Mapping[int, set[int]], book: _Book
) -> dict[Pair, bool]:
    """The pairs of other records that a turned key may have made candidates or no more, and whether they are."""
    if not turned:
        return {}
    beyond: dict[int, set[int]] = {}
    for a, b in edges:
        beyond.setdefault(a, set()).add(b)
    found: dict[Pair, bool] = {}
    lost: set[Pair] = set()
    for key, held in turned.items():
        others = held - dirty
        if book.is_generic(key):
            lost |= {(a, b) for a in others & beyond.keys() for b in beyond[a] & others}
        else:
            found |= dict.fromkeys(combinations(sorted(others), 2), True)
    lost -= found.keys()
    book.need(record for pair in lost for record in pair)
    shared = {
        (a, b): set(book.keys_of(a)).intersection(book.keys_of(b))
        for a, b in lost
        if a in book.known and b in book.known
    }
    book.look_up(key for keys in shared.values() for key in keys)
    for pair in lost:
        found[pair] = any(not is_echo_key(key) and not book.is_generic(key) for key in shared.get(pair, ()))
    return found


def _weigh(matcher: Matcher, pairs: Collection[Pair], book: _Book) -> dict[Pair, int]:
    """The weights of those pairs that reach the review threshold."""
    known = book.known
    book.need(record for pair in pairs for record in pair)
    close = [
        (a, b)
        for a, b in pairs
        # keys may outlive their record while a long resolution goes on
        if a in known and b in known and matcher.may_match(known[a], known[b])
    ]
    book.look_up(key for pair in close for key in book.evidence(pair))
    fresh: dict[Pair, int] = {}
    for a, b in close:
        weight = matcher.weight(known[a], known[b], book.generic((a, b)))
        if weight >= matcher.model.review:
            fresh[a, b] = weight
    return fresh


def _in_order(a: int, b: int) -> Pair:
    """The pair, by intrinsic key."""
    return (a, b) if a < b else (b, a)


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
