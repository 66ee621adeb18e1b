"""Shows which plugins are installed and what they bring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hub.faces.cli.out import answer, note, say, table
from hub.faces.cli.session import Session, pass_session
from hub.faces.cli.taught import family

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["plugins"]


@family(examples=["hub plugins", "hub plugins show files"], alone=True)
@click.pass_context
@pass_session
def plugins(session: Session, ctx: click.Context) -> None:
    """List the installed plugins and what they bring.

    A broken plugin is listed with the reason, and stops nothing else; so the exit code is 0 then, too.
    """
    if ctx.invoked_subcommand:
        return
    from dataclasses import asdict

    from hub.app.plugins import load

    found = load()
    told = [asdict(one) for one in found.loaded]

    def show() -> None:
        rows = [
            (one["name"], one["distribution"], one["version"], ", ".join(one["connectors"])) for one in told
        ]
        table(("plugin", "distribution", "version", "connectors"), rows)
        for one in told:
            if one["error"]:
                note(
                    f"{one['name']} is broken: {one['error']}\n  next step: upgrade or uninstall {one['distribution']}"
                )

    answer(session, {"plugins": told}, show)


@plugins.command(examples=["hub plugins show files", "hub plugins show email.imap --json"])
@click.argument("type")
@pass_session
def show(session: Session, type: str) -> None:
    """Show the settings of a connector type.

    These are the keys of its table in connectors.toml, beside the hub's own: enabled, schedule, customers.
    """
    from hub.app.plugins import load

    connector = load().connector(type)
    settings = [_setting(name, declared) for name, declared in _fields(connector.Settings)]

    def shown() -> None:
        say(f"{type}: {' '.join((connector.__doc__ or '').split())}\n")
        columns = ("setting", "type", "required", "default", "meaning")
        table(columns, [[one[name] for name in columns] for one in settings])

    answer(session, {"type": type, "about": connector.__doc__ or "", "settings": settings}, shown)


def _fields(model: type[BaseModel]) -> Any:
    return model.model_fields.items()


def _setting(name: str, declared: Any) -> dict[str, Any]:
    from hub.app.enroll import is_secret

    required = declared.is_required()
    default = None if required else declared.get_default(call_default_factory=True)
    secret = is_secret(declared.annotation)
    return {
        "setting": name,
        "type": "secret" if secret else _type(declared.annotation),
        "required": required,
        "default": "" if default is None or secret else str(default),
        "meaning": declared.description or "",
    }


def _type(annotation: Any) -> str:
    named = getattr(annotation, "__name__", "") if not getattr(annotation, "__args__", None) else ""
    return named or str(annotation).replace("typing.", "")
