"""What a hook may answer, hook by hook: each answer becomes names and what they stand for, or is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, get_args

if TYPE_CHECKING:
    import click

    from hub.core.match import Comparison
    from hub.plugin import Connector

__all__ = ["READERS", "Unfit", "reserved"]

TYPE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?")
SECRET = re.compile(r"(^|_)(password|passwd|passphrase|token|secret|api_?key|private_key)$")


class Unfit(Exception):
    """A hook answered what the hub cannot use; the message says what."""


def _connectors(answer: Any) -> Iterator[tuple[str, type[Connector]]]:
    from pydantic import BaseModel

    from hub.app.config import KEYS
    from hub.plugin import Connector

    for connector in _several(answer):
        if not isinstance(connector, type) or not issubclass(connector, Connector):
            raise Unfit(f"brings {connector!r}, which is no subclass of Connector")
        named = getattr(connector, "type", None)
        if not isinstance(named, str) or not TYPE.fullmatch(named):
            raise Unfit(f'{connector.__name__}.type is {named!r}; write "plugin" or "plugin.connector"')
        if not isinstance(connector.Settings, type) or not issubclass(connector.Settings, BaseModel):
            raise Unfit(f"{connector.__name__}.Settings is no pydantic model")
        taken = sorted(KEYS & connector.Settings.model_fields.keys())
        if taken:
            raise Unfit(f"{connector.__name__}.Settings.{taken[0]} is a key the hub reads itself; rename it")
        for open_secret in _open_secrets(connector.Settings, connector.Settings.__name__):
            raise Unfit(f"{connector.__name__}: {open_secret} looks like a secret; make it a SecretStr")
        marked = any(
            hasattr(member, "__hub_stream__")
            for klass in connector.__mro__
            for member in vars(klass).values()
        )
        if not marked and connector.streams is Connector.streams:
            raise Unfit(f"{connector.__name__} has no @stream method and does not override streams()")
        yield named, connector


def _open_secrets(model: Any, at: str, seen: frozenset[Any] = frozenset()) -> Iterator[str]:
    """Settings, nested ones too, whose name says secret and whose type is plain text."""
    from pydantic import BaseModel

    for name, declared in model.model_fields.items():
        parts = list(_types(declared.annotation))
        if SECRET.search(name.lower()) and (str in parts or bytes in parts):
            yield f"{at}.{name}"
        for part in parts:
            if isinstance(part, type) and issubclass(part, BaseModel) and part not in seen:
                yield from _open_secrets(part, f"{at}.{name}", seen | {model, part})


def _types(annotation: Any) -> Iterator[Any]:
    inner = get_args(annotation)
    if not inner:
        yield annotation
    for part in inner:
        yield from _types(part)


def _normalizers(answer: Any) -> Iterator[tuple[str, Callable[[str], str]]]:
    from hub.app.secrets import closest
    from hub.core.records import Customer

    for name, function in _functions(answer):
        if name not in Customer.model_fields and not name.startswith("custom."):
            raise Unfit(f"{name!r} is no customer field{closest(name, Customer.model_fields)}")
        yield name, function


def _functions(answer: Any) -> Iterator[tuple[str, Callable[..., Any]]]:
    if not isinstance(answer, Mapping):
        if answer == ():
            return
        raise Unfit(f"returned a {type(answer).__name__}; return a mapping from name to function")
    for name, function in answer.items():
        if not isinstance(name, str) or not callable(function):
            raise Unfit(f"brings {name!r}: {function!r}, which is no name with a function")
        yield name, function


def _comparisons(answer: Any) -> Iterator[tuple[str, Comparison]]:
    for comparison in _several(answer):
        named = getattr(comparison, "name", None)
        if not isinstance(named, str) or not named:
            raise Unfit(f"brings {comparison!r}, which is no Comparison")
        yield named, comparison


def _commands(answer: Any) -> Iterator[tuple[str, click.Command]]:
    import click

    for command in _several(answer):
        if not isinstance(command, click.Command) or not command.name:
            raise Unfit(f"brings {command!r}, which is no click command with a name")
        yield command.name, command


def _several(answer: Any) -> Iterable[Any]:
    if isinstance(answer, str | bytes | Mapping) or not isinstance(answer, Iterable):
        raise Unfit(f"returned a {type(answer).__name__}; return a list")
    return answer


READERS: Mapping[str, Callable[[Any], Iterator[tuple[str, Any]]]] = {
    "hub_connectors": _connectors,
    "hub_normalizers": _normalizers,
    "hub_comparisons": _comparisons,
    "hub_survivorship_rules": _functions,
    "hub_attribution_models": _functions,
    "hub_commands": _commands,
}
"""Hook to the reader that turns its answer into names and what they stand for, or raises."""

_OWN = {
    "hub_survivorship_rules": ("hub.core.merge", "RULES"),
    "hub_attribution_models": ("hub.core.attribution", "MODELS"),
}


def reserved(hook: str, offered: Collection[Any]) -> Collection[str]:
    """The hub's own names for what ``hook`` brings; imported only when there is something to compare."""
    if hook not in _OWN or not offered:
        return ()
    module, name = _OWN[hook]
    return getattr(import_module(module), name)
