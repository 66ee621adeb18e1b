"""HTML to the text a person would read; used where a mail has no plain part.

One expression reads it in one pass, whatever it holds: the standard library's parser takes a time that
grows with the square of the length on unclosed comments and tags, and any stranger can send those.
"""

from __future__ import annotations

import re
from html import unescape

__all__ = ["html_to_text"]

MARKUP = re.compile(
    r"<!--(?:.*?-->|.*)"
    r"|<(?P<hidden>script|style|title|template)\b[^<>]*>?(?:.*?</(?P=hidden)\b[^<>]*>?|.*)"
    r"|</?(?P<tag>[a-z][a-z0-9]*)[^<>]*>?"
    r"|<[!?][^<>]*>?",
    re.DOTALL | re.IGNORECASE,
)
BREAKS = {
    "address",
    "blockquote",
    "br",
    "div",
    "hr",
    "li",
    "p",
    "table",
    "tr",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
}
CELLS = {"td", "th"}


def html_to_text(source: str) -> str:
    """The visible text, one line a block, without repeated blank lines."""
    pieces: list[str] = []
    place = 0
    for found in MARKUP.finditer(source):
        pieces += [_words(source[place : found.start()]), _space((found["tag"] or "").lower())]
        place = found.end()
    pieces.append(_words(source[place:]))
    lines = [" ".join(line.split()) for line in "".join(pieces).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _words(text: str) -> str:
    """A line break in the source is a space; only blocks break lines."""
    return unescape(re.sub(r"[\r\n]+", " ", text))


def _space(tag: str) -> str:
    return "\n" if tag in BREAKS else " " if tag in CELLS else ""
