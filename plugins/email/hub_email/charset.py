"""Bytes of uncertain charset to text: mail declares none, or the wrong one, more often than it should."""

from __future__ import annotations

import codecs
import re
from base64 import b64decode
from binascii import Error as Base64Error
from functools import lru_cache

__all__ = ["decode", "header_text"]

WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "cp936": "gb18030", "x-gbk": "gb18030", "ks_c_5601": "cp949"}
"""A declared charset to the superset senders really mean by it."""

NOT_CHARSETS = {"unicode_escape", "raw_unicode_escape", "undefined", "idna", "punycode"}
"""Text codecs of Python that no mail may ask for."""

ENCODED_WORD = re.compile(r"=\?([^?\s*]+)(?:\*[^?\s]*)?\?([bBqQ])\?([^?]*)\?=")
BETWEEN_WORDS = re.compile(r"(?<=\?=)\s+(?==\?)")
HIGH_RUNS = re.compile(rb"[\x80-\xff]+")


def decode(raw: bytes, declared: str = "") -> str:
    """The text of ``raw``: by its declared charset, else UTF-8, else what its bytes look like.

    Never raises, and never returns what a database refuses: NUL or half of a surrogate pair.
    """
    charset = _known(declared)
    for candidate in (charset, "utf-8", "gb18030" if _looks_chinese(raw) else ""):
        if candidate:
            try:
                return _storable(raw.decode(candidate))
            except (UnicodeError, LookupError, ValueError):
                continue
    return _storable(raw.decode(charset if charset not in ("", "ascii") else "cp1252", "replace"))


def header_text(raw: str, declared: str = "") -> str:
    """A header as a person reads it: unfolded, encoded words decoded, stray 8-bit bytes by ``declared``.

    ``raw`` carries undeclared bytes as surrogates, as the standard library's parser leaves them.
    Neighbouring encoded words of one charset are joined first: clients cut between the bytes of a character.
    """
    unfolded = " ".join(raw.split())
    if "=?" not in unfolded and "\0" not in unfolded and unfolded.isascii():
        return unfolded
    words = BETWEEN_WORDS.sub("", unfolded)
    parts: list[tuple[str, bytes]] = []
    place = 0
    for word in ENCODED_WORD.finditer(words):
        if word.start() > place:
            parts.append((declared, _bytes(words[place : word.start()])))
        charset, content = word[1].lower(), _word_bytes(word[2], word[3])
        if parts and word.start() == place and parts[-1][0] == charset:
            parts[-1] = (charset, parts[-1][1] + content)
        else:
            parts.append((charset, content))
        place = word.end()
    parts.append((declared, _bytes(words[place:])))
    return " ".join("".join(decode(content, charset) for charset, content in parts).split())


@lru_cache(maxsize=256)
def _known(declared: str) -> str:
    name = declared.strip().strip("\"'").lower()
    name = WIDER.get(name, name)
    try:
        found = codecs.lookup(name).name if name else ""
    except (LookupError, ValueError):
        return ""
    return "" if found.replace("-", "_") in NOT_CHARSETS else WIDER.get(found, found)


def _storable(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _looks_chinese(raw: bytes) -> bool:
    """GB text has its high bytes in pairs; the accents of Latin text mostly stand alone."""
    return all(len(run) % 2 == 0 for run in HIGH_RUNS.findall(raw))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _word_bytes(encoding: str, content: str) -> bytes:
    raw = _bytes(content)
    if encoding in "qQ":
        spaced = raw.replace(b"_", b" ")
        return re.sub(rb"=([0-9A-Fa-f]{2})", lambda hexed: bytes([int(hexed[1], 16)]), spaced)
    try:
        return b64decode(raw + b"=" * (-len(raw) % 4))
    except (Base64Error, ValueError):
        return raw
