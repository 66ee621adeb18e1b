"""The command line, ``hub``: one module for each family of commands, imported when one of them is called."""

from __future__ import annotations

from hub.faces.cli.door import cli, main

__all__ = ["cli", "main"]
