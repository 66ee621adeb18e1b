"""Interactions and orders -> journeys: for each conversion, the touches that led to it.

Times are microseconds since 1970, UTC; values are micro-units of their currency. A journey holds the
touches of the conversion's customer at or before the conversion (the same instant counts) and no
older than the lookback (exactly that old counts). Touches at the same instant are ordered by their
id, so a journey never depends on the order of rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

__all__ = ["CONVERSIONS", "JOURNEYS", "TOUCHES", "Moment", "journeys", "timeline", "unattributed"]

TOUCHES = pl.Schema(
    {
        "touch": pl.Int64,
        "customer": pl.Int64,
        "at": pl.Int64,
        "channel": pl.String,
        "source": pl.String,
        "medium": pl.String,
        "campaign": pl.String,
    }
)
"""``touch`` is the id of its raw record."""

CONVERSIONS = pl.Schema(
    {
        "conversion": pl.Int64,
        "customer": pl.Int64,
        "at": pl.Int64,
        "value": pl.Int64,
        "currency": pl.String,
    }
)
"""``conversion`` is the id of its raw record; no two rows share one."""

JOURNEYS = pl.Schema(
    {
        "conversion": pl.Int64,
        "customer": pl.Int64,
        "touch": pl.Int64,
        "at": pl.Int64,
        "conversion_at": pl.Int64,
        "channel": pl.String,
        "source": pl.String,
        "medium": pl.String,
        "campaign": pl.String,
        "value": pl.Int64,
        "currency": pl.String,
        "position": pl.Int64,
        "length": pl.Int64,
    }
)
"""``position`` counts from 1 to ``length`` within a conversion; ``value`` is the whole conversion's."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a customer's history."""

    at: int
    kind: str
    raw_record: int
    channel: str = ""
    title: str = ""
    amount: int | None = None
    currency: str = ""


def journeys(
    touches: pl.DataFrame, conversions: pl.DataFrame, *, lookback_us: int | None, reset: bool = False
) -> pl.DataFrame:
    """One row for each conversion and touch inside its window, ordered by conversion, time and touch.

    A customer with several conversions: a touch counts for each conversion whose window it lies in.
    With ``reset`` it counts only for the next one, that is, a journey begins after the customer's
    previous conversion; conversions at the same instant share their touches. ``lookback_us=None``
    looks back without limit. Conversions without a touch have no row: see ``unattributed``.
    """
    joined = _since(conversions, reset).join(touches, on="customer", how="inner")
    inside = joined.filter(
        pl.col("at") <= pl.col("conversion_at"),
        pl.lit(True) if lookback_us is None else pl.col("conversion_at") - pl.col("at") <= lookback_us,
        pl.col("since").is_null() | (pl.col("at") > pl.col("since")),
    )
    ordered = inside.sort("conversion", "at", "touch")
    numbered = ordered.with_columns(
        position=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("conversion"),
        length=pl.len().over("conversion").cast(pl.Int64),
    )
    return numbered.select(JOURNEYS.names())


def unattributed(conversions: pl.DataFrame, journeys: pl.DataFrame) -> pl.DataFrame:
    """The conversions no touch led to, ordered by id."""
    return conversions.join(journeys, on="conversion", how="anti").sort("conversion")


def timeline(
    interactions: Iterable[Mapping[str, Any]],
    orders: Iterable[Mapping[str, Any]],
    *,
    newest_first: bool = True,
) -> list[Moment]:
    """One customer's history over every channel.

    An interaction has ``touch`` and ``at``, and may have ``kind``, ``channel``, ``subject``, ``value``
    and ``currency``; an order has ``order``, ``at``, ``amount`` and may have ``currency`` and
    ``status``. Equal times are ordered by raw record id.
    """
    moments = [*map(_touched, interactions), *map(_ordered, orders)]
    return sorted(moments, key=lambda moment: (moment.at, moment.raw_record), reverse=newest_first)


def _since(conversions: pl.DataFrame, reset: bool) -> pl.DataFrame:
    """Conversions with the instant after which their journey begins; null for no limit."""
    named = conversions.rename({"at": "conversion_at"}).with_columns(pl.col("value").fill_null(0))
    if not reset:
        return named.with_columns(since=pl.lit(None, pl.Int64))
    instants = named.select("customer", "conversion_at").unique().sort("customer", "conversion_at")
    previous = instants.with_columns(since=pl.col("conversion_at").shift(1).over("customer"))
    return named.join(previous, on=["customer", "conversion_at"], how="left")


def _touched(row: Mapping[str, Any]) -> Moment:
    return Moment(
        at=row["at"],
        kind=row.get("kind") or "touch",
        raw_record=row["touch"],
        channel=row.get("channel") or "",
        title=row.get("subject") or "",
        amount=row.get("value"),
        currency=row.get("currency") or "",
    )


def _ordered(row: Mapping[str, Any]) -> Moment:
    return Moment(
        at=row["at"],
        kind="order",
        raw_record=row["order"],
        title=row.get("status") or "",
        amount=row["amount"],
        currency=row.get("currency") or "",
    )
