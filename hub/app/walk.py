"""Walks from some records over edges and judgements to the whole pieces they lie in, and clusters each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from hub.core.cluster import Judged, Piece, cluster, judged
from hub.core.match import Matcher, reference_key, value_keys
from hub.core.model import Judgement, SourceRecord
from hub.store.identity import contents_of, edges_around, holders
from hub.store.judgements import are_judgements, judgements_of
from hub.store.session import Transaction

__all__ = ["Book", "Judgements", "clustered", "pieces", "pieces_of"]

Pair = tuple[int, int]


class Book:
    """The source records looked at in this transaction and who holds their keys, each read once."""

    def __init__(self, tx: Transaction, matcher: Matcher) -> None:
        self.tx = tx
        self.limit = matcher.limits.of
        self.known: dict[int, SourceRecord] = {}
        self.held: dict[int, set[int]] = {}
        """The holders of each key looked up, as they are by now; of a generic one only some."""
        self._values: dict[int, Sequence[int]] = {}
        """The keys of each record's values, as far as they were asked for."""

    def take(self, contents: Mapping[int, str]) -> None:
        """Read records whose content is at hand."""
        for record, content in contents.items():
            self.known[record] = SourceRecord.load(record, content)

    def need(self, records: Iterable[int]) -> None:
        """Read those that are not known yet."""
        missing = [record for record in records if record not in self.known]
        self.take(contents_of(self.tx, missing))

    def look_up(self, keys: Iterable[int]) -> None:
        """Read who holds the keys not looked up yet."""
        unread = {
            key for key in keys if key not in self.held
        }  # their difference would visit all that are held
        if unread:
            found = holders(self.tx, unread, self.limit)
            self.held.update((key, found.get(key) or set()) for key in unread)

    def is_generic(self, key: int) -> bool:
        """Whether a key looked up is held by more than its limit."""
        return len(self.held[key]) > self.limit(key)

    def evidence(self, records: Iterable[int]) -> set[int]:
        """The keys of the values some records are compared by, which count as missing where their key is generic.

        An id that a source vouches for is among them where two have it: of others no comparison reads it.
        """
        keys, refs = set[int](), set[str]()
        for record in records:
            values = self._values.get(record)
            if values is None:
                values = self._values[record] = value_keys(self.known[record])
            keys.update(values)
            ref = self.known[record].ref
            if ref and ref in refs:
                keys.add(reference_key(ref))
            refs.add(ref)
        return keys

    def generic(self, records: Iterable[int]) -> set[int]:
        """Those of them that are generic."""
        keys = self.evidence(records)
        self.look_up(keys)
        return {key for key in keys if self.is_generic(key)}


def pieces_of(tx: Transaction, matcher: Matcher, records: Collection[int]) -> Iterator[Piece]:
    """The connected pieces some records lie in, clustered as they are: for whoever asks what was held back, and why."""
    book = Book(tx, matcher)
    book.need(records)
    yield from pieces(tx, matcher, set(records), Judgements(tx, book), book)


def pieces(
    tx: Transaction, matcher: Matcher, seeds: set[int], judgements: Judgements, book: Book
) -> Iterator[Piece]:
    """Every connected piece that a seed lies in, clustered."""
    graph = _Graph(tx, judgements, book)
    graph.grow(seeds & book.known.keys())
    found = graph.pieces()
    # at once, and not for each two clusters that are weighed by all they know
    weak = [piece for piece in found if len(piece) > 2 and graph.is_weak(piece, matcher.model.link)]
    book.look_up(key for piece in weak for key in book.evidence(piece))
    for piece in found:
        if len(piece) == 1:
            yield Piece({piece[0]: piece[0]})
        else:
            edges, bound = graph.edges_within(piece), judgements.within(piece)
            yield clustered(matcher, book.known.__getitem__, book.generic, piece, edges, bound)


