"""``email.mbox``: mail archives: many mails in one file, as Thunderbird, Takeout and mutt write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from glob import glob
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field

from hub.errors import ConfigError, DataError, TransientError
from hub.plugin import Connector, Interaction, Json, Page, Reject, Window, stream
from hub_email.message import MAX_BODY, Reading, interactions, mail_date

__all__ = ["Mbox", "MboxSettings", "StoredMail", "read_mbox"]

MAX_MAIL = 50 * 1024 * 1024
CHUNK = 64 * 1024
KEPT_OF_REJECT = 16 * 1024
FROM_LINE = re.compile(rb"From \S.*\d{1,2}:\d\d.*\b(?:19|20)\d\d\b|From \S.*\b(?:19|20)\d\d \d{1,2}:\d\d")
QUOTED_FROM = re.compile(rb">+From ")


class MboxSettings(BaseModel):
    """Where the archives lie and whose they are."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    path: str = Field(min_length=1)
    """A file or a pattern such as ``exports/**/*.mbox``, relative to ``connectors.toml``."""
    own: list[str] = Field(min_length=1)
    """The company's own addresses or domains; they tell what it sent from what it got."""
    timezone: str = ""
    """How a date without a zone is read; the hub's own timezone when empty."""
    max_body: int = Field(default=MAX_BODY, ge=0)
    """Bytes of text kept of one mail."""
    page_size: int = Field(default=500, ge=1, le=5000)
    """Mails committed at a time."""


@dataclass(frozen=True, slots=True)
class StoredMail:
    """One mail as it lies in an archive: where it starts, its From_ line, its bytes or the head of them."""

    offset: int
    envelope: str
    raw: bytes
    size: int

    @property
    def is_whole(self) -> bool:
        """Whether ``raw`` is all of it."""
        return len(self.raw) == self.size


class Mbox(Connector):
    """Reads every mail of the files a pattern names; files that have not changed are not opened."""

    type = "email.mbox"
    Settings = MboxSettings
    offline = True
    settings: MboxSettings

    def check(self) -> None:
        """Find at least one file that begins like an archive."""
        self._refuse([path for path in self._paths() if not _is_archive(path)])

    @stream(Interaction, mode="snapshot")
    def messages(self, window: Window) -> Iterator[Page]:
        """Mails as interactions. One that is gone from its archive still happened: nothing is swept.

        A file that is no archive is told once all that are have been read.
        """
        reading = self._reading()
        before = window.cursor if isinstance(window.cursor, dict) and not window.full else {}
        now: dict[str, Json] = {str(path): _fingerprint(path, reading) for path in self._paths()}
        changed = [Path(path) for path, print_ in now.items() if before.get(path) != print_]
        archives = [path for path in changed if _is_archive(path)]
        for path in archives:
            yield from self._pages(path, reading)
        self._refuse([path for path in changed if path not in archives])
        yield Page(complete=False, cursor=now)

    def _pages(self, path: Path, reading: Reading) -> Iterator[Page]:
        records: list[Interaction] = []
        rejected: list[Reject] = []
        with _open(path) as file:
            for mail in read_mbox(file):
                try:
                    records.extend(_interactions(mail, reading))
                except DataError as error:
                    rejected.append(_reject(error, mail, path))
                if len(records) + len(rejected) >= self.settings.page_size:
                    yield Page(records=records, rejected=rejected, complete=False)
                    records, rejected = [], []
        if records or rejected:
            yield Page(records=records, rejected=rejected, complete=False)

    def _refuse(self, strangers: list[Path]) -> None:
        if strangers:
            raise ConfigError(
                f"{strangers[0]} is no mbox archive: it does not begin with a From line",
                where=self.context.name,
                step="point `path` at mbox files; for .eml or Maildir, convert them first",
            )

    def _paths(self) -> list[Path]:
        base, pattern = self.context.base, str(Path(self.settings.path).expanduser())
        names = glob(pattern, root_dir=base, recursive=True)
        found = sorted(base / name for name in names if (base / name).is_file())
        if not found:
            raise ConfigError(
                f"no file matches {self.settings.path}",
                where=self.context.name,
                cause="a wrong path; a relative one starts from the folder of connectors.toml",
                step="correct `path`; ** matches any depth of directories",
            )
        return found

    def _reading(self) -> Reading:
        timezone = self.settings.timezone or self.context.timezone
        try:
            ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError):
            raise ConfigError(
                f"{timezone!r} is no timezone", where=self.context.name, step="write it like Asia/Shanghai"
            ) from None
        return Reading(tuple(self.settings.own), timezone, self.settings.max_body)


