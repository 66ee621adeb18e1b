"""One mail, from bytes to interactions; whatever is broken in it costs its own part, never the rest.

Everything a record holds comes from the mail itself and not from the folder it lay in, so that copies
of one mail in several folders are one interaction. The parser runs under the ``compat32`` policy: the
modern one parses each header as it is touched, and raises on the malformed ones this file must survive.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import Message
from email.utils import collapse_rfc2231_value, parsedate_to_datetime
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from hub.errors import DataError
from hub.plugin import Interaction
from hub_email.address import Address, is_no_reply, is_own, parse_addresses
from hub_email.charset import decode, header_text
from hub_email.html import html_to_text

__all__ = ["Reading", "interactions", "mail_date"]

MAX_BODY = 64 * 1024
MAX_HTML = 512 * 1024
REPLY_MARK = re.compile(
    r"^\s*(?:(?:re|fwd?|aw|wg|sv|vs|tr|rv|antw|回复|答复|回覆|转发|轉發|转寄|轉寄)\s*(?:\[\d+\]|\(\d+\))?\s*[:：]\s*)+",
    re.IGNORECASE,
)
LISTED = {"bulk", "list", "junk"}


@dataclass(frozen=True, slots=True)
class Reading:
    """How mail is to be read: whose mailbox it is, and how much of a body to keep."""

    own: Sequence[str]
    timezone: str = "UTC"
    max_body: int = MAX_BODY


def interactions(
    raw: bytes, reading: Reading, *, arrived: datetime | None = None, **custom: Any
) -> list[Interaction]:
    """The touches one mail is: one for each counterpart, at least one; ``arrived`` stands in for a bad date.

    Raises ``DataError`` when the bytes are no mail at all.
    """
    try:
        mail = _Mail(raw)
    except (RecursionError, ValueError, LookupError, AttributeError, TypeError, IndexError) as error:
        raise DataError(
            f"this mail cannot be parsed: {type(error).__name__}", cause="malformed MIME"
        ) from None
    if not (mail.header("from") or mail.header("date") or mail.header("message-id") or mail.header("to")):
        raise DataError("this is no mail: it has none of From, To, Date and Message-ID")
    occurred_at = _occurred_at(mail, arrived, reading.timezone)
    if occurred_at is None:
        raise DataError("this mail has no readable date", cause="neither Date, nor Received, nor its arrival")

    senders = mail.addresses("from") or mail.addresses("sender")
    outbound = any(is_own(sender.email, reading.own) for sender in senders)
    everyone = senders[:1] if not outbound else mail.addresses("to", "cc", "bcc")
    counterparts = [person for person in everyone if not is_own(person.email, reading.own)]
    message_id, thread = _ids(mail)
    body, kept = _body(mail, reading.max_body)
    subject = mail.text("subject")
    shared: dict[str, Any] = {
        "occurred_at": occurred_at,
        "kind": "mail",
        "source": "email",
        "medium": "email",
        "direction": "outbound" if outbound else "inbound",
        "thread": thread,
        "subject": subject,
        "body": body,
    }
    about = _about(mail, senders, REPLY_MARK.sub("", subject)) | kept | custom
    found = [
        _touch(
            message_id if place == 0 else f"{message_id}#{person.email.lower()}", person, mail, shared, about
        )
        for place, person in enumerate(counterparts)
    ]
    if found:
        return found
    reason = "own" if everyone else "none-named"
    return [Interaction(id=message_id, **shared, custom=about | {"no_customer": reason})]


def mail_date(raw: str, timezone: str) -> datetime | None:
    """An aware time from a mail's date, a naive one read in ``timezone``; ``None`` when it is none."""
    try:
        read = parsedate_to_datetime(" ".join(raw.split()))
        if read.tzinfo is None:
            zone = UTC if raw.rstrip().endswith("-0000") else ZoneInfo(timezone)
            read = read.replace(tzinfo=zone)
        return read.astimezone(UTC) if 1970 <= read.year < 2200 else None
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


class _Mail:
    """A parsed mail whose headers are read as raw text, then decoded here."""

    def __init__(self, raw: bytes) -> None:
        self.parsed: Message = message_from_bytes(raw, policy=policy.compat32)
        self.headers: dict[str, list[str]] = {}
        for name, value in self.parsed.raw_items():
            self.headers.setdefault(name.lower(), []).append(str(value))
        self.parts = list(_leaves(self.parsed))
        texts = [part for part in self.parts if part.get_content_maintype() == "text"]
        self.charset = _charset(texts[0]) if texts else ""

    def header(self, name: str) -> str:
        return self.headers.get(name, [""])[0].strip()

    def text(self, name: str) -> str:
        return header_text(self.header(name), self.charset)

    def addresses(self, *names: str) -> list[Address]:
        return parse_addresses(",".join(self.header_lines(*names)), self.charset)

    def header_lines(self, *names: str) -> list[str]:
        return [line for name in names for line in self.headers.get(name, [])]


