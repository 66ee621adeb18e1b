"""ERP systems as a source of customers and orders: ``erp.tryton`` reads parties and sales."""

from __future__ import annotations

from collections.abc import Iterable

from hub.plugin import Connector, hookimpl


@hookimpl
def hub_connectors() -> Iterable[type[Connector]]:
    """The connector classes this plugin brings."""
    from hub_erp.connector import Tryton

    return [Tryton]