def read_mbox(file: BinaryIO, max_mail: int = MAX_MAIL) -> Iterator[StoredMail]:
    """The mails of an archive in order, holding one at a time and of an oversized one only its head.

    A mail begins at a From_ line with a date, first in the file or after an empty line. Quoted ``>From ``
    lines lose one ``>``; line ends become plain line feeds.
    """
    envelope: bytes | None = None
    lines: list[bytes] = []
    start = offset = size = kept = 0
    after_blank = at_line_start = True
    while line := file.readline(CHUNK):
        begins = at_line_start
        if begins and after_blank and FROM_LINE.match(line.removeprefix(b"\xef\xbb\xbf")):
            if envelope is not None:
                yield _stored(start, envelope, lines, size)
            envelope, start, lines, size, kept = line, offset, [], 0, 0
        elif envelope is not None:
            line_out = _plain_line(line, begins)
            size += len(line_out)
            if size <= max_mail:
                lines.append(line_out)
                kept = size
            elif kept > KEPT_OF_REJECT:
                lines, kept = [b"".join(lines)[:KEPT_OF_REJECT]], KEPT_OF_REJECT
        offset += len(line)
        at_line_start = line.endswith(b"\n")
        after_blank = begins and line.strip(b"\r\n") == b""
    if envelope is not None:
        yield _stored(start, envelope, lines, size)


def _plain_line(line: bytes, begins: bool) -> bytes:
    if begins and QUOTED_FROM.match(line):
        line = line[1:]
    return line[:-2] + b"\n" if line.endswith(b"\r\n") else line


def _stored(start: int, envelope: bytes, lines: list[bytes], size: int) -> StoredMail:
    return StoredMail(start, envelope.decode("utf-8", "replace").strip(), b"".join(lines), size)


def _interactions(mail: StoredMail, reading: Reading) -> list[Interaction]:
    if not mail.is_whole:
        raise DataError(f"this mail has {mail.size:,} bytes; mails over {MAX_MAIL:,} are set aside")
    if mail.raw and b"\n\n" not in mail.raw and not mail.raw.startswith(b"\n"):
        raise DataError("this mail ends inside its headers; it lands once the archive holds the rest")
    return interactions(mail.raw, reading, arrived=_envelope_date(mail.envelope))


def _envelope_date(envelope: str) -> datetime | None:
    """``From alice@example.com Fri Jul  8 12:08:34 2011``: the date is UTC (RFC 4155)."""
    words = envelope.split(maxsplit=2)
    return mail_date(words[2], "UTC") if len(words) == 3 else None


def _reject(error: DataError, mail: StoredMail, path: Path) -> Reject:
    raw = mail.raw[:KEPT_OF_REJECT].decode("utf-8", "backslashreplace")
    return Reject(error.what, raw, source_id=f"{path.name}@{mail.offset}")


def _fingerprint(path: Path, reading: Reading) -> str:
    """Changes when the file or the way it is read does."""
    try:
        found = path.stat()
    except OSError as error:
        raise TransientError(f"{path} cannot be read: {error.strerror}") from None
    return sha256(f"{found.st_size} {found.st_mtime_ns} {reading}".encode()).hexdigest()[:32]


def _is_archive(path: Path) -> bool:
    """Whether the file begins like one; an empty one does."""
    with _open(path) as file:
        head = file.read(CHUNK)
    return not head.strip() or head.lstrip(b"\xef\xbb\xbf\r\n").startswith(b"From ")


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except PermissionError:
        raise ConfigError(f"{path} may not be read", step="let the hub's user read it") from None
    except OSError as error:
        raise TransientError(f"{path} cannot be read: {error.strerror}") from None
