"""What training proposes, and which of the proposals is taken: never one that does worse than the start.

A set of records may be too small or too odd to tell some odds, and a model that learnt all of them can then
do worse than one that learnt less. So there are several, bold and careful ones, the start among them, and the
data choose (``train.standing``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log2
from typing import Final

from hub.core.match import Model
from hub.core.train.fit import Report, named
from hub.core.train.order import in_order
from hub.core.train.standing import Standing

__all__ = ["Proposal", "best", "proposals"]

_ROOM: Final = 100
"""Centibits the prior stays below what these records show, so that there may be twice as many."""
_RISE: Final = 400
"""... and the most it rises at all."""
_LEAST: Final = 20
"""Links that chance does not explain, from which on the standings tell anything."""
_EVEN: Final = 0.0005
"""Standings that differ by no more are alike."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A model to choose, and what was learnt for it."""

    name: str
    model: Model


def proposals(start: Model, fitted: Model, report: Report, total: float) -> tuple[Proposal, ...]:
    """The models to choose from, the preferred one first and the start last.

    ``fitted`` has learnt all; ``total`` is how many pairs of records its candidates are among. Where these are few,
    a match is likelier than the start supposes.
    """
    careful = replace(
        start,
        odds=in_order(
            {
                name: {level: replace(o, m=fitted.odds[name][level].m) for level, o in levels.items()}
                for name, levels in start.odds.items()
            }
        ),
    )
    rise = _rise(start.prior["strangers"], report.matches, total)
    found: list[Proposal] = []
    for name, model in (("all that differs", fitted), ("how matches agree", _named(start, careful))):
        if rise > 0:
            found.append(Proposal(f"{name}, and how many there are", _named(start, _raised(model, rise))))
        found.append(Proposal(name, model))
    return *found, Proposal("nothing", start)


def best(standings: Sequence[Standing]) -> int:
    """The first of the models that stand best; the last, which is the start, where too little is known."""
    top = max(one.f1 for one in standings)
    if max(one.links - one.by_chance for one in standings) < _LEAST:
        return len(standings) - 1
    return next(place for place, one in enumerate(standings) if one.f1 >= top - _EVEN)


def _named(start: Model, model: Model) -> Model:
    return named(model, f"Trained from {start.version}.")


def _raised(model: Model, rise: int) -> Model:
    return replace(model, prior={**model.prior, "strangers": model.prior["strangers"] + rise})


def _rise(prior: int, matches: float, total: float) -> int:
    """Centibits by which matches among these records are likelier than the prior says."""
    if matches <= 0 or total <= matches:
        return 0
    return max(0, min(_RISE, round(100 * log2(matches / total)) - _ROOM - prior))
