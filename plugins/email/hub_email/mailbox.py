"""What is read of a mailbox: its folders, the UIDs in them, the mails behind the UIDs; nothing is changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from hub.errors import ConfigError
from hub_email.connection import Connection
from hub_email.folders import Folder, encode_name, parse_list
from hub_email.message import mail_date

__all__ = ["Fetched", "Mailbox", "Opened"]

SEARCHED_AT_ONCE = 50_000
"""Mails one SEARCH may cover: ``imaplib`` refuses an answer line over a million bytes."""

HEAD_OF_LARGE = 1024 * 1024
LARGE = 25 * 1024 * 1024
GROUP = 16 * 1024 * 1024
"""Bytes asked for in one FETCH, so that a page of large mails does not fill the memory."""

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
UID = re.compile(rb"\bUID (\d+)")
SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
INTERNAL_DATE = re.compile(rb'\bINTERNALDATE "([^"]*)"')
BODY = re.compile(rb"\bBODY\[\]")


@dataclass(frozen=True, slots=True)
class Opened:
    """A folder as it was when it was opened; mails from ``uid_next`` on belong to the next run."""

    name: str
    exists: int
    uid_validity: int
    uid_next: int | None


@dataclass(frozen=True, slots=True)
class Fetched:
    """One mail as the server keeps it; of a large one only the head."""

    uid: int
    raw: bytes
    size: int
    arrived: datetime | None

    @property
    def is_whole(self) -> bool:
        """Whether ``raw`` is all of it."""
        return len(self.raw) >= self.size or self.size <= LARGE


class Mailbox:
    """The few commands the hub needs of an IMAP server."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.client = connection.client

    def folders(self) -> list[Folder]:
        """Every folder, with its special use where the server knows it."""
        able = self.connection.capabilities()
        asks_use = "SPECIAL-USE" in able and "LIST-EXTENDED" in able
        pattern = '"*" RETURN (SPECIAL-USE)' if asks_use else '"*"'
        return parse_list(self.connection.data(lambda: self.client.list('""', pattern), "list the folders"))

    def open(self, folder: str) -> Opened:
        """Open a folder for reading only."""
        quoted = '"' + encode_name(folder).decode().replace("\\", "\\\\").replace('"', '\\"') + '"'
        answer, data = self.connection.call(lambda: self.client.select(quoted, readonly=True))
        if answer != "OK":
            raise ConfigError(
                f"{self.connection.at} has no folder {folder!r} that can be read",
                where=self.connection.where,
                step="correct `folders`; `hub connectors check` lists what there is",
            )
        validity, following = self._number("UIDVALIDITY"), self._number("UIDNEXT")
        exists = int(data[0] or 0) if data and data[0] else 0
        return Opened(folder, exists, validity or 0, following)

    def uids(self, opened: Opened, after: int, since: date | None) -> list[int]:
        """The mails of the open folder above UID ``after`` and below its fence, ascending."""
        if not opened.exists:
            return []
        fence = opened.uid_next or max(self._search("UID *"), default=0) + 1
        age = f" SINCE {since.day}-{MONTHS[since.month - 1]}-{since.year}" if since else ""
        # In slices of UIDs and not of places: places shift when mail is removed, and some servers
        # take a bare range in UID SEARCH for UIDs against RFC 3501.
        step = SEARCHED_AT_ONCE if opened.exists > SEARCHED_AT_ONCE else fence
        starts = range(after + 1, fence, step)
        found = {
            uid
            for first in starts
            for uid in self._search(f"UID {first}:{min(first + step, fence) - 1}{age}")
        }
        # A range past the end always names the last mail, also when its UID is below the range.
        return sorted(uid for uid in found if after < uid < fence)

    def fetch(self, uids: Sequence[int], timezone: str) -> Iterator[Fetched]:
        """These mails, ascending; one that was removed meanwhile is left out."""
        sizes = {
            int(uid[1]): (int(size[1]), _arrived(line, timezone))
            for line, _ in self._fetched(uids, "(UID RFC822.SIZE INTERNALDATE)")
            if (uid := UID.search(line)) and (size := SIZE.search(line))
        }
        for group in _groups([(uid, sizes[uid][0]) for uid in sorted(uids) if uid in sizes]):
            part = f"<0.{HEAD_OF_LARGE}>" if sizes[group[0]][0] > LARGE else ""
            bodies = {
                int(uid[1]): raw
                for line, raw in self._fetched(group, f"(UID BODY.PEEK[]{part})")
                if (uid := UID.search(line)) and BODY.search(line)
            }
            for uid in group:
                yield Fetched(uid, bodies.get(uid, b""), *sizes[uid])

    def _fetched(self, uids: Sequence[int], what: str) -> Iterator[tuple[bytes, bytes]]:
        """The lines of a FETCH with their literal; attributes may stand before and after it."""
        if not uids:
            return
        asked = ",".join(map(str, uids))
        data = self.connection.data(lambda: self.client.uid("FETCH", asked, what), "fetch mail")
        for place, piece in enumerate(data):
            after = data[place + 1] if place + 1 < len(data) else b""
            if isinstance(piece, tuple):
                yield piece[0] + b" " + (after if isinstance(after, bytes) else b""), piece[1]
            elif isinstance(piece, bytes) and not (place and isinstance(data[place - 1], tuple)):
                yield piece, b""

    def _search(self, criteria: str) -> list[int]:
        lines = self.connection.data(lambda: self.client.uid("SEARCH", criteria), "search the folder")
        return [int(uid) for line in lines if isinstance(line, bytes) for uid in line.split()]

    def _number(self, code: str) -> int | None:
        values = self.client.response(code)[1]
        return int(values[-1]) if values and values[-1] else None


def _groups(sizes: Sequence[tuple[int, int]]) -> Iterator[list[int]]:
    """UIDs to fetch together: as many as fit in ``GROUP`` bytes, a large one alone."""
    group: list[int] = []
    weight = 0
    for uid, size in sizes:
        if group and (weight + size > GROUP or size > LARGE):
            yield group
            group, weight = [], 0
        group.append(uid)
        weight += size
    if group:
        yield group


def _arrived(line: bytes, timezone: str) -> datetime | None:
    found = INTERNAL_DATE.search(line)
    return mail_date(found[1].decode("ascii", "replace"), timezone) if found else None
