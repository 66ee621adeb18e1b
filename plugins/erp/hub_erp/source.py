"""What a stream reads: a model with what hangs on it, row by rising id inside a closed window.

The order is by an id that never changes and the window is closed, so rows that change, come or go
while we read are met in this round or in the next, never in neither.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hub.plugin import Window

if TYPE_CHECKING:
    from hub_erp.session import Session

__all__ = ["Child", "Row", "Source", "changed_rows", "domain_of"]

Row = dict[str, Any]
STAMPS = ("create_date", "write_date")


@dataclass(frozen=True, slots=True)
class Child:
    """Records that belong to one record: the field that lists them, and the field that leads back."""

    name: str
    model: str
    back: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """A model, its fields, and the children it is read and counted as changed with."""

    model: str
    fields: tuple[str, ...]
    children: tuple[Child, ...]


def changed_rows(
    session: Session, source: Source, window: Window, size: int
) -> Iterator[tuple[list[Row], Any]]:
    """The rows of the window in slices, each row with its children, each slice with where to go on."""
    from hub.rest import by_keyset

    domain = domain_of(source, window)

    def fetch(last: int | None) -> list[Row]:
        beyond = [["id", ">", last or 0]]
        return session.rows(source.model, [*beyond, *([domain] if domain else [])], source.fields, limit=size)

    for rows, last in by_keyset(fetch, lambda row: row["id"], start=window.resume):
        yield _with_children(session, source, rows), last


def domain_of(source: Source, window: Window) -> list[Any]:
    """What Tryton is to search by.

    A first or full reading takes all there is, whenever it changed; only what is created meanwhile is
    left to the next window, so that a reading ends.
    """
    if window.until is None:
        return []
    if window.since is None:
        return [["create_date", "<", window.until]]
    paths = [
        f"{prefix}{stamp}"
        for prefix in ("", *(f"{one.name}." for one in source.children))
        for stamp in STAMPS
    ]
    return ["OR", *([[path, ">=", window.since], [path, "<", window.until]] for path in paths)]


def _with_children(session: Session, source: Source, rows: list[Row]) -> list[Row]:
    """The rows once more, each listing its children in place of their ids.

    Children are searched by their parent, not read by their ids: one deleted a moment ago is then
    missing, where reading it would fail the whole slice.
    """
    ids = [row["id"] for row in rows]
    listed: dict[str, dict[int, list[Row]]] = {}
    for child in source.children if rows else ():
        listed[child.name] = defaultdict(list)
        for one in session.rows(child.model, [[child.back, "in", ids]], child.fields, order="sequence"):
            listed[child.name][one[child.back]].append(one)
    return [{**row, **{name: by_parent[row["id"]] for name, by_parent in listed.items()}} for row in rows]
