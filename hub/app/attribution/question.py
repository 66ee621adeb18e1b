"""What a marketer asks for, what the configuration decides, and the two read together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from hub.core.channels import Rule
from hub.core.model import AttributionModel
from hub.errors import ConfigError

__all__ = ["FIRST_ORDER", "ORDER", "Question", "Rules", "Walk", "chosen", "lookback_us", "walk"]

ORDER = "order"
FIRST_ORDER = "first-order"


@dataclass(frozen=True, slots=True)
class Question:
    """What a marketer asks for; what is left empty is as configured."""

    models: tuple[str, ...] = ("last-non-direct",)
    by: str = "channel"
    conversion: str = ORDER
    """``order``, ``first-order``, a kind of interaction, or ``kind:subject``."""
    lookback: str = ""
    """``90d``, or ``90d,Email=30d`` with other windows for some channels."""
    start: date | None = None
    end: date | None = None
    """The last day, included."""
    repeat: str = ""
    """``reuse``: a touch counts for every conversion after it; ``reset``: only for the next one."""
    path: str = ""
    """How repeated touches are folded: one of ``hub.core.journeys.TRANSFORMS``."""
    currency: str = ""
    """Whose conversions to report; empty means the hub's own currency."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides channels, journeys and money, from the configuration."""

    currency: str
    timezone: str
    channels: Sequence[Rule] = ()
    own_hosts: tuple[str, ...] = ()
    lookback: str = "90d"
    lookbacks: Mapping[str, str] = field(default_factory=dict[str, str])
    """By channel, where it is another than ``lookback``."""
    repeat: str = "reuse"
    path: str = "unique"
    mirrors: Mapping[str, str] = field(default_factory=dict[str, str])
    """Connector to the one whose events it has, too."""
    rates: Mapping[str, Mapping[date, Decimal]] = field(default_factory=dict[str, Mapping[date, Decimal]])
    """What a unit of another currency is worth in the hub's, by the day from which it is."""


@dataclass(frozen=True, slots=True)
class Walk:
    """How journeys are walked back from their conversions."""

    lookback_us: int | None
    lookbacks: Mapping[str, int | None]
    """By channel, in lower case."""
    reset: bool
    path: str


def walk(question: Question, rules: Rules) -> Walk:
    """The question's way to walk, filled up from the configuration."""
    from hub.core.journeys import TRANSFORMS

    said, *others = (question.lookback or rules.lookback).split(",")
    told = dict(rules.lookbacks)
    for other in others:
        channel, equals, window = (part.strip() for part in other.partition("="))
        if not equals or not channel:
            raise ConfigError(
                f"{other.strip()!r} is no lookback of a channel",
                where="--lookback",
                step="write 90d,Email=30d: the window of all channels, then those of some",
            )
        told[channel] = window
    return Walk(
        lookback_us(said.strip()),
        {channel.lower(): lookback_us(window) for channel, window in told.items()},
        _one_of(question.repeat or rules.repeat, ("reuse", "reset"), "--repeat") == "reset",
        _one_of(question.path or rules.path, tuple(TRANSFORMS), "--path"),
    )


def lookback_us(text: str) -> int | None:
    """``90d``, ``12h`` or ``all`` as microseconds, or ``None`` for no window."""
    units = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
    if text == "all":
        return None
    if text[-1:] in units and text[:-1].isdecimal() and text.isascii():
        return int(text[:-1]) * (units[text[-1]] // timedelta(microseconds=1))
    raise ConfigError(
        f"{text!r} is no lookback", where="--lookback", step="write 90d, 12h, 8w, or all for no window"
    )


def chosen(names: Sequence[str], models: Mapping[str, AttributionModel]) -> dict[str, AttributionModel]:
    """The models asked for, by name."""
    return {name: _model(name, models) for name in names}


def _model(name: str, models: Mapping[str, AttributionModel]) -> AttributionModel:
    from difflib import get_close_matches

    from hub.core.attribution import with_figures

    if name in models:
        return models[name]
    if (made := with_figures(name)) is not None:
        return made
    near = get_close_matches(name, models, n=1)
    raise ConfigError(
        f"there is no attribution model {name!r}" + (f" (did you mean {near[0]}?)" if near else ""),
        where="--model",
        step=f"choose among {', '.join(models)}",
    )


def _one_of(text: str, known: Sequence[str], where: str) -> str:
    if text in known:
        return text
    raise ConfigError(f"{text!r} is unknown", where=where, step=f"choose one of {', '.join(known)}")
