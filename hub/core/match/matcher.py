"""Match weights: the odds that two records are one customer, against the best other explanation.

A weight is an integer in centibits, symmetric, and a pure function of the two records, of which of their
keys are generic, and of the model. Fellegi-Sunter weights sum over comparisons; two people who share a roof or
an office are told from one person by weighing the match against each alternative (strangers, one
household, colleagues) and keeping the least; so are two organizations, of which colleagues are the sisters
that share a door and a switchboard. Households and colleagues are those whose names are known: where a name
is missing on either side, the only alternative is a stranger.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from math import log2
from typing import Final, NamedTuple

from hub.core.keys import AS_SHIPPED, Limits
from hub.core.match.comparisons import (
    COMPARISONS,
    FIELDS,
    Agreement,
    Comparison,
    Found,
    Lore,
    birth_date,
    kind,
    name,
    national_id,
)
from hub.core.match.live import live
from hub.core.match.model import ALTERNATIVES, Model, Odds
from hub.core.match.names import GIVEN_COMPATIBLE
from hub.core.model import SourceRecord

__all__ = ["Agreement", "Explanation", "Matcher", "Step", "of_one_kind"]


Worth = tuple[int, int, int]
"""Centibits against each alternative."""

LASTING: Final = ("kind", "given name", "family name", "birth date")
"""Comparisons that read nothing a generic key takes away."""
LEFT: Final = ("different", "domain")
"""Levels that two may agree at once values are taken away, where they share no mailbox, telephone or handle."""


class Step(NamedTuple):
    """What one comparison added to a weight, in centibits, and the values it looked at."""

    name: str
    level: str
    a: str
    b: str
    weight: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """A weight as the sum of a prior and steps, against the alternative that explains the pair best."""

    weight: int
    prior: int
    alternative: str
    steps: tuple[Step, ...]


class Matcher:
    """Weighs pairs of source records by one model, and by the comparisons plugins add."""

    def __init__(
        self, model: Model, comparisons: Sequence[Comparison] = (), limits: Limits = AS_SHIPPED
    ) -> None:
        self.model = model
        self.limits = limits
        """From how many holders on a value is generic: whoever names the generic ones to this matcher goes by them."""
        self.custom = tuple(sorted(comparisons, key=lambda comparison: comparison.name))
        self.lore = Lore(model)
        self.prior = tuple(model.prior[other] for other in ALTERNATIVES)
        self._weighed: dict[Agreement, tuple[int, int, int]] = {}
        # asked for every pair, and there are few findings
        self.worth = cache(self._worth)
        self._at_best = cache(self._best)

    def weight(self, a: SourceRecord, b: SourceRecord, generic: Collection[int] = ()) -> int:
        """Centibits of evidence that the two are one customer; generic values count as missing."""
        weight = self._sum(a, b, self._found(a, b, generic), self.worth)
        if self.custom and a.custom and b.custom:
            steps = self.custom_steps(live(a, generic), live(b, generic))
            weight += sum(step.weight for step in steps)
        return weight

    def may_match(self, a: SourceRecord, b: SourceRecord) -> bool:
        """Whether their weight may reach the review threshold, whichever of their values are generic.

        Few pairs may, and only of their values need anybody know how many hold them.
        """
        if (self.custom and a.custom and b.custom) or _share_a_value(a, b):
            return True
        return self._sum(a, b, self._found(a, b, ()), self._at_best) >= self.model.review

    def identifies(self, record: SourceRecord) -> bool:
        """Whether a record tells enough that another one saying the same is the same customer."""
        anonymous = record._replace(ref="")
        return self.weight(anonymous, anonymous) >= self.model.link

    def explain(self, a: SourceRecord, b: SourceRecord, generic: Collection[int] = ()) -> Explanation:
        """The same weight, comparison by comparison."""
        return self.explain_together([a], [b], generic)

    def weight_together(
        self, left: Sequence[SourceRecord], right: Sequence[SourceRecord], generic: Collection[int] = ()
    ) -> int:
        """Centibits of evidence that two clusters are one customer, by all that their records know.

        Of each comparison what speaks most for it between any two of them counts, and counts once. Of single
        records it is their ``weight``.
        """
        totals = self.against(
            agreement for found, _, _ in self._strongest(left, right, generic) for agreement in found
        )
        custom = sum(step.weight for step in self._strongest_custom(left, right, generic))
        return min(totals[: _alternatives(left, right)]) + custom

    def explain_together(
        self, left: Sequence[SourceRecord], right: Sequence[SourceRecord], generic: Collection[int] = ()
    ) -> Explanation:
        """The same weight, comparison by comparison, each with the two records that speak most for it."""
        told = self._strongest(left, right, generic)
        totals = self.against(agreement for found, _, _ in told for agreement in found)
        best = min(range(_alternatives(left, right)), key=totals.__getitem__)
        steps = [
            Step(what, level, *_shown(FIELDS[what], a, b), self._weigh((what, level, share))[best])
            for found, a, b in told
            for what, level, share in found
        ]
        steps += self._strongest_custom(left, right, generic)
        weight = self.prior[best] + sum(step.weight for step in steps)
        return Explanation(weight, self.prior[best], ALTERNATIVES[best], tuple(steps))

    def agreements(
        self, a: SourceRecord, b: SourceRecord, generic: Collection[int] = ()
    ) -> tuple[Agreement, ...]:
        """What the hub's own comparisons find on two records: the pattern training counts."""
        return tuple(one for found in self._found(a, b, generic) for one in found)

    def against(self, agreements: Iterable[Agreement]) -> tuple[int, int, int]:
        """The weight of a pattern against strangers, one household, and colleagues."""
        totals = list(self.prior)
        for agreement in agreements:
            for place, worth in enumerate(self._weigh(agreement)):
                totals[place] += worth
        return totals[0], totals[1], totals[2]

    def contradicts(self, a: SourceRecord, b: SourceRecord) -> bool:
        """Whether these are clearly different customers, also where a third record resembles both.

        A person and an organization are; so are two people whose given names cannot be one person's,
        unless their source, an id or a birth date says they are (nearly) the same. It depends on
        nothing but their ``trait`` and id: who look alike never contradict each other; generic keys are not asked.
        """
        if a.ref and a.ref == b.ref:
            return False
        if kind(a, b, self.lore):
            return True
        if all(level in GIVEN_COMPATIBLE for what, level, _ in name(a, b, self.lore) if what == "given name"):
            return False
        papers = birth_date(a, b, self.lore) + national_id(a, b, self.lore)
        return all(level == "different" for _, level, _ in papers)

    def forgives(
        self,
        clashes: Iterable[tuple[SourceRecord, SourceRecord]],
        left: Collection[SourceRecord],
        right: Collection[SourceRecord],
    ) -> bool:
        """Whether two clusters may be one although these records of theirs contradict each other.

        Papers that nearly agree between any two of their records speak for the records without papers as
        well; and a name that the other side bears too is no new name. Reads nothing but traits.
        """
        clashes = list(clashes)
        if any(kind(a, b, self.lore) for a, b in clashes):
            return False
        if any(self._vouch(a, b) for a in left for b in right):
            return True
        return all(
            any(_namesakes(a, y) for y in right) or any(_namesakes(b, x) for x in left) for a, b in clashes
        )

    def _vouch(self, a: SourceRecord, b: SourceRecord) -> bool:
        papers = birth_date(a, b, self.lore) + national_id(a, b, self.lore)
        return any(level != "different" for _, level, _ in papers)

    def trait(self, record: SourceRecord) -> Hashable:
        """All of a record that a contradiction reads but its id, so that records with one trait count as one."""
        person = (record.given, record.middle, record.family, record.han)
        return (
            *person,
            record.birth_date,
            record.national_id,
            self.lore.is_organization(record),
        )

    def _worth(self, found: Found) -> Worth:
        """What a comparison's findings add to the weight against strangers, one household, and colleagues."""
        s, h, c = (sum(weights) for weights in zip((0, 0, 0), *map(self._weigh, found), strict=True))
        return s, h, c

    def _best(self, found: Found) -> Worth:
        """The most that findings add once any values are generic, of records that share none of several."""
        worth, what = self.worth(found), found[0][0]
        if what in LASTING:
            return worth
        left = [self.worth(((what, level, 0),)) for level in LEFT if level in self.model.odds[what]]
        s, h, c = map(max, (0, 0, 0), worth, *left)
        return s, h, c

    def _sum(
        self, a: SourceRecord, b: SourceRecord, findings: Iterable[Found], worth: Callable[[Found], Worth]
    ) -> int:
        """The prior and what each comparison's findings are worth, against the best other explanation."""
        strangers, household, colleagues = self.prior
        for found in findings:
            if found:
                s, h, c = worth(found)
                strangers += s
                household += h
                colleagues += c
        if of_one_kind(a, b):
            return min(strangers, household, colleagues)
        return strangers

    def custom_steps(self, a: SourceRecord, b: SourceRecord) -> list[Step]:
        """What the comparisons of plugins add."""
        mine, yours = dict(a.custom), dict(b.custom)
        steps: list[Step] = []
        for comparison in self.custom:
            x, y = mine.get(comparison.field), yours.get(comparison.field)
            level = comparison.level(x, y) if x and y else None
            if x and y and level is not None:
                steps.append(Step(comparison.name, level.label, x, y, level.weight))
        return steps

    def _strongest(
        self, left: Sequence[SourceRecord], right: Sequence[SourceRecord], generic: Collection[int]
    ) -> list[tuple[Found, SourceRecord, SourceRecord]]:
        """What speaks most for one customer in each comparison that finds anything, and between whom it was found."""
        mine, yours = ([(one, live(one, generic)) for one in its] for its in (left, right))
        pairs = [(a, b, self._compared(a, b, x, y)) for a, x in mine for b, y in yours]
        told: list[tuple[Found, SourceRecord, SourceRecord]] = []
        for place in range(len(COMPARISONS)):
            known = [(its[place], a, b) for a, b, its in pairs if its[place]]
            if known:
                told.append(max(known, key=lambda one: self.worth(one[0])))
        return told

    def _strongest_custom(
        self, left: Sequence[SourceRecord], right: Sequence[SourceRecord], generic: Collection[int]
    ) -> list[Step]:
        """The same of the comparisons of plugins."""
        best: dict[str, Step] = {}
        for a, b in product(left, right) if self.custom else ():
            for step in self.custom_steps(live(a, generic), live(b, generic)):
                best[step.name] = max(best.get(step.name, step), step, key=lambda one: one.weight)
        return [best[name] for name in sorted(best)]

    def _found(self, a: SourceRecord, b: SourceRecord, generic: Collection[int]) -> list[Found]:
        """What each comparison finds, in the table's order."""
        return self._compared(a, b, live(a, generic), live(b, generic))

    def _compared(self, a: SourceRecord, b: SourceRecord, x: SourceRecord, y: SourceRecord) -> list[Found]:
        """The same of two records and what is left of them; only the kind of customer is read off all values."""
        lore = self.lore
        return [compare(a, b, lore) if compare is kind else compare(x, y, lore) for compare in COMPARISONS]

    def _weigh(self, agreement: Agreement) -> tuple[int, int, int]:
        known = self._weighed.get(agreement)
        if known is None:
            what, level, share = agreement
            known = self._weighed[agreement] = _centibits(self.model.odds[what][level], share)
        return known


