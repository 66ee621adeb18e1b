"""``email.imap``: a mailbox, read folder by folder from the last UID on, changing nothing in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from hub.errors import ConfigError, DataError
from hub.plugin import Connector, Interaction, Json, Page, Reject, SecretStr, Window, stream
from hub_email.connection import connection
from hub_email.folders import sent_folder
from hub_email.mailbox import Fetched, Mailbox, Opened
from hub_email.message import MAX_BODY, Reading, interactions

__all__ = ["Imap", "ImapSettings"]

KEPT_OF_REJECT = 16 * 1024


class ImapSettings(BaseModel):
    """How to reach a mailbox, whose it is, and what to read of it."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    host: str = Field(min_length=1)
    """The server's name: ``imap.example.com``."""
    port: int = Field(default=993, ge=1, le=65535)
    """143 where ``ssl`` is ``false``, usually."""
    ssl: bool = True
    """``false`` starts in the open and turns to TLS when the server offers STARTTLS."""
    username: str = Field(min_length=1)
    """Often the whole address."""
    password: SecretStr
    """The account's password, or an app password where the provider asks for one."""
    folders: list[str] = Field(default_factory=list)
    """Left out: INBOX and the folder of sent mail."""
    own: list[str] = Field(default_factory=list)
    """The company's own addresses or domains; left out: the username, at the host if it is no address."""
    since: date | None = None
    """Only mail that arrived on this day or later."""
    page_size: int = Field(default=100, ge=1, le=1000)
    """Mails asked for, and committed, at a time."""
    timeout: float = Field(default=60, gt=0)
    """Seconds to wait for an answer."""
    max_body: int = Field(default=MAX_BODY, ge=0)
    """Bytes of text kept of one mail."""


class Imap(Connector):
    """Reads the mail of one account over IMAP."""

    type = "email.imap"
    Settings = ImapSettings
    settings: ImapSettings

    def check(self) -> None:
        """Log in and open every folder that a sync would read."""
        with connection(self.settings, self.context.name) as line:
            mailbox = Mailbox(line)
            for folder in self._folders(mailbox):
                mailbox.open(folder)

    @stream(Interaction, mode="append")
    def messages(self, window: Window) -> Iterator[Page]:
        """Mails as interactions, in the order of their UIDs.

        The cursor holds, for each folder, its UIDVALIDITY and the last UID read. When the first differs
        the server has numbered the folder anew, and it is read again: ids are Message-IDs, so nothing doubles.
        """
        cursor = dict(window.cursor) if isinstance(window.cursor, dict) and not window.full else {}
        with connection(self.settings, self.context.name) as line:
            mailbox = Mailbox(line)
            for folder in self._folders(mailbox):
                opened = mailbox.open(folder)
                for page, place in self._pages(mailbox, opened, _last_uid(cursor, opened)):
                    cursor = {**cursor, folder: place}
                    yield Page(records=page.records, rejected=page.rejected, cursor=cursor)

    def _pages(self, mailbox: Mailbox, opened: Opened, after: int) -> Iterator[tuple[Page, Json]]:
        uids = mailbox.uids(opened, after, self.settings.since)
        if uids:
            self.context.progress(f"{opened.name}: {len(uids)} mails")
        for start in range(0, len(uids), self.settings.page_size):
            batch = uids[start : start + self.settings.page_size]
            records: list[Interaction] = []
            rejected: list[Reject] = []
            for mail in mailbox.fetch(batch, self.context.timezone):
                try:
                    records.extend(self._interactions(mail))
                except DataError as error:
                    rejected.append(_reject(error, mail, opened))
            place: Json = {"uidvalidity": opened.uid_validity, "uid": batch[-1]}
            yield Page(records=records, rejected=rejected), place

    def _interactions(self, mail: Fetched) -> list[Interaction]:
        settings = self.settings
        username = settings.username if "@" in settings.username else f"{settings.username}@{settings.host}"
        reading = Reading(tuple(settings.own) or (username,), self.context.timezone, settings.max_body)
        note = {} if mail.is_whole else {"read_bytes": len(mail.raw), "bytes": mail.size}
        return interactions(mail.raw, reading, arrived=mail.arrived, **note)

    def _folders(self, mailbox: Mailbox) -> list[str]:
        if self.settings.folders:
            listed = {folder.name for folder in mailbox.folders()}
            missing = [
                name for name in self.settings.folders if name not in listed and name.upper() != "INBOX"
            ]
            if missing:
                raise ConfigError(
                    f"there is no folder {', '.join(map(repr, missing))}",
                    where=self.context.name,
                    step=f"correct `folders`; there are {', '.join(sorted(listed)[:30])}",
                )
            return self.settings.folders
        sent = sent_folder(mailbox.folders())
        return ["INBOX", sent] if sent else ["INBOX"]


def _last_uid(cursor: Mapping[str, Json], opened: Opened) -> int:
    place = cursor.get(opened.name)
    if isinstance(place, dict) and place.get("uidvalidity") == opened.uid_validity:
        uid = place.get("uid")
        return uid if isinstance(uid, int) else 0
    return 0


def _reject(error: DataError, mail: Fetched, opened: Opened) -> Reject:
    raw = mail.raw[:KEPT_OF_REJECT].decode("utf-8", "backslashreplace")
    return Reject(error.what, raw, source_id=f"{opened.name}/{opened.uid_validity}/{mail.uid}")
