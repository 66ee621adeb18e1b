"""Writes a frame to a file by its ending, csv, jsonl, parquet or xlsx: whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.errors import ConfigError

if TYPE_CHECKING:
    import polars as pl

__all__ = ["ENDINGS", "SHEET", "TEXT_ONLY", "replaced"]

FORMULA = "^[=+\\-@\t\r]"
TEXT_ONLY: Mapping[str, Any] = {
    "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
}  # fmt: skip
"""How an xlsx workbook is opened so that text stays text."""
CELL = 32_767
SHEET = 1_048_575
"""The longest text of an xlsx cell, and the most rows under its header."""


def _csv(frame: pl.DataFrame, path: Path) -> None:
    import polars as pl

    runs = pl.col(pl.String).str.contains(FORMULA)
    safe = pl.when(runs).then(pl.lit("'") + pl.col(pl.String)).otherwise(pl.col(pl.String)).name.keep()
    frame.with_columns(safe).with_columns(_emptied()).write_csv(
        path, datetime_format="%Y-%m-%dT%H:%M:%S%.6fZ"
    )


def _emptied() -> pl.Expr:
    """Empty text as nothing at all, so that no cell is a pair of quotes."""
    import polars as pl

    return pl.when(pl.col(pl.String) != "").then(pl.col(pl.String)).name.keep()


def _jsonl(frame: pl.DataFrame, path: Path) -> None:
    import polars as pl

    dates = pl.col(pl.Datetime).dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
    frame.with_columns(dates, pl.col(pl.Decimal).cast(pl.Float64)).write_ndjson(path)


def _parquet(frame: pl.DataFrame, path: Path) -> None:
    frame.write_parquet(path)


def _xlsx(frame: pl.DataFrame, path: Path) -> None:
    import polars as pl
    from xlsxwriter import Workbook

    if len(frame) > SHEET:
        raise ConfigError(
            f"{len(frame):,} rows are more than an xlsx sheet holds ({SHEET:,})",
            where="hub export",
            step="write csv or parquet instead",
        )
    plain = frame.with_columns(
        pl.col(pl.Datetime).dt.replace_time_zone(None),
        pl.col(pl.Decimal).cast(pl.Float64),
        pl.col(pl.String).str.slice(0, CELL),
    )
    with Workbook(path, dict(TEXT_ONLY)) as book:
        plain.write_excel(book, "export", float_precision=6, autofilter=False)


ENDINGS: Mapping[str, Callable[[Any, Path], None]] = {
    ".csv": _csv,
    ".jsonl": _jsonl,
    ".parquet": _parquet,
    ".xlsx": _xlsx,
}
"""File ending to how it is written."""


def replaced(path: Path, write: Callable[[Path], object]) -> None:
    """Write beside the file and put it in its place, so that nobody ever reads half of one."""
    try:
        descriptor, name = tempfile.mkstemp(
            dir=path.absolute().parent, prefix=f".{path.name}.", suffix=path.suffix
        )
    except OSError as error:
        raise _unwritable(path, error) from error
    os.close(descriptor)
    beside = Path(name)
    try:
        write(beside)
        beside.chmod(0o666 & ~_umask())
        os.replace(beside, path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        beside.unlink(missing_ok=True)


def _unwritable(path: Path, error: OSError) -> ConfigError:
    return ConfigError(
        f"the file cannot be written ({error.strerror or error})", where=str(path),
        step="check that its folder exists, its permissions and its free space",
    )  # fmt: skip


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
