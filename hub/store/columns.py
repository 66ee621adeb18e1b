"""Reads touches and orders, and keeps them as columns: blocks of what was read, and which raw records they are behind on.

Whoever writes what a row is made of says so here, in the same transaction. A block is written in a
transaction that took its turn, as they did, so that nothing is written between its reading and its writing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Table, bindparam, delete, func, insert, literal, select

from hub.store.query import Query
from hub.store.session import Transaction
from hub.store.tables import clusters, history_columns, interactions, orders, raw_records, stale_history

__all__ = [
    "KEPT",
    "Block",
    "Kept",
    "blocks",
    "forget_blocks",
    "history_moved",
    "history_rewritten",
    "keep_block",
    "kept_upto",
    "stale",
]

Row = Sequence[Any]

AT_ONCE = 65_536


class Block(NamedTuple):
    """Rows up to a raw record, written in a form their reader knows."""

    upto: int
    rows: bytes
    texts: bytes


class Kept:
    """A kind of history that is kept as columns, and how it is read row by row."""

    def __init__(
        self, kind: str, table: Table, numbers: tuple[str, ...], texts: tuple[str, ...], every: Any
    ) -> None:
        self.kind = kind
        self.numbers = numbers
        """What a row has in whole numbers: its raw record first, its customer next."""
        self.texts = texts
        """What it has in texts, after them."""
        number, after = table.c.raw_id, table.c.raw_id > bindparam("after", 0, BigInteger)
        self._of_customers = Query(lambda among: every.where(among(clusters.c.cluster, "customers")))
        self._only = Query(lambda among: every.where(among(number, "only")))
        self._after = Query(lambda among: every.where(after))
        self._some = Query(lambda among: every.where(after).order_by(number).limit(bindparam("most", 0)))
        # by an offset and not a count, which would go through all that follows
        place = bindparam("most", 1, BigInteger) - 1
        self._more = Query(lambda among: select(number).where(after).order_by(number).limit(1).offset(place))
        self._stale = Query(
            lambda among: (
                select(stale_history.c.raw_id).where(stale_history.c.kind == kind).limit(1).offset(place)
            )
        )
        self._rewritten = Query(
            lambda among: _noted(kind, raw_records.c.id, among(raw_records.c.id, "numbers"))
        )
        self._moved = Query(lambda among: _noted(kind, number, among(table.c.record, "records")))

    def rows(
        self,
        tx: Transaction,
        *,
        customers: Collection[int] | None = None,
        after: int | None = None,
        most: int | None = None,
        only: Collection[int] | None = None,
    ) -> Iterator[list[Row]]:
        """Rows of ``numbers`` and ``texts`` in parts: all, or those that are asked for.

        Of some ``customers``; of raw records ``after`` one, the first ``most`` of them; of ``only`` some raw records.
        """
        if customers is not None:
            cursor = self._of_customers.run(tx, customers=customers)
        elif only is not None:
            cursor = self._only.run(tx, only=only)
        elif most is not None:
            cursor = self._some.run(tx, after=_before(after), most=most)
        else:
            cursor = self._after.run(tx, after=_before(after))
        while rows := cursor.fetchmany(AT_ONCE):
            yield rows

    def has_more(self, tx: Transaction, after: int | None, most: int) -> bool:
        """Whether there are so many rows after a raw record."""
        return self._more.one(tx, after=_before(after), most=most) is not None

    def has_stale(self, tx: Transaction, most: int) -> bool:
        """Whether so many rows are stale."""
        return self._stale.one(tx, most=most) is not None

    def rewritten(self, tx: Transaction, numbers: Collection[int]) -> None:
        """Note as stale what the blocks have of these raw records."""
        self._rewritten.run(tx, numbers=numbers)

    def moved(self, tx: Transaction, records: Collection[int]) -> None:
        """Note as stale what the blocks have of these source records."""
        self._moved.run(tx, records=records)


def _before(after: int | None) -> int:
    return -(1 << 63) if after is None else after


def _noted(kind: str, number: Any, wanted: Any) -> Any:
    """Note as stale the wanted raw records that some block has and that are not noted yet."""
    last = select(func.max(history_columns.c.upto)).where(history_columns.c.kind == kind).scalar_subquery()
    noted = select(stale_history.c.raw_id).where(
        stale_history.c.kind == kind, stale_history.c.raw_id == number
    )
    unnoted = select(literal(kind), number).where(wanted, number <= last, ~noted.exists())
    return insert(stale_history).from_select(["kind", "raw_id"], unnoted)


_TOUCH_TEXTS = (
    "kind", "direction", "channel", "source", "medium", "campaign", "term", "content", "click_ids", "referrer", "landing_url",
)  # fmt: skip

KEPT: Mapping[str, Kept] = {
    kept.kind: kept
    for kept in (
        Kept(
            "interaction",
            interactions,
            ("touch", "customer", "at"),
            _TOUCH_TEXTS,
            select(
                interactions.c.raw_id,
                clusters.c.cluster,
                interactions.c.at,
                *(interactions.c[name] for name in _TOUCH_TEXTS),
            )
            .join(clusters, clusters.c.record == interactions.c.record)
            .where(interactions.c.direction != "outbound"),
        ),
        Kept(
            "order",
            orders,
            ("conversion", "customer", "at", "value"),
            ("currency", "status"),
            select(
                orders.c.raw_id, clusters.c.cluster, orders.c.at, orders.c.amount, orders.c.currency, orders.c.status
            ).outerjoin(clusters, clusters.c.record == orders.c.record),
        ),
    )
}  # fmt: skip
"""By kind of raw record: inbound interactions of those who are known, and every order, whose customer may not be known."""


def kept_upto(tx: Transaction, kind: str, form: int) -> int | None:
    """The last raw record that blocks of this form go up to; ``None`` when there are none, or of other forms, too."""
    found, forms = _UPTO.one(tx, kind=kind, form=form)
    return None if forms else found


_OF_KIND = history_columns.c.kind == bindparam("kind", "")
_UPTO = Query(
    lambda among: select(
        func.max(history_columns.c.upto),
        select(func.count())
        .select_from(history_columns)
        .where(_OF_KIND, history_columns.c.form != bindparam("form", 0))
        .scalar_subquery(),
    ).where(_OF_KIND)
)


def blocks(tx: Transaction, kind: str) -> list[Block]:
    """What is kept, in order."""
    return [Block(*row) for row in _BLOCKS.rows(tx, kind=kind)]


_BLOCKS = Query(
    lambda among: (
        select(history_columns.c.upto, history_columns.c.rows, history_columns.c.texts)
        .where(_OF_KIND)
        .order_by(history_columns.c.upto)
    )
)


def stale(tx: Transaction, kind: str) -> list[int]:
    """The raw records that the blocks are behind on."""
    return [row[0] for row in _STALE.rows(tx, kind=kind)]


_STALE = Query(
    lambda among: select(stale_history.c.raw_id).where(stale_history.c.kind == bindparam("kind", ""))
)


def keep_block(tx: Transaction, kind: str, form: int, block: Block) -> None:
    """Keep a block that was read in this transaction."""
    columns = ("kind", "upto", "form", "rows", "texts")
    tx.insert(history_columns, columns, [(kind, block.upto, form, block.rows, block.texts)])


def forget_blocks(tx: Transaction, kind: str) -> None:
    """Keep nothing of a kind any more, until somebody keeps a block again."""
    for table in (history_columns, stale_history):
        tx.execute(delete(table).where(table.c.kind == kind))


def history_rewritten(tx: Transaction, kind: str, numbers: Collection[int]) -> None:
    """Say that the rows of these raw records were written or removed."""
    if kind in _there(tx):
        KEPT[kind].rewritten(tx, numbers)


def history_moved(tx: Transaction, records: Collection[int]) -> None:
    """Say that these source records are in other clusters than before, or in none."""
    for kind in _there(tx):
        KEPT[kind].moved(tx, records)


def _there(tx: Transaction) -> list[str]:
    """The kinds of which blocks are kept."""
    return [kind for kind, upto in zip(KEPT, _LAST.one(tx), strict=True) if upto is not None]


_LAST = Query(
    lambda among: select(
        *(
            select(func.max(history_columns.c.upto)).where(history_columns.c.kind == kind).scalar_subquery()
            for kind in KEPT
        )
    )
)
