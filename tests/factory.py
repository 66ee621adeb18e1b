"""Small builders: a connector made of Python lists, and a hub around any database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from hub.app.derive import Deriver
from hub.app.profile import Profiler
from hub.app.resolve import MUCH, Resolver
from hub.app.sync import StreamRun, Told, sync_stream
from hub.core.keys import KINDS as KEY_KINDS
from hub.core.keys import Limits
from hub.core.match import Matcher, Model
from hub.core.normalize import Normalizer
from hub.core.records import KINDS
from hub.plugin import Connector, Context, NoSettings, Page, Stream, Window
from hub.store.session import Store

MATCHER = Matcher(Model.default())


class Listed(Connector):
    """A connector whose streams are lists or functions given by the test."""

    type = "test.listed"

    def __init__(self, name: str, streams: Sequence[Stream]) -> None:
        super().__init__(NoSettings(), Context(name))
        self.listed = list(streams)

    def streams(self) -> list[Stream]:
        return self.listed


def a_stream(
    kind: str,
    read: Callable[[Window], Iterator[Page]] | Sequence[Mapping[str, Any]],
    *,
    mode: str = "snapshot",
    name: str = "",
    page: int = 3,
    **more: Any,
) -> Stream:
    """A stream over rows, or over what a function yields."""
    from datetime import timedelta

    def pages(_: Connector, window: Window) -> Iterator[Page]:
        if callable(read):
            yield from read(window)
            return
        rows = list(read)
        for start in range(0, len(rows), page):
            yield Page(rows[start : start + page])
        if not rows:
            yield Page()

    told = {"lookback": timedelta(0), "resolution": timedelta(0), "days": 30, "customers": "", "brake": 1.0}
    return Stream(name=name or f"{kind}s", kind=KINDS[kind], mode=mode, read=pages, **{**told, **more})  # type: ignore[arg-type]


def sync(store: Store, connector: Listed, stream: Stream, **more: Any) -> StreamRun:
    """One sync of one stream, as the hub does it."""
    name = connector.context.name
    told = more.pop("told", None) or Told(name, (name, "customers"))
    return sync_stream(store, connector, stream, told, **more)


def land(
    store: Store, rows: Sequence[Mapping[str, Any]], kind: str = "customer", name: str = "crm"
) -> StreamRun:
    """Make ``rows`` the whole of a stream of a connector called ``name``."""
    stream = a_stream(kind, rows)
    run = sync(store, Listed(name, [stream]), stream, accept_deletes=True)
    if run.error is not None:
        raise run.error
    return run


def resolver(store: Store, batch: int = 1000, much: tuple[int, float] = MUCH) -> Resolver:
    """A resolver with the shipped model."""
    return Resolver(
        store, Deriver(Normalizer("CN")), MATCHER, Profiler(), batch=batch, reading=batch, much=much
    )


class Stopped(Exception):
    """Ends a resolution where it is."""


def stop(worker: Resolver, when: Callable[[str, int], bool]) -> None:
    """Resolve until ``when`` holds of a stage and how much of it is done, and end there as if by a crash."""

    def told(stage: str, done: int, total: int) -> None:
        if when(stage, done):
            raise Stopped

    with pytest.raises(Stopped):
        replace(worker, progress=told).resolve()


def crowd(monkeypatch: pytest.MonkeyPatch, limit: int, *matchers: Matcher) -> None:
    """Have every value that more than ``limit`` records share be generic, but not all a record says together."""
    limits = Limits.but({kind.name: limit for kind in KEY_KINDS if kind.name != "echo"})
    for matcher in (MATCHER, *matchers):
        monkeypatch.setattr(matcher, "limits", limits)


def labels(store: Store) -> dict[int, int]:
    """The cluster of every record."""
    from sqlalchemy import select

    from hub.store.tables import clusters

    with store.read() as tx:
        return {row.record: row.cluster for row in tx.rows(select(clusters))}


def partition(store: Store) -> set[frozenset[int]]:
    """Who is who: the clusters as sets of intrinsic keys."""
    found: dict[int, set[int]] = {}
    for record, label in labels(store).items():
        found.setdefault(label, set()).add(record)
    return {frozenset(members) for members in found.values()}


__all__ = [
    "MATCHER",
    "Listed",
    "a_stream",
    "crowd",
    "labels",
    "land",
    "partition",
    "resolver",
    "sync",
]
