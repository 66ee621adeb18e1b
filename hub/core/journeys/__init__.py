"""Touches and orders -> for each conversion the journey that led to it, and for each refund the sale it takes back from."""

from .build import journeys, unattributed, with_origins
from .frames import CONVERSIONS, JOURNEYS, TOUCHES
from .refunds import settled
from .transforms import TRANSFORMS, exposure, first, frequency, unique

__all__ = [
    "CONVERSIONS",
    "JOURNEYS",
    "TOUCHES",
    "TRANSFORMS",
    "exposure",
    "first",
    "frequency",
    "journeys",
    "settled",
    "unattributed",
    "unique",
    "with_origins",
]
