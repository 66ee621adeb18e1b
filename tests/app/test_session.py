"""Transactions and statements, the same on both databases."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, insert, select, text

from hub.errors import HubError
from hub.store.events import log
from hub.store.identity import clusters_of, holders, write_clusters, write_keys
from hub.store.past import names_of
from hub.store.schema import alembic_config, prepare
from hub.store.session import PART, TOGETHER, Store, Transaction
from hub.store.tables import clusters, interactions, metadata, raw_records, source_records
from tests.factory import land, resolver


def rows(store: Store) -> list[tuple[int, int]]:
    with store.read() as tx:
        return [
            tuple(row)
            for row in tx.rows(select(clusters.c.record, clusters.c.cluster).order_by(clusters.c.record))
        ]


def test_a_reader_sees_one_state_however_much_is_written_meanwhile(store: Store) -> None:
    with store.read() as tx:
        count = select(func.count()).select_from(clusters)
        assert tx.scalar(count) == 0
        with store.write() as writer:
            write_clusters(writer, {1: 1}, [])
        assert tx.scalar(count) == 0
    assert rows(store) == [(1, 1)]


def test_a_reader_sees_one_state_also_by_what_the_driver_reads(store: Store) -> None:
    with store.read() as tx:
        assert clusters_of(tx, [2]) == {}
        with store.write() as writer:
            write_clusters(writer, {1: 1}, [])
        assert clusters_of(tx, [1]) == {}
    assert rows(store) == [(1, 1)]


@pytest.mark.parametrize("view", ["the driver", "SQLAlchemy", "both"])
def test_what_is_written_before_an_error_is_taken_back(store: Store, view: str) -> None:
    def fail() -> None:
        with store.write() as tx:
            if view != "the driver":
                tx.execute(insert(clusters).values(record=7, cluster=7))
            if view != "SQLAlchemy":
                write_clusters(tx, {1: 1}, [])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert rows(store) == []
    with store.write() as tx:
        write_clusters(tx, {2: 2}, [])
    assert rows(store) == [(2, 2)]


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="lists no open files")
def test_a_closed_store_holds_no_file(tmp_path: Path) -> None:
    def held() -> list[str]:
        links = [os.path.realpath(link) for link in Path("/proc/self/fd").iterdir()]
        return [link for link in links if link.startswith(str(tmp_path))]

    store = Store(f"sqlite:///{tmp_path / 'hub.db'}")
    prepare(store)
    for _ in range(2):
        with store.write() as tx:
            write_clusters(tx, {1: 1}, [])
    with store.read() as tx:
        assert clusters_of(tx, [1]) == {1: 1}
    assert held()
    store.close()
    assert not held()


def test_threads_that_write_at_once_have_transactions_of_their_own(store: Store) -> None:
    def add(first: int) -> None:
        for record in range(first, first + 20):
            with store.write() as tx:
                write_clusters(tx, {record: record}, [])
                with store.read() as reader:
                    assert clusters_of(reader, [record]) == {}
            with store.read() as tx:
                assert clusters_of(tx, [record]) == {record: record}

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, (0, 100, 200, 300)))
    assert len(rows(store)) == 80


@pytest.fixture
def waits(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of every commit from now on, whether it waits for the disk."""
    found: list[bool] = []
    commit = Transaction.commit

    def look(tx: Transaction) -> None:
        name = "PRAGMA synchronous" if store.sqlite else "SHOW synchronous_commit"
        found.append(tx.cursor().execute(name).fetchone()[0] in (2, "on"))
        commit(tx)

    if not store.sqlite:  # as servers have it that are not there for tests
        with store.write() as tx:
            tx.execute(text(f"ALTER DATABASE {store.engine.url.database} SET synchronous_commit TO on"))
        store.engine.dispose()
    monkeypatch.setattr(Transaction, "commit", look)
    return found


def test_a_commit_waits_for_the_disk_unless_all_it_keeps_is_derived(store: Store, waits: list[bool]) -> None:
    for derived in (False, True, False):
        with store.write(derived=derived) as tx:
            write_clusters(tx, {1: 1}, [])
    assert waits == [True, False, True]


def test_derived_data_that_others_are_told_of_is_on_the_disk(store: Store, waits: list[bool]) -> None:
    with store.write(derived=True) as tx:
        log(tx, [], at=1, cause="data")
    assert waits == [False]
    waits.clear()
    with store.write(derived=True) as tx:
        log(tx, [("merge", 1, 2)], at=1, cause="data")
        told = Path(f"{store.engine.url.database}-wal")
        size = told.stat().st_size if store.sqlite else 0
    assert waits == ([False, True] if store.sqlite else [True])
    if store.sqlite:
        assert told.stat().st_size > size, "SQLite leaves the disk alone at a commit that wrote nothing"


