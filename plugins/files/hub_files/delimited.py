"""Rows of a csv file: a damaged one is set aside with its line, and the next one is read as if nothing was.

A quote that is opened and never closed would swallow the rows below it. So the lines a row was made of
are held until it is whole; when it is not, only its first line is set aside and the others are read again.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from hub.errors import ConfigError, TransientError
from hub_files.rows import Bad
from hub_files.text import Coding, Lines, excerpt, is_marked, open_text

__all__ = ["Delimited"]

DELIMITERS = (",", ";", "\t", "|")
SAMPLE = 65_536


class Delimited:
    """A csv file, its columns, and its rows as lists of text."""

    names = None

    def __init__(self, path: Path, coding: Coding, delimiter: str, longest: int, where: str) -> None:
        self._where = where
        self._coding = coding
        self._longest = longest
        self._held: list[str] = []
        self._again: deque[str] = deque()
        if csv.field_size_limit() < longest:
            csv.field_size_limit(longest)
        self._stream = open_text(path, coding)
        try:
            skipped, self._delimiter = self._dialect(delimiter)
            self._lines = Lines(self._stream, longest)
            self._feed = self._fed()
            for _ in range(skipped):
                next(self._feed)
            self._held.clear()
            self.columns = self._header()
        except BaseException:
            self._stream.close()
            raise

    @property
    def line(self) -> int:
        """The number of the first line the present row was made of."""
        return self._lines.number - len(self._again) - len(self._held) + 1

    @property
    def size(self) -> int:
        """How many characters were read so far."""
        return self._lines.size

    @property
    def raw(self) -> str:
        """The lines the present row was made of."""
        return excerpt("".join(self._held))

    def close(self) -> None:
        """Let go of the file."""
        self._stream.close()

    def __iter__(self) -> Iterator[list[str] | Bad]:
        width, clean, held, lines = len(self.columns), self._coding.clean, self._held, self._lines
        reader = csv.reader(self._feed, delimiter=self._delimiter, strict=True)
        while True:
            held.clear()
            try:
                cells = next(reader, None)
            except csv.Error as error:
                yield self._broken(f"the quotes do not match ({error})")
                self._feed = self._fed()
                reader = csv.reader(self._feed, delimiter=self._delimiter, strict=True)
                continue
            if lines.too_long:
                yield from self._too_long()
            if cells is None:
                return
            if len(cells) != width:
                if cells:
                    yield self._uneven(cells, width)
            elif not clean and is_marked("".join(cells)):
                yield Bad(self.line, self._damage("".join(cells)), self.raw, cells)
            else:
                yield cells

    def _fed(self) -> Iterator[str]:
        held, again, source = self._held, self._again, iter(self._lines)
        while True:
            line = again.popleft() if again else next(source, None)
            if line is None:
                return
            held.append(line)
            yield line

    def _broken(self, reason: str, cells: list[str] | None = None) -> Bad:
        """The first line held, set aside; the others are read again."""
        first, *others = self._held or [""]
        bad = Bad(self.line, reason, excerpt(first), cells)
        self._again.extendleft(reversed(others))
        return bad

    def _uneven(self, cells: list[str], width: int) -> Bad:
        cut = not self._held[-1].endswith(("\n", "\r")) and len(cells) < width
        reason = f"the row has {len(cells)} cells where the header has {width}" + (
            "; the file ends in the middle of it"
            if cut
            else f"; is there a {self._delimiter!r} without quotes around its cell?"
            if len(cells) > width
            else ""
        )
        return self._broken(reason, None if cut or len(self._held) > 1 else cells)

    def _too_long(self) -> Iterator[Bad]:
        for line in self._lines.too_long:
            reason = f"the line has {line.size} characters, more than max_line = {self._longest}"
            yield Bad(line.line, reason, f"{excerpt(line.start)}… ({line.size} characters)", None)
        self._lines.too_long.clear()

    def _damage(self, text: str) -> str:
        if "\0" in text:
            return "the row holds NUL characters"
        return f"the row holds bytes that are not {self._coding.encoding.removesuffix('-sig')}; set encoding if the file has another"

    def _dialect(self, delimiter: str) -> tuple[int, str]:
        """How many lines stand before the header, and what separates cells."""
        sample = self._stream.read(SAMPLE)
        self._stream.seek(0)
        if not sample.strip():
            raise TransientError(
                "the file is empty, without even a header",
                where=self._where,
                cause="it is being written, or the export failed",
                step="the next run reads it again; to have no rows, leave the header in",
            )
        lines = sample.splitlines(keepends=True)
        skipped = next(place for place, line in enumerate(lines) if line.strip())
        first = lines[skipped].strip().lower()
        if len(first) == 5 and first.startswith("sep="):  # Excel's own way to name the delimiter
            return skipped + 1, first[4] if delimiter == "auto" else delimiter
        if delimiter != "auto":
            return skipped, delimiter
        whole = lines[skipped:] if len(sample) < SAMPLE else lines[skipped:-1] or lines[skipped:]
        return skipped, _sniff(whole[:50])

    def _header(self) -> list[str]:
        reader = csv.reader(self._feed, delimiter=self._delimiter, strict=True)
        try:
            header = next(reader)
        except (csv.Error, StopIteration) as error:
            raise ConfigError(
                "the header cannot be read", where=self._where, cause=str(error) or "its line is too long"
            ) from error
        if is_marked("".join(header)):
            raise ConfigError(
                f"the header holds bytes that are not {self._coding.encoding}: {excerpt(''.join(self._held))}",
                where=self._where,
                cause="the file has another encoding, or is no text file",
                step='set encoding, such as encoding = "gb18030" or "cp1252"',
            )
        return header


def _sniff(lines: list[str]) -> str:
    """The delimiter that cuts the most lines into as many cells as the header, then into the most."""

    def fit(delimiter: str) -> tuple[float, int]:
        try:
            rows = [row for row in csv.reader(lines, delimiter=delimiter) if row]
        except csv.Error:
            return 0.0, 0
        width = len(rows[0]) if rows else 0
        return (sum(len(row) == width for row in rows) / len(rows), width) if width > 1 else (0.0, 0)

    return max(DELIMITERS, key=fit)  # the first of equals, so a file of one column reads as csv
