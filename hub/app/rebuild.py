"""Makes keys, edges and clusters anew from all source records, in columns.

Gives what ``recompute`` would, record by record; it is the cheaper way once a good part of the records changed.
Works out everything from one view of the data, so that the writing holds the lock and the thinking does not.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from hub.app.pieces import Pieces
from hub.app.recompute import Change
from hub.core.block import candidate_pairs, in_order, key_columns
from hub.core.cluster import IDENTICAL
from hub.core.columns import Hashed, of_contents
from hub.core.echo import echo_keys, is_kept_by_echoes, without_echoes
from hub.core.match import Matcher
from hub.core.match.weigh import Weigher
from hub.core.model import Judgement
from hub.store.identity import (
    all_clusters,
    batched,
    contents,
    replace_edges,
    replace_keys,
    source_count,
    write_clusters,
)
from hub.store.judgements import judgements_in_force
from hub.store.session import Transaction

if TYPE_CHECKING:
    from hub.core.keys import Keys, Rows

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
    values = Hashed(_read(tx, progress))
    records = values.records
    names = records["key"].to_numpy()
    judgements = tuple(judgements_in_force(tx))
    own = echo_keys(values)
    voice = _voices(matcher, records, own, judgements)
    keys, holders = _held(values, own, voice)
    a, b, generic = candidate_pairs(*without_echoes(keys, holders), matcher.limits)
    other = voice[b] != a
    a, b = a[other], b[other]
    weigher = Weigher(matcher, values, generic)
    weights = weigher.weigh(a, b, matcher.model.review)
    kept = weights >= matcher.model.review
    echoes = np.flatnonzero(voice >= 0)
    a, b = np.r_[a[kept], voice[echoes]], np.r_[b[kept], echoes]
    weights = np.r_[weights[kept], np.full(len(echoes), IDENTICAL)]
    places = Pieces(records, a, b, weights, generic, judgements, matcher, weigher).labels()
    progress("matches", len(names), len(names))
    one, other = np.concatenate([a, b]), np.concatenate([b, a])
    order = np.argsort(one.astype(np.int64) << 32 | other)
    edges = names[one[order]], names[other[order]], np.concatenate([weights, weights])[order]
    return Built((keys, names[holders]), edges, names, names[places], judgements)


def _read(tx: Transaction, progress: Callable[[str, int, int], None]) -> pl.DataFrame:
    """All source records in columns (``core.columns``), in the order of their intrinsic keys."""
    count = source_count(tx)
    columns: dict[str, list[pl.Series]] = {}
    done = 0
    for some in chain([[]], batched(contents(tx))):  # without any record there are columns all the same
        progress("matches", done, count)
        keys = pl.Series([record for record, _ in some], dtype=pl.Int64)
        for column in of_contents(keys, pl.Series([text for _, text in some], dtype=pl.String)):
            columns.setdefault(column.name, []).append(column)
        done += len(some)
    # one after the other, so that little is there twice
    return pl.DataFrame([pl.concat(columns.pop(name), rechunk=True) for name in [*columns]])


def put(tx: Transaction, built: Built, changed: Collection[int]) -> tuple[Change, set[int]]:
    """Write what was built; what changed, and the clusters whose customer may look different.

    The change names only records that were in a cluster before, not the new ones. ``changed`` are the
    records whose content changed.
    """
    replace_keys(tx, built.keys)
    replace_edges(tx, built.edges)
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


def _voices(matcher: Matcher, records: pl.DataFrame, own: Keys, judgements: Sequence[Judgement]) -> Column:
    """For each row the row that speaks for it, or -1; ``own`` is the key of all a record says, 0 where it has none."""
    private = list({record for one in judgements for record, _ in one.sides})
    loud = (own > 0) & ~records["key"].is_in(private).to_numpy()
    rows = np.flatnonzero(loud)
    rows = rows[np.argsort(own[rows], kind="stable")]  # so that the first of each group is the smallest
    first = np.r_[True, own[rows][1:] != own[rows][:-1]] if len(rows) else np.zeros(0, bool)
    speakers = rows[np.flatnonzero(first)][np.cumsum(first) - 1]
    voice = np.full(records.height, -1, np.int64)
    voice[rows] = speakers
    voice[rows[first]] = -1
    heard = np.unique(voice[voice >= 0])
    some = Hashed(records[heard].with_columns(ref=pl.lit("")))
    each = np.arange(len(heard), dtype=np.uint32)
    known = Weigher(matcher, some, np.zeros(0, np.int64)).weigh(each, each) >= matcher.model.link
    voice[np.isin(voice, heard[~known])] = -1
    return voice


def _held(values: Hashed, own: Keys, voice: Column) -> tuple[Keys, Rows]:
    """The keys there should be and the row that holds each, in order."""
    keys, rows = key_columns(values)
    kept = (voice[rows] < 0) | is_kept_by_echoes(keys)
    said = np.flatnonzero(own).astype(np.uint32)
    return in_order(np.r_[keys[kept], own[said]], np.r_[rows[kept], said])
