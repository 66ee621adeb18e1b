"""Statements compiled once for each database and run by its driver."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import ARRAY, Column, any_, bindparam, func, select
from sqlalchemy.sql import ColumnElement

from hub.store.session import Transaction

__all__ = ["Among", "Query"]

Among: TypeAlias = Callable[[Column[Any], str], ColumnElement[bool]]
"""Makes the condition that a column is one of the values later given under a name."""


class Query:
    """A statement compiled once for each database, and run by the driver: a lookup costs little more than itself.

    ``make`` builds it. Its parameters are named, by ``bindparam`` or, one of them, by what ``make`` is given for
    membership; rows come as plain tuples, as the driver has them (a boolean of SQLite is 0 or 1).
    """

    def __init__(self, make: Callable[[Among], Any]) -> None:
        self._make = make
        self._plans: dict[bool, _Plan] = {}

    def rows(self, tx: Transaction, **given: Any) -> list[Any]:
        """All rows of the query."""
        return self.run(tx, **given).fetchall()

    def one(self, tx: Transaction, **given: Any) -> Any:
        """The first row, or ``None``."""
        return self.run(tx, **given).fetchone()

    def run(self, tx: Transaction, **given: Any) -> Any:
        """Run the statement; its cursor."""
        plan = self._plans.get(tx.sqlite) or self._plan(tx)
        sql, several = plan.sql, plan.several
        if several:
            values = given[several]
            if len(values) == 1:
                (given[several],) = values
                sql = plan.alone
            else:
                given[several] = tx.listed(values)
        return tx.cursor().execute(sql, plan.arranged(plan.own | given if plan.own else given))

    def _plan(self, tx: Transaction) -> _Plan:
        several: set[str] = set()

        def among(column: Column[Any], name: str) -> ColumnElement[bool]:
            several.add(name)
            if tx.sqlite:
                values = func.json_each(bindparam(name)).table_valued("value")
                return column.in_(select(values.c.value))
            return column == any_(bindparam(name, type_=ARRAY(column.type)))

        def alone(column: Column[Any], name: str) -> ColumnElement[bool]:
            return column == bindparam(name)

        compiled = self._make(among).compile(dialect=tx.dialect)
        own = {name: value for name, value in compiled.params.items() if name not in several}
        (name,) = several or ("",)
        plan = _Plan(
            str(compiled),
            str(self._make(alone).compile(dialect=tx.dialect)),
            name,
            own,
            _arranged(compiled.positiontup),
        )
        self._plans[tx.sqlite] = plan
        return plan


class _Plan(NamedTuple):
    """A statement as one database takes it."""

    sql: str
    alone: str
    """The same for a single value, which needs no list: two thirds of the time."""
    several: str
    """Its parameter for membership, if any."""
    own: dict[str, Any]
    """The other parameters, as the statement has them."""
    arranged: Callable[[dict[str, Any]], Any]
    """All of them as the driver takes them."""


def _arranged(order: list[str] | None) -> Callable[[dict[str, Any]], Any]:
    """How the driver takes parameters: by name, or in this order."""
    if order is None:
        return lambda given: given
    if len(order) > 1:
        return itemgetter(*order)
    return lambda given: [given[name] for name in order]
