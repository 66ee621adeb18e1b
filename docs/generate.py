"""Writes the pages of the docs that are made from code, and what the demo says into the READMEs.

Run it as ``python -m docs.generate``; a test fails when the pages are not what it would write.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args

import click
from pydantic import BaseModel, SecretStr
from pydantic_core import PydanticUndefined

from hub.app.config import (
    ChannelRule,
    ConnectorConfig,
    HubConfig,
    JourneyConfig,
    LimitsConfig,
    MailConfig,
    ReportConfig,
)
from hub.app.demo import run
from hub.app.plugins import Plugins, load
from hub.faces.cli import cli
from hub.faces.cli.door import COMMANDS

__all__ = ["commands", "configuration", "main", "pages", "shown"]

HERE = Path(__file__).parent
WIDTH = 100
CHAPTERS = ("Records in", "Customers out", "One customer", "Rightly kept apart", "What each channel")


def main() -> None:
    """Write what is generated."""
    for path, text in pages(shown(_demo())).items():
        path.write_text(text, "utf-8")


def pages(excerpt: str) -> dict[Path, str]:
    """Every generated page, and the READMEs with ``excerpt`` in its place."""
    readmes = (HERE.parent / "README.md", HERE.parent / "README.zh-CN.md")
    return {
        HERE / "configuration.md": configuration(_our_own(load())),
        HERE / "commands.md": commands(),
        **{path: _with_excerpt(path.read_text("utf-8"), excerpt) for path in readmes},
    }


def shown(said: str) -> str:
    """The chapters of the demo's text that a README shows."""
    chapters = re.split(r"\n\n(?=[^\n]+\n=+\n)", said)
    return "\n\n".join(chapter for chapter in chapters if chapter.startswith(CHAPTERS))


def _demo() -> str:
    """What the demo says."""
    said: list[str] = []
    with TemporaryDirectory() as folder:
        run(Path(folder) / "hub-demo", said.append)
    return "\n".join(said)


def _with_excerpt(readme: str, excerpt: str) -> str:
    before, _, rest = readme.partition("<!-- demo -->")
    after = rest.partition("<!-- /demo -->")[2]
    return f"{before}<!-- demo -->\n\n```text\n{excerpt}\n```\n\n<!-- /demo -->{after}"


def configuration(connectors: dict[str, Any]) -> str:
    """The page about ``connectors.toml``."""
    parts = [
        "# Configuration",
        "*This page is generated from the settings models: `python -m docs.generate`.*",
        "The file is called `connectors.toml`; relative paths in it start from its folder. Unknown keys and tables "
        "are errors, and the message names the nearest right one. `hub init` writes a short one to begin with, and "
        "the one at the root of the repository has every connector that ships.",
        "## Secrets",
        "A setting of the type *secret* is never written into the file, only where it is kept: "
        '`{ env = "NAME" }`, `{ file = "PATH" }` or `{ keyring = "SERVICE/USER" }` '
        "(the last needs `pip install 'crm-hub[keyring]'`). Any other setting may be given in the same way.",
        "## `[hub]`",
        _about(HubConfig),
        _settings(HubConfig),
        "## `[[hub.channels]]`",
        _about(ChannelRule),
        _settings(ChannelRule),
        "## `[hub.limits]`",
        _about(LimitsConfig),
        _settings(LimitsConfig),
        "## `[hub.journeys]`",
        _about(JourneyConfig),
        _settings(JourneyConfig),
        "## `[reports.NAME]`",
        _about(ReportConfig),
        _settings(ReportConfig),
        "## `[mail]`",
        _about(MailConfig),
        _settings(MailConfig),
        "## `[connectors.NAME]`",
        _about(ConnectorConfig),
        _settings(ConnectorConfig, without={"name", "settings", "where"}),
    ]
    for name in sorted(connectors):
        connector = connectors[name]
        parts += [f"### `{name}`", _about(connector), _settings(connector.Settings)]
    return "\n\n".join(parts) + "\n"


def commands() -> str:
    """The page about the commands."""
    parts = [
        "# Commands",
        "*This page is generated from the commands' own help: `python -m docs.generate`.*",
        _help([]),
    ]
    for section, names in COMMANDS.items():
        parts.append(f"## {section}")
        for name in names:
            parts += _family([name])
    return "\n\n".join(parts) + "\n"


def _family(path: list[str]) -> Iterator[str]:
    yield f"{'#' * (2 + len(path))} hub {' '.join(path)}"
    yield _help(path)
    command = _command(path)
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            yield from _family([*path, name])


def _command(path: list[str]) -> click.Command:
    command: click.Command = cli
    for name in path:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), name)
        assert found is not None, name
        command = found
    return command


def _help(path: list[str]) -> str:
    """What ``hub PATH --help`` prints, at a width of its own."""
    context = _context(cli, "hub", None)
    command: click.Command = cli
    for place, name in enumerate(path):
        command = _command(path[: place + 1])
        context = _context(command, name, context)
    text = "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
    return f"```text\n{_without_guests(text)}\n```"


def _context(command: click.Command, name: str, parent: click.Context | None) -> click.Context:
    told = {**command.context_settings, "terminal_width": WIDTH, "max_content_width": WIDTH}
    return click.Context(command, parent=parent, info_name=name, **told)


def _without_guests(text: str) -> str:
    """Without the commands of plugins that happen to be installed here."""
    return re.sub(r"\n\nPlugin commands:\n(?:  .*\n?)*", "", text)


def _our_own(plugins: Plugins) -> dict[str, Any]:
    """The connectors that ship with the hub."""
    ours = {
        name for plugin in plugins.loaded if plugin.distribution == "crm-hub" for name in plugin.connectors
    }
    return {name: connector for name, connector in plugins.connectors.items() if name in ours}


def _about(documented: type) -> str:
    return _marked(" ".join((documented.__doc__ or "").split()))


def _settings(model: type[BaseModel], without: frozenset[str] | set[str] = frozenset()) -> str:
    """A table of the settings of a model."""
    rows = ["| setting | type | default | meaning |", "|---|---|---|---|"]
    for name, declared in model.model_fields.items():
        if name not in without:
            meaning = _marked(" ".join((declared.description or "").split()))
            default = "required" if declared.is_required() else _default(declared)
            cells = [f"`{name}`", _type(declared.annotation), default, meaning]
            rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows)


def _marked(text: str) -> str:
    return text.replace("``", "`")


def _default(declared: Any) -> str:
    value = declared.get_default(call_default_factory=True)
    if (
        value is PydanticUndefined
        or value is None
        or value in ("", [], (), {})
        or isinstance(value, BaseModel)
    ):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, (list, tuple)):
        return f"`[{', '.join(_quoted(one) for one in value)}]`"
    return f"`{_quoted(value)}`"


def _quoted(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _type(annotation: Any) -> str:
    """The type of a setting as an admin writes it."""
    words = {str: "text", bool: "true or false", int: "whole number", float: "number", SecretStr: "secret"}
    if annotation in words:
        return words[annotation]
    args = [one for one in get_args(annotation) if one is not type(None) and one is not Ellipsis]
    origin = getattr(annotation, "__origin__", None)
    if args and all(isinstance(one, str) for one in args):
        return ", ".join(f"`{one}`" for one in args if one)
    if origin in (list, tuple):
        return f"list of {_type(args[0])}"
    if origin is dict or getattr(origin, "__name__", "") == "Mapping":
        return "table"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "table"
    if args:
        return " or ".join(dict.fromkeys(_type(one) for one in args if not isinstance(one, str)))
    return getattr(annotation, "__name__", str(annotation)).lower()


if __name__ == "__main__":
    main()
