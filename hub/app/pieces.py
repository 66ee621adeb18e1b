"""Clusters the connected pieces of a graph of links: most of them at once, and one by one where something is torn.

The same clusters as ``walk.clustered`` gives piece by piece.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from hub.app.walk import clustered
from hub.core.cluster import judged
from hub.core.columns import to_records
from hub.core.match import Matcher
from hub.core.match.weigh import Weigher
from hub.core.model import Judgement, SourceRecord

__all__ = ["Pieces"]

Column = np.ndarray[Any, Any]
Edge = tuple[int, int, int]

MANY = 16
"""Records up to which all pairs of a piece are looked at for contradictions beforehand."""


class Pieces:
    """The connected pieces of the graph of links, each clustered by itself."""

    def __init__(
        self, records: pl.DataFrame, a: Column, b: Column, weights: Column,
        judgements: Sequence[Judgement], matcher: Matcher, weigher: Weigher,
    ) -> None:  # fmt: skip
        self._columns = records
        self._names = records["key"].to_numpy()
        self._matcher = matcher
        self._weigher = weigher
        linked = weights >= matcher.model.link
        self._links = a[linked].astype(np.int64), b[linked].astype(np.int64), weights[linked]
        self._judgements = judgements
        self._records: dict[int, SourceRecord] = {}

    def labels(self) -> Column:
        """For each row the row its cluster is named after."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        a, b, _ = self._links
        same = [(self._named[x], self._named[y]) for x, y in judged(self._judgements, self._named).same]
        one = np.r_[a, np.array([x for x, _ in same], np.int64)]
        other = np.r_[b, np.array([y for _, y in same], np.int64)]
        count = len(self._names)
        graph = coo_array((np.ones(len(one), bool), (one, other)), shape=(count, count))
        _, piece = connected_components(graph, directed=False)
        sizes = np.bincount(piece, minlength=1)
        rows = np.flatnonzero(sizes[piece] > 1)
        rows = rows[np.argsort(piece[rows], kind="stable")]  # by piece, and within one by intrinsic key
        starts = np.flatnonzero(np.r_[True, piece[rows][1:] != piece[rows][:-1]]) if len(rows) else rows
        counts = np.diff(np.r_[starts, len(rows)])
        labels = np.arange(count)
        labels[rows] = np.repeat(rows[starts], counts)
        torn = self._torn(rows, starts, counts)
        looked = rows[np.repeat(torn, counts)]
        self._records = dict(zip(looked.tolist(), to_records(self._columns[looked]), strict=True))
        for its, edges in self._each(
            piece, [rows[s : s + n] for s, n in zip(starts[torn], counts[torn], strict=True)]
        ):
            labels[its] = its
            for row, label in self._cluster(its, edges).items():
                labels[row] = label
        return labels

    def _torn(self, rows: Column, starts: Column, counts: Column) -> Column:
        """Which pieces may not be one cluster each: a judgement binds one of them, two contradict, or they are many."""
        torn = counts > MANY
        if self._named:
            bound = np.zeros(len(self._names), bool)
            bound[list(self._named.values())] = True
            torn |= np.add.reduceat(bound[rows], starts) > 0 if len(rows) else torn
        for count in np.unique(counts[~torn]):
            at = np.flatnonzero(~torn & (counts == count))
            first, second = np.triu_indices(int(count), 1)
            together = rows[starts[at][:, None] + np.arange(count)]
            clash = self._weigher.may_contradict(together[:, first].ravel(), together[:, second].ravel())
            torn[at] = clash.reshape(len(at), -1).any(axis=1)
        return torn

    def _each(self, piece: Column, groups: list[Column]) -> Iterator[tuple[list[int], list[Edge]]]:
        """The rows and the edges of some pieces."""
        a, b, weights = self._links
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
        if len(rows) == 2 and not bound:
            one, other = rows
            return {} if self._matcher.contradicts(self._records[one], self._records[other]) else {other: one}
        said = {one.id: one for row in bound for one in self._bound[row]}.values()
        judgements = judged([self._by_row(one) for one in said], self._bound)
        return clustered(self._matcher, self._records.__getitem__, rows, edges, judgements).labels

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
