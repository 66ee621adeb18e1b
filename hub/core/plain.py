"""Writes records that are nothing but text as JSON: what validating them and writing them gives, in half the time.

Most customers and interactions are: every field they have is one that takes any text, and no text begins or ends with a
blank. A time counts as text where it is written the one way in which it would be written again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple, cast

from pydantic_core import to_json

from hub.core.records import Customer, Interaction, Record

__all__ = ["plain"]

_MOMENT = "occurred_at"
_NEEDED: dict[type[Record], frozenset[str]] = {
    Customer: frozenset({"id"}),
    Interaction: frozenset({"id", _MOMENT}),
}
"""The kinds of records that may be plain, and what each must have."""
_WRITTEN = re.compile(
    r"(?:19|20)\d\d-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d:\d\d(?!-00:00)[+-](?:[01]\d|2[0-3]):[0-5]\d", re.ASCII
)
"""A time that would be written the same, but for UTC; far from where times end that a record may have."""
_LONGEST_ID = 512
_FORMS = 4096
"""Sets of fields that are remembered; the records of a source have a few dozen."""


class _Form(NamedTuple):
    """How records that have the same fields are written."""

    names: list[str]
    texts: Callable[[dict[str, Any]], tuple[Any, ...]]
    lists: list[str]
    defaults: dict[str, str]
    """What need not be said of a field, where that is not the empty text."""
    happened: bool
    """Whether they have a time."""


@lru_cache(maxsize=_FORMS)
def _form(kind: type[Record], fields: tuple[str, ...]) -> _Form | None:
    """The form of records with these fields; ``None`` where one of them does not take any text."""
    known, needed = kind.model_fields, _NEEDED.get(kind)
    if needed is None or len(fields) == 1 or not needed.issubset(fields) or not known.keys() >= set(fields):
        return None
    names = [name for name in known if name in fields]
    lists = [name for name in names if known[name].annotation == list[str]]
    texts = [name for name in names if known[name].annotation is str or name == _MOMENT]
    if len(texts) + len(lists) < len(names):
        return None
    defaults = {name: known[name].default for name in texts if name not in needed and known[name].default}
    return _Form(names, itemgetter(*texts, "id"), lists, defaults, _MOMENT in names)


def plain(kind: type[Record], fields: dict[str, Any]) -> bytes | None:
    """The JSON that is landed of a record; ``None`` for one that has to be validated to tell."""
    form = _form(kind, tuple(fields))
    if form is None:
        return None
    texts = form.texts(fields)
    for name in form.lists:
        values: Any = fields[name]
        if type(values) is not list or not values:
            return None
        texts += tuple(cast("list[Any]", values))
    try:
        if not all(texts) or tuple(map(str.strip, texts)) != texts or len(fields["id"]) > _LONGEST_ID:
            return None
        for name, default in form.defaults.items():
            if fields[name] == default:
                return None
        said = {name: fields[name] for name in form.names}
        if form.happened:
            when = fields[_MOMENT]
            if not _WRITTEN.fullmatch(when):
                return None
            datetime.fromisoformat(when)  # raises where there is no such day
            if when.endswith("+00:00"):
                said[_MOMENT] = f"{when[:-6]}Z"
        return to_json(said)
    except (TypeError, ValueError):  # not all of it is text, or a text holds half a character
        return None
