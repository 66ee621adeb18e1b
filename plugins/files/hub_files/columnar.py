"""Rows of parquet and Excel files: parquet by batches, a sheet as the text its cells show."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hub.errors import ConfigError
from hub_files.jsonl import flat
from hub_files.rows import Bad
from hub_files.text import excerpt, is_marked

__all__ = ["Parquet", "Sheet"]

BATCH = 10_000
MIDNIGHT = " 00:00:00"


class Parquet:
    """A parquet file and its rows as mappings."""

    columns = None
    size = 0

    def __init__(self, path: Path, where: str) -> None:
        import polars as pl

        self.line = 0
        self._path = path
        self._where = where
        self._row: dict[str, Any] = {}
        try:
            schema = pl.read_parquet_schema(path)
        except pl.exceptions.PolarsError as error:
            raise _unreadable("parquet", path, where, error) from error
        self.names = [*_names(schema)]
        """Its columns, those of structs under dotted names."""

    @property
    def raw(self) -> str:
        """The present row as JSON."""
        return excerpt(json.dumps(self._row, ensure_ascii=False, default=str))

    def close(self) -> None:
        """Nothing is held open between batches."""

    def __iter__(self) -> Iterator[dict[str, Any] | Bad]:
        import polars as pl

        try:
            for batch in pl.scan_parquet(self._path).collect_batches(chunk_size=BATCH, maintain_order=True):
                has_nul = any(
                    column.str.contains("\0", literal=True).any()
                    for column in batch.select(pl.col(pl.String))
                )
                for row in batch.iter_rows(named=True):
                    self.line += 1
                    self._row = row
                    if has_nul and any("\0" in value for value in row.values() if isinstance(value, str)):
                        yield Bad(self.line, "the row holds NUL characters", self.raw, flat(row))
                    else:
                        yield flat(row)
        except pl.exceptions.PolarsError as error:
            raise _unreadable("parquet", self._path, self._where, error) from error


def _names(schema: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, kind in schema.items():
        fields = getattr(kind, "fields", None)
        if fields:
            yield from _names({field.name: field.dtype for field in fields}, f"{prefix}{name}.")
        else:
            yield prefix + name


class Sheet:
    """One sheet of a workbook, its columns, and its rows as lists of text.

    A whole number is written without a point, a date cell in ISO.
    """

    names = None
    size = 0

    def __init__(self, path: Path, sheet: str, where: str) -> None:
        import fastexcel

        try:
            book = fastexcel.read_excel(path)
        except fastexcel.FastExcelError as error:
            raise _unreadable("an Excel workbook", path, where, error) from error
        if sheet and sheet not in book.sheet_names:
            raise ConfigError(
                f"there is no sheet {sheet!r}; the workbook has {', '.join(book.sheet_names)}",
                where=where,
                step="correct the setting sheet",
            )
        try:
            frame = book.load_sheet(sheet or 0, header_row=None, dtypes="string").to_polars()
        except fastexcel.FastExcelError as error:
            raise _unreadable("an Excel workbook", path, where, error) from error
        rows = frame.iter_rows()
        self.line = 0
        self.columns: list[str] = []
        for cells in rows:
            self.line += 1
            if any(cells):
                self.columns = [cell or "" for cell in cells]
                break
        if not self.columns:
            raise ConfigError("the sheet is empty", where=where, step="set sheet to the one with the rows")
        self._rows = rows
        self._cells: list[str] = []

    @property
    def raw(self) -> str:
        """The present row as JSON."""
        return excerpt(json.dumps(dict(zip(self.columns, self._cells, strict=True)), ensure_ascii=False))

    def close(self) -> None:
        """The workbook is closed as soon as it is read."""

    def __iter__(self) -> Iterator[list[str] | Bad]:
        for cells in self._rows:
            self.line += 1
            self._cells = [cell.removesuffix(MIDNIGHT) if cell else "" for cell in cells]
            if is_marked("".join(self._cells)):
                yield Bad(self.line, "the row holds NUL characters", self.raw, self._cells)
            else:
                yield self._cells


def _unreadable(kind: str, path: Path, where: str, error: Exception) -> ConfigError:
    with path.open("rb") as stream:
        head = stream.read(16)
    seen = {
        b"PK": "a zip archive or workbook",
        b"PAR1": "parquet",
        b"\x1f\x8b": "packed by gzip",
        b"<": "HTML or XML",
    }
    what = next((name for start, name in seen.items() if head.lstrip().startswith(start)), "")
    if not what and head.isascii():
        what = "plain text"
    return ConfigError(
        f"the file is not {kind}, or is damaged",
        where=where,
        cause=f"it looks like {what}" if what else str(error).splitlines()[0][:200],
        step="export it again, or set format to what it is: csv, jsonl, parquet or xlsx",
    )
