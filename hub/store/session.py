"""Opens the database and runs transactions; knows what the two dialects do differently, so no one else does."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, cached_property
from itertools import chain
from pathlib import Path
from typing import Any

from pydantic_core import to_json
from sqlalchemy import (
    ARRAY,
    Column,
    Connection,
    Dialect,
    Engine,
    PoolProxiedConnection,
    Table,
    any_,
    bindparam,
    create_engine,
    event,
    func,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.sql import ColumnElement

from hub.errors import ConfigError, HubError
from hub.store.faults import BUSY_SECONDS, explain

__all__ = ["Store", "Transaction"]

Row = Sequence[Any]

FEW = 50
"""Rows up to which PostgreSQL takes them one by one sooner than by COPY."""
TOGETHER = 50
"""Rows a statement of SQLite adds where there are many: half the work of one by one, and more gain no more."""
PART = 100_000
"""Rows of columns written at a time: Python's numbers take five times the room."""
TURN = 0x43524D
"""The hub's own advisory lock; any number no other program in the database uses."""

# what derived data does about a commit's wait for the disk: PostgreSQL's mode until the end of a transaction,
# and for SQLite the least that another transaction can write, whose commit brings those before it to the disk
_LATER = text("SET LOCAL synchronous_commit TO off")
_AT_ONCE = text("SET LOCAL synchronous_commit TO DEFAULT")
_TOUCH = text("INSERT INTO meta VALUES ('kept', '') ON CONFLICT (name) DO UPDATE SET value = ''")


