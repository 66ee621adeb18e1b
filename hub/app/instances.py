"""Makes connector instances from the configuration, and works out whose customers their events name."""

from __future__ import annotations

from collections.abc import Callable

from hub.app.config import KEYS, Config, ConnectorConfig
from hub.app.plugins import Plugins
from hub.app.secrets import make_settings
from hub.app.sync import Told
from hub.errors import HubError
from hub.plugin import Connector, Context, Stream
from hub.store.streams import place_of

__all__ = ["Instances"]


class Instances:
    """The connectors a configuration names, as the plugins make them; ``tell`` shows what they say at work."""

    def __init__(self, config: Config, plugins: Plugins, tell: Callable[[str], None]) -> None:
        self._config, self._plugins, self._tell = config, plugins, tell

    def made(self, conn: ConnectorConfig) -> Connector:
        """The instance, its secrets resolved; whoever asks closes it."""
        where = conn.where or conn.name
        connector = self._plugins.connector(conn.type, where)
        settings = make_settings(
            connector.Settings, conn.settings, where=where, base=self._config.base, also=KEYS
        )
        hub = self._config.hub
        return connector(
            settings,
            Context(
                conn.name, hub.timezone, hub.currency, hub.region, self._config.base,
                progress=lambda message: self._tell(f"{conn.name}: {message}"),
            ),
        )  # fmt: skip

    def told(self, conn: ConnectorConfig, stream: Stream) -> Told:
        """What syncing a stream of it goes by."""
        priority = place_of(conn.name, self._config.hub.sources)
        return Told(conn.name, self._customers_of(conn, stream), conn.make_customers, priority)

    def _customers_of(self, conn: ConnectorConfig, stream: Stream) -> tuple[str, str]:
        """The connector and stream whose ids this stream's ``customer_ref`` uses.

        As configured; else its own customers; else those of the only other connector of its type
        that has any.
        """
        if conn.customers and conn.customers != conn.name:
            other = self._config.connector(conn.customers)
            return other.name, next(iter(self._customer_streams(other)), "customers")
        own = self._customer_streams(conn)
        if own:
            return conn.name, stream.customers if stream.customers in own else own[0]
        others = {
            other.name: streams[0]
            for other in self._config.connectors.values()
            if other.type == conn.type and other.name != conn.name
            if (streams := self._customer_streams(other))
        }
        if len(others) == 1:
            return next(iter(others.items()))
        return conn.name, "customers"

    def _customer_streams(self, conn: ConnectorConfig) -> list[str]:
        """The customer streams of a connector; those of its class when its settings cannot be read now."""
        connector = self._plugins.connector(conn.type)
        try:
            streams = self.made(conn).streams()
        except HubError:
            streams = Connector.streams(connector.__new__(connector))
        return [stream.name for stream in streams if stream.kind.kind_name == "customer"]
