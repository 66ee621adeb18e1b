"""The workspace that reports are measured on: what is kept of it says what reading it anew would."""

from __future__ import annotations

from benchmarks.attribution.stored import a_day, lay_out, reported
from hub.app.attribution import keep
from hub.store.columns import KEPT, blocks, forget_blocks, stale
from hub.store.session import Store

MODELS = ("linear", "markov-1")


def test_the_report_of_the_next_day_is_the_one_computed_anew(database: str) -> None:
    lay_out(database, 3000, 1400, 200)
    store = Store(database)
    keep(store, block=100)
    a_day(database, 400)
    with store.read() as tx:
        assert all(blocks(tx, kind) and stale(tx, kind) for kind in KEPT)
    refreshed = reported(database, MODELS)
    with store.write() as tx:
        for kind in KEPT:
            forget_blocks(tx, kind)
    store.close()
    assert refreshed == reported(database, MODELS)
    totals = refreshed["totals"]
    assert totals["conversions"] > 200
    assert all(totals[name] for name in ("refunds", "unattributed", "cost"))