def _touch(
    touch_id: str, person: Address, mail: _Mail, shared: dict[str, Any], about: dict[str, Any]
) -> Interaction:
    reason = _no_customer(mail, person)
    if reason:
        return Interaction(id=touch_id, **shared, custom=about | {"no_customer": reason})
    return Interaction(
        id=touch_id, full_name=person.name[:500], emails=[person.email], **shared, custom=about
    )


def _no_customer(mail: _Mail, person: Address) -> str:
    """Why this counterpart is nobody's customer; empty when it may be one."""
    precedence = mail.header("precedence").lower()
    submitted = mail.header("auto-submitted").lower().partition(";")[0].strip()
    if mail.header("list-id") or precedence in LISTED:
        return "list"
    if is_no_reply(person.email):
        return "no-reply"
    automatic = (submitted and submitted != "no") or precedence == "auto_reply"
    if automatic or mail.header("x-autoreply") or mail.header("return-path") == "<>":
        return "auto"
    return ""


def _ids(mail: _Mail) -> tuple[str, str]:
    """The mail's id, the same wherever a copy lies, and the id of the mail its thread began with."""
    named = _message_ids(mail.header("message-id"))
    if named and len(named[0]) <= 240:
        message_id = named[0]
    else:
        seen = [mail.header(name) for name in ("message-id", "from", "to", "cc", "date", "subject")]
        payload = b"".join(_payload(part) for part in mail.parts).replace(b"\r\n", b"\n").rstrip()
        content = "\n".join(seen).encode("utf-8", "surrogateescape") + b"\n" + payload
        message_id = "sha256-" + sha256(content).hexdigest()[:40]
    before = _message_ids(mail.header("references")) or _message_ids(mail.header("in-reply-to"))
    return message_id, (before or [message_id])[0]


def _message_ids(raw: str) -> list[str]:
    text = header_text(raw)
    return re.findall(r"<([^<>\s]+)>", text) or text.replace("<", " ").replace(">", " ").split()[:1]


def _occurred_at(mail: _Mail, arrived: datetime | None, timezone: str) -> datetime | None:
    """Date, unless it is missing or later than the mail arrived; then its arrival, then its first hop."""
    received = mail_date(mail.header("received").rpartition(";")[2], timezone)
    landed = arrived or received
    written = mail_date(header_text(mail.header("date")), timezone)
    if written and landed and written > landed + timedelta(days=1):
        return landed
    return written or landed


def _about(mail: _Mail, senders: list[Address], subject_base: str) -> dict[str, Any]:
    """What no canonical field holds, kept without blanks."""
    about: dict[str, Any] = {
        "subject_base": subject_base,
        "from": [sender.email for sender in senders],
        "to": [address.email for address in mail.addresses("to")],
        "cc": [address.email for address in mail.addresses("cc")],
        "reply_to": [address.email for address in mail.addresses("reply-to")],
        "list_id": mail.text("list-id"),
        "attachments": [name for part in mail.parts if (name := _file_name(part))],
    }
    return {key: value for key, value in about.items() if value}


def _leaves(part: Message) -> Iterator[Message]:
    """The parts that hold content; a forwarded mail is one of them and is not looked into."""
    payload = part.get_payload()
    if part.is_multipart() and part.get_content_maintype() != "message" and isinstance(payload, list):
        for child in payload:
            if isinstance(child, Message):
                yield from _leaves(child)
    else:
        yield part


def _body(mail: _Mail, limit: int) -> tuple[str, dict[str, Any]]:
    """The first readable text, plain before HTML, and a note of what was cut."""
    text = ""
    for wanted in ("text/plain", "text/html"):
        for part in mail.parts:
            if not text and part.get_content_type() == wanted and not _is_attachment(part):
                text = _part_text(part, max(MAX_HTML, limit))
    whole = text.encode("utf-8", "replace")
    if len(whole) <= limit:
        return text, {}
    return whole[:limit].decode("utf-8", "ignore"), {"body_bytes": len(whole)}


def _part_text(part: Message, html_limit: int) -> str:
    text = decode(_payload(part), _charset(part)).replace("\r\n", "\n")
    return html_to_text(text[:html_limit]) if part.get_content_type() == "text/html" else text.strip()


def _payload(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _charset(part: Message) -> str:
    return str(part.get_content_charset() or "")


def _is_attachment(part: Message) -> bool:
    return part.get_content_disposition() == "attachment" or bool(_file_name(part))


def _file_name(part: Message) -> str:
    for value, header in (("filename", "content-disposition"), ("name", "content-type")):
        found = part.get_param(value, header=header)
        if found:
            return header_text(collapse_rfc2231_value(found), _charset(part))[:255]
    return "message" if part.get_content_maintype() == "message" else ""
