"""The touches and orders of all customers as columns, kept in blocks: a report reads what is new, and not every year again.

What is kept is what decides a touch's origin, not the origin itself: rules may change, and nothing is made anew.
Blocks and rows together are exactly what reading every row would give; their order says nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from hub.app.memory import uncollected
from hub.errors import ConfigError
from hub.store.columns import (
    KEPT,
    Block,
    Kept,
    blocks,
    forget_blocks,
    keep_block,
    kept_upto,
    stale,
)
from hub.store.session import Store, Transaction

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Columns", "keep", "orders", "touches"]

FORM = 2
"""How blocks are written; another number, and those of before are made anew."""

BLOCK = 32_768
"""So many rows make a block; as many that are new or stale are read row by row."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Rows of numbers, and the texts they came with."""

    rows: pl.DataFrame
    """The numbers of their kind, the raw record first, and ``text``: which row of ``texts`` is the row's."""
    texts: pl.DataFrame
    """Each combination once."""

    def whole(self) -> pl.DataFrame:
        """Each row with its texts."""
        return self.rows.drop("text").hstack(self.texts[self.rows["text"]])


def touches(tx: Transaction, customers: Collection[int] | None = None) -> Columns:
    """All touches, or those of some customers: touch, customer, at, and in texts the fields of ``hub.core.channels``."""
    return _columns(tx, KEPT["interaction"], customers)


def orders(tx: Transaction, customers: Collection[int] | None = None) -> Columns:
    """All orders, or those of some customers: conversion, customer if known, at, value; currency and status."""
    return _columns(tx, KEPT["order"], customers)


def _columns(tx: Transaction, kept: Kept, customers: Collection[int] | None = None) -> Columns:
    if customers is not None:
        return _read_all(kept, kept.rows(tx, customers=customers))
    upto = kept_upto(tx, kept.kind, FORM)
    if upto is None:
        return _read_all(kept, kept.rows(tx))
    behind = stale(tx, kept.kind)
    before = _without(_together(map(_unpacked, blocks(tx, kept.kind))), behind)
    fresh = [*kept.rows(tx, after=upto), *(kept.rows(tx, only=behind) if behind else ())]
    return _together([before, *(_read(kept, rows) for rows in fresh)])


def keep(store: Store, block: int = BLOCK) -> None:
    """Keep as blocks what would be read row by row otherwise, once it is much.

    Each block is a transaction of its own, so that nobody who writes waits long. A database that may only be
    read is left as it is.
    """
    with store.read() as tx:
        much = [kept for kept in KEPT.values() if _worth(tx, kept, block)]
    try:
        for kept in much:
            while _kept_more(store, kept, block):
                pass
    except ConfigError:
        return


def _worth(tx: Transaction, kept: Kept, block: int) -> bool:
    return kept.has_stale(tx, block) or kept.has_more(tx, kept_upto(tx, kept.kind, FORM), block)


@uncollected()
def _kept_more(store: Store, kept: Kept, block: int) -> bool:
    """Keep one block more, or all anew when much of it is stale; whether there was reason to."""
    with store.write(derived=True) as tx:
        tx.take_turn()
        upto = kept_upto(tx, kept.kind, FORM)
        if upto is None or kept.has_stale(tx, block):
            whole = _columns(tx, kept) if upto is not None else None
            forget_blocks(tx, kept.kind)
            if whole is not None:
                _keep_all(tx, kept, whole, block)
                return True
        rows = [row for part in kept.rows(tx, after=upto, most=block) for row in part]
        if len(rows) < block:
            return False
        keep_block(tx, kept.kind, FORM, _packed(_read(kept, rows)))
        return True


def _keep_all(tx: Transaction, kept: Kept, whole: Columns, block: int) -> None:
    in_order = whole.rows.sort(kept.numbers[0])
    for part in in_order.iter_slices(block):
        keep_block(tx, kept.kind, FORM, _packed(_together([Columns(part, whole.texts)])))


def _read_all(kept: Kept, parts: Iterable[Sequence[Any]]) -> Columns:
    """All rows as the store reads them, part by part."""
    read = [_read(kept, rows) for rows in parts]
    return _together(read or [_read(kept, [])])


def _read(kept: Kept, rows: Sequence[Any]) -> Columns:
    """Rows as the store reads them."""
    import polars as pl

    from hub.core.channels import evidence, numbered

    names = (*kept.numbers, *kept.texts)
    columns = zip(names, zip(*rows, strict=True) if rows else [()] * len(names), strict=True)
    read = pl.DataFrame(
        [pl.Series(name, values, pl.Int64 if name in kept.numbers else pl.String) for name, values in columns]
    )
    text, distinct = evidence(read) if kept.kind == "interaction" else numbered(read.select(kept.texts))
    return Columns(read.select(*kept.numbers, text.alias("text")), distinct)


def _together(parts: Iterable[Columns]) -> Columns:
    """The rows of all parts, with each combination of texts that they have once."""
    import polars as pl

    from hub.core.channels import numbered

    known = list(parts)
    number, distinct = numbered(pl.concat([part.texts for part in known]))
    rows: list[pl.DataFrame] = []
    begin = 0
    for part in known:
        mine = number.slice(begin, len(part.texts))
        rows.append(part.rows.with_columns(text=mine.gather(part.rows["text"])))
        begin += len(mine)
    return Columns(pl.concat(rows), distinct)


def _without(before: Columns, gone: Sequence[int]) -> Columns:
    """The rows but those of some raw records."""
    import polars as pl

    if not gone:
        return before
    return Columns(before.rows.filter(~pl.nth(0).is_in(gone)), before.texts)


def _packed(part: Columns) -> Block:
    last: Any = part.rows.to_series(0).max()
    return Block(last, _written(part.rows), _written(part.texts))


def _written(frame: pl.DataFrame) -> bytes:
    told = BytesIO()
    frame.write_ipc(told, compression="lz4")
    return told.getvalue()


def _unpacked(block: Block) -> Columns:
    import polars as pl

    return Columns(pl.read_ipc(block.rows), pl.read_ipc(block.texts))
