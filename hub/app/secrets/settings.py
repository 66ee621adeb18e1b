"""Turn a raw TOML table into a connector's ``Settings``: references resolved, every complaint named by its key.

What a secret field holds is never in a message: literals there are refused unseen, and values that
references led to are masked wherever a validator repeats them.
"""

from __future__ import annotations

import types
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import AliasChoices, BaseModel, Secret, SecretBytes, SecretStr, ValidationError

from hub.app.secrets.reference import Unavailable, is_reference, reveal
from hub.errors import ConfigError, PluginError

__all__ = ["closest", "make_settings"]

Settings = TypeVar("Settings", bound=BaseModel)


def make_settings(
    model: type[Settings], raw: Mapping[str, Any], *, where: str, base: Path, also: Collection[str] = ()
) -> Settings:
    """``raw`` as a ``model``, or one ``ConfigError`` with a line for everything that is wrong.

    ``also`` are keys that belong beside these settings; they are offered when a key is misspelt.
    """
    reading = _Reading(base=base, also=also)
    prepared = reading.table([model], raw, "")
    problems, step = list(reading.problems), reading.step
    made: Settings | None = None
    fault = ""
    try:
        made = model.model_validate(prepared)
    except ValidationError as error:
        told = {problem.key for problem in problems}
        # A check of the whole table says nothing once a value it looks at is known to be wrong.
        told |= {""} if told else set()
        problems += [problem for problem in _refused(error, raw, model) if problem.key not in told]
    except Exception as error:  # a validator of the plugin broke
        fault = reading.masked(f"{type(error).__name__}: {error}")
    # Raised out here, so that no chained exception carries the values along.
    if problems:
        raise ConfigError(
            reading.masked(_listed(problems)),
            where=where,
            step=step or "correct that in the file, then try again",
        )
    if made is None:
        raise PluginError(
            f"checking the settings failed with {fault}",
            where=where,
            cause=f"a fault in {model.__module__}.{model.__qualname__}",
            step="report it to the plugin's author; the rest of the hub goes on",
        )
    return made


def closest(name: str, known: Collection[str]) -> str:
    """`` (did you mean X?)`` for the known name nearest to ``name``, or else nothing."""
    folded = {other.casefold(): other for other in sorted(known)}
    near = get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    return f" (did you mean {folded[near[0]]}?)" if near else ""


@dataclass(frozen=True, slots=True)
class _Problem:
    key: str
    text: str


@dataclass(slots=True)
class _Reading:
    """One walk over a raw table beside the types it is meant for."""

    base: Path
    also: Collection[str]
    problems: list[_Problem] = field(default_factory=list)
    step: str = ""
    revealed: list[str] = field(default_factory=list)

    def table(self, models: Sequence[type[BaseModel]], raw: Mapping[str, Any], at: str) -> dict[str, Any]:
        known = {key: annotation for model in models for key, annotation in _keys(model)}
        open_ended = any(model.model_config.get("extra") == "allow" for model in models)
        prepared: dict[str, Any] = {}
        for key, value in raw.items():
            here = f"{at}.{key}" if at else key
            if key in known:
                prepared[key] = self.value(known[key], value, here)
            elif open_ended:
                prepared[key] = self.value(Any, value, here)
            else:
                offered = [*known, *(self.also if not at else ())]
                choice = closest(key, offered) or f"; there are: {', '.join(sorted(known)) or 'none'}"
                self.problems.append(_Problem(here, f"{here}: no such setting{choice}"))
        return prepared

    def value(self, annotation: Any, raw: Any, at: str) -> Any:
        shapes = list(_shapes(annotation))
        secret = any(_is_secret(shape) for shape in shapes)
        tables = [shape for shape in shapes if _is_model(shape)]
        if is_reference(raw) and (secret or not (tables or any(_origin(shape) is dict for shape in shapes))):
            return self.reference(raw, at)
        if secret and not tables and not any(_origin(shape) is _container(raw) for shape in shapes):
            self.problems.append(_Problem(at, f"{at}: a secret must not be written into the file"))
            self.step = self.step or f"keep it elsewhere and refer to it, such as {_referred(at)}"
            return ""
        if isinstance(raw, Mapping):
            if tables:
                return self.table(tables, raw, at)
            inner = _inner(shapes, dict)
            return {key: self.value(inner, value, f"{at}.{key}") for key, value in raw.items()}
        if isinstance(raw, list):
            inner = _inner(shapes, list)
            return [self.value(inner, value, f"{at}[{place}]") for place, value in enumerate(raw)]
        return raw

    def reference(self, raw: Mapping[str, str], at: str) -> str:
        try:
            value = reveal(raw, self.base)
        except Unavailable as error:
            self.problems.append(_Problem(at, f"{at}: {error.what}"))
            self.step = self.step or error.step
            return ""
        self.revealed.append(value)
        return value

    def masked(self, text: str) -> str:
        for value in sorted(self.revealed, key=len, reverse=True):
            if len(value) > 3:  # shorter ones would shred the message and protect nothing
                text = text.replace(value, "***").replace(repr(value)[1:-1], "***")
        return text


