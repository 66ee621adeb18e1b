"""Reports on what channels earn: as tables, charts, workbooks, pages and mails, down to the touches."""

from __future__ import annotations

from hub.faces.cli.report.behind import conversions
from hub.faces.cli.report.group import report
from hub.faces.cli.report.page import html, send, workbook
from hub.faces.cli.report.tables import TABLES

__all__ = ["TABLES", "conversions", "html", "report", "send", "workbook"]
