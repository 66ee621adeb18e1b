"""Which of several models to use: what each would link, held against how often strangers look like that.

No labels are needed. How many pairs of strangers agree as a pair does is the number of pairs there are,
times how often strangers agree at each level; links beyond that number are not chance. All models are
judged by one measure, and it is none of theirs. Pairs about which the models differ because of households or
offices are left out: chance says nothing of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final, NamedTuple

from hub.core.match import Matcher, Model
from hub.core.model import SourceRecord

__all__ = ["Standing", "standings"]

_DRAWS: Final = 400
"""Pairs of strangers imagined for each way of agreeing, to see which of them a model would link."""
_CAUTION: Final = 2.0
"""Links of strangers count twice: they come in bunches, and one false link joins all records of both sides."""

_NAMES: Final = ("given name", "family name")
_SEEN: Final = 0.5
"""What was supposed of how often strangers agree weighs as much as this many agreements seen."""
_NEGLIGIBLE: Final = 0.01
"""Strangers who agree in some way are not looked at when so few are expected."""

Pair = tuple[SourceRecord, SourceRecord]
Weights = tuple[int, int, int]
Found = Mapping[tuple[str, str], tuple[Weights, ...]]
"""What each comparison finds: its level, and what that is worth to each model."""
Shape = tuple[tuple[str, str], ...]
"""What speaks for a pair: comparisons and the levels at which they agree."""
Links = tuple[bool, ...]
"""Which of the models link a pair."""


class Standing(NamedTuple):
    """What one model links, in the data it is judged by."""

    links: int
    by_chance: float
    """How many of them are as many as strangers would make."""
    f1: float
    """Estimated, against all that any of the models links and chance does not explain: good for comparing only."""


def standings(
    models: Sequence[Model],
    pairs: Iterable[Pair],
    random_pairs: Iterable[Pair],
    total: float,
    strangers: Model,
) -> tuple[Standing, ...]:
    """How the models stand; ``total`` is how many pairs of records ``pairs`` are the candidates among.

    ``strangers`` is a model that says how often strangers agree where ``random_pairs`` show too little.
    """
    jury = _Jury([Matcher(model) for model in models])
    seen: defaultdict[Shape, Counter[Links]] = defaultdict(Counter)
    shown: dict[Shape, Found] = {}
    for a, b in pairs:
        found = jury.compare(a, b)
        links = jury.links(found)
        if links is not None and any(links):
            shape = _for(found)
            seen[shape][links] += 1
            shown[shape] = min(shown.get(shape, found), found, key=_in_order)
    anybody = _Anybody.of([jury.compare(a, b) for a, b in random_pairs])
    counted: Counter[Links] = Counter()
    chance: defaultdict[Links, float] = defaultdict(float)
    for shape, its in sorted(seen.items()):
        expected = total
        for name, level in shape:
            expected *= anybody.often(name, level, strangers.odds[name][level].u)
        counted.update(its)
        if expected < _NEGLIGIBLE:
            continue
        drawn = Counter(jury.links(found) for found in anybody.agreeing(shape, shown[shape]))
        for links, count in its.items():
            chance[links] += min(count, _CAUTION * expected * drawn[links] / _DRAWS)
    return _stand(len(models), counted, chance)


@dataclass(frozen=True, slots=True)
class _Jury:
    """The models, asked about the same pair."""

    matchers: Sequence[Matcher]

    def compare(self, a: SourceRecord, b: SourceRecord) -> Found:
        """What is found on two records; models that know names equally often find the same."""
        known: dict[int, tuple[tuple[str, str, float], ...]] = {}
        each: list[tuple[tuple[str, str, float], ...]] = []
        for matcher in self.matchers:
            lore = id(matcher.model.frequencies)
            if lore not in known:
                known[lore] = matcher.agreements(a, b)
            each.append(known[lore])
        return {
            (name, level): tuple(
                matcher.worth((its[place],)) for matcher, its in zip(self.matchers, each, strict=True)
            )
            for place, (name, level, _) in enumerate(each[0])
        }

    def links(self, found: Found) -> Links | None:
        """Which models link a pair; ``None`` where they differ and it may be two of one household or office."""
        kin = any(name in _NAMES or (name == "organization" and level != "domain") for name, level in found)
        links: list[bool] = []
        strange = True
        for place, matcher in enumerate(self.matchers):
            totals = [sum(worths[place][other] for worths in found.values()) for other in range(3)]
            totals = [prior + total for prior, total in zip(matcher.prior, totals, strict=True)]
            least = min(totals) if kin else totals[0]
            links.append(least >= matcher.model.link)
            strange = strange and least == totals[0]
        return tuple(links) if strange or len(set(links)) == 1 else None


@dataclass(frozen=True, slots=True)
class _Anybody:
    """What comparing any two records finds: some of them, and how strangers agree who do."""

    some: Sequence[Found]
    known: Mapping[str, int]
    agreed: Mapping[tuple[str, str], Sequence[tuple[Weights, ...]]]

    @staticmethod
    def of(found: Sequence[Found]) -> _Anybody:
        agreed: defaultdict[tuple[str, str], list[tuple[Weights, ...]]] = defaultdict(list)
        for one in found:
            for level, worths in one.items():
                agreed[level].append(worths)
        return _Anybody(
            Random(1).choices(found, k=_DRAWS) if found else [],
            Counter(name for one in found for name, _ in one),
            {level: sorted(worths) for level, worths in agreed.items()},
        )

    def often(self, name: str, level: str, supposed: float) -> float:
        """How often strangers agree at a level: as they do here, or about as supposed where few were seen."""
        seen = len(self.agreed.get((name, level), ()))
        return (seen + _SEEN) / (self.known.get(name, 0) + _SEEN / supposed)

    def agreeing(self, shape: Shape, example: Found) -> Iterator[Found]:
        """Any two records as they would be found if they agreed like this, where they know enough to."""
        random = Random(1)
        names = {name for name, _ in shape}
        for found in self.some:
            rest = {at: worths for at, worths in found.items() if at[0] not in names}
            if len(found) - len(rest) == len(names) and not _for(rest):
                yield {at: random.choice(self.agreed.get(at, (example[at],))) for at in shape} | rest


def _for(found: Found) -> Shape:
    """What speaks for a pair, by the first of the models, whatever the value is."""
    return tuple(sorted(at for at in found if at[1] != "different"))


def _in_order(found: Found) -> list[tuple[tuple[str, str], tuple[Weights, ...]]]:
    return sorted(found.items())


def _stand(models: int, counted: Mapping[Links, int], chance: Mapping[Links, float]) -> tuple[Standing, ...]:
    true = sum(count - chance[links] for links, count in counted.items())
    found: list[Standing] = []
    for place in range(models):
        links = sum(count for which, count in counted.items() if which[place])
        by_chance = sum(share for which, share in chance.items() if which[place])
        right = links - by_chance
        found.append(Standing(links, by_chance, 2 * right / (links + true) if right > 0 else 0.0))
    return tuple(found)
