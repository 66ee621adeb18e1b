"""A reference: where a secret is kept, written in its place as ``{ env = "NAME" }``.

Nothing is looked up before it is asked for, and nothing looked up is remembered.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeGuard

__all__ = ["Unavailable", "is_reference", "reveal"]

MAX_FILE = 64 * 1024


class Unavailable(Exception):
    """A reference leads nowhere: *what* is wrong and the next *step*; never the value."""

    def __init__(self, what: str, step: str) -> None:
        self.what = what
        self.step = step
        super().__init__(what)


def is_reference(value: object) -> TypeGuard[Mapping[str, str]]:
    """Whether ``value`` is a table with just one of ``env``, ``file`` or ``keyring``."""
    if not isinstance(value, Mapping) or len(value) != 1:
        return False
    ((place, name),) = value.items()
    return place in _PLACES and isinstance(name, str)


def reveal(reference: Mapping[str, str], base: Path) -> str:
    """The value kept where ``reference`` says; files are relative to ``base``."""
    ((place, name),) = reference.items()
    return _PLACES[place](name, base)


def _from_env(name: str, base: Path) -> str:
    value = os.environ.get(name)
    if not value:
        state = "is not set" if value is None else "is set but empty"
        raise Unavailable(
            f"the environment variable {name} {state}", f"set {name} where the hub is started, then try again"
        )
    return value


def _from_file(name: str, base: Path) -> str:
    path = base / Path(name).expanduser()
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE + 1)
    except OSError as error:
        raise Unavailable(
            f"the secret file {path} cannot be read ({error.strerror})", "create it, or correct the path"
        ) from None
    if len(content) > MAX_FILE:
        raise Unavailable(f"the secret file {path} is larger than {MAX_FILE} bytes", "correct the path")
    try:
        value = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        value = None
    if value is None:
        raise Unavailable(f"the secret file {path} is not UTF-8 text", "save it as UTF-8 text")
    value = value.removesuffix("\n").removesuffix("\r")
    if not value:
        raise Unavailable(f"the secret file {path} is empty", "write the secret into it")
    return value


def _from_keyring(name: str, base: Path) -> str:
    service, _, user = name.rpartition("/")
    if not service or not user:
        raise Unavailable(f"the keyring reference {name!r} is not SERVICE/USER", "write it as SERVICE/USER")
    try:
        import keyring  # pyright: ignore[reportMissingImports]  (an optional dependency)
    except ImportError:
        raise Unavailable(
            "keyring references need the package keyring", "pip install 'crm-hub[keyring]'"
        ) from None
    value: Any = None
    fault = ""
    try:
        value = keyring.get_password(service, user)
    except Exception as error:  # every backend has its own family of errors
        fault = type(error).__name__
    if fault:
        raise Unavailable(f"the keyring could not be asked ({fault})", "unlock it, or use env or file")
    if not value:
        raise Unavailable(
            f"the keyring holds nothing for {name}", f"store it with: keyring set {service} {user}"
        )
    return str(value)


_PLACES: Mapping[str, Callable[[str, Path], str]] = {
    "env": _from_env,
    "file": _from_file,
    "keyring": _from_keyring,
}
