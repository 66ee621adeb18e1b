"""Web forms as a source of customers: ``webform.form`` takes posts from any page or form product."""

from __future__ import annotations

from collections.abc import Iterable

from hub.plugin import Connector, hookimpl


@hookimpl
def hub_connectors() -> Iterable[type[Connector]]:
    """The connector classes this plugin brings."""
    from hub_webform.form import Form

    return [Form]
