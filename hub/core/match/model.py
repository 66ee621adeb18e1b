"""The match model: how often each level is seen among matches and among each kind of other pair.

Frozen under a version: a pair's weight depends on nothing but the two records and one model. So all
that could drift with the data (term frequencies, nicknames, role mailboxes, priors) lives in here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, Final

from hub.errors import ConfigError

__all__ = ["ALTERNATIVES", "Model", "Odds"]

ALTERNATIVES: Final = ("strangers", "household", "colleagues")
"""What two records may be when they are not the same customer."""

_FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Odds:
    """How often a level is seen: among matches (m), strangers (u), a household (h), colleagues (c).

    ``h`` and ``c`` are ``None`` where such pairs are like strangers. Where the shared value has a frequency of
    its own (names, cities), that stands for ``u``.
    """

    m: float
    u: float
    h: float | None = None
    c: float | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """Everything a weight depends on beside the two records."""

    version: str
    about: str
    link: int
    """Centibits; pairs at or above may be merged automatically."""
    review: int
    """Centibits; pairs from here on are kept as possible."""
    prior: Mapping[str, int]
    """Alternative to centibits of odds, before anything is compared."""
    odds: Mapping[str, Mapping[str, Odds]]
    """Comparison to level to odds."""
    frequencies: Mapping[str, Mapping[str, float]]
    """Field to value to its share of people."""
    rare: Mapping[str, float]
    """Field to the share taken for a value not in its table, or rarer: no agreement is worth more."""
    nicknames: tuple[tuple[str, ...], ...]
    """Groups of given names one person may go by; a name may be in several."""
    roles: frozenset[str]
    """Local parts of mailboxes that belong to a function, not to a person."""
    freemail: frozenset[str]
    """Domains where anybody has a mailbox."""

    def frequency(self, field: str, value: str) -> float:
        """How often the value occurs, by this model."""
        return max(self.frequencies.get(field, {}).get(value, 0.0), self.rare[field])

    def dump(self) -> str:
        """The model as JSON that ``load`` reads."""
        plain = asdict(replace(self, roles=frozenset(), freemail=frozenset()))
        plain["roles"], plain["freemail"] = sorted(self.roles), sorted(self.freemail)
        plain["odds"] = {
            name: {label: [o.m, o.u, o.h, o.c] for label, o in levels.items()}
            for name, levels in self.odds.items()
        }
        return json.dumps({"format": _FORMAT, **plain}, ensure_ascii=False, indent=1)

    @staticmethod
    def load(text: str) -> Model:
        """Read what ``dump`` wrote; levels it did not know yet are as in the model that ships."""
        model, shipped = _parse(text), _shipped()
        odds = {name: {**levels, **model.odds.get(name, {})} for name, levels in shipped.odds.items()}
        return replace(model, odds=odds)

    @staticmethod
    def default() -> Model:
        """The model that ships with the hub."""
        return _shipped()


@cache
def _shipped() -> Model:
    return _parse(files("hub.core").joinpath("models/default.json").read_text(encoding="utf-8"))


def _parse(text: str) -> Model:
    try:
        plain: dict[str, Any] = json.loads(text)
        if plain.pop("format") != _FORMAT:
            raise ValueError("its format is another one")
        plain["odds"] = {
            name: {label: Odds(*numbers) for label, numbers in levels.items()}
            for name, levels in plain["odds"].items()
        }
        nicknames: list[list[str]] = plain["nicknames"]
        plain["nicknames"] = tuple(tuple(group) for group in nicknames)
        plain["roles"], plain["freemail"] = frozenset(plain["roles"]), frozenset(plain["freemail"])
        return Model(**plain)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ConfigError(
            f"this is not a match model the hub can read ({error})",
            cause="the file is damaged, or of a newer hub",
            step="train again with `hub train`, or go back to the shipped model",
        ) from error
