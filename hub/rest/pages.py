"""Paginators: each yields ``(what was answered, where to go on)``, and none goes round in circles.

The second part is fit for ``Page.resume``; it is ``None`` on the last page. Which one to use decides
whether rows are lost: over a list that changes while it is read, only a keyset (or a token the source
keeps steady) is safe. Page numbers and offsets are for lists that stand still.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from hub.errors import PluginError

if TYPE_CHECKING:
    from hub.rest.client import Client

__all__ = ["by_keyset", "by_offset", "by_page", "by_token", "link_header"]

T = TypeVar("T")
Rows = Callable[[Any], Sequence[Any]]


def link_header(
    client: Client, path: str, *, rel: str = "next", **params: Any
) -> Iterator[tuple[Any, str | None]]:
    """Follow ``Link: <…>; rel="next"`` as long as it stays on the client's own origin.

    ``path`` may be a place that was handed out before: it has its parameters in it, so ``params`` are
    left out then.
    """
    at = client.local(path)
    asked = {} if "?" in at else params
    seen: set[str] = set()
    while True:
        answer = client.request("GET", at, params=asked)
        seen.add(at)
        asked = {}
        if rel not in answer.links:
            yield answer.data, None
            return
        at = client.local(answer.links[rel])
        _must_be_new(at, seen)
        yield answer.data, at


def by_token(
    fetch: Callable[[T | None], Any], token: Callable[[Any], T | None], *, start: T | None = None
) -> Iterator[tuple[Any, T | None]]:
    """Pass on the token each answer holds until one holds none (``None`` or an empty text)."""
    at = start
    seen: set[str] = set()
    while True:
        answer = fetch(at)
        seen.add(repr(at))
        following = token(answer)
        if following is None or following == "":
            yield answer, None
            return
        at = following
        _must_be_new(repr(at), seen)
        yield answer, at


def by_page(
    fetch: Callable[[int], Any],
    *,
    rows: Rows = lambda answer: answer,
    start: int = 1,
    step: Callable[[Sequence[Any]], int] = lambda found: 1,
) -> Iterator[tuple[Any, int | None]]:
    """Count pages up until an empty one: a short one proves nothing, for servers cap the page size."""
    at = start
    before: Sequence[Any] = ()
    while True:
        answer = fetch(at)
        found = rows(answer)
        if not found:
            yield answer, None
            return
        if found == before:
            raise _endless(f"page {at} holds the rows of the page before it once more")
        before = found
        at += step(found)
        yield answer, at


def by_offset(
    fetch: Callable[[int], Any], *, rows: Rows = lambda answer: answer, start: int = 0
) -> Iterator[tuple[Any, int | None]]:
    """Skip as many rows as were read, until none come."""
    return by_page(fetch, rows=rows, start=start, step=len)


def by_keyset(
    fetch: Callable[[T | None], Any],
    key: Callable[[Any], T],
    *,
    rows: Rows = lambda answer: answer,
    start: T | None = None,
) -> Iterator[tuple[Any, T | None]]:
    """Ask for the rows after the last row's key, until none come; keys must rise from row to row."""
    at = start
    while True:
        answer = fetch(at)
        found = rows(answer)
        if not found:
            yield answer, None
            return
        at = _risen([key(row) for row in found], at)
        yield answer, at


def _risen(keys: Sequence[Any], last: Any) -> Any:
    for reached in keys:
        if last is not None and not last < reached:
            raise _endless(f"key {reached!r} came after {last!r}, though keys must rise")
        last = reached
    return last


def _must_be_new(token: str, seen: set[str]) -> None:
    if token in seen:
        raise _endless("the source handed out the same page token a second time")


def _endless(what: str) -> PluginError:
    return PluginError(
        f"endless loop while paging: {what}",
        cause="the source ignores the paging parameters, or gives them other names",
        step="compare the connector's paging with the source's documentation",
    )