def test_what_lands_waits_for_the_disk_and_its_resolution_does_not(store: Store, waits: list[bool]) -> None:
    worker = replace(resolver(store), signature="as told")
    worker.resolve()
    waits.clear()
    land(store, [{"id": "a", "full_name": "Zhang Wei"}])
    landed = len(waits)
    worker.resolve()
    assert all(waits[:landed])
    assert waits[landed:] == [False]


@pytest.mark.parametrize("count", [1, TOGETHER - 1, TOGETHER, TOGETHER + 1, 3 * TOGETHER + 7])
def test_any_number_of_rows_is_added_and_overwritten_whole(store: Store, count: int) -> None:
    with store.write() as tx:
        write_clusters(tx, {record: record for record in range(count)}, [])
    with store.write() as tx:
        write_clusters(tx, {record: record + 1 for record in range(1, count + 1)}, [])
    assert rows(store) == [(0, 0), *((record, record + 1) for record in range(1, count + 1))]


@pytest.mark.parametrize("asked", [[], [7], [7, 8], [8, 99]])
def test_one_value_is_looked_up_as_several_are(store: Store, asked: list[int]) -> None:
    with store.write() as tx:
        write_clusters(tx, {7: 70, 8: 80, 9: 90}, [])
        assert clusters_of(tx, asked) == {record: 10 * record for record in asked if record < 10}


@pytest.mark.parametrize("count", [0, 1, PART, PART + TOGETHER + 1])
def test_columns_are_added_as_their_rows_would_be(store: Store, count: int) -> None:
    numbers = np.arange(count, dtype=np.int64)
    with store.write() as tx:
        tx.fill(clusters, ("record", "cluster"), (numbers, numbers + 5))
    assert rows(store) == [(record, record + 5) for record in range(count)]


@pytest.mark.parametrize("limit", [3, 40, 41, 200, 201, 1_000])
def test_of_a_value_that_many_hold_no_more_are_read_than_tell_that_it_is_generic(
    store: Store, limit: int
) -> None:
    crowded, echo, alone = 64, 128, 192
    with store.write() as tx:
        write_keys(tx, [(key, record) for key in (crowded, echo) for record in range(2_500)], ())
        write_keys(tx, [(alone, 1)], ())
        limits = {crowded: limit, echo: 1_000_000_000, alone: limit}
        found = holders(tx, limits, limits.__getitem__)
    assert limit < len(found[crowded]) <= 1_001
    assert (len(found[echo]), found[alone]) == (2_500, {1})


def test_an_upgrade_to_rows_with_addresses_keeps_every_row(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'hub.db'}")
    with store.engine.begin() as connection:
        command.upgrade(alembic_config(connection), "0005")
    records = [(3, None, 1, True, "{}", "x"), (1 << 62, 7, 2, False, "{}", "")]
    with store.write() as tx:
        tx.insert(source_records, [column.name for column in source_records.columns], records)
        tx.insert(interactions, ("raw_id", "record", "at"), [(2, 3, 5), (1, None, 6)])
    assert prepare(store)
    with store.read() as tx:
        assert tx.rows(select(source_records)) == records
        assert tx.rows(select(interactions.c.raw_id, interactions.c.record)) == [(1, None), (2, 3)]
        assert tx.rows(select(interactions.c.raw_id).where(interactions.c.record == 3)) == [(2,)]
        assert compare_metadata(MigrationContext.configure(tx.connection), metadata) == []
        inside = {
            row[0] for row in tx.rows(text("SELECT name FROM sqlite_master WHERE name LIKE '%autoindex%'"))
        }
        assert not {name for name in inside if "interactions" in name or "orders" in name}
    with store.engine.begin() as connection:
        command.downgrade(alembic_config(connection), "0005")
    with store.read() as tx:
        assert sorted(tx.rows(select(source_records))) == sorted(records)
    store.close()


def test_an_upgrade_to_records_by_their_ids_keeps_every_row_and_every_name(store: Store) -> None:
    land(store, [{"id": "a", "full_name": "Zhang Wei"}, {"id": "b", "full_name": "Bob Miller"}])
    land(store, [{"id": "a", "full_name": "Zhang Wei"}])
    resolver(store).resolve()
    every = select(raw_records).order_by(raw_records.c.id)
    with store.read() as tx:
        before = tx.rows(every)
        keys = {row.source_id: row.key for row in before}
        assert [row.deleted_at is None for row in before] == [True, False]
    with store.engine.begin() as connection:
        command.downgrade(alembic_config(connection), "0007")
    with store.read() as tx:
        assert tx.rows(every) == before
        assert compare_metadata(MigrationContext.configure(tx.connection), metadata) != []
    assert prepare(store)
    with store.read() as tx:
        assert tx.rows(every) == before
        assert names_of(tx, keys.values()) == {key: f"crm/customers/{name}" for name, key in keys.items()}
        assert compare_metadata(MigrationContext.configure(tx.connection), metadata) == []
    again = before[0]._asdict() | {"id": 99, "key": 99}
    with pytest.raises(HubError, match=r"(?i)unique"), store.write() as tx:
        tx.execute(insert(raw_records).values(**again))