class Transaction:
    """One open transaction; everything written in it is seen by others at once, or never."""

    def __init__(
        self, pooled: PoolProxiedConnection, dialect: Dialect, connect: Callable[[], Connection]
    ) -> None:
        self.dialect = dialect
        self.sqlite = dialect.name == "sqlite"
        self._pooled = pooled
        self._connect = connect
        driver: Any = pooled.driver_connection
        self.cursor: Callable[[], Any] = driver.cursor
        """A cursor of the driver inside this transaction, for what SQLAlchemy would only slow down."""
        self.kept = False
        """Whether its commit is to survive a power loss although what it writes is derived."""

    @cached_property
    def connection(self) -> Connection:
        """SQLAlchemy's view of it, made when it is asked for: it takes as long as to write a few rows."""
        connection = self._connect()
        if not connection.in_transaction():
            connection.begin()
        return connection

    def commit(self) -> None:
        """Keep what was written: the end of the block that opened the transaction does so."""
        (self.connection if "connection" in self.__dict__ else self._pooled).commit()

    def keep(self) -> None:
        """Have the commit survive a power loss in any case: somebody outside is told what is written here."""
        self.kept = True
        if not self.sqlite:
            self.execute(_AT_ONCE)

    def execute(self, statement: Any, parameters: Any = None) -> Any:
        """Run one statement of SQLAlchemy Core."""
        return self.connection.execute(statement, parameters)

    def rows(self, statement: Any, parameters: Any = None) -> list[Any]:
        """All rows of a query."""
        return list(self.connection.execute(statement, parameters).all())

    def scalar(self, statement: Any, parameters: Any = None) -> Any:
        """The first column of the first row, or ``None``."""
        return self.connection.execute(statement, parameters).scalar()

    def among(self, column: Column[Any], values: Collection[Any]) -> ColumnElement[bool]:
        """``column IN values`` for any number of values, as one bound parameter.

        Both databases limit the number of parameters (32,766 and 65,535); neither limits one
        JSON array or one PostgreSQL array.
        """
        if self.sqlite:
            given = func.json_each(self.listed(values)).table_valued("value")
            return column.in_(select(given.c.value))
        return column == any_(bindparam(None, self.listed(values), type_=ARRAY(column.type)))

    def listed(self, values: Collection[Any]) -> Any:
        """Many values as one parameter."""
        return to_json(list(values)).decode() if self.sqlite else list(values)

    def take_turn(self) -> None:
        """Wait until no other transaction that took a turn is open; SQLite lets in one writer at a time anyway."""
        if not self.sqlite:
            self.execute(select(func.pg_advisory_xact_lock(TURN)))

    def insert(self, table: Table, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """Add many rows; on PostgreSQL by COPY, ten times faster than executemany there."""
        rows = list(rows)
        if not rows:
            return
        if self.sqlite or len(rows) < FEW:
            self._many(table, columns, None, rows)
            return
        names = ", ".join(columns)
        with self.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def add(self, table: Table, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """Add many rows, leaving those with the same primary key as they are."""
        self._put(table, columns, rows, ())

    def upsert(self, table: Table, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """Add many rows, overwriting those with the same primary key."""
        self._put(table, columns, rows, columns)

    def _put(self, table: Table, columns: Sequence[str], rows: Iterable[Row], over: Sequence[str]) -> None:
        """Add many rows; of those that are there, overwrite the columns ``over``."""
        rows = list(rows)
        if not rows:
            return
        if self.sqlite or len(rows) < FEW:
            self._many(table, columns, over, rows)
            return
        names = ", ".join(columns)
        self.execute(
            text(f"CREATE TEMP TABLE fresh ON COMMIT DROP AS SELECT {names} FROM {table.name} LIMIT 0")
        )
        with self.cursor() as cursor, cursor.copy(f"COPY fresh ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        self.execute(
            text(f"INSERT INTO {table.name} ({names}) SELECT {names} FROM fresh{_conflict(table, over)}")
        )
        self.execute(text("DROP TABLE fresh"))

    def delete(self, table: Table, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """Remove the rows whose ``columns`` equal one of ``rows``."""
        rows = list(rows)
        if not rows:
            return
        self.cursor().executemany(_deleting(table, tuple(columns), self._mark), rows)

    def fill(self, table: Table, columns: Sequence[str], values: Sequence[Any]) -> None:
        """Add many rows, given as one list or array for each column."""
        for start in range(0, len(values[0]), PART):
            cut = [column[start : start + PART] for column in values]
            parts = [part.tolist() if hasattr(part, "tolist") else part for part in cut]
            if not self.sqlite:
                self.insert(table, columns, zip(*parts, strict=True))
                continue
            flat = [0] * (len(parts) * len(parts[0]))
            for place, part in enumerate(parts):
                flat[place :: len(parts)] = part
            self._flat(table, columns, None, flat)

    def _many(
        self, table: Table, columns: Sequence[str], over: Sequence[str] | None, rows: list[Row]
    ) -> None:
        """Add rows; those that are there are an error, or have the columns ``over`` overwritten."""
        if self.sqlite and len(rows) >= TOGETHER:
            self._flat(table, columns, over, list(chain.from_iterable(rows)))
        else:
            self.cursor().executemany(self._adding(table, columns, over), rows)

    def _flat(
        self, table: Table, columns: Sequence[str], over: Sequence[str] | None, flat: list[Any]
    ) -> None:
        """The same of rows whose values come one after another."""
        width = len(columns)
        whole = len(flat) // (TOGETHER * width) * TOGETHER * width
        for count, start, stop in ((TOGETHER, 0, whole), (1, whole, len(flat))):
            step = count * width
            rows = (flat[at : at + step] for at in range(start, stop, step))
            self.cursor().executemany(self._adding(table, columns, over, count), rows)

    def _adding(
        self, table: Table, columns: Sequence[str], over: Sequence[str] | None, count: int = 1
    ) -> str:
        return _adding(table, tuple(columns), None if over is None else tuple(over), self._mark, count)

    @property
    def _mark(self) -> str:
        return "?" if self.sqlite else "%s"


# the texts of statements are made once: a single row takes little longer than its statement's text


@cache
def _adding(
    table: Table, columns: tuple[str, ...], over: tuple[str, ...] | None, mark: str, count: int
) -> str:
    """Adds so many rows; of those that are there, overwrites the columns ``over``."""
    row = f"({', '.join([mark] * len(columns))})"
    conflict = "" if over is None else _conflict(table, over)
    return f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES {', '.join([row] * count)}{conflict}"


@cache
def _deleting(table: Table, columns: tuple[str, ...], mark: str) -> str:
    """Removes the rows that have such values in these columns."""
    return f"DELETE FROM {table.name} WHERE {' AND '.join(f'{name} = {mark}' for name in columns)}"


def _conflict(table: Table, over: Sequence[str]) -> str:
    """What becomes of rows that are there: the columns ``over`` are overwritten, or nothing."""
    key = [column.name for column in table.primary_key.columns]
    fresh = ", ".join(f"{name} = excluded.{name}" for name in over if name not in key)
    return f" ON CONFLICT ({', '.join(key)}) DO " + (f"UPDATE SET {fresh}" if fresh else "NOTHING")


class Store:
    """The hub's database: ``write()`` for a transaction that changes it, ``read()`` for one that looks."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)
        self._begun = self.engine.execution_options(hub_begun=True)
        drivers: Any = self.engine.dialect.loaded_dbapi
        self._errors: tuple[type[Exception], ...] = (drivers.Error, DBAPIError)
        self._file = database_file(url)
        self._at_hand: list[PoolProxiedConnection] = []
        """The connection to a file that wrote last: to ask the pool for one takes as long as to look up two rows."""

    @property
    def sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def write(self, *, derived: bool = False) -> Iterator[Transaction]:
        """A transaction that commits at the end of the block, or not at all when the block raises.

        Its commit waits for the disk, so that it survives a power loss. Where all that is written is ``derived``
        from what is stored, it does not, unless the block calls ``keep``: what a power loss takes back is derived
        again. Transactions are lost from the last one on, so nothing that was committed before one that survives.
        """
        try:
            with self._writing(keep=not derived) as tx:
                if derived and not self.sqlite:
                    tx.execute(_LATER)
                yield tx
            if derived and self.sqlite and tx.kept:  # whose mode is not to be changed inside a transaction
                with self._writing(keep=True) as tx:
                    tx.execute(_TOUCH)
        except self._errors as error:
            raise self._explained(error) from error

    @contextmanager
    def _writing(self, *, keep: bool) -> Iterator[Transaction]:
        """A transaction that writes; whether SQLite is to ``keep`` it through a power loss."""
        try:
            pooled = self._at_hand.pop()
        except IndexError:
            pooled = self.engine.raw_connection()
        try:
            if self.sqlite:
                _begin_writing(pooled.driver_connection, keep=keep)
            tx = Transaction(pooled, self.engine.dialect, lambda: Connection(self._begun, pooled))
            yield tx
            tx.commit()
        except BaseException:
            pooled.close()  # which takes back what was written
            raise
        if self._file and not self._at_hand:
            self._at_hand.append(pooled)
        else:
            pooled.close()

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """One consistent view of the data; takes no lock that a writer would wait for."""
        try:
            with self.engine.connect() as connection:
                if self.sqlite:
                    connection = connection.execution_options(hub_read=True)
                else:  # which shows every statement what was committed before it, unless told
                    connection = connection.execution_options(isolation_level="REPEATABLE READ")
                connection.begin()
                yield Transaction(connection.connection, self.engine.dialect, lambda: connection)
                connection.rollback()
        except self._errors as error:
            raise self._explained(error) from error

    def close(self) -> None:
        """Let go of all connections."""
        while self._at_hand:
            self._at_hand.pop().close()
        self.engine.dispose()

    def _explained(self, error: Exception) -> HubError:
        return explain(error, self.engine.url.render_as_string(hide_password=True))


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.get_backend_name() not in ("sqlite", "postgresql"):
            raise ConfigError(
                f"{parsed.drivername} is not a database the hub can use",
                where="[hub] database",
                step="use sqlite:///hub.db or postgresql+psycopg://user@host/name",
            )
        engine = create_engine(parsed, pool_pre_ping=parsed.get_backend_name() != "sqlite")
    except (ArgumentError, NoSuchModuleError) as error:
        raise ConfigError(
            "the database address cannot be read",
            where="[hub] database",
            cause=str(error).splitlines()[0],
            step="use sqlite:///hub.db or postgresql+psycopg://user@host/name",
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _open_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _open_sqlite(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None  # transactions are begun below, not guessed by the driver
    for pragma in (
        f"busy_timeout = {BUSY_SECONDS * 1000}",
        "journal_mode = WAL",
        "foreign_keys = ON",
        "cache_size = -49152",  # 48 MiB
        # keys are hashes, so every page of records touches the index all over: copying it back from the
        # journal (up to 32 MiB of it) an eighth as often saves a sixth of a large landing
        "wal_autocheckpoint = 8000",
        "temp_store = MEMORY",
    ):
        try:
            connection.execute(f"PRAGMA {pragma}")
        except sqlite3.OperationalError as error:
            # a read-only file can be read without switching its journal
            if "readonly" not in str(error):
                raise


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    driver: Any = connection.connection.driver_connection
    if "hub_read" in options:
        driver.execute("BEGIN")
    elif "hub_begun" not in options:
        _begin_writing(driver, keep=True)


def _begin_writing(driver: Any, *, keep: bool) -> None:
    """Begin on the driver itself: SQLAlchemy would take ten times as long."""
    # FULL: a commit survives a power loss, a form post answered is a form post kept
    driver.execute(f"PRAGMA synchronous = {'FULL' if keep else 'NORMAL'}")
    driver.execute("BEGIN IMMEDIATE")


def database_file(url: str) -> Path | None:
    """The file of an embedded database, or ``None``."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        return None
    return Path(os.fspath(parsed.database))
