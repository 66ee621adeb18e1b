"""TOOLKIT for authors of connectors: read one without a hub, serve it canned answers, check what it promises.

    def test_my_connector():
        with served({"/people": [{"id": 1, "name": "Ann"}]}) as url:
            check_connector(MyConnector, {"base_url": url})

``read`` and ``records`` give what a stream yields, to compare with what was meant.
"""

from __future__ import annotations

from hub.testing.check import TOKEN_LIMIT, check_connector
from hub.testing.read import read, records
from hub.testing.serve import Asked, Reply, Route, served

__all__ = ["TOKEN_LIMIT", "Asked", "Reply", "Route", "check_connector", "read", "records", "served"]
