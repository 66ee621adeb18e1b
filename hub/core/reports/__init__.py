"""Credit, journeys, conversions and spend -> the tables of a report, each summing to the same totals."""

from .confidence import LEVEL, interval, repeated
from .earned import assists, earned, newness
from .frames import CONVERTED, CREDITS, SPENT, STEPS, TOUCHED, by_sale, counted, rated
from .labels import NONE, UNSET, labelled, labels
from .paths import DAY_US, OTHER, lag_names, lags, length_names, lengths, path_texts, paths, spans
from .periods import EVERY, cohorts, day_of, trend, trend_by
from .quality import CHECKS, DIRECT, quality

__all__ = [
    "CHECKS",
    "CONVERTED",
    "CREDITS",
    "DAY_US",
    "DIRECT",
    "EVERY",
    "LEVEL",
    "NONE",
    "OTHER",
    "SPENT",
    "STEPS",
    "TOUCHED",
    "UNSET",
    "assists",
    "by_sale",
    "cohorts",
    "counted",
    "day_of",
    "earned",
    "interval",
    "labelled",
    "labels",
    "lag_names",
    "lags",
    "length_names",
    "lengths",
    "newness",
    "path_texts",
    "paths",
    "quality",
    "rated",
    "repeated",
    "spans",
    "trend",
    "trend_by",
]
