"""The commands plugins bring, asked only of plugins that may bring one: help must not pay for the others.

A plugin with a command says ``hub_commands`` in the module its entry point names, or gets it there by
``import *``; where that text cannot be read, the plugin is asked.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    import click

__all__ = ["commands"]


@cache
def commands() -> dict[str, click.Command]:
    """Command name to command; a plugin that is broken brings none, and ``hub plugins`` tells why."""
    from importlib.metadata import entry_points

    asked = [point for point in entry_points(group="hub") if _may_bring(point)]
    if not asked:
        return {}
    from hub.app.plugins import load

    return {command.name: command for command in load(asked).commands if command.name}


def _may_bring(point: EntryPoint) -> bool:
    if ":" in point.value or "." in point.value:
        return True  # an object, or a module behind a package that would have to be imported
    try:
        spec = find_spec(point.value)
        text = Path(spec.origin or "").read_text("utf-8") if spec else ""
    except (ImportError, ValueError, OSError):
        return True
    return "hub_commands" in text or "import *" in text
