"""Clusters the connected pieces of a graph: most of them at once, and one by one where there is something to weigh.

Links come first: a piece of links is one cluster unless something tears it. Then the pieces of all edges, of
which few have clusters that are one by what they know together. The same clusters as ``walk.clustered``
gives piece by piece.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from hub.app.walk import clustered
from hub.core.cluster import IDENTICAL, MOST, judged
from hub.core.columns import to_records
from hub.core.match import Matcher, evidence_keys
from hub.core.match.weigh import Weigher
from hub.core.model import Judgement, SourceRecord

__all__ = ["Pieces"]

Column = np.ndarray[Any, Any]
Edge = tuple[int, int, int]

MANY = 16
"""Records up to which all pairs of a piece are looked at for contradictions beforehand."""


class Pieces:
    """The connected pieces of the graph of edges, each clustered by itself; ``generic`` are the keys that are generic."""

    def __init__(
        self, records: pl.DataFrame, a: Column, b: Column, weights: Column, generic: Column,
        judgements: Sequence[Judgement], matcher: Matcher, weigher: Weigher,
    ) -> None:  # fmt: skip
        self._columns = records
        self._names = records["key"].to_numpy()
        self._matcher = matcher
        self._weigher = weigher
        self._a, self._b, self._weights = a.astype(np.int64), b.astype(np.int64), weights
        self._linked = weights >= matcher.model.link
        self._generic = generic
        self._judgements = judgements
        self._records: dict[int, SourceRecord] = {}
        self._generic_by_row: dict[int, frozenset[int]] = {}

    def labels(self) -> Column:
        """For each row the row its cluster is named after."""
        piece = self._pieces(self._linked)
        sizes = np.bincount(piece, minlength=1)
        rows, starts = _grouped(np.flatnonzero(sizes[piece] > 1), piece)
        counts = np.diff(np.r_[starts, len(rows)])
        labels = np.arange(len(self._names))
        labels[rows] = np.repeat(rows[starts], counts)
        torn = self._torn(rows, starts, counts)
        self._cluster_each(
            labels,
            piece,
            self._linked,
            [rows[s : s + n] for s, n in zip(starts[torn], counts[torn], strict=True)],
        )
        self._join_together(labels)
        return labels

    def _pieces(self, among: Column) -> Column:
        """For each row the number of its piece: what hangs together by some of the edges, and by judgements."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        same = [(self._named[x], self._named[y]) for x, y in judged(self._judgements, self._named).same]
        one = np.r_[self._a[among], np.array([x for x, _ in same], np.int64)]
        other = np.r_[self._b[among], np.array([y for _, y in same], np.int64)]
        count = len(self._names)
        graph = coo_array((np.ones(len(one), bool), (one, other)), shape=(count, count))
        _, piece = connected_components(graph, directed=False)
        return piece

    def _join_together(self, labels: Column) -> None:
        """Cluster anew the pieces in which clusters that links made may be one by all they know, and all that are judged.

        What a judgement says of somebody holds for whoever looks alike, also where none but a weak edge leads there.
        """
        weak = ~self._linked
        left, right = labels[self._a[weak]], labels[self._b[weak]]
        sizes = np.bincount(labels, minlength=1)
        at = (left != right) & (sizes[left] + sizes[right] > 2)
        left, right = left[at], right[at]
        pairs = np.unique(np.minimum(left, right) << 32 | np.maximum(left, right))
        left, right = pairs >> 32, pairs & 0xFFFF_FFFF
        alike = left[self._may_be_one(labels, left, right)] if len(pairs) else left
        again = np.r_[alike, np.array([*self._named.values()], np.int64)]
        if not len(again):
            return
        every = np.ones(len(self._weights), bool)
        piece = self._pieces(every)
        rows, starts = _grouped(np.flatnonzero(np.isin(piece, piece[again])), piece)
        self._cluster_each(labels, piece, every, np.split(rows, starts[1:]) if len(rows) else [])

    def _may_be_one(self, labels: Column, left: Column, right: Column) -> Column:
        """Which clusters, two and two, what they know together may link."""
        speak = np.zeros(len(labels), bool)
        speak[left] = speak[right] = True
        speak = speak[labels]
        speak[self._b[self._weights >= IDENTICAL]] = False
        rows, starts = _grouped(np.flatnonzero(speak), labels)
        most = np.minimum(np.diff(np.r_[starts, len(rows)]), MOST)
        names = labels[rows[starts]]
        one, other = np.searchsorted(names, left), np.searchsorted(names, right)
        across = most[one] * most[other]
        first = np.cumsum(across) - across
        place = np.arange(across.sum()) - np.repeat(first, across)
        width = np.repeat(most[other], across)
        a = rows[np.repeat(starts[one], across) + place // width]
        b = rows[np.repeat(starts[other], across) + place % width]
        may: Column = self._weigher.most_together(a, b, first) >= self._matcher.model.link
        return may

    def _look_at(self, rows: Column) -> None:
        """Take records out of the columns."""
        self._records.update(zip(rows.tolist(), to_records(self._columns[rows]), strict=True))

    def _generic_of(self, rows: Collection[int]) -> set[int]:
        """The keys of their values that are generic."""
        known = self._generic_by_row
        for row in rows:
            if row not in known:
                known[row] = self._crowded.intersection(evidence_keys(self._records[row]))
        return set[int]().union(*[known[row] for row in rows])

    @cached_property
    def _crowded(self) -> frozenset[int]:
        return frozenset(self._generic.tolist())

    def _cluster_each(self, labels: Column, piece: Column, among: Column, groups: list[Column]) -> None:
        """Cluster some pieces one by one."""
        if groups:
            self._look_at(np.concatenate(groups))
        for its, edges in self._each(piece, among, groups):
            labels[its] = its
            for row, label in self._cluster(its, edges).items():
                labels[row] = label

    def _torn(self, rows: Column, starts: Column, counts: Column) -> Column:
        """Which pieces of links may not be one cluster each: two contradict, or they are many."""
        torn = counts > MANY
        for count in np.unique(counts[~torn]):
            at = np.flatnonzero(~torn & (counts == count))
            first, second = np.triu_indices(int(count), 1)
            together = rows[starts[at][:, None] + np.arange(count)]
            clash = self._weigher.may_contradict(together[:, first].ravel(), together[:, second].ravel())
            torn[at] = clash.reshape(len(at), -1).any(axis=1)
        return torn

    def _each(
        self, piece: Column, among: Column, groups: list[Column]
    ) -> Iterator[tuple[list[int], list[Edge]]]:
        """The rows of some pieces, and those of some edges that run inside them."""
        a, b, weights = self._a[among], self._b[among], self._weights[among]
        wanted = np.zeros(len(self._names), bool)
        wanted[piece[[its[0] for its in groups]]] = True
        at = np.flatnonzero(wanted[piece[a]])
        edges: dict[int, list[Edge]] = {}
        for number, *edge in zip(*(column[at].tolist() for column in (piece[a], a, b, weights)), strict=True):
            edges.setdefault(number, []).append((edge[0], edge[1], edge[2]))
        for its in groups:
            yield its.tolist(), edges.get(int(piece[its[0]]), [])

    @cached_property
    def _named(self) -> Mapping[int, int]:
        """The rows of the records that judgements name."""
        said = sorted({record for one in self._judgements for record, _ in one.sides})
        at = np.searchsorted(self._names, said)
        return {
            record: row
            for record, row in zip(said, at.tolist(), strict=True)
            if row < len(self._names) and self._names[row] == record
        }

    def _cluster(self, rows: list[int], edges: list[tuple[int, int, int]]) -> Mapping[int, int]:
        bound = self._bound.keys() & set(rows) if self._judgements else set[int]()
        said = {one.id: one for row in bound for one in self._bound[row]}.values()
        judgements = judged([self._by_row(one) for one in said], self._bound)
        return clustered(
            self._matcher, self._records.__getitem__, self._generic_of, rows, edges, judgements
        ).labels

    @cached_property
    def _bound(self) -> Mapping[int, list[Judgement]]:
        """The judgements about each row that some name."""
        found: dict[int, list[Judgement]] = {}
        for one in self._judgements:
            for record, _ in one.sides:
                if record in self._named:
                    found.setdefault(self._named[record], []).append(one)
        return found

    def _by_row(self, one: Judgement) -> Judgement:
        """The judgement about rows, which come in the order of intrinsic keys."""
        sides = tuple((self._named[record], side) for record, side in one.sides if record in self._named)
        return Judgement(one.id, one.verdict, sides, at=one.at)


def _grouped(rows: Column, number: Column) -> tuple[Column, Column]:
    """Rows by the group that ``number`` tells of each row, within one by intrinsic key; and where each group starts."""
    rows = rows[np.argsort(number[rows], kind="stable")]
    starts = np.flatnonzero(np.r_[True, number[rows][1:] != number[rows][:-1]]) if len(rows) else rows
    return rows, starts
