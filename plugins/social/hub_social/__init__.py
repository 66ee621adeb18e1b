"""Social networks as a source of customers: ``social.mastodon`` reads who mentions and follows us."""

from __future__ import annotations

from collections.abc import Iterable

from hub.plugin import Connector, hookimpl


@hookimpl
def hub_connectors() -> Iterable[type[Connector]]:
    """The connector classes this plugin brings."""
    from hub_social.mastodon import Mastodon

    return [Mastodon]
