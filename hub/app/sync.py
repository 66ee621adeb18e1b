"""Runs a connector's streams: window, pages, checkpoints, sweep, run history.

A page, its checkpoint and its counters commit in one transaction under the stream's lease. A round
is one pass over a window or snapshot; its token is bound to its window, and the watermark moves
only when the round has ended, never past the source's own clock at the round's start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Any

from hub.app.arrange import arrange, refusal
from hub.app.clock import iso, micros
from hub.app.memory import seldom_collected, uncollected
from hub.errors import (
    ConfigError,
    CursorExpired,
    DataError,
    HubError,
    Interrupted,
    PluginError,
    TransientError,
)
from hub.plugin import Connector, Page, Post, Reject, Stream, Window
from hub.store.landing import (
    Counts,
    begin_round,
    count_live,
    find_unseen,
    land,
    mark_deleted,
    mark_seen,
    next_number,
    tombstone,
)
from hub.store.rejects import refuse
from hub.store.runs import Lease, acquire, add_counts, beat, end_run, new_holder, reap, release, start_run
from hub.store.session import Store
from hub.store.streams import StreamRow, ensure_stream, last_state, save_state

__all__ = ["StreamRun", "Told", "receive", "sync_stream"]

HEARTBEAT = 15.0
SWEEP_FLOOR = 5
"""A sweep of fewer records than this never trips the brake."""

State = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """What the configuration says of one stream of one connector instance."""

    connector: str
    customers: tuple[str, str] = ("", "")
    makes_customers: bool = True
    priority: int = 0


@dataclass(frozen=True, slots=True)
class StreamRun:
    """What became of one stream in one sync."""

    connector: str
    stream: str
    counts: Counts
    run_id: int = 0
    error: HubError | None = None

    @property
    def status(self) -> str:
        """done, failed or interrupted."""
        if self.error is None:
            return "done"
        return "interrupted" if isinstance(self.error, Interrupted) else "failed"


def sync_stream(
    store: Store,
    connector: Connector,
    stream: Stream,
    told: Told,
    *,
    full: bool = False,
    accept_deletes: bool = False,
    progress: Callable[[Counts, int | None], None] = lambda counts, total: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> StreamRun:
    """Read one stream to its end and land what it yields; an error ends up in the result, never lost."""
    row = _row(stream, told)
    name = f"{told.connector}/{stream.name}"
    with store.write() as tx:
        reap(tx, micros())
        lease = acquire(tx, name, new_holder(), micros())
        row = ensure_stream(tx, row)
        run_id = start_run(tx, lease, told.connector, stream.name, micros())
    work = _Work(store, connector, stream, row, lease, run_id, accept_deletes, progress, cancelled)
    error: HubError | None = None
    try:
        with _heartbeat(store, lease), seldom_collected():
            work.run(full)
    except HubError as raised:
        error = raised
    except (KeyboardInterrupt, SystemExit) as raised:
        error = Interrupted("stopped by a signal", where=name, step="run `hub sync` again to go on")
        _close(store, work, error)
        raise raised
    except Exception as raised:
        error = _fault(raised, name)
    _close(store, work, error)
    return StreamRun(told.connector, stream.name, work.counts, run_id, error)


def receive(store: Store, connector: Connector, told: list[tuple[Stream, Told]], post: Post) -> Counts:
    """Land what was pushed, over all inbox streams, in one transaction: committed when this returns.

    A post the connector refuses is kept among the rejects, then the refusal goes on to the sender.
    """
    total = Counts()
    now = micros()
    try:
        with store.write() as tx:
            for stream, its in told:
                row = ensure_stream(tx, _row(stream, its))
                for page in stream.read(connector, Window(post=post)):
                    ready = arrange(page, stream, its.connector)
                    counts, _ = land(tx, row.id, 0, ready.records, now=now)
                    refuse(tx, row.id, 0, ready.refused, now)
                    total += replace(counts, rejected=len(ready.refused))
    except DataError as error:
        stream, its = told[0]
        with store.write() as tx:
            row = ensure_stream(tx, _row(stream, its))
            kept = refusal(Reject(error.what, post.body.decode("utf-8", "backslashreplace")))
            refuse(tx, row.id, 0, [kept], now)
        raise
    return total


def _row(stream: Stream, told: Told) -> StreamRow:
    return StreamRow(
        told.connector,
        stream.name,
        stream.kind.kind_name,
        stream.mode,
        told.customers,
        told.makes_customers,
        told.priority,
    )


class _Work:
    """One run over one stream, from its state to its next state."""

    def __init__(
        self,
        store: Store,
        connector: Connector,
        stream: Stream,
        row: StreamRow,
        lease: Lease,
        run_id: int,
        accept_deletes: bool,
        progress: Callable[[Counts, int | None], None],
        cancelled: Callable[[], bool],
    ) -> None:
        self.store = store
        self.connector = connector
        self.stream = stream
        self.row = row
        self.lease = lease
        self.run_id = run_id
        self.accept_deletes = accept_deletes
        self.progress = progress
        self.cancelled = cancelled
        self.counts = Counts()

    def run(self, full: bool) -> None:
        with self.store.read() as tx:
            state = last_state(tx, self.row.id)
        if full:
            state = {"full": True}
        try:
            self._round(self._open(state))
        except CursorExpired:
            # the gap may hide deletions, so the fresh start sweeps like a snapshot
            self._round(self._open({"full": True}))

    def _open(self, state: State) -> State:
        """The state with a round under way: the unfinished one, or a new one."""
        if "round" in state and self.stream.mode not in ("snapshot", "buckets"):
            return state
        opened: State = {"full": bool(state.get("full"))}
        if self.stream.mode in ("window", "buckets"):
            opened["until"] = iso(self.connector.clock() - self.stream.resolution)
            if "watermark" in state:
                back = self.stream.lookback
                if self.stream.mode == "buckets":
                    back = max(back, timedelta(days=self.stream.days))
                opened["since"] = iso(datetime.fromisoformat(state["watermark"]) - back)
        kept = {name: state[name] for name in ("watermark", "cursor") if name in state}
        return {**kept, "round": opened}

    def _sweeps(self, state: State) -> bool:
        """Whether what this round does not see is gone from the source."""
        mode = self.stream.mode
        return mode == "snapshot" or (state["round"]["full"] and mode in ("window", "delta"))

    def _round(self, state: State) -> None:
        sweep = self._sweeps(state)
        resumed = "resume" in state["round"]
        first: int | None = None
        with self.store.write() as tx:
            beat(tx, self.lease, micros())
            if sweep or self.stream.mode == "buckets":
                if not resumed:
                    begin_round(tx, self.row.id)
                kept = state["round"].get("first") if resumed else None
                first = next_number(tx) if kept is None else kept
                state = {**state, "round": {**state["round"], "first": first}}
            save_state(tx, self.row.id, self.run_id, state, micros(), milestone=False)
        whole = "torn" not in state["round"]
        bucket = ""
        for page in self.stream.read(self.connector, _window(state)):
            if self.cancelled():
                raise Interrupted("cancelled", where=self.lease.name, step="run `hub sync` again to go on")
            with uncollected():
                ready = arrange(page, self.stream, self.row.connector)
                previous, bucket = bucket, page.bucket
                ended = previous if bucket != previous else ""
                ended_whole, whole = whole, (whole or bool(ended)) and page.complete and not ready.nameless
                state = self._advance(state, page, whole)
                now = micros()
                with self.store.write() as tx:
                    beat(tx, self.lease, now)
                    gone = 0
                    if first is not None and ended:
                        gone += self._end_part(tx, now, first if ended_whole else None, ended)
                        first = next_number(tx)
                    counts, duplicates = land(
                        tx, self.row.id, self.run_id, ready.records, now=now,
                        part=bucket or page.version, first=first if sweep or bucket else None,
                    )  # fmt: skip
                    if ready.deleted:
                        gone += mark_deleted(tx, self.row.id, self.run_id, ready.deleted, now)
                    refused = ready.refused + duplicates
                    refuse(tx, self.row.id, self.run_id, refused, now)
                    if first is not None and ready.kept:
                        mark_seen(tx, self.row.id, ready.kept)
                    counts = replace(
                        counts, deleted=gone, rejected=len(refused), seen=counts.seen + len(ready.refused)
                    )
                    add_counts(tx, self.run_id, counts)
                    save_state(tx, self.row.id, self.run_id, state, now, milestone=False)
            self.counts += counts
            self.progress(self.counts, page.total)
        self._finish(state, first if whole and (bucket or sweep) else None, bucket)

    def _advance(self, state: State, page: Page, whole: bool) -> State:
        """The state after a page: where to go on inside the round, and an appended place at once.

        Of a part that was not read whole, nothing may be taken for gone, also not after a crash.
        """
        round_ = dict(state["round"])
        round_.pop("resume", None)
        round_.pop("torn", None)
        if not whole:
            round_["torn"] = True
        if page.resume is not None:
            round_["resume"] = page.resume
        moved = {**state, "round": round_}
        if page.cursor is not None:
            if self.stream.mode == "append":
                moved["cursor"] = page.cursor
            else:
                round_["cursor"] = page.cursor
        return moved

    def _end_part(self, tx: Any, now: int, first: int | None, bucket: str) -> int:
        """End a bucket, or a whole round where there is none: what it did not see is gone.

        Nothing is where ``first`` is missing: then it was not read whole, or is no part that sweeps.
        """
        unseen = [] if first is None else find_unseen(tx, self.row.id, first, bucket)
        if not bucket:
            self._brake(tx, len(unseen))
        tombstone(tx, self.run_id, unseen, now)
        begin_round(tx, self.row.id)
        return len(unseen)

    def _finish(self, state: State, first: int | None, bucket: str) -> None:
        """End the round; it sweeps unless ``first`` is missing."""
        round_ = state["round"]
        ended = {name: state[name] for name in ("watermark", "cursor") if name in state}
        if "cursor" in round_:
            ended["cursor"] = round_["cursor"]
        if "until" in round_:
            ended["watermark"] = round_["until"]
        now = micros()
        with self.store.write() as tx:
            beat(tx, self.lease, now)
            gone = self._end_part(tx, now, first, bucket)
            counts = Counts(deleted=gone)
            add_counts(tx, self.run_id, counts)
            save_state(tx, self.row.id, self.run_id, ended, now, milestone=True)
        self.counts += counts

    def _brake(self, tx: Any, unseen: int) -> None:
        if self.accept_deletes or unseen < SWEEP_FLOOR:
            return
        live = count_live(tx, self.row.id)
        if unseen <= self.stream.brake * live:
            return
        raise ConfigError(
            f"{unseen:,} of {live:,} records are no longer in the source; none of them was deleted",
            where=self.lease.name,
            cause="the source was emptied, filtered, replaced by a part, or its key column changed",
            step=f"check the source; if they are meant to go, run `hub sync {self.row.connector} --accept-deletes`",
        )


def _window(state: State) -> Window:
    round_ = state["round"]
    full = round_["full"]
    return Window(
        since=datetime.fromisoformat(round_["since"]) if "since" in round_ else None,
        until=datetime.fromisoformat(round_["until"]) if "until" in round_ else None,
        cursor=None if full and "resume" not in round_ else state.get("cursor"),
        resume=round_.get("resume"),
        full=full,
    )


def _close(store: Store, work: _Work, error: HubError | None) -> None:
    """Write the run's end; when even that fails, the next run's reaper will."""
    try:
        with store.write() as tx:
            end_run(tx, work.run_id, micros(), error)
            release(tx, work.lease)
    except HubError:
        if error is None:
            raise


def _fault(raised: Exception, where: str) -> HubError:
    """A plugin's own exception, as an error that says which plugin to look at."""
    if isinstance(raised, OSError) and raised.errno in (28, 122):
        return PluginError(
            "no space left on the disk", where=where, step="free some space, then run it again"
        )
    if isinstance(raised, (ConnectionError, TimeoutError)):
        return TransientError(f"{type(raised).__name__}: {raised}", where=where, step="run it again later")
    fault = PluginError(
        f"{type(raised).__name__} in the connector: {raised}",
        where=where,
        cause="a fault in the plugin's code, or an answer it does not expect",
        step="run with --debug for the traceback, and tell the plugin's author",
    )
    fault.__cause__ = raised
    return fault


@contextmanager
def _heartbeat(store: Store, lease: Lease) -> Iterator[None]:
    """Keep the lease alive while a slow source makes pages rare."""
    done = Event()

    def beat_on() -> None:
        while not done.wait(HEARTBEAT):
            try:
                with store.write() as tx:
                    beat(tx, lease, micros())
            except HubError:
                return  # the next page finds out, in its own transaction

    thread = Thread(target=beat_on, name=f"heartbeat {lease.name}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
