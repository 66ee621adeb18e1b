"""Acme CRM as a source of customers."""

from __future__ import annotations

from collections.abc import Iterable

from hub.plugin import Connector, hookimpl


@hookimpl
def hub_connectors() -> Iterable[type[Connector]]:
    """The connector classes this plugin brings."""
    from hub_acme.connector import Acme

    return [Acme]
