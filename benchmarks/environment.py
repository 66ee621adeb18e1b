"""Environments under ``.cache`` for tools the hub is measured beside: made at first use, never a dependency of the hub."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["Environment", "Missing"]

CACHE: Final = Path(__file__).parents[1] / ".cache" / "peers"


class Missing(Exception):
    """The tools cannot be had here."""


@dataclass(frozen=True, slots=True)
class Environment:
    """Some packages at the versions of a constraints file."""

    name: str
    constraints: Path
    packages: tuple[str, ...]

    def install(self) -> None:
        """Make it unless it is there; ``Missing`` says why it cannot be made."""
        if (self._folder / "complete").exists():
            return
        try:
            venv.EnvBuilder(with_pip=True, clear=True).create(self._folder)
            pip = [self.python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
            command = [*pip, "-c", self.constraints, *self.packages]
            subprocess.run(command, check=True, capture_output=True, text=True)
        except (subprocess.CalledProcessError, OSError) as error:
            output = str(getattr(error, "stderr", "") or "")
            errors = [line for line in output.splitlines() if line.startswith("ERROR")]
            raise Missing(f"their environment could not be made: {(errors or [str(error)])[0]}") from error
        (self._folder / "complete").touch()

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self._folder / "bin" / "python"

    @property
    def _folder(self) -> Path:
        """One for each set of versions and interpreter."""
        key = hashlib.sha256(self.constraints.read_bytes() + sys.version.encode()).hexdigest()[:12]
        return CACHE / self.name / f"venv-{key}"
