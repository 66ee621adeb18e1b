"""The same rows in random orders and batches end with the very same keys, edges and clusters."""

from __future__ import annotations

from pathlib import Path

from benchmarks.orders import played

SIZE = 3000


def test_five_orders_of_the_same_rows_give_the_same_partition(tmp_path: Path) -> None:
    ended = []
    for order in range(6):
        (tmp_path / str(order)).mkdir()
        ended.append(played(tmp_path / str(order), SIZE, order))
    assert {one.digest for one in ended} == {ended[0].digest}
    assert ended[0].edges > SIZE / 4, "customers are found"
    assert len({one.batches for one in ended}) > 3
    assert all(0 < one.anew < one.batches for one in ended[1:]), "both paths were taken"
