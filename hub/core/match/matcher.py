"""Match weights: the odds that two records are one customer against the best other explanation.

A weight is an integer in centibits, symmetric, and a pure function of the two records, the generic keys
both hold, and the model. Fellegi-Sunter weights sum over comparisons; two people who share a roof or
an office are told from one person by weighing the match against each alternative (strangers, one
household, colleagues) and keeping the least.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import log2
from typing import NamedTuple

from hub.core.keys import key, number
from hub.core.match.comparisons import Comparison, Lore, findings
from hub.core.match.model import ALTERNATIVES, Model, Odds
from hub.core.match.names import GIVEN_COMPATIBLE
from hub.core.model import SourceRecord

__all__ = ["Explanation", "Matcher", "Step"]

_CUSTOM = number("custom")


class Step(NamedTuple):
    """What one comparison added to a weight, in centibits."""

    name: str
    level: str
    a: str
    b: str
    weight: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """A weight and the steps it is the sum of, against the alternative that explains the pair best."""

    weight: int
    prior: int
    alternative: str
    steps: tuple[Step, ...]


class Matcher:
    """Weighs pairs of source records by one model, and by the comparisons plugins add."""

    def __init__(self, model: Model, comparisons: Sequence[Comparison] = ()) -> None:
        self.model = model
        self._comparisons = tuple(sorted(comparisons, key=lambda c: c.name))
        self._lore = Lore(model)
        self._prior = tuple(model.prior[name] for name in ALTERNATIVES)
        self._worth: dict[tuple[str, str, float], tuple[int, int, int]] = {}

    def weight(self, a: SourceRecord, b: SourceRecord, generic: Collection[int] = ()) -> int:
        """Centibits of evidence that the two are one customer; generic values count as missing."""
        strangers, household, colleagues = self._prior
        worth = self._worth
        for comparison, level, share, _, _ in findings(a, b, self._lore, generic):
            try:
                s, h, c = worth[comparison, level, share]
            except KeyError:
                s, h, c = self._weigh(comparison, level, share)
            strangers += s
            household += h
            colleagues += c
        least = strangers
        if a.has_name and b.has_name:
            least = min(strangers, household, colleagues)
        if self._comparisons and a.custom and b.custom:
            least += sum(step.weight for step in self._custom_steps(a, b, generic))
        return least

    def explain(self, a: SourceRecord, b: SourceRecord, generic: Collection[int] = ()) -> Explanation:
        """The same weight, comparison by comparison."""
        found = findings(a, b, self._lore, generic)
        worths = [self._weigh(*finding[:3]) for finding in found]
        totals = [prior + sum(w[i] for w in worths) for i, prior in enumerate(self._prior)]
        possible = range(3) if a.has_name and b.has_name else range(1)
        best = min(possible, key=lambda i: totals[i])
        steps = [Step(f.comparison, f.level, f.a, f.b, w[best]) for f, w in zip(found, worths, strict=True)]
        steps += self._custom_steps(a, b, generic)
        prior = self._prior[best]
        return Explanation(prior + sum(s.weight for s in steps), prior, ALTERNATIVES[best], tuple(steps))

    def contradicts(self, a: SourceRecord, b: SourceRecord) -> bool:
        """Whether these are clearly different customers, whatever they share."""
        if a.ref and a.ref == b.ref:
            return False
        found = {f.comparison: f.level for f in findings(a, b, self._lore, ())}
        if "kind" in found:
            return True
        if found.get("given name", "equal") in GIVEN_COMPATIBLE:
            return False
        return found.get("national id") != "equal" and found.get("birth date") != "equal"

    def _weigh(self, comparison: str, level: str, share: float) -> tuple[int, int, int]:
        known = self._worth.get((comparison, level, share))
        if known is None:
            known = _centibits(self.model.odds[comparison][level], share)
            self._worth[comparison, level, share] = known
        return known

    def _custom_steps(self, a: SourceRecord, b: SourceRecord, generic: Collection[int]) -> list[Step]:
        mine, yours = dict(a.custom), dict(b.custom)
        steps: list[Step] = []
        for comparison in self._comparisons:
            x, y = mine.get(comparison.field), yours.get(comparison.field)
            if not x or not y:
                continue
            if x == y and generic and key(_CUSTOM, comparison.field, x) in generic:
                continue
            level = comparison.level(*sorted((x, y)))
            if level is not None:
                steps.append(Step(comparison.name, level.label, x, y, level.weight))
        return steps


def _centibits(odds: Odds, share: float) -> tuple[int, int, int]:
    """A level's weight against each alternative; a known share of the value stands for ``u``."""
    u = share or odds.u
    h, c = (u if odds.h is None else odds.h), (u if odds.c is None else odds.c)
    return tuple(round(100 * log2(odds.m / other)) for other in (u, h, c))  # type: ignore[return-value]
