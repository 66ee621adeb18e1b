"""Journeys -> credit -> a report: who earned a conversion.

Shares become money by largest remainders, in micro-units, so that the credit of a conversion's
touches sums to its value exactly; with the conversions no touch led to, it sums to the total.
Conversions without value count as conversions. Currencies are never added together.
"""

from .credits import Learner, credit
from .markov import Markov
from .models import MODELS, with_figures
from .paths import nulls
from .reports import BY, NONE, SPEND, Report, Totals, report
from .rules import first, inverse_j, j, last, last_non_direct, linear, position, time_decay, weighted
from .shapley import shapley
from .stages import DEAL_KINDS, LEAD_KINDS, full_path, w, with_stages

__all__ = [
    "BY",
    "DEAL_KINDS",
    "LEAD_KINDS",
    "MODELS",
    "NONE",
    "SPEND",
    "Learner",
    "Markov",
    "Report",
    "Totals",
    "credit",
    "first",
    "full_path",
    "inverse_j",
    "j",
    "last",
    "last_non_direct",
    "linear",
    "nulls",
    "position",
    "report",
    "shapley",
    "time_decay",
    "w",
    "weighted",
    "with_figures",
    "with_stages",
]
