"""Checks what a connector promises; each check finds a mistake that authors do make.

Keys that are missing or repeat, a source read differently the second time, a token that skips rows when
a run goes on from it, a secret that is plain text, a window that forgets its border.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_args

from pydantic import ValidationError

from hub.plugin import Connector, Context, Page, Post, Record, SecretStr, Stream, Window
from hub.testing.read import canonical, demand

__all__ = ["TOKEN_LIMIT", "check_connector"]

TOKEN_LIMIT = 16_384
"""How long a cursor may be as JSON: one that lists what it has seen grows without end."""

_SECRET = re.compile(r"(^|_)(password|passphrase|secret|token|credential|(api|access|private)_?key)s?$")


def check_connector(
    connector_class: type[Connector],
    settings: Mapping[str, Any],
    *,
    context: Context | None = None,
    post: Post | None = None,
) -> None:
    """Raise an ``AssertionError`` that says what to mend unless the connector keeps its promises.

    ``settings`` must lead to a source that holds still and has records: a server of canned answers, a
    file. ``post`` is what an inbox is given to read.
    """
    _check_settings(connector_class, settings)
    demand(
        re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)?", getattr(connector_class, "type", "")),
        f"{connector_class.__name__}.type must be like plugin.connector, in lower case",
    )
    connector = connector_class(connector_class.Settings(**settings), context or Context("check"))
    try:
        streams = connector.streams()
        names = [stream.name for stream in streams]
        demand(names, "it has no stream: mark a generator method with @stream, or override streams()")
        demand(len(names) == len(set(names)), f"two of its streams have one name: {', '.join(sorted(names))}")
        connector.check()
        found = [_check_stream(connector, stream, post) for stream in streams]
    finally:
        connector.close()
    demand(any(found), "no stream yielded a record, so nothing was checked: give it a source that has some")


def _check_settings(connector_class: type[Connector], settings: Mapping[str, Any]) -> None:
    model = connector_class.Settings
    for name, about in model.model_fields.items():
        kinds = {about.annotation, *get_args(about.annotation)}
        demand(
            not _SECRET.search(name) or SecretStr in kinds,
            f"setting {name!r} sounds like a secret: make it a SecretStr, and the hub takes it by reference only",
        )
    try:
        model(**{**settings, "no_such_setting": "x"})
    except ValidationError as error:
        wrong = [one for one in error.errors() if one["loc"] != ("no_such_setting",)]
        demand(not wrong, f"its settings refuse what the test gave them: {wrong[:1]}")
    else:
        raise AssertionError(
            'settings take unknown keys, so a typo goes unseen: model_config = {"extra": "forbid"}'
        )


def _check_stream(connector: Connector, stream: Stream, post: Post | None) -> int:
    """Read the stream in every way a run may; how many records it has."""
    if stream.mode == "inbox" and post is None:
        return 0
    window = Window(post=post)
    if stream.mode in ("window", "buckets"):
        window = Window(until=connector.clock() - stream.resolution)
    pages = list(stream.read(connector, window))
    for page in pages:
        demand(isinstance(page, Page), f"stream {stream.name!r} yields {type(page).__name__}, not Page")
    parts = [[canonical(row, page, stream) for row in page.records] for page in pages]
    ids = [record.id for part in parts for record in part]
    twice = [one for one, times in Counter(ids).items() if times > 1]
    demand(not twice, f"stream {stream.name!r}: several records have the id {twice[:1]}")
    _check_tokens(pages, stream)
    again = [canonical(row, page, stream) for page in stream.read(connector, window) for row in page.records]
    demand(
        sorted(map(_content, again)) == sorted(_content(record) for part in parts for record in part),
        f"stream {stream.name!r}: the same source read twice gives other records (a clock, a random or a counter?)",
    )
    _check_resume(connector, stream, window, pages, parts)
    if stream.mode == "window":
        _check_halves(connector, stream, window, parts)
    return len(ids)


def _check_tokens(pages: list[Page], stream: Stream) -> None:
    for token in (token for page in pages for token in (page.resume, page.cursor) if token is not None):
        try:
            text = json.dumps(token)
        except (TypeError, ValueError):
            raise AssertionError(f"stream {stream.name!r}: the token {token!r} is no JSON") from None
        demand(
            json.loads(text) == token,
            f"stream {stream.name!r}: {token!r} comes back from JSON as another value",
        )
        demand(
            len(text) <= TOKEN_LIMIT,
            f"stream {stream.name!r}: a token of {len(text):,} characters; say where to go on, not what was seen",
        )


def _check_resume(
    connector: Connector, stream: Stream, window: Window, pages: list[Page], parts: list[list[Record]]
) -> None:
    """A run that dies after any page and goes on from its token loses nothing."""
    for number, page in enumerate(pages, 1):
        going_on = _after(page, stream, window)
        if going_on is None:
            continue
        rest = {
            canonical(row, later, stream).id
            for later in stream.read(connector, going_on)
            for row in later.records
        }
        lost = sorted({record.id for part in parts[number:] for record in part} - rest)
        demand(
            not lost,
            f"stream {stream.name!r}: going on after page {number} loses {len(lost)} records, {lost[:1]} for one",
        )


def _after(page: Page, stream: Stream, window: Window) -> Window | None:
    """The window of a run that goes on after ``page``, or ``None`` where it would begin anew."""
    if stream.mode == "append" and page.cursor is not None:
        return replace(window, cursor=page.cursor, resume=page.resume)
    if stream.mode in ("window", "delta", "append") and page.resume is not None:
        return replace(window, resume=page.resume)
    return None


def _check_halves(connector: Connector, stream: Stream, window: Window, parts: list[list[Record]]) -> None:
    """Two windows that meet at a record's own time have every record between them."""
    dated = sorted((record.modified_at, record.id) for part in parts for record in part if record.modified_at)
    if not dated:
        return
    middle = dated[len(dated) // 2][0]
    seen: set[str] = set()
    for half in (replace(window, until=middle), replace(window, since=middle)):
        seen |= {
            canonical(row, page, stream).id for page in stream.read(connector, half) for row in page.records
        }
    lost = sorted({record.id for part in parts for record in part} - seen)
    demand(
        not lost,
        f"stream {stream.name!r}: a window that ends at {middle} and one that begins there lose {lost[:1]} "
        "between them; since is inclusive, until is exclusive",
    )


def _content(record: Record) -> str:
    return record.model_dump_json()
