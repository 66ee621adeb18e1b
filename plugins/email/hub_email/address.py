"""Who a mail is from and to, and which of those addresses are the company's own or nobody's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hub_email.charset import header_text

__all__ = ["Address", "is_no_reply", "is_own", "parse_addresses"]

# Quoted text may end unclosed, so that no header makes this scan more than once.
TOKEN = re.compile(
    r'"(?:\\.|[^"\\])*"?|\([^()]*\)?|=\?[^?\s]*\?[bBqQ]\?[^?]*\?=|<[^<>]*>?|[,;]|[^",;()<=]+|.', re.DOTALL
)
PLAIN = re.compile(r"[^\s<>(),;:\"'\[\]\\]{1,128}@[^\s<>(),;:\"'\[\]\\@]{1,255}")
MAX_HEADER = 200_000

NO_REPLY = re.compile(
    r"(?:^|[-_.+=])"
    r"(?:(?:no|not|never|do[-_.]?not|dont)[-_.]?(?:reply|respond|answer)|mailer[-_.]?daemon|postmaster|"
    r"bounces?|auto[-_.]?(?:reply|responder|confirm)|notifications?|listserv|nobody)"
    r"(?:$|[-_.+=\d])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox as a header names it."""

    name: str
    email: str


def parse_addresses(raw: str, charset: str = "") -> list[Address]:
    """Every mailbox in an address header, in order, without repeats; what cannot be one is left out."""
    found: dict[str, Address] = {}
    pieces: list[str] = []
    for token in [*TOKEN.findall(raw[:MAX_HEADER]), ","]:
        if token not in (",", ";"):
            pieces.append(token)
            continue
        address = _address(pieces, charset)
        pieces = []
        if address:
            found.setdefault(address.email.lower(), address)
    if not found:  # an unclosed quote or bracket swallowed it
        for plain in PLAIN.findall(raw[:MAX_HEADER]):
            found.setdefault(plain.lower(), Address("", header_text(plain, charset)))
    return list(found.values())


def is_own(email: str, own: Sequence[str]) -> bool:
    """Whether ``email`` is one of ``own`` addresses (with any +tag) or under one of ``own`` domains."""
    local, _, domain = email.lower().rpartition("@")
    bare = f"{local.partition('+')[0]}@{domain}"
    for entry in (value.strip().lower() for value in own):
        if "@" in entry.lstrip("@"):
            if entry in (f"{local}@{domain}", bare):
                return True
        elif entry and (domain == entry.lstrip("@") or domain.endswith("." + entry.lstrip("@"))):
            return True
    return False


def is_no_reply(email: str) -> bool:
    """Whether nobody reads what is sent to ``email``: no-reply, daemon and bounce addresses."""
    return bool(NO_REPLY.search(email.rpartition("@")[0]))


def _address(pieces: list[str], charset: str) -> Address | None:
    angled = [piece for piece in pieces if piece.startswith("<")]
    comments = [piece.strip("()") for piece in pieces if piece.startswith("(")]
    words = "".join(piece for piece in pieces if piece[0] not in "<(")
    if angled:
        match = PLAIN.search(angled[-1])
        name = words
    else:
        match = PLAIN.search(words)
        name = comments[-1] if comments else ""
    if not match:
        return None
    # ``undisclosed recipients:`` and other group names end in a colon before the first address.
    shown = header_text(_unquoted(name.rpartition(":")[2] if '"' not in name else name), charset)
    shown = shown.strip(" '")
    email = header_text(match[0].strip(".'"), charset)
    return Address("" if "@" in shown else shown, email)


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text.replace('\\"', "\0").replace('"', "").replace("\0", '"'))
