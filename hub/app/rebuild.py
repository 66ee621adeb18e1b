"""Makes keys, edges and clusters anew from all source records, in columns.

Gives what ``recompute`` would, record by record; it is the cheaper way once a good part of the records changed.
Works out everything from one view of the data, so that the writing holds the lock and the thinking does not.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from hub.app.recompute import Change, clustered
from hub.core.block import candidate_pairs, key_columns
from hub.core.cluster import judged
from hub.core.columns import of_contents
from hub.core.match import Matcher
from hub.core.match.weigh import weigh
from hub.core.model import Judgement, SourceRecord
from hub.store.identity import (
    all_clusters,
    contents,
    judgements_in_force,
    replace_edges,
    replace_keys,
    write_clusters,
)
from hub.store.session import Transaction

__all__ = ["Built", "build", "put"]

Column = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Built:
    """All keys, edges and clusters there should be."""

    keys: tuple[Column, Column]
    """Keys and the record that holds each, in order."""
    edges: tuple[Column, Column, Column]
    """Both directions of every edge and its weight, in order."""
    records: Column
    labels: Column
    """The cluster of each record."""
    judgements: tuple[Judgement, ...]
    """Those in force when this was worked out."""


def build(
    tx: Transaction,
    matcher: Matcher,
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> Built:
    """Work out what all keys, edges and clusters should be."""
    rows = contents(tx)
    progress("matches", 0, len(rows))
    texts = [text for _, text in rows]
    names = np.array([record for record, _ in rows], np.int64)
    columns = of_contents(pl.Series(names), pl.Series(texts, dtype=pl.String))
    keys, holders = key_columns(columns)
    a, b, generic = candidate_pairs(keys, holders)
    weights = weigh(matcher, columns, a, b, generic, matcher.model.review)
    kept = weights >= matcher.model.review
    a, b, weights = a[kept], b[kept], weights[kept]
    judgements = tuple(judgements_in_force(tx))
    places = _Pieces(names, texts, a, b, weights, judgements, matcher).labels()
    progress("matches", len(rows), len(rows))
    both = np.concatenate([a, b]), np.concatenate([b, a])
    order = np.lexsort((both[1], both[0]))
    edges = names[both[0][order]], names[both[1][order]], np.concatenate([weights, weights])[order]
    return Built((keys, names[holders]), edges, names, names[places], judgements)


def put(tx: Transaction, built: Built, changed: Collection[int]) -> tuple[Change, set[int]]:
    """Write what was built; what changed, and the clusters whose customer may look different.

    The change names only records that were in a cluster before, not the new ones. ``changed`` are the
    records whose content changed.
    """
    replace_keys(tx, _rows(built.keys))
    replace_edges(tx, _rows(built.edges))
    stored = pl.DataFrame(all_clusters(tx), {"record": pl.Int64, "before": pl.Int64}, orient="row")
    fresh = pl.DataFrame({"record": built.records, "after": built.labels})
    both = fresh.join(stored, on="record", how="full", coalesce=True)
    moved = both.filter(pl.col("after").ne_missing(pl.col("before")))
    gone = moved.filter(pl.col("after").is_null())["record"].to_list()
    placed = moved.filter(pl.col("after").is_not_null()).select("record", "after")
    write_clusters(tx, dict(placed.iter_rows()), gone)
    known = moved.filter(pl.col("before").is_not_null())
    labels = {*moved["after"].drop_nulls(), *known["before"]}
    labels |= set(fresh.filter(pl.col("record").is_in(list(changed)))["after"])
    before = dict(known.select("record", "before").iter_rows())
    after = dict(known.filter(pl.col("after").is_not_null()).select("record", "after").iter_rows())
    return Change(before, after, frozenset(changed)), labels


class _Pieces:
    """The connected pieces of the graph of links, each clustered by itself."""

    def __init__(
        self, names: Column, texts: Sequence[str], a: Column, b: Column, weights: Column,
        judgements: Sequence[Judgement], matcher: Matcher,
    ) -> None:  # fmt: skip
        self.names = names
        self.texts = texts
        self.matcher = matcher
        linked = weights >= matcher.model.link
        self.links = a[linked].astype(np.int64), b[linked].astype(np.int64), weights[linked]
        self.judgements = judgements
        self._records: dict[int, SourceRecord] = {}

    def labels(self) -> Column:
        """For each row the row its cluster is named after."""
        labels = np.arange(len(self.names))
        for rows, edges in self._each():
            for row, label in self._cluster(rows, edges).items():
                labels[row] = label
        return labels

    @cached_property
    def named(self) -> Mapping[int, int]:
        """The rows of the records that judgements name."""
        said = sorted({record for one in self.judgements for record, _ in one.sides})
        at = np.searchsorted(self.names, said)
        return {
            record: row
            for record, row in zip(said, at.tolist(), strict=True)
            if row < len(self.names) and self.names[row] == record
        }

    def _each(self) -> Iterator[tuple[list[int], list[tuple[int, int, int]]]]:
        """The rows and the edges of every piece of more than one record."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        a, b, weights = self.links
        same = [(self.named[x], self.named[y]) for x, y in judged(self.judgements, self.named).same]
        one = np.concatenate([a, np.array([x for x, _ in same], np.int64)])
        other = np.concatenate([b, np.array([y for _, y in same], np.int64)])
        count = len(self.names)
        graph = coo_array((np.ones(len(one), bool), (one, other)), shape=(count, count))
        _, piece = connected_components(graph, directed=False)
        sizes = np.bincount(piece, minlength=1)
        rows = np.flatnonzero(sizes[piece] > 1)
        rows = rows[np.argsort(piece[rows], kind="stable")]
        ends = np.cumsum(sizes[sizes > 1])
        order = np.argsort(piece[a], kind="stable")
        edge_ends = np.cumsum(np.bincount(piece[a], minlength=len(sizes))[sizes > 1])
        edges = list(zip(a[order].tolist(), b[order].tolist(), weights[order].tolist(), strict=True))
        plain, start, first = rows.tolist(), 0, 0
        for end, last in zip(ends.tolist(), edge_ends.tolist(), strict=True):
            yield plain[start:end], edges[first:last]
            start, first = end, last

    def _cluster(self, rows: list[int], edges: list[tuple[int, int, int]]) -> Mapping[int, int]:
        bound = self._bound.keys() & set(rows) if self.judgements else set[int]()
        if len(rows) == 2 and not bound:
            one, other = rows
            return {} if self.matcher.contradicts(self._record(one), self._record(other)) else {other: one}
        said = {one.id: one for row in bound for one in self._bound[row]}.values()
        judgements = judged([self._by_row(one) for one in said], self._bound)
        return clustered(self.matcher, self._record, rows, edges, judgements).labels

    @cached_property
    def _bound(self) -> Mapping[int, list[Judgement]]:
        """The judgements about each row that some name."""
        found: dict[int, list[Judgement]] = {}
        for one in self.judgements:
            for record, _ in one.sides:
                if record in self.named:
                    found.setdefault(self.named[record], []).append(one)
        return found

    def _by_row(self, one: Judgement) -> Judgement:
        """The judgement about rows, which come in the order of intrinsic keys."""
        sides = tuple((self.named[record], side) for record, side in one.sides if record in self.named)
        return Judgement(one.id, one.verdict, sides, at=one.at)

    def _record(self, row: int) -> SourceRecord:
        found = self._records.get(row)
        if found is None:
            found = self._records[row] = SourceRecord.load(int(self.names[row]), self.texts[row])
        return found


def _rows(columns: tuple[Column, ...], some: int = 100_000) -> Iterator[Any]:
    """The rows of columns; Python's numbers take five times the room, so not all at once."""
    for start in range(0, len(columns[0]), some):
        yield from zip(*(column[start : start + some].tolist() for column in columns), strict=True)
