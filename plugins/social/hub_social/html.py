"""The text of a post: Mastodon sends HTML, a timeline wants words."""

from __future__ import annotations

from html.parser import HTMLParser

__all__ = ["text_of"]

BREAKS = frozenset({"br", "p", "li", "blockquote", "pre", "div"})
SILENT = frozenset({"script", "style"})


def text_of(html: str) -> str:
    """What a reader sees: paragraphs on lines of their own, no tags, no invisible halves of links."""
    parser = _Words()
    parser.feed(html)
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.words).split("\n"))
    return "\n".join(line for line in lines if line)


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._hushed = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            self._hushed += 1
        if tag in BREAKS:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT and self._hushed:
            self._hushed -= 1
        if tag in BREAKS:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hushed:
            self.words.append(data)
