"""Splink 5 in an environment of its own under ``.cache``, made at first use and never a dependency of the hub."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any, Final

from benchmarks.measure import alone

__all__ = ["SETTINGS", "Missing", "ask", "install"]

CONSTRAINTS: Final = Path(__file__).with_name("constraints-splink.txt")
CACHE: Final = Path(__file__).parents[2] / ".cache" / "peers" / "splink"
SETTINGS: Final = {
    "guides": "Splink 5, set up as its guides show",
    "told": "Splink 5, told that contact points identify",
}
"""Two ways of setting it up (``with_splink``); the second knows more of the data than a guide can say."""


class Missing(Exception):
    """Splink cannot be had here."""


def install() -> None:
    """Make the environment unless it is there; ``Missing`` says why it cannot be made."""
    if (_environment() / "complete").exists():
        return
    try:
        venv.EnvBuilder(with_pip=True, clear=True).create(_environment())
        pip = [_python(), "-m", "pip", "install", "-q", "--disable-pip-version-check", "-c", CONSTRAINTS]
        subprocess.run([*pip, "splink", "pyarrow"], check=True, capture_output=True, text=True)
    except subprocess.CalledProcessError as error:
        output = error.stderr if isinstance(error.stderr, str) else ""
        errors = [line for line in output.splitlines() if line.startswith("ERROR")]
        raise Missing(f"its environment could not be made: {(errors or [str(error)])[0]}") from error
    except OSError as error:
        raise Missing(f"its environment could not be made: {error}") from error
    (_environment() / "complete").touch()


def ask(work: str, folder: Path, settings: str) -> dict[str, Any]:
    """What ``with_splink`` tells of its work."""
    return alone("benchmarks.resolution.with_splink", work, str(folder), settings, python=str(_python()))


def _environment() -> Path:
    """One for each set of versions and interpreter."""
    key = hashlib.sha256(CONSTRAINTS.read_bytes() + sys.version.encode()).hexdigest()[:12]
    return CACHE / f"venv-{key}"


def _python() -> Path:
    return _environment() / "bin" / "python"
