"""Writes the demo's workspace, takes it through the hub as production would, and shows what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from hub.app.demo.posts import read_posts
from hub.app.demo.table import table
from hub.app.demo.tour import tour
from hub.app.demo.workspace import INBOX, POSTS, is_demo, write
from hub.app.hub import Hub

__all__ = ["run"]

FORMATS = {
    "website": "form posts, urlencoded and JSON",
    "mailbox": "mbox archive",
    "social": "jsonl export",
    "erp": "csv in GB 18030",
    "erp_orders": "xlsx workbook",
    "ads": "csv",
}


def run(folder: Path, echo: Callable[[str], None]) -> None:
    """Make the workspace in ``folder``, or go on with the one there, and say what came of it.

    Nothing is written into a folder with anything else in it. What is printed depends on the data
    alone, so it is the same every time.
    """
    again = is_demo(folder)
    if again:
        echo(f"The demo is in {folder} already; this is another sync of it.")
    else:
        write(folder)
        echo(
            f"Half a year of a tea shop's four channels, and what its advertising cost, are now in {folder}."
        )
    with Hub.open(folder) as hub:
        before = _records(hub)
        for post in read_posts(folder / POSTS):
            hub.receive(INBOX, post)
        runs = hub.sync()
        hub.resolve()
        echo("\nRecords in\n==========")
        echo(table(["connector", "from", ">records", ">new", ">rejected"], _rows(hub, before)))
        for one in runs:
            if one.error is not None:
                echo(str(one.error))
        if again and not sum(one.counts.written for one in runs) and _records(hub) == before:
            echo("Nothing new: what was there is unchanged, and nothing was written twice.")
        tour(hub, folder, echo)


def _records(hub: Hub) -> dict[str, int]:
    return {one["name"]: one["records"] for one in hub.health()["connectors"]}


def _rows(hub: Hub, before: dict[str, int]) -> Iterator[list[str]]:
    told: list[dict[str, Any]] = hub.health()["connectors"]
    for one in told:
        name = one["name"]
        fresh = one["records"] - before[name]
        yield [
            name,
            FORMATS.get(name) or str(one["type"]),
            f"{one['records']:,}",
            f"{fresh:,}",
            f"{one['rejects']:,}",
        ]
    records, rejects = sum(one["records"] for one in told), sum(one["rejects"] for one in told)
    yield ["all", "", f"{records:,}", f"{records - sum(before.values()):,}", f"{rejects:,}"]
