"""Reports which channels bring and earn customers: touches, conversions and spend to credit."""

from .answer import attribute, credits, informed, walked
from .gather import NOT_SOLD, Frames, frames
from .question import Question, Rules, chosen, lookback_us

__all__ = [
    "NOT_SOLD",
    "Frames",
    "Question",
    "Rules",
    "attribute",
    "chosen",
    "credits",
    "frames",
    "informed",
    "lookback_us",
    "walked",
]
