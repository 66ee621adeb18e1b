"""Brings the database to this version's schema, by Alembic's migrations, before anything reads it."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from hub.errors import StoreError
from hub.store.faults import explain
from hub.store.session import Store

__all__ = ["HEAD", "prepare"]

HEAD = "0008"
"""The newest migration; opening a database that is at it costs one query."""

HERE = Path(__file__).parent / "migrations"

UPGRADING = Lock()
"""Alembic keeps what it works on in its module: one upgrade at a time inside a process."""
LOCK = 7_245_310_601
"""PostgreSQL's advisory lock for upgrades: one at a time among processes; SQLite has but one writer."""


def prepare(store: Store) -> bool:
    """Create or upgrade the schema; whether anything had to be done."""
    try:
        with store.engine.connect() as connection:
            connection.execution_options(hub_read=True)
            known = inspect(connection).has_table("alembic_version")
            at = (
                connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
                if known
                else None
            )
            connection.rollback()
        if at == HEAD:
            return False
        _upgrade(store, at)
    except DBAPIError as error:
        raise explain(error, store.engine.url.render_as_string(hide_password=True)) from error
    return True


def alembic_config(connection: Any) -> Any:
    """Alembic's configuration for the hub's own migrations, on an open connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.attributes["connection"] = connection
    return config


def _upgrade(store: Store, at: str | None) -> None:
    from alembic import command
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    with UPGRADING, store.engine.begin() as connection:
        if not store.sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        config = alembic_config(connection)
        if at is not None:
            try:
                ScriptDirectory.from_config(config).get_revision(at)
            except CommandError as error:
                raise StoreError(
                    f"the database has schema {at}, which this version of the hub does not know",
                    where=store.engine.url.render_as_string(hide_password=True),
                    cause="it was used by a newer version",
                    step="upgrade crm-hub; nothing was changed",
                ) from error
        command.upgrade(config, "head")
