"""Reads a connector without a hub: its pages, or its records as the hub would land them."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from hub.plugin import Connector, Page, Record, Stream, Window

__all__ = ["canonical", "demand", "read", "records"]


def read(connector: Connector, stream_name: str = "", window: Window | None = None) -> list[Page]:
    """The pages of a stream, of the only one if none is named."""
    return list(_only(connector, stream_name).read(connector, window or Window()))


def records(connector: Connector, stream_name: str = "", window: Window | None = None) -> list[Record]:
    """The records of a stream as the hub would land them; a row it would refuse is an ``AssertionError``."""
    stream = _only(connector, stream_name)
    pages = stream.read(connector, window or Window())
    return [canonical(row, page, stream) for page in pages for row in page.records]


def canonical(row: Any, page: Page, stream: Stream) -> Record:
    """A row of a page as a record of the stream's kind."""
    try:
        shaped = page.shape(row) if page.shape is not None else row
        return shaped if isinstance(shaped, stream.kind) else stream.kind.model_validate(shaped)
    except ValidationError as error:
        said = "; ".join(
            f"{'.'.join(map(str, one['loc'])) or 'record'}: {one['msg']}" for one in error.errors()[:3]
        )
        raise AssertionError(
            f"stream {stream.name!r} yields what the hub refuses: {said}, in {row!r}"
        ) from error


def demand(holds: object, message: str) -> None:
    """Raise an ``AssertionError`` that says ``message`` unless it ``holds``."""
    if not holds:
        raise AssertionError(message)


def _only(connector: Connector, name: str) -> Stream:
    streams = {stream.name: stream for stream in connector.streams()}
    if not name and len(streams) == 1:
        return next(iter(streams.values()))
    demand(name in streams, f"name one of its streams: {', '.join(streams)}")
    return streams[name]
