"""The hub's part: from two Parquet files to credit by channel.

``python -m benchmarks.attribution.ours FOLDER MODEL,MODEL,...`` is the part that runs by itself.
"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

from benchmarks.attribution.rows import DAY
from benchmarks.measure import Spent, peak_mb, spending, tell
from hub.core.attribution import MODELS, Learner, Markov, credit, nulls
from hub.core.journeys import journeys

LOOKBACK = 90 * DAY


def main(folder: Path, names: list[str]) -> None:
    """Time each stage; credit by channel comes with it."""
    spent: dict[str, Spent] = {}
    with spending() as spent["read"]:
        touches = pl.read_parquet(folder / "touches.parquet").with_columns(
            pl.lit("").alias(name) for name in ("source", "medium", "campaign")
        )
        conversions = pl.read_parquet(folder / "conversions.parquet")
    with spending() as spent["journeys"]:
        paths = journeys(touches, conversions, lookback_us=LOOKBACK)
    models = {name: MODELS[name] for name in names}
    if any(isinstance(model, Learner) for model in models.values()):
        with spending() as spent["null paths"]:
            lost = nulls(touches, conversions["customer"], lookback_us=LOOKBACK)
        models = {
            name: model.knowing(lost) if isinstance(model, Learner) else model
            for name, model in models.items()
        }
    found: dict[str, dict[str, float]] = {}
    for name, model in models.items():
        with spending() as spent[name]:
            credited = credit(paths, model)
            summed = credited.group_by("channel").agg(pl.col("share", "credit").sum())
        found[name] = dict(summed.select("channel", "share").iter_rows())
    if isinstance(chain := models.get("markov-1"), Markov):
        found["removal effects"] = dict(chain.effects(paths).select("channel", "conversions").iter_rows())
    tell(
        stages={stage: {"cpu": one.cpu, "wall": one.wall} for stage, one in spent.items()},
        peak_mb=peak_mb(),
        found=found,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2].split(","))
