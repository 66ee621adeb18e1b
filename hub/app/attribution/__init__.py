"""Reports which channels bring and earn customers: touches, conversions and spend to credit."""

from .answer import attribute, credits, informed, walked
from .columns import keep
from .gather import NOT_SOLD, Frames, days, frames, sold
from .question import Question, Rules, chosen, lookback_us

__all__ = [
    "NOT_SOLD",
    "Frames",
    "Question",
    "Rules",
    "attribute",
    "chosen",
    "credits",
    "days",
    "frames",
    "informed",
    "keep",
    "lookback_us",
    "sold",
    "walked",
]
