"""Keys to clusters of everything at once: the hub by stage, with the shipped and the trained model, and the peer.

The hub's figure is ``hub.app.rebuild.build`` on normalized records in memory; reading them from the store and
writing what was found come beside it. Budget for a million records: 12 CPU seconds and 1 GB beyond the rows,
training 10 CPU seconds; F1 at least .08 above Splink's at its .95, at a precision no lower.
``python -m benchmarks.resolution.batch FOLDER [train]`` is the part that runs by itself.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, Final

from benchmarks import measure
from benchmarks.measure import Spent, alone, peak_mb, resident_mb, spending, tell
from benchmarks.resolution.peer import SETTINGS, ask
from benchmarks.resolution.rows import figures, lay_out

__all__ = ["measured", "show"]

READ: Final = "read from the store"
STAGES: Final = {
    ("hub.app.rebuild", "of_contents"): "columns",
    ("hub.app.rebuild", "key_columns"): "keys",
    ("hub.app.rebuild", "echo_keys"): "keys",
    ("hub.app.rebuild", "_held"): "keys",
    ("hub.app.rebuild", "_voices"): "identical records",
    ("hub.app.rebuild", "candidate_pairs"): "candidate pairs",
    ("hub.core.match.weigh.Weigher", "__init__"): "weights",
    ("hub.core.match.weigh.Weigher", "weigh"): "weights",
    ("hub.app.pieces.Pieces", "labels"): "clusters",
}
"""What ``build`` calls; and what is left of its time beside reading:"""
LEFT: Final = "edges"


def show(folder: Path, size: int, *, peer: bool) -> None:
    """Run all contenders on the same rows and print two tables."""
    made = lay_out(folder, size)
    print(
        f"{size:,} records of {made['people']:,} customers, generated in {made['generated']['cpu']:.1f} CPU s and "
        f"{made['generated_mb']:,.0f} MB; {made['pairs']:,} pairs of records are of one customer, "
        f"{made['sharing'] / made['pairs']:.1%} of them have any value in common\n"
    )
    hub = measured(folder, train=True)
    stages = [(stage, spent["cpu"], spent["wall"]) for stage, spent in hub["stages"].items() if stage != READ]
    rows: list[tuple[object, ...]] = [("stage", "CPU s", "wall s"), *stages]
    rows.append(("keys to clusters", sum(row[1] for row in stages), sum(row[2] for row in stages)))
    rows.append((READ, hub["stages"][READ]["cpu"], hub["stages"][READ]["wall"]))
    rows.append(("write keys, edges, clusters", hub["write"]["cpu"], hub["write"]["wall"]))
    measure.show(f"the hub, stage by stage; {hub['pairs']:,} edges kept", rows)
    print()
    heads = ("", "CPU s", "of it training", "peak MB", "beyond the rows", "precision", "recall", "F1")
    table: list[tuple[object, ...]] = [heads]
    memory = f"{hub['peak_mb']:.0f}", f"{hub['peak_mb'] - hub['rows_mb']:.0f}"
    table.append(("the hub, as it ships", rows[len(stages) + 1][1], "", *memory, *_quality(hub["shipped"])))
    trained = hub["train"]["cpu"] + hub["again"]["cpu"]
    table.append(
        ("the hub, after `hub train`", trained, hub["train"]["cpu"], "", "", *_quality(hub["trained"]))
    )
    for name, title in SETTINGS.items() if peer else ():
        told = ask("batch", folder, name)
        cpu = sum(told[stage]["cpu"] for stage in ("train", "predict", "cluster"))
        found = _quality(_peer_figures(folder))
        table.append((title, cpu, told["train"]["cpu"], f"{told['peak_mb']:.0f}", "", *found))
    measure.show("the same rows, pairs of records", table)


def measured(folder: Path, *, train: bool = False) -> dict[str, Any]:
    """What a process of its own tells of the hub's work on these rows."""
    return alone("benchmarks.resolution.batch", str(folder), *(["train"] if train else []))


