"""Attribution by removal effects of a Markov chain: what would be lost if a channel were not there.

RE_c = 1 - V(without c) / V, where V is the chance of the chain to convert, or the value it is expected to
earn; a channel's part of the total is RE_c / sum of RE (Anderl, Becker, von Wangenheim and Schumann 2014). All of
it is solved, nothing simulated, and customers who never converted are in the chain.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from hub.errors import ConfigError

from .balance import balanced, proportional
from .chain import absorbed, chain
from .paths import NULLS, encoded, starts

__all__ = ["EFFECTS", "Markov"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

EFFECTS = pl.Schema({"channel": pl.String, "conversions": pl.Float64, "value": pl.Float64})
"""Removal effects by channel."""

_NOISE = 1e-12
"""Below this, the effect of a channel that led to no conversion is rounding."""


@dataclass(frozen=True, slots=True)
class Markov:
    """The model of one order, with the null paths it knows of (``core.attribution.nulls``).

    Called as any model, it shares each conversion over the channels of its journey in proportion to their
    removal effects, and a channel's part evenly over its touches. ``spread`` is what credit is made from: it
    starts there and makes each channel's sums exactly RE_c / sum of RE of the total, for conversions
    and for value apart, as the ChannelAttribution and marketing-attribution-models 1 packages have it. A channel
    known from null paths only may have an effect, too: through the channels it leads to.
    """

    order: int
    nulls: pl.DataFrame = field(default_factory=NULLS.to_frame, compare=False)

    def knowing(self, nulls: pl.DataFrame) -> Markov:
        """The same model with these null paths."""
        return replace(self, nulls=nulls)

    def effects(self, journeys: pl.DataFrame) -> pl.DataFrame:
        """The removal effect of each channel that has one, by conversions and by value."""
        return _Learned.of(self, journeys).table()

    def __call__(self, journeys: pl.DataFrame) -> pl.Series:
        """Shares by each journey's own channels; ``spread`` balances them."""
        if journeys.is_empty():
            return pl.Series("share", [], pl.Float64)
        numbered = journeys.with_row_index("_row").sort("conversion", "position")
        learned = _Learned.of(self, numbered)
        shares = pl.Series("share", learned.on_touches(learned.by_journey()))
        return numbered.select("_row", shares).sort("_row")["share"]

    def spread(self, journeys: pl.DataFrame) -> pl.DataFrame:
        """Ordered journeys of one currency with ``share`` of the conversion and ``worth``, of its value.

        Where a channel's part cannot lie on touches of its own, what is left is a row without a touch after
        those of its conversion.
        """
        if journeys.is_empty():
            return journeys.with_columns(share=pl.lit(0.0), worth=pl.lit(0.0))
        learned = _Learned.of(self, journeys)
        shares, worths = learned.by_conversions(), learned.by_value()
        touched = journeys.with_columns(
            share=pl.Series(learned.on_touches(shares)), worth=pl.Series(learned.on_touches(worths))
        )
        conversion, channel = np.nonzero(~learned.sets[learned.group] & ((shares > 0) | (worths > 0)))
        if not len(conversion):
            return touched
        of_conversion = journeys[learned.starts[conversion]].select(
            "conversion", "customer", "conversion_at", "value", "currency", "length"
        )
        untouched = of_conversion.with_columns(
            channel=pl.Series([learned.channels[code] for code in channel], dtype=pl.String),
            share=pl.Series(shares[conversion, channel]),
            worth=pl.Series(worths[conversion, channel]),
        )
        return pl.concat([touched, untouched], how="diagonal").sort(
            "conversion", "position", "channel", nulls_last=True
        )


