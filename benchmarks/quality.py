"""How well the whole hub finds who is who: FEBRL 1 to 4 as files in, pairwise figures of the crosswalk out.

Also lands CDNOW's purchases as orders and ties their totals out to the cent. One default model and
one default threshold for all; nothing is tuned to a set.

Usage: python -m benchmarks.quality [--train]
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path

from benchmarks.datasets import CDNOW, FEBRL_SETTINGS, cdnow, febrl_files
from hub.app.hub import Hub


def main() -> None:
    train = "--train" in sys.argv
    print(f"{'set':8} {'records':>8} {'customers':>9} {'precision':>9} {'recall':>7} {'F1':>7} {'CPU s':>6}")
    for number in (1, 2, 3, 4):
        with tempfile.TemporaryDirectory() as folder:
            before = time.process_time()
            found = crosswalk_of_febrl(number, Path(folder), train=train)
            spent = time.process_time() - before
        precision, recall, f1 = pairwise(found, {row: person_of(row) for row in found})
        customers = len(set(found.values()))
        print(
            f"FEBRL{number:<3} {len(found):8,} {customers:9,} {precision:9.4f} {recall:7.4f} {f1:7.4f} {spent:6.1f}"
        )
    with tempfile.TemporaryDirectory() as folder:
        orders, value, theirs = cdnow_totals(Path(folder))
    verdict = "tie out to the cent" if value == theirs else "DO NOT TIE OUT"
    print(f"CDNOW    {orders:8,} orders, {value} here and {theirs} in the source: {verdict}")


def crosswalk_of_febrl(number: int, folder: Path, *, train: bool = False) -> dict[str, str]:
    """Source id to customer id, after the files went through the whole hub."""
    toml = '[hub]\nregion = "AU"\n'
    for name, text in febrl_files(number).items():
        (folder / name).write_text(text, "utf-8")
        toml += FEBRL_SETTINGS.format(name=Path(name).stem, path=name)
    (folder / "connectors.toml").write_text(toml, "utf-8")
    with Hub.open(folder) as hub:
        _sync(hub)
        if train:
            from hub.app.train import train as learn

            hub.adopt(learn(hub)[0])
        hub.resolve()
        return {source_id: customer for customer, _, _, source_id in hub.crosswalk()}


def person_of(row: str) -> str:
    """The true person inside a FEBRL record id: ``rec-12-dup-3`` is person 12."""
    return row.split("-")[1]


def pairwise(found: Mapping[str, str], truth: Mapping[str, str]) -> tuple[float, float, float]:
    """Precision, recall and F1 over pairs of records put together, against pairs that belong together."""
    right = _pairs(Counter((found[row], truth[row]) for row in truth).values())
    said = _pairs(Counter(found.values()).values())
    true = _pairs(Counter(truth.values()).values())
    precision, recall = right / said if said else 1.0, right / true if true else 1.0
    return precision, recall, 2 * precision * recall / (precision + recall) if right else 0.0


def cdnow_totals(folder: Path) -> tuple[int, Decimal, Decimal]:
    """Orders landed, their value in the hub's own report, and the sum over the source's file."""
    from hub.app.report import Question

    text = cdnow()
    (folder / "orders.csv").write_text(text, "utf-8")
    (folder / "connectors.toml").write_text(CDNOW, "utf-8")
    with Hub.open(folder) as hub:
        _sync(hub)
        hub.resolve()
        totals = hub.attribution(Question(lookback="all")).totals
    theirs = sum((Decimal(line.split(",")[-1]) for line in text.splitlines()[1:]), Decimal(0))
    return totals.conversions, Decimal(totals.value) / 1_000_000, theirs


def _sync(hub: Hub) -> None:
    for run in hub.sync():
        if run.error is not None:
            raise run.error


def _pairs(sizes: Iterable[int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)


if __name__ == "__main__":
    main()
