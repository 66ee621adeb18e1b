"""The toolkit for authors of REST connectors: a client that behaves, and paginators that end.

    with Client(settings.base_url, auth=Bearer(settings.token, setting="token")) as api:
        for rows, after in link_header(api, window.resume or "/contacts", limit=100):
            yield Page(rows, resume=after, shape=contact)

What authors get wrong is done here once: timeouts, retries within a budget, ``Retry-After``, a pace
per host, redirects and ``next`` links that stay at home, errors that say what to do and hold no secret.
"""

from __future__ import annotations

from hub.rest.auth import Basic, Bearer, Header, Query
from hub.rest.client import Answer, Client
from hub.rest.pages import by_keyset, by_offset, by_page, by_token, link_header
from hub.rest.redact import scrub
from hub.rest.retry import Retry

__all__ = [
    "Answer",
    "Basic",
    "Bearer",
    "Client",
    "Header",
    "Query",
    "Retry",
    "by_keyset",
    "by_offset",
    "by_page",
    "by_token",
    "link_header",
    "scrub",
]