def clustered(
    matcher: Matcher,
    known: Callable[[int], SourceRecord],
    generic: Callable[[Collection[int]], Collection[int]],
    piece: Collection[int],
    edges: Iterable[tuple[int, int, int]],
    bound: Judged,
) -> Piece:
    """A connected piece clustered by what the matcher knows.

    ``known`` gives a member's record, ``generic`` those keys of some members' values that are generic.
    """
    return cluster(
        piece,
        edges,
        bound,
        link=matcher.model.link,
        trait=lambda member: matcher.trait(known(member)),
        ref=lambda member: known(member).ref,
        contradict=lambda a, b: matcher.contradicts(known(a), known(b)),
        forgive=lambda clashes, left, right: matcher.forgives(
            [(known(a), known(b)) for a, b in clashes], [*map(known, left)], [*map(known, right)]
        ),
        together=lambda left, right: matcher.weight_together(
            [*map(known, left)], [*map(known, right)], generic([*left, *right])
        ),
    )


class Judgements:
    """The judgements in force about the records looked at, read as the walk reaches them."""

    def __init__(self, tx: Transaction, book: Book) -> None:
        self.tx = tx
        self.book = book
        self.by_id: dict[int, Judgement] = {}
        self.asked: set[int] = set()
        self.are_any = are_judgements(tx)

    def named_with(self, records: Collection[int]) -> set[int]:
        """All records of the judgements that name one of ``records``."""
        found = self._load(records)
        return {record for one in found for record, _ in one.sides}

    def partners(self, records: set[int]) -> list[Pair]:
        """The pairs judged the same that touch ``records``."""
        found = self._load(records)
        if not found:
            return []
        self.book.need({record for one in found for record, _ in one.sides})
        return [pair for pair in self._judged(found).same if not records.isdisjoint(pair)]

    def within(self, piece: Collection[int]) -> Judged:
        """What binds the records of a piece."""
        inside = set(piece)
        return self._judged(
            one for one in self.by_id.values() if any(record in inside for record, _ in one.sides)
        )

    def _judged(self, judgements: Iterable[Judgement]) -> Judged:
        return judged(judgements, self.book.known)

    def _load(self, records: Collection[int]) -> list[Judgement]:
        if not self.are_any:
            return []
        asked = set(records)
        for one in judgements_of(self.tx, list(asked - self.asked)):
            self.by_id[one.id] = one
        self.asked |= asked
        return [one for one in self.by_id.values() if any(record in asked for record, _ in one.sides)]


class _Graph:
    """The part of the graph of edges that is reachable from the seeds.

    Those under the threshold, too: what clusters at both ends know together may reach it.
    """

    def __init__(self, tx: Transaction, judgements: Judgements, book: Book) -> None:
        self.tx = tx
        self.judgements = judgements
        self.book = book
        self.adjacent: dict[int, dict[int, int]] = {}
        self.same: dict[int, set[int]] = {}

    def grow(self, seeds: Collection[int]) -> None:
        frontier = set(seeds)
        while frontier:
            edges = edges_around(self.tx, frontier)
            self.book.need({b for _, b, _ in edges})
            found: dict[int, dict[int, int]] = {}
            for a, b, weight in edges:
                if b in self.book.known:  # an edge may outlive its record while a long resolution goes on
                    found.setdefault(a, {})[b] = weight
            reached = list(frontier)
            for record in reached:
                if record not in self.adjacent:
                    self.adjacent[record] = found.get(record, {})
                    reached += self.adjacent[record]
            frontier = set()
            for a, b in self.judgements.partners(set(reached)):
                self.same.setdefault(a, set()).add(b)
                self.same.setdefault(b, set()).add(a)
                frontier |= {a, b} - self.adjacent.keys()

    def pieces(self) -> list[list[int]]:
        found: list[list[int]] = []
        seen: set[int] = set()
        for start in sorted(self.adjacent):
            if start in seen:
                continue
            seen.add(start)
            piece = [start]
            for record in piece:
                for other in self._near(record) - seen:
                    seen.add(other)
                    piece.append(other)
            found.append(sorted(piece))
        return found

    def is_weak(self, piece: list[int], link: int) -> bool:
        """Whether an edge of a piece does not reach the link threshold."""
        return any(weight < link for record in piece for weight in self.adjacent[record].values())

    def edges_within(self, piece: list[int]) -> list[tuple[int, int, int]]:
        return [(a, b, weight) for a in piece for b, weight in self.adjacent[a].items() if a < b]

    def _near(self, record: int) -> set[int]:
        return self.adjacent[record].keys() | self.same.get(record, set())
