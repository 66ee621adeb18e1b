"""Mail as a source of customers: ``email.imap`` reads a mailbox, ``email.mbox`` its archive files."""

from __future__ import annotations

from collections.abc import Iterable

from hub.plugin import Connector, hookimpl


@hookimpl
def hub_connectors() -> Iterable[type[Connector]]:
    """The connector classes this plugin brings."""
    from hub_email.imap import Imap
    from hub_email.mbox import Mbox

    return [Imap, Mbox]
