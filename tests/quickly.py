"""What a process that opens a thousand hubs need not do a thousand times.

Databases wait for no disk, since tests end no power. The migrations run once, and every other empty SQLite
database is given what they made of the first. What is installed is looked up once for each search path.
"""

from __future__ import annotations

import sqlite3
import sys
from functools import cache
from importlib import metadata
from importlib.metadata import EntryPoints

from sqlalchemy import inspect

from hub.store import schema, session
from hub.store.session import Store

upgrade, _open_sqlite, _entry_points = schema._upgrade, session._open_sqlite, metadata.entry_points


def quickly() -> None:
    """Do so in this process."""
    session._open_sqlite = _open_sqlite_quickly
    schema._upgrade = _upgrade_quickly
    metadata.entry_points = lambda **wanted: _installed(tuple(sys.path), *wanted.items())


def _open_sqlite_quickly(connection: sqlite3.Connection, record: object) -> None:
    _open_sqlite(connection, record)
    connection.execute("PRAGMA synchronous = OFF")


def _upgrade_quickly(store: Store, at: str | None) -> None:
    if at is not None or not store.sqlite:
        upgrade(store, at)
        return
    with store.engine.begin() as connection:
        if not inspect(connection).has_table("alembic_version"):  # unless another was faster
            for statement in _migrated():
                connection.exec_driver_sql(statement)


@cache
def _migrated() -> tuple[str, ...]:
    """The statements that make of an empty database what the migrations make of it."""
    store = Store("sqlite://")
    upgrade(store, None)
    with store.engine.connect() as connection:
        _, *statements, _ = connection.connection.driver_connection.iterdump()  # without BEGIN and COMMIT
    store.close()
    return tuple(statements)


@cache
def _installed(path: tuple[str, ...], *wanted: tuple[str, str]) -> EntryPoints:
    return _entry_points(**dict(wanted))


__all__ = ["quickly", "upgrade"]
