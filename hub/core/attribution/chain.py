"""The Markov chain of a set of paths, and what of it is absorbed when a channel is removed.

A path start -> x_1 ... x_n -> conversion or null is a walk over states, the last k channels (a path
shorter than k is one state of its own). Transition probabilities are the observed frequencies, so the
chain converts at exactly the observed rate. Removing a channel removes every state that contains it;
what would have gone there goes to null.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Chain", "absorbed", "chain"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

DIRECT = 400
"""Up to so many states the linear system is solved as it is written; above it, mass is sent through the chain."""

LEFT = 1e-14
"""A walk ends when less than this is still under way; what is left bounds the error."""

SWEEPS, LOOKS = 2_000, 8
DENSE = 1 << 23


@dataclass(frozen=True, slots=True)
class Chain:
    """States by number, with the probabilities of beginning, moving and converting."""

    begins: Floats
    moves: Any
    """A sparse array, from row to column; scipy brings no types."""
    earns: Floats
    """One row for each state: the chance to convert there, and the value expected there."""
    contains: Bools
    """One row for each state, one column for each channel."""


def chain(codes: Ints, lengths: Ints, gains: Floats, *, order: int, channels: int) -> Chain:
    """The chain of paths laid end to end; ``gains`` has a row for each that converted, which come first.

    A row of ``gains`` is what its path adds to what a state earns: a count and a value, say.
    """
    ends = np.cumsum(lengths) - 1
    base = channels + 1
    size: int = base**order
    state, grams = _grams(codes, ends - lengths + 1, order, base)
    # the first state of a path is its first k touches, or all of it
    begins = state[ends - np.maximum(lengths - order, 0)]
    moved, times = _counted(grams[grams >= size], size * base)  # those of order + 1 channels
    # a gram holds its newest touch lowest: the state it leaves is the gram without that touch
    leaving, arriving = moved // base, moved % size
    ended, ending = _counted(state[ends], size)
    began, beginning = _counted(begins, size)
    states = np.unique(np.concatenate([ended, began, leaving, arriving]))
    n = len(states)
    row: Ints = np.searchsorted(states, leaving)
    column: Ints = np.searchsorted(states, arriving)
    out = np.bincount(row, times, n) + np.bincount(np.searchsorted(states, ended), ending, n)
    last = np.searchsorted(states, state[ends[: len(gains)]])
    earned = np.stack([np.bincount(last, gain, n) for gain in gains.T], axis=1)
    started = np.bincount(np.searchsorted(states, began), beginning, n)
    return Chain(
        begins=started / len(lengths),
        moves=_sparse().csr_array((times / out[row], (row, column)), shape=(n, n)),
        earns=earned / out[:, None],
        contains=_contained(states, order, base, channels),
    )


def absorbed(chain: Chain) -> Floats:
    """What the chain earns as it is (row 0) and without each channel (row c + 1): pi (I - Q)^-1 r.

    Small chains are solved directly. Large ones by sending the mass of all removals through the chain at
    once until less than ``LEFT`` of it is under way, which then bounds the error; LU of so many states
    fills up. Every few sweeps the walk is shortened. Should a chain hold its mass longer than that, the rest is
    solved by LU after all.
    """
    kept = np.column_stack([np.ones(len(chain.begins), np.bool_), ~chain.contains]).astype(np.float64)
    mass = kept * chain.begins[:, None]
    if len(mass) <= DIRECT:
        return np.stack([_solved(chain, kept[:, case], mass[:, case]) for case in range(mass.shape[1])])
    onward = chain.moves.T.tocsr()
    total = np.zeros((mass.shape[1], chain.earns.shape[1]))
    for sweep in range(1, SWEEPS + 1):
        after = onward @ mass
        after *= kept
        times = np.ones(mass.shape[1])
        if look := sweep % LOOKS == 0:
            times, after = _shortened(mass, after)
        total += (chain.earns.T @ mass * times).T
        mass = after
        if look and np.abs(mass).sum(axis=0).max() <= LEFT:
            return total
    for case in range(mass.shape[1]):
        total[case] += _solved(chain, kept[:, case], mass[:, case])
    return total


def _shortened(mass: Floats, after: Floats) -> tuple[Floats, Floats]:
    """How many times each removal's mass is to count, and the mass after that, which may be negative.

    What shrinks by one ratio in each sweep sums to a geometric series over all sweeps to come. Only what departs from
    that goes on, where it is less than would go on otherwise.
    """
    size = np.maximum(np.einsum("sc,sc->c", mass, mass), np.finfo(np.float64).tiny)
    ratio = np.minimum(np.einsum("sc,sc->c", mass, after) / size, 1 - 1e-9)
    times = 1 / (1 - ratio)
    rest = (after - ratio * mass) * times
    fewer = np.abs(rest).sum(axis=0) < np.abs(after).sum(axis=0)
    return np.where(fewer, times, 1.0), np.where(fewer, rest, after)


def _solved(chain: Chain, kept: Floats, mass: Floats) -> Floats:
    """What mass that begins on the kept states earns, by solving (I - Q) v = r on them."""
    chosen = np.flatnonzero(kept)
    earned: Floats = mass[chosen] @ _inverted(chain.moves[chosen][:, chosen], chain.earns[chosen])
    return earned


def _inverted(moves: Any, earns: Floats) -> Any:
    if len(earns) <= DIRECT:
        dense: Floats = moves.toarray()
        return np.linalg.solve(np.eye(len(earns)) - dense, earns)
    system = (_sparse().eye_array(len(earns)) - moves).tocsc()
    return _sparse().linalg.splu(system).solve(earns)


def _sparse() -> Any:
    """scipy.sparse, which brings no types and takes long to import."""
    import_module("scipy.sparse.linalg")
    return import_module("scipy.sparse")


def _grams(codes: Ints, firsts: Ints, order: int, base: int) -> tuple[Ints, Ints]:
    """For each touch the last ``order`` channels as one number, and the last ``order + 1``; newest lowest.

    Near the beginning of its path (``firsts``) a touch has fewer, and zeros above them.
    """
    digit = codes + 1
    gram, state = digit, digit
    for _ in range(order):
        state = gram
        gram = np.zeros_like(digit)
        np.multiply(state[:-1], base, out=gram[1:])
        gram[firsts] = 0
        gram += digit
    return state, gram


def _counted(keys: Ints, most: int) -> tuple[Ints, Floats]:
    """The distinct keys below ``most``, and how often each occurs."""
    if most <= DENSE:
        times = np.bincount(keys, minlength=1)
        found = np.flatnonzero(times)
        return found, times[found].astype(np.float64)
    found, times = np.unique(keys, return_counts=True)
    return found, times.astype(np.float64)


def _contained(states: Ints, order: int, base: int, channels: int) -> Bools:
    found = np.zeros((len(states), channels + 1), np.bool_)
    rest, rows = states, np.arange(len(states))
    for _ in range(order):
        found[rows, rest % base] = True
        rest = rest // base
    return found[:, 1:]
