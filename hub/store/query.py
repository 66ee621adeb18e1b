"""Statements compiled once for each database and run by its driver."""

from __future__ import annotations

from collections.abc import Callable
from types import NoneType
from typing import Any

from sqlalchemy import ARRAY, Column, Dialect, any_, bindparam, func, select
from sqlalchemy.sql import ColumnElement

from hub.store.session import Transaction

__all__ = ["Query"]

Among = Callable[[Column[Any], str], ColumnElement[bool]]
"""Makes the condition that a column is one of the values later given under a name."""


class Query:
    """A statement compiled once for each database, and run by the driver: a lookup costs little more than itself.

    ``make`` builds it. Its parameters are named, by ``bindparam`` or by what ``make`` is given for
    membership; rows come as plain tuples, as the driver has them (a boolean of SQLite is 0 or 1).
    """

    def __init__(self, make: Callable[[Among], Any]) -> None:
        self._make = make
        self._compiled: dict[tuple[bool, bool], tuple[str, dict[str, Any], list[str] | None]] = {}

    def rows(self, tx: Transaction, **given: Any) -> list[Any]:
        """All rows of the query."""
        return self.run(tx, **given).fetchall()

    def one(self, tx: Transaction, **given: Any) -> Any:
        """The first row, or ``None``."""
        return next(iter(self.rows(tx, **given)), None)

    def run(self, tx: Transaction, **given: Any) -> Any:
        """Run the statement; its cursor."""
        listed = [name for name, value in given.items() if not isinstance(value, _PLAIN)]
        alone = all(len(given[name]) == 1 for name in listed)
        for name in listed:
            given[name] = next(iter(given[name])) if alone else tx.listed(given[name])
        known = self._compiled.get((tx.sqlite, alone))
        if known is None:
            known = self._compiled[tx.sqlite, alone] = self._compile(tx.connection.dialect, alone)
        sql, defaults, order = known
        if order is None:
            return tx.cursor().execute(sql, defaults | given)
        return tx.cursor().execute(sql, [given[name] if name in given else defaults[name] for name in order])

    def _compile(self, dialect: Dialect, alone: bool) -> tuple[str, dict[str, Any], list[str] | None]:
        def among(column: Column[Any], name: str) -> ColumnElement[bool]:
            if alone:  # a single value needs no list: two thirds of the time
                return column == bindparam(name)
            if dialect.name == "sqlite":
                values = func.json_each(bindparam(name)).table_valued("value")
                return column.in_(select(values.c.value))
            return column == any_(bindparam(name, type_=ARRAY(column.type)))

        compiled = self._make(among).compile(dialect=dialect)
        order = compiled.positiontup
        return str(compiled), dict(compiled.params), None if order is None else list(order)


_PLAIN = (str, int, bytes, NoneType)
