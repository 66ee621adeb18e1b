"""Customers, interactions, orders and spend from csv, jsonl, parquet and xlsx files in a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.plugin import hookimpl

if TYPE_CHECKING:
    from hub.plugin import Connector

__all__ = ["hub_connectors"]


@hookimpl
def hub_connectors() -> list[type[Connector]]:
    """The one connector, ``files``; imported only when asked for."""
    from hub_files.connector import Files

    return [Files]
