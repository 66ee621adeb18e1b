"""Orders -> what was sold, and which sale each refund takes back from.

A refund is an order with a negative amount. It takes back from the order it names; else from an
order of the customer before it, in its currency, that has that much left: one whose status says that it
was refunded rather than another, one that has exactly that much left rather than more, the latest of
those; else from none. An order whose status says that it was refunded is worth what its refunds take
back: with them or without them, nothing is left of it.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from .frames import CONVERSIONS

__all__ = ["settled"]

SETTLED = pl.Schema({**CONVERSIONS, "of": pl.Int64})


def settled(orders: pl.DataFrame) -> pl.DataFrame:
    """The orders with ``of``: the sale a refund takes back from; null of a sale, and where none is known.

    ``orders`` has the columns of ``CONVERSIONS`` and may have ``returned`` (whether its status says that
    it was refunded) and ``names`` (the order a refund names). Refunds are taken in the order of time and
    id, so the answer does not depend on the order of rows, nor one customer's on another's.
    """
    whole = orders.with_columns(
        *(pl.lit(value).alias(name) for name, value in _MAY_LACK.items() if name not in orders.columns)
    )
    backs = whole.filter(pl.col("value") < 0).sort("at", "conversion")
    sales = whole.filter(pl.col("value") >= 0)
    rivals = sales.join(backs, on=["customer", "currency"], how="semi", nulls_equal=True)
    found = _matched(rivals.sort("at", "conversion").to_dicts(), backs.to_dicts())
    matches = pl.DataFrame(
        found, schema={"conversion": pl.Int64, "of": pl.Int64, "back": pl.Int64}, orient="row"
    )
    taken = matches.drop_nulls("of").group_by("of").agg(pl.col("back").sum()).rename({"of": "conversion"})
    return (
        whole.join(matches.select("conversion", "of"), on="conversion", how="left", maintain_order="left")
        .join(taken, on="conversion", how="left", maintain_order="left")
        .with_columns(
            value=pl.when(pl.col("returned") & (pl.col("value") >= 0))
            .then(pl.col("back").fill_null(0))
            .otherwise("value")
        )
        .select(SETTLED.names())
        .cast(SETTLED)
    )


_MAY_LACK: dict[str, Any] = {"returned": False, "names": None}


def _matched(sales: list[dict[str, Any]], backs: list[dict[str, Any]]) -> list[tuple[int, int | None, int]]:
    """Each refund with its sale, if one is known, and how much it takes back."""
    left = {sale["conversion"]: sale["value"] for sale in sales}
    of_whom: dict[tuple[Any, Any], list[dict[str, Any]]] = {}
    for sale in sales:
        of_whom.setdefault((sale["customer"], sale["currency"]), []).append(sale)
    found: list[tuple[int, int | None, int]] = []
    for back in sorted(backs, key=lambda row: row["names"] is None):  # who names its order comes first
        mine = of_whom.get((back["customer"], back["currency"]), [])
        sale = _sale_of(back, mine, left)
        if sale is not None:
            left[sale] += back["value"]
        found.append((back["conversion"], sale, -back["value"]))
    return found


def _sale_of(back: dict[str, Any], mine: list[dict[str, Any]], left: dict[int, int]) -> int | None:
    if back["names"] is not None and any(sale["conversion"] == back["names"] for sale in mine):
        return int(back["names"])
    if back["customer"] is None:
        return None
    size = -back["value"]
    enough = [sale for sale in mine if sale["at"] <= back["at"] and left[sale["conversion"]] >= size]
    likely = max(
        enough, key=lambda sale: (sale["returned"], left[sale["conversion"]] == size, sale["at"], sale["conversion"]),
        default=None,
    )  # fmt: skip
    return None if likely is None else int(likely["conversion"])
