"""What the peers do with the same visits; runs in their environment and knows nothing of the hub.

Set up as their guides show. MAM takes one row a visit. ChannelAttribution takes finished paths as text, so these
are made here, and each distinct one is handed over once with its counts, which suits it best.
``python -m benchmarks.attribution.with_peers mam|ca FOLDER WORK,WORK,...``
"""

from __future__ import annotations

import contextlib
import io
import sys
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.measure import Spent, peak_mb, spending, tell

Found = dict[str, dict[str, float]]


def mam(folder: Path, works: list[str]) -> tuple[dict[str, Spent], Found]:
    """marketing-attribution-models 2."""
    from mam import MAM

    spent: dict[str, Spent] = {}
    found: Found = {}
    with spending() as spent["read"]:
        visits = pl.read_parquet(folder / "visits.parquet", columns=["user", "time", "channel", "conversion"])
        models = MAM(
            df=visits, format_type="session", channels_colname="channel", journey_with_conv_colname="conversion",
            datetime_colname="time", user_id_colname="user",
        )  # fmt: skip
    for work in works:
        with spending() as spent[work]:
            result = getattr(models, work)()
            summed = result.to_polars()
        found[work] = {str(row[0]): float(row[1]) for row in summed.rows()}
        if work == "run_markov":
            found["removal effects"] = result.metadata["removal_effect"]["removal_effect"].to_dict()
    return spent, found


def ca(folder: Path, works: list[str]) -> tuple[dict[str, Spent], Found]:
    """ChannelAttribution: ``heuristics``, ``markov-K``, and ``exact-K`` with very many simulations."""
    with contextlib.redirect_stdout(io.StringIO()):
        import ChannelAttribution as peer  # greets, and looks for updates

    spent: dict[str, Spent] = {}
    found: Found = {}
    with spending() as spent["read"]:
        visits = pl.read_parquet(folder / "visits.parquet")
        paths = (
            visits.sort("user", "time")
            .group_by("user")
            .agg(pl.col("channel").str.join(">"), pl.col("conversion").any(), pl.col("value").sum())
            .group_by("channel")
            .agg(pl.col("conversion").sum(), pl.len().alias("all"), pl.col("value").sum())
            .with_columns(null=pl.col("all") - pl.col("conversion"))
            .to_pandas()
        )
    for work in works:
        kind, _, order = work.partition("-")
        arguments: dict[str, Any] = {"var_path": "channel", "var_conv": "conversion", "var_value": "value"}
        if order:
            arguments |= {"var_null": "null", "order": int(order), "verbose": False, "flg_pro": False}
        if kind == "exact":
            arguments |= {"nsim_start": 2e7, "conv_par": 1.0, "nfold": 1}
        run = peer.markov_model if order else peer.heuristic_models
        with spending() as spent[work], contextlib.redirect_stdout(io.StringIO()):
            told = run(paths, **arguments)
        columns = [name for name in told.columns if name.endswith(("conversions", "conversion"))]
        found |= {
            f"{work} {name}": dict(
                zip(told["channel_name" if "channel_name" in told else "channel"], told[name], strict=True)
            )
            for name in columns
        }
    return spent, found


if __name__ == "__main__":
    contender = {"mam": mam, "ca": ca}[sys.argv[1]]
    spent, found = contender(Path(sys.argv[2]), sys.argv[3].split(","))
    stages = {stage: {"cpu": one.cpu, "wall": one.wall} for stage, one in spent.items()}
    tell(stages=stages, peak_mb=peak_mb(), found=found)
