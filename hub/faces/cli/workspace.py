"""Begin a workspace: an empty one with `hub init`, a furnished one with `hub demo`."""

from __future__ import annotations

from pathlib import Path

import click

from hub.faces.cli.out import answer, note, say
from hub.faces.cli.session import CONFIG_FILE, Session, pass_session
from hub.faces.cli.taught import command

__all__ = ["demo", "init"]

IGNORED = "hub.db\nhub.db-*\nsecrets/\n"
"""What a version control must not keep: the database, and the usual place of secret files."""

folder = click.argument(
    "folder", metavar="[DIR]", default=".", type=click.Path(file_okay=False, path_type=Path)
)


@command(examples=["hub init", "hub init crm && cd crm"])
@folder
@pass_session
def init(session: Session, folder: Path) -> None:
    """Begin a workspace: a configuration to fill in.

    Writes connectors.toml, with everything explained in it, and a .gitignore for the database, into
    DIR (here, if left out). What is there already stays as it is.
    """
    from hub.app.config import template
    from hub.errors import ConfigError

    config = folder / CONFIG_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = [
            path
            for path, text in ((config, template()), (folder / ".gitignore", IGNORED))
            if _new(path, text)
        ]
    except OSError as error:
        raise ConfigError(
            f"the workspace cannot be written ({error.strerror})",
            where=str(folder),
            step="check its permissions",
        ) from error
    if config not in written:
        raise ConfigError(
            "there is a configuration here already; it was left as it is",
            where=str(config), step="hub connectors list shows what it says",
        )  # fmt: skip

    def show() -> None:
        for path in written:
            say(f"wrote {path}")
        say("\nnext:")
        say("  hub plugins                       the types of connectors there are")
        say("  hub connectors add NAME TYPE ...  or edit connectors.toml by hand")
        say("  hub sync                          pull, and work out who is who")

    answer(session, {"folder": str(folder.absolute()), "written": [str(path) for path in written]}, show)


@command(examples=["hub demo", "hub demo showroom"])
@click.argument(
    "folder", metavar="[DIR]", default="hub-demo", type=click.Path(file_okay=False, path_type=Path)
)
@pass_session
def demo(session: Session, folder: Path) -> None:
    """Make a workspace with invented customers, to look around in.

    Writes made-up files into DIR (hub-demo, if left out), syncs and resolves them, and says what to
    look at. Needs no network and no configuration.
    """
    from hub.app.demo import run

    run(folder, note if session.json else say)
    answer(session, {"folder": str(folder.absolute())}, lambda: None)


def _new(path: Path, text: str) -> bool:
    """Write a file that is not there yet; whether it was."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        return False
    return True
