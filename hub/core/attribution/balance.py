"""Shares of single journeys whose sums by channel are what a model says they are.

A model that learns from all journeys says what each channel earned of the total; every conversion must
still be shared out whole. Both margins hold exactly.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["balanced", "proportional"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

EXACT = 1e-13
PATIENCE = 20
"""So many rounds must halve the error at least; where the sums cannot both hold they do not."""


def proportional(within: Bools, effect: Floats) -> Floats:
    """For each group of journeys, the shares of the channels ``within`` it, in proportion to their effect."""
    return _whole(within * effect, _even(within))


def balanced(within: Bools, mass: Floats, effect: Floats) -> Floats:
    """Shares by group and channel: each group's sum to 1, each channel's, by mass, to its part of the whole.

    A group is all journeys with the same channels, ``mass`` what they are worth together. Shares in proportion
    to the channels' effects are scaled by channel and by group in turn until both sums hold (raking, Deming
    and Stephan 1940), which gives the shares nearest to the proportional ones. That cannot be where a
    channel's part is less than what its journeys alone hold, or more than all of its journeys: then channels
    with too much give up the same fraction of every share, and those with too little get what a group was
    freed of in proportion to what they lack, though no touch of theirs is in it.
    """
    whole = mass.sum()
    if not whole:
        return proportional(within, effect)
    target = effect / effect.sum() * whole
    even = _even(within)
    shares = _whole(within * effect, even)
    got, before, rounds = mass @ shares, np.inf, 0
    while (error := np.abs(got - target).max()) > EXACT * whole:
        if rounds % PATIENCE == 0:
            if error > before / 2:
                return _settled(shares, mass, target)
            before = error
        scale = np.divide(target, got, out=np.ones_like(got), where=got > 0)
        shares = _whole(shares * scale, even)
        got, rounds = mass @ shares, rounds + 1
    return shares


def _settled(shares: Floats, mass: Floats, target: Floats) -> Floats:
    """The shares with what some channels have too much moved to those that have too little."""
    got = mass @ shares
    lacking = np.maximum(target - got, 0)
    if not lacking.sum():
        return shares
    kept = np.divide(target, got, out=np.ones_like(got), where=got > target)
    freed = (shares * (1 - kept)).sum(axis=1)
    return shares * kept + np.outer(freed, lacking / lacking.sum())


def _whole(shares: Floats, even: Floats) -> Floats:
    """Each row divided by its sum; a row without any is shared evenly by its channels."""
    sums = shares.sum(axis=1, keepdims=True)
    return np.divide(shares, sums, out=even.copy(), where=sums > 0)


def _even(within: Bools) -> Floats:
    return within / within.sum(axis=1, keepdims=True)
