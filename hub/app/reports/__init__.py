"""The reports a marketer reads: tables, charts, pages and mails, and the touches behind every figure."""

from .basis import Basis, gathered
from .catalogue import LANGUAGES, TITLES, title, word
from .table import Table
from .tables import REPORTS, Asked, Asking, before, made

__all__ = [
    "LANGUAGES",
    "REPORTS",
    "TITLES",
    "Asked",
    "Asking",
    "Basis",
    "Table",
    "before",
    "gathered",
    "made",
    "title",
    "word",
]
