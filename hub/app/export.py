"""Writes what the hub knows to a file: csv, jsonl, parquet or xlsx, by its ending.

A file appears whole or not at all. Money is in units with six places, exact; where a format only has
floats (jsonl, xlsx), exact below nine thousand million. In CSV, text that a spreadsheet would run as a formula is given an apostrophe;
numbers are left alone, minus and all.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.app.attribution import Question, credits
from hub.app.written import ENDINGS, replaced
from hub.core.model import public_id
from hub.errors import ConfigError
from hub.store.events import each_event
from hub.store.exports import anchors, interaction_rows, profiles, raw_names

if TYPE_CHECKING:
    import polars as pl

    from hub.app.hub import Hub

__all__ = ["ENDINGS", "WHAT", "export"]

CHUNK = 20_000
"""Customers unfolded at a time."""


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
