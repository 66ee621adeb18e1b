"""Which files a pattern names, in natural order, and a fingerprint that tells whether one changed."""

from __future__ import annotations

import glob
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from hub.errors import ConfigError, TransientError

__all__ = ["Found", "find", "fingerprint", "natural"]

MAGIC = re.compile(r"[*?[]")
SAMPLE = 65_536
"""Bytes of a file's head and tail that enter its fingerprint."""


@dataclass(frozen=True, slots=True)
class Found:
    """One file: where it is, and its name inside the folder the pattern starts from."""

    path: Path
    name: str
    version: str
    """Sorts as ``name`` does naturally."""


def natural(name: str) -> str:
    """A text that sorts as people count: customers-2 before customers-10."""
    return re.sub(r"\d+", lambda run: f"{len(run[0].lstrip('0')):04}{run[0].lstrip('0')}", name.casefold())


def find(pattern: str, where: str) -> list[Found]:
    """The files ``pattern`` names, in the natural order of their names; none is an error."""
    path = Path(pattern).expanduser()
    if path.is_dir():
        raise ConfigError(
            f"{pattern} is a folder",
            where=where,
            step=f"name the files in it: path = {str(path / '*.csv')!r}",
        )
    if path.exists() or not MAGIC.search(str(path)):
        root, matches = path.parent, [path] if path.exists() else []
    else:
        root = _root(path)
        matches = [Path(match) for match in glob.glob(str(path), recursive=True)]
    files = [
        Found(match, name := match.relative_to(root).as_posix(), f"{natural(name)} {name}")
        for match in matches
        if match.is_file() and not match.name.startswith("~$")  # Excel's lock beside an open workbook
    ]
    if not files:
        raise _nothing(pattern, path, root, where)
    return sorted(files, key=lambda found: found.version)


def fingerprint(path: Path) -> str:
    """Size, time and a hash of both ends: cheap to take, and different when the content is."""
    try:
        with path.open("rb") as stream:
            size = stream.seek(0, 2)
            stream.seek(0)
            ends = hashlib.blake2b(stream.read(SAMPLE), digest_size=8)
            if size > SAMPLE:
                stream.seek(-SAMPLE, 2)
                ends.update(stream.read(SAMPLE))
        return f"{size}-{path.stat().st_mtime_ns}-{ends.hexdigest()}"
    except FileNotFoundError as error:
        raise TransientError("the file vanished while it was looked at", where=str(path)) from error
    except OSError as error:
        raise ConfigError(
            f"cannot be read: {error.strerror}",
            where=str(path),
            step="give the hub's user the right to read it",
        ) from error


def _root(path: Path) -> Path:
    """The part of a pattern before its first wildcard."""
    parts: list[str] = []
    for part in path.parts:
        if MAGIC.search(part):
            break
        parts.append(part)
    return Path(*parts)


def _nothing(pattern: str, path: Path, root: Path, where: str) -> ConfigError:
    if not root.is_dir():
        return ConfigError(
            f"there is no folder {root.absolute()}",
            where=where,
            cause="a path is read from the folder of connectors.toml",
            step=f"correct path = {pattern!r}",
        )
    names = _names(root)
    near = get_close_matches(path.name, names, n=3, cutoff=0.3) or names[:3]
    return ConfigError(
        f"no file matches {pattern}",
        where=where,
        cause=f"the folder {root.absolute()} holds {', '.join(near)}"
        if near
        else f"{root.absolute()} is empty",
        step=f"correct path = {pattern!r}, or put the file there",
    )


def _names(root: Path) -> Sequence[str]:
    try:
        return sorted(each.name for each in root.iterdir() if not each.name.startswith("."))
    except OSError:
        return []
