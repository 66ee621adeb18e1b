"""A secret planted for each connector is nowhere afterwards: not in output, errors, logs or the database."""

from __future__ import annotations

import base64
import logging
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import text

from hub.app.hub import Hub
from hub.errors import HubError
from hub.store.tables import metadata
from tests.peers.mailserver import free_port
from tests.peers.scripted import Asked, Told, scripted
from tests.workspace import Workspace

CANARY = "kanarie+7c1f/e9 geheim"
SESSION = "session-kanarie-51d0"
FORMS = [
    CANARY,
    quote(CANARY, safe=""),
    base64.b64encode(CANARY.encode()).decode(),
    base64.b64encode(f"\0support@shop.example\0{CANARY}".encode()).decode(),
    CANARY.encode().hex(),
    SESSION,
    base64.b64encode(f"admin:1:{SESSION}".encode()).decode(),
]
WITHOUT = """
[connectors.mail]
type = "email.imap"
host = "127.0.0.1"
port = {port}
ssl = false
username = "support@shop.example"
password = {{ env = "CANARY" }}
timeout = 0.3

[connectors.erp]
type = "erp.tryton"
base_url = "{url}"
database = "crm"
username = "admin"
password = {{ env = "CANARY" }}
timeout = 0.3

[connectors.social]
type = "social.mastodon"
base_url = "{url}"
access_token = {{ env = "TOKEN_CANARY" }}
followers = true
per_second = 1000
"""
TOKEN = CANARY.replace(" ", "_")


@contextmanager
def mailbox(answer: Callable[[bytes], bytes | None]) -> Iterator[int]:
    """An IMAP server of three sentences; ``answer`` is what a line gets, ``None`` is silence."""

    def talk(line: socket.socket) -> None:
        with line, line.makefile("rwb") as file:
            file.write(b"* OK [CAPABILITY IMAP4rev1] ready\r\n")
            file.flush()
            while asked := file.readline():
                told = answer(asked)
                if told is not None:
                    file.write(told)
                    file.flush()

    def listen() -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            talker = threading.Thread(target=talk, args=(line,), daemon=True)
            talker.start()
            talkers.append(talker)

    talkers: list[threading.Thread] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)
            for talker in talkers:
                talker.join(5)


def gossip(line: bytes) -> bytes:
    """Refuses every login, repeating what it was told."""
    tag = line.split()[0]
    if b"CAPABILITY" in line.upper():
        return b"* CAPABILITY IMAP4rev1\r\n" + tag + b" OK done\r\n"
    if b"LOGOUT" in line.upper():
        return b"* BYE\r\n" + tag + b" OK done\r\n"
    return tag + b" NO [AUTHENTICATIONFAILED] refused: " + line


def silence(line: bytes) -> bytes | None:
    return gossip(line) if b"CAPABILITY" in line.upper() else None


def repeated(asked: Asked) -> str:
    """Everything that was asked, secrets included."""
    return f"{asked.method} {asked.path} {asked.headers.get('authorization', '')} {asked.body.decode()}"


def logged_in(told: Callable[[Asked], Told]) -> Callable[[Asked], Told]:
    """A Tryton that takes the login, and does ``told`` with what follows."""

    def answer(asked: Asked) -> Told:
        if b"common.db.login" in asked.body:
            return Told({"id": 1, "result": [1, SESSION]})
        return told(asked)

    return answer


def slow(asked: Asked) -> Told:
    threading.Event().wait(0.5)
    return Told({})


TROUBLES: dict[str, Callable[[Asked], Told]] = {
    "401 that repeats the request": lambda asked: Told({"error": repeated(asked)}, status=401),
    "403 that repeats the request": lambda asked: Told({"message": repeated(asked)}, status=403),
    "422 that repeats the request": lambda asked: Told({"detail": repeated(asked)}, status=422),
    "404 page that repeats the request": lambda asked: Told(raw=repeated(asked).encode(), status=404),
    "HTTP 200 with an error that repeats": lambda asked: Told({"id": 1, "error": [repeated(asked), repeated(asked)]}),
    "no JSON that repeats": lambda asked: Told(raw=repeated(asked).encode()),
    "redirect that repeats": lambda asked: Told(
        {}, status=302, headers={"Location": f"http://evil.example/?{quote(repeated(asked))}"}
    ),
    "an error after the login": logged_in(lambda asked: Told({"id": 1, "error": [repeated(asked), ""]})),
    "a 422 after the login": logged_in(lambda asked: Told({"error": repeated(asked)}, status=422)),
    "a 401 after the login": logged_in(lambda asked: Told({"error": repeated(asked)}, status=401)),
}  # fmt: skip


