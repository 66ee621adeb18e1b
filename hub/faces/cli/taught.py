"""Commands and families of commands that teach: each shows examples and takes the options all have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from hub.faces.cli.session import Session

__all__ = ["Command", "Family", "command", "family", "shared"]


def command(name: str | None = None, *, examples: Sequence[str]) -> Callable[[Callable[..., Any]], Command]:
    """Make a function a command; what it returns is the exit code, nothing meaning 0."""
    return click.command(name, cls=Command, examples=examples)


def family(name: str | None = None, *, examples: Sequence[str], alone: bool = False) -> Callable[..., Family]:
    """Make a function a family of commands; with ``alone`` it does something without one, too."""
    return click.group(name, cls=Family, examples=examples, invoke_without_command=alone)


def shared(*, hidden: bool = True) -> list[click.Option]:
    """The options every command takes; all but ``--json`` are shown by ``hub --help`` alone."""
    return [
        click.Option(
            ["--json"], is_flag=True, expose_value=False, callback=_keep("json"),
            help="Answer on stdout as JSON, for programs; messages stay on stderr.",
        ),
        click.Option(
            ["--config"], type=click.Path(path_type=Path), expose_value=False, callback=_keep("config"),
            hidden=hidden, envvar=None if hidden else "HUB_CONFIG", show_envvar=True,
            help="The configuration, or its folder.  [default: ./connectors.toml]",
        ),
        click.Option(
            ["--debug"], is_flag=True, expose_value=False, callback=_keep("debug"), hidden=hidden,
            help="Show the traceback of an error.",
        ),
    ]  # fmt: skip


class _Taught(click.Command):
    """Adds the examples and the shared options."""

    def __init__(self, *args: Any, examples: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.examples = tuple(examples)
        self.params += shared()

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if self.examples:
            with formatter.section("Examples"):
                for line in self.examples:
                    formatter.write(f"{'':{formatter.current_indent}}{line}\n")


class Command(_Taught):
    """One command."""


class Family(_Taught, click.Group):
    """Commands about one noun."""

    command_class = Command


def _keep(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    """A callback that notes an option in the session, wherever on the line it was written."""

    def keep(ctx: click.Context, _: click.Parameter, value: Any) -> None:
        if value:
            setattr(ctx.ensure_object(Session), name, value)

    return keep
