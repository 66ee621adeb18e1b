"""Reads touches, and keeps them as columns: blocks of what was read, and which raw records they are behind on.

Whoever writes what a touch is made of says so here, in the same transaction. A block is written in a
transaction that took its turn, as they did, so that nothing is written between its reading and its writing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, bindparam, delete, func, insert, select

from hub.store.query import Query
from hub.store.session import Transaction
from hub.store.tables import clusters, interactions, raw_records, stale_touches, touch_columns

__all__ = [
    "TOUCH_COLUMNS",
    "Block",
    "blocks",
    "forget_blocks",
    "keep_block",
    "kept_upto",
    "stale",
    "touch_rows",
    "touches_moved",
    "touches_rewritten",
    "touches_waiting",
]

Row = Sequence[Any]

TOUCH_COLUMNS = (
    "touch", "customer", "at", "kind", "direction", "channel", "source", "medium", "campaign", "term", "content",
    "click_ids", "referrer", "landing_url",
)  # fmt: skip
AT_ONCE = 65_536


class Block(NamedTuple):
    """Touches up to a raw record, written in a form its reader knows."""

    upto: int
    rows: bytes
    evidence: bytes


_TOUCHES = (
    select(
        interactions.c.raw_id.label("touch"),
        clusters.c.cluster.label("customer"),
        *(interactions.c[name] for name in TOUCH_COLUMNS[2:]),
    )
    .join(clusters, clusters.c.record == interactions.c.record)
    .where(interactions.c.direction != "outbound")
)


def touch_rows(
    tx: Transaction,
    *,
    customers: Collection[int] | None = None,
    after: int | None = None,
    most: int | None = None,
    only: Collection[int] | None = None,
) -> Iterator[list[Row]]:
    """Inbound interactions in parts, as rows of ``TOUCH_COLUMNS``: all, or those that are asked for.

    Of some ``customers``; of raw records ``after`` one, the first ``most`` of them; of ``only`` some raw records.
    """
    if customers is not None:
        cursor = _OF_CUSTOMERS.run(tx, customers=customers)
    elif only is not None:
        cursor = _ONLY.run(tx, only=only)
    elif most is not None:
        cursor = _SOME.run(tx, after=_before(after), most=most)
    else:
        cursor = _AFTER.run(tx, after=_before(after))
    while rows := cursor.fetchmany(AT_ONCE):
        yield rows


def _before(after: int | None) -> int:
    return -(1 << 63) if after is None else after


_OF_CUSTOMERS = Query(lambda among: _TOUCHES.where(among(clusters.c.cluster, "customers")))
_ONLY = Query(lambda among: _TOUCHES.where(among(interactions.c.raw_id, "only")))
_AFTER = Query(lambda among: _TOUCHES.where(interactions.c.raw_id > bindparam("after", 0, BigInteger)))
_SOME = Query(
    lambda among: (
        _TOUCHES.where(interactions.c.raw_id > bindparam("after", 0, BigInteger))
        .order_by(interactions.c.raw_id)
        .limit(bindparam("most", 0))
    )
)


def kept_upto(tx: Transaction, form: int) -> int | None:
    """The last raw record that blocks of this form go up to; ``None`` when there are none, or of other forms, too."""
    found, forms = _UPTO.one(tx, form=form)
    return None if forms else found


_UPTO = Query(
    lambda among: select(
        func.max(touch_columns.c.upto),
        select(func.count())
        .select_from(touch_columns)
        .where(touch_columns.c.form != bindparam("form", 0))
        .scalar_subquery(),
    )
)


def touches_waiting(tx: Transaction, after: int | None) -> tuple[int, int]:
    """How many interactions there are after a raw record, and how many touches are stale."""
    return _WAITING.one(tx, after=_before(after))


_WAITING = Query(
    lambda among: select(
        select(func.count())
        .select_from(interactions)
        .where(interactions.c.raw_id > bindparam("after", 0, BigInteger))
        .scalar_subquery(),
        select(func.count()).select_from(stale_touches).scalar_subquery(),
    )
)


def blocks(tx: Transaction) -> list[Block]:
    """What is kept, in order."""
    columns = touch_columns.c
    return [
        Block(*row)
        for row in tx.rows(select(columns.upto, columns.rows, columns.evidence).order_by(columns.upto))
    ]


def stale(tx: Transaction) -> list[int]:
    """The raw records that the blocks are behind on."""
    return [row[0] for row in _STALE.rows(tx)]


_STALE = Query(lambda among: select(stale_touches.c.raw_id))


def keep_block(tx: Transaction, form: int, block: Block) -> None:
    """Keep a block that was read in this transaction."""
    tx.insert(
        touch_columns, ("upto", "form", "rows", "evidence"), [(block.upto, form, block.rows, block.evidence)]
    )


def forget_blocks(tx: Transaction) -> None:
    """Keep nothing any more, until somebody keeps a block again."""
    tx.execute(delete(touch_columns))
    tx.execute(delete(stale_touches))


def touches_rewritten(tx: Transaction, numbers: Collection[int]) -> None:
    """Say that the interactions of these raw records were written or removed."""
    if _KEPT.one(tx)[0] is not None:
        _REWRITTEN.run(tx, numbers=numbers)


def touches_moved(tx: Transaction, records: Collection[int]) -> None:
    """Say that these source records are in other clusters than before, or in none."""
    if _KEPT.one(tx)[0] is not None:
        _MOVED.run(tx, records=records)


_KEPT = Query(lambda among: select(func.max(touch_columns.c.upto)))
_REWRITTEN = Query(
    lambda among: insert(stale_touches).from_select(
        ["raw_id"], _unnoted(raw_records.c.id).where(among(raw_records.c.id, "numbers"))
    )
)
_MOVED = Query(
    lambda among: insert(stale_touches).from_select(
        ["raw_id"], _unnoted(interactions.c.raw_id).where(among(interactions.c.record, "records"))
    )
)


def _unnoted(number: Any) -> Any:
    """Raw records that some block has and that are not stale yet."""
    last = select(func.max(touch_columns.c.upto)).scalar_subquery()
    noted = select(stale_touches.c.raw_id).where(stale_touches.c.raw_id == number)
    return select(number).where(number <= last, ~noted.exists())
