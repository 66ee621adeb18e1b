"""Interactions and orders -> one history a customer, and what it says of how they behave."""

from .behaviour import Behaviour, behaviour
from .history import Moment, folded, sought, timeline

__all__ = ["Behaviour", "Moment", "behaviour", "folded", "sought", "timeline"]
