"""Writes what the hub knows to a file: csv, jsonl, parquet or xlsx, by its ending.

A file appears whole or not at all. Money is in units with six places, exact; where a format only has
floats (jsonl, xlsx), exact below nine thousand million. In CSV, text that a spreadsheet would run as a formula is given an apostrophe;
numbers are left alone, minus and all.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.app.report import Question, credits
from hub.core.model import public_id
from hub.errors import ConfigError
from hub.store.events import each_event
from hub.store.exports import anchors, interaction_rows, profiles, raw_names

if TYPE_CHECKING:
    import polars as pl

    from hub.app.hub import Hub

__all__ = ["ENDINGS", "SHEET", "TEXT_ONLY", "WHAT", "export", "replaced"]

FORMULA = "^[=+\\-@\t\r]"
CHUNK = 20_000
"""Customers unfolded at a time."""
TEXT_ONLY: Mapping[str, Any] = {
    "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
}  # fmt: skip
"""How an xlsx workbook is opened so that text stays text."""
CELL = 32_767
SHEET = 1_048_575
"""The longest text of an xlsx cell, and the most rows under its header."""


def export(hub: Hub, what: str, path: Path | str, question: Question | None = None) -> int:
    """Write one of ``WHAT`` to ``path``; how many rows it has. ``question`` is what credits answer."""
    path = Path(path)
    write = ENDINGS.get(path.suffix.lower())
    if write is None:
        raise ConfigError(
            f"{path.name!r} does not say which format it is to be",
            where="hub export",
            step=f"end its name with one of {', '.join(ENDINGS)}",
        )
    frame = WHAT[what](hub, question or Question())
    replaced(path, lambda beside: write(frame, beside))
    return len(frame)


def _crosswalk(hub: Hub, _: Question) -> pl.DataFrame:
    import polars as pl

    columns = ["customer_id", "connector", "stream", "source_id"]
    return pl.DataFrame(hub.crosswalk(), schema=dict.fromkeys(columns, pl.String), orient="row")


def _customers(hub: Hub, _: Question) -> pl.DataFrame:
    """One row for each customer, one column for each field a profile may have, then the custom ones."""
    import polars as pl

    about = {"customer_id": pl.String, "kind": pl.String, "members": pl.Int64}
    schema = {**about, **dict.fromkeys(FIELDS, pl.String)}
    parts = [pl.DataFrame(schema=schema)]
    with hub.store.read() as tx:
        rows: list[dict[str, Any]] = []
        for anchor, kind, members, profile in profiles(tx):
            fields = json.loads(profile)["fields"]
            known = {name: _flat(one["value"]) for name, one in fields.items() if name != "addresses"}
            rows.append({"customer_id": public_id(anchor), "kind": kind, "members": members, **known})
            if len(rows) == CHUNK:
                parts.append(_frame(rows, schema))
                rows = []
        parts.append(_frame(rows, schema))
    whole = pl.concat(parts, how="diagonal")
    return whole.select(*schema, *sorted(set(whole.columns) - schema.keys()))


FIELDS = (
    "full_name", "given_name", "family_name", "organization", "job_title", "birth_date", "gender",
    "national_id", "tax_id", "emails", "phones", "handles", "street", "street_2", "city", "region",
    "postal_code", "country", "language",
)  # fmt: skip


def _interactions(hub: Hub, _: Question) -> pl.DataFrame:
    """One row for each interaction, with its customer and the channel the rules give it."""
    import polars as pl

    from hub.core.channels import origins

    with hub.store.read() as tx:
        names, rows = interaction_rows(tx)
        shown = _shown(anchors(tx))
    whole = {"customer", "at", "value"}
    schema = {name: pl.Int64 if name in whole else pl.String for name in names}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    rules = hub.channel_rules
    decided = origins(frame, rules=rules.channels, own_hosts=rules.own_hosts)
    frame = frame.with_columns(decided.select("channel", "source", "medium", "campaign"))
    return frame.join(shown, on="customer", how="left", maintain_order="left").select(
        "customer_id", "connector", "stream", "source_id", _moment("at").alias("occurred_at"), "kind",
        "direction", "channel", "source", "medium", "campaign", "content", "term", "referrer",
        "landing_url", "subject", _money("value"),
    )  # fmt: skip


def _credits(hub: Hub, question: Question) -> pl.DataFrame:
    """One row for each model, conversion and touch with a share in it; ``(none)`` has what no touch led to."""
    import polars as pl

    from hub.core.attribution import MODELS

    with hub.store.read() as tx:
        models = {**MODELS, **hub.plugins.attribution_models}
        whole = credits(tx, question, hub.channel_rules, models).filter(
            (pl.col("share") != 0) | (pl.col("credit") != 0)
        )
        shown = _shown(anchors(tx))
        ids = pl.concat([whole["conversion"], whole["touch"]]).drop_nulls().unique().to_list()
        named = pl.DataFrame(raw_names(tx, ids), schema={"raw": pl.Int64, "name": pl.String}, orient="row")
    return (
        whole.join(shown, on="customer", how="left", maintain_order="left")
        .join(named.rename({"raw": "conversion", "name": "_conversion"}), on="conversion", how="left", maintain_order="left")
        .join(named.rename({"raw": "touch", "name": "_touch"}), on="touch", how="left", maintain_order="left")
        .select(
            "model", pl.col("_conversion").alias("conversion"), "customer_id", pl.col("_touch").alias("touch"),
            "channel", "share", _money("credit").alias("value"), "currency",
        )
    )  # fmt: skip


def _events(hub: Hub, _: Question) -> pl.DataFrame:
    """One row for each move of a customer id, in the order they happened."""
    import polars as pl

    with hub.store.read() as tx:
        rows = [
            (
                one.seq,
                one.at,
                one.kind,
                public_id(one.was),
                None if one.now is None else public_id(one.now),
                one.cause,
            )
            for one in each_event(tx)
        ]
    whole = {"seq", "at"}
    names = ("seq", "at", "kind", "customer_id", "now", "cause")
    schema = {name: pl.Int64 if name in whole else pl.String for name in names}
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(_moment("at").alias("at"))


WHAT: Mapping[str, Callable[[Hub, Question], Any]] = {
    "crosswalk": _crosswalk,
    "customers": _customers,
    "interactions": _interactions,
    "credits": _credits,
    "events": _events,
}
"""What can be exported."""


def _frame(rows: list[dict[str, Any]], schema: Mapping[str, Any]) -> pl.DataFrame:
    import polars as pl

    extra = dict.fromkeys(sorted({name for row in rows for name in row} - schema.keys()), pl.String)
    return pl.DataFrame(rows, schema={**schema, **extra})


def _shown(pairs: Iterable[tuple[int, int]]) -> pl.DataFrame:
    import polars as pl

    rows = [(cluster, public_id(anchor)) for cluster, anchor in pairs]
    return pl.DataFrame(rows, schema={"customer": pl.Int64, "customer_id": pl.String}, orient="row")


def _flat(value: Any) -> str:
    """A profile value as one cell; the parts of a list are joined by ``; ``."""
    if isinstance(value, list):
        return "; ".join(_flat(one) for one in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _money(name: str) -> pl.Expr:
    """Micro-units as units, exactly."""
    import polars as pl

    exact = pl.Decimal(38, 6)
    return (pl.col(name).cast(exact) * pl.lit("0.000001").cast(exact)).alias(name)


def _moment(name: str) -> pl.Expr:
    import polars as pl

    return pl.col(name).cast(pl.Datetime("us", "UTC"))


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
