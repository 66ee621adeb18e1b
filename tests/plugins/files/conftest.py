from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hub_files.connector import Files

from hub.core.records import KINDS
from hub.plugin import Context, Page, Reject, Window


class Reading:
    """One run over the files of a test, its records validated."""

    def __init__(self, connector: Files, window: Window) -> None:
        stream = connector.streams()[0]
        self.pages: list[Page] = list(stream.read(connector, window))
        self.records: list[dict[str, Any]] = [record for page in self.pages for record in page.records]
        self.rejected: list[Reject] = [reject for page in self.pages for reject in page.rejected]
        self.complete = all(page.complete for page in self.pages)
        self.cursor = self.pages[-1].cursor
        for record in self.records:
            KINDS[stream.kind.kind_name].model_validate(record)

    @property
    def one(self) -> dict[str, Any]:
        assert self.rejected == []
        (record,) = self.records
        return record

    @property
    def ids(self) -> list[str]:
        return [record["id"] for record in self.records]

    @property
    def reason(self) -> str:
        (reject,) = self.rejected
        return reject.reason


class Folder:
    """A folder of files and the connector over it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.said: list[str] = []

    def write(self, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    def connector(self, pattern: str = "*.csv", timezone: str = "Asia/Shanghai", **settings: Any) -> Files:
        given = {"record": "customer", "key": "id", "path": str(self.path / pattern), **settings}
        return Files(
            Files.Settings(**given), Context(name="shop", timezone=timezone, progress=self.said.append)
        )

    def read(
        self, pattern: str = "*.csv", cursor: Any = None, full: bool = False, **settings: Any
    ) -> Reading:
        return Reading(self.connector(pattern, **settings), Window(cursor=cursor, full=full))

    def csv(self, content: str | bytes, encoding: str = "utf-8", **settings: Any) -> Reading:
        self.write("rows.csv", content, encoding)
        return self.read("rows.csv", **settings)

    def jsonl(self, content: str | bytes, **settings: Any) -> Reading:
        self.write("rows.jsonl", content)
        return self.read("rows.jsonl", **settings)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.fixture
def order(folder: Folder) -> Callable[..., Reading]:
    """Reads one order whose time or amount is given."""

    def read(at: str = "2025-04-03 09:30", amount: str = "1", **settings: Any) -> Reading:
        content = f"id\tat\tsum\n7\t{at}\t{amount}\n"
        fields = {"ordered_at": "at", "amount": "sum"}
        return folder.csv(content, record="order", fields=fields, **settings)

    return read
