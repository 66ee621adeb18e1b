"""``acme``: contacts and calls of Acme CRM."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from hub.plugin import Connector, Customer, Interaction, Page, SecretStr, Window, stream

__all__ = ["Acme"]


class AcmeSettings(BaseModel):
    """What an admin says about one Acme account."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    base_url: str
    """Where the account's API is: ``https://acme.example/api``."""
    token: SecretStr
    """Made in Acme under Settings, API."""
    page_size: int = Field(default=200, ge=1, le=500)
    """Contacts asked for at a time."""


class Acme(Connector):
    """Reads contacts and calls over Acme's REST API."""

    type = "acme"
    Settings = AcmeSettings
    settings: AcmeSettings

    def check(self) -> None:
        """Ask for one contact: that takes the right address and a token that may read."""
        with self._api() as api:
            api.get("contacts", limit=1)

    def clock(self) -> datetime:
        """Acme's own time, so that no change falls between our clock and theirs."""
        with self._api() as api:
            return api.server_time()

    @stream(Customer, mode="window")
    def contacts(self, window: Window) -> Iterator[Page]:
        """Contacts that changed inside the window, in the order of (updated_at, id)."""
        from hub.rest import by_keyset

        with self._api() as api:

            def after(last: tuple[str, str] | None) -> dict[str, Any]:
                time, number = last or (None, None)
                return api.get(
                    "contacts",
                    since=window.since and window.since.isoformat(),
                    until=window.until and window.until.isoformat(),
                    after_time=time,
                    after_id=number,
                    limit=self.settings.page_size,
                )

            start = (window.resume[0], window.resume[1]) if isinstance(window.resume, list) else None
            for answer, reached in by_keyset(
                after,
                key=lambda row: (row["updated_at"], row["id"]),
                rows=lambda answer: answer["contacts"],
                start=start,
            ):
                yield Page(answer["contacts"], resume=reached and list(reached), shape=contact)

    @stream(Interaction, mode="append")
    def calls(self, window: Window) -> Iterator[Page]:
        """Calls never change: read on after the last id."""
        with self._api() as api:
            last = window.cursor or 0
            while rows := api.get("calls", after_id=last)["calls"]:
                last = rows[-1]["id"]
                yield Page(rows, cursor=last, shape=call)

    def _api(self) -> Any:
        from hub.rest import Bearer, Client

        return Client(
            self.settings.base_url,
            auth=Bearer(self.settings.token, setting="token"),
            progress=self.context.progress,
        )


def contact(row: dict[str, Any]) -> Customer:
    """A contact as the hub speaks of customers; what has no canonical name stays under ``custom``."""
    return Customer(
        id=row["id"],
        modified_at=row["updated_at"],
        full_name=row.get("name") or "",
        organization=row.get("company") or "",
        emails=said(row, "email", "email_2"),
        phones=said(row, "phone"),
        consent={"newsletter": "granted" if row.get("newsletter") else "denied"},
        custom={"tier": row.get("tier")},
    )


def call(row: dict[str, Any]) -> Interaction:
    """A call names its customer by Acme's contact id, or by the number it came from."""
    return Interaction(
        id=str(row["id"]),
        customer_ref=row.get("contact_id") or "",
        phones=said(row, "number"),
        occurred_at=row["started_at"],
        kind="call",
        direction="inbound",
        subject=row.get("topic") or "",
    )


def said(row: dict[str, Any], *names: str) -> list[str]:
    """The values of these fields that are there."""
    return [row[name] for name in names if row.get(name)]
