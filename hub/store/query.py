"""Statements compiled once for each database and run by its driver."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from types import NoneType
from typing import Any, TypeAlias

from sqlalchemy import ARRAY, Column, Dialect, any_, bindparam, func, select
from sqlalchemy.sql import ColumnElement

from hub.store.session import Transaction

__all__ = ["Among", "Query"]

Among: TypeAlias = Callable[[Column[Any], str], ColumnElement[bool]]
"""Makes the condition that a column is one of the values later given under a name."""


Compiled = tuple[str, dict[str, Any], Callable[[dict[str, Any]], Any]]
"""The statement, its own parameters, and what has all of them as the driver takes them."""


class Query:
    """A statement compiled once for each database, and run by the driver: a lookup costs little more than itself.

    ``make`` builds it. Its parameters are named, by ``bindparam`` or by what ``make`` is given for
    membership; rows come as plain tuples, as the driver has them (a boolean of SQLite is 0 or 1).
    """

    def __init__(self, make: Callable[[Among], Any]) -> None:
        self._make = make
        self._compiled: dict[tuple[bool, bool], Compiled] = {}

    def rows(self, tx: Transaction, **given: Any) -> list[Any]:
        """All rows of the query."""
        return self.run(tx, **given).fetchall()

    def one(self, tx: Transaction, **given: Any) -> Any:
        """The first row, or ``None``."""
        return next(iter(self.rows(tx, **given)), None)

    def run(self, tx: Transaction, **given: Any) -> Any:
        """Run the statement; its cursor."""
        listed = [name for name, value in given.items() if not isinstance(value, _PLAIN)]
        alone = True
        for name in listed:
            alone = alone and len(given[name]) == 1
        for name in listed:
            given[name] = next(iter(given[name])) if alone else tx.listed(given[name])
        known = self._compiled.get((tx.sqlite, alone))
        if known is None:
            known = self._compiled[tx.sqlite, alone] = self._compile(tx.connection.dialect, alone)
        sql, defaults, arranged = known
        return tx.cursor().execute(sql, arranged(defaults | given))

    def _compile(self, dialect: Dialect, alone: bool) -> Compiled:
        def among(column: Column[Any], name: str) -> ColumnElement[bool]:
            if alone:  # a single value needs no list: two thirds of the time
                return column == bindparam(name)
            if dialect.name == "sqlite":
                values = func.json_each(bindparam(name)).table_valued("value")
                return column.in_(select(values.c.value))
            return column == any_(bindparam(name, type_=ARRAY(column.type)))

        compiled = self._make(among).compile(dialect=dialect)
        return str(compiled), dict(compiled.params), _arranged(compiled.positiontup)


def _arranged(order: list[str] | None) -> Callable[[dict[str, Any]], Any]:
    """How the driver takes parameters: by name, or in this order."""
    if order is None:
        return lambda given: given
    if len(order) > 1:
        return itemgetter(*order)
    return lambda given: [given[name] for name in order]


_PLAIN = (str, int, bytes, NoneType)
