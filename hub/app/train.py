"""Trains the match model on the workspace's own records, shows what it would change, puts it in force.

The sample is the records with the smallest intrinsic keys: a key is a hash, so they are a fair sample,
and the same records give the same model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from hub.core.block import blocking_keys
from hub.core.keys import Limits
from hub.core.match import Matcher, Model
from hub.core.match.names import given_han
from hub.core.model import SourceRecord
from hub.core.train import Report, Standing, best, changes, proposals, standings, train
from hub.errors import ConfigError, NotFound
from hub.store.identity import contents_of, holders, sample_rows, source_count

if TYPE_CHECKING:
    from hub.app.hub import Hub
    from hub.app.resolve import Resolved
    from hub.store.session import Transaction

__all__ = ["ENOUGH", "Trained", "names_of", "preview", "trained"]

SAMPLE = 10_000
"""Records read; each brings its candidate pairs along."""
MOST_PAIRS = 400_000
JUDGED = 2_000
"""Records by whose pairs it is decided which model to take."""
APART = 12_000
"""... and the pairs of any two records that show what chance does."""
ENOUGH = 200
"""Fewer records than this say nothing of how a company's data agree."""
CHUNK = 2_000

Pair = tuple[SourceRecord, SourceRecord]


@dataclass(frozen=True, slots=True)
class Trained:
    """The model that training takes, the report of it, and how it stands beside the others."""

    model: Model
    report: Report
    learnt: str
    """What was learnt for it; ``nothing`` when the shipped model is the best there is for these records."""
    standings: tuple[tuple[str, Standing], ...]
    """What there was to choose from, and how each stands in the data."""
    in_force: bool
    """Whether it is the model in force already."""

    @property
    def pays(self) -> bool:
        """Whether training found a model that does better here than the one that ships."""
        return self.learnt != NOTHING

    def plain(self) -> dict[str, Any]:
        """What ``--json`` prints of it; weights in bits."""
        return {
            "version": self.model.version,
            "pays": self.pays,
            "learnt": self.learnt,
            "in_force": self.in_force,
            "pairs": self.report.pairs,
            "random_pairs": self.report.random_pairs,
            "matches": self.report.matches,
            "curve": list(self.report.curve),
            "priors": {name: weight / 100 for name, weight in self.model.prior.items()},
            "standings": [
                {"learnt": name, "links": its.links, "by_chance": its.by_chance, "f1": its.f1}
                for name, its in self.standings
            ],
            "changes": [
                {
                    "comparison": change.comparison,
                    "level": change.level,
                    "before": change.weight_before / 100,
                    "after": change.weight_after / 100,
                    "m": [change.before.m, change.after.m],
                    "u": [change.before.u, change.after.u],
                }
                for change in self.report.changes
            ],
        }


NOTHING = "nothing"


def trained(hub: Hub, *, sample: int = SAMPLE) -> Trained:
    """The shipped model, moved toward the workspace's records as far as that does good; nothing is changed.

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
        everyone = source_count(tx)
        pairs: list[Pair] = []
        judged: list[Pair] = []
        read = few = 0
        for found in _candidates(tx, records, hub.matcher.limits):
            pairs += found
            read = min(read + CHUNK, len(records))
            if read <= max(CHUNK, JUDGED):
                judged, few = pairs[:], read
    apart = _random(records)
    start = Model.default()
    fitted, report = train(start, pairs, apart, _frequencies(records))
    choice = proposals(start, fitted, report, _pairs_among(read, everyone))
    stand = standings(
        [one.model for one in choice],
        judged,
        apart[:: -(-len(apart) // APART)],
        _pairs_among(few, everyone),
        fitted,
    )
    taken = choice[best(stand)]
    return Trained(
        taken.model,
        replace(report, changes=changes(start, taken.model)),
        taken.name,
        tuple((one.name, its) for one, its in zip(choice, stand, strict=True)),
        taken.model.version == hub.model.version,
    )


def names_of(hub: Hub, ids: Iterable[str]) -> dict[str, str]:
    """What some customers are called today; those that are not there yet are left out."""
    from hub.app.customers.find import customer

    names: dict[str, str] = {}
    with hub.store.read() as tx:
        for one in dict.fromkeys(ids):
            with suppress(NotFound):
                names[one] = customer(tx, one).name
    return names


def _pairs_among(some: int, everyone: int) -> float:
    """How many pairs of records have at least one of ``some`` in them."""
    return some * (everyone - 1) - some * (some - 1) / 2


def preview(hub: Hub, model: Model) -> Resolved:
    """What a resolution of everything with ``model`` would merge and split."""
    matcher = Matcher(model, hub.plugins.comparisons, hub.matcher.limits)
    return replace(hub.resolver, matcher=matcher).resolve(full=True, dry_run=True)


def _candidates(tx: Transaction, records: Sequence[SourceRecord], limits: Limits) -> Iterator[list[Pair]]:
    """The candidate pairs of the records, some records' at a time, each pair once, until there are enough."""
    known = {record.key: record for record in records}
    seen: set[tuple[int, int]] = set()
    for start in range(0, len(records), CHUNK):
        keys = {record.key: blocking_keys(record) for record in records[start : start + CHUNK]}
        held = holders(tx, {key for its in keys.values() for key in its}, limits.of)
        found = {
            (min(record, other), max(record, other))
            for record, its in keys.items()
            for key in its
            if len(held.get(key, ())) <= limits.of(key)
            for other in held.get(key, ())
            if other != record
        }
        fresh = sorted(found - seen)
        seen.update(fresh)
        missing = [record for pair in fresh for record in pair if record not in known]
        known.update(
            (key, SourceRecord.load(key, content)) for key, content in contents_of(tx, missing).items()
        )
        yield [(known[a], known[b]) for a, b in fresh]
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
