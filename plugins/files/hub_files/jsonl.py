"""Rows of a file with one JSON object a line, nested objects under dotted names."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from hub.errors import ConfigError
from hub_files.rows import Bad
from hub_files.text import Coding, Lines, excerpt, is_marked, open_text

__all__ = ["JsonLines", "decoded", "flat"]


DEEPEST = 100
"""Levels a value may nest; what keeps it as JSON later must not run out of stack."""


class JsonLines:
    """A jsonl file and its rows as mappings; which columns there are shows as it is read."""

    columns = None
    names = None

    def __init__(self, path: Path, coding: Coding, longest: int, where: str) -> None:
        self._stream = open_text(path, coding)
        self._lines = Lines(self._stream, longest)
        self._longest = longest
        self._line = ""
        self._clean = coding.clean
        if self._stream.read(1000).lstrip().startswith("["):
            self._stream.close()
            raise ConfigError(
                "the file is one JSON array, where one object a line is expected",
                where=where,
                step="write it as lines: jq -c '.[]' FILE > FILE.jsonl",
            )
        self._stream.seek(0)

    @property
    def line(self) -> int:
        """The number of the present line."""
        return self._lines.number

    @property
    def size(self) -> int:
        """How many characters were read so far."""
        return self._lines.size

    @property
    def raw(self) -> str:
        """The present line."""
        return excerpt(self._line)

    def close(self) -> None:
        """Let go of the file."""
        self._stream.close()

    def __iter__(self) -> Iterator[dict[str, Any] | Bad]:
        lines = self._lines
        for line in lines:
            if lines.too_long:
                yield from self._too_long()
            self._line = line
            if not line.isspace():
                yield self._row(line)
        yield from self._too_long()

    def _row(self, line: str) -> dict[str, Any] | Bad:
        try:
            row = decoded(line)
        except (ValueError, RecursionError) as error:
            ending = line.endswith(("\n", "\r"))
            reason = f"the line is no JSON: {error}" + (
                "" if ending else "; the file ends in the middle of it"
            )
            return Bad(self.line, reason, self.raw)
        if not isinstance(row, dict):
            return Bad(self.line, f"the line holds a JSON {_called(row)}, not an object", self.raw)
        objects = line.count("{")
        if objects + line.count("[") > DEEPEST and _is_deep(row):
            return Bad(self.line, f"the line nests more than {DEEPEST} levels deep", self.raw)
        if not (self._clean and "\\u" not in line) and is_marked("".join(_texts(row))):
            reason = "the line holds NUL, half a character, or bytes of another encoding"
            return Bad(self.line, reason, self.raw, flat(row))
        return flat(row) if objects > 1 else row

    def _too_long(self) -> Iterator[Bad]:
        for line in self._lines.too_long:
            reason = f"the line has {line.size} characters, more than max_line = {self._longest}"
            yield Bad(line.line, reason, f"{excerpt(line.start)}… ({line.size} characters)")
        self._lines.too_long.clear()


def decoded(line: str) -> Any:
    """The value of a line. What the faster decoder refuses, the other may take: half a character, an endless number.

    Where both refuse, the other's words are those an admin finds in a search.
    """
    try:
        return from_json(line, allow_inf_nan=False)
    except (ValueError, TypeError):
        return DECODER.decode(line)


def flat(row: dict[str, Any]) -> dict[str, Any]:
    """``row`` with nested objects spread over dotted names: ``address.city``."""
    if not any(type(value) is dict for value in row.values()):
        return row
    spread: dict[str, Any] = {}
    for name, value in row.items():
        if type(value) is dict:
            spread.update({f"{name}.{inner}": each for inner, each in flat(value).items()})
        else:
            spread[name] = value
    return spread


def _constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


DECODER = json.JSONDecoder(parse_constant=_constant)


def _is_deep(value: Any) -> bool:
    level: list[Any] = [value]
    for _ in range(DEEPEST):
        level = [inner for each in level for inner in _inside(each)]
    return bool(level)


def _inside(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _texts(value: Any) -> Iterator[str]:
    """Every text inside a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for inner in (*value, *value.values()) if isinstance(value, dict) else value:
            yield from _texts(inner)


def _called(value: object) -> str:
    return {list: "array", str: "text", bool: "truth value", type(None): "null"}.get(type(value), "number")
