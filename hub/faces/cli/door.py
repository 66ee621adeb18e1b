"""The command ``hub`` itself: the table of its commands, its options, and the one place where errors are told.

Importing this imports click and nothing else; a command's module is imported when the command is called.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import Any

import click

from hub import __version__
from hub.errors import HubError, Interrupted, PluginError
from hub.faces.cli.session import Session
from hub.faces.cli.taught import shared

__all__ = ["COMMANDS", "Door", "cli", "main"]

COMMANDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "Set up": {
        "init": ("workspace", "Begin a workspace: a configuration to fill in."),
        "demo": ("workspace", "Make a workspace with invented customers, to look around in."),
        "connectors": ("connectors", "List, add, enable, disable and check connectors."),
        "plugins": ("plugins", "List the installed plugins and what they bring."),
        "doctor": ("doctor", "Examine everything and say what to do about it."),
    },
    "Pull": {
        "sync": ("sync", "Pull what is new from the connectors, then resolve it."),
        "runs": ("sync", "Show what became of past syncs."),
        "rejects": ("sync", "Show the records that were set aside, and why."),
    },
    "Who is who": {
        "customers": ("customers", "Search, show, explain, merge, split and pin customers."),
        "review": ("review", "Decide the pairs the hub will not decide alone."),
        "resolve": ("resolve", "Work out who is who in what has landed."),
        "train": ("resolve", "Fit the match model to your own records."),
    },
    "What it earns": {
        "attribution": ("attribution", "Show what each channel earned and cost."),
        "report": ("report", "Read what channels earn, from every side, down to the touches."),
        "export": ("export", "Write customers, history or credits to a file."),
    },
    "Run": {
        "serve": ("serve", "Serve the web pages, the API and the inboxes."),
        "scheduler": ("serve", "Sync every connector on its schedule, until stopped."),
    },
}
"""Section to command to its module, and the first line of its help."""

_PLACES = {name: place for commands in COMMANDS.values() for name, (place, _) in commands.items()}


class Door(click.Group):
    """Knows its commands by name and imports them one by one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params = [*shared(hidden=False), *self.params]

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The hub's own commands in the order of their table, then those of plugins."""
        return [*_PLACES, *sorted(_guests())]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by name, imported now."""
        if cmd_name in _PLACES:
            return getattr(import_module(f"hub.faces.cli.{_PLACES[cmd_name]}"), cmd_name)
        return _guests().get(cmd_name)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """The command a call means; a misspelt one is met with the nearest."""
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            near = get_close_matches(name, self.list_commands(ctx), n=1)
            ctx.fail(f"there is no command {name!r}{f' (did you mean {near[0]}?)' if near else ''}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands by section, from the table: nothing is imported for it."""
        sections = {
            title: [(name, line) for name, (_, line) in commands.items()]
            for title, commands in COMMANDS.items()
        }
        guests = sorted(_guests().items())
        sections["Plugin commands"] = [(name, guest.get_short_help_str(80)) for name, guest in guests]
        widest = max(len(name) for rows in sections.values() for name, _ in rows)
        for title, rows in sections.items():
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows, col_spacing=2 + widest - max(len(name) for name, _ in rows))

    def main(self, args: Sequence[str] | None = None, *_: Any, **extra: Any) -> Any:
        """Run a command and exit with its code."""
        words = list(sys.argv[1:] if args is None else args)
        session = Session()
        told = {**extra, "prog_name": "hub", "standalone_mode": False, "obj": session}
        try:
            code = super().main(words, **told)
        except Exception as error:
            session.json = session.json or "--json" in words
            code = _tell(error, session)
        sys.exit(code or 0)


@click.group(cls=Door, context_settings={"max_content_width": 100, "help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="hub %(version)s")
def cli() -> None:
    """CRM Hub: one history for every customer, and what each channel earns.

    Begin with: hub demo, or hub init. Every command explains itself: hub COMMAND --help.

    Exit codes: 0 fine, 2 configuration, 3 try again later, 4 plugin or system, 5 done in part.
    """


def main() -> None:
    """The program ``hub``."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that cannot show a sign must not end the program
            stream.reconfigure(errors="backslashreplace")  # pyright: ignore[reportAttributeAccessIssue]
    cli.main()


def _guests() -> dict[str, click.Command]:
    """The commands of plugins; no plugin breaks the hub's own."""
    from hub.faces.cli.guests import commands

    return {name: guest for name, guest in commands().items() if name not in _PLACES}


def _tell(raised: Exception, session: Session) -> int:
    """Say what went wrong, on stderr and with ``--json`` on stdout too; the exit code."""
    if isinstance(raised, click.ClickException):
        return _misuse(raised, session)
    if session.debug:
        traceback.print_exception(raised, file=sys.stderr)
    error = _known(raised)
    click.echo(str(error), err=True)
    _as_json(session, error.kind, error.what, error.where, error.cause, error.step)
    return error.exit_code


def _known(raised: Exception) -> HubError:
    if isinstance(raised, HubError):
        return raised
    if isinstance(raised, click.Abort):
        return Interrupted("stopped", step="nothing landed is lost; run the command again to go on")
    return PluginError(
        f"{type(raised).__name__}: {raised}",
        cause="a fault in the hub or in a plugin",
        step="run the command again with --debug for the traceback, and report it",
    )


def _misuse(error: click.ClickException, session: Session) -> int:
    where = ""
    if isinstance(error, click.UsageError) and error.ctx is not None:
        where = error.ctx.command_path
        click.echo(error.ctx.get_usage(), err=True)
    step = f"see: {where or 'hub'} --help"
    click.echo(f"{error.format_message()}\n  next step: {step}", err=True)
    _as_json(session, "config", error.format_message(), where, "", step)
    return 2


def _as_json(session: Session, kind: str, what: str, where: str, cause: str, step: str) -> None:
    if session.json:
        from hub.faces.cli.out import as_json

        told = {"kind": kind, "what": what, "where": where, "cause": cause, "step": step}
        click.echo(as_json({"error": told}))