def found_in(text: str) -> list[str]:
    return [form for form in (*FORMS, TOKEN, quote(TOKEN, safe="")) if form in text]


@pytest.fixture
def planted(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Iterator[Workspace]:
    """A workspace with the secrets in the environment; at the end they are looked for everywhere."""
    monkeypatch.setenv("CANARY", CANARY)
    monkeypatch.setenv("TOKEN_CANARY", TOKEN)
    monkeypatch.setattr("hub.rest.retry.Retry.pause", lambda *_: 0.0)
    caplog.set_level(logging.DEBUG)
    workspace = Workspace(tmp_path, database)
    yield workspace
    assert found_in(caplog.text) == [], "in the logs"
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert found_in(file.read_bytes().decode("utf-8", "replace")) == [], file
    with workspace.open() as hub, hub.store.read() as tx:
        for table in metadata.sorted_tables:
            assert found_in(repr(tx.rows(text(f"SELECT * FROM {table.name}")))) == [], table.name


def nothing_told(workspace: Workspace, failing: set[str]) -> None:
    """Whatever is asked of the hub, in words, in JSON or with tracebacks, tells no secret."""
    with workspace.open() as hub:
        runs = hub.sync()
        assert {run.connector for run in runs if run.error is not None} == failing
        for name in sorted(failing):
            refused = checked(hub, name)
            assert refused is None or deep(refused) == []
            with hub.connector(name) as connector:
                held = repr(connector.settings) + str(connector.settings) + repr(vars(connector))
                assert found_in(held) == []
        for run in runs:
            if run.error is not None:
                assert deep(run.error) == []
        assert found_in(repr(hub.runs()) + repr(hub.health()) + repr(hub.rejects())) == []
    for words in (
        ["sync", "--debug"], ["sync", "--json"], ["runs"], ["rejects", "--json"], ["doctor"],
        ["connectors", "list", "--json"], ["connectors", "check", "erp", "--debug"], ["scheduler", "--once"],
    ):  # fmt: skip
        assert found_in(said(workspace, words)) == [], words


def checked(hub: Hub, name: str) -> HubError | None:
    try:
        hub.check(name)
    except HubError as error:
        return error
    return None


def said(workspace: Workspace, words: list[str]) -> str:
    from click.testing import CliRunner

    from hub.faces.cli import cli

    result = CliRunner().invoke(cli, ["--config", str(workspace.file), *words])
    assert result.exit_code in (0, 2, 3, 4, 5), (words, result.exception)
    return result.stdout + result.stderr + "".join(traceback.format_exception(result.exception))


def deep(error: BaseException) -> list[str]:
    """What an error tells with everything it carries along: causes, contexts, and the values in them."""
    told: list[str] = ["".join(traceback.format_exception(error))]
    seen: BaseException | None = error
    while seen is not None:
        told += [repr(seen), repr(seen.args), repr(vars(seen))]
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return found_in("\n".join(told))


@pytest.mark.parametrize(
    ("database", "trouble"),
    [*(("sqlite", name) for name in TROUBLES), ("postgresql", next(iter(TROUBLES)))],
    indirect=["database"],
)
def test_a_source_that_repeats_our_secret_does_not_make_us_tell_it(planted: Workspace, trouble: str) -> None:
    with scripted(TROUBLES[trouble]) as url, mailbox(gossip) as port:
        planted.configure(WITHOUT.format(url=url, port=port))
        nothing_told(planted, {"mail", "erp", "social"})


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_nor_does_one_that_is_silent_or_gone(planted: Workspace) -> None:
    with mailbox(silence) as port:
        planted.configure(WITHOUT.format(url=f"http://127.0.0.1:{free_port()}", port=port))
        nothing_told(planted, {"mail", "erp", "social"})


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_databases_own_password_is_told_nowhere(planted: Workspace) -> None:
    before = (planted.folder / "database.txt").read_text()
    address = f"postgresql+psycopg://hub:{quote(CANARY, safe='')}@127.0.0.1:{free_port()}/none"
    planted.file.write_text('[hub]\ndatabase = { env = "HUB_DB" }\n')
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("HUB_DB", address)
        for words in (["sync", "--debug"], ["doctor"], ["runs", "--json"]):
            told = said(planted, words)
            assert found_in(told) == []
        assert "the database is not reachable" in told
    planted.write("database.txt", before)
    planted.configure("")
