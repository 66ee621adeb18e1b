"""Journeys -> credit -> a report: who earned a conversion.

Shares become money by largest remainders, in micro-units, so that the credit of a conversion's
touches sums to its value exactly; with the conversions no touch led to, it sums to the total.
Conversions without value count as conversions. Currencies are never added together.
"""

from .credits import credit
from .models import MODELS, first, last, last_non_direct, linear, position, time_decay
from .reports import BY, NONE, SPEND, Report, Totals, report

__all__ = [
    "BY",
    "MODELS",
    "NONE",
    "SPEND",
    "Report",
    "Totals",
    "credit",
    "first",
    "last",
    "last_non_direct",
    "linear",
    "position",
    "report",
    "time_decay",
]
