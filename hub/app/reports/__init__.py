"""The reports a marketer reads: tables, charts, pages and mails, and the touches behind every figure."""

from .basis import Basis, gathered
from .catalogue import LANGUAGES, TITLES, WORDS, title, word
from .charts import chart
from .conversions import behind, write_behind
from .files import write, write_workbook
from .page import chapters, page
from .table import Table
from .tables import REPORTS, Asked, Asking, before, made

__all__ = [
    "LANGUAGES",
    "REPORTS",
    "TITLES",
    "WORDS",
    "Asked",
    "Asking",
    "Basis",
    "Table",
    "before",
    "behind",
    "chapters",
    "chart",
    "gathered",
    "made",
    "page",
    "title",
    "word",
    "write",
    "write_behind",
    "write_workbook",
]
