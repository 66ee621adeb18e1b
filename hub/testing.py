"""TOOLKIT for authors of connectors: read one without a hub."""

from __future__ import annotations

from hub.plugin import Connector, Page, Window

__all__ = ["read"]


def read(connector: Connector, stream_name: str = "", window: Window | None = None) -> list[Page]:
    """The pages of a stream, of the only one if none is named."""
    return [
        page
        for stream in connector.streams()
        if stream_name in ("", stream.name)
        for page in stream.read(connector, window or Window())
    ]