@dataclass(frozen=True, slots=True)
class _Learned:
    """What the journeys of one currency teach; arrays by touch, by conversion (``starts``) and by channel."""

    channels: list[str]
    codes: Ints
    starts: Ints
    value: Ints
    group: Ints
    """By conversion: which of the ``sets`` its channels are."""
    sets: Bools
    """By set and channel."""
    times: Ints
    """By touch: how many of its conversion are of its channel."""
    effect: Floats
    """By channel: of conversions, of value."""

    @classmethod
    def of(cls, model: Markov, journeys: pl.DataFrame) -> _Learned:
        (codes, null_codes), channels = encoded(journeys["channel"], model.nulls["channel"])
        if (len(channels) + 1) ** (model.order + 1) >= 1 << 62:
            raise ConfigError(
                f"{len(channels)} channels are too many for a chain of order {model.order}",
                step="use a lower order, or name fewer channels",
            )
        begins = starts(journeys["conversion"])
        lengths = np.diff(begins, append=len(codes))
        value = journeys["value"].to_numpy()[begins]
        null_lengths = np.diff(starts(model.nulls["customer"]), append=len(null_codes))
        fitted = chain(
            np.concatenate([codes, null_codes]),
            np.concatenate([lengths, null_lengths]),
            np.stack([np.ones(len(value)), np.maximum(value, 0).astype(np.float64)], axis=1),
            order=model.order,
            channels=len(channels),
        )
        sets, group, times = _sets(codes, lengths, len(channels))
        found = absorbed(fitted)
        total, without = found[0], found[1:]
        kept = np.divide(without, total, out=np.ones_like(without), where=total > 0)
        effect = np.maximum(1 - kept, 0)
        unmet = np.logical_not(sets.any(axis=0))
        effect[(effect < _NOISE) & unmet[:, None]] = 0
        if not total[1] > 0:  # nothing was earned: value goes as conversions go
            effect[:, 1] = effect[:, 0]
        return cls(channels, codes, begins, value, group, sets, times, effect)

    def table(self) -> pl.DataFrame:
        """The effects by name, largest first."""
        columns = [self.channels, self.effect[:, 0], self.effect[:, 1]]
        told = pl.DataFrame(dict(zip(EFFECTS, columns, strict=True)), schema=EFFECTS)
        return told.filter(pl.col("conversions") > 0).sort("conversions", "channel", descending=[True, False])

    def by_journey(self) -> Floats:
        """Shares by conversion and channel in proportion to the effects."""
        return proportional(self.sets, self.effect[:, 0])[self.group]

    def by_conversions(self) -> Floats:
        """Shares by conversion and channel that sum to each channel's part of all conversions."""
        return self._balanced(np.ones(len(self.starts)), self.effect[:, 0])

    def by_value(self) -> Floats:
        """The same of the values; refunds, which teach nothing, are taken back in the same parts."""
        gain, loss = (
            self._balanced(np.maximum(sign * self.value, 0).astype(np.float64), self.effect[:, 1])
            for sign in (1, -1)
        )
        return np.where((self.value < 0)[:, None], loss, gain)

    def on_touches(self, shares: Floats) -> Floats:
        """Shares by conversion and channel as shares by touch: evenly over the touches of the channel."""
        conversion = np.repeat(np.arange(len(self.starts)), np.diff(self.starts, append=len(self.codes)))
        return shares[conversion, self.codes] / self.times

    def _balanced(self, mass: Floats, effect: Floats) -> Floats:
        """Balanced by sets of channels, which are few."""
        by_set = np.bincount(self.group, mass, len(self.sets)).astype(np.float64)
        return balanced(self.sets, by_set, effect)[self.group]


def _sets(codes: Ints, lengths: Ints, channels: int) -> tuple[Bools, Ints, Ints]:
    """The distinct sets of channels, the set of each journey, and how often each touch's channel is in it."""
    journey = np.repeat(np.arange(len(lengths)), lengths)
    _, where, times = np.unique(journey * channels + codes, return_inverse=True, return_counts=True)
    within = np.zeros((len(lengths), channels), np.bool_)
    within[journey, codes] = True
    packed = np.packbits(within, axis=1)
    bits = packed.view(f"V{packed.shape[1]}").ravel()
    _, one, group = np.unique(bits, return_index=True, return_inverse=True)
    return within[one], group, times[where]
