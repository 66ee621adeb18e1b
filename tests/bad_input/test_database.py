"""A database that refuses, and two syncs that meet: told, and nothing of what was committed is lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.errors import ConfigError, LeaseHeld, TransientError
from tests.peers.contacts import PEOPLE, Source, installed, person
from tests.peers.scripted import Asked, Told, scripted
from tests.workspace import Workspace

CRM = """
[connectors.crm]
type = "files"
path = "crm.csv"
record = "customer"
key = "id"
fields = { full_name = "name", emails = "email" }
"""


def people(count: int) -> str:
    rows = "".join(f"{n},Person {n},p{n}@x.org\n" for n in range(count))
    return f"id,name,email\n{rows}"


@pytest.fixture
def crm(both: Workspace) -> Workspace:
    both.write("crm.csv", people(3))
    both.configure(CRM)
    both.command("sync")
    return both


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_read_only_server_is_told_and_still_read(crm: Workspace) -> None:
    address = (crm.folder / "database.txt").read_text()
    readonly = address + ("&" if "?" in address else "?") + "options=-c%20default_transaction_read_only%3Don"
    crm.write("database.txt", readonly)
    crm.write("crm.csv", people(9))
    run = crm.sync()["crm/customers"]
    assert isinstance(run.error, ConfigError)
    assert "the database cannot be written: cannot execute" in run.error.what
    assert "in a read-only transaction" in run.error.what
    assert "the server is read-only for this user" in run.error.cause
    assert "give this user write permission" in run.error.step
    assert "the database cannot be written" in crm.command("sync", code=2).stderr
    assert len(crm.landed("crm")) == 3, "what is there can still be read"
    assert crm.told("customers", "search", "Person")["customers"]
    crm.write("database.txt", address)
    crm.command("sync")
    assert len(crm.landed("crm")) == 9


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_read_only_file_is_told_and_still_read(crm: Workspace) -> None:
    crm.write("database.txt", f"sqlite:///file:{crm.folder / 'hub.db'}?mode=ro&uri=true")
    crm.write("crm.csv", people(9))
    said = crm.command("sync", code=2).stderr
    assert "the database cannot be written: attempt to write a readonly database" in said
    assert "next step: give this user write permission on the database and its folder" in said
    assert len(crm.landed("crm")) == 3
    crm.write("database.txt", f"sqlite:///{crm.folder / 'hub.db'}")
    crm.command("sync")
    assert len(crm.landed("crm")) == 9


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_server_that_ends_our_connection_in_the_middle_loses_no_page(
    crm: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy import create_engine, text

    crm.write("crm.csv", people(3000))
    admin = create_engine((crm.folder / "database.txt").read_text(), isolation_level="AUTOCOMMIT")
    pages: list[int] = []

    def cut(*_: object) -> None:
        pages.append(1)
        if len(pages) == 2:
            with admin.connect() as connection:
                connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )

    with crm.open() as hub:
        (run,) = hub.sync(progress=cut)
    admin.dispose()
    if run.error is not None:  # the pool may notice before the next page and connect anew
        assert isinstance(run.error, TransientError)
        assert "the database is not reachable" in run.error.what
    crm.command("sync", "--no-resolve")
    assert len(crm.landed("crm")) == 3000
    assert {one["status"] for one in crm.told("runs")["runs"]} <= {"done", "failed", "interrupted"}


# ---- two at once ----


@pytest.fixture
def source(both: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Source]:
    monkeypatch.setenv("CONTACTS_TOKEN", "a-token")
    installed(tmp_path)
    source = Source()
    with scripted(source) as url:
        both.configure(
            f'[connectors.crm]\ntype = "contacts"\nbase_url = "{url}"\n'
            'token = { env = "CONTACTS_TOKEN" }\ntimeout = 30\n'
        )
        yield source


def test_of_two_syncs_at_once_the_second_is_told_and_the_data_is_whole(
    both: Workspace, source: Source
) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def gate(asked: Asked, after: str) -> Told | None:
        if after == "010":
            reached.set()
            go_on.wait(60)
        return None

    source.trouble = gate
    site = both.folder / "site"
    first = both.start("sync", path=site)
    assert reached.wait(60), first.communicate(timeout=5)
    second = both.start("sync", "--no-resolve", path=site)
    _, told = second.communicate(timeout=60)
    assert second.returncode == LeaseHeld.exit_code == 3
    assert "crm/people: another run is at work on crm/people" in told
    assert f"likely cause: process {first.pid} on " in told
    assert "next step: let it finish, then run the command again" in told
    assert len(both.landed("crm")) == 10, "the first page is there, by the first"
    go_on.set()
    _, told = first.communicate(timeout=60)
    assert first.returncode == 0, told
    assert both.landed("crm").keys() == {person(n)["id"] for n in range(1, PEOPLE + 1)}
    (run,) = both.told("runs")["runs"]
    assert (run["status"], run["new"], run["pages"]) == ("done", PEOPLE, 4)


def test_many_syncs_started_together_land_everything_once(both: Workspace) -> None:
    both.write("crm.csv", people(2500))
    both.configure(CRM)
    children = [both.start("sync", "--no-resolve") for _ in range(3)]
    ended = [(child.communicate(timeout=120)[1], child.returncode) for child in children]
    assert {code for _, code in ended} <= {0, 3}, ended
    assert 0 in {code for _, code in ended}, ended
    both.command("sync", "--no-resolve")
    assert len(both.landed("crm")) == 2500
    runs = both.told("runs")["runs"]
    assert {run["status"] for run in runs} == {"done"}
    assert sum(run["new"] for run in runs) == 2500


def test_an_empty_database_opened_by_many_at_once_is_prepared_once(empty: str) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from hub.store.schema import prepare
    from hub.store.session import Store

    start = threading.Barrier(4)

    def opened(_: int) -> bool:
        store = Store(empty)
        start.wait(30)
        try:
            return prepare(store)
        finally:
            store.close()

    with ThreadPoolExecutor(4) as pool:
        assert any(pool.map(opened, range(4)))
