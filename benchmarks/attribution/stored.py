"""A workspace's history, made at once, and the report on it: what reading it from a database costs.

``lay_out`` writes customers, their touches and orders through the store's own doors, as resolved records leave
them; ``a_day`` adds one more day: touches, orders, and records that turned out to be of another customer.
``python -m benchmarks.attribution.stored lay_out ADDRESS TOUCHES RECORDS ORDERS``, then ``... day ADDRESS TOUCHES``
and ``... report ADDRESS MODEL,MODEL,...`` are the parts that run by themselves.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice, product
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from benchmarks.measure import peak_mb, spending, tell
from hub.app.attribution import Question, Rules, attribute
from hub.core.attribution import MODELS
from hub.store.history import put_history
from hub.store.identity import write_clusters
from hub.store.schema import prepare
from hub.store.session import Store
from hub.store.tables import clusters, interactions, raw_records, spend, streams

__all__ = ["a_day", "lay_out", "reported"]

Ints = npt.NDArray[np.int64]

YEAR: Final = 365 * 86_400
BEGIN: Final = 1_767_225_600
"""Seconds: the start of 2026."""
RULES: Final = Rules("CNY", "Asia/Shanghai")
CUSTOMERS: Final = 5, 7
"""Of so many records, so many are left when it is known who is who."""
TOGETHER: Final = 100_000
WAYS: Final = (
    ("google", "cpc"), ("google", "organic"), ("baidu", "cpc"), ("baidu", "organic"), ("facebook", "social"),
    ("facebook", "cpc"), ("youtube", "video"), ("newsletter", "email"), ("partner", "affiliate"), ("shop.example", "referral"),
    ("wechat", "social"), ("weibo", "cpm"), ("taobao", "cpc"), ("jd", "organic"), ("bilibili", "video"),
    ("spotify", "audio"), ("", ""),
)  # fmt: skip
RAW: Final = (
    "id", "key", "stream_id", "source_id", "hash", "revision", "body", "landed_at", "changed_at", "run_id",
)  # fmt: skip
KINDS: Final = ("visit", "visit", "visit", "form", "mail", "message")


def lay_out(address: str, touches: int, records: int, sales: int) -> None:
    """An empty database filled: records of customers and a year of touches, orders and costs."""
    random = np.random.default_rng(20261122)
    keys = random.integers(-(1 << 63), (1 << 63) - 1, records)
    labels = keys[: records * CUSTOMERS[0] // CUSTOMERS[1]]
    labels = np.concatenate([labels, random.choice(labels, records - len(labels))])
    # a third of all customers has two thirds of the touches, and an order comes from somebody who was touched
    active = np.where(random.random(touches) < 0.5, records // 3, records)
    who = keys[(random.random(touches) * active).astype(np.int64)]
    when = np.sort(random.integers(0, YEAR, touches))
    of = np.sort(random.choice(touches, sales))
    numbers = records + 1 + np.arange(touches + sales)
    place = np.searchsorted(of, np.arange(touches)) + np.arange(touches)
    sold = np.setdiff1d(np.arange(touches + sales), place, assume_unique=True)
    store = Store(address)
    prepare(store)
    with store.write() as tx:
        order = np.argsort(keys)
        tx.fill(clusters, ("record", "cluster"), [keys[order], labels[order]])
    for rows in _parts(_touches(random, numbers[place], who, when)):
        with store.write() as tx:
            tx.insert(interactions, _names(interactions), rows)
    with store.write() as tx:
        _sell(tx, random, numbers[sold], who[of], when[of])
        tx.insert(spend, _names(spend), _costs())
    store.close()


def a_day(address: str, touches: int) -> None:
    """One more day: so many touches, a twentieth as many orders and as many records that move."""
    random = np.random.default_rng(touches)
    store = Store(address)
    with store.write() as tx:
        last = max(
            _one(tx, "SELECT max(raw_id) FROM interactions"), _one(tx, "SELECT max(raw_id) FROM orders")
        )
        keys = _column(tx, "SELECT record FROM clusters")
        who, when = random.choice(keys, touches), YEAR + np.sort(random.integers(0, 86_400, touches))
        numbers = last + 1 + np.arange(touches)
        put_history(tx, "interaction", [*zip(*_touches(random, numbers, who, when), strict=True)], [])
        many = touches // 20
        _sell(tx, random, numbers[-1] + 1 + np.arange(many), who[:many], when[:many])
        moved = random.choice(keys, many, replace=False)
        write_clusters(tx, dict(zip(moved.tolist(), np.roll(moved, 1).tolist(), strict=True)), [])
    store.close()


def reported(address: str, models: tuple[str, ...]) -> dict[str, Any]:
    """The report as it stands now, under some models."""
    store = Store(address)
    prepare(store)
    told = attribute(store, Question(models=models), RULES, MODELS)[0].plain()
    store.close()
    return told


def _touches(random: np.random.Generator, numbers: Ints, who: Ints, when: Ints) -> Iterator[tuple[Any, ...]]:
    """Rows of ``interactions``: some thousand combinations of where they came from."""
    many = len(numbers)
    popular = random.dirichlet(np.full(len(WAYS), 2.0))
    told = zip(
        numbers.tolist(), who.tolist(), ((BEGIN + when) * 1_000_000).tolist(),
        random.choice(len(WAYS), many, p=popular).tolist(), random.integers(0, len(KINDS), many).tolist(),
        random.integers(0, 40, many).tolist(),
        strict=True,
    )  # fmt: skip
    for number, record, at, way, kind, campaign in told:
        source, medium = WAYS[way]
        tagged = medium in ("cpc", "email", "cpm")
        yield (
            number, record, at, KINDS[kind], "inbound", "", source, medium, f"campaign {campaign}" if tagged else "",
            "", f"text {campaign % 3}" if tagged else "", "gclid" if (source, medium) == ("google", "cpc") else "",
            "", f"https://www.example.com/p/{number % 500}", "", "", None,
        )  # fmt: skip


def _costs() -> Iterator[tuple[Any, ...]]:
    """Rows of ``spend``: what some ways cost on most days."""
    days = (f"2026-{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 29))
    for number, (day, way) in enumerate(product(days, WAYS[:6]), start=1):
        yield (-number, day, "", *way, "", 100_000_000, "CNY")


def _sell(tx: Any, random: np.random.Generator, numbers: Ints, who: Ints, when: Ints) -> None:
    """Orders a while after a touch; one in fifty takes back the one before it, and some are of nobody known."""
    many = len(numbers)
    worth = random.integers(1, 1000, many) * 1_000_000
    after = BEGIN + when + random.integers(0, 86_400, many)
    if _one(tx, "SELECT max(id) FROM streams") is None:
        names = ("id", "connector", "name", "kind", "mode", "makes_customers")
        tx.insert(streams, names, [(1, "shop", "orders", "order", "snapshot", True)])
    rows: list[tuple[Any, ...]] = []
    raw: list[tuple[Any, ...]] = []
    told = zip(numbers.tolist(), who.tolist(), (after * 1_000_000).tolist(), worth.tolist(), strict=True)
    before: tuple[Any, ...] = ()
    for number, record, at, amount in told:
        if before and number % 50 == 0:
            row = (number, before[1], max(at, before[2]), "done", -before[4], "CNY")
        else:
            row = (number, record if number % 25 else None, at, "done", amount, "CNY")
        rows.append(row)
        raw.append((number, number, 1, str(number), b"", 1, "{}", at, at, 1))
        before = row if row[4] > 0 else ()
    tx.insert(raw_records, RAW, raw)
    for part in _parts(iter(rows)):
        put_history(tx, "order", [*zip(*part, strict=True)], [])


def _parts(rows: Iterator[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    while part := list(islice(rows, TOGETHER)):
        yield part


def _names(table: Any) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns)


def _one(tx: Any, query: str) -> Any:
    return tx.cursor().execute(query).fetchone()[0]


def _column(tx: Any, query: str) -> Ints:
    return np.array([row[0] for row in tx.cursor().execute(query).fetchall()], np.int64)


def main(part: str, address: str, *given: str) -> None:
    """One part, and what it took."""
    found: Any = None
    with spending() as spent:
        if part == "lay_out":
            lay_out(address, *map(int, given))
        elif part == "day":
            a_day(address, *map(int, given))
        else:
            found = reported(address, tuple(given[0].split(",")))
    tell(**asdict(spent), peak_mb=peak_mb(), found=found)


if __name__ == "__main__":
    main(*sys.argv[1:])
