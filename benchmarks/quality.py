"""How well the whole hub finds who is who: files in, pairwise figures of the crosswalk out.

FEBRL 1 to 4, and a generated company's customers with households, colleagues and namesakes; each with the
model that ships, and again after a plain ``hub train``. One default threshold for all; nothing is tuned to a
set. Also lands CDNOW's purchases as orders and ties their totals out to the cent. With ``odd``: what training
does to odd sets (benchmarks/odd_sets.py), to companies (benchmarks/companies.py), to RLdata500 and 10000 and to the restaurants
of two guides; nothing was learnt from any of them.

Usage: python -m benchmarks.quality [odd]
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from benchmarks.companies import companies
from benchmarks.datasets import CDNOW, FEBRL_SETTINGS, Labelled, cdnow, febrl_files, restaurants, rldata
from benchmarks.odd_sets import ODD, odd_set
from benchmarks.population import population
from hub.app.hub import Hub
from hub.app.rebuild import build, put
from hub.app.train import Trained, trained
from hub.core.match import Matcher
from hub.core.model import record_key
from hub.core.normalize import Normalizer
from hub.store.identity import SourceRow, put_source_records

ROWS: Final = 20_000
"""Records of the generated company."""
POPULATION: Final = """
[hub]
region = "CN"

[connectors.people]
type = "files"
path = "people.jsonl"
record = "customer"
key = "id"
"""


def main() -> None:
    print(
        f"{'set':10} {'model':8} {'records':>8} {'customers':>9} {'precision':>9} {'recall':>7} {'F1':>8} {'CPU s':>6}"
    )
    for number in (1, 2, 3, 4):
        with tempfile.TemporaryDirectory() as folder:
            lay_out_febrl(number, Path(folder))
            _show(f"FEBRL{number}", Path(folder), person_of)
    people = population(ROWS)
    with tempfile.TemporaryDirectory() as folder:
        lines = (json.dumps({"id": row.id, **row.fields}, ensure_ascii=False) for row in people)
        (Path(folder) / "people.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
        (Path(folder) / "connectors.toml").write_text(POPULATION, "utf-8")
        _show("generated", Path(folder), {row.id: row.person for row in people}.__getitem__)
    with tempfile.TemporaryDirectory() as folder:
        orders, value, theirs = cdnow_totals(Path(folder))
    verdict = "tie out to the cent" if value == theirs else "DO NOT TIE OUT"
    print(f"CDNOW      {orders:,} orders, {value} here and {theirs} in the source: {verdict}")


def _show(name: str, folder: Path, person: Callable[[str], str]) -> None:
    before = time.process_time()
    for model, found in crosswalks(folder):
        spent, before = time.process_time() - before, time.process_time()
        precision, recall, f1 = pairwise(found, {row: person(row) for row in found})
        print(
            f"{name:10} {model:8} {len(found):8,} {len(set(found.values())):9,} {precision:9.4f} {recall:7.4f} "
            f"{f1:8.5f} {spent:6.1f}",
            flush=True,
        )


def odd() -> None:
    """Print what training does to odd sets, and to a kept-aside one."""
    print(
        f"{'set':30} {'records':>8} {'shipped F1':>10} {'precision':>9} {'trained F1':>10} {'precision':>9}  learnt"
    )
    sets = {name: odd_set(row) for name, row in ODD.items()}
    sets |= {"a company's 5,000": population(5_000, seed=77), "companies": companies()}
    sets |= {"RLdata500": rldata(500), "RLdata10000": rldata(10_000)}
    sets |= {"restaurants": restaurants(), "restaurants, no telephones": restaurants(phones=False)}
    for name, rows in sets.items():
        with tempfile.TemporaryDirectory() as folder:
            told, shipped, fitted = learnt_and_shipped(
                rows, Path(folder), "US" if "restaurants" in name else "CN"
            )
        print(
            f"{name:30} {len(rows):8,} {shipped[2]:10.4f} {shipped[0]:9.4f} {fitted[2]:10.4f} {fitted[0]:9.4f}  {told.learnt}",
            flush=True,
        )


def learnt_and_shipped(
    rows: Sequence[Labelled], folder: Path, region: str = "CN"
) -> tuple[Trained, tuple[float, float, float], tuple[float, float, float]]:
    """What training says of some records; precision, recall and F1 by the shipped model and by the one taken."""
    (folder / "connectors.toml").write_text(f'[hub]\nregion = "{region}"\n', "utf-8")
    normalizer = Normalizer(region)
    records = [normalizer.source_record(row.fields, key=record_key(row.id)) for row in rows]
    truth = {record_key(row.id): row.person for row in rows}
    with Hub.open(folder) as hub:
        with hub.store.write() as tx:
            put_source_records(
                tx, {one.key: SourceRow(one.key, None, 1, True, one.dump()) for one in records}
            )
            built = build(tx, hub.matcher)
            put(tx, built, ())
        told = trained(hub)
        with hub.store.read() as tx:
            anew = build(tx, Matcher(told.model))
    shipped, fitted = (
        pairwise(dict(zip(made.records.tolist(), made.labels.tolist(), strict=True)), truth)
        for made in (built, anew)
    )
    return told, shipped, fitted


def lay_out_febrl(number: int, folder: Path) -> None:
    """A workspace with the files of a FEBRL set."""
    toml = '[hub]\nregion = "AU"\n'
    for name, text in febrl_files(number).items():
        (folder / name).write_text(text, "utf-8")
        toml += FEBRL_SETTINGS.format(name=Path(name).stem, path=name)
    (folder / "connectors.toml").write_text(toml, "utf-8")


def crosswalks(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Source id to customer id, by the model that ships and by one trained on the workspace itself."""
    with Hub.open(folder) as hub:
        _sync(hub)
        hub.resolve()
        yield "shipped", _crosswalk(hub)
        hub.adopt(trained(hub).model)
        hub.resolve()
        yield "trained", _crosswalk(hub)


def _crosswalk(hub: Hub) -> dict[str, str]:
    return {source_id: customer for customer, _, _, source_id in hub.crosswalk()}


def person_of(row: str) -> str:
    """The true person inside a FEBRL record id: ``rec-12-dup-3`` is person 12."""
    return row.split("-")[1]


def pairwise(found: Mapping[Any, Any], truth: Mapping[Any, str]) -> tuple[float, float, float]:
    """Precision, recall and F1 over pairs of records put together, against pairs that belong together."""
    right = _pairs(Counter((found[row], truth[row]) for row in truth).values())
    said = _pairs(Counter(found.values()).values())
    true = _pairs(Counter(truth.values()).values())
    precision, recall = right / said if said else 1.0, right / true if true else 1.0
    if not said and not true:
        return 1.0, 1.0, 1.0
    return precision, recall, 2 * precision * recall / (precision + recall) if right else 0.0


def cdnow_totals(folder: Path) -> tuple[int, Decimal, Decimal]:
    """Orders landed, their value in the hub's own report, and the sum over the source's file."""
    from hub.app.attribution import Question

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
    odd() if "odd" in sys.argv[1:] else main()
