"""The two peers in an environment of their own under ``.cache``, made at first use and never a dependency of the hub."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any, Final

from benchmarks.measure import alone

__all__ = ["Missing", "ask", "install"]

CONSTRAINTS: Final = Path(__file__).with_name("constraints-peers.txt")
CACHE: Final = Path(__file__).parents[2] / ".cache" / "peers" / "attribution"
PACKAGES: Final = ("ChannelAttribution", "marketing-attribution-models", "matplotlib", "polars", "pyarrow")


class Missing(Exception):
    """The peers cannot be had here."""


def install() -> None:
    """Make the environment unless it is there; ``Missing`` says why it cannot be made."""
    if (_environment() / "complete").exists():
        return
    try:
        venv.EnvBuilder(with_pip=True, clear=True).create(_environment())
        pip = [_python(), "-m", "pip", "install", "-q", "--disable-pip-version-check", "-c", CONSTRAINTS]
        subprocess.run([*pip, *PACKAGES], check=True, capture_output=True, text=True)
    except (subprocess.CalledProcessError, OSError) as error:
        output = str(getattr(error, "stderr", "") or "")
        errors = [line for line in output.splitlines() if line.startswith("ERROR")]
        raise Missing(f"their environment could not be made: {(errors or [str(error)])[0]}") from error
    (_environment() / "complete").touch()


def ask(peer: str, folder: Path, *works: str) -> dict[str, Any]:
    """What ``with_peers`` tells of its work."""
    return alone(
        "benchmarks.attribution.with_peers", peer, str(folder), ",".join(works), python=str(_python())
    )


def _environment() -> Path:
    """One for each set of versions and interpreter."""
    key = hashlib.sha256(CONSTRAINTS.read_bytes() + sys.version.encode()).hexdigest()[:12]
    return CACHE / f"venv-{key}"


def _python() -> Path:
    return _environment() / "bin" / "python"
