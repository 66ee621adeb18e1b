"""``social.mastodon``: mentions and followers, from any server that speaks the Mastodon API.

Mentions are read forward with ``min_id``, which hands out the page next above an id; ``since_id`` would
hand out the newest page and skip what lies between. Ids are numbers written as text, of any length.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from pydantic import BaseModel, ConfigDict, Field

from hub.errors import PluginError
from hub.plugin import Connector, Context, Customer, Interaction, Page, SecretStr, Stream, Window, stream
from hub_social.records import follower, mention

if TYPE_CHECKING:
    from hub.rest import Client

__all__ = ["Mastodon", "MastodonSettings", "id_key"]

OVERLAP = 100
VERIFY = "api/v1/accounts/verify_credentials"


class MastodonSettings(BaseModel):
    """What an admin says about one account on one server."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    base_url: str
    """The server's address: ``https://mastodon.example``."""
    access_token: SecretStr
    """With the scopes read:accounts and read:notifications."""
    followers: bool = False
    """Whether those who follow us are customers too."""
    page_size: int = Field(default=80, ge=1, le=80)
    """Posts asked for at a time; servers give 80 at most."""
    per_second: float = Field(default=1.0, gt=0)
    """The pace; Mastodon allows 300 requests in five minutes."""


class Mastodon(Connector):
    """Reads for the account the token belongs to."""

    type = "social.mastodon"
    Settings = MastodonSettings

    def __init__(self, settings: MastodonSettings, context: Context) -> None:
        super().__init__(settings, context)
        self._client: Client | None = None

    def check(self) -> None:
        """Ask whom the token belongs to."""
        self._own_id()

    def close(self) -> None:
        """Let the connections go."""
        if self._client is not None:
            self._client.close()
        self._client = None

    def streams(self) -> list[Stream]:
        """Mentions, and followers where they are wanted."""
        return [one for one in super().streams() if one.name != "followers" or self.settings.followers]

    @stream(Interaction, mode="append")
    def mentions(self, window: Window) -> Iterator[Page]:
        """Posts that mention us, oldest first; each page moves the cursor to its highest id."""
        from hub.rest import by_keyset

        def fetch(last: tuple[int, str] | None) -> list[dict[str, Any]]:
            query = {
                "types[]": "mention",
                "min_id": last[1] if last else "0",
                "limit": self.settings.page_size,
            }
            rows = _rows(self._open().get("api/v1/notifications", **query))
            return sorted(rows, key=lambda row: id_key(row["id"]))

        shape = partial(mention, host=self._domain())
        reached = id_key(str(window.cursor)) if window.cursor is not None else None
        for rows, last in by_keyset(fetch, lambda row: id_key(row["id"]), start=_a_little_before(reached)):
            if rows and last is not None:
                reached = max(last, reached or last)
                # servers older than 3.5 do not know types[] and send every kind
                mentions = [row for row in rows if row.get("type") == "mention"]
                yield Page(mentions, cursor=reached[1], shape=shape)

    @stream(Customer, mode="snapshot")
    def followers(self, window: Window) -> Iterator[Page]:
        """Accounts that follow us."""
        from hub.rest import link_header

        path = f"api/v1/accounts/{quote(self._own_id(), safe='')}/followers"
        shape = partial(follower, host=self._domain())
        start = str(window.resume) if window.resume is not None else path
        for rows, after in link_header(self._open(), start, limit=self.settings.page_size):
            yield Page(_rows(rows), resume=after, shape=shape)

    def _domain(self) -> str:
        """What stands after the ``@`` of our server's own accounts; it need not be the server's address."""
        answer = self._open().request("GET", "api/v1/instance", expected=(401, 403, 404)).data
        uri = answer.get("uri") if isinstance(answer, dict) else None
        text = str(uri or self.settings.base_url)
        return urlsplit(text if "://" in text else f"https://{text}").hostname or ""

    def _own_id(self) -> str:
        account = self._open().get(VERIFY)
        if not isinstance(account, dict) or "id" not in account:
            raise PluginError(
                "the answer names no account",
                where=VERIFY,
                cause="base_url leads to something else than a Mastodon server",
                step="check base_url",
            )
        return str(account["id"])

    def _open(self) -> Client:
        from hub.rest import Bearer, Client

        if self._client is None:
            self._client = Client(
                self.settings.base_url,
                auth=Bearer(self.settings.access_token, setting="access_token"),
                per_second=self.settings.per_second,
                burst=30,
                progress=self.context.progress,
            )
        return self._client


def id_key(number: str) -> tuple[int, str]:
    """Ids are numbers in text of growing length: the longer is the later, then the higher."""
    return len(number), number


def _a_little_before(reached: tuple[int, str] | None) -> tuple[int, str] | None:
    """Where to begin: some ids are read again, for a lower one may have become visible after a higher."""
    if reached is None or not reached[1].isdigit():
        return reached
    return id_key(str(max(0, int(reached[1]) - OVERLAP)))


def _rows(answer: Any) -> list[dict[str, Any]]:
    if not isinstance(answer, list):
        raise PluginError(
            "a list was expected and something else came",
            cause="base_url leads to something else than a Mastodon server",
            step="check base_url",
        )
    return answer
