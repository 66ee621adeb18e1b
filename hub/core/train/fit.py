"""Training without labels: what a company's own pairs say of the odds, shrunk toward the model it has.

Counts, round by round, how matches agree by each comparison, among the candidate pairs that all *other*
comparisons would link: none may vote on its own pairs. The prior of matches among strangers and how
households and colleagues agree stay as they are: data without labels cannot tell them, and letting them
drift is how such training collapses. How many matches there are to a pair of one household or of
colleagues is learnt, within bounds. The same input gives the same model, to the last digit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from math import log2
from typing import Final, NamedTuple

from hub.core.match import ALTERNATIVES, Matcher, Model, Odds, of_one_kind
from hub.core.model import SourceRecord
from hub.core.train.order import in_order

__all__ = ["Change", "Report", "changes", "named", "train"]

_ROUNDS: Final = 25
_TRUSTED: Final = 300.0
"""The model a training starts from weighs as much as this many matches seen."""
_SEEN: Final = 5.0
"""... and, for how often strangers agree, as much as this many agreements seen."""
_FALL, _RISE = -300, 600
"""Centibits a prior may move in one training."""
_TRUSTED_NAMES: Final = 10_000
"""... and, for how common names are, as much as this many records."""
_KEPT: Final = frozenset(
    {
        ("reference", "equal"),
        ("kind", "person and organization"),
        ("given name", "pinyin"),
        ("given name", "homophone"),
        ("given name", "initial"),
        ("given name", "swapped, short"),
        ("family name", "homophone"),
        ("family name", "initial"),
        ("email", "role"),
        ("email", "role, nobody named"),
        ("tax id", "equal, nobody named"),
        ("phone", "landline"),
        ("organization", "equal, short"),
        ("domain", "equal"),
    }
)
"""Levels possible only for some values (two scripts, an initial, a role, one word): no share of all matches."""

Pattern = tuple[str, tuple[tuple[str, str, float], ...]]
"""What both are (``people``, ``organizations`` or nothing), and how they agree."""


class Change(NamedTuple):
    """What training did to one level: its odds and its weight against strangers, in centibits."""

    comparison: str
    level: str
    before: Odds
    after: Odds
    weight_before: int
    weight_after: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a training saw and changed, to be shown before it is used."""

    pairs: int
    random_pairs: int
    matches: float
    """Pairs expected to be matches, by the trained model."""
    curve: tuple[float, ...]
    """Before and after each round: bits by which the model explains a pair better than chance does."""
    changes: tuple[Change, ...]


def train(
    model: Model,
    pairs: Iterable[tuple[SourceRecord, SourceRecord]],
    random_pairs: Iterable[tuple[SourceRecord, SourceRecord]],
    frequencies: Mapping[str, Mapping[str, int]],
) -> tuple[Model, Report]:
    """A model nearer to the data, and the report of what changed.

    ``pairs`` are candidates, ``random_pairs`` any two records; ``frequencies`` counts values by field:
    given, family, han_given, city.
    """
    start = replace(model, frequencies=_frequencies(model, frequencies))
    matcher = Matcher(start)
    patterns = _patterns(matcher, pairs)
    random_patterns = _patterns(matcher, random_pairs)
    start = replace(start, odds=_strangers(start, random_patterns))
    start = _priors(start, patterns)
    trained, curve = _maximize(start, patterns)
    trained = named(replace(trained, odds=in_order(trained.odds)), f"Trained from {model.version}.")
    seen = sum(patterns.values())
    matches = sum(
        n * share["match"] for n, share in zip(patterns.values(), _shares(trained, patterns), strict=True)
    )
    return trained, Report(
        seen, sum(random_patterns.values()), matches, tuple(curve), changes(model, trained)
    )


def _patterns(matcher: Matcher, pairs: Iterable[tuple[SourceRecord, SourceRecord]]) -> dict[Pattern, int]:
    """How often each pattern of agreement occurs, in an order that does not depend on the input's."""
    counts = Counter((_kin(a, b), matcher.agreements(a, b)) for a, b in pairs)
    return dict(sorted(counts.items()))


def _kin(a: SourceRecord, b: SourceRecord) -> str:
    """What both are, where they are of one kind."""
    return "" if not of_one_kind(a, b) else "people" if a.has_name else "organizations"


def _frequencies(model: Model, counted: Mapping[str, Mapping[str, int]]) -> dict[str, Mapping[str, float]]:
    """Shares of values in the data and in the model, mixed; those no rarer than rare are kept."""
    mixed: dict[str, Mapping[str, float]] = dict(model.frequencies)
    for field, counts in sorted(counted.items()):
        total = sum(counts.values()) + _TRUSTED_NAMES
        known = model.frequencies.get(field, {})
        shares = {
            value: (counts.get(value, 0) + _TRUSTED_NAMES * known.get(value, 0.0)) / total
            for value in sorted(counts.keys() | known.keys())
        }
        mixed[field] = {value: s for value, s in shares.items() if s > model.rare[field] or value in known}
    return mixed


def _strangers(model: Model, patterns: Mapping[Pattern, int]) -> dict[str, Mapping[str, Odds]]:
    """How often strangers agree at each level, as random pairs show it."""
    seen = dict.fromkeys(_levels(model), 0.0)
    shares = _shares(model, patterns)
    for ((_, agreements), count), share in zip(patterns.items(), shares, strict=True):
        for name, level, _ in agreements:
            seen[name, level] += count * (1 - share["match"])
    odds: dict[str, Mapping[str, Odds]] = {}
    for name, levels in model.odds.items():
        compared = sum(seen[name, level] for level in levels)
        odds[name] = {
            level: o if (name, level) in _KEPT else replace(o, u=_blend(o.u, seen[name, level], compared))
            for level, o in levels.items()
        }
    return odds


