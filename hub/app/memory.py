"""Memory in long work: Python looks for cycles seldom, a third of a large batch's time, and what C freed is given back."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["give_back", "seldom_collected", "uncollected"]

SELDOM = 100_000
"""New objects from one look for cycles to the next, where Python has 700: about as many as a page of a file makes."""


@contextmanager
def uncollected() -> Iterator[None]:
    """Collect no cycles inside the block, which should end soon: what it leaves behind is collected after it."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Look for cycles from time to time inside the block, which may wait for others and so take long."""
    often, *older = gc.get_threshold()
    # else another such block is under way and sets it back, or nobody wants cycles looked for
    lower = 0 < often < SELDOM
    if lower:
        gc.set_threshold(SELDOM, *older)
    try:
        yield
    finally:
        if lower:
            gc.set_threshold(often, *older)


def give_back() -> None:
    """Return what was freed to the system: glibc keeps hundreds of megabytes after large columns, others keep little."""
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)):
        trim(0)
