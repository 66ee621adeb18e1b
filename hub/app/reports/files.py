"""Reports as files: one table as csv, jsonl, parquet or xlsx, many as the sheets of one xlsx, a chart as png or svg."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.app.reports.catalogue import KINDS, title
from hub.app.reports.table import Table
from hub.app.written import ENDINGS, SHEET, TEXT_ONLY, replaced
from hub.errors import ConfigError

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

__all__ = ["FORMATS", "write", "write_workbook"]

CHARTS = (".png", ".svg")
FORMATS = {
    "money": "#,##0.00", "ratio": "0.00", "percent": "0.0%", "change": "+0.0%;-0.0%;0.0%", "share": "#,##0.00",
    "count": "#,##0", "days": "0.0", "date": "yyyy-mm-dd",
}  # fmt: skip
"""Kind of figure to how a spreadsheet shows it."""


def write(table: Table, path: Path, lang: str = "en") -> None:
    """One report to a file, by its ending; whole or not at all."""
    ending = path.suffix.lower()
    if ending == ".xlsx":
        write_workbook([table], path, lang)
    elif ending in CHARTS:
        from hub.app.reports.charts import chart, rendered

        drawn = chart(table, lang)
        if drawn is None:
            raise ConfigError(
                f"there is no chart of {table.name}", where=str(path), step="end the name in .csv or .xlsx"
            )
        replaced(path, lambda beside: beside.write_bytes(rendered(drawn, ending)))
    elif ending in ENDINGS:
        replaced(path, lambda beside: ENDINGS[ending](table.in_units, beside))
    else:
        raise ConfigError(
            f"{path.name!r} does not say which format it is to be",
            where="hub report",
            step=f"end its name with one of {', '.join([*ENDINGS, *CHARTS])}",
        )


def write_workbook(tables: Sequence[Table], path: Path, lang: str = "en") -> None:
    """One sheet for each table: typed, with filters, models side by side, the total under the rows."""
    if path.suffix.lower() != ".xlsx":
        raise ConfigError(f"{path.name!r} is no workbook", where="hub report", step="end its name with .xlsx")
    replaced(path, lambda beside: _book(tables, beside, lang))


def _book(tables: Sequence[Table], path: Path, lang: str) -> None:
    from xlsxwriter import Workbook

    with Workbook(path, dict(TEXT_ONLY)) as book:
        book.set_calc_mode("auto")
        for table in tables:
            _sheet(book, book.add_worksheet(title(table.name, lang)[:31]), table, lang)


def _sheet(book: Workbook, sheet: Worksheet, table: Table, lang: str) -> None:
    shown, rows = table.beside()
    heads, texts = table.texts(lang)
    if len(rows) > SHEET:
        raise ConfigError(
            f"{len(rows):,} rows are more than a sheet holds", where="hub report", step="write csv"
        )
    from rich.cells import cell_len

    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    last = len(rows) - 1 if table.total else -1
    sheet.freeze_panes(1, sum(name in table.keys for name, _ in shown))
    sheet.write_row(0, 0, heads, bold)
    styles: dict[tuple[str, bool], Any] = {}
    for place, (row, said) in enumerate(zip(rows, texts, strict=True)):
        for column, ((name, _), value) in enumerate(zip(shown, row, strict=True)):
            if value is None:
                continue
            kind = _kind(table, name, row)
            style = styles.setdefault((kind, place == last), book.add_format(_style(kind, place == last)))
            if isinstance(value, str):
                sheet.write_string(place + 1, column, said[column] if name in table.keys else value, style)
            elif kind == "date":
                sheet.write_datetime(place + 1, column, value, style)
            else:
                sheet.write_number(place + 1, column, float(value), style)
    for column, head in enumerate(heads):
        widest = max((cell_len(row[column]) for row in texts), default=0)
        sheet.set_column(column, column, min(max(widest, min(cell_len(head), 18)) + 3, 60))
    body = len(rows) - (1 if table.total else 0)
    sheet.autofilter(0, 0, max(body, 1), len(heads) - 1)


def _kind(table: Table, name: str, row: list[Any]) -> str:
    if name.endswith("change"):
        return "change"
    return table.row_kinds.get(row[0], KINDS.get(name, ""))


def _style(kind: str, is_total: bool) -> dict[str, Any]:
    told: dict[str, Any] = {"num_format": FORMATS[kind]} if kind in FORMATS else {}
    return {**told, "bold": True, "top": 1} if is_total else told
