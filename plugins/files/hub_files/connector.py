"""The ``files`` connector: a snapshot of all the files a pattern names, read again when one changed.

Files are read newest first by natural name order, and of a repeated key the newest file's row stays. Nothing is deleted unless every row was read:
a file that vanished stops the run, one that changes while it is read or a row whose key is unreadable
leaves the round incomplete.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias

from hub.errors import ConfigError, DataError, TransientError
from hub.plugin import Connector, Json, Page, Reject, Stream, Window
from hub_files.found import Found, find, fingerprint
from hub_files.mapping import Keyed, KeyEmpty, Plan
from hub_files.rows import Bad
from hub_files.settings import KINDS, PLURALS, Settings
from hub_files.text import Coding, detect

__all__ = ["Files"]

PAGE = 20_000
"""Rows that land together: a commit writes a piece of every index, so a large page costs less a row."""
PAGE_SIZE = 4_000_000
"""Characters that land together at most, but for the last row: what a page holds in memory."""
SHAPE = 1
"""Raised when the same row would become another record, so that unchanged files are read again."""
ENDINGS = {
    "csv": "csv",
    "tsv": "csv",
    "txt": "csv",
    "jsonl": "jsonl",
    "ndjson": "jsonl",
    "json": "jsonl",
    "parquet": "parquet",
    "pq": "parquet",
    "xlsx": "xlsx",
    "xlsm": "xlsx",
    "xls": "xlsx",
}

Opened: TypeAlias = Any
"""A reader of one file: ``rows.Rows`` with its columns."""


class Files(Connector):
    """Customers, interactions, orders or spend from csv, jsonl, parquet and xlsx files."""

    type = "files"
    Settings = Settings
    offline = True
    settings: Settings

    def streams(self) -> list[Stream]:
        """One stream, named after the kind of record a row is."""
        return [
            Stream(
                name=PLURALS[self.settings.record],
                kind=KINDS[self.settings.record],
                mode="snapshot",
                lookback=timedelta(0),
                resolution=timedelta(0),
                days=30,
                customers="",  # whose ids customer_ref uses is the hub's own key, beside these settings
                brake=self.settings.brake,
                read=Files.read,
            )
        ]

    def check(self) -> None:
        """Raise unless there are files, and their headers have the columns the settings name."""
        plan = self._plan()
        for found in find(self._pattern(), self.context.name):
            self._examine(found, plan, limit=1 << 20)

    def read(self, window: Window) -> Iterator[Page]:
        """Every row of every file, or nothing when no file changed since the last finished run."""
        files = find(self._pattern(), self.context.name)
        prints = {found.name: fingerprint(found.path) for found in files}
        scope = str(Path(self._pattern()).absolute())
        before = window.cursor if isinstance(window.cursor, dict) else {}
        if not window.full and before.get("scope") == scope:
            self._refuse_vanished(before.get("files"), prints)
        now: dict[str, Json] = {"scope": scope, "settings": self._settings_hash(), "files": {**prints}}
        if not window.full and before == now:
            yield Page(cursor=window.cursor, complete=False)
            return
        plan = self._plan()
        codings = [self._examine(found, plan) for found in files]
        unknown = 0
        # of a key that several files have, the first one landed in a round stays: the newest file's
        for found, coding in reversed(list(zip(files, codings, strict=True))):
            unknown += yield from self._pages(found, coding, plan)
        kept = {
            found.name: prints[found.name] if fingerprint(found.path) == prints[found.name] else ""
            for found in files
        }
        changing = [name for name, mark in kept.items() if not mark]
        if unknown or changing:
            self.context.progress(
                f"nothing is deleted this time: {unknown} rows without a readable key"
                + (f"; changed while they were read: {', '.join(changing)}" if changing else "")
            )
        yield Page(
            cursor={**now, "files": {**kept}},
            complete=self.settings.missing == "delete" and not unknown and not changing,
        )

    def _pages(self, found: Found, coding: Coding | None, plan: Plan) -> Generator[Page, None, int]:
        """The rows of one file; returns how many were set aside without a key to tell them by."""
        unknown = 0
        records: list[dict[str, Any]] = []
        rejected: list[Reject] = []
        with _readable(found), closing(self._open(found, coding)) as rows:
            make, source_id = _shaping(plan, rows.columns)
            begun = rows.size
            for row in rows:
                if type(row) is Bad:
                    named = source_id(row.cells) if row.cells is not None else ""
                    unknown += not named
                    rejected.append(_reject(found, row.line, row.reason, row.raw, named))
                elif any(row):
                    try:
                        records.append(make(row))
                    except KeyEmpty as error:
                        rejected.append(_reject(found, rows.line, error.what, rows.raw, "", keyless=True))
                    except DataError as error:
                        named = source_id(row)
                        unknown += not named
                        rejected.append(_reject(found, rows.line, error.what, rows.raw, named))
                if len(records) + len(rejected) >= PAGE or rows.size - begun >= PAGE_SIZE:
                    yield Page(records=records, rejected=rejected, version=found.version)
                    records, rejected, begun = [], [], rows.size
        if records or rejected:
            yield Page(records=records, rejected=rejected, version=found.version)
        return unknown

    def _refuse_vanished(self, known: Any, prints: dict[str, str]) -> None:
        """Stop when a file of the last run is gone: its rows would be deleted with it."""
        gone = sorted(set(known or ()) - set(prints))
        if gone and self.settings.missing == "delete":
            raise ConfigError(
                f"{len(gone)} of the files read last time {'are' if len(gone) > 1 else 'is'} gone: {', '.join(gone[:5])}",
                where=f"{self.context.name}: {self.settings.path}",
                cause="a file was moved or renamed, or its folder is not mounted",
                step=f'put it back; or run "hub sync {self.context.name} --full" to let its rows go; '
                'or set missing = "keep" to keep rows whose file is gone',
            )

    def _settings_hash(self) -> str:
        said = f"{SHAPE} {self.context.timezone} {self.settings.model_dump_json()}"
        return hashlib.blake2b(said.encode(), digest_size=8).hexdigest()

    def _pattern(self) -> str:
        """The configured pattern; a relative one starts from the folder of ``connectors.toml``."""
        return str(self.context.base / Path(self.settings.path).expanduser())

    def _plan(self) -> Plan:
        return Plan(self.settings, self.context.timezone)

    def _format(self, found: Found) -> str:
        if self.settings.format != "auto":
            return self.settings.format
        ending = found.path.suffix.removeprefix(".").lower()
        if ending not in ENDINGS:
            raise ConfigError(
                f"the ending {ending!r} tells no format"
                if ending
                else "a name without an ending tells no format",
                where=self._where(found),
                cause="it is packed; unpack it first" if ending in ("gz", "zip", "bz2", "zst") else "",
                step="set format to csv, jsonl, parquet or xlsx, or narrow path",
            )
        return ENDINGS[ending]

    def _where(self, found: Found) -> str:
        return f"{self.context.name}: {found.path}"

    def _examine(self, found: Found, plan: Plan, limit: int = 0) -> Coding | None:
        """How a file's text is coded, once it is known to have the columns that are asked for."""
        where = self._where(found)
        with _readable(found):
            coding = None
            if self._format(found) in ("csv", "jsonl"):
                coding = detect(found.path, self.settings.encoding, where, limit)
            with closing(self._open(found, coding)) as rows:
                if (columns := rows.columns or rows.names) is not None:
                    plan.demand(columns, where)
                    return coding
                seen: dict[str, None] = {}
                for row in rows:
                    if type(row) is not Bad and not row.keys() <= seen.keys():
                        seen.update(dict.fromkeys(row))
                        if not plan.lacking([*seen]):
                            break
                else:
                    if seen:
                        plan.demand([*seen], where)
                return coding

    def _open(self, found: Found, coding: Coding | None) -> Opened:
        """A reader of a file; the libraries for a format are loaded with its first file."""
        settings, where = self.settings, self._where(found)
        if coding is None:
            from hub_files.columnar import Parquet, Sheet

            if self._format(found) == "parquet":
                return Parquet(found.path, where)
            return Sheet(found.path, settings.sheet, where)
        if self._format(found) == "jsonl":
            from hub_files.jsonl import JsonLines

            return JsonLines(found.path, coding, settings.max_line, where)
        from hub_files.delimited import Delimited

        return Delimited(found.path, coding, settings.delimiter, settings.max_line, where)


def _shaping(
    plan: Plan, columns: list[str] | None
) -> tuple[Callable[[Any], dict[str, Any]], Callable[[Any], str]]:
    """What makes a row a record, and what tells the id of one that cannot be."""
    if columns is None:
        keyed = Keyed(plan)
        return keyed, keyed.source_id
    shape = plan.shape(columns)
    return lambda cells: shape(cells, cells), shape.source_id


def _reject(
    found: Found, line: int, reason: str, raw: str, source_id: str, *, keyless: bool = False
) -> Reject:
    return Reject(f"{found.name}, line {line}: {reason}", raw, source_id, keyless)


@contextmanager
def _readable(found: Found) -> Iterator[None]:
    """Tell the file system's errors apart: gone or changed is worth another try, forbidden is not."""
    try:
        yield
    except FileNotFoundError as error:
        raise TransientError("the file vanished while it was read", where=str(found.path)) from error
    except PermissionError as error:
        raise ConfigError(
            "the file may not be read", where=str(found.path), step="give the hub's user the right to read it"
        ) from error
    except OSError as error:
        raise TransientError(
            f"the file cannot be read: {error.strerror or error}", where=str(found.path)
        ) from error
