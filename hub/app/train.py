"""Trains the match model on the workspace's own records, shows what it would change, puts it in force.

The sample is the records with the smallest intrinsic keys: a key is a hash, so they are a fair sample,
and the same records give the same model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from hub.core.block import blocking_keys, limit
from hub.core.match import Matcher, Model
from hub.core.match.names import given_han
from hub.core.model import SourceRecord
from hub.core.train import Report, train
from hub.errors import ConfigError
from hub.store.identity import holders, sample_rows, source_rows

if TYPE_CHECKING:
    from hub.app.hub import Hub
    from hub.app.resolve import Resolved
    from hub.store.session import Transaction

__all__ = ["ENOUGH", "Trained", "preview", "trained"]

SAMPLE = 20_000
"""Records read; each brings its candidate pairs along."""
MOST_PAIRS = 400_000
ENOUGH = 200
"""Fewer records than this say nothing of how a company's data agree."""
CHUNK = 2_000

Pair = tuple[SourceRecord, SourceRecord]


@dataclass(frozen=True, slots=True)
class Trained:
    """A model and the report of its training."""

    model: Model
    report: Report

    def plain(self) -> dict[str, Any]:
        """What ``--json`` prints of it; weights in bits."""
        return {
            "version": self.model.version,
            "pairs": self.report.pairs,
            "random_pairs": self.report.random_pairs,
            "matches": self.report.matches,
            "changes": [
                {
                    "comparison": change.comparison,
                    "level": change.level,
                    "before": change.weight_before / 100,
                    "after": change.weight_after / 100,
                }
                for change in self.report.changes
            ],
        }


def trained(hub: Hub, *, sample: int = SAMPLE) -> Trained:
    """The shipped model, moved toward the workspace's records; nothing is changed.

    It always starts from the shipped one, so that training again on the same records moves nothing further.
    """
    with hub.store.read() as tx:
        records = sample_rows(tx, sample)
        if len(records) < ENOUGH:
            raise ConfigError(
                f"{len(records):,} records are too few to learn from; {ENOUGH:,} are the least",
                where="hub train",
                step="keep the model in force; train when more has been synced",
            )
        pairs = list(_candidates(tx, records))
    return Trained(*train(Model.default(), pairs, _random(records), _frequencies(records)))


def preview(hub: Hub, model: Model) -> Resolved:
    """What a resolution of everything with ``model`` would merge and split."""
    matcher = Matcher(model, hub.plugins.comparisons)
    return replace(hub.resolver, matcher=matcher).resolve(full=True, dry_run=True)


def _candidates(tx: Transaction, records: Sequence[SourceRecord]) -> Iterator[Pair]:
    """The candidate pairs of the records, each once, until there are enough."""
    known = {record.key: record for record in records}
    seen: set[tuple[int, int]] = set()
    for start in range(0, len(records), CHUNK):
        keys = {record.key: blocking_keys(record) for record in records[start : start + CHUNK]}
        held = holders(tx, {key for its in keys.values() for key in its}, limit)
        found = {
            (min(record, other), max(record, other))
            for record, its in keys.items()
            for key in its
            if len(held.get(key, ())) <= limit(key)
            for other in held.get(key, ())
            if other != record
        }
        fresh = sorted(found - seen)
        seen.update(fresh)
        missing = [record for pair in fresh for record in pair if record not in known]
        known.update(
            (key, SourceRecord.load(key, row.content)) for key, row in source_rows(tx, missing).items()
        )
        yield from ((known[a], known[b]) for a, b in fresh)
        if len(seen) >= MOST_PAIRS:
            return


def _random(records: Sequence[SourceRecord]) -> list[Pair]:
    """Any two records, at several distances in an order that is as good as shuffled."""
    count = len(records)
    steps = [count // part for part in (2, 3, 5, 7, 11, 13)]
    return [
        (record, records[(place + step) % count]) for step in steps for place, record in enumerate(records)
    ]


def _frequencies(records: Sequence[SourceRecord]) -> dict[str, Counter[str]]:
    """How often each name and city occurs."""
    counted: dict[str, Counter[str]] = {name: Counter() for name in ("given", "family", "han_given", "city")}
    for record in records:
        said = {
            "given": record.given, "family": record.family, "city": record.city,
            "han_given": given_han(record.han) if record.han else "",
        }  # fmt: skip
        for name, value in said.items():
            if value:
                counted[name][value] += 1
    return counted
