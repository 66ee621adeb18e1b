"""Interactions and orders -> one history a customer, and for each conversion the journey that led to it."""

from .behaviour import Behaviour, behaviour
from .frames import CONVERSIONS, JOURNEYS, TOUCHES
from .history import Moment, folded, sought, timeline
from .journeys import journeys, unattributed, with_origins
from .refunds import settled
from .transforms import TRANSFORMS, exposure, first, frequency, unique

__all__ = [
    "CONVERSIONS",
    "JOURNEYS",
    "TOUCHES",
    "TRANSFORMS",
    "Behaviour",
    "Moment",
    "behaviour",
    "exposure",
    "first",
    "folded",
    "frequency",
    "journeys",
    "settled",
    "sought",
    "timeline",
    "unattributed",
    "unique",
    "with_origins",
]
