"""Lists and edits the connectors of ``connectors.toml``, and checks that they could sync now."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click

from hub.errors import ConfigError, HubError
from hub.faces.cli.out import answer, as_plain, moment, note, say, table
from hub.faces.cli.session import Session, pass_session
from hub.faces.cli.taught import family
from hub.faces.cli.verdict import code_of

__all__ = ["connectors"]


@family(examples=["hub connectors list", "hub connectors check support_mail"])
def connectors() -> None:
    """List, add, enable, disable and check connectors.

    A connector is one [connectors.NAME] in connectors.toml. Editing it by hand and with these
    commands mix well: comments and order stay.
    """


@connectors.command("list", examples=["hub connectors list", "hub connectors list --json"])
@pass_session
def list_(session: Session) -> int:
    """List the connectors, and whether data is flowing."""
    with session.hub() as hub:
        schedules = {name: conn.schedule for name, conn in hub.config.connectors.items()}
        code = 0
        try:
            told = hub.health()["connectors"]
        except HubError as error:  # the names are of use also while the database is away
            note(str(error))
            code = error.exit_code
            told = [
                {"name": name, "type": conn.type, "enabled": conn.enabled, "last_run": None, "status": "unknown"}
                for name, conn in hub.config.connectors.items()
            ]  # fmt: skip
    told = [{**one, "schedule": schedules[one["name"]]} for one in told]

    def show() -> None:
        rows = [
            (
                one["name"], one["type"], one["enabled"], one["schedule"] or "on demand", moment(one["last_run"]),
                one["status"], one.get("records", ""), one.get("rejects", ""),
            )
            for one in told
        ]  # fmt: skip
        columns = ("name", "type", "enabled", "schedule", "last run", "status", "records", "rejects")
        table(columns, rows, right=("records", "rejects"))
        if not rows:
            note("there is no connector yet\n  next step: hub connectors add NAME TYPE")

    answer(session, {"connectors": told}, show)
    return code


@connectors.command(
    examples=[
        "hub connectors add old_crm files --set 'path=exports/*.csv' --set record=customer --set key=id",
        "hub connectors add mail email.imap --set host=imap.example.com --set password=env:MAIL_PASSWORD",
        "hub connectors add erp erp.tryton --set 'schedule=0 * * * *' --set password=file:secrets/erp",
    ]
)
@click.argument("name")
@click.argument("type")
@click.option("--set", "given", metavar="KEY=VALUE", multiple=True, help="A setting; may be repeated.")
@pass_session
def add(session: Session, name: str, type: str, given: Sequence[str]) -> None:
    """Add a connector called NAME of a TYPE that `hub plugins` lists.

    A value is text, or TOML where it is written as such: 993, true, '["a", "b"]'; table.key=VALUE sets
    a key of a table. A secret is never given itself, only where it is kept: env:NAME, file:PATH or
    keyring:SERVICE/USER. On a terminal, required settings that are missing are asked for. All is
    checked before the file changes.
    """
    from hub.app.config import load
    from hub.app.enroll import enroll, missing, read_settings
    from hub.app.plugins import load as load_plugins

    load(session.file)  # what is wrong there already is told before anything is asked
    plugins = load_plugins()
    asked: list[str] = []
    if _at_terminal():
        asked = [
            _asked(key, secret) for key, secret in missing(plugins, type, read_settings(plugins, type, given))
        ]
    waiting = enroll(session.file, plugins, name, type, read_settings(plugins, type, [*given, *asked]))

    def show() -> None:
        say(f"added {name} ({type}) to {session.file}")
        for one in waiting:
            say(f"  still to do: {one}")
        say(f"next: hub connectors check {name}")

    answer(session, {"name": name, "type": type, "file": str(session.file), "waiting": waiting}, show)


@connectors.command(examples=["hub connectors enable erp"])
@click.argument("name")
@pass_session
def enable(session: Session, name: str) -> None:
    """Let `hub sync` and the scheduler run a connector."""
    _turn(session, name, True)


@connectors.command(examples=["hub connectors disable erp"])
@click.argument("name")
@pass_session
def disable(session: Session, name: str) -> None:
    """Keep `hub sync` and the scheduler from running a connector; its records stay."""
    _turn(session, name, False)


@connectors.command(examples=["hub connectors check support_mail", "hub connectors check --json"])
@click.argument("names", metavar="[NAME]...", nargs=-1)
@pass_session
def check(session: Session, names: Sequence[str]) -> int:
    """Ask a connector whether it could sync now, and say what is wrong if not.

    Reads as little as possible and lands nothing. Without a NAME all enabled connectors are asked.
    """
    told: list[dict[str, Any]] = []
    errors: list[HubError | None] = []
    with session.hub() as hub:
        enabled = [name for name, conn in hub.config.connectors.items() if conn.enabled]
        for name in names or enabled:
            try:
                streams = hub.check(name)
            except HubError as error:
                if len(names) == 1:
                    raise
                errors.append(error)
                told.append({"name": name, "ok": False, "streams": [], "error": as_plain(error)})
                note(str(error) if error.where == name else f"{name}: {error}")
            else:
                errors.append(None)
                told.append({"name": name, "ok": True, "streams": streams})
                if not session.json:
                    say(f"{name}: ok ({', '.join(streams)})")
    answer(session, {"checks": told}, lambda: None)
    return code_of(errors)


def _turn(session: Session, name: str, on: bool) -> None:
    from hub.app.config import set_enabled

    set_enabled(session.file, name, on)
    answer(
        session, {"name": name, "enabled": on}, lambda: say(f"{name} is {'enabled' if on else 'disabled'}")
    )


def _asked(key: str, secret: bool) -> str:
    if not secret:
        return f"{key}={click.prompt(key, err=True)}"
    place = click.prompt(
        f"{key} is a secret; where is it kept? (env:NAME, file:PATH, keyring:SERVICE/USER)", err=True
    )
    if not place.startswith(("env:", "file:", "keyring:")):
        raise ConfigError(
            f"{key}: that is not where a secret is kept; nothing was written",
            step="answer env:NAME, file:PATH or keyring:SERVICE/USER, never the secret itself",
        )
    return f"{key}={place}"


def _at_terminal() -> bool:
    return sys.stdin.isatty()
