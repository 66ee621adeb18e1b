"""What would be lost without each channel: the removal effects a chain has learned, and the parts they give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.app.reports.basis import Basis
from hub.errors import ConfigError

if TYPE_CHECKING:
    import polars as pl

__all__ = ["effects"]


def effects(basis: Basis) -> pl.DataFrame:
    """``model, channel, effect, part, value_effect, value_part`` of every model that is a chain.

    A part is the effect per sum of all effects: what the channel has of all conversions, or of all value.
    """
    import polars as pl

    from hub.core.attribution import Markov

    chains = {name: model for name, model in basis.models.items() if isinstance(model, Markov)}
    if not chains:
        raise ConfigError(
            "no model that was asked for has removal effects", where="--model",
            step="ask for markov-1, markov-2, markov-3 or markov-4",
        )  # fmt: skip
    return pl.concat(
        model.effects(basis.journeys).select(
            pl.lit(name).alias("model"),
            "channel",
            effect="conversions",
            part=pl.col("conversions") / pl.col("conversions").sum(),
            value_effect="value",
            value_part=pl.col("value") / pl.col("value").sum(),
        )
        for name, model in chains.items()
    )
