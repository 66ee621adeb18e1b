"""The folders of a mailbox: how servers list and spell them, and which one holds the mail sent."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Folder", "decode_name", "encode_name", "parse_list", "sent_folder"]

SENT_NAMES = (
    *(
        "sent",
        "sent items",
        "sent messages",
        "sent mail",
        "[gmail]/sent mail",
        "已发送",
        "已发送邮件",
        "寄件備份",
    ),
    *(
        "gesendet",
        "gesendete elemente",
        "gesendete objekte",
        "envoyés",
        "messages envoyés",
        "éléments envoyés",
    ),
    *("enviados", "elementos enviados", "posta inviata", "inviata", "отправленные", "送信済み", "보낸편지함"),
)
"""What the folder of sent mail is called where the server does not mark it; the surest names first."""

SHIFTED = re.compile(r"&([^-]*)-")
LISTED = re.compile(rb'\((?P<flags>[^)]*)\) (?:NIL|"(?P<separator>[^"]*)") (?P<name>.*)', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder as the server lists it, its name decoded."""

    name: str
    separator: str = "/"
    flags: frozenset[str] = frozenset()

    @property
    def is_selectable(self) -> bool:
        """Whether it can hold mail; some folders only hold folders."""
        return not self.flags & {"\\noselect", "\\nonexistent"}


def sent_folder(folders: Sequence[Folder]) -> str:
    """The folder marked as that of sent mail (RFC 6154), else the one with a usual name; empty when there is none."""
    selectable = [folder for folder in folders if folder.is_selectable]
    marked = [folder.name for folder in selectable if "\\sent" in folder.flags]
    named = {_last_part(folder).casefold(): folder.name for folder in reversed(selectable)}
    whole = {folder.name.casefold(): folder.name for folder in selectable}
    return (
        next(iter(marked), "")
        or next((whole[n] for n in SENT_NAMES if n in whole), "")
        or next((named[n] for n in SENT_NAMES if n in named), "")
    )


def parse_list(lines: Iterable[object]) -> list[Folder]:
    """The folders of an answer to LIST, as ``imaplib`` hands it over; a name may come as a literal."""
    found: list[Folder] = []
    for line in lines:
        if isinstance(line, tuple):
            head, name = bytes(line[0]), bytes(line[1])
            match = LISTED.match(head)
        elif isinstance(line, bytes) and (match := LISTED.match(line)):
            name = match["name"].strip()
            if name.startswith(b'"') and name.endswith(b'"'):
                name = re.sub(rb"\\(.)", rb"\1", name[1:-1])
        else:
            continue
        if match:
            flags = frozenset(match["flags"].decode("ascii", "replace").lower().split())
            separator = (match["separator"] or b"").decode("ascii", "replace")
            found.append(Folder(decode_name(name), separator.replace("\\\\", "\\"), flags))
    return found


def encode_name(name: str) -> bytes:
    """A folder's name in IMAP's modified UTF-7 (RFC 3501, 5.1.3): ``已发送`` is ``&XfJT0ZAB-``."""
    pieces: list[str] = []
    for run in re.findall(r"[\x20-\x7e]+|[^\x20-\x7e]+", name):
        if " " <= run[0] <= "~":
            pieces.append(run.replace("&", "&-"))
        else:
            shifted = b64encode(run.encode("utf-16-be", "surrogatepass")).decode().rstrip("=")
            pieces.append(f"&{shifted.replace('/', ',')}-")
    return "".join(pieces).encode()


def decode_name(raw: bytes) -> str:
    """The name modified UTF-7 spells; what is none is read as UTF-8, as newer servers send it."""
    if not raw.isascii():
        return raw.decode("utf-8", "replace")

    def unshift(match: re.Match[str]) -> str:
        if not match[1]:
            return "&"
        packed = match[1].replace(",", "/")
        try:
            return b64decode(packed + "=" * (-len(packed) % 4)).decode("utf-16-be")
        except (Base64Error, UnicodeError, ValueError):
            return match[0]

    return SHIFTED.sub(unshift, raw.decode("ascii"))


def _last_part(folder: Folder) -> str:
    return folder.name.rpartition(folder.separator)[2] if folder.separator else folder.name
