"""What a sync promises: nothing lost, nothing doubled, errors told apart, state kept."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from hub.app.clock import micros
from hub.errors import ConfigError, CursorExpired, LeaseHeld, PluginError, TransientError
from hub.plugin import Page, Reject, Window
from hub.store.rejects import list_rejects
from hub.store.runs import acquire, list_runs, new_holder
from hub.store.schema import prepare
from hub.store.session import Store
from hub.store.streams import last_state, state_history
from hub.store.tables import raw_records, snapshot_seen, stream_states, streams
from tests.factory import Listed, a_stream, land, sync

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def live(store: Store) -> dict[str, str]:
    with store.read() as tx:
        rows = tx.rows(
            select(raw_records.c.source_id, raw_records.c.body).where(raw_records.c.deleted_at.is_(None))
        )
    return {row.source_id: row.body for row in rows}


def states(store: Store) -> list[dict[str, Any]]:
    with store.read() as tx:
        numbers = [row.id for row in tx.rows(select(streams.c.id).order_by(streams.c.id))]
        return [last_state(tx, number) for number in numbers]


def one_of(kind: str, source: Any, **more: Any) -> tuple[Listed, Any]:
    stream = a_stream(kind, source, **more)
    return Listed("crm", [stream]), stream


def people(*numbers: int, **fields: Any) -> list[dict[str, Any]]:
    return [{"id": str(number), "full_name": f"Person {number}", **fields} for number in numbers]


# ---- landing -------------------------------------------------------------------------------------


def test_syncing_twice_writes_nothing_the_second_time(store: Store) -> None:
    first = land(store, people(1, 2, 3, 4))
    second = land(store, people(1, 2, 3, 4))
    assert first.counts.inserted == 4
    assert second.counts.unchanged == 4
    assert second.counts.written == 0


def test_a_changed_row_is_rewritten_and_a_vanished_one_is_tombstoned(store: Store) -> None:
    land(store, people(1, 2, 3))
    run = land(store, [*people(1), *people(2, city="Berlin")])
    assert (run.counts.updated, run.counts.unchanged, run.counts.deleted) == (1, 1, 1)
    assert set(live(store)) == {"1", "2"}
    with store.read() as tx:
        assert tx.scalar(select(raw_records.c.body).where(raw_records.c.source_id == "3")), "the body is kept"
    assert land(store, people(1, 2, 3)).counts.updated == 2, "it comes back when the source has it again"


def test_an_older_state_never_overwrites_a_newer_one(store: Store) -> None:
    newer = people(1, city="new", modified_at="2026-03-02T00:00:00Z")
    older = people(1, city="old", modified_at="2026-03-01T00:00:00Z")
    land(store, newer)
    run = land(store, older)
    assert run.counts.stale == 1
    assert "new" in live(store)["1"]


def test_a_record_without_key_is_set_aside_and_its_neighbours_land(store: Store) -> None:
    run = land(store, [*people(1), {"full_name": "Nobody"}, *people(2)])
    assert set(live(store)) == {"1", "2"}
    assert run.counts.rejected == 1
    with store.read() as tx:
        reject = list_rejects(tx)[0]
    assert "id" in reject["reason"]
    assert "Nobody" in reject["raw"]


def test_two_rows_with_one_key_in_a_page_keep_both(store: Store) -> None:
    run = land(store, [*people(1), *people(1, city="Elsewhere"), *people(1)])
    assert (run.counts.inserted, run.counts.rejected) == (1, 1)
    with store.read() as tx:
        reject = list_rejects(tx)[0]
    assert "duplicate key '1'" in reject["reason"]
    assert "Elsewhere" in reject["raw"] + live(store)["1"]


def test_a_key_repeated_on_a_later_page_is_refused_and_does_not_flip_at_every_sync(store: Store) -> None:
    rows = [*people(1, 2, 3), *people(1, city="Elsewhere")]
    assert land(store, rows).counts.rejected == 1
    again = land(store, rows)
    assert again.counts.written == 0
    with store.read() as tx:
        assert len(list_rejects(tx)) == 1, "the same reject is kept once"


def test_a_later_copy_of_the_source_wins_without_a_reject(store: Store) -> None:
    def read(window: Window) -> Iterator[Page]:
        yield Page(people(1, city="new"), version="2026-02")
        yield Page([*people(1, city="old"), *people(2)], version="2026-01")

    connector, stream = one_of("customer", read)
    assert sync(store, connector, stream).counts.rejected == 0
    again = sync(store, connector, stream).counts
    assert again.written == 0
    assert "new" in live(store)["1"]


def test_a_nul_character_is_set_aside_and_an_escaped_one_lands(store: Store) -> None:
    run = land(store, [*people(1, city="a\x00b"), *people(2, city="a\\u0000b")])
    assert run.counts.rejected == 1
    assert set(live(store)) == {"2"}


def test_unknown_fields_are_kept(store: Store) -> None:
    land(store, people(1, shoe_size=44, custom={"pet": "cat"}))
    assert "shoe_size" in live(store)["1"]
    assert "cat" in live(store)["1"]


def test_two_instances_of_one_connector_never_mix(store: Store) -> None:
    land(store, people(1), name="north")
    land(store, people(1, city="Berlin"), name="south")
    with store.read() as tx:
        assert len(tx.rows(select(raw_records.c.id))) == 2


# ---- sweeping ------------------------------------------------------------------------------------


def test_a_sweep_that_would_delete_too_much_stops_and_asks(store: Store) -> None:
    land(store, people(*range(20)))
    connector, stream = one_of("customer", people(1, 2), brake=0.3)
    run = sync(store, connector, stream)
    assert isinstance(run.error, ConfigError)
    assert "18 of 20" in str(run.error)
    assert "--accept-deletes" in str(run.error)
    assert len(live(store)) == 20
    assert sync(store, connector, stream, accept_deletes=True).counts.deleted == 18


def test_a_snapshot_that_did_not_see_everything_sweeps_nothing(store: Store) -> None:
    land(store, people(1, 2))
    connector, stream = one_of("customer", lambda window: iter([Page(people(1), complete=False)]))
    assert sync(store, connector, stream).counts.deleted == 0
    assert set(live(store)) == {"1", "2"}


def test_a_rejected_row_does_not_sweep_its_older_good_state(store: Store) -> None:
    land(store, people(1, 2))
    run = land(store, [*people(1), {"id": "2", "emails": 5}])
    assert run.counts.rejected == 1
    assert run.counts.deleted == 0
    assert set(live(store)) == {"1", "2"}


def test_a_reject_nobody_can_name_suspends_the_sweep(store: Store) -> None:
    land(store, people(1, 2))

    def read(window: Window) -> Iterator[Page]:
        yield Page(people(1), rejected=[Reject("a broken line", "@@@")])

    assert sync(store, *one_of("customer", read)).counts.deleted == 0
    assert set(live(store)) == {"1", "2"}


def test_a_row_that_has_no_key_at_all_does_not_suspend_the_sweep(store: Store) -> None:
    land(store, people(1, 2))
    assert land(store, [*people(1), {"full_name": "Nobody"}]).counts.deleted == 1


def test_a_restated_bucket_replaces_what_it_held(store: Store) -> None:
    def rows(day: str, *numbers: int) -> list[dict[str, Any]]:
        return [{"id": f"{day}-{n}", "date": day, "amount": "1.00"} for n in numbers]

    days = {"2026-03-01": (1, 2), "2026-03-02": (1, 2)}

    def read(window: Window) -> Iterator[Page]:
        for day, numbers in days.items():
            for number in numbers:
                yield Page(rows(day, number), bucket=day)

    connector, stream = one_of("spend", read, mode="buckets")
    assert sync(store, connector, stream).counts.inserted == 4
    days["2026-03-01"] = (1, 3)
    run = sync(store, connector, stream)
    assert (run.counts.inserted, run.counts.deleted, run.counts.unchanged) == (1, 1, 3)
    assert set(live(store)) == {"2026-03-01-1", "2026-03-01-3", "2026-03-02-1", "2026-03-02-2"}


def test_a_row_that_cannot_be_read_again_is_not_taken_out_of_its_bucket(store: Store) -> None:
    good = {"id": "1", "date": "2026-03-01", "amount": "1.00"}
    rows: list[dict[str, Any]] = [good]
    torn: list[Reject] = []

    def read(window: Window) -> Iterator[Page]:
        yield Page(rows, bucket="2026-03-01", rejected=torn)

    connector, stream = one_of("spend", read, mode="buckets")
    sync(store, connector, stream)
    rows[:] = [{**good, "amount": "a lot"}]
    run = sync(store, connector, stream)
    assert (run.counts.rejected, run.counts.deleted) == (1, 0)
    assert set(live(store)) == {"1"}
    rows[:], torn[:] = [], [Reject("whose row this is nobody can tell", "1,2026-0")]
    assert sync(store, connector, stream).counts.deleted == 0
    torn[:] = []
    assert sync(store, connector, stream).counts.deleted == 1


def test_a_round_that_lost_a_row_sweeps_nothing_even_when_a_crash_lies_between(store: Store) -> None:
    sync(store, *one_of("customer", lambda _: iter([Page(people(1, 2, 3))])))

    def read(window: Window) -> Iterator[Page]:
        if window.resume is None:
            yield Page(rejected=[Reject("whose row this is nobody can tell", "1,Per")], resume={"at": 2})
            raise ConnectionError("lost")
        yield Page(people(2))

    connector, stream = one_of("customer", read, mode="window")
    assert sync(store, connector, stream, full=True).error is not None
    run = sync(store, connector, stream)
    assert (run.error, run.counts.deleted) == (None, 0)
    assert len(live(store)) == 3


# ---- windows and state ---------------------------------------------------------------------------


def test_a_window_is_fenced_at_the_sources_clock_and_the_next_one_starts_there(store: Store) -> None:
    asked: list[Window] = []

    def read(window: Window) -> Iterator[Page]:
        asked.append(window)
        yield Page(people(1))

    connector, stream = one_of(
        "customer", read, mode="window", resolution=timedelta(seconds=1), lookback=timedelta(minutes=5)
    )
    connector.clock = lambda: NOON  # type: ignore[method-assign]
    sync(store, connector, stream)
    connector.clock = lambda: NOON + timedelta(hours=1)  # type: ignore[method-assign]
    sync(store, connector, stream)
    fence = NOON - timedelta(seconds=1)
    assert (asked[0].since, asked[0].until) == (None, fence)
    assert (asked[1].since, asked[1].until) == (fence - timedelta(minutes=5), fence + timedelta(hours=1))


def test_a_run_that_dies_goes_on_in_the_same_window(store: Store) -> None:
    asked: list[Window] = []

    def read(window: Window) -> Iterator[Page]:
        asked.append(window)
        if window.resume is None:
            yield Page(people(1), resume={"after": 1})
            raise TransientError("the line went dead")
        yield Page(people(2))

    connector, stream = one_of("customer", read, mode="window")
    connector.clock = lambda: NOON  # type: ignore[method-assign]
    first = sync(store, connector, stream)
    assert isinstance(first.error, TransientError)
    assert "watermark" not in states(store)[0]
    connector.clock = lambda: NOON + timedelta(days=1)  # type: ignore[method-assign]
    assert sync(store, connector, stream).error is None
    assert asked[1].resume == {"after": 1}
    assert asked[1].until == NOON
    assert states(store)[0]["watermark"].startswith("2026-03-01T12:00")


def test_an_appended_place_is_kept_at_every_page(store: Store) -> None:
    def read(window: Window) -> Iterator[Page]:
        after = window.cursor or 0
        yield Page(people(after + 1), cursor=after + 1)
        if after < 2:
            raise TransientError("gone")

    connector, stream = one_of("customer", read, mode="append")
    for _ in range(3):
        sync(store, connector, stream)
    assert set(live(store)) == {"1", "2", "3"}
    assert states(store)[0]["cursor"] == 3


def test_a_delta_token_is_kept_only_when_its_round_has_ended(store: Store) -> None:
    fail = [True]
    asked: list[Any] = []

    def read(window: Window) -> Iterator[Page]:
        asked.append((window.cursor, window.resume))
        yield Page(people(1), resume="page 2")
        if fail[0]:
            raise TransientError("gone")
        yield Page(people(2), cursor="token 1", deleted=["1"])

    connector, stream = one_of("customer", read, mode="delta")
    sync(store, connector, stream)
    fail[0] = False
    sync(store, connector, stream)
    assert set(live(store)) == {"2"}
    sync(store, connector, stream)
    assert asked == [(None, None), (None, "page 2"), ("token 1", None)]


def test_an_expired_cursor_reads_everything_again_and_sweeps(store: Store) -> None:
    land_first = [Page(people(1, 2), cursor="a")]

    def read(window: Window) -> Iterator[Page]:
        if land_first:
            yield land_first.pop()
        elif window.cursor == "a":
            raise CursorExpired("410 Gone")
        else:
            assert window.full
            yield Page(people(2, 3), cursor="b")

    connector, stream = one_of("customer", read, mode="delta")
    sync(store, connector, stream)
    run = sync(store, connector, stream)
    assert run.error is None
    assert set(live(store)) == {"2", "3"}
    assert states(store)[0] == {"cursor": "b"}


def test_a_full_sync_forgets_the_watermark_of_its_stream_only(store: Store) -> None:
    asked: list[Window] = []

    def read(window: Window) -> Iterator[Page]:
        asked.append(window)
        yield Page(people(1))

    a = a_stream("customer", read, mode="window", name="a")
    b = a_stream("customer", read, mode="window", name="b")
    connector = Listed("crm", [a, b])
    sync(store, connector, a)
    sync(store, connector, b)
    sync(store, connector, a, full=True)
    sync(store, connector, b)
    assert [window.since is None for window in asked] == [True, True, True, False]


def test_the_states_of_a_stream_are_kept_with_history(store: Store) -> None:
    connector, stream = one_of(
        "customer", lambda window: iter([Page(people(1), cursor=str(window.cursor))]), mode="append"
    )
    for _ in range(30):
        sync(store, connector, stream)
    with store.read() as tx:
        kept = state_history(tx, tx.scalar(select(streams.c.id)))
    assert 2 <= len(kept) <= 20


# ---- errors, runs, leases ------------------------------------------------------------------------


def test_a_fault_in_a_plugin_keeps_state_and_names_the_plugin(store: Store) -> None:
    def read(window: Window) -> Iterator[Page]:
        yield Page(people(1), cursor=1)
        raise ZeroDivisionError("oops")

    connector, stream = one_of("customer", read, mode="append")
    run = sync(store, connector, stream)
    assert isinstance(run.error, PluginError)
    assert "ZeroDivisionError" in str(run.error)
    assert states(store)[0]["cursor"] == 1
    with store.read() as tx:
        told = list_runs(tx)[0]
    assert (told["status"], told["error_kind"], told["inserted"]) == ("failed", "system", 1)


def test_what_is_no_page_is_a_fault_of_the_plugin(store: Store) -> None:
    run = sync(store, *one_of("customer", lambda window: iter([{"id": 1}])))  # type: ignore[list-item]
    assert isinstance(run.error, PluginError)
    assert "not Page" in str(run.error)


def test_two_syncs_of_one_stream_do_not_run_at_once(store: Store) -> None:
    with store.write() as tx:
        acquire(tx, "crm/customers", new_holder(), micros())
    with pytest.raises(LeaseHeld, match="at work on crm/customers"):
        sync(store, *one_of("customer", people(1)))
    assert not live(store)


def test_a_run_whose_lease_was_taken_writes_nothing_more(store: Store) -> None:
    def read(window: Window) -> Iterator[Page]:
        yield Page(people(1))
        with store.write() as tx:
            from hub.store.tables import leases

            tx.execute(leases.update().values(holder="elsewhere:1:2:3"))
        yield Page(people(2))

    run = sync(store, *one_of("customer", read))
    assert run.status == "interrupted"
    assert set(live(store)) == {"1"}


def test_a_cancelled_run_stops_within_a_page_and_is_marked(store: Store) -> None:
    def read(window: Window) -> Iterator[Page]:
        for number in range(100):
            yield Page(people(number))

    connector, stream = one_of("customer", read)
    run = sync(store, connector, stream, cancelled=lambda: len(live(store)) >= 3)
    assert run.status == "interrupted"
    assert len(live(store)) == 3


def test_a_dead_process_leaves_no_run_running(store: Store) -> None:
    with store.write() as tx:
        from hub.store.runs import start_run

        holder = new_holder().rsplit(":", 3)
        lease = acquire(tx, "crm/customers", f"{holder[0]}:4194000:1:gone", micros())
        start_run(tx, lease, "crm", "customers", micros())
    assert sync(store, *one_of("customer", people(1))).error is None
    with store.read() as tx:
        assert [run["status"] for run in list_runs(tx)] == ["done", "interrupted"]


# ---- a source that moves while it is read --------------------------------------------------------


class Moving:
    """A source whose rows change, appear and vanish while it is read; its clock ticks whole seconds."""

    def __init__(self, seed: int, crashes: bool) -> None:
        self.random = random.Random(seed)
        self.crashes = crashes
        self.moves = True
        self.now = NOON
        self.rows: dict[int, tuple[datetime, int]] = {}
        self.next_id = 1
        for _ in range(30):
            self.add()

    def add(self) -> None:
        self.rows[self.next_id] = (self.now, 0)
        self.next_id += 1

    def rest(self) -> None:
        """Stand still from here on, a moment after the last change."""
        self.now += timedelta(seconds=5)
        self.moves = self.crashes = False

    def move(self) -> None:
        for _ in range(self.random.randint(0, 4) if self.moves else 0):
            self.now += timedelta(seconds=self.random.choice([0, 0, 1]))
            kind = self.random.random()
            if kind < 0.4:
                self.add()
            elif self.rows and kind < 0.8:
                key = self.random.choice(list(self.rows))
                self.rows[key] = (self.now, self.rows[key][1] + 1)
            elif self.rows:
                del self.rows[self.random.choice(list(self.rows))]

    def read(self, window: Window) -> Iterator[Page]:
        after = tuple(window.resume) if window.resume else ("", 0)
        while True:
            inside = sorted(
                (at.isoformat(), key)
                for key, (at, _) in self.rows.items()
                if (window.since is None or at >= window.since)
                and (window.until is None or at < window.until)
            )
            page = [row for row in inside if row > after][:4]
            if not page:
                return
            after = page[-1]
            yield Page(
                [{"id": str(key), "custom": {"n": self.rows[key][1]}, "modified_at": at} for at, key in page],
                resume=list(after),
            )
            self.move()
            if self.crashes and self.random.random() < 0.25:
                raise ConnectionError("the source hung up")


@pytest.mark.parametrize("crash", [False, True], ids=["steady", "with crashes"])
def test_no_row_of_a_moving_source_is_lost(crash: bool, tmp_path: Any) -> None:
    """100 trials steady and 100 with crashes: every row still in the source is here as it is there."""
    lost = 0
    for seed in range(100):
        store = Store(f"sqlite:///{tmp_path / f'{seed}.db'}")
        prepare(store)
        source = Moving(seed, crash)
        stream = a_stream("customer", source.read, mode="window", resolution=timedelta(seconds=1))
        connector = Listed("crm", [stream])
        connector.clock = lambda source=source: source.now  # type: ignore[method-assign]
        for _ in range(6):
            sync(store, connector, stream)
            source.move()
        source.rest()
        for _ in range(2):
            assert sync(store, connector, stream).error is None
        here = live(store)
        lost += sum(
            f'"n":{version}' not in here.get(str(key), "") for key, (_, version) in source.rows.items()
        )
        store.close()
    assert lost == 0


def test_a_full_round_that_dies_sweeps_nothing_it_saw_before_its_death(store: Store) -> None:
    """What is new, changed, older or unchanged on its first page stays; what the round never saw goes."""
    moved = {"modified_at": "2026-03-02T00:00:00Z"}
    pages = [
        [*people(1), *people(2, city="Berlin"), *people(3, modified_at="2026-03-01T00:00:00Z"), *people(6)],
        people(4),
    ]
    dies = True

    def read(window: Window) -> Iterator[Page]:
        for place in range(window.resume if isinstance(window.resume, int) else 0, 2):
            yield Page(pages[place], resume=place + 1)
            if dies:
                raise ConnectionError("hung up")

    connector, stream = one_of("customer", read, mode="window")
    land(store, [*people(1, 2, 4, 5), *people(3, **moved)])
    assert isinstance(sync(store, connector, stream, full=True).error, TransientError)
    dies = False
    run = sync(store, connector, stream)
    assert run.error is None
    assert run.counts.deleted == 1
    assert set(live(store)) == {"1", "2", "3", "4", "6"}


def test_a_full_round_that_dies_before_its_first_token_starts_again(store: Store) -> None:
    pages = [people(1, 2), people(1, city="Berlin")]

    def read(window: Window) -> Iterator[Page]:
        yield Page(pages.pop(0))
        if pages:
            raise ConnectionError("hung up")

    connector, stream = one_of("customer", read, mode="window")
    assert isinstance(sync(store, connector, stream, full=True).error, TransientError)
    run = sync(store, connector, stream)
    assert (run.counts.updated, run.counts.rejected, run.counts.deleted) == (1, 0, 1)
    assert set(live(store)) == {"1"}


def test_a_record_the_source_deletes_and_has_again_in_one_full_round_lives(store: Store) -> None:
    def read(window: Window) -> Iterator[Page]:
        yield Page(people(1, 2))
        yield Page(deleted=["1", "2"])
        yield Page(people(2))
        yield Page(people(2), cursor="token")

    run = sync(store, *one_of("customer", read, mode="delta"), full=True)
    assert (run.counts.inserted, run.counts.deleted, run.counts.updated, run.counts.stale) == (2, 2, 1, 1)
    assert set(live(store)) == {"2"}


def test_a_bucket_that_comes_twice_in_a_run_is_read_again(store: Store) -> None:
    def day(of_month: int, *numbers: int) -> Page:
        date = f"2026-03-0{of_month}"
        return Page([{"id": str(n), "date": date, "amount": "1.00"} for n in numbers], bucket=date)

    pages = [day(1, 1, 2), day(2, 3), day(1, 2, 4)]
    run = sync(store, *one_of("spend", lambda window: iter(pages), mode="buckets"))
    assert (run.counts.inserted, run.counts.unchanged, run.counts.deleted) == (4, 1, 1)
    assert set(live(store)) == {"2", "3", "4"}


def test_nothing_a_round_noted_for_itself_stays_behind(store: Store) -> None:
    land(store, people(1, 2))
    with store.read() as tx:
        assert tx.rows(select(snapshot_seen)) == []
        assert len(tx.rows(select(stream_states))) >= 1