def _refused(error: ValidationError, raw: Mapping[str, Any], model: type[BaseModel]) -> Iterator[_Problem]:
    """What pydantic refused, once a key, with the value as written and never as resolved."""
    by_key: dict[str, list[str]] = {}
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        key, written, secret = _place(fault["loc"], raw, model)
        if fault["type"] == "missing":
            text = "is missing" + (f"; refer to it, such as {_referred(key)}" if secret else "")
        elif secret:
            text = "this secret is not what the connector expects"
        else:
            text = fault["msg"].removeprefix("Value error, ").removeprefix("Input ")
            text += _as_written(written)
        texts = by_key.setdefault(key, [])
        if text not in texts:
            texts.append(text)
    for key, texts in by_key.items():
        yield _Problem(key, f"{key}: {' or '.join(texts)}" if key else " or ".join(texts))


def _place(loc: tuple[int | str, ...], raw: Any, model: type[BaseModel]) -> tuple[str, Any, bool]:
    """The TOML key of a pydantic location, the value written there, and whether it is a secret.

    Locations also name branches of unions and validators; only steps the file has are kept.
    """
    key, shapes = "", [model]
    for step in loc:
        inner = _step(shapes, step)
        if isinstance(step, int) and isinstance(raw, list) and step < len(raw):
            key, raw, shapes = f"{key}[{step}]", raw[step], inner
        elif isinstance(step, str) and isinstance(raw, Mapping) and (step in raw or inner):
            key, raw, shapes = f"{key}.{step}" if key else step, raw.get(step, _ABSENT), inner
    return key, raw if key else _ABSENT, any(_is_secret(shape) for shape in shapes)


_ABSENT = object()


def _step(shapes: Sequence[Any], step: int | str) -> list[Any]:
    if isinstance(step, int):
        return list(_shapes(_inner(shapes, list)))
    for shape in shapes:
        if _is_model(shape):
            for key, annotation in _keys(shape):
                if key == step:
                    return list(_shapes(annotation))
    inner = _inner(shapes, dict)
    return [] if inner is Any else list(_shapes(inner))


def _referred(key: str) -> str:
    name = key.rpartition(".")[2].partition("[")[0]
    return f'{name} = {{ env = "{name.upper()}" }}'


def _as_written(value: Any) -> str:
    if value is _ABSENT or isinstance(value, Mapping | list):
        return ""
    shown = repr(value)
    return f", not {shown}" if len(shown) <= 60 else f", not {shown[:57]}..."


def _listed(problems: Sequence[_Problem]) -> str:
    if len(problems) == 1:
        return problems[0].text
    return "\n  - ".join([f"{len(problems)} settings are wrong", *(problem.text for problem in problems)])


def _keys(model: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    """Every key a model reads from a table, with its annotation."""
    by_name = model.model_config.get("populate_by_name") or model.model_config.get("validate_by_name")
    for name, declared in model.model_fields.items():
        alias = declared.validation_alias or declared.alias
        choices = alias.choices if isinstance(alias, AliasChoices) else [alias]
        aliases = [choice for choice in choices if isinstance(choice, str)]
        for key in [*aliases, *([name] if by_name or not aliases else [])]:
            yield key, declared.annotation


def _shapes(annotation: Any) -> Iterator[Any]:
    """The types a value of this annotation may have, unions taken apart."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _shapes(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for part in get_args(annotation):
            yield from _shapes(part)
    elif hasattr(annotation, "__value__"):  # a named type
        yield from _shapes(annotation.__value__)
    else:
        yield annotation


def _inner(shapes: Sequence[Any], container: type) -> Any:
    """The type of the values inside a table or an array of these shapes; ``Any`` when untold."""
    inner: list[Any] = []
    for shape in shapes:
        if _origin(shape) is container:
            args = [part for part in get_args(shape) if part is not Ellipsis]
            inner += args[1:] if container is dict else args
    return Union[tuple(inner)] if inner else Any  # noqa: UP007  (made at run time)


def _origin(shape: Any) -> type | None:
    origin = get_origin(shape) or shape
    if not isinstance(origin, type) or issubclass(origin, str | bytes):
        return None
    if issubclass(origin, Mapping):
        return dict
    return list if issubclass(origin, Collection) else None


def _container(raw: object) -> type:
    """What a TOML value is: a table, an array, or neither."""
    return next((kind for kind in (dict, list) if isinstance(raw, kind)), type(raw))


def _is_model(shape: Any) -> bool:
    return isinstance(shape, type) and issubclass(shape, BaseModel)


def _is_secret(shape: Any) -> bool:
    shape = get_origin(shape) or shape
    return isinstance(shape, type) and issubclass(shape, SecretStr | SecretBytes | Secret)
