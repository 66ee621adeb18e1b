"""Match weights, explained: how likely it is that two source records are one customer."""

from __future__ import annotations

from hub.core.match.comparisons import Comparison, Level
from hub.core.match.live import evidence_keys, reference_key, value_keys
from hub.core.match.matcher import Explanation, Matcher, Step, of_one_kind
from hub.core.match.model import ALTERNATIVES, Model, Odds

__all__ = [
    "ALTERNATIVES",
    "Comparison",
    "Explanation",
    "Level",
    "Matcher",
    "Model",
    "Odds",
    "Step",
    "evidence_keys",
    "of_one_kind",
    "reference_key",
    "value_keys",
]