def _blend(u: float, agreed: float, compared: float) -> float:
    trusted = _SEEN / u
    return (agreed + _SEEN) / (compared + trusted)


def _maximize(model: Model, patterns: Mapping[Pattern, int]) -> tuple[Model, list[float]]:
    """Round by round, how often matches agree at each level; all else stays."""
    start, total = model, max(1, sum(patterns.values()))
    curve = [round(_explained(start, patterns) / total, 6)]
    while len(curve) <= _ROUNDS and (len(curve) < 3 or curve[-1] != curve[-2]):
        model = replace(model, odds=_matches(start, _borne_out(model, patterns)))
        curve.append(round(_explained(model, patterns) / total, 6))
    return model, curve


def _borne_out(model: Model, patterns: Mapping[Pattern, int]) -> dict[tuple[str, str], float]:
    """How many matches agree at each level, among the pairs that all *other* comparisons would link.

    A comparison that were allowed to vote on its own pairs would talk itself into anything: where there
    are more households than matches, "another given name" would soon be what matches look like.
    """
    matcher = Matcher(model)
    seen = dict.fromkeys(_levels(model), 0.0)
    for (kin, agreements), count in patterns.items():
        worths = [matcher.worth((agreement,)) for agreement in agreements]
        totals = [sum(whole) for whole in zip(matcher.prior, *worths, strict=True)]
        for (name, level, _), worth in zip(agreements, worths, strict=True):
            others = [total - own for total, own in zip(totals, worth, strict=True)]
            rest = min(others) if kin else others[0]
            if rest >= model.link:
                seen[name, level] += count * _chance(rest)
    return seen


def _priors(start: Model, patterns: Mapping[Pattern, int]) -> Model:
    """How many matches there are to a pair of one household and of colleagues, damped and bounded.

    Settled before the odds are, and once: matches and households that feed each other run away. How many
    there are to a pair of strangers stays: it hangs on how many records there will be. Sister organizations are
    too few to tell it for.
    """
    model = start
    patterns = {pattern: count for pattern, count in patterns.items() if pattern[0] != "organizations"}
    for _ in range(_ROUNDS):
        seen: dict[str, float] = dict.fromkeys(("match", *ALTERNATIVES), 0.0)
        for (_, count), share in zip(patterns.items(), _shares(model, patterns), strict=True):
            for what, part in share.items():
                seen[what] += count * part
        prior = {other: _prior(start.prior[other], seen["match"], seen[other]) for other in ALTERNATIVES[1:]}
        if prior.items() <= model.prior.items():
            break
        model = replace(model, prior={**start.prior, **prior})
    return model


def _prior(was: int, matches: float, others: float) -> int:
    odds = 2.0 ** (was / 100)
    trusted = _TRUSTED / (1 + odds)
    learnt = round(100 * log2((matches + trusted * odds) / (others + trusted)))
    return max(was + _FALL, min(was + _RISE, learnt))


def _matches(start: Model, seen: Mapping[tuple[str, str], float]) -> dict[str, Mapping[str, Odds]]:
    odds: dict[str, Mapping[str, Odds]] = {}
    for name, levels in start.odds.items():
        free = [level for level in levels if (name, level) not in _KEPT]
        mass = sum(levels[level].m for level in free)
        compared = sum(seen[name, level] for level in free) + _TRUSTED
        odds[name] = {
            level: replace(o, m=mass * (seen[name, level] + _TRUSTED * o.m / mass) / compared)
            if level in free
            else o
            for level, o in levels.items()
        }
    return odds


def _shares(model: Model, patterns: Iterable[Pattern]) -> list[dict[str, float]]:
    """For each pattern, how likely it is a match, and what it is otherwise."""
    matcher = Matcher(model)
    shares: list[dict[str, float]] = []
    for kin, agreements in patterns:
        weights = matcher.against(agreements)[: 3 if kin else 1]
        other = weights.index(min(weights))
        match = _chance(weights[other])
        shares.append({"match": match, ALTERNATIVES[other]: 1 - match})
    return shares


def _chance(weight: int) -> float:
    """How likely a pair of this weight is a match."""
    return 1 / (1 + 2.0 ** -max(-60.0, min(60.0, weight / 100)))


def _explained(model: Model, patterns: Mapping[Pattern, int]) -> float:
    """How well the model explains the pairs, in bits over their being strangers who agree by chance."""
    matcher, bits = Matcher(model), 0.0
    for (kin, agreements), count in patterns.items():
        weights = matcher.against(agreements)[: 3 if kin else 1]
        least, strangers = min(weights) / 100, weights[0] / 100
        bits += count * (strangers - least + log2(1 + 2.0 ** min(least, 60.0)))
    return bits


def _levels(model: Model) -> Sequence[tuple[str, str]]:
    return [(name, level) for name, levels in model.odds.items() for level in levels]


def changes(before: Model, after: Model) -> tuple[Change, ...]:
    """What is different, level by level; all levels, also those that stayed."""
    found: list[Change] = []
    for name, level in _levels(before):
        old, new = before.odds[name][level], after.odds[name][level]
        found.append(
            Change(name, level, old, new, round(100 * log2(old.m / old.u)), round(100 * log2(new.m / new.u)))
        )
    return tuple(found)


def named(model: Model, about: str) -> Model:
    """The model under a version that its content gives it: the same training gives the same version."""
    digest = blake2b(replace(model, version="", about="").dump().encode(), digest_size=4)
    return replace(model, version=f"{model.version.split('+')[0]}+{digest.hexdigest()}", about=about)
