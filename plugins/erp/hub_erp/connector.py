"""``erp.tryton``: parties as customers and sales as orders, from a Tryton server of any recent version.

A party counts as changed with its contacts, addresses and identifiers, a sale with its lines.
Transactions that were still open when a window closed are met again by the lookback.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from hub.errors import ConfigError, PluginError
from hub.plugin import Connector, Context, Customer, Order, Page, SecretStr, Stream, Window, stream
from hub_erp.parties import PARTY, Kind, customer
from hub_erp.sales import SALE, Amount, order
from hub_erp.source import Source, changed_rows, domain_of

if TYPE_CHECKING:
    from hub.rest import Client
    from hub_erp.session import Session

__all__ = ["Tryton", "TrytonSettings"]

LOOKBACK = timedelta(minutes=5)
SOURCES = {"parties": PARTY, "sales": SALE}


class TrytonSettings(BaseModel):
    """What an admin says about one Tryton database."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    base_url: str
    """The server's address without the database: ``https://erp.example.com``."""
    database: str
    """The database's name, as the login screen shows it."""
    username: str
    """A user who may read parties, and sales if they are wanted."""
    password: SecretStr
    """That user's password."""
    company: int | None = None
    """The id of the company to read for; otherwise the one in the user's preferences."""
    page_size: int = Field(default=500, ge=1, le=1000)
    """Rows asked for, and committed, at a time."""
    parties_are: Kind = "guess"
    """What parties are; ``guess`` goes by the field some modules add, then by a company's tax number."""
    sales: bool = True
    """Whether sales are read; the ``sale`` module must be installed for it."""
    sale_amount: Amount = "total"
    """Whether an order's amount has the taxes in it."""
    exclude_states: list[str] = Field(default=["draft", "quotation"])
    """States in which a sale is no order yet; one that falls back into them is taken away."""
    timeout: float = Field(default=60.0, gt=0)
    """Seconds to wait for an answer."""


class Tryton(Connector):
    """Reads what changed since last time, deletions included where the server logs them."""

    type = "erp.tryton"
    Settings = TrytonSettings

    def __init__(self, settings: TrytonSettings, context: Context) -> None:
        super().__init__(settings, context)
        self._client: Client | None = None
        self._session: Session | None = None

    def check(self) -> None:
        """Log in and look at one record of each kind."""
        session = self._open()
        for declared in self.streams():
            session.model(f"{SOURCES[declared.name].model}.search", [], 0, 1, None)

    def clock(self) -> datetime:
        """The server's own time."""
        return self._connect().server_time()

    def close(self) -> None:
        """Close the session at the server, and the connections."""
        if self._session is not None:
            self._session.logout()
        if self._client is not None:
            self._client.close()
        self._session = self._client = None

    def streams(self) -> list[Stream]:
        """Parties, and sales unless they are switched off."""
        return [declared for declared in super().streams() if declared.name != "sales" or self.settings.sales]

    @stream(Customer, mode="window", lookback=LOOKBACK)
    def parties(self, window: Window) -> Iterator[Page]:
        """Parties as customers; those that stand for our own companies stay out."""
        own = {row["party"] for row in self._open().rows("company.company", [], ["party"])}
        shape = partial(customer, kind=self.settings.parties_are)
        for rows, page in self._pages(PARTY, window):
            yield page([row for row in rows if row["id"] not in own], shape=shape)
        yield from self._deleted(PARTY, window)

    @stream(Order, mode="window", lookback=LOOKBACK)
    def sales(self, window: Window) -> Iterator[Page]:
        """Sales as orders; one in an excluded state is none, or none any more."""
        shape = partial(order, amount=self.settings.sale_amount, zone=ZoneInfo(self.context.timezone))
        excluded = set(self.settings.exclude_states)
        for rows, page in self._pages(SALE, window):
            fallen = [str(row["id"]) for row in rows if row["state"] in excluded and window.since is not None]
            yield page([row for row in rows if row["state"] not in excluded], shape=shape, deleted=fallen)
        yield from self._deleted(SALE, window)

    def _pages(self, source: Source, window: Window) -> Iterator[tuple[list[dict[str, Any]], partial[Page]]]:
        """Slices of rows, each with the page to put its records on."""
        session = self._open()
        total = session.model(f"{source.model}.search_count", domain_of(source, window))
        for rows, last in changed_rows(session, source, window, self.settings.page_size):
            yield rows, partial(Page, resume=last, total=total)

    def _deleted(self, source: Source, window: Window) -> Iterator[Page]:
        """What is gone since; a first or full reading finds that out by what it does not see."""
        from hub_erp.deletions import deleted_ids

        if window.since is None or window.until is None:
            return
        try:
            gone = deleted_ids(self._open(), source.model, window.since, window.until)
        except (ConfigError, PluginError) as error:
            self.context.progress(f"deletions stay unseen until the next --full: {error.what}")
            return
        if gone:
            yield Page(deleted=gone)

    def _open(self) -> Session:
        """The session, opened at first need."""
        from hub_erp.session import Session

        if self._session is None:
            told = self.settings
            session = Session(self._connect(), told.database, told.username, told.password.get_secret_value())
            session.prepare(told.company)
            self._session = session
        return self._session

    def _connect(self) -> Client:
        from hub.rest import Client

        if self._client is None:
            self._client = Client(
                self.settings.base_url,
                secrets=[self.settings.password.get_secret_value()],
                timeout=self.settings.timeout,
                progress=self.context.progress,
            )
        return self._client
