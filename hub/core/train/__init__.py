"""Training without labels: fits the odds to a company's own pairs, proposes models, and lets the data choose."""

from __future__ import annotations

from hub.core.train.choice import Proposal, best, proposals
from hub.core.train.fit import Change, Report, changes, train
from hub.core.train.order import ORDERED, in_order
from hub.core.train.standing import Standing, standings

__all__ = [
    "ORDERED",
    "Change",
    "Proposal",
    "Report",
    "Standing",
    "best",
    "changes",
    "in_order",
    "proposals",
    "standings",
    "train",
]