def _share_a_value(a: SourceRecord, b: SourceRecord) -> bool:
    """Whether they share one of the values of which a record may have several."""
    return any(
        one in theirs
        for its, theirs in ((a.emails, b.emails), (a.phones, b.phones), (a.handles, b.handles))
        for one in its
    )


def _alternatives(left: Iterable[SourceRecord], right: Iterable[SourceRecord]) -> int:
    """How many alternatives to one customer there are: only between two of one kind may they be more than strangers."""
    told = any(of_one_kind(a, b) for a, b in product(left, right))
    return len(ALTERNATIVES) if told else 1


def of_one_kind(a: SourceRecord, b: SourceRecord) -> bool:
    """Whether both are people with names, or both organizations with theirs."""
    if a.given or a.family:
        return bool(b.given or b.family)
    return bool(a.organization and b.organization) and not (b.given or b.family)


def _namesakes(a: SourceRecord, b: SourceRecord) -> bool:
    """Whether two have one name, whichever part comes first."""
    return {a.given, a.family} == {b.given, b.family} and (not a.han or not b.han or a.han == b.han)


def _centibits(odds: Odds, share: float) -> tuple[int, int, int]:
    """A level's weight against each alternative; the share of the value, if known, is ``u``."""
    u = share or odds.u
    h, c = (u if odds.h is None else odds.h), (u if odds.c is None else odds.c)
    return round(100 * log2(odds.m / u)), round(100 * log2(odds.m / h)), round(100 * log2(odds.m / c))


def _shown(fields: tuple[str, ...], a: SourceRecord, b: SourceRecord) -> tuple[str, str]:
    """The values a comparison read, for people: of lists, what both have, if anything."""
    mine: list[str] = []
    yours: list[str] = []
    for field in fields:
        x, y = _texts(a, field), _texts(b, field)
        both = [text for text in x if text in y]
        mine += (both or x) if len(x) > 1 else x
        yours += (both or y) if len(y) > 1 else y
    return " ".join(mine), " ".join(yours)


def _texts(record: SourceRecord, field: str) -> list[str]:
    value: str | tuple[str, ...] = getattr(record, field)
    return [text for text in ((value,) if isinstance(value, str) else value) if text]