def _quality(found: list[float] | tuple[float, ...]) -> list[str]:
    return [f"{figure:.4f}" for figure in found]


def _peer_figures(folder: Path) -> tuple[float, float, float]:
    import polars as pl

    clusters = pl.read_parquet(folder / "clusters.parquet")
    return figures(folder, clusters["unique_id"].to_list(), clusters["cluster_id"].to_list())


def _measure(folder: Path, *, train: bool) -> None:
    from hub.app import rebuild
    from hub.app.hub import Hub
    from hub.app.train import trained

    gc.disable()  # as the resolver does while it works
    with Hub.open(folder / "stored") as hub:
        hub.matcher  # noqa: B018 (loaded before the clock starts)
        stored = _stored_mb(hub)
        before = resident_mb()
        with hub.store.read() as tx, _staged() as stages, spending() as total:
            built = rebuild.build(tx, hub.matcher)
        peak = peak_mb()
        stages[LEFT] = Spent(
            total.cpu - sum(one.cpu for one in stages.values()),
            total.wall - sum(one.wall for one in stages.values()),
        )
        facts: dict[str, Any] = {
            "peak_mb": peak,
            "rows_mb": before + stored,
            "pairs": len(built.edges[0]) // 2,
            "shipped": figures(folder, built.records.tolist(), built.labels.tolist()),
            "stages": {name: {"cpu": one.cpu, "wall": one.wall} for name, one in stages.items()},
        }
        if train:
            with hub.store.write() as tx, spending() as facts["write"]:
                rebuild.put(tx, built, ())
            del built
            with spending() as facts["train"]:
                model = trained(hub).model
            hub.adopt(model)
            with hub.store.read() as tx, spending() as facts["again"]:
                built = rebuild.build(tx, hub.matcher)
            facts["trained"] = figures(folder, built.records.tolist(), built.labels.tolist())
    tell(**facts)


def _stored_mb(hub: Any) -> float:
    """What the normalized records take as they are stored."""
    from sqlalchemy import func, select

    from hub.store.tables import source_records

    with hub.store.read() as tx:
        return tx.scalar(select(func.sum(func.length(source_records.c.content)))) / 1_000_000


@contextmanager
def _staged() -> Iterator[dict[str, Spent]]:
    """Measure the functions that ``build`` calls while it runs, each without those it calls that are measured too."""
    from hub.app import rebuild

    stages: dict[str, Spent] = {}
    inner = [Spent(0.0, 0.0)]

    def note(stage: str, spent: Spent, within: Spent) -> None:
        known = stages.get(stage, Spent(0.0, 0.0))
        stages[stage] = Spent(known.cpu + spent.cpu - within.cpu, known.wall + spent.wall - within.wall)
        inner[-1] = Spent(inner[-1].cpu + spent.cpu, inner[-1].wall + spent.wall)

    def clocked(stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any) -> Any:
            inner.append(Spent(0.0, 0.0))
            with spending() as spent:
                result = function(*arguments)
            note(stage, spent, inner.pop())
            return result

        return run

    def read(rows: Any) -> Iterator[Any]:
        rest = batched(rows)
        while True:
            with spending() as spent:
                some = next(rest, None)
            note(READ, spent, Spent(0.0, 0.0))
            if some is None:
                return
            yield some

    batched = rebuild.batched
    rooms = {place: resolve_name(place) for place, _ in STAGES}
    kept = {(place, name): getattr(rooms[place], name) for place, name in STAGES}
    for (place, name), stage in STAGES.items():
        setattr(rooms[place], name, clocked(stage, kept[place, name]))
    rebuild.batched = read
    try:
        yield stages
    finally:
        rebuild.batched = batched
        for (place, name), function in kept.items():
            setattr(rooms[place], name, function)


if __name__ == "__main__":
    _measure(Path(sys.argv[1]), train="train" in sys.argv[2:])
