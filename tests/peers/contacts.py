"""A small REST connector as an author would write it, and the plugin it comes in, for sources that misbehave.

``installed`` makes the folder that an installer would make, so that ``hub`` finds the plugin by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, SecretStr

from hub.errors import ConfigError, HubError
from hub.plugin import Connector, Customer, Page, Window, hookimpl, stream
from hub.rest import Bearer, Client, Retry, by_keyset, by_token
from tests.peers.scripted import Asked, Told

PAGE = 10
PEOPLE = 25
METADATA = "Metadata-Version: 2.1\nName: contacts\nVersion: 1\n"
ENTRY_POINTS = "[hub]\ncontacts = tests.peers.contacts\n"


class ContactsSettings(BaseModel):
    """What an admin says about the source."""

    model_config = ConfigDict(extra="forbid")

    base_url: str
    token: SecretStr
    timeout: float = 0.5
    paging: str = "keyset"


class Contacts(Connector):
    """Customers, ten at a time."""

    type = "contacts"
    Settings = ContactsSettings
    settings: ContactsSettings

    @stream(Customer, mode="window")
    def people(self, window: Window) -> Iterator[Page]:
        """Everyone after the last id, or by the token of the last page."""
        retry = Retry(tries=3, total=2, base=0.01, cap=0.02)
        auth, timeout = Bearer(self.settings.token), self.settings.timeout
        with Client(self.settings.base_url, auth=auth, timeout=timeout, retry=retry, error=_told) as api:
            for answer, after in self._pages(api, window):
                yield Page(answer["rows"], resume=after)

    def _pages(self, api: Client, window: Window) -> Iterator[tuple[Any, Any]]:
        def fetch(after: Any) -> Any:
            return api.get("/people", after=after, limit=PAGE)

        if self.settings.paging == "token":
            return by_token(fetch, lambda answer: answer["next"], start=window.resume)
        return by_keyset(
            fetch, lambda row: row["id"], rows=lambda answer: answer["rows"], start=window.resume
        )


def _told(body: Any) -> HubError | None:
    """The error in an answer of HTTP 200."""
    if isinstance(body, dict) and "error" in body:
        return ConfigError(
            f"the source refused: {body['error']}", where="contacts", step="renew the subscription there"
        )
    return None


@hookimpl
def hub_connectors() -> Iterable[type[Connector]]:
    """The connector."""
    return [Contacts]


def installed(folder: Path) -> Path:
    """The folder, holding the plugin as an installed distribution."""
    place = folder / "site" / "contacts-1.dist-info"
    place.mkdir(parents=True)
    (place / "METADATA").write_text(METADATA)
    (place / "entry_points.txt").write_text(ENTRY_POINTS)
    return place.parent


class Source:
    """The source: 25 people; ``trouble`` may answer the request for the page after an id in its place."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.trouble: Callable[[Asked, str], Told | None] = lambda asked, after: None

    def __call__(self, asked: Asked) -> Told:
        after = asked.query.get("after", "")
        self.asked.append(after)
        told = self.trouble(asked, after)
        if told is not None:
            return told
        first = int(after or 0) + 1
        rows = [person(number) for number in range(first, min(first + PAGE, PEOPLE + 1))]
        return Told({"rows": rows, "next": rows[-1]["id"] if rows else ""})


def person(number: int) -> dict[str, str]:
    """One of them."""
    return {"id": f"{number:03d}", "full_name": f"Person {number}", "emails": f"p{number}@x.org"}
