"""What one call of ``hub`` was told before its command: which workspace, how to answer, how loudly to fail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from hub.app.hub import Hub

__all__ = ["CONFIG_FILE", "Session", "pass_session"]

CONFIG_FILE = "connectors.toml"


@dataclass
class Session:
    """The global options of one call; filled in while click parses, read by the command."""

    config: Path = Path(CONFIG_FILE)
    json: bool = False
    debug: bool = False

    @property
    def file(self) -> Path:
        """The configuration file, also where only its folder was named."""
        return self.config / CONFIG_FILE if self.config.is_dir() else self.config

    @contextmanager
    def hub(self) -> Iterator[Hub]:
        """The workspace, closed again afterwards."""
        from hub.app.hub import Hub

        with Hub.open(self.file) as hub:
            yield hub


pass_session = click.make_pass_decorator(Session, ensure=True)
