"""Writes customers that are nothing but text as JSON: what validating them and writing them gives, in half the time.

Most customers are: every field they have is one that takes any text, and no text begins or ends with a blank.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple, cast

from pydantic_core import to_json

from hub.core.records import Customer

__all__ = ["plain_customer"]

_PLACES = {name: place for place, name in enumerate(Customer.model_fields)}
_LISTS = {name for name, field in Customer.model_fields.items() if field.annotation == list[str]}
_TEXTS = {name for name, field in Customer.model_fields.items() if field.annotation is str}
_LONGEST_ID = 512
_FORMS = 4096
"""Sets of fields that are remembered; the customers of a source have a few dozen."""


class _Form(NamedTuple):
    """How customers that have the same fields are written."""

    names: list[str]
    values: Callable[[dict[str, Any]], tuple[Any, ...]]
    texts: Callable[[dict[str, Any]], tuple[Any, ...]]
    lists: list[str]


@lru_cache(maxsize=_FORMS)
def _form(fields: tuple[str, ...]) -> _Form | None:
    """The form of customers with these fields; ``None`` where one of them does not take any text."""
    if "id" not in fields or len(fields) == 1 or not (_TEXTS | _LISTS).issuperset(fields):
        return None
    names = sorted(fields, key=_PLACES.__getitem__)
    texts = [name for name in names if name in _TEXTS]
    lists = [name for name in names if name in _LISTS]
    return _Form(names, itemgetter(*names), itemgetter(*texts, "id"), lists)


def plain_customer(fields: dict[str, Any]) -> bytes | None:
    """The JSON that is landed of a customer; ``None`` for one that has to be validated to tell."""
    form = _form(tuple(fields))
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
        return to_json(dict(zip(form.names, form.values(fields), strict=True)))
    except (TypeError, ValueError):  # not all of it is text, or a text holds half a character
        return None
