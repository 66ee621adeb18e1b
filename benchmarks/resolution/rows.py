"""The rows both contenders get: a generated population, normalized once by the hub.

``stored/`` is a workspace that holds them as the hub stores source records; ``rows.parquet`` has the same
values in columns, empty ones null, for the peer; ``truth.parquet`` who they are, for neither. So the peer is
spared all cleaning: names are parsed and folded, Chinese ones read in pinyin too, phones in E.164, addresses
in parts. ``people.jsonl`` has them raw, as a source sends them. Some more of the same people come as
``fresh.jsonl`` and ``fresh.parquet``.
``python -m benchmarks.resolution.rows FOLDER SIZE FRESH``
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.measure import alone, peak_mb, spending, tell

if TYPE_CHECKING:
    import polars as pl

    from benchmarks.datasets import Labelled
    from hub.core.model import SourceRecord

__all__ = ["SEED", "figures", "lay_out"]

SEED: Final = 20261122
"""Not the one the shipped model was learnt from, though the generator is the same."""
CONFIG: Final = '[hub]\nregion = "CN"\n'
SINGLE: Final = ("given", "family", "organization", "house", "street", "city", "postal_code")
FIRST: Final = {"email": "emails", "phone": "phones", "handle": "handles"}
CHUNK: Final = 50_000


def lay_out(folder: Path, size: int, fresh: int = 0) -> dict[str, Any]:
    """Make the files in a process of its own; what it took, and what there is to find."""
    return alone("benchmarks.resolution.rows", str(folder), str(size), str(fresh))


def figures(folder: Path, records: Sequence[int], labels: Sequence[int]) -> tuple[float, float, float]:
    """Precision, recall and F1 of a clustering, over pairs of records."""
    import polars as pl

    from benchmarks.quality import pairwise

    truth = dict(pl.read_parquet(folder / "truth.parquet").iter_rows())
    return pairwise(dict(zip(records, labels, strict=True)), truth)


def _write(folder: Path, size: int, fresh: int) -> None:
    import polars as pl

    from benchmarks.population import population
    from hub.app.hub import Hub
    from hub.store.identity import SourceRow, put_source_records

    with spending() as spent:
        rows = population(size + fresh, SEED)
    generated = peak_mb()
    (folder / "stored").mkdir(parents=True)
    (folder / "stored" / "connectors.toml").write_text(CONFIG, encoding="utf-8")
    frames: list[pl.DataFrame] = []
    people: list[tuple[int, str]] = []
    with Hub.open(folder / "stored") as hub:
        for start in range(0, size, CHUNK):
            some = rows[start : min(start + CHUNK, size)]
            records = list(_normalized(some))
            people += [(record.key, row.person) for record, row in zip(records, some, strict=True)]
            frames.append(_columns(records))
            with hub.store.write() as tx:
                put_source_records(
                    tx, {one.key: SourceRow(one.key, None, 1, True, one.dump()) for one in records}
                )
    told = pl.concat(frames)
    told.write_parquet(folder / "rows.parquet")
    truth = pl.DataFrame(people, {"record": pl.Int64, "person": pl.String}, orient="row")
    truth.write_parquet(folder / "truth.parquet")
    if fresh:
        _columns(list(_normalized(rows[size:]))).write_parquet(folder / "fresh.parquet")
        _write_raw(folder / "people.jsonl", rows[:size])
        _write_raw(folder / "fresh.jsonl", rows[size:])
    pairs, sharing = _findable(told.with_columns(person=truth["person"]))
    people_there = truth["person"].n_unique()
    tell(generated=spent, generated_mb=generated, people=people_there, pairs=pairs, sharing=sharing)


def _normalized(rows: Sequence[Labelled]) -> Iterator[SourceRecord]:
    """The rows as the hub would store them."""
    from hub.core.model import record_key
    from hub.core.normalize import Normalizer

    normalizer = Normalizer("CN")
    for row in rows:
        yield normalizer.source_record(row.fields, key=record_key(row.id))


def _columns(records: list[SourceRecord]) -> pl.DataFrame:
    """The records as a peer reads them: a column a field, the first value of those with several."""
    import polars as pl

    from hub.core.columns import of_records

    told = of_records(records)
    told = told.select("key", *SINGLE, *(pl.col(name).list.first().alias(one) for one, name in FIRST.items()))
    return told.with_columns(pl.col(pl.String).replace("", None)).rename({"key": "unique_id"})


def _write_raw(path: Path, rows: Sequence[Labelled]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps({"id": row.id, **row.fields}, ensure_ascii=False) + "\n")


def _findable(rows: pl.DataFrame) -> tuple[int, int]:
    """How many pairs of records are of one customer, and how many of those have any value in common."""
    import polars as pl

    both = rows.join(rows, on="person", suffix="_other").filter(
        pl.col("unique_id") < pl.col("unique_id_other")
    )
    shared = pl.any_horizontal(pl.col(name) == pl.col(f"{name}_other") for name in (*SINGLE, *FIRST))
    return both.height, both.select(shared.fill_null(False).sum()).item()


if __name__ == "__main__":
    _write(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
