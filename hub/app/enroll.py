"""Enroll a connector: its settings are checked against its type before ``connectors.toml`` changes.

A secret that is not where its reference says yet is no obstacle, since the person who writes the
configuration need not be the one who holds the secrets; everything else must be right.
"""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from hub.app.config import KEYS, add
from hub.app.plugins import Plugins
from hub.app.secrets import closest, is_reference, make_settings
from hub.app.secrets.reference import Unavailable, reveal
from hub.errors import ConfigError

__all__ = ["enroll", "is_secret", "missing", "read_settings"]

PLACES = ("env:", "file:", "keyring:")


def enroll(path: Path, plugins: Plugins, name: str, type: str, settings: Mapping[str, Any]) -> list[str]:
    """Add ``[connectors.name]``; what is still to be done before it can sync."""
    model = plugins.connector(type).Settings
    own = {key: value for key, value in settings.items() if key not in KEYS}
    waiting: list[str] = []
    with tempfile.NamedTemporaryFile("w", suffix=".placeholder") as stand_in:
        stand_in.write("placeholder")
        stand_in.flush()
        tried = _standing_in(own, Path(path).absolute().parent, stand_in.name, waiting)
        make_settings(
            model, tried, where=f"[connectors.{name}]", base=Path(path).absolute().parent, also=KEYS
        )
    add(path, name, type, settings)
    return waiting


def missing(plugins: Plugins, type: str, settings: Mapping[str, Any]) -> list[tuple[str, bool]]:
    """The settings a connector cannot do without and that are not given: name, and whether it is a secret."""
    fields = plugins.connector(type).Settings.model_fields
    return [
        (name, is_secret(declared.annotation))
        for name, declared in fields.items()
        if declared.is_required() and name not in settings
    ]


def read_settings(plugins: Plugins, type: str, given: Sequence[str]) -> dict[str, Any]:
    """Settings from ``key=value`` as typed: TOML values, plain text, or where a secret is kept.

    ``table.key=value`` sets one key of a table. Text is wanted where the connector wants text, so
    that ``username=007`` stays what it is.
    """
    fields = plugins.connector(type).Settings.model_fields
    settings: dict[str, Any] = {}
    for pair in given:
        key, equals, text = pair.partition("=")
        key, dot, inner = key.strip().partition(".")
        if not equals or not key or (dot and not inner):
            raise ConfigError(f"{pair!r} is no setting", where="--set", step="write --set key=value")
        if key not in fields and key not in KEYS:
            raise ConfigError(
                f"{key}: {type} has no such setting{closest(key, [*fields, *KEYS])}",
                where="--set",
                step=f"see its settings with: hub plugins show {type}",
            )
        wants_text = key in fields and str in _parts(fields[key].annotation)
        value = _value(text, wants_text)
        if dot:
            table = settings.setdefault(key, {})
            if not isinstance(table, dict) or is_reference(table):
                raise ConfigError(f"{key}: is no table, yet {key}.{inner} is set", where="--set")
            table[inner] = value
        else:
            settings[key] = value
    return settings


def is_secret(annotation: Any) -> bool:
    """Whether a setting of this type holds a secret."""
    from pydantic import SecretBytes, SecretStr

    return any(
        isinstance(part, type) and issubclass(part, SecretStr | SecretBytes) for part in _parts(annotation)
    )


def _value(text: str, wants_text: bool) -> Any:
    for place in PLACES:
        if text.startswith(place):
            return {place[:-1]: text.removeprefix(place)}
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
    return text if wants_text and not isinstance(value, str | list | dict) else value


def _parts(annotation: Any) -> list[Any]:
    inner = get_args(annotation)
    return [annotation] if not inner else [part for one in inner for part in _parts(one)]


def _standing_in(value: Any, base: Path, stand_in: str, waiting: list[str]) -> Any:
    """The settings with references that lead nowhere yet replaced by one that does."""
    if is_reference(value):
        try:
            reveal(value, base)
        except Unavailable as error:
            waiting.append(f"{error.what}: {error.step}")
            return {"file": stand_in}
        return value
    if isinstance(value, Mapping):
        return {key: _standing_in(inner, base, stand_in, waiting) for key, inner in value.items()}
    return value
