"""The touches of all customers as columns, kept in blocks: a report reads what is new, and not every year again.

What is kept is what decides a touch's origin, not the origin itself: rules may change, and nothing is made anew.
Blocks and rows together are exactly what reading every row would give; their order says nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from hub.errors import ConfigError
from hub.store.session import Store, Transaction
from hub.store.touches import (
    TOUCH_COLUMNS,
    Block,
    blocks,
    forget_blocks,
    keep_block,
    kept_upto,
    stale,
    touch_rows,
    touches_waiting,
)

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Touches", "keep", "touches"]

FORM = 1
"""How blocks are written; another number, and those of before are made anew."""

BLOCK = 32_768
"""So many touches make a block; as many that are new or stale are read row by row."""


@dataclass(frozen=True, slots=True)
class Touches:
    """Touches, and the evidence they came with."""

    rows: pl.DataFrame
    """touch, customer, at, and ``evidence``: which row of it is the touch's."""
    evidence: pl.DataFrame
    """The fields of ``hub.core.channels``, each combination once."""


def touches(tx: Transaction, customers: Collection[int] | None = None) -> Touches:
    """All touches, or those of some customers."""
    if customers is not None:
        return _together(map(_read, touch_rows(tx, customers=customers)))
    behind = stale(tx)
    upto = kept_upto(tx, FORM)
    if upto is None:
        return _together(map(_read, touch_rows(tx)))
    kept = _without(_together(map(_unpacked, blocks(tx))), behind)
    fresh = [*touch_rows(tx, after=upto), *(touch_rows(tx, only=behind) if behind else ())]
    return _together([kept, *map(_read, fresh)])


def keep(store: Store, block: int = BLOCK) -> None:
    """Keep as blocks what would be read row by row otherwise, once it is much.

    Each block is a transaction of its own, so that nobody who writes waits long. A database that may only be
    read is left as it is.
    """
    with store.read() as tx:
        if not _worth(tx, block):
            return
    try:
        while _kept_more(store, block):
            pass
    except ConfigError:
        return


def _worth(tx: Transaction, block: int) -> bool:
    return max(touches_waiting(tx, kept_upto(tx, FORM))) >= block


def _kept_more(store: Store, block: int) -> bool:
    """Keep one block more, or all anew when much of it is stale; whether there was reason to."""
    with store.write() as tx:
        tx.take_turn()
        upto = kept_upto(tx, FORM)
        _, behind = touches_waiting(tx, upto)
        if behind >= block or upto is None:
            whole = touches(tx) if upto is not None else None
            forget_blocks(tx)
            if whole is not None:
                _keep_all(tx, whole, block)
                return True
        rows = [row for part in touch_rows(tx, after=upto, most=block) for row in part]
        if len(rows) < block:
            return False
        keep_block(tx, FORM, _packed(_read(rows)))
        return True


def _keep_all(tx: Transaction, whole: Touches, block: int) -> None:
    in_order = whole.rows.sort("touch")
    for part in in_order.iter_slices(block):
        keep_block(tx, FORM, _packed(_together([Touches(part, whole.evidence)])))


def _read(rows: Sequence[Any]) -> Touches:
    """Rows as the store reads them."""
    import polars as pl

    from hub.core.channels import evidence

    whole = {"touch", "customer", "at"}
    columns = zip(TOUCH_COLUMNS, zip(*rows, strict=True), strict=True)
    read = pl.DataFrame(
        [pl.Series(name, values, pl.Int64 if name in whole else pl.String) for name, values in columns]
    )
    number, distinct = evidence(read)
    return Touches(read.select("touch", "customer", "at", number.alias("evidence")), distinct)


def _together(parts: Iterable[Touches]) -> Touches:
    """The touches of all parts, with each combination of evidence that they have once."""
    import polars as pl

    from hub.core.channels import FIELDS, numbered

    schema = {"touch": pl.Int64, "customer": pl.Int64, "at": pl.Int64, "evidence": pl.UInt32}
    known = list(parts)
    if not known:
        return Touches(pl.DataFrame(schema=schema), pl.DataFrame(schema=dict.fromkeys(FIELDS, pl.String)))
    number, distinct = numbered(pl.concat([part.evidence for part in known]))
    rows: list[pl.DataFrame] = []
    begin = 0
    for part in known:
        mine = number.slice(begin, len(part.evidence))
        rows.append(part.rows.with_columns(evidence=mine.gather(part.rows["evidence"])))
        begin += len(mine)
    return Touches(pl.concat(rows), distinct)


def _without(kept: Touches, gone: Sequence[int]) -> Touches:
    import polars as pl

    if not gone:
        return kept
    return Touches(kept.rows.filter(~pl.col("touch").is_in(gone)), kept.evidence)


def _packed(part: Touches) -> Block:
    last: Any = part.rows["touch"].max()
    return Block(last, _written(part.rows), _written(part.evidence))


def _written(frame: pl.DataFrame) -> bytes:
    told = BytesIO()
    frame.write_ipc(told, compression="lz4")
    return told.getvalue()


def _unpacked(block: Block) -> Touches:
    import polars as pl

    return Touches(pl.read_ipc(block.rows), pl.read_ipc(block.evidence))
