"""The models by name: what ``--model`` can say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from hub.core.model import AttributionModel
from hub.errors import ConfigError

from .markov import Markov
from .rules import first, inverse_j, j, last, last_non_direct, linear, position, time_decay, weighted
from .shapley import shapley
from .stages import full_path, w

__all__ = ["MODELS", "with_figures"]

MODELS: Mapping[str, AttributionModel] = MappingProxyType(
    {
        "first": first,
        "last": last,
        "last-non-direct": last_non_direct,
        "linear": linear,
        "position": position,
        "j": j,
        "inverse-j": inverse_j,
        "time-decay": time_decay,
        "w": w,
        "full-path": full_path,
        "markov-1": Markov(1),
        "markov-2": Markov(2),
        "markov-3": Markov(3),
        "markov-4": Markov(4),
        "shapley": shapley,
    }
)

_HOURS = {"h": 1, "d": 24, "w": 168}


def with_figures(name: str) -> AttributionModel | None:
    """``custom:40/20/40`` (first, between, last) or ``time-decay:14d``; ``None`` when the name is neither."""
    kind, colon, figures = name.partition(":")
    if not colon or kind not in ("custom", "time-decay"):
        return None
    if kind == "custom":
        return partial(weighted, **_weights(figures))
    told = re.fullmatch(r"(\d+)([hdw])", figures)
    if told is None or not int(told[1]):
        raise ConfigError(
            f"{figures!r} is no half-life", where="--model", step="write time-decay:14d, 12h or 2w"
        )
    return partial(time_decay, half_life_us=int(told[1]) * _HOURS[told[2]] * 3_600_000_000)


def _weights(figures: str) -> dict[str, float]:
    try:
        first, between, last = (float(figure) for figure in figures.split("/"))
    except ValueError:
        first = between = last = -1.0
    if not (min(first, between, last) >= 0 and 0 < first + between + last < float("inf")):
        raise ConfigError(
            f"{figures!r} are no weights",
            where="--model",
            step="write custom:40/20/40: first, those between, last; none below 0 and not all 0",
        )
    return {"first": first, "between": between, "last": last}
