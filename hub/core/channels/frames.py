"""Channels for a whole frame of touches or spend: each distinct combination is decided once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import astuple
from typing import TYPE_CHECKING

from .evidence import CLICK_IDS, FIELDS, PARAMETERS, SHARE_IDS, origin
from .rules import Rule

if TYPE_CHECKING:
    import polars as pl

__all__ = ["classify", "decided", "evidence", "numbered", "origins"]

_ANSWERS = ("channel", "source", "medium", "campaign", "term", "content")


def classify(
    frame: pl.DataFrame, *, rules: Sequence[Rule] = (), own_hosts: Collection[str] = (), kind: str = ""
) -> pl.Series:
    """The channel of every row; ``kind`` stands in where the frame has no such column (``kind="spend"``)."""
    return origins(frame, rules=rules, own_hosts=own_hosts, kind=kind)["channel"]


def origins(
    frame: pl.DataFrame, *, rules: Sequence[Rule] = (), own_hosts: Collection[str] = (), kind: str = ""
) -> pl.DataFrame:
    """Channel, source, medium, campaign, term and content of every row, in the frame's order.

    Any of the fields of a touch may be missing as a column, or null; ``click_ids`` is a list of names.
    """
    numbers, distinct = evidence(frame, kind=kind)
    return decided(distinct, rules=rules, own_hosts=own_hosts)[numbers]


def evidence(frame: pl.DataFrame, *, kind: str = "") -> tuple[pl.Series, pl.DataFrame]:
    """What decides the origin of each row, as a number, and what the numbers stand for: distinct rows of ``FIELDS``."""
    return numbered(frame.select(_evidence(name, frame.schema.get(name), kind) for name in FIELDS))


def numbered(rows: pl.DataFrame) -> tuple[pl.Series, pl.DataFrame]:
    """The distinct rows, and for each row which of them it is."""
    distinct = rows.unique(maintain_order=True)
    keys = distinct.with_row_index("_number")
    joined = rows.join(keys, on=rows.columns, how="left", maintain_order="left")
    return joined["_number"], distinct


def decided(
    distinct: pl.DataFrame, *, rules: Sequence[Rule] = (), own_hosts: Collection[str] = ()
) -> pl.DataFrame:
    """The answers to each row of evidence, asked one by one."""
    import polars as pl

    answers = [
        astuple(origin(row, rules=rules, own_hosts=own_hosts)) for row in distinct.iter_rows(named=True)
    ]
    return pl.DataFrame(answers, schema=dict.fromkeys(_ANSWERS, pl.String), orient="row")


def _evidence(name: str, dtype: pl.DataType | None, kind: str) -> pl.Expr:
    """One field as text, without the parts of URLs that decide nothing and make every row its own."""
    import polars as pl

    if dtype is None:
        return pl.lit(kind if name == "kind" else "").alias(name)
    column = pl.col(name)
    if isinstance(dtype, pl.List):
        column = column.list.unique().list.sort().list.join(",")
    column = column.cast(pl.String).fill_null("")
    if name == "referrer":
        return column.str.extract(r"^([^/?#]*(?://[^/?#]*)?)").fill_null("").alias(name)
    if name == "landing_url":
        query = pl.concat_str(pl.lit("&"), column.str.extract(r"^[^?#]*\?([^#]*)").fill_null(""))
        return pl.concat_str(
            column.str.extract(r"^([^/?#]*(?://[^/?#]*)?)").fill_null(""),
            pl.lit("?"),
            query.str.extract_all(_TAGGED).list.join(""),
            query.str.extract_all(_CLICKED).list.join(""),
        ).alias(name)
    return column.alias(name)


_TAGGED = rf"(?i)&(?:amp;)?(?:{'|'.join(PARAMETERS)})=[^&]*"
_CLICKED = rf"(?i)&(?:amp;)?(?:{'|'.join((*CLICK_IDS, *SHARE_IDS))})=[^&]"
